"""Rules at work: one evaluator for each kind of rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from neuron_collectors.facts.frozen import dataclass

from .catalog.rule import Rule
from .evidence import Component, Evidence, Scope
from .versions import Version, parse_version


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A rule that does not hold for a pair of components."""

    rule: Rule
    subject: Component
    other: Component | None


def violations(rule: Rule, evidence: Evidence) -> Iterator[Violation]:
    """Yield where *rule* does not hold on this host. What is not known violates nothing."""
    if rule.known_from > evidence.as_of or not _applies_to_family(rule, evidence.family):
        return
    for scope in evidence.scopes:
        subject = _find(rule.subject.component, scope, evidence.system)
        if subject is None or not rule.subject.matches(subject.version):
            continue
        for other in _EVALUATORS[rule.kind](rule, subject, scope, evidence):
            if _belongs(scope, subject, other, evidence.system):
                yield Violation(rule=rule, subject=subject, other=other)


def _required(rule: Rule, _subject: Component, scope: Scope, evidence: Evidence) -> Iterator[Component | None]:
    """Yield every other that is installed outside its range."""
    for term in rule.others:
        other = _find(term.component, scope, evidence.system)
        if other and parse_version(other.version) is not None and not term.matches(other.version):
            yield other


def _conflicting(rule: Rule, _subject: Component, scope: Scope, evidence: Evidence) -> Iterator[Component | None]:
    """Yield every other that is installed within its range."""
    for term in rule.others:
        other = _find(term.component, scope, evidence.system)
        if other and term.matches(other.version):
            yield other


def _unsupported(_rule: Rule, _subject: Component, _scope: Scope, _evidence: Evidence) -> Iterator[Component | None]:
    """Yield the subject's violation alone: the family has matched already."""
    yield None


def _differing_minor(rule: Rule, subject: Component, scope: Scope, evidence: Evidence) -> Iterator[Component | None]:
    """Yield every other whose major and minor are not the subject's."""
    mine = _major_minor(parse_version(subject.version))
    for term in rule.others:
        other = _find(term.component, scope, evidence.system)
        theirs = _major_minor(parse_version(other.version)) if other else None
        if mine and theirs and mine != theirs:
            yield other


_EVALUATORS: Mapping[str, Callable[[Rule, Component, Scope, Evidence], Iterator[Component | None]]] = {
    "requires": _required,
    "conflicts": _conflicting,
    "unsupported": _unsupported,
    "same-minor": _differing_minor,
    "beside": _conflicting,
}


def _find(name: str, scope: Scope, system: Scope) -> Component | None:
    """Find a component in *scope*, else in the operating system's."""
    return scope.components.get(name) or system.components.get(name)


def _belongs(scope: Scope, subject: Component, other: Component | None, system: Scope) -> bool:
    """Tell whether the pair is this scope's to report: one that lies wholly in the system is the system's."""
    if scope is system:
        return True
    return any(component is not None and component.scope == scope.name for component in (subject, other))


def _applies_to_family(rule: Rule, family: str | None) -> bool:
    return not rule.families or family in rule.families


def _major_minor(version: Version | None) -> tuple[int, ...] | None:
    return version.release[:2] if version is not None and len(version.release) > 1 else None
