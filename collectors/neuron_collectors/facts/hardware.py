"""Facts about Neuron devices, as each of their witnesses shows them."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class PciFunction:
    """One PCI function of a Neuron device, from ``/sys/bus/pci/devices/<address>``."""

    address: Reading[str] = NOT_GIVEN
    """Name of the directory, e.g. ``0000:cc:00.0``."""
    device_id: Reading[str] = NOT_GIVEN
    """``device``, e.g. ``0x7364``. The vendor is always ``0x1d0f`` (Amazon)."""
    numa_node: Reading[int] = NOT_GIVEN
    """``numa_node``; -1 in the file means none and is `None` here."""
    driver: Reading[str] = NOT_GIVEN
    """Last part of the ``driver`` link, e.g. ``neuron-driver`` (not ``neuron``); `None` when no driver is bound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronDevice:
    """One device that the driver registered, from ``/sys/class/neuron_device/neuron<index>``."""

    index: Reading[int] = NOT_GIVEN
    """Number in the directory's name; the driver's order, not the PCI order."""
    device_name: Reading[str] = NOT_GIVEN
    """``info/architecture/device_name``, e.g. ``Trainium2``: identifies the chip."""
    arch_type: Reading[str] = NOT_GIVEN
    """``info/architecture/arch_type``, e.g. ``NDv3``: Inferentia2 and Trainium2 alike, so it identifies nothing."""
    instance_family: Reading[str] = NOT_GIVEN
    """``info/architecture/instance_type``, e.g. ``Trn2``: a family, not the EC2 type."""
    serial_number: Reading[str] = NOT_GIVEN
    """``info/serial_number``, hexadecimal; an empty line (firmware did not answer) is `None`."""
    core_count: Reading[int] = NOT_GIVEN
    """``core_count`` (physical cores, no newline), or the number of ``neuron_core*`` directories when unreadable."""
    connected_devices: Reading[tuple[int, ...]] = NOT_GIVEN
    """``connected_devices``, e.g. ``12, 1, 3, 4``; an empty line on types with one device is ``()``."""
    dev: Reading[tuple[int, int]] = NOT_GIVEN
    """``dev``: major and minor number of the device node, e.g. ``(246, 0)``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceNode:
    """One ``/dev/neuron<index>``, by ``stat`` alone: opening it attaches the process and may block through a reset."""

    index: Reading[int] = NOT_GIVEN
    """Number in the node's name. In a container it is renumbered; the minor number keeps the host's index."""
    is_character_device: Reading[bool] = NOT_GIVEN
    """Whether it is what it should be; a regular file under that name is what a failed bind mount leaves."""
    major: Reading[int] = NOT_GIVEN
    minor: Reading[int] = NOT_GIVEN
    mode: Reading[int] = NOT_GIVEN
    """Permission bits, e.g. ``0o666``: the kernel's default is 0600, the package's udev rule makes it 0666."""
    uid: Reading[int] = NOT_GIVEN
    gid: Reading[int] = NOT_GIVEN
    accessible: Reading[bool] = NOT_GIVEN
    """Whether the user who runs this may read and write it, by access(2)."""
