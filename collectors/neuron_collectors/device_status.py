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


JUDGED_COUNTERS = ("unsupported_neff_version",)
"""The counters that a check judges. A plain diagnosis reads no other: a large host has 3,000 of them."""

Names = tuple[str, ...] | None
"""Which counters to read; `None` for every one that there is."""


def collect_device_status(host: Host, *, names: Names = None) -> Reading[tuple[DeviceStatus, ...]]:
    """Return the status counters by device; `None` when there is no device class: no driver is loaded."""
    indexes = read_indexes(host)
    if indexes is None or isinstance(indexes, Unread):
        return indexes
    place = _PLACE
    statuses = []
    for index in indexes:
        device = host.open_directory(f"{DEVICE_CLASS}/neuron{index}")
        if device is None or isinstance(device, Unread):  # it went away meanwhile, or is not ours to see
            statuses.append(DeviceStatus(index=index, cores=device))
            continue
        with device:
            cores, place = read_cores(device, names, place)  # one driver puts them in one place
            statuses.append(DeviceStatus(index=index, cores=cores))
    return tuple(statuses)


def read_cores(device: OpenDirectory, names: Names, place: str) -> tuple[Reading[tuple[CoreStatus, ...]], str]:
    """Read the counters *names* of *device* at *place*, or else where they are found; return that place, too."""
    expected = _read_cores(device, place, names)
    if isinstance(expected, Unread) or _has_status(expected):
        return expected, place
    for other in (_OLD_PLACE, find_status(device)):
        if other is not None and _has_status(cores := _read_cores(device, other, names)):
            return cores, other
    return expected, place


def _has_status(cores: Reading[tuple[CoreStatus, ...]]) -> bool:
    """Tell whether any core has counters, readable or not."""
    return isinstance(cores, tuple) and any(core.status is not None for core in cores)


def _read_cores(device: OpenDirectory, place: str, names: Names) -> Reading[tuple[CoreStatus, ...]]:
    """Read the counters of each core at *place* in *device*."""
    above, _, below = place.partition("neuron_core*/")
    entries = list_below(device, above.rstrip("/"))
    if entries is None or isinstance(entries, Unread):
        return entries
    cores = sorted((int(found[1]), found[0]) for name in entries.directories if (found := CORE.fullmatch(name)))
    statuses = ((index, _read_status(device, f"{above}{name}/{below}", names)) for index, name in cores)
    return tuple(CoreStatus(index=index, status=status) for index, status in statuses)


def _read_status(device: OpenDirectory, path: str, names: Names) -> Reading[Mapping[str, Reading[int]]]:
    """Read the totals of the counters *names* in the directory at *path* in *device*."""
    directory = device.enter(path)
    if directory is None or isinstance(directory, Unread):
        return directory
    with directory:
        if names is not None:
            totals = {name: _read_total(directory, name) for name in names}
            return {name: total for name, total in totals.items() if total is not None}
        entries = directory.list()
        if entries is None or isinstance(entries, Unread):
            return entries
        listed = entries.directories[:MOST_COUNTERS]
        contents = directory.read([f"{name}/total" for name in listed], limit=SYSFS_LIMIT).values()
        read = zip(listed, map(parse_count, contents), strict=True)
        return {name: total for name, total in read if total is not None}


def _read_total(directory: OpenDirectory, name: str) -> Reading[int]:
    """Read one counter in *directory*, whose name nobody has listed: it may be a link, which is not followed."""
    counter = directory.enter(name)
    if counter is None or isinstance(counter, Unread):
        return counter
    with counter:
        return parse_count(counter.read(["total"], limit=SYSFS_LIMIT)["total"])
