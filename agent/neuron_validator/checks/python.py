"""The Python of each environment, against what its packages are made for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from neuron_collectors.facts import value_or_none

from ..catalog.model import Catalog
from ..catalog.tables import PYTHONS
from ..evidence import Component, Evidence, Scope
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, Severity
from ..requirements import Requirer, unmet_pythons
from ..rules import major_minor
from ..versions import Version, require_version
from .pair_findings import Pairing, pair_findings

_SETUP = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/setup/index.html"
_REQUIREMENT = Pairing(
    check="python-requirement-unmet",
    category="python",
    kind="unsupported",
    docs=_SETUP,
    verb="is not made for",
)


def python_requirement_unmet(evidence: Evidence) -> Iterator[Finding]:
    """Say which environments have a Python that their packages are not made for: by rules, else by their metadata."""
    told = set()
    for finding in pair_findings(_REQUIREMENT, evidence):
        told.add(finding.scope)
        yield finding
    for scope in evidence.scopes:
        if scope.environment is not None and scope.name not in told and (unmet := unmet_pythons(scope.environment)):
            yield _requirement_finding(scope, unmet)


def _requirement_finding(scope: Scope, unmet: Sequence[Requirer]) -> Finding:
    first, path = unmet[0], scope.environment.path if scope.environment else scope.name
    python = f"Python {value_or_none(scope.environment.python) if scope.environment else None}"
    return Finding(
        id="python-requirement-unmet",
        severity=Severity.WARNING,
        category="python",
        kind="unsupported",
        components=tuple(one.name for one in unmet[:MAX_COMPONENTS]),
        scope=scope.name,
        title=f"{first} is not made for {python}",
        observed=f"{python} in {path}; " + "; ".join(f"{one} requires Python {one.requires}" for one in unmet),
        expected=f"Python {first.requires}",
        why="A package that is made for other versions of Python does not install, or fails when it is imported.",
        remedy=Remedy(summary=f"Make the environment anew with Python {first.requires}."),
        evidence=tuple(Excerpt(source=path, text=f"{one} Requires-Python: {one.requires}") for one in unmet),
        docs=_SETUP,
    )


def python_untested(evidence: Evidence) -> Iterator[Finding]:
    """Say which environments have a Python for which the vendor lists none of their packages."""
    for scope in evidence.scopes:
        python = value_or_none(scope.environment.python) if scope.environment is not None else None
        minor = major_minor(python) if python else None
        if scope.environment is None or python is None or minor is None:
            continue
        if scope.environment.partial and not scope.environment.packages:
            yield from _bare(scope.name, python, minor, evidence)
            continue
        listed = {component: _listed_for(component, evidence) for component in scope.components.values()}
        others = {component: pythons for component, pythons in listed.items() if pythons and minor not in pythons}
        if others:
            yield _untested(scope, python, others)


def _listed_for(component: Component, evidence: Evidence) -> tuple[str, ...]:
    """Return the Pythons for which *component* is listed; none where no list has it, or where sources disagree."""
    releases = evidence.catalog.releases_of(component.name, component.version, family=evidence.family).releases
    rows = evidence.catalog.tables.records_of(PYTHONS, component.name) if releases else ()
    found = [row for row in rows if _covers(row, releases, evidence.catalog)]
    if any(row.get("disagrees") for row in found):
        return ()
    return tuple(sorted({python for row in found for python in row["pythons"]}, key=_by_number))


def _bare(scope: str, python: str, minor: str, evidence: Evidence) -> Iterator[Finding]:
    """
    Judge a Python of which a facts file says nothing else: it asks whether there are packages for it at all.

    An environment that was looked at has packages; this is none.
    """
    latest, listed = evidence.catalog.latest.release, {release.release for release in evidence.catalog.releases}
    rows = [row for row in evidence.catalog.tables.records(PYTHONS) if row["releases"].partition("..")[0] in listed]
    known = sorted({one for row in rows for one in row["pythons"]}, key=_by_number)
    if not any(_covers(row, (latest,), evidence.catalog) for row in rows) or _by_number(minor) <= _by_number(known[-1]):
        return
    yield Finding(
        id="python-untested",
        severity=Severity.WARNING,
        category="python",
        kind="unsupported",
        scope=scope,
        title=f"No Neuron package is listed for Python {python}",
        observed=f"Python {python}",
        expected=f"Python {known[-1]} or older",
        why=f"Up to SDK {latest} the vendor lists no package for this Python: pip finds no matching distribution.",
        remedy=Remedy(summary=f"Make the environment with Python {known[-1]} or older."),
        evidence=(Excerpt(source=scope, text=f"Python {python}"),),
        docs=_SETUP,
    )


def _untested(scope: Scope, python: str, others: Mapping[Component, Sequence[str]]) -> Finding:
    path = scope.environment.path if scope.environment else scope.name
    listed = "; ".join(f"{c.name} {c.version} for Python {', '.join(pythons)}" for c, pythons in others.items())
    return Finding(
        id="python-untested",
        severity=Severity.INFO,
        category="python",
        kind="untested",
        components=tuple(component.name for component in others)[:MAX_COMPONENTS],
        scope=scope.name,
        title=f"Python {python} is not among those that the packages here are listed for",
        observed=f"Python {python} in {path}",
        expected=listed,
        why="The vendor lists each package for the versions of Python that it is built and tested with.",
        remedy=Remedy(summary="Nothing to do while it works; make new environments with a listed Python."),
        evidence=(Excerpt(source=path, text=f"Python {python}"),),
        docs=_SETUP,
    )


def _covers(row: Mapping[str, Any], releases: Iterable[str], catalog: Catalog) -> bool:
    """Tell whether *row* is about any of *releases*."""
    first, _, last = row["releases"].partition("..")
    low, high = catalog.position(first), catalog.position(last or first)
    return any(low <= catalog.position(release) <= high for release in releases)


def _by_number(minor: str) -> Version:
    return require_version(minor)


CHECKS = (
    Check(
        id="python-requirement-unmet",
        category="python",
        title="The Python of each environment is one that its packages are made for",
        severity=Severity.WARNING,
        needs=("Python environments",),
        run=python_requirement_unmet,
        docs=_SETUP,
        consequences=("python-unsupported", "python-untested"),
    ),
    Check(
        id="python-untested",
        category="python",
        title="The packages of each environment are listed for its Python",
        severity=Severity.WARNING,
        needs=("Python environments",),
        run=python_untested,
        docs=_SETUP,
    ),
)
