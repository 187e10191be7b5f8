"""Facts about the kernel driver: what is loaded and what lies on disk."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverFiles:
    """The driver as it lies on disk, ready for the next load."""

    version: Reading[str] = NOT_COLLECTED
    """Version of the module file for the running kernel, as modinfo prints it."""
    built_for_kernels: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Kernels that have a module file, e.g. ``("6.8.0-1021-aws",)``."""
