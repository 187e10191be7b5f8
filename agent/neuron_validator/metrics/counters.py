"""Hardware counters of the devices, as sysfs has them: log lines make findings, never counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import islice
from typing import TypeGuard

from neuron_collectors.facts import CoreStatus, DeviceHealth, DeviceStatus, Inventory, Reading, value_or_none
from neuron_collectors.facts.frozen import dataclass

HEALTH_KINDS = (
    "sram_ecc_corrected",
    "sram_ecc_uncorrected",
    "mem_ecc_corrected",
    "mem_ecc_uncorrected",
    "mem_ecc_repairable_uncorrected",
    "hbm_ecc_err_count",
    "repairable_hbm_ecc_err_count",
    "sram_ecc_err_count",
)
"""Counters of a device's firmware, named as the driver names them."""

STATUS_KINDS = (
    "hw_error",
    "hw_collectives_error",
    "hw_nc_ue_error",
    "hw_hbm_ue_error",
    "hw_repairable_hbm_ue_error",
    "hw_dma_abort_error",
)
"""Counters of a core's executions that ended in a fault of the hardware, named as the driver names them."""

MOST_KINDS = 12
"""Kinds of one device. No driver up to 2.30 has more: 2.30 dropped the three of ``health_status`` for two others."""

_UNSUPPORTED_NEFF = "unsupported_neff_version"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """Totals by device: its number in ``neuron<N>``. What could not be read is not in them."""

    hardware_errors: Mapping[tuple[int, str], int] = field(default_factory=dict)
    """Errors by device and kind, one of `HEALTH_KINDS` or `STATUS_KINDS`; one fault may count under several kinds."""
    unsupported_neffs: Mapping[int, int] = field(default_factory=dict)
    """Compiled models that a device refused, because it did not know their format."""


def device_counters(inventory: Inventory) -> Counters:
    """Return the counters that *inventory* has, each as sysfs shows it; those of cores are summed by device."""
    health = {one.index: one for one in value_or_none(inventory.device_health) or ()}
    status = {one.index: one for one in value_or_none(inventory.device_status) or ()}
    errors = {
        (index, kind): count
        for index in sorted({*health, *status})
        for kind, count in islice(_hardware_errors(health.get(index), status.get(index)), MOST_KINDS)
    }
    neffs = {index: _sum_over_cores(status[index], _UNSUPPORTED_NEFF) for index in sorted(status)}
    return Counters(
        hardware_errors=errors,
        unsupported_neffs={index: count for index, count in neffs.items() if count is not None},
    )


def _hardware_errors(health: DeviceHealth | None, status: DeviceStatus | None) -> Iterator[tuple[str, int]]:
    """Yield the counters of one device that could be read."""
    for kind in STATUS_KINDS if status is not None else ():
        count = _sum_over_cores(status, kind)
        if count is not None:
            yield kind, count
    for kind in HEALTH_KINDS if health is not None else ():
        count = value_or_none(getattr(health, kind))
        if _is_count(count):
            yield kind, count


def _sum_over_cores(status: DeviceStatus | None, name: str) -> int | None:
    """Add up counter *name* of all cores; `None` where no core has it, or one could not be read: no sum is partial."""
    cores = value_or_none(status.cores) if status is not None else None
    readings = [reading for core in cores or () if (reading := _counter(core, name)) is not None]
    counts = [reading for reading in readings if _is_count(reading)]
    return sum(counts) if counts and len(counts) == len(readings) else None


def _counter(core: CoreStatus, name: str) -> Reading[int]:
    """Return counter *name* of *core*; `None` where its driver does not have it."""
    status = core.status
    return status.get(name) if isinstance(status, Mapping) else status


def _is_count(reading: Reading[int]) -> TypeGuard[int]:
    """Tell whether *reading* is a number that a counter can have; a snapshot may hold any."""
    return isinstance(reading, int) and reading >= 0
