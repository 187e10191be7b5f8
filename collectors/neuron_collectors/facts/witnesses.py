"""Facts about Neuron devices that come of putting their witnesses side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading

About = Literal["presence", "count", "address", "chip", "neighbours", "device number", "node"]
"""What witnesses can disagree about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceWitness:
    """
    One device, and what each witness calls it.

    `None` says that the witness was heard and does not have the device, `Unread` that it could not be heard
    (permission, not collected), or that what it has cannot be tied to this device.
    """

    index: Reading[int] = NOT_COLLECTED
    """The driver's number of it, e.g. 3, also where a container calls it otherwise."""
    pci: Reading[str] = NOT_COLLECTED
    """Address of its function on the bus, e.g. ``0000:cb:00.0``."""
    sysfs: Reading[str] = NOT_COLLECTED
    """Its directory in ``/sys/class/neuron_device``, e.g. ``neuron3``."""
    node: Reading[str] = NOT_COLLECTED
    """Its node, e.g. ``/dev/neuron3``, or ``/dev/neuron0`` in a container that has only this one."""
    neuron_ls: Reading[int] = NOT_COLLECTED
    """Its number in the output of neuron-ls, e.g. 3; like the node's in a container."""
    kernel_log: Reading[str] = NOT_COLLECTED
    """Its address in the driver's line ``** BDF:``, e.g. ``cb:00.0``. The log may have lost the line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Something that two witnesses say differently."""

    about: About
    index: int | None = None
    """The driver's number of the device; `None` when it is about all of them, or a device without number."""
    said: Mapping[str, Reading[str]]
    """
    What each witness said, e.g. ``{"pci": "0000:cb:00.0", "sysfs": None, "neuron-ls": Unread("not collected")}``.

    `None` says that the witness was heard and does not have the device. Witnesses are ``pci``, ``sysfs``, ``dev`` (a
    node by its path), ``neuron-ls`` and ``kernel log``.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Witnesses:
    """The devices of a host as all their witnesses show them."""

    devices: tuple[DeviceWitness, ...] = ()
    """By number; after them functions on the bus that no witness ties to a number."""
    disagreements: tuple[Disagreement, ...] = ()
    """By device; those about all of them first."""
