"""Operating system, kernel and C library, against the platforms that the vendor tested."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import OperatingSystem, Unread

from ..catalog.platform import TestedPlatform
from ..evidence import DRIVER, RUNTIME, Component, Evidence
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity

_TABLES = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/compatibility.html"


def platform_untested(evidence: Evidence) -> Iterator[Finding]:
    """Say for which of driver and runtime the vendor's tested tables do not list this platform."""
    family = evidence.family
    for name in (DRIVER, RUNTIME):
        component = evidence.system.components.get(name)
        if component is None or family is None:
            continue
        tested = evidence.catalog.tested_platforms(component.name, component.version, family)
        if tested and not any(_is_tested(row, evidence) for row in tested):
            yield _untested(component, evidence.os, tested, family)


def _is_tested(row: TestedPlatform, evidence: Evidence) -> bool:
    """
    Tell whether a row of the table allows for what is known of the platform; what is unread disagrees with nothing.

    A container has its own operating system and the kernel of its host, so that the two make no row together.
    """
    os = evidence.os
    return (
        _agrees(os.id, row.os)
        and _agrees(os.version, row.os_version)
        and _agrees(os.glibc, row.glibc)
        and (evidence.in_container or _agrees(os.kernel, row.kernel))
    )


def _agrees(seen: str | Unread | None, listed: str) -> bool:
    """Compare by whole leading parts: kernel ``6.8.0-1021-aws`` agrees with ``6.8``, ``6.80`` does not."""
    if not isinstance(seen, str):
        return True
    parts = seen.replace("-", ".").split(".")
    wanted = listed.split(".")
    return parts[: len(wanted)] == wanted


def _untested(component: Component, os: OperatingSystem, tested: tuple[TestedPlatform, ...], family: str) -> Finding:
    seen = _print(os)
    return Finding(
        id="platform-untested",
        severity=Severity.INFO,
        category="os",
        kind="untested",
        components=(component.name,),
        scope=component.scope,
        title=f"{seen} is not among the platforms tested with {component.name} {component.version}",
        observed=seen,
        expected="one of " + "; ".join(dict.fromkeys(_print_row(row) for row in tested)),
        why=f"The vendor lists what it tested on {family.capitalize()}; outside of that things may work, untested.",
        remedy=Remedy(summary="Nothing to do while it works; prefer a listed platform for new hosts."),
        evidence=(Excerpt(source="etc/os-release", text=seen),),
        rule=RuleReference(
            id=tested[0].id, source=tested[0].source, retrieved=tested[0].retrieved, confidence="documented"
        ),
        docs=_TABLES,
    )


def _print(os: OperatingSystem) -> str:
    named = ((os.id, ""), (os.version, ""), (os.kernel, "kernel "), (os.glibc, "glibc "))
    return " ".join(f"{prefix}{value}" for value, prefix in named if isinstance(value, str))


def _print_row(row: TestedPlatform) -> str:
    return f"{row.os} {row.os_version} kernel {row.kernel} glibc {row.glibc}"


CHECKS = (
    Check(
        id="platform-untested",
        category="os",
        title="Operating system, kernel and C library are in the vendor's tested tables",
        severity=Severity.INFO,
        needs=("operating system", "instance type"),
        run=platform_untested,
        docs=_TABLES,
    ),
)
