"""Properties of what is read in the driver's tree of a device: any content is a fact, or says why it is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.device_class import parse_modes, parse_node_id, parse_server_id
from neuron_collectors.device_health import HEALTH_FILES, parse_health, parse_heartbeat, parse_unhealthy_components
from neuron_collectors.device_tree import (
    MOST_UNRECOGNISED,
    DeviceNodes,
    parse_device_tree,
    parse_notify_delay,
    parse_power,
    parse_row_groups,
)
from neuron_collectors.facts import PERMISSION, DeviceTree, Inventory, Reading, Unread
from neuron_collectors.facts.device_tree import Counter
from neuron_collectors.snapshot import dumps_inventory, loads_inventory
from neuron_collectors.sysfs_search import STATUS_COUNTERS, parse_count, parse_line

PARSERS: tuple[Callable[[Reading[bytes]], object], ...] = (
    parse_count,
    parse_line,
    parse_power,
    parse_row_groups,
    parse_notify_delay,
    parse_unhealthy_components,
    parse_heartbeat,
    parse_modes,
    parse_node_id,
    parse_server_id,
)
texts = st.one_of(
    st.binary(max_size=300),
    st.text("POWER_STATUS_VALID,0123456789.-\n", max_size=60).map(str.encode),
    st.text("xrow_grp,mm_active,wl_active,idle\n0123456789,", max_size=80).map(str.encode),
    st.sampled_from([b"", b"\n", b"0\n", b"-1\n", b"busy\n", b"device_unreachable\n", b"hbm,sram\n"]),
)
readings: st.SearchStrategy[Reading[bytes]] = st.one_of(st.none(), st.just(PERMISSION), texts)
parts = st.sampled_from(
    [
        *("neuron_core0", "neuron_core1", "neuron_core", "metrics", "stats", "status", "other_info", "memory_usage"),
        *("host_mem", "device_mem", "tensors", "success", "flop_count", "info", "hardware", "new", "power"),
    ]
)
paths = st.lists(parts, max_size=6).map("/".join)
names = st.sampled_from(
    [
        *("total", "present", "peak", "arch_type", "utilization", "utilization_raw", "pe_cntrs", "notify_delay"),
        *sorted(HEALTH_FILES),
    ]
)
numbers = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize("parse", PARSERS)
@given(content=readings)
def test_parsers_are_total(parse: Callable[[Reading[bytes]], object], content: Reading[bytes]) -> None:
    """Any content is a value, or says on one line why it is none; what was absent or unread stays so."""
    value = parse(content)

    if not isinstance(content, bytes):
        assert content == value
    if isinstance(value, Unread):
        assert "\n" not in value.reason
        assert len(value.reason) < 250


@given(contents=st.dictionaries(names, readings), index=st.integers(0, 63))
def test_health_is_total(contents: Mapping[str, Reading[bytes]], index: int) -> None:
    """Whatever the files say, each costs only its own field."""
    health = parse_health(index, contents)

    assert index == health.index
    assert parse_count(contents.get("mem_ecc_uncorrected")) == health.mem_ecc_uncorrected


@given(
    contents=st.dictionaries(paths, st.dictionaries(names, readings)),
    cores=st.dictionaries(st.sampled_from(["neuron_core0", "neuron_core1", "metrics/neuron_core0"]), st.integers(0, 7)),
    unread=st.dictionaries(paths, st.just(PERMISSION)),
)
def test_any_tree_is_facts(
    contents: Mapping[str, Mapping[str, Reading[bytes]]], cores: Mapping[str, int], unread: Mapping[str, Unread]
) -> None:
    """A tree of any shape becomes facts that a snapshot can keep, with a bounded list of what is unknown."""
    nodes = DeviceNodes(contents=contents, cores=cores, unread=unread, unrecognised=frozenset())
    tree = parse_device_tree(3, nodes)
    inventory = Inventory(device_trees=(tree,))

    assert 3 == tree.index
    assert len(tree.unrecognised) <= MOST_UNRECOGNISED
    assert inventory == loads_inventory(dumps_inventory(inventory))


@given(
    counters=st.dictionaries(
        st.sampled_from(sorted(STATUS_COUNTERS)), st.tuples(numbers, st.one_of(st.none(), numbers)), min_size=1
    ),
    core=st.integers(0, 7),
)
def test_counters_come_back(counters: Mapping[str, tuple[int, int | None]], core: int) -> None:
    """Numbers that were printed as the driver prints them are the numbers that are read."""
    contents: dict[str, dict[str, Reading[bytes]]] = {
        f"neuron_core{core}/stats/status/{name}": {
            "total": f"{total}\n".encode(),
            **({} if present is None else {"present": f"{present}\n".encode()}),
        }
        for name, (total, present) in counters.items()
    }
    nodes = DeviceNodes(contents=contents, cores={f"neuron_core{core}": core}, unread={}, unrecognised=frozenset())
    tree: Any = parse_device_tree(0, nodes)

    assert isinstance(tree, DeviceTree)
    expected = {name: Counter(total=total, present=present) for name, (total, present) in counters.items()}
    assert [expected] == [found.status for found in tree.cores]  # type: ignore[union-attr]
