"""
Neuron devices as the driver registered them, from ``/sys/class/neuron_device``: which there are, and what they are.

``reset`` is never read: reading it as root while the driver registers a device can oops the kernel (seen with
2.24.7.0). ``connected_devices`` has the same fault and is read only once the module is live.

What the devices count is in other modules: `device_status`, `device_health`, and all of it in `device_tree`.
"""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, NeuronDevice, Reading, Unread, value_or_none
from .host import CollectorError, Host

DEVICE_CLASS = "sys/class/neuron_device"
_DEVICE = re.compile(r"neuron(0|[1-9][0-9]{0,4})")  # beside the devices there are node_id_2, ultraserver_mode, …
CORE = re.compile(r"neuron_core(0|[1-9][0-9]{0,2})")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_NUMBERS = re.compile(r"[0-9]{1,5}(?:,[ ]*[0-9]{1,5})*")
_DEVICE_NUMBER = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")
_MAX_LISTED = 64  # directories and files; a device has about 30 outside of its cores
_NOT_SEARCHED = ("reset", "subsystem", "power", "memory_usage")  # "subsystem" is a link to the class of all devices


def collect_devices(host: Host) -> Reading[tuple[NeuronDevice, ...]]:
    """Return the devices in the driver's order; `None` when there is no such device class: no driver is loaded."""
    indexes = read_indexes(host)
    if indexes is None or isinstance(indexes, Unread):
        return indexes
    registered = _all_are_registered(host)
    return tuple(read_device(host, index, registered=registered) for index in indexes)


def read_indexes(host: Host) -> Reading[tuple[int, ...]]:
    """Return the indexes of the devices; `None` when there is no such device class."""
    names = host.list_directory(DEVICE_CLASS)
    if isinstance(names, Unread):
        return names
    if names is None:
        return NOT_COLLECTED if host.stat("sys/class") is None else None
    return tuple(sorted(int(found[1]) for name in names if (found := _DEVICE.fullmatch(name))))


def read_device(host: Host, index: int, *, registered: bool) -> NeuronDevice:
    """Read device *index*; *registered* tells whether ``connected_devices`` may be read."""
    device = f"{DEVICE_CLASS}/neuron{index}"
    return NeuronDevice(
        index=index,
        device_name=_read_info(host, device, "architecture/device_name"),
        arch_type=_read_info(host, device, "architecture/arch_type"),
        instance_family=_read_info(host, device, "architecture/instance_type"),
        serial_number=_read_info(host, device, "serial_number"),
        core_count=_read_core_count(host, device),
        connected_devices=_read_connected(host, device) if registered else Unread("driver not live"),
        dev=_read_device_number(host, device),
    )


def read_number(host: Host, path: str) -> Reading[int]:
    """Read the decimal number in the sysfs file *path*; nonsense there is unread, and costs only this number."""
    line = host.read_line(path)
    try:
        return parse_number(line, path) if isinstance(line, str) else line
    except CollectorError as error:
        return Unread(str(error))


def parse_number(text: str, source: str) -> int:
    """
    Parse the decimal number that the file *source* holds.

    .. code-block:: text

        -1
    """
    if not _NUMBER.fullmatch(text):
        raise CollectorError(f"{source}: not a number: {text[:40]!r}")
    return int(text)


def parse_connected_devices(text: str) -> Reading[tuple[int, ...]]:
    """
    Parse ``connected_devices``: the indexes of the neighbours, or an empty line on types with one device.

    .. code-block:: text

        12, 3, 4, 1

    Anything else is no list that could be read: on Inferentia a failed query leaves one stray byte.
    """
    text = text.strip()
    if not text:
        return ()
    if not _NUMBERS.fullmatch(text):
        return Unread(f"not a list of devices: {text[:40]!r}")
    return tuple(int(number) for number in text.split(","))


def parse_core_count(text: str) -> Reading[int]:
    """
    Parse ``core_count``, which has no newline.

    .. code-block:: text

        8
    """
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else Unread(f"not a number: {text[:40]!r}")


def parse_device_number(text: str) -> Reading[tuple[int, int]]:
    """
    Parse ``dev``, the major and minor number of the device node.

    .. code-block:: text

        246:0
    """
    found = _DEVICE_NUMBER.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else Unread(f"not a device number: {text[:40]!r}")


def _all_are_registered(host: Host) -> bool:
    """Tell whether the driver is through with registering devices. Files of a captured tree are always safe to read."""
    state = host.read_line("sys/module/neuron/initstate")
    return state == "live" or (state is None and not host.live)


def _read_info(host: Host, device: str, place: str) -> Reading[str]:
    """Read *place* below ``info``, or the file of the same name elsewhere in the device: nodes have moved before."""
    line = host.read_line(f"{device}/info/{place}")
    if line is not None:
        return line
    elsewhere = _find(host, device, place.rpartition("/")[2])
    return None if elsewhere is None else host.read_line(elsewhere)


def _find(host: Host, device: str, name: str) -> str | None:
    """Return the path of file *name* below *device*, nearest first: in ``info``, or else outside of the cores."""
    pending = [f"{device}/info", device]
    for _ in range(_MAX_LISTED):
        if not pending:
            break
        here = pending.pop(0)
        names = value_or_none(host.list_directory(here)) or ()
        if name in names:
            return f"{here}/{name}"
        pending += [f"{here}/{entry}" for entry in names if entry not in _NOT_SEARCHED and not CORE.fullmatch(entry)]
    return None


def _read_core_count(host: Host, device: str) -> Reading[int]:
    """Read ``core_count``, or count the cores' directories: before driver 2.28 only root may read it."""
    line = host.read_line(f"{device}/core_count")
    if isinstance(line, str):
        return parse_core_count(line)
    return _count_cores(host, device) or _count_cores(host, f"{device}/metrics") or line


def _count_cores(host: Host, directory: str) -> int:
    """Count the cores' directories; drivers 2.7 have them in ``metrics``."""
    entries = value_or_none(host.list_directory(directory)) or ()
    return sum(1 for name in entries if CORE.fullmatch(name))


def _read_connected(host: Host, device: str) -> Reading[tuple[int, ...]]:
    """Read ``connected_devices``. Its empty line is a value, so `Host.read_line` would lose it."""
    text = host.read_text(f"{device}/connected_devices")
    if text is None and (elsewhere := _find(host, device, "connected_devices")):
        text = host.read_text(elsewhere)
    return parse_connected_devices(text) if isinstance(text, str) else text


def _read_device_number(host: Host, device: str) -> Reading[tuple[int, int]]:
    """Read ``dev``."""
    line = host.read_line(f"{device}/dev")
    return parse_device_number(line) if isinstance(line, str) else line
