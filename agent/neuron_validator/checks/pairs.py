"""Pairs of components that must fit: one check for each kind of pair, with the catalog's rules behind it."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Component, Evidence
from ..findings import Category, Check, Excerpt, Finding, Kind, Remedy, RuleReference, Severity
from ..remedies import change_version, matching_version, remove_commands
from ..rules import Violation, violations

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"
_CONTENT = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/release-notes/releasecontent.html"
_ANNOUNCEMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/index.html"


def pair_check(
    *,
    check_id: str,
    category: Category,
    kind: Kind,
    title: str,
    severity: Severity,
    needs: tuple[str, ...],
    docs: str,
    consequences: tuple[str, ...] = (),
) -> Check:
    """Build the check that judges every rule of the catalog that names *check_id*."""

    def run(evidence: Evidence) -> Iterator[Finding]:
        for rule in evidence.catalog.rules_for(check_id):
            for violation in violations(rule, evidence):
                yield _finding(violation, evidence, category=category, kind=kind, docs=docs)

    return Check(
        id=check_id,
        category=category,
        title=title,
        severity=severity,
        needs=needs,
        run=run,
        docs=docs,
        consequences=consequences,
    )


def _finding(violation: Violation, evidence: Evidence, *, category: Category, kind: Kind, docs: str) -> Finding:
    """Turn a violated rule into what a person reads."""
    rule, subject, other = violation.rule, violation.subject, violation.other
    pair = [component for component in (subject, other) if component is not None]
    return Finding(
        id=rule.check,
        severity=Severity[rule.severity.upper()],
        category=category,
        kind=kind,
        components=tuple(dict.fromkeys(component.name for component in pair)),
        scope=_scope(pair),
        title=_title(violation, evidence),
        observed="; ".join(f"{_describe(component)} ({component.source})" for component in pair),
        expected=rule.expected,
        why=rule.why,
        remedy=_remedy(violation, evidence),
        evidence=tuple(Excerpt(source=component.source, text=component.version) for component in pair),
        rule=RuleReference(id=rule.id, source=rule.source, retrieved=rule.retrieved, confidence=rule.confidence),
        docs=docs,
    )


def _title(violation: Violation, evidence: Evidence) -> str:
    subject, other = violation.subject, violation.other
    match violation.rule.kind:
        case "unsupported":
            return f"{_describe(subject)} does not support {(evidence.family or 'this family').capitalize()}"
        case "beside":
            return f"{_describe(subject)} is installed beside its successor {_describe(other or subject)}"
        case "same-minor":
            return f"{_describe(subject)} and {_describe(other or subject)} are not of one release"
        case _:
            return f"{_describe(subject)} does not work with {_describe(other or subject)}"


def _scope(pair: list[Component]) -> str:
    """Name the narrowest scope of the pair: an environment before the system."""
    return next((c.scope for c in pair if c.scope.startswith("env:")), pair[0].scope)


def _describe(component: Component) -> str:
    return f"{component.name} {component.version}"


def _remedy(violation: Violation, evidence: Evidence) -> Remedy:
    """Change the side that the rule says to change, to the version that shipped with the other side."""
    rule, subject, other = violation.rule, violation.subject, violation.other
    if rule.kind == "beside":
        return Remedy(
            summary=f"Remove {subject.name}: {other.name if other else 'its successor'} has taken its place.",
            commands=remove_commands(evidence, (subject.name,)),
        )
    if other is None:
        return _pinned(violation, evidence)
    wrong, right = (subject, other) if rule.change == "subject" else (other, subject)
    target = matching_version(evidence, wrong.name, right)
    if target is None:
        return Remedy(summary=f"Bring {wrong.name} to a version that fits: {rule.expected}.")
    version, release = target
    return change_version(evidence, wrong, version, why=f"shipped with {_describe(right)} in SDK {release}")


def _pinned(violation: Violation, evidence: Evidence) -> Remedy:
    """Bring the subject to the version that the rule pins."""
    rule, subject = violation.rule, violation.subject
    if rule.pin is None:
        return Remedy(summary=f"Bring {subject.name} to a version that fits: {rule.expected}.")
    return change_version(evidence, subject, rule.pin, why=rule.expected)


CHECKS = (
    pair_check(
        check_id="driver-family-unsupported",
        category="driver",
        kind="unsupported",
        title="The driver supports this instance family",
        severity=Severity.CRITICAL,
        needs=("instance type", "driver"),
        docs=_ANNOUNCEMENTS,
        consequences=("devices-missing", "device-nodes-missing", "sdk-release-mixed"),
    ),
    pair_check(
        check_id="runtime-family-unsupported",
        category="runtime",
        kind="unsupported",
        title="The runtime library supports this instance family",
        severity=Severity.CRITICAL,
        needs=("instance type", "runtime library"),
        docs=_ANNOUNCEMENTS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="driver-runtime-incompatible",
        category="driver",
        kind="incompatible",
        title="The loaded driver and the runtime library work together",
        severity=Severity.CRITICAL,
        needs=("driver", "runtime library"),
        docs=_TROUBLESHOOTING,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="runtime-collectives-mismatch",
        category="collectives",
        kind="incompatible",
        title="Runtime library and collectives are of one release",
        severity=Severity.WARNING,
        needs=("runtime library", "operating system packages"),
        docs=_CONTENT,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="superseded-package-installed",
        category="packages",
        kind="misconfigured",
        title="No package is installed beside the one that replaced it",
        severity=Severity.WARNING,
        needs=("operating system packages",),
        docs=_ANNOUNCEMENTS,
        consequences=("sdk-release-mixed",),
    ),
)
