"""Silences at work: findings that somebody decided to live with stay in the report, and do not count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from neuron_collectors.facts.frozen import dataclass

from .findings import Finding, Severity, Silence


@dataclass(frozen=True, kw_only=True, slots=True)
class Silencing:
    """Which findings a silence holds."""

    silence: Silence
    check: str
    """A check's id."""
    component: str | None = None
    """Only findings about this component; `None` for all."""
    scope: str | None = None
    """Only findings in this scope; `None` for all."""
    rule: str | None = None
    """Only findings that rest on this record of the catalog; `None` for all."""

    def fits(self, finding: Finding) -> bool:
        """Tell whether *finding* is one of these."""
        return (
            self.check == finding.id
            and self.component in {None, *finding.components}
            and self.scope in {None, finding.scope}
            and self.rule in {None, finding.rule.id if finding.rule else None}
        )


def apply_silences(findings: Iterable[Finding], silencings: Sequence[Silencing], as_of: date) -> tuple[Finding, ...]:
    """Mark *findings* with the silence that holds them; one that ended before *as_of* is named, and holds nothing."""
    return tuple(
        _marked(finding, [one.silence for one in silencings if one.fits(finding)], as_of) for finding in findings
    )


def counted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the *findings* that no silence holds."""
    return tuple(finding for finding in findings if finding.silence is None)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the worst severity that counts; information where nothing does."""
    return max((finding.severity for finding in counted(findings)), default=Severity.INFO)


def _marked(finding: Finding, fitting: Sequence[Silence], as_of: date) -> Finding:
    if not fitting:
        return finding
    longest = max(fitting, key=lambda silence: silence.until)
    return replace(finding, silence=longest) if longest.until >= as_of else replace(finding, expired_silence=longest)
