"""Whether the current driver could be built here: an update that leaves no module is found out at the next boot."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..catalog.model import RuleOutline
from ..catalog.rule import Term
from ..evidence import DRIVER, Component, Evidence, Scope, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity
from ..rules import Violation, violations
from ..surroundings import Found, describe, find
from ..versions import Range
from .pair_findings import reason, reference_to

_BUILDS = "driver-kernel-incompatible"
_PLATFORMS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/compatibility.html"


def driver_update_blocked(evidence: Evidence) -> Iterator[Finding]:
    """Say that the newest driver for this family does not build on the running kernel."""
    known(evidence.os.kernel, "kernel")
    newest = _newest(evidence)
    installed = evidence.system.components.get(DRIVER)
    if evidence.in_container or newest is None or (installed and _is_as_new(installed, newest)):
        return
    finder = partial(_find, newest=newest)
    rules = evidence.catalog.rules_for(_BUILDS, concerns=partial(_concerns, newest=newest))
    found = next((v for rule in rules for v in violations(rule, evidence, finder=finder)), None)
    if found is not None:
        yield _blocked(found)


def _newest(evidence: Evidence) -> Component | None:
    """Return the newest driver that a release lists for this family, or that AWS says to keep on it."""
    latest = evidence.catalog.packaged[-1]
    version = evidence.catalog.newest_in(latest, DRIVER, family=evidence.family, kept=True)
    if version is None:
        return None
    scope = evidence.system.name
    return Component(name=DRIVER, version=version, component_class="driver", scope=scope, source=f"SDK {latest}")


def _is_as_new(installed: Component, newest: Component) -> bool:
    return installed.version == newest.version


def _concerns(outline: RuleOutline, *, newest: Component) -> bool:
    """Tell whether a rule is about *newest*, which need not be here."""
    term = Term(component=outline.subject, range=Range.parse(outline.range))
    return outline.subject == DRIVER and term.judge(newest.version) is not False


def _find(name: str, scope: Scope, evidence: Evidence, *, newest: Component) -> Found | None:
    """Find the newest driver in the place of the one that is installed."""
    return Found(component=newest, versions=(newest.version,)) if name == DRIVER else find(name, scope, evidence)


def _blocked(found: Violation) -> Finding:
    driver, kernel = found.subject, found.other or found.subject
    return Finding(
        id="driver-update-blocked",
        severity=Severity.INFO,
        category="driver",
        kind="note",
        components=(DRIVER,),
        scope=driver.scope,
        title=f"The driver of {driver.source}, {driver.version}, does not build on {describe(kernel)}",
        observed=f"{describe(kernel)} ({kernel.source})",
        expected=found.rule.expected,
        why=f"{reason(found.rule)} An update would leave this host without a driver.",
        remedy=Remedy(summary="Update the kernel before the driver, or keep the driver at a version that builds here."),
        evidence=(Excerpt(source=kernel.source, text=kernel.version),),
        rule=reference_to(found.rule),
        docs=_PLATFORMS,
    )


CHECKS = (
    Check(
        id="driver-update-blocked",
        category="driver",
        title="The current driver builds on the running kernel",
        severity=Severity.INFO,
        needs=("operating system",),
        run=driver_update_blocked,
        docs=_PLATFORMS,
    ),
)
