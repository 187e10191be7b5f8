"""What Neuron software runs on: the Python of its environment and the operating system, and since when it may not."""

from __future__ import annotations

from collections.abc import Sequence

from neuron_collectors.facts import value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.dependencies import os_subject, python_subject
from .catalog.events import Event, Subject
from .effect import released
from .evidence import Component, Evidence, Scope
from .lifecycle import events_of, phase_of
from .standing import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Foundation:
    """The Python or the operating system below the Neuron software of one scope."""

    subject: Subject
    source: str
    """Where it was seen."""
    components: tuple[Component, ...]
    """The vendor's own software on it, at least one."""

    @property
    def name(self) -> str:
        """What people call it, e.g. ``Python 3.9``."""
        return f"{self.subject.name} {self.subject.version}"


def foundation_of(scope: Scope, evidence: Evidence) -> Foundation | None:
    """
    Return what *scope* stands on: an environment's Python, else the operating system.

    `None` where it is not known, or none of the vendor's software is there to stand on it.
    """
    if scope.environment is not None:
        version, found = value_or_none(scope.environment.python), neuron_components(scope, evidence)
        subject, source = python_subject(version) if version else None, scope.environment.path
    else:
        os_id, version = value_or_none(evidence.os.id), value_or_none(evidence.os.version)
        found = tuple(component for one in evidence.scopes for component in neuron_components(one, evidence))
        subject, source = os_subject(os_id, version) if os_id and version else None, "/etc/os-release"
    return Foundation(subject=subject, source=source, components=found) if subject is not None and found else None


def is_exempt(foundation: Foundation, standing: Standing) -> bool:
    """Tell whether the end of support that *standing* is about leaves out everything that is on *foundation*."""
    exempt = standing.record.exempt if standing.record else ()
    return set(exempt).issuperset(component.name for component in foundation.components)


def neuron_components(scope: Scope, evidence: Evidence) -> tuple[Component, ...]:
    """Return the vendor's own components of *scope*; the driver that a container sees runs on its host's system."""
    own = (component for component in scope.components.values() if component.scope == scope.name)
    packages = ((component, evidence.catalog.package(component.name)) for component in own)
    return tuple(component for component, package in packages if package is not None and not package.third_party)


def too_new(foundation: Foundation, evidence: Evidence) -> tuple[Event, tuple[Component, ...]] | None:
    """Return the components of SDK releases that do not support *foundation* any more, with the record that says so."""
    standing = phase_of(foundation.subject, evidence.catalog, evidence.as_of, family=evidence.family)
    said = standing.phase == "end-of-support" and standing.certain and not standing.presumed
    ended = standing.record if said else None
    if ended is None or ended.effective.release is None:
        return None
    found = tuple(c for c in foundation.components if _came_with_or_after(c, ended, evidence))
    return (ended, found) if found else None


def too_old(foundation: Foundation, evidence: Evidence) -> tuple[Event, tuple[Component, ...]] | None:
    """Return the components of SDK releases that do not support *foundation* yet, with the record that says so."""
    events = [e for e in events_of(foundation.subject, evidence.catalog, evidence.as_of) if e.phase == "stable"]
    begun = next((e for e in events if e.effective.release is not None and e.confidence == "documented"), None)
    if begun is None:
        return None
    found = tuple(c for c in foundation.components if _came_before(c, begun, evidence))
    return (begun, found) if found else None


def _came_with_or_after(component: Component, ended: Event, evidence: Evidence) -> bool:
    """Tell whether every SDK release that lists *component* is without support for what has *ended*."""
    releases = _releases(component, evidence)
    if not releases or component.name in ended.exempt or _is_of_others(component, ended, evidence):
        return False
    return not _is_older(releases[0], ended, evidence)


def _came_before(component: Component, begun: Event, evidence: Evidence) -> bool:
    """Tell whether every SDK release that lists *component* is older than support of what has *begun*."""
    releases = _releases(component, evidence)
    return bool(releases) and _is_older(releases[-1], begun, evidence)


def _releases(component: Component, evidence: Evidence) -> Sequence[str]:
    return evidence.catalog.releases_of(component.name, component.version, family=evidence.family).releases


def _is_older(release: str, event: Event, evidence: Evidence) -> bool:
    """Tell whether SDK *release* came out before the one that *event* names."""
    named = released(event.effective.release or "", evidence.catalog)
    return named is not None and evidence.catalog.position(release) < evidence.catalog.position(named.release)


def _is_of_others(component: Component, ended: Event, evidence: Evidence) -> bool:
    """Tell whether *component* is made for families that *ended* is not about, as the packages of Inf1 are."""
    versions = evidence.catalog.releases_of(component.name, component.version).versions
    families = {family for version in versions for listing in version.listings for family in listing.families}
    return bool(ended.families) and bool(families) and not families & set(ended.families)
