"""Facts about the Elastic Fabric Adapter, over which collectives leave the host."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class EfaDevice:
    """One adapter, from its directory in ``/sys/class/infiniband``."""

    name: str
    """Its name there, e.g. ``rdmap160s26``."""
    pci_address: Reading[str] = NOT_COLLECTED
    """Last part of the link ``device``, e.g. ``0000:a0:1a.0``."""
    device_id: Reading[str] = NOT_COLLECTED
    """``device/device``, e.g. ``0xefa1``."""
    numa_node: Reading[int] = NOT_COLLECTED
    """``device/numa_node``; `None` when the machine has no such nodes."""
    node_type: Reading[str] = NOT_COLLECTED
    """``node_type``, e.g. ``7: unspecified``."""
    peer_memory: Reading[str] = NOT_COLLECTED
    """``device/p2p``: whose memory it reaches without a copy, e.g. ``NEURON``; `None` also with drivers without it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Efa:
    """Adapters, driver and software of EFA."""

    devices: Reading[tuple[EfaDevice, ...]] = NOT_COLLECTED
    """The adapters that the driver serves, by name."""
    nodes: Reading[tuple[str, ...]] = NOT_COLLECTED
    """``/dev/infiniband/uverbs*``, e.g. ``uverbs0``: what a process opens; in a container only those given to it."""
    driver_loaded: Reading[bool] = NOT_COLLECTED
    """``/sys/module/efa`` is there, or ``/proc/modules`` lists it."""
    driver_version: Reading[str] = NOT_COLLECTED
    """``/sys/module/efa/version``, e.g. ``2.17.3g``; the kernel's own driver has none."""
    installer_version: Reading[str] = NOT_COLLECTED
    """``# EFA installer version`` of ``/opt/amazon/efa_installed_packages``, e.g. ``1.47.0``."""
    installed_packages: Reading[tuple[str, ...]] = NOT_COLLECTED
    """The packages that file names, e.g. ``libfabric1-aws_2.4.0amzn3.0_amd64``."""
