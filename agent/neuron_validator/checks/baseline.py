"""
What is installed is what a known-good host has.

The user names that host, and so makes the rule: what differs from it is a warning, as decided for what a configuration
asks for. What only this host has is information: nothing says that it does harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from neuron_collectors.facts import Unread
from neuron_collectors.facts.frozen import dataclass

from ..baseline import ENVIRONMENTS, PACKAGES, Baseline
from ..evidence import Component, Evidence, Scope
from ..findings import MAX_COMPONENTS, Category, Check, Excerpt, Finding, Remedy, Severity
from ..remedies import change_version, install_commands, pip_install
from ..report import ComponentRow

_WHY = "The baseline is a host that is known to be good; what differs from it was not seen to work with the rest."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Drift:
    """A component that is not as in the baseline."""

    name: str
    scope: str
    component_class: str
    here: tuple[str, ...]
    """Its versions here; empty where it is not."""
    there: tuple[str, ...]
    """Those of the baseline, the one that counts first."""
    source: str

    @property
    def observed(self) -> str:
        """What it is here."""
        return f"{self.name} {', '.join(self.here) or 'not installed'}"

    @property
    def expected(self) -> str:
        """What it is in the baseline."""
        return f"{self.name} {', '.join(self.there) or 'not installed'}"


def baseline_drift(evidence: Evidence) -> Iterator[Finding]:
    """Say what differs from the baseline: of each scope the driver, the packages, and what is there only here."""
    baseline = evidence.baseline
    if baseline is None:
        return
    scopes = {scope.name: scope for scope in evidence.scopes}
    for name in dict.fromkeys((*scopes, *baseline.scopes)):
        drifts = tuple(_drifts(name, scopes.get(name), baseline, evidence))
        driver = tuple(one for one in drifts if one.there and one.component_class == "driver")
        others = tuple(one for one in drifts if one.there and one.component_class != "driver")
        extra = tuple(one for one in drifts if not one.there)
        if driver:
            yield _finding(driver, "driver", _remedy(driver, scopes, evidence))
        if others:
            yield _finding(others, "packages", _remedy(others, scopes, evidence))
        if extra:
            yield _extra(extra)


def _drifts(name: str, scope: Scope | None, baseline: Baseline, evidence: Evidence) -> Iterator[_Drift]:
    """Yield the components of scope *name* that are not the same here and there, where both could be looked at."""
    here, there = _seen(name, evidence), baseline.scopes.get(name, {})
    for component in dict.fromkeys((*there, *here)):
        good = there.get(component, ())
        rows = here.get(component, ())
        versions, wanted = _versions(rows), _versions(good)
        if set(versions) == set(wanted):
            continue
        if (rows or _is_absent(component, name, scope, evidence)) and (good or _looked_at(name, baseline)):
            first: Component | ComponentRow = rows[0] if rows else good[0]
            yield _Drift(
                name=component,
                scope=name,
                component_class=first.component_class,
                here=versions,
                there=wanted,
                source=first.source if rows else name,
            )


def _seen(scope: str, evidence: Evidence) -> Mapping[str, tuple[Component, ...]]:
    """Return what is seen in *scope* here: the driver of a container is its host's."""
    seen: dict[str, tuple[Component, ...]] = {}
    for component in evidence.components:
        if component.scope == scope:
            seen[component.name] = (*seen.get(component.name, ()), component)
    return seen


def _versions(rows: Sequence[Component | ComponentRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.version for row in rows))


def _looked_at(scope: str, baseline: Baseline) -> bool:
    """Tell whether what the baseline has not in *scope* is known not to be there."""
    return (ENVIRONMENTS if scope.startswith("env:") else PACKAGES) in baseline.looked_at


def _is_absent(name: str, place: str, scope: Scope | None, evidence: Evidence) -> bool:
    """Tell whether component *name* is known not to be in *place* here: unread and not given are not absent."""
    if place.startswith("env:"):
        if scope is None or scope.environment is None:
            return isinstance(evidence.need(ENVIRONMENTS), tuple)
        return scope.environment.version(name) is None
    packages = evidence.inventory.os_packages
    if packages is None or isinstance(packages, Unread):
        return packages is None and scope is not None
    return scope is not None and packages.version(name) is None


def _finding(drifts: Sequence[_Drift], category: Category, remedy: Remedy) -> Finding:
    one = drifts[0]
    if len(drifts) > 1:
        title = f"{len(drifts)} components are not those of the baseline"
    elif one.here:
        title = f"{one.name} {', '.join(one.here)} is not the baseline's {', '.join(one.there)}"
    else:
        title = f"{one.expected} of the baseline is not installed"
    return Finding(
        id="baseline-drift",
        severity=Severity.WARNING,
        category=category,
        kind="misconfigured",
        components=_named(drifts),
        scope=one.scope,
        title=title,
        observed="; ".join(drift.observed for drift in drifts),
        expected="; ".join(drift.expected for drift in drifts),
        why=_WHY,
        remedy=remedy,
        evidence=tuple(Excerpt(source=drift.source, text=drift.observed) for drift in drifts),
    )


def _extra(drifts: Sequence[_Drift]) -> Finding:
    """Say what the baseline has not."""
    names = ", ".join(drift.name for drift in drifts)
    return Finding(
        id="baseline-drift",
        severity=Severity.INFO,
        category="packages",
        kind="note",
        components=_named(drifts),
        scope=drifts[0].scope,
        title=f"{names if len(drifts) == 1 else f'{len(drifts)} components'} that the baseline has not",
        observed="; ".join(drift.observed for drift in drifts),
        expected="what the baseline has",
        why=_WHY,
        remedy=Remedy(summary="Remove what is not needed here, or take it into the baseline."),
        evidence=tuple(Excerpt(source=drift.source, text=drift.observed) for drift in drifts),
    )


def _named(drifts: Sequence[_Drift]) -> tuple[str, ...]:
    """Name the components, unless they are too many for a finding to be about them."""
    return tuple(drift.name for drift in drifts) if len(drifts) <= MAX_COMPONENTS else ()


def _remedy(drifts: Sequence[_Drift], scopes: Mapping[str, Scope], evidence: Evidence) -> Remedy:
    """Return how the baseline's versions get installed."""
    one = drifts[0]
    if one.scope not in scopes and one.scope.startswith("env:"):
        return Remedy(summary=f"Make the Python environment {one.scope.removeprefix('env:')} as the baseline has it.")
    if one.component_class == "driver":
        driver = Component(
            name=one.name, version="", component_class=one.component_class, scope=one.scope, source=one.source
        )
        return change_version(evidence, driver, one.there[0], why="the baseline's")
    wanted = {drift.name: drift.there[0] for drift in drifts}
    if one.scope.startswith("env:"):
        requirements = " ".join(f"'{name}=={version}'" for name, version in wanted.items())
        commands: tuple[str, ...] = (pip_install(evidence, one.scope, requirements),)
    else:
        commands = install_commands(evidence, wanted)
    what = one.expected if len(drifts) == 1 else f"{len(drifts)} components"
    return Remedy(summary=f"Install what the baseline has: {what}.", commands=commands)


CHECKS = (
    Check(
        id="baseline-drift",
        category="packages",
        title="What is installed is what the baseline has (with --baseline)",
        severity=Severity.WARNING,
        run=baseline_drift,
        baseline=True,
    ),
)
