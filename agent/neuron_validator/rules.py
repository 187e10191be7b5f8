"""Rules at work: one evaluator for each kind of rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from neuron_collectors.facts import value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.rule import Rule, Term
from .evidence import Component, Evidence, Scope
from .surroundings import Finder, Found, find, find_package, package_format
from .versions import parse_version


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A rule that does not hold for a component, or for a pair of them."""

    rule: Rule
    subject: Component
    other: Component | None

    @property
    def parts(self) -> tuple[Component, ...]:
        """The components that it is about."""
        return (self.subject,) if self.other is None else (self.subject, self.other)

    @property
    def culprit(self) -> Component:
        """The side that the remedy changes."""
        return self.subject if self.other is None or self.rule.change == "subject" else self.other


def violations(rule: Rule, evidence: Evidence, *, finder: Finder = find) -> Iterator[Violation]:
    """Yield where *rule* does not hold on this host. What is not known violates nothing."""
    if not applies(rule, evidence):
        return
    finder = find_package if rule.kind == "beside" else finder
    for scope in evidence.scopes:
        subject = finder(rule.subject.component, scope, evidence)
        if subject is None or subject.within(rule.subject) is not True or not _is_met(rule, scope, evidence):
            continue
        for other in disagreeing(rule, subject, scope, evidence, finder=finder):
            if _belongs(scope, subject.component, other, evidence.system):
                yield Violation(rule=rule, subject=subject.component, other=other)


def applies(rule: Rule, evidence: Evidence) -> bool:
    """Tell whether *rule* is known and is about hosts like this one."""
    if rule.known_from > evidence.as_of or (rule.families and evidence.family not in rule.families):
        return False
    if rule.package_format is not None and rule.package_format != package_format(evidence):
        return False
    if rule.environment and not _is_set(rule, evidence):
        return False
    return not any(find(name, scope, evidence) for name in rule.unless for scope in evidence.scopes)


def disagreeing(
    rule: Rule, subject: Found, scope: Scope, evidence: Evidence, *, finder: Finder = find
) -> Iterator[Component | None]:
    """Yield every other component with which *subject* violates *rule*; `None` when it does so by itself."""
    if rule.kind == "unsupported" or (rule.kind == "known-bad" and not rule.others):
        yield None
    evaluate = _EVALUATORS.get(rule.kind)
    if evaluate is None:
        return
    for term in rule.others:
        other = finder(term.component, scope, evidence)
        if other is not None and evaluate(rule, term, subject, other):
            yield other.component


def _is_met(rule: Rule, scope: Scope, evidence: Evidence) -> bool:
    """Tell whether everything else that *rule* asks for is known to be there."""
    found = ((find(term.component, scope, evidence), term) for term in rule.when)
    return all(one is not None and one.within(term) is True for one, term in found)


def _is_set(rule: Rule, evidence: Evidence) -> bool:
    variables = value_or_none(evidence.inventory.environment) or {}
    return any(variables.get(name) == value for name, value in rule.environment)


def _outside(_rule: Rule, term: Term, _subject: Found, other: Found) -> bool:
    return other.within(term) is False


def _inside(_rule: Rule, term: Term, _subject: Found, other: Found) -> bool:
    return other.within(term) is True


def _differs_in_minor(_rule: Rule, _term: Term, subject: Found, other: Found) -> bool:
    mine, theirs = major_minor(subject.versions[0]), major_minor(other.versions[0])
    return mine is not None and theirs is not None and mine != theirs


def _is_no_pair(rule: Rule, _term: Term, subject: Found, other: Found) -> bool:
    mine, theirs = major_minor(subject.versions[0]), major_minor(other.versions[0])
    wanted = rule.pairs.get(mine or "")
    return wanted is not None and theirs is not None and theirs != wanted


def _is_beside(_rule: Rule, term: Term, _subject: Found, other: Found) -> bool:
    return other.within(term) is not False


_EVALUATORS: Mapping[str, Callable[[Rule, Term, Found, Found], bool]] = {
    "requires": _outside,
    "conflicts": _inside,
    "known-bad": _inside,
    "same-minor": _differs_in_minor,
    "paired": _is_no_pair,
    "beside": _is_beside,
}


def major_minor(text: str) -> str | None:
    """Return the first two parts of a version, e.g. ``2.9`` of ``2.9.0.2.11.19912``; `None` when it has fewer."""
    version = parse_version(text)
    return ".".join(map(str, version.release[:2])) if version is not None and len(version.release) > 1 else None


def _belongs(scope: Scope, subject: Component, other: Component | None, system: Scope) -> bool:
    """Tell whether the pair is this scope's to report: one that lies wholly in the system is the system's."""
    if scope is system:
        return True
    return any(component is not None and component.scope == scope.name for component in (subject, other))
