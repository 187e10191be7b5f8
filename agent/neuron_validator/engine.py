"""The engine: checks over evidence make one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from neuron_collectors.facts import Unread

from .checks import CHECKS
from .evidence import Evidence, NotKnown
from .findings import Check, Finding, Severity
from .report import CheckStatus, Report, Skip, build_report


def diagnose(
    evidence: Evidence, *, checks: Sequence[Check] = CHECKS, fail_on: Severity | None = Severity.WARNING
) -> Report:
    """
    Run *checks* over *evidence*.

    A check whose facts could not be collected is skipped, with the reason. Findings that a worse finding explains are
    attached to it. *fail_on* is the severity from which the exit code tells of findings; `None` for never.
    """
    findings: list[Finding] = []
    skipped: list[Skip] = []
    statuses: list[CheckStatus] = []
    for check in checks:
        said, reason = _run(check, evidence)
        findings += said
        if reason is not None:
            skipped.append(Skip(check=check.id, reason=reason))
        statuses.append(CheckStatus(check=check.id, status=_status(said, reason)))
    return build_report(
        evidence,
        findings=order(attach_consequences(findings, checks), checks),
        skipped=tuple(skipped),
        statuses=tuple(statuses),
        fail_on=fail_on,
    )


def _run(check: Check, evidence: Evidence) -> tuple[tuple[Finding, ...], str | None]:
    """Run one check; return what it says, or why it could not run."""
    for name in check.needs:
        reading = evidence.need(name)
        if isinstance(reading, Unread):
            return (), f"{name}: {reading.reason}"
    try:
        return tuple(check.run(evidence)), None
    except NotKnown as missing:
        return (), str(missing)


def _status(said: Sequence[Finding], skipped: str | None) -> str:
    """Name a check's state: the worst that it said."""
    if skipped is not None:
        return "skipped"
    return max(finding.severity for finding in said).word if said else "pass"


def attach_consequences(findings: Sequence[Finding], checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Move findings that another one explains into it: one cause, one finding."""
    explains = {check.id: check.consequences for check in checks}
    causes = {
        effect: finding.id
        for finding in reversed(findings)
        if finding.severity >= Severity.WARNING
        for effect in explains.get(finding.id, ())
    }
    kept: list[Finding] = []
    for finding in findings:
        if finding.id in causes:
            continue
        titles = tuple(other.title for other in findings if _root(other.id, causes) == finding.id != other.id)
        kept.append(replace(finding, consequences=titles) if titles else finding)
    return tuple(kept)


def _root(check_id: str, causes: dict[str, str]) -> str:
    """Follow a chain of causes to its start. Chains are short and have no loops (tested)."""
    while check_id in causes:
        check_id = causes[check_id]
    return check_id


def order(findings: Sequence[Finding], checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Put findings in the order to act: worst first, then the checks' own order (causes first), then scope."""
    position = {check.id: number for number, check in enumerate(checks)}
    return tuple(sorted(findings, key=lambda f: (-f.severity, position.get(f.id, len(position)), f.scope, f.title)))
