"""Whether environment variables and compiler flags still do what they are set for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..effect import released
from ..evidence import Evidence
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, Severity
from ..usages import Usage

_ANNOUNCEMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/index.html"


def deprecated_setting(evidence: Evidence) -> Iterator[Finding]:
    """Say which settings do nothing any more, and which are about to: one finding for each."""
    # What became of a feature is told by the variable that turns it on.
    settings = [usage for usage in evidence.usages if usage.subject.kind != "feature"]
    dead = [usage for usage in settings if _is_dead(usage, evidence)]
    ageing = [usage for usage in settings if usage.ageing is not None and usage not in dead]
    if dead:
        yield _finding(dead, evidence, dead=True)
    if ageing:
        yield _finding(ageing, evidence, dead=False)


def _is_dead(usage: Usage, evidence: Evidence) -> bool:
    """Tell whether a component that reads the setting is installed here in a version that does not any more."""
    if usage.ageing not in {"removed", "renamed"} or usage.since_release is None:
        return False
    end = released(usage.since_release, evidence.catalog)
    readers = [component for component in evidence.components if component.name in usage.of]
    lists = [evidence.catalog.releases_of(c.name, c.version, family=evidence.family).releases for c in readers]
    place = evidence.catalog.position
    return end is not None and any(releases and place(releases[0]) >= place(end.release) for releases in lists)


def _finding(found: Sequence[Usage], evidence: Evidence, *, dead: bool) -> Finding:
    names = ", ".join(usage.subject.name for usage in found[:MAX_COMPONENTS])
    more = f" and {len(found) - MAX_COMPONENTS} more" if len(found) > MAX_COMPONENTS else ""
    trouble = "set, and read by nothing any more" if dead else "deprecated, renamed or to be removed"
    return Finding(
        id="deprecated-setting",
        severity=Severity.WARNING if dead else Severity.INFO,
        category="environment",
        kind="ageing",
        components=tuple(dict.fromkeys(name for usage in found for name in usage.of))[:MAX_COMPONENTS],
        scope=evidence.system.name,
        title=f"{names}{more}: {trouble}",
        observed="; ".join(_observed(usage) for usage in found),
        expected="; ".join(usage.replacement or "nothing in its place" for usage in found),
        why="A setting that is gone is passed over without a word: what it was to change is not changed.",
        remedy=Remedy(summary=_remedy(found)),
        evidence=tuple(Excerpt(source=usage.where, text=usage.subject.name) for usage in found),
        rule=found[0].reference,
        docs=_ANNOUNCEMENTS,
    )


def _observed(usage: Usage) -> str:
    since = f" with SDK {usage.since_release}" if usage.since_release else ""
    return f"{usage.subject.name} in {usage.where}, {usage.ageing}{since}"


def _remedy(found: Sequence[Usage]) -> str:
    """Say what to set in their place."""
    named = [f"{usage.subject.name}: use {usage.replacement}" for usage in found if usage.replacement]
    return f"{'; '.join(named)}." if named else "Take it out, and look in the release notes for what has replaced it."


CHECKS = (
    Check(
        id="deprecated-setting",
        category="environment",
        title="Environment variables and compiler flags in use are current",
        severity=Severity.WARNING,
        run=deprecated_setting,
        docs=_ANNOUNCEMENTS,
    ),
)
