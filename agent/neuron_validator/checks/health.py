"""The health of the devices, as far as it bears on whether software can use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neuron_collectors.facts import DeviceReset, HardwareError, InvalidDevice, KernelEvent
from neuron_collectors.facts.log_lines import kernel_events, since_driver_start

from ..evidence import Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..remedies import RELOAD

_TROUBLESHOOTING = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html#hardware-errors"
)
_HARDWARE_RULE = RuleReference(
    id="LOG-HW-006",
    source="aws-neuron-sdk@81ce03ae:neuron-runtime/nrt-troubleshoot.rst#L479",
    retrieved="2026-11-21",
    confidence="documented",
)
_MOST_NAMED = 4


def hardware_error(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices have reported a hardware fault since the driver was loaded, once for each action."""
    errors = [event for event in _events(evidence) if isinstance(event, HardwareError)]
    for action in dict.fromkeys(error.action for error in errors):
        yield _hardware_error([error for error in errors if error.action == action], action, evidence)


def _events(evidence: Evidence) -> Iterator[KernelEvent]:
    """Yield what the kernel's log tells since the loaded driver started; what was before ended with the reload."""
    log = known(evidence.inventory.kernel_log, "kernel log") or ()
    return kernel_events(since_driver_start(log))


def _hardware_error(errors: Sequence[HardwareError], action: str | None, evidence: Evidence) -> Finding:
    places = tuple(dict.fromkeys(_place(error) for error in errors))
    kinds = ", ".join(dict.fromkeys(error.kind for error in errors))
    listed = ", ".join(places[:_MOST_NAMED]) + (
        f" and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else ""
    )
    return Finding(
        id="hardware-error",
        severity=Severity.CRITICAL,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{listed}: {kinds}",
        observed=f"{len(errors)} line{'s' if len(errors) > 1 else ''} with NEURON_HW_ERR since the driver was loaded: "
        f"{kinds} on {listed}",
        expected="none",
        why="The runtime reports a fault of the hardware through the driver; results since then may be wrong.",
        remedy=_action(action),
        evidence=tuple(Excerpt(source="kernel log", text=_print(error)) for error in errors[:_MOST_NAMED]),
        rule=_HARDWARE_RULE,
        docs=_TROUBLESHOOTING,
    )


def _place(error: HardwareError) -> str:
    device = "a device" if error.device is None else f"/dev/neuron{error.device}"
    return device if error.core is None else f"{device} core {error.core}"


def _print(error: HardwareError) -> str:
    return f"NEURON_HW_ERR={error.kind} {_place(error)} action={error.action}"


def _action(action: str | None) -> Remedy:
    """Return what the line's action asks for; ``TERMINATE_INSTANCE`` is the one that is documented."""
    if action in (None, "TERMINATE_INSTANCE"):
        asked = "AWS asks for TERMINATE_INSTANCE: " if action else ""
        return Remedy(summary=f"{asked}drain the instance and replace it; a stop and start moves it to other hardware.")
    return Remedy(summary=f"AWS asks for {action}; the troubleshooting guide tells how.")


def device_reset_failed(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices cannot be opened because their last reset failed."""
    failed: dict[int, str] = {}
    for event in _events(evidence):
        match event:
            case DeviceReset(outcome="completed"):
                failed.pop(event.device, None)
            case DeviceReset(outcome="failed"):
                failed[event.device] = f"nd{event.device}: reset failed"
            case InvalidDevice():
                failed[event.device] = f"nd{event.device} is in an invalid state"
    if failed:
        yield _reset_failed(failed, evidence)


def _reset_failed(failed: dict[int, str], evidence: Evidence) -> Finding:
    listed = ", ".join(f"/dev/neuron{device}" for device in sorted(failed)[:_MOST_NAMED])
    return Finding(
        id="device-reset-failed",
        severity=Severity.CRITICAL,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{listed}: the last reset failed, and the device cannot be opened",
        observed="; ".join(failed[device] for device in sorted(failed)),
        expected="`reset request … completed`",
        why="The driver refuses to open a device whose reset did not end well; applications get EINVAL.",
        remedy=Remedy(
            summary="Stop everything that uses the devices, monitors too, and reload the driver; reboot if that "
            "fails, and replace the instance if it comes back.",
            commands=RELOAD,
        ),
        evidence=tuple(Excerpt(source="kernel log", text=failed[device]) for device in sorted(failed)[:_MOST_NAMED]),
        docs=_TROUBLESHOOTING,
    )


CHECKS = (
    Check(
        id="hardware-error",
        category="health",
        title="No hardware fault was reported since the driver was loaded",
        severity=Severity.CRITICAL,
        run=hardware_error,
        docs=_TROUBLESHOOTING,
        consequences=("device-memory-uncorrectable", "device-unhealthy"),
    ),
    Check(
        id="device-reset-failed",
        category="health",
        title="The last reset of each device succeeded",
        severity=Severity.CRITICAL,
        run=device_reset_failed,
        docs=_TROUBLESHOOTING,
        consequences=("hardware-error", "device-unreachable", "device-in-reset"),
    ),
)
