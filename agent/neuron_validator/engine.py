"""The engine: checks over evidence make one report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    roots = [_root(finding, findings, explains) for finding in findings]
    attached: list[Finding] = []
    for finding, root in zip(findings, roots, strict=True):
        if root is finding:
            titles = tuple(f.title for f, r in zip(findings, roots, strict=True) if r is finding is not f)
            attached.append(replace(finding, consequences=titles) if titles else finding)
    return tuple(attached)


def _root(finding: Finding, findings: Sequence[Finding], explains: Mapping[str, tuple[str, ...]]) -> Finding:
    """Follow causes to the first: the finding itself when nothing explains it. Causes make no loops (tested)."""
    cause = next((other for other in findings if _explains(other, finding, explains.get(other.id, ()))), None)
    return finding if cause is None else _root(cause, findings, explains)


def _explains(cause: Finding, effect: Finding, consequences: tuple[str, ...]) -> bool:
    """Tell whether *cause* explains *effect*: in the system any scope, in an environment only the same."""
    if effect.id not in consequences or cause.severity < max(effect.severity, Severity.WARNING):
        return False
    return cause.scope == effect.scope or not any(f.scope.startswith("env:") for f in (cause, effect))


def order(findings: Sequence[Finding], checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Put findings in the order to act: worst first, then the checks' own order (causes first), then scope."""
    position = {check.id: number for number, check in enumerate(checks)}
    return tuple(sorted(findings, key=lambda f: (-f.severity, position.get(f.id, len(position)), f.scope, f.title)))
