"""
The driver's whole tree of every Neuron device: memory, counters, health, power.

A trn2.48xlarge has 13,664 files, so it is read seldom. A file is opened only when this program knows its name, and what
a newer driver shows beside is reported by name. ``reset`` is never read (see `sysfs`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .device_health import HEALTH_FILES, parse_health
from .facts import Reading, Unread
from .facts.device_tree import CoreTree, Counter, DeviceTree, MemoryUsage, PowerUse, RowGroup
from .facts.frozen import dataclass
from .host import Host
from .open_directory import Entries, OpenDirectory
from .sysfs import CORE, DEVICE_CLASS, read_indexes
from .sysfs_search import (
    MOST_COUNTERS,
    OTHER_COUNTERS,
    STATUS_COUNTERS,
    SYSFS_LIMIT,
    parse_count,
    parse_line,
    shown,
)

MOST_UNRECOGNISED = 64
"""How many of a device's unknown nodes are reported."""

_COUNTER = ("total", "present")
_MEMORY_COUNTER = ("total", "present", "peak")
_COUNTER_FILES = frozenset(_MEMORY_COUNTER)
_MEMORY = frozenset({"host_mem", "device_mem"})
_DEVICE_FILES = HEALTH_FILES | {"utilization", "utilization_raw", "notify_delay"}
_CORE_FILES = frozenset({"arch_type", "pe_cntrs"})
_READ = _DEVICE_FILES | _CORE_FILES | _COUNTER_FILES
_LEFT_ALONE = frozenset(
    {
        *("core_count", "connected_devices", "dev", "device_name", "instance_type", "serial_number"),  # `NeuronDevice`
        "reset",
        "refresh_rate",  # a setting of drivers 2.7
        *("uevent", "subsystem", "device", "async", "autosuspend_delay_ms", "control"),  # the kernel's own
        *("runtime_active_kids", "runtime_active_time", "runtime_enabled", "runtime_status"),
        *("runtime_suspended_time", "runtime_usage"),
    }
)
_MAX_DIRECTORIES = 2000  # a device has 425
_MAX_DEPTH = 10  # directories below the device; 2.26 has six

_POWER = re.compile(r"(POWER_STATUS_[A-Z_]{1,32}),([0-9]{1,12})" + r",([0-9]{1,3}\.[0-9]{1,4})" * 3)
_ROW_GROUP = re.compile(r"[0-9]{1,20}(?:,[0-9]{1,20}){3}")
_ROW_GROUPS_HEADER = "xrow_grp,mm_active,wl_active,idle"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceNodes:
    """What was read of a device's tree, not yet parsed."""

    contents: Mapping[str, Mapping[str, Reading[bytes]]]
    """Files by directory and name: ``{"neuron_core0/stats/status/success": {"total": b"5\\n"}}``."""
    cores: Mapping[str, int]
    """Number of each core by directory: ``{"neuron_core0": 0}``."""
    unread: Mapping[str, Unread]
    """Directories that could not be listed."""
    unrecognised: frozenset[str]
    """Nodes of unknown name, as `DeviceTree.unrecognised` has them."""


def collect_device_tree(host: Host) -> Reading[tuple[DeviceTree, ...]]:
    """Return the tree of each device; `None` when there is no device class: no driver is loaded."""
    indexes = read_indexes(host)
    if indexes is None or isinstance(indexes, Unread):
        return indexes
    looked_into: set[tuple[str, str]] = set()
    trees = []
    for index in indexes:
        device = host.open_directory(f"{DEVICE_CLASS}/neuron{index}")
        if device is None or isinstance(device, Unread):
            trees.append(_without_tree(index, device))
            continue
        with device:
            trees.append(parse_device_tree(index, read_nodes(device, looked_into)))
    return tuple(trees)


def read_nodes(device: OpenDirectory, looked_into: set[tuple[str, str]]) -> DeviceNodes:
    """
    Read every file of *device* whose name is known.

    There are thousands of counters, and all cores have the same. So each is looked into for what else it may hold once,
    which *looked_into* remembers, and after that is read by the names that counters have.
    """
    walk = _Walk(looked_into)
    walk.visit(device, "", 0)
    return DeviceNodes(
        contents=walk.contents, cores=walk.cores, unread=walk.unread, unrecognised=frozenset(walk.unrecognised)
    )


class _Walk:
    """The way through the tree of one device."""

    def __init__(self, looked_into: set[tuple[str, str]]) -> None:
        self.contents: dict[str, dict[str, Reading[bytes]]] = {}
        self.cores: dict[str, int] = {}
        self.unread: dict[str, Unread] = {}
        self.unrecognised: set[str] = set()
        self._looked_into = looked_into
        self._left = _MAX_DIRECTORIES

    def visit(self, directory: OpenDirectory, path: str, depth: int) -> None:
        """Read *directory*, which is at *path* below the device, and what is in it."""
        self._left -= 1
        entries = directory.list()
        if entries is None or isinstance(entries, Unread):
            self._miss(path, entries)
            return
        known = [name for name in entries.files if name in _READ]
        if known:
            self.contents[path] = directory.read(known, limit=SYSFS_LIMIT)
        self._note_unknown(path, entries)
        by_name = self._read_counters(directory, path, entries.directories[:MOST_COUNTERS])
        for name in entries.directories:
            if name not in by_name:
                self._enter(directory, name, f"{path}/{name}" if path else name, depth + 1)

    def _enter(self, above: OpenDirectory, name: str, path: str, depth: int) -> None:
        """Visit directory *name* of *above*; the tree that a driver makes is neither deep nor large."""
        if depth > _MAX_DEPTH or self._left <= 0:
            if len(self.unrecognised) < MOST_UNRECOGNISED:
                self.unrecognised.add(f"{_without_core(path)}/")
            return
        directory = above.enter(name)
        core = CORE.fullmatch(name)
        if core and directory is not None:
            self.cores[path] = int(core[1])
        if directory is None or isinstance(directory, Unread):
            self._miss(path, directory)
            return
        with directory:
            self.visit(directory, path, depth)

    def _read_counters(self, directory: OpenDirectory, path: str, names: tuple[str, ...]) -> set[str]:
        """Read those counters of *names* by name that were looked into before, and return which."""
        files = _files_of_counters(path, names)
        if not files:
            return set()
        shape = _without_core(path)
        counters = [name for name in names if (shape, name) in self._looked_into]
        self._looked_into.update((shape, name) for name in names)
        if not counters:
            return set()
        self._left -= len(counters)
        wanted = [f"{name}/{file}" for name in counters for file in files]
        contents = iter(directory.read(wanted, limit=SYSFS_LIMIT).values())
        found = {name: {file: next(contents) for file in files} for name in counters}
        read = {name: content for name, content in found.items() if any(part is not None for part in content.values())}
        self.contents.update((f"{path}/{name}", content) for name, content in read.items())
        return set(read)

    def _note_unknown(self, path: str, entries: Entries) -> None:
        """Note the names in *entries* that say nothing to this program."""
        unknown = [name for name in (*entries.files, *entries.others) if name not in _READ and name not in _LEFT_ALONE]
        if unknown:
            prefix = f"{_without_core(path)}/" if path else ""
            self.unrecognised.update(prefix + name for name in unknown[:MOST_UNRECOGNISED])

    def _miss(self, path: str, why: Unread | None) -> None:
        """Note that the directory at *path* was not read; one that went away meanwhile is absent."""
        if why is not None:
            self.unread[path] = why


def _files_of_counters(path: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return which files the directories *names* at *path* have if they are counters; ``()`` when they are none."""
    group = path.rpartition("/")[2]
    if group in _MEMORY:
        return _MEMORY_COUNTER
    counters = STATUS_COUNTERS | OTHER_COUNTERS
    return _COUNTER if group in ("status", "other_info") or not counters.isdisjoint(names) else ()


def _without_core(path: str) -> str:
    """Return *path* with ``neuron_core*`` for the core in it."""
    return "/".join("neuron_core*" if CORE.fullmatch(part) else part for part in path.split("/"))


def parse_device_tree(index: int, nodes: DeviceNodes) -> DeviceTree:
    """
    Parse what was read of device *index*; what may be in a directory that could not be listed is unread.

    .. code-block:: text

        info/notify_delay                                          -1
        neuron_core0/info/architecture/arch_type                   NCv3
        neuron_core0/stats/status/success/total                    5
        neuron_core0/stats/memory_usage/device_mem/tensors/total   17825792
        stats/hardware/sram_ecc_uncorrected                        0
    """
    outside, inside, unknown = _sort(nodes)
    unread = {_core_of(path, nodes.cores)[0]: why for path, why in sorted(nodes.unread.items(), reverse=True)}
    otherwise = unread.get(None)
    cores = sorted(nodes.cores.items(), key=lambda item: item[1])
    files = outside.files
    return DeviceTree(
        index=index,
        cores=tuple(_parse_core(number, inside[path], unread.get(path, otherwise)) for path, number in cores)
        if cores or otherwise is None
        else otherwise,
        memory_usage=outside.memory_usage or otherwise,
        health=parse_health(index, files, otherwise=otherwise),
        power=parse_power(files.get("utilization", otherwise)),
        power_raw=parse_line(files.get("utilization_raw", otherwise)),
        notify_delay=parse_notify_delay(files.get("notify_delay", otherwise)),
        unrecognised=tuple(sorted(nodes.unrecognised | unknown)[:MOST_UNRECOGNISED]),
    )


def _parse_core(index: int, values: _Values, otherwise: Unread | None) -> CoreTree:
    """Parse what was read of one core."""
    return CoreTree(
        index=index,
        arch_type=parse_line(values.files.get("arch_type", otherwise)),
        status=values.status or otherwise,
        other_info=values.other_info or otherwise,
        memory_usage=values.memory_usage or otherwise,
        tensor_engine=parse_row_groups(values.files.get("pe_cntrs", otherwise)),
    )


def parse_power(content: Reading[bytes]) -> Reading[PowerUse]:
    """
    Parse ``utilization``: status, time, and the least, the greatest and the mean power of that minute.

    .. code-block:: text

        POWER_STATUS_VALID,1787754600,0.10,2.82,1.57

    Before the first minute is over the time is 0; without data it may be that since the machine started.
    """
    if not isinstance(content, bytes):
        return content
    found = _POWER.fullmatch(content.decode("utf-8", "replace").strip())
    if not found:
        return Unread(f"not a power utilization: {shown(content)}")
    if found[1] != "POWER_STATUS_VALID" or int(found[2]) == 0:
        return PowerUse(status=found[1])
    return PowerUse(
        status=found[1],
        timestamp=int(found[2]),
        min_percent=float(found[3]),
        max_percent=float(found[4]),
        average_percent=float(found[5]),
    )


def parse_row_groups(content: Reading[bytes]) -> Reading[tuple[RowGroup, ...]]:
    """
    Parse ``pe_cntrs``, of which the driver prints no more than 256 bytes: a last line that is cut off is left out.

    .. code-block:: text

        xrow_grp,mm_active,wl_active,idle
        0,180388626474,0,42
        1,0,0,0
    """
    if not isinstance(content, bytes):
        return content
    header, *rows = content.decode("utf-8", "replace").split("\n")[:-1] or [""]
    if header != _ROW_GROUPS_HEADER or not all(map(_ROW_GROUP.fullmatch, rows)):
        return Unread(f"not counters of row groups: {shown(content)}")
    groups = (map(int, row.split(",")) for row in rows)
    return tuple(
        RowGroup(index=index, matrix_multiply_cycles=multiply, weight_load_cycles=load, idle_cycles=idle)
        for index, multiply, load, idle in groups
    )


def parse_notify_delay(content: Reading[bytes]) -> Reading[int]:
    """
    Parse ``notify_delay``.

    .. code-block:: text

        -1
    """
    return -1 if content == b"-1\n" else parse_count(content)


def _without_tree(index: int, why: Unread | None) -> DeviceTree:
    """Return the tree of a device that could not be opened, or went away."""
    return parse_device_tree(
        index,
        DeviceNodes(contents={}, cores={}, unread={} if why is None else {"": why}, unrecognised=frozenset()),
    )


class _Values:
    """The values of one core, or of the device outside of its cores."""

    def __init__(self) -> None:
        self.status: dict[str, Counter] = {}
        self.other_info: dict[str, Counter] = {}
        self.memory_usage: dict[str, MemoryUsage] = {}
        self.files: dict[str, Reading[bytes]] = {}


def _sort(nodes: DeviceNodes) -> tuple[_Values, Mapping[str, _Values], set[str]]:
    """Sort what was read: outside of the cores, by directory of the core, and the names of what is neither."""
    outside = _Values()
    inside = {path: _Values() for path in nodes.cores}
    unknown: set[str] = set()
    for path, contents in sorted(nodes.contents.items()):
        core, place = _core_of(path, nodes.cores)
        values, known = (outside, _DEVICE_FILES) if core is None else (inside[core], _CORE_FILES)
        if not _COUNTER_FILES.isdisjoint(contents) and not _add_counter(values, place, contents):
            unknown.add(f"{_without_core(path)}/")
        for name in contents.keys() - _COUNTER_FILES:
            if name in known:
                values.files.setdefault(name, contents[name])
            elif name != "arch_type":  # the device's own is in `NeuronDevice`
                unknown.add(f"{_without_core(path)}/{name}" if path else name)
    return outside, inside, unknown


def _add_counter(values: _Values, place: str, contents: Mapping[str, Reading[bytes]]) -> bool:
    """Add the counter at *place* to *values*; return False when it is of no known kind."""
    kind, name = _kind(place)
    total, present = contents.get("total"), contents.get("present")
    if kind == "memory_usage":
        values.memory_usage.setdefault(name, _memory_usage(total, present, contents.get("peak")))
    elif kind == "status":
        values.status.setdefault(name, _counter(total, present))
    elif kind == "other_info":
        values.other_info.setdefault(name, _counter(total, present))
    return kind is not None


@lru_cache(maxsize=512)
def _kind(place: str) -> tuple[str | None, str]:
    """Return what the counter at *place* in a core or device counts, and its name among those."""
    parts = place.split("/")
    memory = next((number for number, part in enumerate(parts) if part in _MEMORY), None)
    if memory is not None:
        return "memory_usage", "/".join(parts[memory:])
    group, name = parts[-2:] if len(parts) > 1 else ("", place)
    if group == "status" or name in STATUS_COUNTERS:
        return "status", name
    return "other_info" if group == "other_info" or name in OTHER_COUNTERS else None, name


@lru_cache(maxsize=512)  # nearly all of thousands are alike
def _counter(total: Reading[bytes], present: Reading[bytes]) -> Counter:
    """Parse a counter."""
    return Counter(total=parse_count(total), present=parse_count(present))


@lru_cache(maxsize=512)
def _memory_usage(total: Reading[bytes], present: Reading[bytes], peak: Reading[bytes]) -> MemoryUsage:
    """Parse a counter of bytes."""
    return MemoryUsage(total=parse_count(total), present=parse_count(present), peak=parse_count(peak))


def _core_of(path: str, cores: Mapping[str, int]) -> tuple[str | None, str]:
    """Split *path* into the directory of its core, `None` outside of the cores, and the place in there."""
    first, _, rest = path.partition("/")
    if first in cores:
        return first, rest
    core = next((core for core in cores if "/" in core and f"{path}/".startswith(f"{core}/")), None)
    return core, path if core is None else path[len(core) + 1 :]
