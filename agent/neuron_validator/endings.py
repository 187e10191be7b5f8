"""
What has lost its support, or will: components, and the Python and operating system that they run on.

Two parties end a dependency: AWS, with an SDK release, and those who make it, on a day. Both are told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial

from neuron_collectors.facts.frozen import dataclass

from .catalog.dependencies import Dependency, dependency
from .catalog.events import Event
from .catalog.model import Package
from .catalog.rule import Rule
from .evidence import DRIVER, Component, Evidence, Scope
from .findings import RuleReference
from .foundations import foundation_of, is_exempt, too_new
from .lifecycle import phase_of
from .standing import Change, Standing
from .surroundings import may_concern

_FAMILY_CHECKS = ("driver-family-unsupported", "runtime-family-unsupported")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """One thing whose support has ended or will end."""

    what: str
    """E.g. ``torch-neuronx 2.8.0.2.10.16998`` or ``Python 3.9``."""
    package: str | None = None
    """The package that it is about, if it is about one."""
    component: Component | None = None
    in_force: bool
    day: dt.date | None
    """The day since or from which on it has no support; `None` where none is known."""
    headline: str | None = None
    """What to say in one line, where it is not that support has ended or will end."""
    words: str
    """By whom and when, e.g. ``ended by AWS with SDK 2.29.0 on 2026-04-09``."""
    certain: bool = True
    """Whether it is said so and no source denies it."""
    source: str
    """Where it was seen."""
    reference: RuleReference | None
    replacement: str | None = None

    def is_near(self, evidence: Evidence) -> bool:
        """Tell whether it ends within the look-ahead, on a day that is known."""
        return not self.in_force and self.day is not None and self.day <= evidence.as_of + evidence.lookahead


def endings(scope: Scope, evidence: Evidence) -> tuple[Ending, ...]:
    """Return what of *scope* has ended or will end, what has ended first."""
    newer = _newer_drivers(evidence) if scope is evidence.system else ()
    found = [*_components(scope, evidence), *_dependencies(scope, evidence), *newer]
    return tuple(sorted(found, key=lambda e: (not e.in_force, e.day or dt.date.max, e.what)))


def reference_to(record: Event | Dependency) -> RuleReference:
    """Name the record that a finding rests on."""
    return RuleReference(id=record.id, source=record.source, retrieved=record.retrieved, confidence=record.confidence)


def _components(scope: Scope, evidence: Evidence) -> Iterator[Ending]:
    concerns = partial(may_concern, evidence=evidence)
    rules = [rule for check in _FAMILY_CHECKS for rule in evidence.catalog.rules_for(check, concerns=concerns)]
    for component in scope.components.values():
        standing = evidence.standings[component.name, component.version]
        if successor_of(component, evidence) is None and not _is_told_by_another_check(component, rules, evidence):
            what = f"{component.name} {component.version}"
            yield from _ending(what, standing, source=component.source, component=component)


def successor_of(component: Component, evidence: Evidence) -> Package | None:
    """Return the package under whose name the component is released now; `None` while it keeps its own."""
    standing = evidence.standings[component.name, component.version]
    if standing.renamed is None or standing.phase != "end-of-support":
        return None
    package = evidence.catalog.package(standing.renamed.replacement or "")
    return package if package is not None and package.name != component.name else None


def _is_told_by_another_check(component: Component, rules: Iterable[Rule], evidence: Evidence) -> bool:
    """Tell whether one of *rules* says that this family is not supported at all, which is worse than an end."""
    return any(
        rule.subject.component == component.name
        and rule.subject.matches(component.version)
        and evidence.family in rule.families
        for rule in rules
    )


def _newer_drivers(evidence: Evidence) -> Iterator[Ending]:
    """Yield that newer drivers are not for this family, where it is not known which driver is here."""
    if evidence.in_container or DRIVER in evidence.system.components:
        return
    for rule in evidence.catalog.rules_for(_FAMILY_CHECKS[0]):
        if rule.known_from <= evidence.as_of and evidence.family in rule.families:
            yield Ending(
                what=f"{rule.subject.component} {rule.subject.range.text} on {evidence.family}",
                package=rule.subject.component,
                in_force=True,
                day=None,
                headline=f"Newer drivers do not support {evidence.family.capitalize()}: keep to {rule.expected}",
                words=f"not supported; expected is {rule.expected}",
                certain=False,
                source="instance type",
                reference=RuleReference(
                    id=rule.id, source=rule.source, retrieved=rule.retrieved, confidence=rule.confidence
                ),
                replacement=rule.expected,
            )


def _ending(what: str, standing: Standing, *, source: str, component: Component | None = None) -> Iterator[Ending]:
    """Yield the end of support that AWS has announced for *what*, if any."""
    in_force = standing.phase == "end-of-support"
    announced = standing.ending.record if standing.ending else None
    record = standing.record if in_force else announced
    if record is None:
        return
    yield Ending(
        what=what,
        package=component.name if component else None,
        component=component,
        in_force=in_force,
        day=standing.since if in_force else standing.end_of_support,
        words=_by_aws(standing),
        certain=standing.certain if in_force else record.confidence == "documented" and not record.candidates,
        source=source,
        reference=reference_to(record),
        replacement=record.replacement,
    )


def _by_aws(standing: Standing) -> str:
    if standing.ending is not None:
        announced = standing.ending.announced
        return f"to end {_when(standing.ending)}, announced by AWS" + (f" on {announced}" if announced else "")
    release = f" with SDK {standing.since_release}" if standing.since_release else ""
    return f"ended by AWS{release}" + (f" on {standing.since}" if standing.since else "")


def _when(change: Change) -> str:
    """Say when: ``on 2027-03-01``, ``with SDK 2.34``, ``(a future release)``."""
    if change.date is not None:
        return f"on {change.date}"
    return f"with {change.when}" if change.release or change.after else f"({change.when})"


def _dependencies(scope: Scope, evidence: Evidence) -> Iterator[Ending]:
    """
    Yield the end of what *scope* runs on: by AWS, else by its makers.

    What the installed SDK release is too new for is told by checks of its own.
    """
    found = foundation_of(scope, evidence)
    if found is None or too_new(found, evidence) is not None:
        return
    standing = phase_of(found.subject, evidence.catalog, evidence.as_of, family=evidence.family)
    ended = standing.phase == "end-of-support" and not is_exempt(found, standing)
    makers = dependency(found.subject, evidence.catalog, evidence.as_of)
    if ended or standing.ending is not None:
        yield from _ending(found.name, standing, source=found.source)
    if makers is not None and not ended:
        yield from _ended_by_makers(found.name, makers, source=found.source, evidence=evidence)


def _ended_by_makers(what: str, makers: Dependency, *, source: str, evidence: Evidence) -> Iterator[Ending]:
    """Yield the end that the makers of Python or the operating system have set, once it is near."""
    last = makers.last_day_for_all
    if last is None or last > evidence.as_of + evidence.lookahead:
        return
    in_force = last < evidence.as_of
    more = makers.extended
    goes_on = more is not None and not more.for_all and more.until >= evidence.as_of
    paid = f"; {more.by} goes on until {more.until}" if more and goes_on else ""
    named = makers.standard if last == makers.last_day else last
    yield Ending(
        what=what,
        in_force=in_force,
        day=last,
        words=f"{'ended' if in_force else 'to end'} by its makers after {named}{paid}",
        source=source,
        reference=reference_to(makers),
    )
