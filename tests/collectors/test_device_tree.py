from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.device_tree import (
    MOST_UNRECOGNISED,
    collect_device_tree,
    parse_notify_delay,
    parse_power,
    parse_row_groups,
)
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DeviceHealth, DeviceTree, Reading, Unread
from neuron_collectors.facts.device_tree import CoreTree, Counter, MemoryUsage, PowerUse, RowGroup

from .conftest import AnotherUser, CollectLive, MakeHost
from .sysfs_devices import CLASS, CORE_2_7, CORE_MOVED, FILES_2_7, FILES_2_26, FILES_MOVED, LIVE, device

POWER = PowerUse(
    status="POWER_STATUS_VALID", timestamp=1787754600, min_percent=0.10, max_percent=2.82, average_percent=1.57
)
ROW_GROUPS = (
    RowGroup(index=0, matrix_multiply_cycles=180388626474, weight_load_cycles=0, idle_cycles=42),
    RowGroup(index=1, matrix_multiply_cycles=0, weight_load_cycles=0, idle_cycles=0),
)
NO_HEALTH = DeviceHealth(
    index=0,
    sram_ecc_corrected=None,
    sram_ecc_uncorrected=None,
    mem_ecc_corrected=None,
    mem_ecc_uncorrected=None,
    mem_ecc_repairable_uncorrected=None,
    hbm_ecc_err_count=None,
    repairable_hbm_ecc_err_count=None,
    sram_ecc_err_count=None,
    hw_error_event=None,
    unhealthy_components=None,
    healthcheck_heartbeat=None,
)
CORE = CoreTree(
    index=0,
    arch_type="NCv2",
    status={
        "success": Counter(total=12, present=7),
        "hw_error": Counter(total=1, present=1),
        "unsupported_neff_version": Counter(total=0, present=0),
    },
    other_info={"flop_count": Counter(total=2000, present=2000)},
    memory_usage={
        "host_mem": MemoryUsage(total=4530176, present=4096, peak=5578752),
        "device_mem": MemoryUsage(total=17825792, present=1048576, peak=22020096),
        "device_mem/tensors": MemoryUsage(total=17825792, present=1048576, peak=17825792),
    },
    tensor_engine=ROW_GROUPS,
)
HEALTH = replace(NO_HEALTH, sram_ecc_uncorrected=7, mem_ecc_uncorrected=5, mem_ecc_repairable_uncorrected=1)
TREE = DeviceTree(
    index=0,
    cores=(CORE, replace(CORE, index=1)),
    memory_usage={"host_mem/tensors": MemoryUsage(total=0, present=1048576, peak=1048576)},
    health=HEALTH,
    power=POWER,
    power_raw=None,
    notify_delay=-1,
    unrecognised=(),
)


def only(trees: Reading[tuple[DeviceTree, ...]]) -> DeviceTree:
    """Return the tree of the one device."""
    assert isinstance(trees, tuple)
    assert 1 == len(trees)
    return trees[0]


def first_core(tree: DeviceTree) -> CoreTree:
    """Return the first core of *tree*."""
    assert isinstance(tree.cores, tuple)
    return tree.cores[0]


def test_a_tree(make_host: MakeHost) -> None:
    """Everything that drivers up to 2.27 show, with a second core that is read by the names of the first."""
    assert TREE == only(collect_device_tree(make_host(device(cores=2))))


def test_devices_come_by_number(make_host: MakeHost) -> None:
    """So do cores: the tenth is after the ninth. Each has its own values."""
    own = {f"{CLASS}/neuron10/neuron_core10/stats/status/success/total": "99\n"}
    host = make_host({**device(0, cores=11), **device(10, cores=11), **device(9), **own})
    trees = collect_device_tree(host)

    assert isinstance(trees, tuple)
    assert [0, 9, 10] == [tree.index for tree in trees]
    assert isinstance(trees[2].cores, tuple)
    assert list(range(11)) == [core.index for core in trees[2].cores]
    changed = {**CORE.status, "success": Counter(total=99, present=7)}  # type: ignore[dict-item]
    assert replace(CORE, index=10, status=changed) == trees[2].cores[10]


def test_devices_are_links(make_host: MakeHost) -> None:
    """In a real tree the class holds links to the devices, and each device one to the class."""
    files = {path.replace(CLASS, "sys/devices/virtual/neuron_device"): text for path, text in device(cores=2).items()}
    links = {
        f"{CLASS}/neuron0": "../../devices/virtual/neuron_device/neuron0",
        "sys/devices/virtual/neuron_device/neuron0/subsystem": "../../../../class/neuron_device",
    }

    assert TREE == only(collect_device_tree(make_host(files, links)))


def test_what_drivers_2_28_to_2_30_add(make_host: MakeHost) -> None:
    """Health as the device itself sees it, corrected errors, and power of each die."""
    added = {
        "health_status/hw_error_event": "0\n",
        "health_status/hbm_ecc_err_count": "1\n",
        "health_status/repairable_hbm_ecc_err_count": "2\n",
        "health_status/sram_ecc_err_count": "3\n",
        "health_status/unhealthy_components": "hbm,firmware_service_api\n",
        "health_status/healthcheck_heartbeat": "4711\n",
        "stats/hardware/sram_ecc_corrected": "8\n",
        "stats/hardware/mem_ecc_corrected": "9\n",
        "stats/power/utilization_raw": "1.23,4.56\n",
    }
    tree = only(collect_device_tree(make_host(device(files={**FILES_2_26, **added}, cores=2))))

    health = DeviceHealth(
        index=0,
        sram_ecc_corrected=8,
        sram_ecc_uncorrected=7,
        mem_ecc_corrected=9,
        mem_ecc_uncorrected=5,
        mem_ecc_repairable_uncorrected=1,
        hbm_ecc_err_count=1,
        repairable_hbm_ecc_err_count=2,
        sram_ecc_err_count=3,
        hw_error_event="0",
        unhealthy_components=("hbm", "firmware_service_api"),
        healthcheck_heartbeat=4711,
    )
    assert replace(TREE, health=health, power_raw="1.23,4.56") == tree


def test_the_first_tree(make_host: MakeHost) -> None:
    """Drivers 2.7 have everything in ``metrics``, under names of their own, and no greatest use of memory."""
    host = make_host(device(files=FILES_2_7, core=CORE_2_7, prefix="metrics/"))
    core = CoreTree(
        index=0,
        arch_type=None,
        status={"infer_completed_with_error": Counter(total=3, present=1)},
        other_info={"reset_count": Counter(total=2, present=1)},
        memory_usage={"device_mem": MemoryUsage(total=8192, present=4096, peak=None)},
        tensor_engine=None,
    )

    assert DeviceTree(
        index=0,
        cores=(core,),
        memory_usage=None,
        health=NO_HEALTH,
        power=None,
        power_raw=None,
        notify_delay=None,
        unrecognised=(),
    ) == only(collect_device_tree(host))


def test_before_there_was_a_tree(make_host: MakeHost) -> None:
    """Drivers before 2.7 show a device and nothing in it: everything is absent."""
    files = {"dev": "243:0\n", "uevent": "MAJOR=243\n", "reset": "1\n", "core_count": "4"}
    tree = only(collect_device_tree(make_host(device(files=files, cores=0))))

    assert (0, (), None, NO_HEALTH, None) == (tree.index, tree.cores, tree.memory_usage, tree.health, tree.power)
    assert (None, None, ()) == (tree.power_raw, tree.notify_delay, tree.unrecognised)


def test_nodes_that_have_moved(make_host: MakeHost) -> None:
    """In a tree that nobody has seen, nodes are known by name and kind, and what is new is told by name."""
    tree = only(collect_device_tree(make_host(device(files=FILES_MOVED, core=CORE_MOVED, cores=2))))
    core = CoreTree(
        index=0,
        arch_type="NCv3",
        status={"success": Counter(total=12, present=7)},
        other_info={"reset_req_count": Counter(total=1, present=1)},
        memory_usage={"device_mem": MemoryUsage(total=8192, present=4096, peak=8192)},
        tensor_engine=None,
    )

    assert (core, replace(core, index=1)) == tree.cores
    assert {"host_mem/tensors": MemoryUsage(total=4096, present=4096, peak=8192)} == tree.memory_usage
    assert (
        replace(NO_HEALTH, mem_ecc_uncorrected=5, sram_ecc_uncorrected=7, unhealthy_components=("hbm", "link_efa"))
        == tree.health
    )
    assert POWER == tree.power
    assert (
        "board/limits/watts",
        "neuron_core*/execution/brand_new_error/",
        "neuron_core*/latency/p99/",
        "neuron_core*/thermal/celsius",
    ) == tree.unrecognised


def test_a_new_counter_beside_the_old(make_host: MakeHost) -> None:
    """In a group that is known a counter needs no known name; what else it holds is told, once for all cores."""
    core = {
        "stats/status/brand_new_error/total": "3\n",
        "stats/status/brand_new_error/present": "1\n",
        "stats/status/brand_new_error/average": "2\n",
        "stats/status/not_a_counter/value": "1\n",
    }
    tree = only(collect_device_tree(make_host(device(core=core, cores=3))))

    assert isinstance(tree.cores, tuple)
    assert [{"brand_new_error": Counter(total=3, present=1)}] * 3 == [found.status for found in tree.cores]
    assert (
        "neuron_core*/stats/status/brand_new_error/average",
        "neuron_core*/stats/status/not_a_counter/value",
    ) == tree.unrecognised


def test_the_list_of_unknown_nodes_is_bounded(make_host: MakeHost) -> None:
    """The first by name are told, however many there are, and links and FIFOs are among them."""
    files = {f"new/node{number:03}": "1\n" for number in range(100)}
    host = make_host(device(files=files, cores=0), {f"{CLASS}/neuron0/a link": "new"})
    os.mkfifo(Path(host.root, CLASS, "neuron0/fifo"))
    tree = only(collect_device_tree(host))

    assert MOST_UNRECOGNISED == len(tree.unrecognised)
    assert ("a link", "fifo", "new/node000") == tree.unrecognised[:3]


@pytest.mark.parametrize(
    ("file", "text", "change"),
    [
        ("stats/hardware/mem_ecc_uncorrected", "five\n", {"mem_ecc_uncorrected": Unread("not a number: 'five'")}),
        ("stats/hardware/sram_ecc_uncorrected", "-1\n", {"sram_ecc_uncorrected": Unread("not a number: '-1'")}),
        (
            "health_status/unhealthy_components",
            "hbm;sram\n",
            {"unhealthy_components": Unread("not a list of components: 'hbm;sram'")},
        ),
    ],
)
def test_nonsense_in_health_costs_only_its_field(
    make_host: MakeHost, file: str, text: str, change: dict[str, Any]
) -> None:
    """The field says what stands in the file, and everything else is read all the same."""
    tree = only(collect_device_tree(make_host(device(files={**FILES_2_26, file: text}, cores=2))))

    assert replace(TREE, health=replace(HEALTH, **change)) == tree


@pytest.mark.parametrize(
    ("file", "text", "change"),
    [
        ("info/notify_delay", "soon\n", {"notify_delay": Unread("not a number: 'soon'")}),
        ("stats/power/utilization", "hot\n", {"power": Unread("not a power utilization: 'hot'")}),
        (
            "stats/memory_usage/host_mem/tensors/total",
            "\x00\xff",
            {
                "memory_usage": {
                    "host_mem/tensors": MemoryUsage(
                        total=Unread(r"not a number: '\x00ÿ'"), present=1048576, peak=1048576
                    )
                }
            },
        ),
    ],
)
def test_nonsense_costs_only_its_field(make_host: MakeHost, file: str, text: str, change: dict[str, Any]) -> None:
    """The field says what stands in the file, and everything else is read all the same."""
    tree = only(collect_device_tree(make_host(device(files={**FILES_2_26, file: text}, cores=2))))

    assert replace(TREE, **change) == tree


def test_nonsense_in_a_counter_costs_half_of_it(make_host: MakeHost) -> None:
    """The last change is still known where the sum is not, in the first core and in those read by name."""
    damage = {f"{CLASS}/neuron0/neuron_core{n}/stats/status/success/total": "1 2\n" for n in (0, 1)}
    tree = only(collect_device_tree(make_host({**device(cores=2), **damage})))
    counter = Counter(total=Unread("not a number: '1 2'"), present=7)

    assert isinstance(tree.cores, tuple)
    assert [{**CORE.status, "success": counter}] * 2 == [core.status for core in tree.cores]  # type: ignore[dict-item]


def test_what_is_not_there_is_absent(make_host: MakeHost) -> None:
    """While the driver registers a device its tree is incomplete: whatever is missing costs only itself."""
    host = make_host(device(cores=3))
    place = Path(host.root, CLASS, "neuron0")
    (place / "neuron_core1/stats/status/success/present").unlink()
    shutil.rmtree(place / "neuron_core1/stats/memory_usage")
    shutil.rmtree(place / "neuron_core2/stats")
    shutil.rmtree(place / "stats/hardware")
    tree = only(collect_device_tree(host))

    status = {**CORE.status, "success": Counter(total=12, present=None)}  # type: ignore[dict-item]
    assert (
        CORE,
        replace(CORE, index=1, status=status, memory_usage=None),
        replace(CORE, index=2, status=None, other_info=None, memory_usage=None, tensor_engine=None),
    ) == tree.cores
    assert NO_HEALTH == tree.health


def test_an_incomplete_first_device_hides_nothing_of_the_next(make_host: MakeHost) -> None:
    """Names are taken from what counters have, and not from what the first one happened to have."""
    files = {path: text for path, text in device(0).items() if not path.endswith("present")}
    trees = collect_device_tree(make_host({**files, **device(1)}))

    assert isinstance(trees, tuple)
    assert CORE == first_core(trees[1])


def test_what_this_user_may_not_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What may be in a closed directory is unread, not absent; before 2.15.9 all files are root's."""
    host = make_host(device(cores=2))
    place = Path(host.root, CLASS, "neuron0")
    (place / "neuron_core0/stats/status").chmod(0)
    (place / "neuron_core1/stats/status/success/total").chmod(0)
    (place / "stats/hardware/mem_ecc_uncorrected").chmod(0)
    with another_user():
        tree = only(collect_device_tree(host))

    assert isinstance(tree.cores, tuple)
    assert replace(CORE, status=PERMISSION) == tree.cores[0]
    status = {**CORE.status, "success": Counter(total=PERMISSION, present=7)}  # type: ignore[dict-item]
    assert replace(CORE, index=1, status=status) == tree.cores[1]
    assert replace(HEALTH, mem_ecc_uncorrected=PERMISSION) == tree.health


@pytest.mark.parametrize("closed", ["", "stats"])
def test_a_closed_device(make_host: MakeHost, another_user: AnotherUser, closed: str) -> None:
    """Where the device itself, or what it counts, cannot be listed, nothing of that is said to be absent."""
    host = make_host(device(cores=2))
    place = Path(host.root, CLASS, "neuron0", closed)
    place.chmod(0)
    with another_user():
        tree = only(collect_device_tree(host))

    assert isinstance(tree.health, DeviceHealth)
    assert (PERMISSION, PERMISSION, PERMISSION) == (tree.power, tree.memory_usage, tree.health.mem_ecc_corrected)
    assert (PERMISSION if not closed else TREE.cores) == tree.cores


def test_what_the_capture_could_not_read(make_host: MakeHost) -> None:
    """A captured tree names in ``.host.json`` what is there and was closed to whoever captured it."""
    place = f"{CLASS}/neuron0"
    description = f"""{{
        "{place}/stats/hardware/mem_ecc_uncorrected": {{"type": "file", "mode": "0600"}},
        "{place}/neuron_core1/stats/status/success/total": {{"type": "file", "mode": "0600"}},
        "{place}/reset": {{"type": "file", "mode": "0600"}}
    }}"""
    files = device(cores=1)
    del files[f"{place}/stats/hardware/mem_ecc_uncorrected"], files[f"{place}/reset"]
    tree = only(collect_device_tree(make_host({**files, ".host.json": description})))

    assert isinstance(tree.cores, tuple)
    assert CORE == tree.cores[0]
    assert (1, {"success": Counter(total=PERMISSION, present=None)}) == (tree.cores[1].index, tree.cores[1].status)
    assert replace(HEALTH, mem_ecc_uncorrected=PERMISSION) == tree.health


def test_only_files_of_known_name_are_opened(make_host: MakeHost, mocker: MockerFixture) -> None:
    """Neither ``reset``, wherever it is, nor a node that this program does not know, nor the kernel's own."""
    files = {**FILES_2_26, "control/reset": "0\n", "stats/new/node": "1\n", "neuron_core7/reset": "0\n"}
    host = make_host({**device(files=files, cores=2), **LIVE})
    opened = mocker.spy(os, "open")
    collect_device_tree(host)
    names = {str(call.args[0]).rpartition("/")[2] for call in opened.call_args_list}

    assert names >= {"total", "pe_cntrs", "utilization"}
    assert set() == names & {"reset", "node", "connected_devices", "uevent", "async", "core_count"}


def test_a_tree_without_end(make_host: MakeHost) -> None:
    """A tree that is deeper or wider than any driver's is read in part, and says where it was left."""
    deep = f"{CLASS}/neuron0/" + "a/" * 30 + "total"
    wide = {f"{CLASS}/neuron1/wide{number}/x": "" for number in range(2500)}
    trees = collect_device_tree(make_host({deep: "1\n", **wide}))

    assert isinstance(trees, tuple)
    assert ("a/" * 11,) == trees[0].unrecognised
    assert MOST_UNRECOGNISED == len(trees[1].unrecognised)


def test_no_driver(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Without the class no driver is loaded, if somebody looked at classes at all."""
    assert NOT_COLLECTED == collect_live("device_tree", "collect_device_tree")
    assert collect_device_tree(make_host({"sys/class/net/lo": ""})) is None


def test_a_class_without_devices(make_host: MakeHost) -> None:
    """The driver is loaded and found no device."""
    assert () == collect_device_tree(make_host({f"{CLASS}/node_id_2": ""}))


def test_a_device_that_goes_away(make_host: MakeHost) -> None:
    """A link that leads nowhere any more is a device of which nothing is known, not a failure."""
    tree = only(collect_device_tree(make_host({f"{CLASS}/node_id_2": ""}, {f"{CLASS}/neuron0": "../gone"})))

    assert (0, (), None) == (tree.index, tree.cores, tree.power)


def test_the_live_machine(collect_live: CollectLive) -> None:
    """On the running machine the same tree says the same."""
    assert TREE == only(collect_live("device_tree", "collect_device_tree", device(cores=2)))


def power(timestamp: int, least: float, greatest: float, mean: float) -> PowerUse:
    """Return a measurement."""
    return PowerUse(
        status="POWER_STATUS_VALID",
        timestamp=timestamp,
        min_percent=least,
        max_percent=greatest,
        average_percent=mean,
    )


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"POWER_STATUS_VALID,1787754600,0.10,2.82,1.57\n", power(1787754600, 0.10, 2.82, 1.57)),
        (b"POWER_STATUS_VALID,1789180860,0.00,0.00,0.00", power(1789180860, 0.0, 0.0, 0.0)),
        (b"POWER_STATUS_VALID,1,100.00,100.00,100.00\n", power(1, 100.0, 100.0, 100.0)),
        (b"POWER_STATUS_VALID,0,0.00,0.00,0.00\n", PowerUse(status="POWER_STATUS_VALID")),
        (b"POWER_STATUS_NO_DATA,1795298950,0.00,0.00,0.00\n", PowerUse(status="POWER_STATUS_NO_DATA")),
        (b"POWER_STATUS_INVALID,1795298950,1.00,2.00,1.00\n", PowerUse(status="POWER_STATUS_INVALID")),
        (b"", Unread("not a power utilization: ''")),
        (b"POWER_STATUS_VALID,17877546", Unread("not a power utilization: 'POWER_STATUS_VALID,17877546'")),
        (b"POWER_STATUS_VALID,1,-0.1,2,1\n", Unread("not a power utilization: 'POWER_STATUS_VALID,1,-0.1,2,1'")),
        (None, None),
        (PERMISSION, PERMISSION),
    ],
)
def test_power(content: Reading[bytes], value: Reading[PowerUse]) -> None:
    """Least, greatest and mean are in that order; without data there is neither a time nor a percentage."""
    assert value == parse_power(content)


HEADER = b"xrow_grp,mm_active,wl_active,idle\n"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (HEADER + b"0,180388626474,0,42\n1,0,0,0\n", ROW_GROUPS),
        (HEADER + b"0,180388626474,0,42\n1,0,0,0\n2,12", ROW_GROUPS),
        (HEADER, ()),
        (b"", Unread("not counters of row groups: ''")),
        (b"0,0,0,0\n", Unread("not counters of row groups: '0,0,0,0'")),
        (HEADER + b"0,x,0,0\n", Unread("not counters of row groups: 'xrow_grp,mm_active,wl_active,idle\\n0,x,0,'")),
        (None, None),
        (PERMISSION, PERMISSION),
    ],
)
def test_row_groups(content: Reading[bytes], value: Reading[tuple[RowGroup, ...]]) -> None:
    """The driver prints 256 bytes and no more: what is cut off there is left out."""
    assert value == parse_row_groups(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"-1\n", -1),
        (b"0\n", 0),
        (b"-2\n", Unread("not a number: '-2'")),
        (b"\n", Unread("not a number: ''")),
        (None, None),
    ],
)
def test_notify_delay(content: Reading[bytes], value: Reading[int]) -> None:
    assert value == parse_notify_delay(content)
