"""Facts about the kernel driver: what is loaded and what lies on disk."""

from __future__ import annotations

from collections.abc import Mapping

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedDriver:
    """The kernel module that is loaded, from ``/sys/module/neuron``."""

    version: Reading[str] = NOT_GIVEN
    """``version``, e.g. ``2.26.5.0``; pre-release builds print ``2.x.7693.0``."""
    srcversion: Reading[str] = NOT_GIVEN
    """``srcversion``, e.g. ``8A3E3B2C1F…``: the checksum that tells two builds of one version apart."""
    initstate: Reading[str] = NOT_GIVEN
    """``initstate``: ``live``, ``coming`` or ``going``."""
    taint: Reading[str] = NOT_GIVEN
    """``taint``, e.g. ``OE``: out of tree, unsigned."""
    refcnt: Reading[int] = NOT_GIVEN
    """``refcnt``: how many processes hold a device node open."""
    parameters: Reading[Mapping[str, Reading[str]]] = NOT_GIVEN
    """``parameters/*`` by name, e.g. ``{"no_reset": "0"}``; their mode is 0660, so only root reads the values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleFile:
    """One module file of the driver, as its section ``.modinfo`` describes it."""

    path: str
    """``/lib/modules/6.8.0-1021-aws/updates/dkms/neuron.ko.zst``, or below ``/usr/libexec/neuron`` on Bottlerocket."""
    kernel: Reading[str] = NOT_COLLECTED
    """Kernel that would load it: the directory below ``/lib/modules``, elsewhere the first word of ``vermagic``."""
    indexed: Reading[bool] = NOT_COLLECTED
    """Whether the kernel's ``modules.dep`` names it: modprobe loads that file, and without one finds none."""
    size: Reading[int] = NOT_COLLECTED
    """Bytes on disk, e.g. 341288; unread when it could not be looked at or is no regular file."""
    compression: Reading[str] = NOT_COLLECTED
    """``gz``, ``xz`` or ``zst``, from the suffix; `None` for ``neuron.ko``."""
    version: Reading[str] = NOT_COLLECTED
    """``version``, e.g. ``2.26.5.0``."""
    srcversion: Reading[str] = NOT_COLLECTED
    """``srcversion``, e.g. ``8818F61F4109E2E9CE9BA2E``: the loaded driver has the same if it came from this file."""
    vermagic: Reading[str] = NOT_COLLECTED
    """``vermagic``, e.g. ``6.1.161 SMP preempt mod_unload modversions``: the kernel that it was built for."""
    description: Reading[str] = NOT_COLLECTED
    """``description``, e.g. ``Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c``."""
    revision: Reading[str] = NOT_COLLECTED
    """The commit in the description, e.g. ``6670442319042643165ab7986e5184496ea4407c``; since driver 2.5.7."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverFiles:
    """The driver as it lies on disk, ready for the next load."""

    version: Reading[str] = NOT_COLLECTED
    """Version of the module file for the running kernel, as modinfo prints it; `None` when that kernel has none."""
    built_for_kernels: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Kernels that have a module file, e.g. ``("6.8.0-1021-aws",)``."""
    files: Reading[tuple[ModuleFile, ...]] = NOT_GIVEN
    """Every module file of the driver, by kernel and path."""
