"""What is installed, against what the catalog knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ..evidence import Component, Evidence
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, Severity

_RELEASES = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/release-notes/index.html"
_OLD = dt.timedelta(days=120)
"""The vendor releases every month or two: after this a catalog lacks two or three."""
_UPDATE = Remedy(
    summary="Update neuron-validator, or add AWS's newest release manifest: `neuron-validator catalog import`.",
    commands=("python -m pip install --upgrade neuron-validator",),
)


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
        remedy=_UPDATE,
        evidence=tuple(Excerpt(source=component.source, text=component.version) for component in newer),
        docs=_RELEASES,
    )


def catalog_old(evidence: Evidence) -> Iterator[Finding]:
    """Say that the catalog is so old that releases must have come out since."""
    age = evidence.as_of - evidence.catalog.date
    if age > _OLD:
        yield Finding(
            id="catalog-old",
            severity=Severity.INFO,
            category="catalog",
            kind="note",
            scope=evidence.system.name,
            title=f"The catalog is {age.days} days old",
            observed=f"a catalog of {evidence.catalog.date}, judged as of {evidence.as_of}",
            expected=f"a catalog of at most {_OLD.days} days",
            why="Releases, limits and ends of support that were announced since are not in it.",
            remedy=_UPDATE,
            docs=_RELEASES,
        )


CHECKS = (
    Check(
        id="catalog-old",
        category="catalog",
        title="The catalog is recent",
        severity=Severity.INFO,
        run=catalog_old,
        docs=_RELEASES,
    ),
    Check(
        id="newer-than-catalog",
        category="catalog",
        title="The catalog knows the installed versions",
        severity=Severity.INFO,
        run=newer_than_catalog,
        docs=_RELEASES,
    ),
)
