"""
The status counters of Neuron devices, from ``/sys/class/neuron_device/neuron<N>/neuron_core<N>/stats/status``.

The driver has them in memory: reading them asks no device, and never waits for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from .facts import CoreStatus, DeviceStatus, Reading, Unread
from .host import Host
from .open_directory import OpenDirectory
from .sysfs import CORE, DEVICE_CLASS, read_indexes
from .sysfs_search import MOST_COUNTERS, SYSFS_LIMIT, find_status, list_below, parse_count

_PLACE = "neuron_core*/stats/status"  # drivers 2.8 to 2.30
_OLD_PLACE = "metrics/neuron_core*/status"  # drivers 2.7


def collect_device_status(host: Host) -> Reading[tuple[DeviceStatus, ...]]:
    """Return the status counters by device; `None` when there is no device class: no driver is loaded."""
    indexes = read_indexes(host)
    if indexes is None or isinstance(indexes, Unread):
        return indexes
    return tuple(DeviceStatus(index=index, cores=_read_device(host, index)) for index in indexes)


def _read_device(host: Host, index: int) -> Reading[tuple[CoreStatus, ...]]:
    """Open device *index* and read its counters; `None` when it went away meanwhile."""
    device = host.open_directory(f"{DEVICE_CLASS}/neuron{index}")
    if device is None or isinstance(device, Unread):
        return device
    with device:
        return read_cores(device)


def read_cores(device: OpenDirectory) -> Reading[tuple[CoreStatus, ...]]:
    """Read the counters of *device* where they are known to be, or else where they are found."""
    expected = _read_cores(device, _PLACE)
    if isinstance(expected, Unread) or _has_status(expected):
        return expected
    for place in (_OLD_PLACE, find_status(device)):
        if place is not None and _has_status(cores := _read_cores(device, place)):
            return cores
    return expected


def _has_status(cores: Reading[tuple[CoreStatus, ...]]) -> bool:
    """Tell whether any core has counters, readable or not."""
    return isinstance(cores, tuple) and any(core.status is not None for core in cores)


def _read_cores(device: OpenDirectory, place: str) -> Reading[tuple[CoreStatus, ...]]:
    """Read the counters of each core at *place* in *device*."""
    above, _, below = place.partition("neuron_core*/")
    entries = list_below(device, above.rstrip("/"))
    if entries is None or isinstance(entries, Unread):
        return entries
    cores = sorted((int(found[1]), found[0]) for name in entries.directories if (found := CORE.fullmatch(name)))
    statuses = ((index, _read_status(device, f"{above}{name}/{below}")) for index, name in cores)
    return tuple(CoreStatus(index=index, status=status) for index, status in statuses)


def _read_status(device: OpenDirectory, path: str) -> Reading[Mapping[str, Reading[int]]]:
    """Read the total of every counter in the directory at *path* in *device*."""
    directory = device.enter(path)
    if directory is None or isinstance(directory, Unread):
        return directory
    with directory:
        entries = directory.list()
        if entries is None or isinstance(entries, Unread):
            return entries
        names = entries.directories[:MOST_COUNTERS]
        totals = map(parse_count, directory.read([f"{name}/total" for name in names], limit=SYSFS_LIMIT).values())
        return {name: total for name, total in zip(names, totals, strict=True) if total is not None}
