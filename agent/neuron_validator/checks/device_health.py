"""The health of the devices as the driver tells it: memory errors, components, devices that do not answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from neuron_collectors.facts import DeviceHealth, DeviceReset, DeviceStatus, Reading, Unread, value_or_none
from neuron_collectors.facts.log_lines import kernel_events, since_driver_start

from ..evidence import RUNTIME, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..remedies import RELOAD
from ..versions import parse_version, require_version

_TROUBLESHOOTING = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html#hardware-errors"
)
_SYSFS_GUIDE = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-sysfs-user-guide.html"
)


def _rule(identifier: str, line: int) -> RuleReference:
    """Return the row of the vendor's table of hardware errors that starts at *line*."""
    source = f"aws-neuron-sdk@81ce03ae:neuron-runtime/nrt-troubleshoot.rst#L{line}"
    return RuleReference(id=identifier, source=source, retrieved="2026-11-21", confidence="documented")


_SRAM_RULE, _HBM_RULE, _REPAIRABLE_RULE = _rule("LOG-HW-001", 431), _rule("LOG-HW-002", 447), _rule("LOG-HW-003", 455)
_UNREACHABLE = "device_unreachable"
_ALL_ONES: Mapping[str, int] = {
    "sram_ecc_uncorrected": 0xFFFF,  # the driver prints 16 bits of the register
    "mem_ecc_uncorrected": 0xFFFFFFFF,
    "mem_ecc_repairable_uncorrected": 0xFFFFFFFF,
}
"""What a register reads of a device that does not answer on the bus: no count."""

_ERROR_COUNTS = ("hbm_ecc_err_count", "repairable_hbm_ecc_err_count", "sram_ecc_err_count")
_REFUSED = "unsupported_neff_version"
_FIRST_LIVE_SUMS = "2.30"
_MOST_NAMED = 4


def memory_uncorrectable(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices count memory errors beyond repair."""
    found = _counting(evidence, ("sram_ecc_uncorrected", "mem_ecc_uncorrected"))
    if not found:
        return
    only_sram = not any("mem_ecc_uncorrected" in counts for counts in found.values())
    yield Finding(
        id="device-memory-uncorrectable",
        severity=Severity.CRITICAL,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{_devices(found)}: memory errors that cannot be corrected",
        observed=_print(found),
        expected="0",
        why="What a device computes with a fault in its memory may be wrong, and AWS takes such a device for lost.",
        remedy=Remedy(
            summary="Drain the instance and replace it: terminate it, or stop and start it, which moves it to other "
            "hardware."
        ),
        evidence=tuple(_excerpts(found)),
        rule=_SRAM_RULE if only_sram else _HBM_RULE,
        docs=_TROUBLESHOOTING,
    )


def memory_repairable(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices count errors of their HBM that a reset repairs; corrected ones are nobody's concern."""
    found = _counting(evidence, ("mem_ecc_repairable_uncorrected",))
    if not found:
        return
    yield Finding(
        id="device-memory-repairable",
        severity=Severity.CRITICAL,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{_devices(found)}: memory errors that a reload of the driver repairs",
        observed=_print(found),
        expected="0",
        why="Results since the error may be wrong. A reload of the driver resets the device, which repairs it.",
        remedy=Remedy(
            summary="Stop everything that uses the devices and reload the driver, or reboot.", commands=RELOAD
        ),
        evidence=tuple(_excerpts(found)),
        rule=_REPAIRABLE_RULE,
        docs=_TROUBLESHOOTING,
    )


def device_unhealthy(evidence: Evidence) -> Iterator[Finding]:
    """Say which parts of devices the firmware calls unhealthy, but for memory whose errors are told already."""
    found = {health.index: parts for health in _healths(evidence) if (parts := tuple(_unhealthy(health)))}
    if not found:
        return
    every = dict.fromkeys(part for parts in found.values() for part in parts)
    yield Finding(
        id="device-unhealthy",
        severity=Severity.WARNING,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{_devices(found)}: the firmware reports {', '.join(every)}",
        observed="; ".join(f"neuron{index}: {', '.join(parts)}" for index, parts in found.items()),
        expected="an empty line in health_status/unhealthy_components",
        why="The firmware looks after these parts of a device. Work that needs them may fail, or hang in collectives.",
        remedy=Remedy(
            summary="Reload the driver while nothing uses the devices; if the firmware says it again, replace the "
            "instance.",
            commands=RELOAD,
        ),
        evidence=tuple(
            Excerpt(source=f"sys/class/neuron_device/neuron{index}/health_status", text=", ".join(parts))
            for index, parts in list(found.items())[:_MOST_NAMED]
        ),
        docs=_SYSFS_GUIDE,
    )


def device_unreachable(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices do not answer the driver."""
    found = {health.index: why for health in _healths(evidence) if (why := _no_answer(health))}
    if not found:
        return
    yield Finding(
        id="device-unreachable",
        severity=Severity.WARNING,
        category="health",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"{_devices(found)}: the device does not answer the driver",
        observed="; ".join(f"neuron{index}: {why}" for index, why in found.items()),
        expected="an answer",
        why="The driver asked the device and got nothing, or nothing but ones: its firmware is stuck, it is in reset, "
        "or it fell off the bus.",
        remedy=Remedy(
            summary="Look again when a reset is over. Then reload the driver while nothing uses the devices, and "
            "replace the instance if that does not help.",
            commands=("sudo dmesg | grep -i neuron", *RELOAD),
        ),
        evidence=tuple(
            Excerpt(source=f"sys/class/neuron_device/neuron{index}", text=why)
            for index, why in list(found.items())[:_MOST_NAMED]
        ),
        docs=_SYSFS_GUIDE,
    )


def device_in_reset(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices are being reset, by the kernel's log."""
    log = since_driver_start(known(evidence.inventory.kernel_log, "kernel log") or ())
    last = {event.device: event.outcome for event in kernel_events(log) if isinstance(event, DeviceReset)}
    if devices := sorted(device for device, outcome in last.items() if outcome == "initiating"):
        yield _in_reset(devices, evidence)


def _in_reset(devices: Collection[int], evidence: Evidence) -> Finding:
    return Finding(
        id="device-in-reset",
        severity=Severity.INFO,
        category="health",
        kind="note",
        scope=evidence.system.name,
        title=f"{_devices(devices)}: a reset has begun and not ended",
        observed="`initiating … reset request` is the last that the kernel log says of a reset",
        expected="`reset request … completed`",
        why="An application that opens the device waits until the reset is over.",
        remedy=Remedy(summary="Look again in a minute or two."),
        evidence=(Excerpt(source="kernel log", text=f"{_devices(devices)}: initiating reset request"),),
        docs=_SYSFS_GUIDE,
    )


def neff_version_refused(evidence: Evidence) -> Iterator[Finding]:
    """Say that the runtime refused models for their NEFF version; from driver 2.30 on, of processes that still run."""
    found = {
        status.index: total
        for status in known(evidence.inventory.device_status, "status counters") or ()
        if _is_ours(evidence, status.index) and (total := _refused(status)) > 0
    }
    if found:
        yield _neff_refused(found, evidence, live=_counts_live(evidence))


def _neff_refused(found: Mapping[int, int], evidence: Evidence, *, live: bool) -> Finding:
    total = sum(found.values())
    since = "of the processes that run" if live else "since the driver was loaded"
    return Finding(
        id="neff-version-refused",
        severity=Severity.WARNING if live else Severity.INFO,
        category="neff",
        kind="incompatible",
        components=(RUNTIME,),
        scope=evidence.system.name,
        title=f"The runtime refused a compiled model {total} time{'s' if total > 1 else ''} for its NEFF version",
        observed=f"{_REFUSED} on {_devices(found)}: {total} in all, {since}",
        expected="0",
        why="The runtime does not know the format of a model that was to be loaded: compiler and runtime are too far "
        "apart. Before driver 2.30 the counters never fall, so what they tell may be over.",
        remedy=Remedy(
            summary="Find the model with `neuron-validator neff check`; update the runtime to the release of the "
            "compiler, or compile the model again."
        ),
        evidence=tuple(
            Excerpt(source=f"sys/class/neuron_device/neuron{index}", text=f"{_REFUSED}: {count}")
            for index, count in list(found.items())[:_MOST_NAMED]
        ),
        docs=_SYSFS_GUIDE,
    )


def _healths(evidence: Evidence) -> Iterator[DeviceHealth]:
    """Yield the health of each device that is for this host or container to use."""
    for health in known(evidence.inventory.device_health, "device health") or ():
        if _is_ours(evidence, health.index):
            yield health


def _is_ours(evidence: Evidence, index: int) -> bool:
    """Tell whether a device may be used here: /sys shows a container those of its whole host."""
    nodes = value_or_none(evidence.inventory.device_nodes)
    return not evidence.in_container or nodes is None or any(node.minor in (index, None) for node in nodes)


def _counting(evidence: Evidence, names: Sequence[str]) -> Mapping[int, Mapping[str, int]]:
    """Return by device those of the counters *names* that count something."""
    counted = {
        health.index: {name: count for name in names if (count := _count(health, name))}
        for health in _healths(evidence)
    }
    return {index: counts for index, counts in counted.items() if counts}


def _count(health: DeviceHealth, name: str) -> int:
    """Return what a counter counts; 0, too, where nobody could ask, which is not for this to tell."""
    count: Reading[int] = getattr(health, name)
    return count if isinstance(count, int) and count != _ALL_ONES.get(name) else 0


def _unhealthy(health: DeviceHealth) -> Iterator[str]:
    """Yield what the firmware calls unhealthy, but for memory that counts errors in ``stats/hardware``."""
    told = {"sram"} if _count(health, "sram_ecc_uncorrected") else set()
    if _count(health, "mem_ecc_uncorrected") or _count(health, "mem_ecc_repairable_uncorrected"):
        told |= {"hbm"}
    yield from (part for part in value_or_none(health.unhealthy_components) or () if part not in told)
    for name in _ERROR_COUNTS:
        if _count(health, name) and not any(part in name for part in told):
            yield f"{name} {_count(health, name)}"


def _no_answer(health: DeviceHealth) -> str | None:
    """Say by which files a device does not answer."""
    for name in ("unhealthy_components", "healthcheck_heartbeat"):
        reading = getattr(health, name)
        if isinstance(reading, Unread) and reading.reason == _UNREACHABLE:
            return f"{name}: {_UNREACHABLE}"
    ones = [name for name, value in _ALL_ONES.items() if getattr(health, name) == value]
    return f"{', '.join(ones)}: all bits set" if ones else None


def _refused(status: DeviceStatus) -> int:
    """Return how many models all cores of a device have refused."""
    statuses = (value_or_none(core.status) or {} for core in value_or_none(status.cores) or ())
    return sum(value_or_none(counters.get(_REFUSED)) or 0 for counters in statuses)


def _counts_live(evidence: Evidence) -> bool:
    """Tell whether status counters are sums over the processes that run, and end with them."""
    driver = value_or_none(evidence.inventory.driver)
    version = parse_version(value_or_none(driver.version) or "") if driver else None
    return version is not None and version >= require_version(_FIRST_LIVE_SUMS)


def _devices(found: Collection[int]) -> str:
    """List the devices that are found."""
    names = [f"/dev/neuron{index}" for index in found][:_MOST_NAMED]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(names) + more


def _print(found: Mapping[int, Mapping[str, int]]) -> str:
    """Print counters by device."""
    return "; ".join(
        f"neuron{index}: {', '.join(f'{name} {count}' for name, count in counts.items())}"
        for index, counts in found.items()
    )


def _excerpts(found: Mapping[int, Mapping[str, int]]) -> Iterator[Excerpt]:
    for index, counts in list(found.items())[:_MOST_NAMED]:
        for name, count in counts.items():
            yield Excerpt(source=f"sys/class/neuron_device/neuron{index}/stats/hardware/{name}", text=str(count))


CHECKS = (
    Check(
        id="device-memory-uncorrectable",
        category="health",
        title="No device counts memory errors beyond repair",
        severity=Severity.CRITICAL,
        run=memory_uncorrectable,
        docs=_TROUBLESHOOTING,
    ),
    Check(
        id="device-memory-repairable",
        category="health",
        title="No device waits for a reload that repairs its memory",
        severity=Severity.CRITICAL,
        run=memory_repairable,
        docs=_TROUBLESHOOTING,
    ),
    Check(
        id="device-unreachable",
        category="health",
        title="Every device answers the driver",
        severity=Severity.WARNING,
        run=device_unreachable,
        docs=_SYSFS_GUIDE,
        consequences=("device-unhealthy",),
    ),
    Check(
        id="device-unhealthy",
        category="health",
        title="The firmware calls no part of a device unhealthy",
        severity=Severity.WARNING,
        run=device_unhealthy,
        docs=_SYSFS_GUIDE,
    ),
    Check(
        id="device-in-reset",
        category="health",
        title="No device is being reset",
        severity=Severity.INFO,
        run=device_in_reset,
        docs=_SYSFS_GUIDE,
    ),
    Check(
        id="neff-version-refused",
        category="neff",
        title="The runtime has refused no model for its NEFF version",
        severity=Severity.WARNING,
        run=neff_version_refused,
        docs=_SYSFS_GUIDE,
    ),
)
