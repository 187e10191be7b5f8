"""Findings about known lines of logs, with what the facts have to say about them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from neuron_collectors.facts import (
    DeviceReset,
    HardwareError,
    InvalidDevice,
    OutOfMemoryKill,
    fold_name,
    value_or_none,
)
from neuron_collectors.facts.log_lines import parse_kernel_event, since_driver_start

from .evidence import DRIVER, RUNTIME, Evidence
from .findings import MAX_COMPONENTS, Excerpt, Finding, Remedy, Severity
from .log_causes import Cause, find_causes
from .log_comparison import Comparison, compare
from .log_patterns import GROUPS, Recognised, recognise
from .remedies import RELOAD, install_commands

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"
_JUDGED = (HardwareError, DeviceReset, InvalidDevice, OutOfMemoryKill)  # they end, which a line alone does not tell
_LINE_LENGTH = 240
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,60}")


def log_findings(evidence: Evidence) -> Iterator[Finding]:
    """Say what caused the known lines of the logs, once for each cause."""
    for cause in find_causes(_lines(evidence)):
        yield _finding(cause, evidence)


def _lines(evidence: Evidence) -> Iterator[Recognised]:
    """Yield the known lines of the application's log, then of the kernel's, but for those that other checks judge."""
    if log := value_or_none(evidence.inventory.log_lines):
        yield from recognise(log)
    if kernel_log := since_driver_start(value_or_none(evidence.inventory.kernel_log) or ()):
        yield from (line for line in recognise(kernel_log) if not isinstance(parse_kernel_event(line.line), _JUDGED))


def _finding(cause: Cause, evidence: Evidence) -> Finding:
    pattern = cause.leader.pattern
    comparisons = compare(cause, evidence)
    past = any(comparison.contradicts for comparison in comparisons)
    title = _title(pattern.cause)
    return Finding(
        id="known-log-line",
        severity=Severity.INFO if past else cause.severity,
        category=pattern.category,
        kind=pattern.kind,
        components=_components(cause, evidence),
        scope=evidence.system.name,
        title=f"The log contradicts what is here now: {title}" if past else title,
        observed=_observed(cause, comparisons),
        expected=_expected(cause.groups),
        why=_why(cause, past=past),
        remedy=Remedy(summary=_remedy(cause, past=past), commands=() if past else _commands(cause, evidence)),
        evidence=tuple(Excerpt(source="log", text=shorten(line.line)) for line in cause.lines),
        rule=pattern.reference,
        docs=_TROUBLESHOOTING,
    )


def _title(text: str) -> str:
    """Return the first part of a cause: what stands before the first stop."""
    for stop in (". ", "; ", ": "):
        text = text.partition(stop)[0]
    return text.rstrip(".")


def _components(cause: Cause, evidence: Evidence) -> tuple[str, ...]:
    """Name the packages that the lines name; a general pattern knows no others than these, if there are any."""
    texts = (cause.groups.get(name) for name in ("package", "requirement"))
    found = [match[0] for text in texts if text is not None and (match := _PACKAGE.match(text)) is not None]
    named = [evidence.catalog.canonical(name) or fold_name(name) for name in found]
    pattern = cause.leader.pattern
    others = () if named and pattern.general else pattern.components
    return tuple(dict.fromkeys((*named, *others)))[:MAX_COMPONENTS]


def _observed(cause: Cause, comparisons: tuple[Comparison, ...]) -> str:
    """Print the line, what it holds that can be compared, and the facts beside it."""
    times = f" ({cause.count} lines)" if cause.count > 1 else ""
    numbers = [f"{GROUPS[name]}: {text}" for name, text in cause.groups.items() if name in GROUPS]
    parts = [f"{shorten(cause.leader.line)}{times}"]
    if numbers:
        parts.append(", ".join(numbers))
    if comparisons:
        parts.append("here now: " + ", ".join(comparison.facts for comparison in comparisons))
    return "; ".join(parts)


def _why(cause: Cause, *, past: bool) -> str:
    """Tell the whole cause, and what the other lines with it say."""
    pattern = cause.leader.pattern
    status = next((line.status for line in cause.lines if line.status is not None), None)
    parts = [pattern.cause]
    if status is not None and status.name not in pattern.cause:
        parts.append(f"The runtime's return code {status.number} ({status.name}) means: {status.meaning}")
    if past:
        parts.append("The facts say otherwise: the log is of another time or of another host.")
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def _remedy(cause: Cause, *, past: bool) -> str:
    remedy = cause.leader.pattern.remedy
    return f"Nothing if the log is older than the last change; otherwise: {remedy}" if past else remedy


def _expected(groups: Mapping[str, str]) -> str:
    """Say what would be right, by the numbers of the lines."""
    if "compat_min" in groups:
        return f"a compatibility id of {groups['compat_min']} to {groups['compat_max']}"
    if "needed_driver" in groups:
        return f"driver {groups['needed_driver']} or newer, loaded"
    if "supported_features" in groups:
        return f"no features of a model but {groups['supported_features']}"
    return "no such line in a log that is written after the remedy"


def _commands(cause: Cause, evidence: Evidence) -> tuple[str, ...]:
    """Return the commands that bring driver or runtime up, where the numbers of the lines tell which is behind."""
    groups = cause.groups
    if evidence.in_container or not {"compat_id", "needed_driver"} & groups.keys():
        return ()
    if int(groups.get("compat_id", 0)) < int(groups.get("compat_min", 0)):
        return install_commands(evidence, {RUNTIME: "2.*"})
    driver = "2.24.*" if evidence.family == "inf1" else "2.*"
    return install_commands(evidence, {DRIVER: driver}, then=RELOAD)


def shorten(line: str) -> str:
    """Cut a line of a log where a page can take no more of it."""
    text = " ".join(line.split())
    return text if len(text) <= _LINE_LENGTH else f"{text[: _LINE_LENGTH - 1]}…"
