"""How rules that do not hold become findings: one for each cause, with a remedy for what the rules say to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from neuron_collectors.facts.frozen import dataclass

from ..catalog.model import RuleOutline
from ..catalog.rule import Rule
from ..evidence import Component, Evidence
from ..findings import MAX_COMPONENTS, Category, Excerpt, Finding, Kind, Remedy, RuleReference, Severity
from ..remedies import change_version, matching_version, pip_install, pip_uninstall, remove_commands
from ..rules import Violation, major_minor, violations
from ..surroundings import Finder, describe, find, may_concern

_CONFIDENCE = ("documented", "maintainer-confirmed", "inferred", "user-report")
_NO_AUTHORITY = {
    "user-report": "This rests on users' reports, not on the vendor's documents.",
    "inferred": "This is inferred; no document says it.",
}


Measure = Callable[[Rule, Evidence], Iterable[Violation]]
"""How a rule of kind ``measured`` is judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairing:
    """How one kind of pair is told."""

    check: str
    category: Category
    kind: Kind
    docs: str
    verb: str = "does not work with"
    """Between subject and other in the title: ``does not build on``."""
    finder: Finder = find
    measure: Measure | None = None


def pair_findings(pairing: Pairing, evidence: Evidence) -> Iterator[Finding]:
    """Judge every rule of the catalog that names the check, and yield one finding for each cause."""
    found: list[Violation] = []
    for rule in _rules(pairing, evidence):
        measured = pairing.measure is not None and rule.kind == "measured"
        judge = pairing.measure if measured and pairing.measure else partial(violations, finder=pairing.finder)
        found += judge(rule, evidence)
    for group in by_cause(found):
        yield pair_finding(group, pairing, evidence)


def culprits(check: str, evidence: Evidence) -> set[Component]:
    """Return the components that the rules of *check* say to change, here."""
    rules = evidence.catalog.rules_for(check, concerns=partial(may_concern, evidence=evidence))
    return {v.culprit for rule in rules for v in violations(rule, evidence) if rule.severity != "info"}


def by_cause(found: Iterable[Violation]) -> list[list[Violation]]:
    """
    Group violations by the component to change, the worst first: one cause, one finding.

    Where a component that a rule takes to be right is to be changed by a worse one, it is the cause of both.
    """
    groups: dict[tuple[str, str], list[Violation]] = {}
    for violation in sorted(found, key=_rank):
        keys = [(part.name, part.scope) for part in violation.parts]
        own = (violation.culprit.name, violation.culprit.scope)
        groups.setdefault(next((key for key in keys if key in groups), own), []).append(violation)
    return list(groups.values())


def pair_finding(group: Sequence[Violation], pairing: Pairing, evidence: Evidence) -> Finding:
    """Tell a group of violations with one cause as one finding: the worst leads, the others are said beside it."""
    worst = group[0]
    rule, culprit = worst.rule, worst.culprit
    parts = tuple(dict.fromkeys(part for violation in group for part in violation.parts))
    names = dict.fromkeys(part.name for part in (*worst.parts, *parts))
    return Finding(
        id=pairing.check,
        severity=Severity[rule.severity.upper()],
        category=pairing.category,
        kind=pairing.kind,
        components=tuple(names)[:MAX_COMPONENTS],
        scope=_scope(parts, culprit),
        title=_title(group, pairing, evidence),
        observed="; ".join(f"{describe(part)} ({part.source})" for part in parts),
        expected=rule.expected,
        why=" ".join(_reasons(group)),
        remedy=_remedy(worst, evidence),
        evidence=tuple(Excerpt(source=part.source, text=part.version) for part in parts),
        rule=reference_to(rule),
        docs=pairing.docs,
    )


def reference_to(rule: Rule) -> RuleReference:
    """Name the record that a finding rests on."""
    return RuleReference(id=rule.id, source=rule.source, retrieved=rule.retrieved, confidence=rule.confidence)


def reason(rule: Rule) -> str:
    """Say why *rule* matters, and on what it rests if not on the vendor's word."""
    caveat = _NO_AUTHORITY.get(rule.confidence)
    return f"{rule.why} {caveat}" if caveat else rule.why


def _rules(pairing: Pairing, evidence: Evidence) -> tuple[Rule, ...]:
    """Return the rules of a check that can have something to say here; what is measured is no component."""

    def concerns(outline: RuleOutline) -> bool:
        return (pairing.measure is not None and outline.kind == "measured") or may_concern(
            outline, evidence, finder=pairing.finder
        )

    return evidence.catalog.rules_for(pairing.check, concerns=concerns)


def _rank(violation: Violation) -> tuple[int, int, int, str]:
    """Order violations of one cause: by severity, by authority, and the newest first, which asks for most."""
    rule = violation.rule
    authority = _CONFIDENCE.index(rule.confidence)
    return (-Severity[rule.severity.upper()], authority, -rule.known_from.toordinal(), rule.id)


def _scope(parts: Sequence[Component], culprit: Component) -> str:
    """Name the narrowest scope: an environment before the system, but the system where several environments suffer."""
    environments = {part.scope for part in parts if part.scope.startswith("env:")}
    return environments.pop() if len(environments) == 1 else culprit.scope


def _title(group: Sequence[Violation], pairing: Pairing, evidence: Evidence) -> str:
    worst = group[0]
    subject, other = describe(worst.subject), describe(worst.other or worst.subject)
    match worst.rule.kind:
        case "unsupported":
            return f"{subject} does not support {(evidence.family or 'this family').capitalize()}"
        case "same-minor" | "paired":
            return f"{subject} and {other} are not of one release"
        case "known-bad" if worst.other is None:
            count = len({violation.rule.id for violation in group})
            return f"{subject} has {'a known defect' if count == 1 else f'{count} known defects'}"
        case _:
            return f"{subject} {pairing.verb} {other}"


def _reasons(group: Sequence[Violation]) -> Iterator[str]:
    """Say why each rule matters, once."""
    yield from dict.fromkeys(reason(violation.rule) for violation in group)


def _remedy(violation: Violation, evidence: Evidence) -> Remedy:
    """Change the side that the rule says to change, to the version that shipped with the other side."""
    rule, wrong = violation.rule, violation.culprit
    if rule.kind == "beside":
        return _removal(violation, evidence)
    if rule.remedy is not None:
        return Remedy(summary=rule.remedy)
    version = _pinned(violation)
    if version is not None:
        return change_version(evidence, wrong, version, why=rule.expected)
    return _match(violation, evidence)


def _pinned(violation: Violation) -> str | None:
    """Return the version that the rule itself names: its pin, or the train of the driver that has the fault fixed."""
    rule = violation.rule
    is_fixed = rule.fixed_in is not None and rule.severity != "info"
    if is_fixed and violation.culprit.component_class == "driver":
        return f"{major_minor(rule.fixed_in or '')}.*"
    return rule.pin


def _match(violation: Violation, evidence: Evidence) -> Remedy:
    """Bring the wrong side to what shipped with the right one, else to what the rule asks for."""
    wrong = violation.culprit
    partner = violation.other if wrong is violation.subject else violation.subject
    if partner is None or wrong.component_class in {"platform", "sdk"}:
        return _update(violation)
    target = matching_version(evidence, wrong.name, partner, fits=_fits(violation))
    if target is None:
        return _requirement(violation, evidence)
    version, release = target
    return change_version(evidence, wrong, version, why=f"shipped with {describe(partner)} in SDK {release}")


def _removal(violation: Violation, evidence: Evidence) -> Remedy:
    """Remove the one that is not to stay."""
    wrong = violation.culprit
    stays = violation.other if wrong is violation.subject else violation.subject
    if wrong.scope.startswith("env:"):
        commands: tuple[str, ...] = (pip_uninstall(evidence, wrong.scope, (wrong.name,)),)
    else:
        commands = remove_commands(evidence, (wrong.name,))
    taken = f"Remove {wrong.name}: {stays.name if stays else 'its successor'} has taken its place."
    return Remedy(summary=violation.rule.remedy or taken, commands=commands)


def _update(violation: Violation) -> Remedy:
    rule, wrong = violation.rule, violation.culprit
    if rule.fixed_in is not None:
        when = " when it suits" if rule.severity == "info" else ""
        return Remedy(summary=f"Update {wrong.name} to {rule.fixed_in} or newer{when}.")
    return Remedy(summary=f"Bring {wrong.name} to a version that fits: {rule.expected}.")


def _requirement(violation: Violation, evidence: Evidence) -> Remedy:
    """Ask pip for what the rule asks for, where the catalog knows no version of it."""
    wrong, wanted = violation.culprit, _wanted(violation)
    if wanted is None or not wrong.scope.startswith("env:"):
        return _update(violation)
    command = pip_install(evidence, wrong.scope, f"'{wrong.name}{wanted}'")
    return Remedy(summary=f"Install {wrong.name}{wanted}.", commands=(command,))


def _wanted(violation: Violation) -> str | None:
    """Return what the rule asks of its other side, as pip reads it."""
    rule, subject, other = violation.rule, violation.subject, violation.other
    if other is None or rule.change != "other":
        return None
    minor = major_minor(subject.version)
    if rule.kind == "same-minor":
        return f"=={minor}.*"
    if rule.kind == "paired":
        return f"=={rule.pairs[minor or '']}.*"
    if rule.kind == "requires":
        term = next(term for term in rule.others if term.component == other.name)
        return term.range.text.rpartition("||")[2].strip()
    return None


def _fits(violation: Violation) -> Callable[[str], bool]:
    """Return a test for versions of the culprit with which the rule holds."""
    rule, other = violation.rule, violation.other
    right = other if rule.change == "subject" else violation.subject
    if rule.kind == "same-minor" and right is not None:
        return lambda version: major_minor(version) == major_minor(right.version)
    if rule.change == "subject" or other is None:
        return lambda version: rule.subject.judge(version) is not True
    term = next(term for term in rule.others if term.component == other.name)
    return lambda version: term.judge(version) is (rule.kind == "requires")
