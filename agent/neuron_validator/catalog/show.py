"""
The catalog in words: what it knows, and what one SDK release consists of.

Each question has one answer as a mapping for JSON (`describe_catalog`, `describe_release`) and the same as plain text
(`render_catalog`, `render_release`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .model import Catalog, Disagreement, Package, PackageVersion, Release

NOT_STATED = "not stated"


def describe_catalog(catalog: Catalog) -> dict[str, Any]:
    """Return what *catalog* covers, newest release first."""
    return {
        "schema_version": catalog.schema_version,
        "date": catalog.date.isoformat(),
        "latest_release": catalog.latest.release,
        "counts": {
            "releases": len(catalog.releases),
            "packages": len(catalog.packages),
            "versions": sum(len(catalog.known_versions(name)) for name in catalog.packages),
            "chips": len(catalog.chips),
            "instance_types": len(catalog.instance_types),
            "rules": len(catalog.rule_records),
            "tested_platforms": len(catalog.platform_records),
        },
        "warnings": list(catalog.warnings),
        "releases": [
            {
                "release": release.release,
                "date": release.date and release.date.isoformat(),
                "type": release.type,
                "package_list": release.package_list,
                "packages": len({version.package for version in catalog.listed(release.release)}),
            }
            for release in reversed(catalog.releases)
        ],
    }


def describe_release(catalog: Catalog, release: Release) -> dict[str, Any]:
    """Return what *release* consists of, with where that is written."""
    return {
        "release": release.release,
        "date": release.date and release.date.isoformat(),
        "type": release.type,
        "package_list": release.package_list,
        "families": list(release.families),
        "notes": release.notes,
        "disagrees": [_describe_disagreement(other) for other in release.disagrees],
        "source": release.source,
        "retrieved": release.retrieved,
        "packages": [
            _describe_version(version, catalog.packages[version.package], release.release)
            for version in catalog.listed(release.release)
        ],
        "unversioned": [p.name for p in catalog.packages.values() if release.release in p.unversioned],
    }


def _describe_version(version: PackageVersion, package: Package, release: str) -> dict[str, Any]:
    return {
        "package": version.package,
        "version": version.version,
        "class": package.component_class,
        "families": list(version.families(release)),
        "disagrees": [_describe_disagreement(x) for x in version.disagrees if x.release in {release, None}],
        "notes": version.notes,
        "source": version.source,
        "retrieved": version.retrieved,
    }


def _describe_disagreement(other: Disagreement) -> dict[str, str]:
    return {"says": other.says, "source": other.source}


def render_catalog(catalog: Catalog) -> str:
    """Print what *catalog* covers as text."""
    facts = describe_catalog(catalog)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in facts["counts"].items())
    head = [
        f"schema   {facts['schema_version']}",
        f"date     {facts['date']}",
        f"latest   {facts['latest_release']}",
        f"holds    {counts}",
        *(f"warning  {warning}" for warning in facts["warnings"]),
    ]
    rows = [
        (row["release"], row["date"] or "unknown", row["type"], row["package_list"], str(row["packages"]))
        for row in facts["releases"]
    ]
    return _page(head, ("RELEASE", "DATE", "TYPE", "PACKAGE LIST", "PACKAGES"), rows)


def render_release(catalog: Catalog, release: Release) -> str:
    """Print what *release* consists of as text."""
    facts = describe_release(catalog, release)
    head = [
        f"release       {facts['release']} ({facts['type']})",
        f"date          {facts['date'] or 'unknown'}",
        *(f"              {other['says']} says {other['source']}" for other in facts["disagrees"]),
        f"families      {', '.join(facts['families']) or NOT_STATED}",
        f"package list  {facts['package_list']}",
        *([f"notes         {facts['notes']}"] if facts["notes"] else []),
        f"source        {facts['source']}, read {facts['retrieved']}",
    ]
    rows = [
        (row["package"], row["version"], row["class"], ", ".join(row["families"]) or NOT_STATED)
        for row in facts["packages"]
    ]
    rows += [(name, "unknown", catalog.packages[name].component_class, NOT_STATED) for name in facts["unversioned"]]
    return _page(head, ("PACKAGE", "VERSION", "CLASS", "FAMILIES"), sorted(rows, key=lambda row: row[0]))


def _page(head: Iterable[str], titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Put the lines of *head* above a table, whose last column is not padded."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows)]
    return "".join(f"{line.rstrip()}\n" for line in (*head, "", *table))
