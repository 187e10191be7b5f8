"""
What the firmware of Neuron devices counts and says of their health, from ``stats/hardware`` and ``health_status``.

Each file asks the device. Where its firmware is stuck a file blocks for 15 s and more per register, and then says 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import DeviceHealth, Reading, Unread
from .host import Host
from .open_directory import OpenDirectory
from .sysfs import DEVICE_CLASS, read_indexes
from .sysfs_search import SYSFS_LIMIT, find_files, parse_count, parse_line, shown

ECC_COUNTERS = frozenset(
    {
        *("sram_ecc_corrected", "sram_ecc_uncorrected"),
        *("mem_ecc_corrected", "mem_ecc_uncorrected", "mem_ecc_repairable_uncorrected"),
    }
)
HEALTH_COUNTERS = frozenset({"hbm_ecc_err_count", "repairable_hbm_ecc_err_count", "sram_ecc_err_count"})
HEALTH_STATES = frozenset({"hw_error_event", "unhealthy_components", "healthcheck_heartbeat"})
HEALTH_FILES = ECC_COUNTERS | HEALTH_COUNTERS | HEALTH_STATES

_PLACES: Mapping[str, str] = {
    **dict.fromkeys(ECC_COUNTERS, "stats/hardware"),
    **dict.fromkeys(HEALTH_COUNTERS | HEALTH_STATES, "health_status"),
}
"""The directory of each file in drivers 2.14 to 2.30."""

_UNREACHABLE = "device_unreachable"
_COMPONENTS = r"[a-z0-9_]{1,64}(?:, ?[a-z0-9_]{1,64}){0,63}"


def collect_device_health(host: Host) -> Reading[tuple[DeviceHealth, ...]]:
    """Return the health of each device; `None` when there is no device class: no driver is loaded."""
    indexes = read_indexes(host)
    if indexes is None or isinstance(indexes, Unread):
        return indexes
    places: Mapping[str, str] | None = None
    healths = []
    for index in indexes:
        device = host.open_directory(f"{DEVICE_CLASS}/neuron{index}")
        if device is None or isinstance(device, Unread):
            healths.append(parse_health(index, {}, otherwise=device))
            continue
        with device:
            places = places or find_places(device)  # one driver puts them in one place
            healths.append(parse_health(index, _read_files(device, places)))
    return tuple(healths)


def find_places(device: OpenDirectory) -> Mapping[str, str]:
    """Return the directory of each file, by name: where it is in *device*, or else where it was in other drivers."""
    return {**_PLACES, **find_files(device, HEALTH_FILES)}


def _read_files(device: OpenDirectory, places: Mapping[str, str]) -> Mapping[str, Reading[bytes]]:
    """Read the files in *device* that *places* tells of."""
    contents: dict[str, Reading[bytes]] = {}
    for place in sorted(set(places.values())):
        names = [name for name in places if places[name] == place]
        directory = device.enter(place) if place else device
        if directory is None or isinstance(directory, Unread):
            contents |= dict.fromkeys(names, directory)
        elif directory is device:
            contents |= directory.read(names, limit=SYSFS_LIMIT)
        else:
            with directory:
                contents |= directory.read(names, limit=SYSFS_LIMIT)
    return contents


def parse_health(
    index: int, contents: Mapping[str, Reading[bytes]], *, otherwise: Unread | None = None
) -> DeviceHealth:
    """
    Parse what the files *contents* of device *index* say, by name; a file that is not among them is *otherwise*.

    .. code-block:: text

        sram_ecc_uncorrected: 7
        unhealthy_components: hbm,link_efa
        healthcheck_heartbeat: device_unreachable
    """
    counts = {name: parse_count(contents.get(name, otherwise)) for name in ECC_COUNTERS | HEALTH_COUNTERS}
    return DeviceHealth(
        index=index,
        **counts,
        hw_error_event=parse_line(contents.get("hw_error_event", otherwise)),
        unhealthy_components=parse_unhealthy_components(contents.get("unhealthy_components", otherwise)),
        healthcheck_heartbeat=parse_heartbeat(contents.get("healthcheck_heartbeat", otherwise)),
    )


def parse_unhealthy_components(content: Reading[bytes]) -> Reading[tuple[str, ...]]:
    """
    Parse ``unhealthy_components``; the driver never says that a device is healthy, but by an empty line.

    .. code-block:: text

        hbm,firmware_service_api,link_intraserver
    """
    if not isinstance(content, bytes):
        return content
    text = content.decode("utf-8", "replace").strip()
    if text == _UNREACHABLE:
        return Unread(_UNREACHABLE)
    if content == b"\n":
        return ()
    if not re.fullmatch(_COMPONENTS, text):
        return Unread(f"not a list of components: {shown(content)}")
    return tuple(name.strip() for name in text.split(","))


def parse_heartbeat(content: Reading[bytes]) -> Reading[int]:
    """
    Parse ``healthcheck_heartbeat``.

    .. code-block:: text

        4711
    """
    unreachable = isinstance(content, bytes) and content.strip() == _UNREACHABLE.encode()
    return Unread(_UNREACHABLE) if unreachable else parse_count(content)
