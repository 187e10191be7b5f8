"""Facts in the driver's whole tree of a Neuron device."""

from __future__ import annotations

from collections.abc import Mapping

from .device_status import DeviceHealth
from .frozen import dataclass
from .state import NOT_COLLECTED, Reading

UNITS: Mapping[str, str] = {
    "flop_count": "floating-point operations",
    "nc_time_in_use": "microseconds",
}
"""What the counters in ``other_info`` count that do not count events."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """A directory with the files ``total`` and ``present``, e.g. ``status/success``."""

    total: Reading[int] = None
    """``total``: since the module was loaded, or a write cleared it; e.g. 12."""
    present: Reading[int] = None
    """``present``: by how much it last changed, e.g. 7. Reading does not reset it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryUsage:
    """A directory with the files ``total``, ``present`` and ``peak``, in bytes."""

    total: Reading[int] = None
    """``total``: bytes in use now, despite its name a gauge; e.g. 17825792."""
    present: Reading[int] = None
    """``present``: bytes of the last allocation or release, always positive; e.g. 1048576."""
    peak: Reading[int] = None
    """``peak``: the most bytes in use since the module was loaded; e.g. 17825792. Since driver 2.8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerUse:
    """
    Power over one minute, in percent of the most that the board may take: ``stats/power/utilization``.

    Times and percentages are `None` when the driver has no data, whatever numbers it prints.
    """

    status: str
    """First field: ``POWER_STATUS_VALID``, ``POWER_STATUS_NO_DATA`` or ``POWER_STATUS_INVALID``."""
    timestamp: Reading[int] = None
    """Second field: seconds since 1970, e.g. 1787754600; 0 is printed before the first minute is over."""
    min_percent: Reading[float] = None
    """Third field, e.g. 0.10."""
    max_percent: Reading[float] = None
    """Fourth field, e.g. 2.82."""
    average_percent: Reading[float] = None
    """Fifth field, e.g. 1.57."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowGroup:
    """What one row group of a core's tensor engine did, in cycles: a line of ``tensor_engine/pe_cntrs``."""

    index: int
    """``xrow_grp``, e.g. 0."""
    matrix_multiply_cycles: int
    """``mm_active``, e.g. 180388626474."""
    weight_load_cycles: int
    """``wl_active``, e.g. 0."""
    idle_cycles: int
    """``idle``, e.g. 42."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreTree:
    """The tree of one core: ``neuron_core<index>`` of its device. Groups that it does not have are `None`."""

    index: int
    """Number in the directory's name: the physical core."""
    arch_type: Reading[str] = NOT_COLLECTED
    """``info/architecture/arch_type``, e.g. ``NCv3`` on Trainium2 (and on Inferentia2 in drivers 2.8 to 2.14)."""
    status: Reading[Mapping[str, Counter]] = NOT_COLLECTED
    """``stats/status/<name>``, in events, by name; see `CoreStatus`."""
    other_info: Reading[Mapping[str, Counter]] = NOT_COLLECTED
    """
    ``stats/other_info/<name>`` by name, e.g. ``{"inference_count": Counter(total=12, present=7)}``.

    In events, but for those in `UNITS`. The resets are the driver's own count; the rest moves like ``status``.
    """
    memory_usage: Reading[Mapping[str, MemoryUsage]] = NOT_COLLECTED
    """``stats/memory_usage/<place>`` by place: ``host_mem``, ``device_mem`` and its parts, ``device_mem/tensors``."""
    tensor_engine: Reading[tuple[RowGroup, ...]] = NOT_COLLECTED
    """``stats/tensor_engine/pe_cntrs``; since driver 2.23, not on Inferentia."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceTree:
    """The whole tree of one device, but for its identity (`NeuronDevice`) and what is the kernel's own."""

    index: int
    """Number in ``neuron<index>``: the driver's."""
    cores: Reading[tuple[CoreTree, ...]] = NOT_COLLECTED
    """By index; ``()`` when the device shows no core, as before driver 2.7."""
    memory_usage: Reading[Mapping[str, MemoryUsage]] = NOT_COLLECTED
    """``stats/memory_usage/<place>`` by place, e.g. ``host_mem/tensors``: host memory. Since driver 2.10."""
    health: Reading[DeviceHealth] = NOT_COLLECTED
    """``stats/hardware`` and ``health_status``."""
    power: Reading[PowerUse] = NOT_COLLECTED
    """``stats/power/utilization``; since driver 2.21."""
    power_raw: Reading[str] = NOT_COLLECTED
    """``stats/power/utilization_raw`` as printed: values of each die, in a form that no document tells; since 2.29."""
    notify_delay: Reading[int] = NOT_COLLECTED
    """``info/notify_delay``: -1 when nobody is told of changes, which is the default, or 0."""
    unrecognised: tuple[str, ...] = ()
    """
    Nodes that this program does not know and has not opened, e.g. ``stats/thermal/limit``; the first in order.

    A node that several cores have is here once, as ``neuron_core*/…``; a directory is told from a file by its last
    ``/``. What a counter holds beside its files is here for the first device alone.
    """
