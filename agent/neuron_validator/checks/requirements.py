"""What the packages of an environment require of each other, by their own metadata."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from ..evidence import Evidence, Scope
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Kind, Remedy, Severity
from ..remedies import pip_install
from ..requirements import Unmet, join, unmet_requirements
from .pair_findings import culprits

_SETUP = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/setup/index.html"
_TOLD_BY = (
    "torch-version-mismatch",
    "torch-plugin-mismatch",
    "jax-plugin-mismatch",
    "tensorflow-version-mismatch",
    "model-library-mismatch",
    "support-library-mismatch",
)
"""Checks whose rules say the same of a package as others' metadata do, and why."""


def requirement_unmet(evidence: Evidence) -> Iterator[Finding]:
    """Say which packages are not as others in their environment require them."""
    unmet = [
        (scope, one)
        for scope in evidence.scopes
        if scope.environment is not None
        for one in unmet_requirements(scope.environment)
    ]
    told = {(c.name, c.scope) for check in _TOLD_BY for c in culprits(check, evidence)} if unmet else set()
    for scope, one in unmet:
        if (one.name, scope.name) not in told:
            yield _finding(scope, one, evidence)


def _finding(scope: Scope, unmet: Unmet, evidence: Evidence) -> Finding:
    first = unmet.requirers[0]
    missing = unmet.found is None and unmet.possible
    asked = "; ".join(f"{one} requires {unmet.name}{one.requires}" for one in unmet.requirers)
    path = scope.environment.path if scope.environment else scope.name
    here = f"{unmet.name} {unmet.found}" if unmet.found else f"no {unmet.name}"
    return Finding(
        id="requirement-unmet",
        severity=Severity.INFO if missing and not _is_neurons(unmet, evidence) else Severity.WARNING,
        category="packages",
        kind=_kind(unmet),
        components=tuple(dict.fromkeys((unmet.name, *(one.name for one in unmet.requirers))))[:MAX_COMPONENTS],
        scope=scope.name,
        title=_title(unmet),
        observed=f"{here} in {path}; {asked}",
        expected=f"{unmet.name}{join(unmet.requirers)}"
        if unmet.possible
        else f"{first.name} without the others, apart",
        why="A package is tested with what its metadata asks for; with something else, using it may fail.",
        remedy=_remedy(scope, unmet, evidence),
        evidence=tuple(
            Excerpt(source=path, text=f"{one} Requires-Dist: {unmet.name}{one.requires}") for one in unmet.requirers
        ),
        docs=_SETUP,
    )


def _kind(unmet: Unmet) -> Kind:
    return "missing" if unmet.found is None and unmet.possible else "incompatible"


def _is_neurons(unmet: Unmet, evidence: Evidence) -> bool:
    """Tell whether the vendor's software asks for it."""
    return any(evidence.catalog.canonical(one.name) for one in unmet.requirers)


def _title(unmet: Unmet) -> str:
    first = unmet.requirers[0]
    if not unmet.possible:
        other = next((one for one in unmet.requirers if one.name != first.name), None)
        beside = f"what {other} requires" if other else "what others require"
        return f"{first} requires {unmet.name}{first.requires}, which excludes {beside}"
    if unmet.found is None:
        return f"{first} requires {unmet.name}{first.requires}, which is not installed"
    return f"{first} requires {unmet.name}{first.requires}, and {unmet.name} {unmet.found} is installed"


def _remedy(scope: Scope, unmet: Unmet, evidence: Evidence) -> Remedy:
    if not unmet.possible:
        names = " and ".join(dict.fromkeys(one.name for one in unmet.requirers))
        return Remedy(
            summary=f"No version of {unmet.name} suits all: use other versions of {names}, or separate environments."
        )
    wanted = f"{unmet.name}{join(unmet.requirers)}"
    return Remedy(summary=f"Install {wanted}.", commands=(pip_install(evidence, scope.name, quote(wanted)),))


CHECKS = (
    Check(
        id="requirement-unmet",
        category="packages",
        title="The packages of each environment are as the others require them",
        severity=Severity.WARNING,
        needs=("Python environments",),
        run=requirement_unmet,
        docs=_SETUP,
    ),
)
