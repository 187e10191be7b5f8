"""Neuron devices as PCI functions, from ``/sys/bus/pci/devices``: there without the driver, too."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, PciFunction, Reading, Unread
from .host import CollectorError, Host
from .sysfs import read_number

AMAZON_VENDOR_ID = "0x1d0f"

NEURON_DEVICE_IDS = (
    *("0x7064", "0x7065", "0x7066", "0x7067"),  # Inferentia; left the driver's table in 2.25.4.0
    "0x7164",  # Trainium
    "0x7264",  # Inferentia2
    "0x7364",  # Trainium2
    *("0x7564", "0x7565"),  # Trainium3
)
"""
The PCI device ids of Neuron devices, from the PCI table of the driver (aws-neuronx-dkms 1.1 to 2.26.5.0, neuron_pci.c).

Amazon's network cards and disks have the same vendor id.
"""

_DEVICES = "sys/bus/pci/devices"
_ID = re.compile(r"0x[0-9a-f]{4}")


def collect_pci(host: Host) -> Reading[tuple[PciFunction, ...]]:
    """
    Return the PCI functions of Neuron devices, by address.

    A captured tree that has ``sys/bus/pci`` (the driver's directory, say) and no device in it stands for a machine
    without one: the capture looked there. Only a tree without ``sys/bus/pci`` says nothing.
    """
    addresses = host.list_directory(_DEVICES)
    if isinstance(addresses, Unread):
        return addresses
    if addresses is None:
        looked = "sys/bus" if host.live else "sys/bus/pci"
        return NOT_COLLECTED if host.stat(looked) is None else ()
    functions = []
    for address in addresses:
        function = read_function(host, address)
        if isinstance(function, Unread):  # it may be a Neuron device, so how many there are is not known
            return function
        if function is not None:
            functions.append(function)
    return tuple(functions)


def read_function(host: Host, address: str) -> Reading[PciFunction]:
    """Read the PCI function at *address*; `None` when it is no Neuron device, or was unplugged meanwhile."""
    function = f"{_DEVICES}/{address}"
    # A large instance has hundreds of functions and a virtual machine's exits make each read slow: most of them are
    # told apart by this one read.
    vendor = _read_id(host, f"{function}/vendor")
    if vendor != AMAZON_VENDOR_ID:
        return vendor if isinstance(vendor, Unread) else None
    device = _read_id(host, f"{function}/device")
    if device not in NEURON_DEVICE_IDS:
        return device if isinstance(device, Unread) else None
    numa_node = read_number(host, f"{function}/numa_node")
    return PciFunction(
        address=address,
        device_id=device,
        numa_node=None if numa_node == -1 else numa_node,
        driver=_read_driver(host, function),
    )


def parse_id(text: str, source: str) -> str:
    """
    Parse what ``vendor`` or ``device`` in the file *source* says.

    .. code-block:: text

        0x1d0f
    """
    if not _ID.fullmatch(text):
        raise CollectorError(f"{source}: not a PCI id: {text[:40]!r}")
    return text


def _read_id(host: Host, path: str) -> Reading[str]:
    """Read the PCI id in *path*."""
    line = host.read_line(path)
    if isinstance(line, Unread):
        return Unread(f"{path}: {line.reason}")
    return None if line is None else parse_id(line, path)


def _read_driver(host: Host, function: str) -> Reading[str]:
    """Return the last part of the ``driver`` link, e.g. of ``../../../bus/pci/drivers/neuron-driver``."""
    link = host.read_link(f"{function}/driver")
    return link.rpartition("/")[2] if isinstance(link, str) else link
