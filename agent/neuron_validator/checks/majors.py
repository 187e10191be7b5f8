"""
Steps of a major version that no rule covers.

The vendor's policy: a new major version may end compatibility with previous runtimes, compilers and compiled models.
Which majors were released together shows which are meant for each other; any other pair is untested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neuron_collectors.facts import installed, value_or_none
from neuron_collectors.facts.frozen import dataclass

from ..evidence import COLLECTIVES, DRIVER, OLD_DRIVER, RUNTIME, Component, Evidence, Scope
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..surroundings import describe
from ..versions import parse_version

_POLICY = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/sdk-policy.html"
_RULE = RuleReference(
    id="major-step",
    source="aws-neuron-sdk@81ce03ae:about-neuron/sdk-policy.rst#neuron-software-versioning",
    retrieved="2026-11-21",
    confidence="documented",
)

NEFF = "neff-version"
ROLES: Mapping[str, tuple[str, ...]] = {
    "driver": (DRIVER, OLD_DRIVER),
    "runtime": (RUNTIME, "aws-neuron-runtime"),
    "collectives": (COLLECTIVES,),
    "compiler": ("neuronx-cc", "neuron-cc"),
}
"""The packages that have had each part, in different generations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generations:
    """The majors of two parts that belong together."""

    one: str
    other: str
    together: frozenset[tuple[int, int]]


GENERATIONS = (
    Generations(one="driver", other="runtime", together=frozenset({(1, 1), (2, 1), (2, 2)})),
    Generations(one="compiler", other="runtime", together=frozenset({(1, 1), (1, 2), (2, 2)})),
    Generations(one="runtime", other="collectives", together=frozenset({(2, 2)})),
)
"""What SDK releases have had together; a test derives the same from the catalog."""

NEFF_MAJORS = frozenset({0, 1, 2})
"""Majors of the file format that the runtime's table of supported versions knows."""


def major_step(evidence: Evidence) -> Iterator[Finding]:
    """Say which parts are of majors that were never released together."""
    for pair in GENERATIONS:
        for scope in evidence.scopes:
            one, other = _part(pair.one, scope, evidence), _part(pair.other, scope, evidence)
            majors = (_major(one), _major(other))
            if one is None or other is None or None in majors or majors in pair.together:
                continue
            if scope is evidence.system or scope.name in {one.scope, other.scope}:
                yield _finding((one, other), evidence)
    yield from _neffs(evidence)


def _part(role: str, scope: Scope, evidence: Evidence) -> Component | None:
    """Find what plays *role* in *scope*, or in the operating system below it; the newer name first."""
    places = (scope.components, evidence.system.components)
    return next((place[name] for place in places for name in ROLES[role] if name in place), None)


def _neffs(evidence: Evidence) -> Iterator[Finding]:
    """Say which compiled models are of a major of the file format that no released runtime is known to load."""
    for neff in value_or_none(evidence.inventory.neffs) or ():
        if not installed(neff.neff_version):
            continue
        file = Component(
            name=NEFF,
            version=str(neff.neff_version),
            component_class="neff",
            scope=evidence.system.name,
            source=neff.path,
        )
        major = _major(file)
        if major is not None and major not in NEFF_MAJORS:
            runtime = _part("runtime", evidence.system, evidence)
            yield _finding((file, runtime) if runtime else (file,), evidence)
            return


def _major(component: Component | None) -> int | None:
    version = parse_version(component.version) if component is not None else None
    return version.release[0] if version is not None else None


def _finding(parts: tuple[Component, ...], evidence: Evidence) -> Finding:
    names = [describe(part) for part in parts]
    what = (
        f"{names[0]} and {names[1]} are of majors that were" if len(parts) > 1 else f"{names[0]} is of a major that was"
    )
    environments = [part.scope for part in parts if part.scope.startswith("env:")]
    return Finding(
        id="major-step",
        severity=Severity.WARNING,
        category="runtime",
        kind="untested",
        components=tuple(part.name for part in parts if part.name != NEFF),
        scope=environments[0] if environments else evidence.system.name,
        title=f"{what} never released together" if len(parts) > 1 else f"{what} never released",
        observed="; ".join(f"{name} ({part.source})" for name, part in zip(names, parts, strict=True)),
        expected="components of one SDK release",
        why="The vendor's policy is that a major version may end compatibility with previous runtimes, compilers and "
        "compiled models; no rule says that these work together.",
        remedy=Remedy(summary="Bring both to one SDK release; compile models anew after a step of the major version."),
        evidence=tuple(Excerpt(source=part.source, text=part.version) for part in parts),
        rule=_RULE,
        docs=_POLICY,
    )


CHECKS = (
    Check(
        id="major-step",
        category="runtime",
        title="Driver, runtime, compiler and compiled models are of majors that belong together",
        severity=Severity.WARNING,
        run=major_step,
        docs=_POLICY,
    ),
)
