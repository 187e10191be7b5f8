from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from neuron_collectors.facts import Inventory
from neuron_collectors.facts.neuron_ls import NOT_PRINTED, NeuronLs, NeuronLsDevice, NeuronLsProcess
from neuron_collectors.facts.neuron_monitor import NeuronMonitorSample
from neuron_collectors.host import CollectorError
from neuron_collectors.neuron_ls import parse_neuron_ls
from neuron_collectors.neuron_monitor import parse_neuron_monitor
from neuron_collectors.neuron_monitor_prometheus import parse_neuron_monitor_prometheus
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

from .strategies import MOST, json_values, texts

GIB = 2**30
COUNTS = st.integers(0, MOST)
KEYS = (
    *("neuron_device", "bdf", "cpu_affinity", "numa_node", "connected_to", "nc_count", "memory_size"),
    *("neuroncore_ids", "neuron_processes", "logical_neuroncore_config", "instance_type", "instance_id", "pid"),
    *("neuron_runtime_data", "report", "neuroncore_counters", "neuroncores_in_use", "execution_stats", "error_summary"),
    *("system_data", "neuron_hw_counters", "neuron_devices", "instance_info", "neuron_hardware_info", "error", "0"),
)
PIECES = (
    *("+---+", "+------+---+", "| NEURON | PCI |", "| DEVICE | BDF |", "| 0 | 00:1e.0 |", "|  | NA |", "|", "||"),
    *("| NEURON DEVICE | PID |", "| NEURON DEVICE | COMMAND |", "| 1 | a | b |", "instance-type: trn1.2xlarge"),
    *("Neuron Device Topology", "  [ 0 ]◄--►[ 1 ]", "    ▲    *", "  *--►[ 2 ]◄--*", "Legend:", "[]", "{}", "\r", ""),
    *('system_memory_total_bytes{a="b"} 1e+009', 'neuroncore_utilization_ratio{neuroncore="0",runtime_tag="7"} 1'),
    *('hardware_ecc_events_total{neuron_device_index="1",event_type="x"} 1e400', "# HELP", "neuron_x{ 1", '{"a": '),
)


def documents() -> st.SearchStrategy[Any]:
    """Draw JSON whose keys are those of the tools, so that it comes deep into the parsers."""
    values = json_values() | st.sampled_from(["0000:00:1e.0", "trn1.2xlarge", "i-0123456789abcdef0", "-1", "", "0-3"])
    keys = st.sampled_from(KEYS)
    return st.recursive(
        values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=24
    )


def outputs() -> st.SearchStrategy[str]:
    """Draw any text, lines of the tools in any order, and JSON of any kind."""
    lines = st.lists(st.sampled_from(PIECES) | texts(), max_size=14).map("\n".join)
    return lines | st.text(max_size=40) | documents().map(json.dumps)


@st.composite
def devices(draw: Callable[..., Any]) -> NeuronLsDevice:
    """Draw a device as the newest tools list it."""
    cores = draw(st.integers(1, 8))
    first = draw(st.integers(0, 120))
    processes = st.builds(
        NeuronLsProcess,
        pid=st.integers(1, 2**22),
        command=st.none() | st.sampled_from(["python serve.py", "neuron-bench exec --run-as-cc-neff --...", "a | b"]),
        runtime_version=st.none() | st.just("2.30.51"),
    )
    return NeuronLsDevice(
        index=draw(st.integers(0, 63)),
        bdf=draw(st.from_regex(r"\A(0000:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]\Z")),
        core_count=cores,
        core_ids=tuple(range(first, first + cores)),
        memory_bytes=draw(st.integers(1, 512)) * GIB,
        connected_to=tuple(draw(st.lists(st.integers(0, 63), max_size=4))),
        cpu_affinity=draw(st.sampled_from(["0-7", "48-95,144-191", "3"])),
        numa_node=draw(st.none() | st.integers(0, 7)),
        processes=tuple(draw(st.lists(processes, max_size=3))),
    )


def print_json(listed: Sequence[Any]) -> str:
    """Print *listed* devices as ``neuron-ls -j`` does."""
    return json.dumps([_element(device) for device in listed], indent=4)


def _element(device: Any) -> dict[str, object]:
    return {
        "neuron_device": device.index,
        "bdf": device.bdf,
        "cpu_affinity": device.cpu_affinity,
        "numa_node": "-1" if device.numa_node is None else str(device.numa_node),
        "connected_to": list(device.connected_to) or None,
        "nc_count": device.core_count,
        "memory_size": device.memory_bytes,
        "neuroncore_ids": list(device.core_ids),
        "neuron_processes": [
            {"pid": p.pid, "command": p.command or "", "neuron_runtime_version": p.runtime_version or "NA"}
            for p in device.processes
        ],
    }


def print_table(listed: Sequence[Any], *, ruled: bool) -> str:
    """Print *listed* devices as ``neuron-ls --show-all-procs`` does, with a rule below each device if *ruled*."""
    titles = (
        *(("NEURON", "DEVICE"), ("NEURON", "CORES"), ("NEURON", "CORE IDS"), ("NEURON", "MEMORY")),
        *(("CONNECTED", "DEVICES"), ("PCI", "BDF"), ("PID", ""), ("CPU", "AFFINITY"), ("NUMA", "NODE")),
        *(("COMMAND", ""), ("RUNTIME", "VERSION")),
    )
    groups = [list(_rows(device)) for device in listed]
    cells = [*zip(*titles, strict=True), *(row for group in groups for row in group)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    rule = "".join("+" + "-" * (width + 2) for width in widths) + "+\n"
    lines = [rule, *(_line(row, widths) for row in zip(*titles, strict=True)), rule]
    for group in groups:
        lines += [*(_line(row, widths) for row in group), *([rule] if ruled else [])]
    return "".join(lines if ruled else [*lines, rule])


def _rows(device: Any) -> Iterator[tuple[str, ...]]:
    first, last = device.core_ids[0], device.core_ids[-1]
    node = "-1" if device.numa_node is None else str(device.numa_node)
    known = [str(device.index), str(device.core_count), f"{first}-{last}", f"{device.memory_bytes // GIB} GB"]
    linked = [", ".join(map(str, device.connected_to)), device.bdf]
    for number, process in enumerate(device.processes or [NeuronLsProcess(command=None, runtime_version=None)]):
        pid = "NA" if process.pid == NOT_PRINTED else str(process.pid)
        said = [process.command or "NA", process.runtime_version or "NA"]
        if number == 0:
            yield (*known, *linked, pid, device.cpu_affinity, node, *said)
        else:
            yield (*[""] * 6, pid, "", "", *said)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"| {cell:{width}} " for cell, width in zip(row, widths, strict=True)) + "|\n"


def parsed(output: str) -> NeuronLs | None:
    """Return what is listed in *output*, or `None` when it is refused as the parser may refuse it."""
    try:
        return parse_neuron_ls(output)
    except CollectorError:
        return None


@given(outputs())
@example("+---+\n| NEURON DEVICE |\n+---+\n| 0 |\n+---+\nNeuron Device Topology\n[ 0 ]\n▲\n[ 0 ]")
def test_any_output_is_listed_or_refused(output: str) -> None:
    """Whatever the tool prints, the listing is one that a snapshot can hold, or there is an error that says why."""
    inventory = Inventory(neuron_ls=parsed(output))

    assert inventory == loads_inventory(dumps_inventory(inventory))


@given(st.lists(devices(), max_size=4))
def test_json_comes_back(listed: list[NeuronLsDevice]) -> None:
    """Devices that were printed as JSON are the devices that are read."""
    assert NeuronLs(form="json array", devices=tuple(listed)) == parse_neuron_ls(print_json(listed))


@given(st.lists(devices(), min_size=1, max_size=4), st.booleans())
def test_a_table_comes_back(listed: list[NeuronLsDevice], ruled: bool) -> None:  # noqa: FBT001 - drawn, not passed
    """Devices that were printed as a table are the devices that are read."""
    assert NeuronLs(form="table", devices=tuple(listed)) == parse_neuron_ls(print_table(listed, ruled=ruled))


@given(st.lists(devices(), min_size=1, max_size=3), st.data())
def test_cut_output_never_loses_a_device(listed: list[NeuronLsDevice], data: st.DataObject) -> None:
    """Output that breaks off is refused, and not taken for a machine with fewer devices."""
    whole = data.draw(st.sampled_from([print_json(listed), print_table(listed, ruled=False)]))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]

    assert parsed(cut) in (None, parse_neuron_ls(whole))


@given(outputs(), COUNTS)
def test_any_sample_is_read_or_refused(output: str, count: int) -> None:
    """Whatever neuron-monitor and its exporter print is a sample, or there is an error that says why."""
    record = json.dumps({"system_data": {"memory_info": {"memory_total_bytes": count}}})
    for text in (output, f"{record}\n{output}"):
        for parse in (parse_neuron_monitor, parse_neuron_monitor_prometheus):
            try:
                samples: Any = parse(text)
            except CollectorError:
                continue
            assert all(
                isinstance(one, NeuronMonitorSample) for one in (samples if isinstance(samples, tuple) else [samples])
            )
