"""
Facts in the lines of logs: what the driver, the kernel and the runtime say there.

Each is what one line says, without regard to others; `log_lines` has the functions that read them from lines.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from .frozen import dataclass

LEVELS = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
"""The kernel's severities 0 to 7, in the words of dmesg(1)."""


def left_out_line(count: int) -> str:
    """Return the line that stands in place of *count* lines of a log that were not kept."""
    return f"neuron-validator: {count} lines left out"


@dataclass(frozen=True, kw_only=True, slots=True)
class KernelLine:
    """One line of the kernel's log, in its parts."""

    message: str
    """What was logged, e.g. ``neuron:ncdev_open: nd0 is in an invalid state``."""
    timestamp: str | None = None
    """When, as the line prints it: ``210.072949``, ``Nov 21 22:16:17``, ``2026-11-21T22:16:17,305885+00:00``."""
    seconds: float | None = None
    """When, in seconds since boot, where the line says that."""
    level: str | None = None
    """Severity, one of `LEVELS`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HardwareError:
    """A hardware fault that the runtime reports through the driver, from a line with ``NEURON_HW_ERR=``."""

    kind: str
    """The word after ``NEURON_HW_ERR=``, e.g. ``SRAM_UNCORRECTABLE_ERROR``."""
    device: int | None = None
    """``nd-id``: index of the device, as in ``/dev/neuron3``."""
    core: int | None = None
    """``nc-id``: index of the core on its device."""
    serial_number: str | None = None
    """``serial-num`` of the device, 16 hexadecimal digits."""
    instance_id: str | None = None
    """``instance-id``, e.g. ``i-0123456789abcdef0``."""
    hostname: str | None = None
    """``hostname``, e.g. ``ip-10-0-0-1``."""
    action: str | None = None
    """``action`` that AWS asks for, e.g. ``TERMINATE_INSTANCE``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverStart:
    """The driver was loaded, from its banner."""

    version: str
    """Version of the module that started, e.g. ``2.24.7.0``; builds that are no release print ``2.x.7693.0``."""
    revision: str | None = None
    """Hash of the source that it was built from, 40 hexadecimal digits; printed since driver 2.5.7."""
    started_at: str | None = None
    """When in UTC, as printed since driver 2.17.17: ``2026-nov-21 22:16:17.305885``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceAddress:
    """Which PCI function is which device, from the driver's ``** BDF:`` line; no file in sysfs says so."""

    pci_address: str
    """Bus, slot and function without the domain, e.g. ``cc:00.0``."""
    device: int
    """Index of the device, as in ``/dev/neuron0``."""
    routing_id: int
    """Number that the device itself reports, e.g. ``1``; on Trn1 and Trn2 it is not the index."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceReset:
    """A reset of a device, or of some of its cores, began or ended."""

    device: int
    """Index of the device."""
    outcome: Literal["initiating", "completed", "failed"]
    """``failed`` also where a reset was initiated and did not complete, or could not be followed by its set-up."""
    request: int | None = None
    """Pid of the process that asked; 4294967295 when the driver itself asked for the whole device."""
    scope: Literal["device", "TPB"] | None = None
    """The whole device or some cores (TPB), which only the first line of a reset says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InvalidDevice:
    """A process tried to open a device whose last reset failed."""

    device: int
    """Index of the device, as in ``nd0 is in an invalid state``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DuplicateRoutingId:
    """Two devices report one routing id; the driver schedules its own unload."""

    routing_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessAttachment:
    """A process opened a device, or closed it."""

    change: Literal["attach", "detach"]
    pid: int
    slot: int
    """Place in the driver's table of the device's processes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutOfMemoryKill:
    """The kernel killed a process because memory ran out, the host's or that of a control group."""

    pid: int
    process: str
    """Name of the process, at most 15 bytes, e.g. ``walrus_driver``."""


KernelEvent: TypeAlias = (
    HardwareError
    | DriverStart
    | DeviceAddress
    | DeviceReset
    | InvalidDevice
    | DuplicateRoutingId
    | ProcessAttachment
    | OutOfMemoryKill
)
"""What a line of the kernel's log can tell about Neuron."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeMessage:
    """One message that the Neuron runtime or its collectives wrote into an application's log."""

    text: str
    """The message, e.g. ``NeuronCore(s) not available - Requested:nc1-nc1 Available:0``."""
    level: str
    """``ERROR``, ``WARN``, ``INFO``, ``DEBUG`` or ``TRACE``."""
    module: str
    """Part of the runtime: ``NRT``, ``TDRV``, ``NMGR``, ``HAL``, ``NEFF``, ``ENC``, ``CCOM`` …"""
    function: str
    """Function that wrote it, e.g. ``nrt_init``; for CCOM, file and line."""
    pid: int
    timestamp: str | None = None
    """As printed: ``2023-Jul-28 22:23:13.0357``, six digits of a second in later runtimes. No time zone is said."""
