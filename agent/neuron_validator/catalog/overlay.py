"""Overlays: records of a user's own on top of the package's catalog, validated before anything of them counts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..versions import require_version
from .files import SCHEMA_VERSION, Record, read_header
from .load import (
    Layer,
    LazyVersions,
    parse_chip,
    parse_instance_type,
    parse_package,
    parse_release,
    release_order,
)
from .model import Catalog, CatalogError, Tables
from .records import TABLES, Known, is_table, misnamed, package_known, validate_records
from .tables import LAZY, LazyTables

COVERS = "covers"
"""The field of an imported overlay's header with the newest release that it adds."""


def lay_over(catalog: Catalog, overlays: Sequence[str | os.PathLike[str]]) -> Catalog:
    """
    Put each overlay on top of *catalog*, in order.

    An overlay is a folder, or one file, with the same names as the package's files; its records are added, or replace
    those with the same key. What is wrong with one is a `CatalogError` that names file, line and field.
    """
    known = package_known()
    for overlay in overlays:
        path = Path(overlay)
        try:
            catalog, known = _overlaid(catalog, path, known)
        except CatalogError as error:
            raise CatalogError(_located(str(error), path)) from error
    return catalog


def _located(message: str, path: Path) -> str:
    """Name the folder of the overlay at *path* in a *message* that names only the file: overlays lie in many places."""
    folder = path if path.is_dir() else path.parent
    return message if message.startswith(str(path)) else f"{folder}/{message}"


def _overlaid(catalog: Catalog, path: Path, known: Known) -> tuple[Catalog, Known]:
    """Put the overlay at *path* on top of *catalog*; its tables may refer to what is *known* and to each other."""
    header = _overlay_header(path)
    if _is_covered(header, catalog):
        warning = f"{path}: passed over: {header[COVERS]} is in the catalog already; this import can be removed"
        return replace(catalog, warnings=(*catalog.warnings, warning)), known
    lenient = header["schema_version"] != SCHEMA_VERSION
    tables: dict[str, list[Record]] = {}
    for table in TABLES:
        file = path / table if path.is_dir() else path
        present = file.name == table and file.exists()
        tables[table] = validate_records(file, known=known, lenient=lenient) if present else []
        known = known.including(table, tables[table])
    return _merged(catalog, tables, header), known


def _is_covered(header: Record, catalog: Catalog) -> bool:
    """Tell whether *catalog* has by now, from better sources, the release for which a manifest was imported."""
    covers = header.get(COVERS)
    release = catalog.release(covers) if isinstance(covers, str) else None
    return release is not None and release.package_list == "complete"


def _overlay_header(path: Path) -> Record:
    """Read the overlay's own ``catalog.json``, if it has one, after refusing a path that is no overlay."""
    if not path.exists():
        message = f"{path}: no such file or folder"
        raise CatalogError(message)
    if not path.is_dir() and path.name not in TABLES:
        raise CatalogError(misnamed(path))
    stray = [file for file in sorted(path.glob("*.jsonl")) if not is_table(file)] if path.is_dir() else []
    if stray:
        raise CatalogError(misnamed(stray[0]))
    file = path / "catalog.json"
    return read_header(file) if file.exists() else {"schema_version": SCHEMA_VERSION}


def _merged(catalog: Catalog, tables: Mapping[str, Sequence[Record]], header: Record) -> Catalog:
    """Return *catalog* with the validated records of one overlay."""
    added = {release.release: release for release in map(parse_release, tables["releases.jsonl"])}
    merged = {release.release: release for release in catalog.releases} | added
    releases = tuple(sorted(merged.values(), key=lambda release: require_version(release.release)))
    order = release_order(releases)
    packages = {p.name: p for p in (parse_package(record, order) for record in tables["packages.jsonl"])}
    lines: dict[str, list[str]] = {}
    for record in tables["versions.jsonl"]:
        lines.setdefault(record["package"], []).append(json.dumps(record))
    chips = {chip.device_name: chip for chip in map(parse_chip, tables["chips.jsonl"])}
    kinds = {kind.name: kind for kind in map(parse_instance_type, tables["instance_types.jsonl"])}
    assert isinstance(catalog.versions, LazyVersions)  # noqa: S101 - only what this module made comes here
    return replace(
        catalog,
        date=max([catalog.date, *(release.date for release in added.values() if release.date is not None)]),
        releases=releases,
        packages={**catalog.packages, **packages},
        versions=catalog.versions.with_layer(Layer(lines=lines, order=order)),
        chips=tuple(({chip.device_name: chip for chip in catalog.chips} | chips).values()),
        instance_types={**catalog.instance_types, **kinds},
        rule_records=_replaced(catalog.rule_records, tables["rules.jsonl"]),
        platform_records=_replaced(catalog.platform_records, tables["platforms.jsonl"]),
        tables=_with_records(catalog.tables, tables),
        warnings=catalog.warnings + tuple(header.get("warnings", ())),
    )


def _with_records(lazy: Tables, added: Mapping[str, Sequence[Record]]) -> Tables:
    """Return the *lazy* tables with the records of one overlay."""
    changed = any(added.get(table) for table in LAZY)
    return lazy.with_records(added) if changed and isinstance(lazy, LazyTables) else lazy


def _replaced(lines: Sequence[str], records: Sequence[Record]) -> tuple[str, ...]:
    """Return *lines* without those whose id one of *records* has, and then *records*."""
    ids = {record["id"] for record in records}
    kept = [line for line in lines if json.loads(line)["id"] not in ids] if ids else lines
    return (*kept, *map(json.dumps, records))
