"""Every sample and captured tree of the driver's sysfs, of PCI and of device nodes, with what a reader finds in it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.collectors.conftest import AnotherUser, another_user, make_tree, public_path

from neuron_collectors.captured import open_host
from neuron_collectors.device_class import collect_device_class
from neuron_collectors.device_health import collect_device_health
from neuron_collectors.device_nodes import collect_device_nodes
from neuron_collectors.device_status import collect_device_status
from neuron_collectors.device_tree import collect_device_tree, parse_power, parse_row_groups
from neuron_collectors.facts import (
    PERMISSION,
    DeviceClass,
    DeviceHealth,
    DeviceNode,
    DeviceReset,
    DeviceStatus,
    DeviceTree,
    NeuronDevice,
    PciFunction,
    Reading,
    Unread,
)
from neuron_collectors.facts.device_tree import CoreTree, Counter, MemoryUsage, PowerUse, RowGroup
from neuron_collectors.facts.log_lines import kernel_events
from neuron_collectors.host import Host, reason_for
from neuron_collectors.pci import collect_pci
from neuron_collectors.sysfs import collect_devices

from .conftest import CapturedHost

__all__ = ["another_user", "public_path"]  # fixtures of the collectors' tests

pytestmark = pytest.mark.external

CLASS = "sys/class/neuron_device"

# Names, read in the samples: each driver has those of the driver before it and some more.
STATUS_2_9 = frozenset(
    {
        *("success", "failure", "timeout", "exec_bad_input", "hw_error", "execute_completed_with_error"),
        *("execute_completed_with_num_error", "generic_error", "resource_error", "resource_nc_error"),
        *("execute_failed_to_queue", "invalid_error", "unsupported_neff_version"),
    }
)
STATUS_2_24 = STATUS_2_9 | {
    *("oob_error", "hw_collectives_error", "hw_hbm_ue_error", "hw_nc_ue_error", "hw_dma_abort_error"),
    *("execute_sw_nq_overflow", "execute_sw_semaphore_error", "execute_sw_event_error"),
    *("execute_sw_psum_collision", "execute_sw_sequencer_fatal", "hw_repairable_hbm_ue_error"),
}
OTHER_2_9 = frozenset({"model_load_count", "reset_req_count", "reset_fail_count", "inference_count"})
OTHER_2_24 = OTHER_2_9 | {"flop_count", "nc_time_in_use"}
DEVICE_MEMORY = (
    *("model_code", "tensors", "constants", "model_shared_scratchpad", "runtime_memory", "driver_memory"),
    *("collectives", "nonshared_scratchpad", "notifications", "dma_rings", "uncategorized"),
)
MEMORY_2_9 = frozenset({"host_mem", "device_mem"})
MEMORY_2_24 = MEMORY_2_9 | {f"device_mem/{name}" for name in DEVICE_MEMORY}
HOST_MEMORY_2_24 = frozenset(
    f"host_mem/{name}"
    for name in (
        *("dma_buffers", "tensors", "constants", "application_memory"),
        *("driver_memory", "notifications", "dma_rings", "uncategorized"),
    )
)
ECC = {"sram_ecc_uncorrected": 0, "mem_ecc_uncorrected": 0, "mem_ecc_repairable_uncorrected": 0}
NO_COUNT = Counter(total=0, present=0)
NO_MEMORY = MemoryUsage(total=0, present=0, peak=0)
# The generator put words in the place of these files' contents.
NO_POWER = Unread("not a power utilization: 'POWER_STATS'")
NO_ROW_GROUPS = Unread("not counters of row groups: 'PE_CNTRS'")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a reader finds in a generated tree, in which every number is zero."""

    files: int
    cores: int
    core_type: str
    identity: tuple[str, str, str]
    """Device name, architecture, instance family."""
    serial_number: str | None = "0123456789abcdef"
    status: frozenset[str] = STATUS_2_24
    other_info: frozenset[str] = OTHER_2_24
    core_memory: frozenset[str] = MEMORY_2_24
    host_memory: frozenset[str] = HOST_MEMORY_2_24
    ecc: Mapping[str, int] | None = None
    """`None` where the driver shows none."""
    power: Reading[PowerUse] = NO_POWER
    tensor_engine: Reading[tuple[RowGroup, ...]] = NO_ROW_GROUPS


GENERATED = {
    "sysfs-tree-generated-inf1-driver2.24.7.0.txt": Expected(
        files=429,
        cores=4,
        core_type="NCv1",
        identity=("Inferentia", "NDv1", "Inf1"),
        serial_number=None,
        tensor_engine=None,
    ),
    "sysfs-tree-generated-inf2-driver2.26.5.0.txt": Expected(
        files=235, cores=2, core_type="NCv2", identity=("Inferentia2", "NDv3", "Inf2"), ecc=ECC
    ),
    "sysfs-tree-generated-trn1-driver2.26.5.0.txt": Expected(
        files=235, cores=2, core_type="NCv2", identity=("Trainium1", "NDv2", "Trn1"), ecc=ECC
    ),
    "sysfs-tree-generated-trn1-driver2.9.4.0.txt": Expected(
        files=86,
        cores=2,
        core_type="NCv2",
        identity=("Trainium1", "NDv2", "Trn1"),
        serial_number=None,
        status=STATUS_2_9,
        other_info=OTHER_2_9,
        core_memory=MEMORY_2_9,
        host_memory=frozenset(),
        power=None,
        tensor_engine=None,
    ),
    "sysfs-tree-generated-trn2-driver2.26.5.0.txt": Expected(
        files=841, cores=8, core_type="NCv3", identity=("Trainium2", "NDv3", "Trn2"), ecc=ECC
    ),
}
FIND = "sysfs-find-inf2.xlarge-driver2.26.txt"
POWER: Mapping[str, list[PowerUse]] = {
    "sysfs-power-utilization-inf2-timeseries.txt": [
        *[
            PowerUse(
                status="POWER_STATUS_VALID",
                timestamp=1787754540,
                min_percent=0.32,
                max_percent=3.04,
                average_percent=1.57,
            )
        ]
        * 5,
        *[
            PowerUse(
                status="POWER_STATUS_VALID",
                timestamp=1787754600,
                min_percent=0.10,
                max_percent=2.82,
                average_percent=1.57,
            )
        ]
        * 3,
    ],
    "sysfs-power-utilization-trn1-idle.txt": [
        PowerUse(
            status="POWER_STATUS_VALID", timestamp=1789180860, min_percent=0.0, max_percent=0.0, average_percent=0.0
        )
    ],
}
LSPCI = "lspci-trn1.2xlarge.txt"
LSPCI_IDS = {
    "NeuronDevice (Trainium)": ("0x1d0f", "0x7164"),
    "Elastic Network Adapter (ENA)": ("0x1d0f", "0xec20"),
    "NVMe EBS Controller": ("0x1d0f", "0x8061"),
    "NVMe SSD Controller": ("0x1d0f", "0xcd01"),
    "Amazon.com, Inc. Device 1111": ("0x1d0f", "0x1111"),
    "Intel": ("0x8086", "0x1237"),
}
NODES = "ls-dev-neuron-trn1.2xlarge-eks.txt"

USED_SAMPLES: frozenset[str] = frozenset({*GENERATED, FIND, *POWER, LSPCI, NODES})

TREES = {"inf2-1": (1, 2, "NCv2", 4796416), "trn1-16": (16, 2, "NCv2", 4796416), "trn2-16": (16, 8, "NCv3", 6393856)}
"""Devices, cores of each, architecture of the cores, bytes of host memory that the driver itself uses."""
ROW_GROUPS = tuple(
    RowGroup(index=index, matrix_multiply_cycles=0, weight_load_cycles=0, idle_cycles=0) for index in range(4)
)
HEALTH_NAMES = tuple(name for name in DeviceHealth.__dataclass_fields__ if name != "index")

USED_HOSTS: frozenset[str] = frozenset(
    {
        *(f"{name}-driver-2.24.7.0.tar.gz" for name in (*TREES, "none")),
        *(f"{name}-udev.txt" for name in (*TREES, "none")),
        *("live.txt", "race.txt", "resetfail.txt"),
    }
)


def read(shared: Path, name: str) -> str:
    return (shared / "samples" / name).read_text(encoding="utf-8")


def health(index: int, values: Mapping[str, int] | None) -> DeviceHealth:
    """Return the health of a device that has *values* and nothing else."""
    return DeviceHealth(index=index, **{**dict.fromkeys(HEALTH_NAMES), **(values or {})})  # type: ignore[arg-type]


def devices_of(host: Host) -> tuple[NeuronDevice, ...]:
    """Return the devices, which must be there."""
    devices = collect_devices(host)
    assert isinstance(devices, tuple)
    return devices


def trees_of(host: Host) -> tuple[DeviceTree, ...]:
    """Return the trees, which must be there."""
    trees = collect_device_tree(host)
    assert isinstance(trees, tuple)
    return trees


def generated_files(text: str) -> Iterator[tuple[str, int, str]]:
    r"""Return path, mode and content of each line ``F 0644 info/notify_delay<tab>3<tab>-1\n``."""
    for line in text.splitlines():
        if line.startswith("F "):
            place, _, content = line.split("\t")
            _, mode, path = place.split(" ")
            yield path, int(mode, 8), content.replace("\\n", "\n")


@pytest.fixture(params=sorted(GENERATED))
def generated(request: pytest.FixtureRequest, shared: Path, public_path: Path) -> tuple[Expected, Host]:
    """Return what a generated tree holds, and a host with that tree as its first device, modes included."""
    files = list(generated_files(read(shared, request.param)))
    make_tree(public_path / "root", {f"{CLASS}/neuron0/{path}": content for path, _, content in files})
    for path, mode, _ in files:
        (public_path / "root" / CLASS / "neuron0" / path).chmod(mode)
    expected = GENERATED[request.param]
    assert expected.files == len(files)
    return expected, open_host(public_path / "root")


def test_generated_trees(generated: tuple[Expected, Host]) -> None:
    """All that the driver registers for a chip is known by name, and in the field where it belongs."""
    expected, host = generated
    core = CoreTree(
        index=0,
        arch_type=expected.core_type,
        status=dict.fromkeys(expected.status, NO_COUNT),
        other_info=dict.fromkeys(expected.other_info, NO_COUNT),
        memory_usage=dict.fromkeys(expected.core_memory, NO_MEMORY),
        tensor_engine=expected.tensor_engine,
    )
    (tree,) = trees_of(host)

    assert isinstance(tree.cores, tuple)
    assert list(range(expected.cores)) == [found.index for found in tree.cores]
    assert core == tree.cores[0]
    assert dict.fromkeys(expected.host_memory, NO_MEMORY) == (tree.memory_usage or {})
    assert health(0, expected.ecc) == tree.health
    assert (expected.power, None, -1, ()) == (tree.power, tree.power_raw, tree.notify_delay, tree.unrecognised)


def test_what_is_read_often_in_generated_trees(generated: tuple[Expected, Host]) -> None:
    """Identity, status and health alone say the same as the whole tree."""
    expected, host = generated
    (found,) = devices_of(host)
    statuses = collect_device_status(host)

    assert expected.identity == (found.device_name, found.arch_type, found.instance_family)
    assert (expected.serial_number, expected.cores) == (found.serial_number, found.core_count)
    assert isinstance(statuses, tuple)
    assert isinstance(statuses[0].cores, tuple)
    assert [dict.fromkeys(expected.status, 0)] * expected.cores == [core.status for core in statuses[0].cores]
    assert (health(0, expected.ecc),) == collect_device_health(host)


def test_modes_of_generated_trees(generated: tuple[Expected, Host], another_user: AnotherUser) -> None:
    """Everybody may read the trees of later drivers; that of 2.9.4 is root's, and nothing in it is absent or zero."""
    expected, host = generated
    with another_user():
        (tree,) = trees_of(host)
        (found,) = devices_of(host)
    closed = expected.status == STATUS_2_9

    assert isinstance(tree.cores, tuple)
    assert isinstance(tree.cores[0].status, Mapping)
    count = Counter(total=PERMISSION, present=PERMISSION) if closed else NO_COUNT
    assert dict.fromkeys(expected.status, count) == tree.cores[0].status
    assert (PERMISSION if closed else expected.identity[0]) == found.device_name
    assert (PERMISSION if closed else -1) == tree.notify_delay


def test_a_listing(shared: Path, tmp_path: Path) -> None:
    """A real inf2.xlarge has no file that is not known, and the groups that its uploader listed."""
    files: dict[str, str | bytes | None] = {}
    for line in read(shared, FIND).splitlines():
        if line.startswith("neuronN/"):
            directory, _, leaves = line.replace("neuronN/", "neuron0/").partition("{")
            names = [directory + leaf for leaf in leaves.rstrip("}").split(",")] if leaves else [directory]
            cores = ("neuron_core0", "neuron_core1")
            files.update((f"{CLASS}/{name.replace('neuron_coreN', core)}", "0\n") for name in names for core in cores)
        elif line.startswith("/sys/devices/virtual/neuron_device/neuron0/"):
            place = line.replace("/sys/devices/virtual/neuron_device", CLASS)
            is_file = "runtime" in line or line.rpartition("/")[2] in ("autosuspend_delay_ms", "async", "control")
            files[place] = "0\n" if is_file or line.endswith("utilization") else None
    make_tree(tmp_path, files)
    (tree,) = trees_of(open_host(tmp_path))

    assert () == tree.unrecognised
    assert isinstance(tree.cores, tuple)
    assert [0, 1] == [core.index for core in tree.cores]
    for core in tree.cores:
        assert isinstance(core.other_info, Mapping)
        assert isinstance(core.memory_usage, Mapping)
        assert OTHER_2_24 == set(core.other_info)
        assert MEMORY_2_24 == set(core.memory_usage)
    assert Unread("not a power utilization: '0'") == tree.power


@pytest.mark.parametrize("name", POWER)
def test_power(shared: Path, name: str) -> None:
    """Each line that a real device gave, in percent, with the end of its minute."""
    lines = [line for line in read(shared, name).splitlines() if line.startswith("POWER")]

    assert POWER[name] == [parse_power(line.encode()) for line in lines]


def test_functions_that_lspci_lists(shared: Path, tmp_path: Path) -> None:
    """Of eight functions of a trn1.2xlarge one is a Neuron device; 00:1f.0, where inf2 has one, is a disk."""
    files: dict[str, str | bytes | None] = {}
    for line in read(shared, LSPCI).splitlines():
        if found := re.match(r"[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f] ", line):
            vendor, device = next(ids for name, ids in LSPCI_IDS.items() if name in line)
            place = f"sys/bus/pci/devices/0000:{found[0].strip()}"
            files |= {f"{place}/vendor": f"{vendor}\n", f"{place}/device": f"{device}\n"}
    make_tree(tmp_path, files)

    assert 16 == len(files)
    assert (PciFunction(address="0000:00:1e.0", device_id="0x7164", numa_node=None, driver=None),) == collect_pci(
        open_host(tmp_path)
    )


def test_nodes_that_ls_lists(shared: Path, tmp_path: Path) -> None:
    """The one node of a trn1.2xlarge is told from the generic nodes of its disks, whatever their author thought."""
    entries = []
    for line in read(shared, NODES).splitlines():
        if found := re.fullmatch(r"c([rwx-]{9})\. 1 root root (\d+), (\d+) /(\S+)", line):
            mode = sum(1 << (8 - place) for place, letter in enumerate(found[1]) if letter != "-")
            entries.append(
                f'"{found[4]}": {{"type": "char", "mode": "{mode:o}", "major": {found[2]}, "minor": {found[3]}}}'
            )
    (tmp_path / ".host.json").write_text(f"{{{', '.join(entries)}}}", encoding="utf-8")

    assert 3 == len(entries)
    assert (
        DeviceNode(index=0, is_character_device=True, major=243, minor=0, mode=0o666, uid=0, gid=0, accessible=True),
    ) == collect_device_nodes(open_host(tmp_path))


@pytest.mark.parametrize("name", TREES)
def test_captured_trees(captured_host: CapturedHost, name: str) -> None:
    """Idle devices: the driver's own memory, one reset of each core at start, and no power data for the minute."""
    count, cores, core_type, driver_memory = TREES[name]
    trees = trees_of(captured_host(name))
    other = {**dict.fromkeys(OTHER_2_24, NO_COUNT), "reset_req_count": Counter(total=1, present=1)}
    used = [4530176, *[266240] * (cores - 1)]

    assert list(range(count)) == [tree.index for tree in trees]
    for tree in trees:
        assert tree.cores == tuple(
            CoreTree(
                index=index,
                arch_type=core_type,
                status=dict.fromkeys(STATUS_2_24, NO_COUNT),
                other_info=other,
                memory_usage={
                    **dict.fromkeys(MEMORY_2_24, NO_MEMORY),
                    "host_mem": MemoryUsage(total=used[index], present=4096, peak=used[index]),
                },
                tensor_engine=ROW_GROUPS,
            )
            for index in range(cores)
        )
        assert {
            **dict.fromkeys(HOST_MEMORY_2_24, NO_MEMORY),
            "host_mem/driver_memory": MemoryUsage(total=driver_memory, present=4096, peak=driver_memory),
        } == tree.memory_usage
        assert health(tree.index, ECC) == tree.health
        assert (PowerUse(status="POWER_STATUS_NO_DATA"), None) == (tree.power, tree.power_raw)
        assert (-1, ()) == (tree.notify_delay, tree.unrecognised)


@pytest.mark.parametrize("name", TREES)
def test_what_is_read_often_in_captured_trees(captured_host: CapturedHost, name: str) -> None:
    """Status and health of every device, and a host that is in no UltraServer."""
    count, cores, _, _ = TREES[name]
    host = captured_host(name)
    statuses = collect_device_status(host)

    assert isinstance(statuses, tuple)
    assert count == len(statuses)
    assert [True] * count == [isinstance(one, DeviceStatus) for one in statuses]
    zeros = dict.fromkeys(STATUS_2_24, 0)
    for one in statuses:
        assert isinstance(one.cores, tuple)
        assert [zeros] * cores == [core.status for core in one.cores]
    assert tuple(health(index, ECC) for index in range(count)) == collect_device_health(host)
    assert DeviceClass(
        ultraserver_mode=(),
        node_id=None,
        node_id_2=None,
        node_id_4=None,
        server_id=None,
        server_id_2=None,
        server_id_4=None,
    ) == collect_device_class(host)


def test_a_driver_without_a_device(captured_host: CapturedHost) -> None:
    """The class is there and empty, and its files give no byte."""
    host = captured_host("none")
    empty = Unread("empty: no device is set up")

    assert () == collect_devices(host) == collect_device_status(host) == collect_device_health(host)
    assert () == collect_device_tree(host)
    assert DeviceClass(
        ultraserver_mode=empty,
        node_id=None,
        node_id_2=empty,
        node_id_4=empty,
        server_id=None,
        server_id_2=empty,
        server_id_4=empty,
    ) == collect_device_class(host)


@pytest.mark.parametrize("name", TREES)
def test_what_udev_saw(shared: Path, tmp_path: Path, captured_host: CapturedHost, name: str) -> None:
    """What udev shows is another witness: attributes of neuron0 make the captured tree, events have its numbers."""
    text = (shared / "hosts" / f"{name}-udev.txt").read_text(encoding="utf-8")
    attributes = re.findall(r'^    ATTR\{([^}]+)\}=="(.*)"$', text, re.MULTILINE)
    events = set(re.findall(r"DEVNAME=/dev/neuron(\d+)\n(?:\w+=.*\n)*?MAJOR=(\d+)\nMINOR=(\d+)\n", text))
    make_tree(tmp_path, {f"{CLASS}/neuron0/{path}": f"{value}\n" for path, value in attributes})
    (seen,), (tree, *_) = trees_of(open_host(tmp_path)), trees_of(captured_host(name))

    assert isinstance(seen.cores, tuple)
    assert isinstance(tree.cores, tuple)
    assert [(one.arch_type, one.status, one.other_info, one.memory_usage) for one in tree.cores] == [
        (one.arch_type, one.status, one.other_info, one.memory_usage) for one in seen.cores
    ]
    assert (tree.health, ()) == (seen.health, seen.unrecognised)
    numbers = {one.index: one.dev for one in devices_of(captured_host(name))}
    assert numbers == {int(index): (int(major), int(minor)) for index, major, minor in events}


def test_what_udev_saw_without_a_device(shared: Path) -> None:
    """Loading the driver makes the class and no device; unloading it takes away the class."""
    text = (shared / "hosts" / "none-udev.txt").read_text(encoding="utf-8")

    assert "add      /class/neuron_device (class)" in text
    assert [] == re.findall(r"SUBSYSTEM=neuron_device", text)
    assert "'/sys/class/neuron_device': No such file or directory" in text


# What an application did to neuron0, from the three lists in live.txt: before, while it ran, after it had ended.
LIVE = {
    "before": (
        {"success": Counter(total=0, present=0), "timeout": NO_COUNT, "hw_error": NO_COUNT},
        {"flop_count": NO_COUNT, "inference_count": NO_COUNT, "model_load_count": NO_COUNT, "nc_time_in_use": NO_COUNT},
        {
            "host_mem": MemoryUsage(total=4530176, present=4096, peak=4530176),
            "device_mem": NO_MEMORY,
            "device_mem/tensors": NO_MEMORY,
        },
        MemoryUsage(total=0, present=0, peak=0),
    ),
    "while the application runs": (
        {"success": NO_COUNT, "timeout": NO_COUNT, "hw_error": NO_COUNT},
        {"flop_count": NO_COUNT, "inference_count": NO_COUNT, "model_load_count": NO_COUNT, "nc_time_in_use": NO_COUNT},
        {
            "host_mem": MemoryUsage(total=5578752, present=1048576, peak=5578752),
            "device_mem": MemoryUsage(total=22020096, present=4194304, peak=22020096),
            "device_mem/tensors": MemoryUsage(total=17825792, present=1048576, peak=17825792),
        },
        MemoryUsage(total=1048576, present=1048576, peak=1048576),
    ),
    "after it ended": (
        {
            "success": Counter(total=5, present=5),
            "timeout": Counter(total=2, present=2),
            "hw_error": Counter(total=1, present=1),
        },
        {
            "flop_count": Counter(total=2000, present=2000),
            "inference_count": Counter(total=5, present=5),
            "model_load_count": Counter(total=1, present=1),
            "nc_time_in_use": Counter(total=777, present=777),
        },
        {
            "host_mem": MemoryUsage(total=4530176, present=1048576, peak=5578752),
            "device_mem": MemoryUsage(total=0, present=16777216, peak=22020096),
            "device_mem/tensors": MemoryUsage(total=0, present=16777216, peak=17825792),
        },
        MemoryUsage(total=0, present=1048576, peak=1048576),
    ),
}


@pytest.mark.parametrize("moment", LIVE)
def test_counters_of_an_application(shared: Path, tmp_path: Path, moment: str) -> None:
    """Memory moves while it runs, the rest when it ends; ``total`` of memory falls again, so it is a gauge."""
    text = (shared / "hosts" / "live.txt").read_text(encoding="utf-8")
    section = text.partition(f"--- {moment}\n")[2].partition("\n--- ")[0].partition("\n### ")[0]
    lines = re.findall(r"^((?:stats|neuron_core0)/\S+) (\d+)$", section, re.MULTILINE)
    make_tree(tmp_path, {f"{CLASS}/neuron0/{path}": f"{value}\n" for path, value in lines})
    (tree,) = trees_of(open_host(tmp_path))
    status, other_info, memory, host_tensors = LIVE[moment]

    assert 26 == len(lines)
    core = CoreTree(
        index=0, arch_type=None, status=status, other_info=other_info, memory_usage=memory, tensor_engine=None
    )
    assert (core,) == tree.cores
    assert {"host_mem/tensors": host_tensors} == tree.memory_usage


def test_a_second_application(shared: Path, tmp_path: Path) -> None:
    """Sums go on, and the last change is that of the second."""
    text = (shared / "hosts" / "live.txt").read_text(encoding="utf-8")
    section = text.partition("### second application of the same kind\n")[2].partition("\n###")[0]
    lines = re.findall(r"^(neuron_core0/\S+) (\d+)$", section, re.MULTILINE)
    make_tree(tmp_path, {f"{CLASS}/neuron0/{path}": f"{value}\n" for path, value in lines})
    (tree,) = trees_of(open_host(tmp_path))

    assert isinstance(tree.cores, tuple)
    assert {"success": Counter(total=12, present=7)} == tree.cores[0].status
    assert {"inference_count": Counter(total=12, present=7)} == tree.cores[0].other_info


def test_errors_that_were_poked(shared: Path, tmp_path: Path) -> None:
    """Uncorrected errors of memory and SRAM; a register that could not be read says 0, like one without errors."""
    text = (shared / "hosts" / "live.txt").read_text(encoding="utf-8")
    section = text.partition("repair state 2:\n")[2].partition("\n[")[0]
    lines = re.findall(r"^/sys/devices/virtual/neuron_device/(\S+):(\d+)$", section, re.MULTILINE)
    make_tree(tmp_path, {f"{CLASS}/{path}": f"{value}\n" for path, value in lines})
    stuck = text.partition("### a register that reads 0xdeadbeef\n")[2].partition("\n")[0]

    assert 3 == len(lines)
    poked = {"mem_ecc_repairable_uncorrected": 0, "mem_ecc_uncorrected": 5, "sram_ecc_uncorrected": 7}
    assert (health(0, poked),) == collect_device_health(open_host(tmp_path))
    assert "0" == stuck


def test_other_readings_of_a_live_device(shared: Path) -> None:
    """Row groups that were busy, power before and in a valid minute, and what is left when the driver is unbound."""
    text = (shared / "hosts" / "live.txt").read_text(encoding="utf-8")
    groups = text.partition("### PE counters poke\n")[2].partition("###")[0]
    idle = re.search(r"stats/power/utilization write rc=0\n(.*)\n", text)
    minute = re.search(r"^POWER_STATUS_VALID.*$", text, re.MULTILINE)
    unbound = re.search(r"core_count \[Errno (\d+)\] (.*)", text)

    assert (
        RowGroup(index=0, matrix_multiply_cycles=180388626474, weight_load_cycles=0, idle_cycles=42),
        *ROW_GROUPS[1:],
    ) == parse_row_groups(groups.encode())
    assert idle is not None
    assert PowerUse(status="POWER_STATUS_NO_DATA") == parse_power(idle[1].encode())
    assert minute is not None
    assert PowerUse(
        status="POWER_STATUS_VALID",
        timestamp=1795299120,
        min_percent=12.34,
        max_percent=12.34,
        average_percent=12.34,
    ) == parse_power(minute[0].encode())
    assert unbound is not None
    assert Unread("ENODEV: No such device") == reason_for(OSError(int(unbound[1]), unbound[2]))


def test_a_tree_at_the_moment_of_its_event(shared: Path, tmp_path: Path) -> None:
    """A listener that reads at once finds a device in pieces: what is there is read, the rest is absent."""
    text = (shared / "hosts" / "race.txt").read_text(encoding="utf-8")
    kernel = text.partition("== netlink group 2")[0]
    seen = {int(found[1]): ast.literal_eval(found[2]) for found in re.finditer(r"neuron(\d+) .*(\{.*\})", kernel)}
    files: dict[str, str | bytes | None] = {f"{CLASS}/neuron{index}": None for index in seen}
    for index, contents in seen.items():
        there = {path: value for path, value in contents.items() if not value.startswith("FileNotFoundError")}
        files |= {f"{CLASS}/neuron{index}/{path}": value for path, value in there.items()}
    make_tree(tmp_path, files)
    devices = {found.index: found for found in devices_of(open_host(tmp_path))}
    trees = trees_of(open_host(tmp_path))

    complete = (2, (), "Inf2", "00112233aabb0005")
    found = devices[5]
    assert [0, 1, 2, 3, 4, 5] == sorted(seen)
    assert complete == (found.core_count, found.connected_devices, found.instance_family, found.serial_number)
    found = devices[1]
    assert (None, ()) == (found.core_count, found.connected_devices)
    found = devices[0]
    assert (None, None, None) == (found.core_count, found.connected_devices, found.serial_number)
    assert [None, *[PowerUse(status="POWER_STATUS_VALID")] * 5] == [tree.power for tree in trees]


def test_a_reset_that_fails(shared: Path, tmp_path: Path) -> None:
    """The core's counters and the kernel's log tell of it; power has no data since."""
    text = (shared / "hosts" / "resetfail.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^/sys/class/neuron_device/(\S+):(\d+)$", text, re.MULTILINE)
    power = re.search(r"^POWER.*$", text, re.MULTILINE)
    make_tree(tmp_path, {f"{CLASS}/{path}": f"{value}\n" for path, value in lines})
    (tree,) = trees_of(open_host(tmp_path))
    resets = {"reset_req_count": Counter(total=2, present=1), "reset_fail_count": Counter(total=1, present=1)}

    assert isinstance(tree.cores, tuple)
    assert [resets, resets] == [core.other_info for core in tree.cores]
    assert power is not None
    assert PowerUse(status="POWER_STATUS_NO_DATA") == parse_power(power[0].encode())
    outcomes = [event.outcome for event in kernel_events(text.splitlines()) if isinstance(event, DeviceReset)]
    assert ["completed", "initiating", "failed", "failed", "initiating"] == outcomes


def test_nothing_is_left_out(captured_host: CapturedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the 13,664 files of sixteen devices those that are not opened are reset, uevent and the kernel's own."""
    host = captured_host("trn2-16")
    place = Path(host.root, "sys/devices/virtual/neuron_device")
    left = re.compile(r"neuron\d+/(?:reset|uevent|power/\w+)")
    files = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    opened: set[Path] = set()
    plain = os.open

    def opening(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = plain(path, flags, mode, dir_fd=dir_fd)
        if not flags & os.O_DIRECTORY:
            opened.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        return descriptor

    monkeypatch.setattr(os, "open", opening)
    collect_devices(host)
    collect_device_tree(host)
    monkeypatch.undo()

    assert 13664 == len(files)
    assert 13504 == sum(not left.fullmatch(path) for path in files)
    assert {path for path in files if not left.fullmatch(path)} == {
        str(path.relative_to(place)) for path in opened if path.is_relative_to(place)
    }
