"""
What ``neuron-ls`` prints as a table, since 2019.

Its forms: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-ls.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from .facts import Reading
from .facts.neuron_ls import NOT_PRINTED, NeuronLs, NeuronLsDevice, NeuronLsProcess
from .fields import read_field
from .host import CollectorError
from .neuron_ls_topology import read_topology
from .shapes import Shape, ShapeError, describe, text
from .tool_shapes import bdf, cpu_list, digits, instance_id, instance_type, numa_node, printed

T = TypeVar("T")
_Row = Mapping[str, str]

_RULE = re.compile(r"\+(?:-+\+)+")
_HEADING = re.compile(r"(instance-type|instance-id|logical-neuroncore-config):[ ]+(\S.*)")
_SIZE = re.compile(r"([0-9]{1,6}) (MB|GB)")
_UNITS = {"MB": 2**20, "GB": 2**30}
_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_INDEX = ("NEURON DEVICE", "LOGICAL ID")  # the latter in 2019
_PID = ("PID", "RUNTIME PID")  # the latter before 2.0, as root only in 2019
_CHANNELS = ("MEMORY CHANNEL 0", "MEMORY CHANNEL 1")


def holds_table(output: str) -> bool:
    """Tell whether *output* has a table in it. JSON never has: its text holds no raw newline."""
    return any(_RULE.fullmatch(line.strip()) for line in output.split("\n"))


def parse_neuron_ls_table(output: str) -> NeuronLs:
    """
    Parse the table that ``neuron-ls`` prints, whatever stands before and after it.

    .. code-block:: text

        instance-type: trn2.48xlarge
        instance-id: i-0123456789abcdef0
        logical-neuroncore-config: 2
        +--------+--------+----------+--------+--------------+--------------+---------+---------------+------+---------+
        | NEURON | NEURON |  NEURON  | NEURON |  CONNECTED   |     PCI      |   PID   |      CPU      | NUMA | RUNTIME |
        | DEVICE | CORES  | CORE IDS | MEMORY |   DEVICES    |     BDF      |         |   AFFINITY    | NODE | VERSION |
        +--------+--------+----------+--------+--------------+--------------+---------+---------------+------+---------+
        | 0      | 4      | 0-3      | 96 GB  | 12, 1, 9, 14 | 0000:e1:00.0 | 1966680 | 48-95,144-191 | 1    | 2.34.10 |
        |        |        |          |        |              |              | 1966681 |               |      | 2.34.10 |
        +--------+--------+----------+--------+--------------+--------------+---------+---------------+------+---------+

    Columns come and go with the version and with what there is to print, so they are known by their titles. In 2019:

    .. code-block:: text

        +--------------+---------+--------+-----------+-----------+---------+------+------+
        |   PCI BDF    | LOGICAL | NEURON |  MEMORY   |  MEMORY   |   DMA   | EAST | WEST |
        |              |   ID    | CORES  | CHANNEL 0 | CHANNEL 1 | ENGINES |      |      |
        +--------------+---------+--------+-----------+-----------+---------+------+------+
        | 0000:00:1f.0 |       0 |      4 | 4096 MB   | 4096 MB   |      12 |    0 |    1 |
        +--------------+---------+--------+-----------+-----------+---------+------+------+
    """
    lines = [line.rstrip("\r") for line in output.split("\n")]
    start, end = _find_table(lines)
    headings = {found[1]: found[2] for line in lines[:start] if (found := _HEADING.fullmatch(line.strip()))}
    return NeuronLs(
        form="table",
        instance_type=_read(headings, "instance-type", instance_type),
        instance_id=_read(headings, "instance-id", instance_id),
        logical_neuroncore_config=_read(headings, "logical-neuroncore-config", digits),
        devices=_parse_table([line.strip() for line in lines[start:end]]),
        topology=read_topology(lines[end:]),
    )


def _find_table(lines: Sequence[str]) -> tuple[int, int]:
    """Return where the first table starts and ends."""
    start = next((n for n, line in enumerate(lines) if _RULE.fullmatch(line.strip())), None)
    if start is None:
        raise CollectorError(f"neuron-ls: no table: {describe(next(filter(str.strip, lines), ''))}")
    end = next((n for n in range(start, len(lines)) if not lines[n].strip().startswith(("|", "+"))), len(lines))
    return start, end


def _parse_table(lines: Sequence[str]) -> tuple[NeuronLsDevice, ...]:
    """Parse a table from its first line to its last: titles and rows, rules around and between."""
    rules = [n for n, line in enumerate(lines) if _RULE.fullmatch(line)]
    if len(rules) < 3 or rules[-1] != len(lines) - 1:
        raise CollectorError(f"neuron-ls: the table breaks off: {describe(lines[-1])}")
    titles = _parse_titles(lines[1 : rules[1]])
    rows = [_parse_row(line, titles) for n, line in enumerate(lines) if n > rules[1] and n not in rules]
    index = next((title for title in _INDEX if title in titles), None)
    if index is None:
        raise CollectorError(f"neuron-ls: no table of devices: {', '.join(titles)[:200]}")
    return tuple(_parse_device(group, index) for group in _group_rows(rows, index))


def _parse_titles(lines: Sequence[str]) -> tuple[str, ...]:
    """Join the titles, of which each stands on one line or on two."""
    cells = [_split(line) for line in lines]
    if not cells or any(len(row) != len(cells[0]) for row in cells):
        raise CollectorError(f"neuron-ls: no titles: {describe(' '.join(lines))}")
    return tuple(" ".join(" ".join(column).split()) for column in zip(*cells, strict=True))


def _parse_row(line: str, titles: Sequence[str]) -> _Row:
    """Return the cells of a row by title. A command may hold the character that separates cells."""
    cells = _split(line)
    surplus = len(cells) - len(titles)
    if surplus > 0 and "COMMAND" in titles:
        at = titles.index("COMMAND")
        cells[at : at + surplus + 1] = ["|".join(cells[at : at + surplus + 1])]
    if len(cells) != len(titles):
        raise CollectorError(f"neuron-ls: not a row of {len(titles)} cells: {describe(line)}")
    return {title: cell.strip() for title, cell in zip(titles, cells, strict=True)}


def _split(line: str) -> list[str]:
    if len(line) < 2 or not line.startswith("|") or not line.endswith("|"):
        raise CollectorError(f"neuron-ls: not a row: {describe(line)}")
    return line[1:-1].split("|")


def _group_rows(rows: Sequence[_Row], index: str) -> list[list[_Row]]:
    """Put the rows of each device together: the second and further processes have rows without an index."""
    groups: list[list[_Row]] = []
    for row in rows:
        if row[index]:
            groups.append([row])
        elif groups:
            groups[-1].append(row)
        else:
            raise CollectorError(f"neuron-ls: a row before the first device: {describe(' '.join(row.values()))}")
    if not groups:
        raise CollectorError("neuron-ls: a table without a device")
    return groups


def _parse_device(rows: Sequence[_Row], index: str) -> NeuronLsDevice:
    """Parse the rows of one device."""
    row = rows[0]
    number = _read(row, index, digits)
    if not isinstance(number, int):
        raise CollectorError(f"neuron-ls: not the index of a device: {describe(row[index])}")
    # The documentation of December 2024 tells 4 logical from 8 physical cores; no release is known to have printed it.
    cores = "LOGICAL NC" if "LOGICAL NC" in row else "NEURON CORES"
    return NeuronLsDevice(
        index=number,
        bdf=_read(row, "PCI BDF", bdf),
        core_count=_read(row, cores, digits),
        core_ids=_read(row, "NEURON CORE IDS", _core_ids),
        memory_bytes=_read_memory(row),
        connected_to=_read(row, "CONNECTED DEVICES", _indexes),
        cpu_affinity=_read(row, "CPU AFFINITY", cpu_list),
        numa_node=_read(row, "NUMA NODE", numa_node),
        processes=_parse_processes(rows),
    )


def _parse_processes(rows: Sequence[_Row]) -> Reading[tuple[NeuronLsProcess, ...]]:
    """Parse the processes of one device, of which each has a row; an idle one has NA in the place of the first."""
    pid = next((title for title in _PID if title in rows[0]), None)
    if pid is None:
        return NOT_PRINTED
    return tuple(
        NeuronLsProcess(
            pid=_read(row, pid, digits),
            command=_read(row, "COMMAND", printed),
            runtime_version=_read(row, "RUNTIME VERSION", printed),
            runtime_address=_read(row, "RUNTIME ADDRESS", printed),
        )
        for row in rows
        if printed(row[pid]) is not None
    )


def _read(row: _Row, title: str, shape: Shape[T | None]) -> Reading[T]:
    return read_field(row, (title,), shape, missing=NOT_PRINTED)


def _read_memory(row: _Row) -> Reading[int]:
    """Read the memory of a device, in one column or in two that stand for its channels."""
    if "NEURON MEMORY" in row:
        return _read(row, "NEURON MEMORY", _size)
    channels = [_read(row, title, _size) for title in _CHANNELS]
    sizes = [size for size in channels if isinstance(size, int)]
    return sum(sizes) if len(sizes) == len(channels) else next(c for c in channels if not isinstance(c, int))


def _size(value: object) -> int:
    """Return the bytes that ``96 GB`` stands for; JSON gives 103079215104 for it, so its units are those of 1024."""
    found = _SIZE.fullmatch(text(value))
    if not found:
        raise ShapeError(f"not a size: {describe(value)}")
    return int(found[1]) * _UNITS[found[2]]


def _core_ids(value: object) -> tuple[int, ...]:
    """Return the numbers in ``4-7``."""
    found = _RANGE.fullmatch(text(value))
    cores = tuple(range(int(found[1]), int(found[2] or found[1]) + 1)) if found else ()
    if not cores:
        raise ShapeError(f"not a range: {describe(value)}")
    return cores


def _indexes(value: object) -> tuple[int, ...]:
    """Return the numbers in ``12, 3, 4, 1``; none where a device has no neighbour."""
    found = printed(value)
    return () if found is None else tuple(digits(part.strip()) for part in found.split(","))
