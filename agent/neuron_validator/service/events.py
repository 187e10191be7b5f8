"""
What the kernel tells of Neuron devices as it happens: devices added and removed, the module, PCI functions bound.

pyudev asks the running machine, so a captured tree has no events. Without libudev or netlink there are none either,
and the devices are looked at every 15 seconds as always.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from neuron_collectors.facts import Unread
from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.pci import AMAZON_VENDOR_ID, NEURON_DEVICE_IDS

_MODULE = "neuron"
_SUBSYSTEMS = ("neuron_device", "module", "pci")
_UDEV_CONTROL = Path("/run/udev/control")
_MOST_AT_ONCE = 1024  # a reload of sixteen devices sends some fifty

_PCI_IDS = frozenset(f"{AMAZON_VENDOR_ID[2:]}:{device[2:]}".upper() for device in NEURON_DEVICE_IDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event that bears on Neuron devices."""

    action: str
    """``add``, ``remove``, ``bind``, ``unbind``, or ``lost`` for events that the kernel could not deliver."""
    subsystem: str
    """``neuron_device``, ``module`` or ``pci``."""
    name: str
    """``neuron0``, ``neuron`` or ``0000:00:1e.0``."""


class Monitor(Protocol):
    """What is used of `pyudev.Monitor`."""

    def fileno(self) -> int:
        """Return the descriptor that can be read when there is an event."""

    def poll(self, timeout: float | None = None) -> Any:
        """Return the next event, a `pyudev.Device`; `None` when there is none."""


class DeviceEvents:
    """The events of *monitor* that bear on Neuron devices."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def fileno(self) -> int:
        """Return the descriptor that can be read when there is an event."""
        return self._monitor.fileno()

    def take(self) -> tuple[Event, ...]:
        """Return what came since; raises `OSError` when the connection is lost."""
        events = []
        for _ in range(_MOST_AT_ONCE):
            try:
                device = self._monitor.poll(timeout=0)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                events.append(Event(action="lost", subsystem="neuron_device", name=""))
                continue
            if device is None:
                break
            event = parse_event(dict(device.properties))
            if event is not None:
                events.append(event)
        return tuple(events)


def open_events() -> DeviceEvents | Unread:
    """
    Listen to this machine's kernel; `Unread` says why that cannot be.

    udev's own events come once it has set a node's mode. Where no udev runs, the kernel's are taken.
    """
    try:
        import pyudev  # noqa: PLC0415 - only the service of a live machine needs it
    except ImportError as error:  # pyudev raises it for a missing libudev as well
        return Unread(f"pyudev: {error}")
    try:
        source = "udev" if _UDEV_CONTROL.exists() else "kernel"
        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=source)
        for subsystem in _SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
    except ImportError as error:
        return Unread(str(error))
    except OSError as error:
        return Unread(f"netlink: {error}")
    return DeviceEvents(monitor)


def parse_event(properties: Mapping[str, str]) -> Event | None:
    """
    Return the event that *properties* tell of; `None` when it does not bear on Neuron devices.

    .. code-block:: text

        ACTION=add
        DEVPATH=/devices/virtual/neuron_device/neuron0
        SUBSYSTEM=neuron_device
        MAJOR=246
        MINOR=0
        DEVNAME=neuron0
    """
    subsystem = properties.get("SUBSYSTEM", "")
    name = properties.get("DEVPATH", "").rpartition("/")[2]
    if not _bears_on_neuron(subsystem, name, properties):
        return None
    return Event(action=properties.get("ACTION", ""), subsystem=subsystem, name=name)


def _bears_on_neuron(subsystem: str, name: str, properties: Mapping[str, str]) -> bool:
    match subsystem:
        case "neuron_device":
            return True
        case "module":
            return name == _MODULE
        case "pci":
            return properties.get("PCI_ID", "").upper() in _PCI_IDS
        case _:
            return False
