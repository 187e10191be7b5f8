"""The engine: checks over evidence make one report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from neuron_collectors.facts import Unread

from .checks import CHECKS
from .evidence import Evidence, NotKnown
from .findings import Check, Finding, Severity
from .report import CheckStatus, Report, Skip, build_report
from .same_matter import are_same_matter, may_share_components
from .silences import Silencing, apply_silences, counted


def diagnose(
    evidence: Evidence,
    *,
    checks: Sequence[Check] = CHECKS,
    fail_on: Severity | None = Severity.WARNING,
    silences: Sequence[Silencing] = (),
) -> Report:
    """
    Run *checks* over *evidence*.

    A check whose facts could not be collected is skipped, with the reason. Findings that a worse finding explains are
    attached to it; those that one of *silences* holds stay by themselves, after the others, and do not count.
    *fail_on* is the severity from which the exit code tells of findings; `None` for never. A check that compares with
    a baseline is left out where there is none: nobody asked for it.
    """
    checks = [check for check in checks if evidence.baseline is not None or not check.baseline]
    findings: list[Finding] = []
    skipped: list[Skip] = []
    statuses: list[CheckStatus] = []
    for check in checks:
        said, reason = _run(check, evidence)
        said = apply_silences(said, silences, evidence.as_of) if silences else said
        findings += said
        if reason is not None:
            skipped.append(Skip(check=check.id, reason=reason))
        statuses.append(CheckStatus(check=check.id, status=_status(said, reason)))
    silenced = tuple(finding for finding in findings if finding.silence is not None)
    return build_report(
        evidence,
        findings=order(attach_consequences(counted(findings), checks), checks) + order(silenced, checks),
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
    """Name a check's state: the worst of what it said and counts."""
    if skipped is not None:
        return "skipped"
    if not said:
        return "pass"
    heard = counted(said)
    return max(finding.severity for finding in heard).word if heard else "silenced"


def attach_consequences(findings: Sequence[Finding], checks: Sequence[Check]) -> tuple[Finding, ...]:
    """Move findings that another one explains into it: one cause, one finding."""
    by_id = {check.id: check for check in checks}
    roots = [_root(finding, findings, by_id) for finding in findings]
    attached: list[Finding] = []
    for finding, root in zip(findings, roots, strict=True):
        if root is finding:
            effects = [f for f, r in zip(findings, roots, strict=True) if r is finding is not f]
            attached.append(_with_effects(finding, effects, by_id) if effects else finding)
    return tuple(attached)


def _with_effects(cause: Finding, effects: Sequence[Finding], checks: Mapping[str, Check]) -> Finding:
    """Attach what *cause* explains; a fault that a log shows to have happened is as severe as the log says."""
    seen = [effect.severity for effect in effects if _is_witness(effect, checks)]
    titles = tuple(effect.title for effect in effects)
    return replace(cause, consequences=titles, severity=max([cause.severity, *seen]))


def _is_witness(finding: Finding, checks: Mapping[str, Check]) -> bool:
    return finding.id in checks and checks[finding.id].witness


def _root(finding: Finding, findings: Sequence[Finding], checks: Mapping[str, Check]) -> Finding:
    """Follow causes to the first: the finding itself when nothing explains it. Causes make no loops (tested)."""
    cause = next((other for other in findings if _explains(other, finding, checks)), None)
    return finding if cause is None else _root(cause, findings, checks)


def _explains(cause: Finding, effect: Finding, checks: Mapping[str, Check]) -> bool:
    """
    Tell whether *cause* explains *effect*: something that both are about, in the system or in one environment.

    What they name tells whether they are about one thing; a mix of releases elsewhere is a matter of its own.
    """
    if _is_witness(effect, checks):
        told = not _is_witness(cause, checks) and cause.severity >= Severity.WARNING
        return told and are_same_matter(cause, effect)
    consequences = checks[cause.id].consequences if cause.id in checks else ()
    if effect.id not in consequences or cause.severity < max(effect.severity, Severity.WARNING):
        return False
    if not may_share_components(cause, effect):
        return False
    return cause.scope == effect.scope or not any(f.scope.startswith("env:") for f in (cause, effect))


def order(findings: Sequence[Finding], checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Put findings in the order to act: worst first, then the checks' own order (causes first), then scope."""
    position = {check.id: number for number, check in enumerate(checks)}
    return tuple(sorted(findings, key=lambda f: (-f.severity, position.get(f.id, len(position)), f.scope, f.title)))
