"""Where the witnesses of the devices disagree one finding names device and witness; what only looks so is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from neuron_collectors.facts import (
    NOT_COLLECTED,
    PERMISSION,
    Container,
    DeviceNode,
    Instance,
    LoadedDriver,
    NeuronDevice,
    NeuronLs,
    NeuronLsDevice,
    PciFunction,
    Unread,
)
from neuron_validator.findings import Finding
from neuron_validator.report import Report

Judge = Callable[..., Report]

BUSES = tuple(f"{number:02x}" for number in range(0x10, 0x20))
LOG = tuple(
    f"[ 8.4] neuron: ** BDF: {bus}:00.0 => nd[{index}] (routing id: {index})" for index, bus in enumerate(BUSES)
)


def pci(*indexes: int) -> tuple[PciFunction, ...]:
    """Return the functions of the devices *indexes*."""
    return tuple(PciFunction(address=f"0000:{BUSES[index]}:00.0", device_id="0x7164") for index in indexes)


def sysfs(*indexes: int) -> tuple[NeuronDevice, ...]:
    """Return what the driver registered as *indexes*."""
    return tuple(NeuronDevice(index=i, device_name="Trainium1", core_count=2, dev=(243, i)) for i in indexes)


def nodes(*indexes: int, **changes: Any) -> tuple[DeviceNode, ...]:
    """Return the nodes of the devices *indexes*."""
    common = {"is_character_device": True, "major": 243, "mode": 0o666, "uid": 0, "gid": 0, "accessible": True}
    return tuple(DeviceNode(index=i, minor=i, **{**common, **changes}) for i in indexes)


def listing(*indexes: int) -> NeuronLs:
    """Return what neuron-ls lists as *indexes*."""
    rows = tuple(NeuronLsDevice(index=i, bdf=f"{BUSES[i]}:00.0", connected_to=()) for i in indexes)
    return NeuronLs(form="json array", devices=rows)


ALL = tuple(range(16))
BUT_3 = tuple(index for index in ALL if index != 3)
HOST: dict[str, Any] = {
    "instance": Instance(instance_type="trn1.32xlarge"),
    "pci": pci(*ALL),
    "devices": sysfs(*ALL),
    "device_nodes": nodes(*ALL),
    "neuron_ls": listing(*ALL),
    "kernel_log": LOG,
}


def device_findings(judge: Judge, **changes: Any) -> list[Finding]:
    """Judge the host with these *changes* and return what is said of its devices."""
    return [finding for finding in judge(**{**HOST, **changes}).findings if finding.category == "device"]


@pytest.mark.parametrize(
    ("changes", "finding", "severity", "words"),
    [
        (
            {"neuron_ls": listing(*BUT_3)},
            "devices-disagree",
            "warning",
            "neuron3 is missing from neuron-ls, and is in PCI, sysfs, /dev",
        ),
        (
            {"pci": pci(*BUT_3), "neuron_ls": PERMISSION},
            "devices-disagree",
            "warning",
            "neuron3 is missing from PCI, and is in sysfs, /dev (not heard: neuron-ls: permission)",
        ),
        (
            {"device_nodes": (*nodes(*BUT_3), *nodes(3, major=240))},
            "devices-disagree",
            "warning",
            "neuron3 has two values for its device number: 243:3 in sysfs and /dev/neuron3 is 240:3 in /dev",
        ),
        (
            {"device_nodes": (*nodes(*ALL), DeviceNode(index=16, is_character_device=True, major=243, minor=16))},
            "devices-disagree",
            "warning",
            "neuron16 is missing from sysfs, neuron-ls, and is in /dev",
        ),
        (
            {"devices": sysfs(*BUT_3), "neuron_ls": listing(*BUT_3), "device_nodes": nodes(*BUT_3)},
            "devices-missing",
            "critical",
            "15 devices in /sys/class/neuron_device, without neuron3",
        ),
        (
            {"device_nodes": nodes(*BUT_3), "neuron_ls": PERMISSION},
            "device-nodes-missing",
            "critical",
            "15 of 16 /dev/neuron* device nodes, without neuron3",
        ),
    ],
)
def test_the_device_and_the_witness_are_named(
    judge: Judge, changes: dict[str, Any], finding: str, severity: str, words: str
) -> None:
    """One cause is one finding; who was not heard is told apart from who does not have it."""
    found = device_findings(judge, **changes)

    assert [(finding, severity)] == [(one.id, one.severity.word) for one in found]
    assert words in found[0].observed


def test_many_devices_are_one_finding(judge: Judge) -> None:
    """The first are named, the rest is counted."""
    (found,) = device_findings(judge, neuron_ls=listing(*ALL[:8]))

    assert found.title.startswith("neuron8 is missing from neuron-ls")
    assert found.title.endswith("and 7 more devices are not told alike")
    assert found.observed.endswith("; 4 more")


LOADING = LoadedDriver(version="2.26.5.0", initstate="coming")
ONE_OF_A_HOST = {
    "container": Container(kind="docker"),
    "device_nodes": (replace(nodes(0)[0], minor=13),),
    "neuron_ls": NeuronLs(form="json array", devices=(NeuronLsDevice(index=0, bdf=f"{BUSES[13]}:00.0"),)),
}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="all-agree"),
        pytest.param(ONE_OF_A_HOST, id="a-container-with-one-renumbered-device"),
        pytest.param({**ONE_OF_A_HOST, "kernel_log": PERMISSION}, id="a-container-without-log"),
        pytest.param({"container": Container(), "device_nodes": nodes(4, 5), "neuron_ls": None}, id="a-subset"),
        pytest.param({"neuron_ls": None}, id="no-tools"),
        pytest.param({"neuron_ls": Unread("timed out after 3 s")}, id="neuron-ls-stuck"),
        pytest.param({"neuron_ls": NOT_COLLECTED, "kernel_log": PERMISSION}, id="nothing-ties-them"),
        pytest.param({"pci": PERMISSION}, id="bus-not-permitted"),
        pytest.param({"pci": ()}, id="bus-hidden-by-a-sandbox"),
        pytest.param({"devices": PERMISSION}, id="sysfs-not-permitted"),
        pytest.param({"device_nodes": PERMISSION}, id="dev-not-permitted"),
        pytest.param({"driver": LOADING, "devices": sysfs(0, 1), "device_nodes": nodes(0)}, id="driver-not-live"),
        pytest.param({"driver": replace(LOADING, initstate="going"), "devices": ()}, id="driver-going"),
        pytest.param({"container": NOT_COLLECTED, "neuron_ls": listing(0, 1)}, id="perhaps-a-container"),
    ],
)
def test_what_only_looks_like_it(judge: Judge, changes: dict[str, Any]) -> None:
    """A container's share, a witness that was not heard and a driver that is still loading are no disagreement."""
    assert [] == [(one.id, one.observed) for one in device_findings(judge, **changes)]


def test_a_driver_that_loads_is_waited_for(judge: Judge) -> None:
    """The checks of the devices are skipped meanwhile, and say why."""
    report = judge(**{**HOST, "driver": LOADING, "devices": ()})

    skipped = {skip.check: skip.reason for skip in report.skipped}
    assert {"devices: the driver is not live: coming"} == {
        skipped[check] for check in ("devices-missing", "device-nodes-missing", "devices-disagree")
    }


def test_a_container_that_outlived_its_driver(judge: Judge) -> None:
    """The driver's major number changes when it is loaded again; a container's node keeps the old one."""
    stale = (replace(nodes(0, major=242)[0], minor=13),)
    (found,) = device_findings(judge, **{**ONE_OF_A_HOST, "device_nodes": stale})

    assert ("devices-disagree", "container") == (found.id, found.scope)
    assert "243:13 in sysfs and /dev/neuron0 is 242:13 in /dev" in found.observed
    assert () == found.remedy.commands


def test_devices_that_were_only_counted(judge: Judge) -> None:
    """Where nobody knows them by name, the numbers are told."""
    anonymous = {"pci": (PciFunction(),) * 15, "devices": (NeuronDevice(),) * 16, "device_nodes": (DeviceNode(),) * 16}
    (found,) = device_findings(judge, **anonymous, neuron_ls=NOT_COLLECTED, kernel_log=NOT_COLLECTED)

    assert "devices-disagree" == found.id
    assert "Devices counted: PCI 15, sysfs 16, /dev 16, neuron-ls not heard (not collected)" == found.observed
