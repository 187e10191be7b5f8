"""What is installed, against what the catalog knows."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Component, Evidence
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, Severity

_RELEASES = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/release-notes/index.html"


def newer_than_catalog(evidence: Evidence) -> Iterator[Finding]:
    """Say which components are newer than everything that the catalog knows of them."""
    newer = tuple(
        component
        for component in evidence.components
        if evidence.catalog.releases_of(component.name, component.version).status == "newer-than-catalog"
    )
    if newer:
        yield _newer(newer, evidence)


def _newer(newer: tuple[Component, ...], evidence: Evidence) -> Finding:
    listed = ", ".join(dict.fromkeys(f"{component.name} {component.version}" for component in newer))
    latest = evidence.catalog.latest
    return Finding(
        id="newer-than-catalog",
        severity=Severity.INFO,
        category="catalog",
        kind="note",
        components=tuple(dict.fromkeys(component.name for component in newer))[:MAX_COMPONENTS],
        scope=newer[0].scope,
        title="Some of what is installed is newer than the catalog",
        observed=listed,
        expected=f"SDK {latest.release} of {latest.date} or older",
        why="What came out after the catalog was made cannot be judged: it is neither good nor bad.",
        remedy=Remedy(
            summary="Update neuron-validator.", commands=("python -m pip install --upgrade neuron-validator",)
        ),
        evidence=tuple(Excerpt(source=component.source, text=component.version) for component in newer),
        docs=_RELEASES,
    )


CHECKS = (
    Check(
        id="newer-than-catalog",
        category="catalog",
        title="The catalog knows the installed versions",
        severity=Severity.INFO,
        run=newer_than_catalog,
        docs=_RELEASES,
    ),
)
