"""Facts about how Neuron devices fare: what changes from one look to the next, and is cheap to look at."""

from __future__ import annotations

from collections.abc import Mapping

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreStatus:
    """The status counters of one core, from ``neuron_core<index>/stats/status`` of its device."""

    index: int
    """Number in the directory's name: the physical core."""
    status: Reading[Mapping[str, Reading[int]]] = NOT_COLLECTED
    """
    ``<name>/total`` by name, in events, e.g. ``{"success": 5, "timeout": 2, "hw_error": 1}``.

    Names are the driver's: ``execute_*`` (``infer_*`` in 2.7), ``hw_*``, ``unsupported_neff_version`` and others; each
    driver knows more of them. Up to 2.29 they move when the application ends; from 2.30 on they are sums over the
    processes that run, and fall when one ends.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceStatus:
    """The status counters of one device's cores."""

    index: int
    """Number in ``neuron<index>``: the driver's."""
    cores: Reading[tuple[CoreStatus, ...]] = NOT_COLLECTED
    """By index; ``()`` when the device shows no core, as before driver 2.7."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceHealth:
    """
    What one device's firmware counts and says of its health, from ``stats/hardware`` and ``health_status``.

    Counters are in events since the device was reset. They cannot be trusted to be zero: the driver prints 0, too, when
    it could not ask the device.
    """

    index: int
    """Number in ``neuron<index>``: the driver's."""
    sram_ecc_corrected: Reading[int] = NOT_COLLECTED
    """``stats/hardware/sram_ecc_corrected``, e.g. 0; since driver 2.30, not on Inferentia."""
    sram_ecc_uncorrected: Reading[int] = NOT_COLLECTED
    """``stats/hardware/sram_ecc_uncorrected``, e.g. 7; 16 bits wide, begins again after 65535. Since driver 2.14."""
    mem_ecc_corrected: Reading[int] = NOT_COLLECTED
    """``stats/hardware/mem_ecc_corrected``, HBM, e.g. 0; since driver 2.30."""
    mem_ecc_uncorrected: Reading[int] = NOT_COLLECTED
    """``stats/hardware/mem_ecc_uncorrected``, HBM beyond repair, e.g. 5; since driver 2.14."""
    mem_ecc_repairable_uncorrected: Reading[int] = NOT_COLLECTED
    """``stats/hardware/mem_ecc_repairable_uncorrected``, HBM that a reset repairs, e.g. 0; since driver 2.23."""
    hbm_ecc_err_count: Reading[int] = NOT_COLLECTED
    """``health_status/hbm_ecc_err_count``, e.g. 0; drivers 2.28 and 2.29 on Trainium2 and Trainium3."""
    repairable_hbm_ecc_err_count: Reading[int] = NOT_COLLECTED
    """``health_status/repairable_hbm_ecc_err_count``, e.g. 0; like `hbm_ecc_err_count`."""
    sram_ecc_err_count: Reading[int] = NOT_COLLECTED
    """``health_status/sram_ecc_err_count``, e.g. 0; like `hbm_ecc_err_count`."""
    hw_error_event: Reading[str] = NOT_COLLECTED
    """``health_status/hw_error_event`` as printed; since driver 2.28. No document says what it may print."""
    unhealthy_components: Reading[tuple[str, ...]] = NOT_COLLECTED
    """
    ``health_status/unhealthy_components``, e.g. ``("hbm", "link_efa")``; an empty line, all are healthy, is ``()``.

    Unread with the driver's word ``device_unreachable`` when it could not ask. Since driver 2.30.
    """
    healthcheck_heartbeat: Reading[int] = NOT_COLLECTED
    """``health_status/healthcheck_heartbeat``, e.g. 4711: it grows while the firmware looks. Since driver 2.30."""
