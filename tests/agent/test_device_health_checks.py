"""What the driver tells of its devices' health: each fault is told once, by its own remedy, and ends with its cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neuron_collectors.facts import (
    PERMISSION,
    Container,
    CoreStatus,
    DeviceHealth,
    DeviceNode,
    DeviceStatus,
    LoadedDriver,
    Unread,
)
from neuron_validator.findings import Finding
from neuron_validator.report import Report

Judge = Callable[..., Report]

START = "[    8.2] Neuron Driver Started with Version:2.26.5.0-bab563e32c62d9dd615a42079e5bbd8e1a6327b1"
FAULT = "[  300.1] NEURON_HW_ERR=HBM_UNCORRECTABLE_ERROR nd-id=0 nc-id=1 action=TERMINATE_INSTANCE"
RESET = "neuron:nr_reset_thread_fn: nd0: "
UNREACHABLE = Unread("device_unreachable")


def health(index: int = 0, **fields: Any) -> tuple[DeviceHealth, ...]:
    """Return the health of one device that is well but for *fields*."""
    well = dict.fromkeys(
        ("sram_ecc_uncorrected", "mem_ecc_uncorrected", "mem_ecc_repairable_uncorrected", "healthcheck_heartbeat"), 0
    )
    return (DeviceHealth(index=index, **{**well, "unhealthy_components": (), **fields}),)


def told(judge: Judge, **facts: Any) -> list[Finding]:
    """Judge and return what is said of the health of devices."""
    return [finding for finding in judge(**facts).findings if finding.category == "health"]


@pytest.mark.parametrize(
    ("fields", "finding", "severity", "observed"),
    [
        ({"sram_ecc_uncorrected": 7}, "device-memory-uncorrectable", "critical", "neuron0: sram_ecc_uncorrected 7"),
        ({"mem_ecc_uncorrected": 1}, "device-memory-uncorrectable", "critical", "neuron0: mem_ecc_uncorrected 1"),
        (
            {"mem_ecc_repairable_uncorrected": 2},
            "device-memory-repairable",
            "critical",
            "neuron0: mem_ecc_repairable_uncorrected 2",
        ),
        ({"unhealthy_components": ("hbm", "link_efa")}, "device-unhealthy", "warning", "neuron0: hbm, link_efa"),
        ({"repairable_hbm_ecc_err_count": 3}, "device-unhealthy", "warning", "neuron0: repairable_hbm_ecc_err_count 3"),
        (
            {"healthcheck_heartbeat": UNREACHABLE},
            "device-unreachable",
            "warning",
            "healthcheck_heartbeat: device_unrea",
        ),
        (
            {"unhealthy_components": UNREACHABLE},
            "device-unreachable",
            "warning",
            "unhealthy_components: device_unreach",
        ),
        ({"sram_ecc_uncorrected": 65535}, "device-unreachable", "warning", "sram_ecc_uncorrected: all bits set"),
        ({"mem_ecc_uncorrected": 2**32 - 1}, "device-unreachable", "warning", "mem_ecc_uncorrected: all bits set"),
    ],
)
def test_each_fault_is_one_finding(
    judge: Judge, fields: dict[str, Any], finding: str, severity: str, observed: str
) -> None:
    """The counter or the word that the driver printed is in it; what reads all ones is no count."""
    (found,) = told(judge, device_health=health(**fields))

    assert (finding, severity) == (found.id, found.severity.word)
    assert observed in found.observed


@pytest.mark.parametrize(
    "facts",
    [
        {"device_health": health()},
        {"device_health": health(sram_ecc_corrected=900, mem_ecc_corrected=12)},
        {"device_health": health(hw_error_event="0x0")},
        {"device_health": health(unhealthy_components=PERMISSION, mem_ecc_uncorrected=PERMISSION)},
        {"device_health": (DeviceHealth(index=0),)},
        {"device_health": None},
        {"device_health": ()},
        {"device_health": PERMISSION},
    ],
)
def test_what_is_no_fault(judge: Judge, facts: dict[str, Any]) -> None:
    """Corrected errors, words that no document explains and what could not be read alarm nobody."""
    assert [] == told(judge, **facts)


def test_repairable_and_unrepairable_are_two_things(judge: Judge) -> None:
    """One asks for another instance, the other for a reload; each rests on its own row of the vendor's table."""
    both = health(mem_ecc_uncorrected=1, mem_ecc_repairable_uncorrected=1)
    lost, repairable = told(judge, device_health=both)

    assert ("device-memory-uncorrectable", "device-memory-repairable") == (lost.id, repairable.id)
    assert ("LOG-HW-002", "LOG-HW-003") == (
        lost.rule.id if lost.rule else "",
        repairable.rule.id if repairable.rule else "",
    )
    assert "terminate it" in lost.remedy.summary
    assert () == lost.remedy.commands
    assert ("sudo modprobe -r neuron", "sudo modprobe neuron") == repairable.remedy.commands


def test_one_cause_is_told_once(judge: Judge) -> None:
    """The line in the log, the counter and the unhealthy part are of one fault: the vendor's advice leads."""
    facts = health(mem_ecc_uncorrected=1, unhealthy_components=("hbm",), hbm_ecc_err_count=1)
    (found,) = told(judge, kernel_log=(START, FAULT), device_health=facts)

    assert "hardware-error" == found.id
    assert ("/dev/neuron0: memory errors that cannot be corrected",) == found.consequences
    assert "TERMINATE_INSTANCE" in found.remedy.summary


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((START, f"[ 9] {RESET}initiating device reset request 4711"), [("device-in-reset", "info")]),
        ((START, f"[ 9] {RESET}initiating TPB reset request 4711"), [("device-in-reset", "info")]),
        (
            (
                START,
                f"[ 9] {RESET}initiating device reset request 4711",
                f"[ 10] {RESET}reset request 4711 completed",
            ),
            [],
        ),
        ((f"[ 7] {RESET}initiating device reset request 4711", START), []),
        (
            (
                START,
                f"[ 9] {RESET}initiating device reset request 4711",
                f"[ 129] {RESET}reset request 4711 failed",
            ),
            [("device-reset-failed", "critical")],
        ),
        (
            (START, f"[ 9] {RESET}initiating reset request 4711", f"[ 129] {RESET}device didnt come out reset"),
            [("device-reset-failed", "critical")],
        ),
        (
            (
                START,
                f"[ 129] {RESET}reset request 4711 failed",
                "[ 130] neuron:ncdev_open: nd0 is in an invalid state",
                f"[ 150] {RESET}initiating device reset request 4711",
            ),
            [("device-reset-failed", "critical")],
        ),
    ],
)
def test_a_device_in_reset(judge: Judge, lines: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    """A reset that has begun is told until it ends; one that failed is the other finding."""
    assert expected == [(found.id, found.severity.word) for found in told(judge, kernel_log=lines)]


def test_a_container_has_its_own_devices(judge: Judge) -> None:
    """/sys shows a container the devices of the whole host; a fault of one that it has not is not its fault."""
    faults = (*health(0, mem_ecc_uncorrected=1), *health(13, unhealthy_components=("link_efa",)))
    node = DeviceNode(index=0, is_character_device=True, minor=13, mode=0o666, uid=0, gid=0, accessible=True)
    found = told(judge, container=Container(), device_nodes=(node,), device_health=faults)

    assert ["device-unhealthy"] == [finding.id for finding in found]


def test_many_devices_are_one_finding(judge: Judge) -> None:
    """The first four are named, the rest counted."""
    faults = tuple(health(index, sram_ecc_uncorrected=1)[0] for index in range(16))
    (found,) = told(judge, device_health=faults)

    assert "/dev/neuron0, /dev/neuron1, /dev/neuron2, /dev/neuron3 and 12 more" in found.title
    assert "LOG-HW-001" == (found.rule.id if found.rule else None)


def status(total: Any, index: int = 0) -> tuple[DeviceStatus, ...]:
    """Return the counter of a device with two cores, of which the second counts."""
    cores = (CoreStatus(index=0, status={}), CoreStatus(index=1, status={"unsupported_neff_version": total}))
    return (DeviceStatus(index=index, cores=cores),)


@pytest.mark.parametrize(
    ("version", "total", "expected"),
    [
        ("2.26.5.0", 3, ["info"]),
        ("2.29.16.0", 3, ["info"]),
        ("2.30.2.0", 3, ["warning"]),
        ("2.31.7.0", 1, ["warning"]),
        ("2.x.7693.0", 1, ["info"]),
        ("2.31.7.0", 0, []),
        ("2.31.7.0", PERMISSION, []),
    ],
)
def test_a_runtime_that_refused_models(judge: Judge, version: str, total: Any, expected: list[str]) -> None:
    """From driver 2.30 on the counter ends with the process that was refused; before, it may be of the past."""
    report = judge(driver=LoadedDriver(version=version, initstate="live"), device_status=status(total))
    found = [finding for finding in report.findings if finding.id == "neff-version-refused"]

    assert expected == [finding.severity.word for finding in found]
    assert all("unsupported_neff_version on /dev/neuron0" in finding.observed for finding in found)


def test_cores_that_could_not_be_read_refuse_nothing(judge: Judge) -> None:
    """A device, a core or a counter without an answer is no refusal."""
    silent = (DeviceStatus(index=0, cores=PERMISSION), DeviceStatus(index=1, cores=(CoreStatus(index=0),)))

    assert [] == [finding.id for finding in judge(device_status=silent).findings if finding.category == "neff"]
    assert [] == [finding.id for finding in judge(device_status=None).findings if finding.category == "neff"]
