"""The Elastic Fabric Adapter: adapters, kernel driver, and what its installer put on the host."""

from __future__ import annotations

import re
from dataclasses import fields

from .facts import NOT_COLLECTED, Efa, EfaDevice, Reading, Unread
from .host import CollectorError, Host
from .pci import AMAZON_VENDOR_ID
from .sysfs import read_number

_CLASS = "sys/class/infiniband"
_MODULE = "sys/module/efa"
_MODULES = "proc/modules"
_MODULES_LIMIT = 1024 * 1024
_NODES = "dev/infiniband"
_PACKAGES = "opt/amazon/efa_installed_packages"
_DEVICE_ID = "0xefa"  # 0xefa0 to 0xefa3 so far; the installer looks for 1d0f:efa, too
_MOST_ADAPTERS = 256
_NOTHING = (None, (), False)


def collect_efa(host: Host) -> Reading[Efa]:
    """Return what there is of EFA; `None` when nothing is."""
    loaded = _is_loaded(host)
    version, packages = _read_packages(host)
    efa = Efa(
        devices=_read_devices(host),
        nodes=_read_nodes(host),
        driver_loaded=loaded,
        driver_version=_read_driver_version(host, loaded=loaded),
        installer_version=version,
        installed_packages=packages,
    )
    readings = [getattr(efa, field.name) for field in fields(efa)]
    if all(reading == NOT_COLLECTED for reading in readings):
        return NOT_COLLECTED
    return None if all(reading in _NOTHING for reading in readings) else efa


def parse_installed_packages(text: str) -> tuple[str, tuple[str, ...]]:
    """
    Parse what the installer leaves behind (``efa_installer.sh``, ``write_package_file``): its version, the packages.

    .. code-block:: text

        # EFA installer version: 1.47.0
        # Debug packages installed: no
        # Packages installed:
        efa-config_1.18_all efa-profile_1.7_all libfabric1-aws_2.4.0amzn3.0_amd64
    """
    version = re.search(r"^# EFA installer version:[ \t]*([0-9][\w.+~-]*)", text, re.MULTILINE)
    if version is None:
        raise CollectorError(f"{_PACKAGES}: no version: {text[:40]!r}")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return version[1], tuple(word for line in lines for word in line.split())


def _read_devices(host: Host) -> Reading[tuple[EfaDevice, ...]]:
    """Return the adapters among all RDMA devices."""
    names = host.list_directory(_CLASS)
    if names is None or isinstance(names, Unread):
        return names or (() if host.live else NOT_COLLECTED)
    found = (_read_device(host, name) for name in names[:_MOST_ADAPTERS])
    return tuple(device for device in found if device is not None)


def _read_device(host: Host, name: str) -> EfaDevice | None:
    """Return the adapter *name*; `None` when it is another kind of RDMA device."""
    device = f"{_CLASS}/{name}"
    vendor = host.read_line(f"{device}/device/vendor")
    device_id = host.read_line(f"{device}/device/device")
    if vendor != AMAZON_VENDOR_ID or not (isinstance(device_id, str) and device_id.startswith(_DEVICE_ID)):
        return None
    link = host.read_link(f"{device}/device")
    return EfaDevice(
        name=name,
        pci_address=link.rpartition("/")[2] if isinstance(link, str) else link or NOT_COLLECTED,
        device_id=device_id,
        numa_node=_read_numa_node(host, device),
        node_type=host.read_line(f"{device}/node_type"),
        peer_memory=host.read_line(f"{device}/device/p2p"),
    )


def _read_numa_node(host: Host, device: str) -> Reading[int]:
    """Return the adapter's NUMA node; -1 is none."""
    node = read_number(host, f"{device}/device/numa_node")
    return None if node == -1 else node


def _read_nodes(host: Host) -> Reading[tuple[str, ...]]:
    """Return the names of the nodes through which processes reach the adapters."""
    names = host.list_directory(_NODES)
    if names is None or isinstance(names, Unread):
        return names or (() if host.live else NOT_COLLECTED)
    return tuple(name for name in names if name.startswith("uverbs"))


def _is_loaded(host: Host) -> Reading[bool]:
    """Tell whether the kernel's driver is loaded."""
    module = host.stat(_MODULE)
    if module is not None:
        return module if isinstance(module, Unread) else True
    modules = host.read_text(_MODULES, limit=_MODULES_LIMIT)
    if isinstance(modules, str):
        return any(line.startswith("efa ") for line in modules.splitlines())
    return False if host.live else modules or NOT_COLLECTED


def _read_driver_version(host: Host, *, loaded: Reading[bool]) -> Reading[str]:
    """Return the version of the driver, which only one that is *loaded* shows."""
    if loaded is not True:
        return loaded or None
    version = host.read_line(f"{_MODULE}/version")
    return NOT_COLLECTED if version is None and not host.holds(_MODULE) else version


def _read_packages(host: Host) -> tuple[Reading[str], Reading[tuple[str, ...]]]:
    """Return the installer's version and packages; a file that makes no sense costs only those."""
    text = host.read_text(_PACKAGES)
    if text is None and not host.holds("opt/amazon"):
        text = NOT_COLLECTED
    if not isinstance(text, str):
        return text, text
    try:
        return parse_installed_packages(text)
    except CollectorError as error:
        return Unread(str(error)), Unread(str(error))
