"""Real logs, with what each of them says written down by reading it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.agent.known_log_lines import KNOWN

from neuron_collectors.facts import (
    DeviceAddress,
    DeviceReset,
    DriverStart,
    DuplicateRoutingId,
    HardwareError,
    InvalidDevice,
    KernelEvent,
    ProcessAttachment,
)
from neuron_collectors.facts.log_lines import (
    device_addresses,
    kernel_events,
    parse_kernel_event,
    parse_kernel_line,
    parse_runtime_messages,
)
from neuron_collectors.kernel_log import parse_kernel_log
from neuron_validator.log_patterns import load_log_patterns, load_nrt_statuses, recognise

pytestmark = pytest.mark.external

ALL_DEVICES = 4294967295  # the driver's own request

STARTED = DriverStart(
    version="2.24.7.0", revision="bab563e32c62d9dd615a42079e5bbd8e1a6327b1", started_at="2026-nov-21 22:22:22.150359"
)

# PCI function, device and routing id, as the lines with "** BDF:" have them from top to bottom.
TRN1_ADDRESSES = """
58:00.0 5 3    59:00.0 6 7    6e:00.0 7 5    6f:00.0 4 1
84:00.0 9 11   85:00.0 10 15  9a:00.0 11 13  9b:00.0 8 9
b5:00.0 1 2    b6:00.0 2 6    cb:00.0 3 4    cc:00.0 0 0
e1:00.0 13 10  e2:00.0 14 14  f7:00.0 15 12  f8:00.0 12 8
"""
TRN2_ADDRESSES = """
58:00.0 5 10   59:00.0 6 11   6e:00.0 7 3    6f:00.0 4 2
84:00.0 9 14   85:00.0 10 15  9a:00.0 11 7   9b:00.0 8 6
b5:00.0 1 8    b6:00.0 2 9    cb:00.0 3 1    cc:00.0 0 0
e1:00.0 13 12  e2:00.0 14 13  f7:00.0 15 5   f8:00.0 12 4
"""


# Where ours is wider than the research, and the table's line shows it: one that both must recognise.
NARROWER = {
    "EX-005": "failed to run embedding table update, due to out-of-bound access",
    "FW-004": "No such file or directory: 'libneuronpjrt-path'",
    "FW-009": "cannot import name 'neuron_xla_compile' from 'libneuronxla'",
    "FW-020": "Unknown builtin op: neuron::forward_1",
    "MEM-001": "neuron:mc_alloc: device mempool [0:0] total 1073741568 occupied 960539030 needed 1272 available 768",
    "RT-003": "This runtime requires Neuron Driver version 2.0 or greater.",
    "RT-004": "This Neuron Runtime (compatibility id: 6) is not compatible with the installed aws-neuron-dkms package.",
}


def addresses(table: str) -> dict[str, DeviceAddress]:
    words = table.split()
    return {
        address: DeviceAddress(pci_address=address, device=int(device), routing_id=int(routing_id))
        for address, device, routing_id in zip(words[::3], words[1::3], words[2::3], strict=True)
    }


def reset(device: int, outcome: Any) -> DeviceReset:
    return DeviceReset(
        device=device, outcome=outcome, request=ALL_DEVICES, scope="device" if outcome == "initiating" else None
    )


def events_of(text: str) -> list[KernelEvent]:
    return list(kernel_events(parse_kernel_log(text)))


def ids(lines: Sequence[str]) -> list[tuple[int, str]]:
    return [(known.number, known.pattern.id) for known in recognise(lines)]


def check_start(text: str) -> None:
    """One line: the banner of driver 2.9.4.0, without a date."""
    assert [DriverStart(version="2.9.4.0", revision="8a6fdf292607dccc3b7059ebbe2fb24c60dfc7c4")] == events_of(text)
    assert 21531.105295 == parse_kernel_line(text.splitlines()[0]).seconds
    assert [(1, "LOG-INFO-003")] == ids(text.splitlines())


def check_faults(text: str) -> None:
    """Four faults without any part, then a line of another kind."""
    kinds = ("SRAM_UNCORRECTABLE_ERROR", "NC_UNCORRECTABLE_ERROR", "HBM_UNCORRECTABLE_ERROR", "DMA_ERROR")

    assert [HardwareError(kind=kind) for kind in kinds] == events_of(text)
    assert [(number, f"LOG-HW-NPD-{kind}") for number, kind in enumerate(kinds, start=1)] == ids(text.splitlines())


def check_detach(text: str) -> None:
    """A process closes a device, and EFA complains."""
    assert [ProcessAttachment(change="detach", pid=90193, slot=0)] == events_of(text)
    assert 2 == len(parse_kernel_log(text))
    assert [298850.502143, 298850.919248] == [parse_kernel_line(line).seconds for line in text.splitlines()]
    assert [(1, "LOG-DRV-037"), (2, "LOG-CC-007")] == ids(text.splitlines())


def check_no_driver(text: str) -> None:
    """Three errors of runtimes that find no driver, or an old one."""
    messages = [message for line in text.splitlines() for message in parse_runtime_messages(line)]

    assert [
        ("NRT", "nrt_init", 13713),
        ("NRT", "nrt_init", 24616),
        ("HAL", "aws_hal_tpb_pooling_write_profile", 138),
    ] == [(message.module, message.function, message.pid) for message in messages]
    assert "2021-Aug-11 18:38:27.0917" == messages[0].timestamp
    assert "failed programming the engine" == messages[2].text
    assert [(1, "LOG-RT-001"), (2, "LOG-RT-003"), (3, "LOG-RT-006")] == ids(text.splitlines())
    assert {"needed_driver": "2.0"} == dict(recognise(text.splitlines())[1].groups)


def check_dump(text: str) -> None:
    """A run with an index out of bounds, and the dump that follows it."""
    lines = text.splitlines()
    found = recognise(lines)
    messages = [message for line in lines for message in parse_runtime_messages(line)]

    assert [
        (3, "LOG-EX-005"),
        (4, "LOG-EX-012"),
        (5, "LOG-EX-006"),
        (8, "LOG-INFO-006"),
        (10, "LOG-INFO-007"),
        (16, "LOG-INFO-005"),
        (18, "LOG-INFO-008"),
        (23, "LOG-EX-013"),
    ] == ids(lines)
    assert [1006] * 3 == [known.status.number for known in found[:3] if known.status]
    assert {"runtime_version": "2.x.33931.0"} == dict(found[3].groups)
    assert {"collectives_version": "2.0.35440.0"} == dict(found[4].groups)
    assert {"driver_version": "2.x"} == dict(found[5].groups)
    assert "NRT_EXEC_OOB" == found[6].groups["status_name"]
    assert 1006 == (found[6].status and found[6].status.number)
    assert 20 == len(messages)
    assert {4444} == {message.pid for message in messages}
    assert "Instance ID: i-0b514eadc4fec7de6" == messages[9].text


def check_discovery(text: str) -> None:
    """neuron-ls on a host without the driver."""
    assert [(1, "LOG-RT-018")] == ids(text.splitlines())


def check_removal(text: str) -> None:
    """A driver that cannot be removed, on Ubuntu and on Amazon Linux."""
    assert [(3, "LOG-INST-003"), (6, "LOG-INST-010"), (16, "LOG-INST-003")] == ids(text.splitlines())
    assert {"package": "aws-neuronx-dkms", "script": "pre-removal", "exit_status": "1"} == dict(
        recognise(text.splitlines())[1].groups
    )


SAMPLES: dict[str, Callable[[str], None]] = {
    "dmesg-driver-start-2.9.4.txt": check_start,
    "dmesg-hw-err-test-fixtures.txt": check_faults,
    "dmesg-npid-detach-efa.txt": check_detach,
    "dpkg-remove-in-use.txt": check_removal,
    "neuron-ls-stderr-no-driver.txt": check_discovery,
    "nrt-errors-no-driver.txt": check_no_driver,
    "nrt-infodump-trn.txt": check_dump,
}
USED_SAMPLES: frozenset[str] = frozenset(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(shared: Path, name: str) -> None:
    """What a sample says is what stands in it."""
    SAMPLES[name]((shared / "samples" / name).read_text())


def test_the_log_of_one_device(shared: Path) -> None:
    """The driver starts on an Inf2 with one device, which is reset once."""
    text = (shared / "hosts" / "inf2-1-dmesg.txt").read_text()
    lines = parse_kernel_log(text)

    assert [
        STARTED,
        DeviceAddress(pci_address="cc:00.0", device=0, routing_id=0),
        reset(0, "initiating"),
        reset(0, "completed"),
    ] == list(kernel_events(lines))
    assert 7 == len(lines)
    assert 8.286918 == parse_kernel_line(lines[0]).seconds
    assert [(1, "LOG-INFO-003"), (2, "LOG-DRV-038"), (5, "LOG-DRV-039"), (7, "LOG-DRV-039")] == ids(lines)


def test_the_log_without_a_device(shared: Path) -> None:
    """A driver that is loaded without a device leaves two lines about the kernel's taint."""
    lines = parse_kernel_log((shared / "hosts" / "none-dmesg.txt").read_text())

    assert [(1, "LOG-DRV-029"), (2, "LOG-DRV-029")] == ids(lines)
    assert [7.865627, 7.868284] == [parse_kernel_line(line).seconds for line in lines]


@pytest.mark.parametrize(
    ("name", "table", "started_at"),
    [
        ("trn1-16-dmesg.txt", TRN1_ADDRESSES, "2026-nov-21 22:16:17.305885"),
        ("trn2-16-dmesg.txt", TRN2_ADDRESSES, "2026-nov-21 22:17:01.309177"),
    ],
)
def test_the_logs_of_sixteen_devices(shared: Path, name: str, table: str, started_at: str) -> None:
    """Sixteen functions are sixteen devices, in an order of the driver's own, and each is reset once."""
    lines = parse_kernel_log((shared / "hosts" / name).read_text())
    events = list(kernel_events(lines))
    resets = [event for event in events if isinstance(event, DeviceReset)]

    assert DriverStart(version="2.24.7.0", revision=STARTED.revision, started_at=started_at) == events[0]
    assert addresses(table) == device_addresses(lines)
    assert set(range(16)) == {event.device for event in resets if event.outcome == "completed"}
    assert 32 == len(resets)
    assert not any("mem 0x" in line for line in lines)


def test_the_log_of_a_device_in_use(shared: Path) -> None:
    """Counters that do not fit, a firmware that does not answer, and an unbound device that comes back twice."""
    text = (shared / "hosts" / "live.txt").read_text()
    lines = [line for line in text.splitlines() if re.match(r"\[ *\d+\.\d+\] ", line)]
    events = [event for event in map(parse_kernel_event, lines) if event is not None]

    assert [
        ProcessAttachment(change="attach", pid=315, slot=0),
        ProcessAttachment(change="detach", pid=315, slot=0),
        reset(0, "initiating"),
        reset(0, "completed"),
        DeviceAddress(pci_address="cc:00.0", device=0, routing_id=0),
        DuplicateRoutingId(routing_id=0),
    ] == events
    assert ["LOG-DRV-036"] * 4 + [
        "LOG-DRV-037",
        "LOG-DRV-037",
        "LOG-DRV-011",
        "LOG-DRV-032",
        "LOG-DRV-039",
        "LOG-DRV-039",
        "LOG-DRV-038",
        "LOG-DRV-003",
        "LOG-DRV-004",
    ] == [name for _, name in ids(lines)]


def test_the_log_of_a_reset_that_fails(shared: Path) -> None:
    """A reset completes, one fails after two minutes, opening the device is refused, and another begins."""
    lines = (shared / "hosts" / "resetfail.txt").read_text().splitlines()

    assert [
        reset(0, "completed"),
        reset(0, "initiating"),
        DeviceReset(device=0, outcome="failed", request=ALL_DEVICES),
        DeviceReset(device=0, outcome="failed", request=ALL_DEVICES),
        InvalidDevice(device=0),
        reset(0, "initiating"),
    ] == list(kernel_events(lines))
    assert ["LOG-DRV-039", "LOG-DRV-039", "LOG-DRV-018", "LOG-DRV-018", "LOG-DRV-006", "LOG-DRV-039"] == [
        name for _, name in ids(lines)
    ]


def test_a_listeners_notes_are_no_log(shared: Path) -> None:
    """What a listener saw of sysfs while the driver loaded has no line of any log in it."""
    lines = (shared / "hosts" / "race.txt").read_text().splitlines()

    assert [] == list(kernel_events(lines))
    assert () == recognise(lines)


def test_the_lines_that_people_paste(shared: Path) -> None:
    """Nearly every line of the incidents is recognised; those that are not are listed here."""
    cases = json.loads((shared / "incidents" / "cases.json").read_text())
    lines = [line for case in cases for key in ("log_lines", "kernel_log") for line in case["facts"].get(key) or ()]
    known = {lines[found.number - 1] for found in recognise(lines)}

    assert 62 <= len(lines)
    assert [] == [line for line in lines if line not in known]


def test_no_pattern_is_somebodys_line(shared: Path) -> None:
    """Patterns are of kinds of lines: none is an incident's own line, word for word."""
    cases = json.loads((shared / "incidents" / "cases.json").read_text())
    lines = {line for case in cases for line in case["facts"].get("log_lines") or ()}

    assert [] == [known.id for known in load_log_patterns() if known.regex in {*lines, *map(re.escape, lines)}]


def test_every_researched_pattern_is_there(shared: Path) -> None:
    """Each pattern of the research has its record under the same name, and both recognise the same line."""
    facts = json.loads((shared / "facts" / "nrt_errors.json").read_text())["patterns"]
    records = {known.id: known for known in load_log_patterns()}

    assert [] == [fact["id"] for fact in facts if f"LOG-{fact['id']}" not in records]
    for fact in facts:
        line = NARROWER.get(fact["id"], KNOWN[f"LOG-{fact['id']}"].hit)
        assert re.search(fact["regex"], line), fact["id"]
        assert re.search(records[f"LOG-{fact['id']}"].regex, line), fact["id"]


def test_every_researched_return_code_is_there(shared: Path) -> None:
    """Numbers and names of the return codes are those of the research."""
    facts = json.loads((shared / "facts" / "nrt_errors.json").read_text())["status_codes"]

    assert {(fact["code"], fact["name"]) for fact in facts} == {
        (status.number, status.name) for status in load_nrt_statuses()
    }
