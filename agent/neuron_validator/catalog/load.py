"""
Read the catalog: the package's own data fast and trusting, overlays strictly.

The package's data is validated when it is tested (`records.verify`), not when it is read. The records of versions, by
far the most, are kept as text and parsed for one package when it is first asked for.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..versions import Scheme, parse_version, require_version
from .model import (
    Catalog,
    CatalogError,
    Chip,
    Disagreement,
    InstanceType,
    Listing,
    Package,
    PackageVersion,
    Release,
)
from .records import (
    DATA,
    SCHEMA_VERSION,
    TABLES,
    Known,
    Record,
    is_table,
    lines_of,
    misnamed,
    package_known,
    parse_records,
    read_header,
    read_text,
    validate_records,
)

__all__ = ["CatalogError", "Layer", "LazyVersions", "expand", "load_catalog"]


def load_catalog(*, overlays: Sequence[Path] = ()) -> Catalog:
    """
    Load the package's catalog, then each overlay on top of it.

    An overlay is a folder, or one file, with the same names as the package's files; its records are added, or replace
    those with the same key. What is wrong with one is a `CatalogError` that names file, line and field.
    """
    catalog = _load_package()
    known = package_known() if overlays else Known()
    for overlay in overlays:
        catalog, known = _overlaid(catalog, overlay, known)
    return catalog


def _load_package() -> Catalog:
    header = read_header(DATA / "catalog.json")
    text = {table: read_text(DATA / table) for table in TABLES}
    releases = tuple(map(_release, parse_records(text["releases.jsonl"])))
    order = _packaged(releases)
    return Catalog(
        schema_version=header["schema_version"],
        date=dt.date.fromisoformat(header["date"]),
        releases=releases,
        packages={p.name: p for p in (_package(record, order) for record in parse_records(text["packages.jsonl"]))},
        versions=LazyVersions([Layer(lines=_by_package(lines_of(text["versions.jsonl"])), order=order)]),
        chips=tuple(map(_chip, parse_records(text["chips.jsonl"]))),
        instance_types={kind.name: kind for kind in map(_instance_type, parse_records(text["instance_types.jsonl"]))},
        rule_records=lines_of(text["rules.jsonl"]),
        platform_records=lines_of(text["platforms.jsonl"]),
    )


def _overlaid(catalog: Catalog, path: Path, known: Known) -> tuple[Catalog, Known]:
    """Put the overlay at *path* on top of *catalog*; its tables may refer to what is *known* and to each other."""
    header = _overlay_header(path)
    lenient = header["schema_version"] != SCHEMA_VERSION
    tables: dict[str, list[Record]] = {}
    for table in TABLES:
        file = path / table if path.is_dir() else path
        present = file.name == table and file.exists()
        tables[table] = validate_records(file, known=known, lenient=lenient) if present else []
        known = known.including(table, tables[table])
    return _merged(catalog, tables, header), known


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
    added = {release.release: release for release in map(_release, tables["releases.jsonl"])}
    merged = {release.release: release for release in catalog.releases} | added
    releases = tuple(sorted(merged.values(), key=lambda release: require_version(release.release)))
    order = _packaged(releases)
    packages = {p.name: p for p in (_package(record, order) for record in tables["packages.jsonl"])}
    lines: dict[str, list[str]] = {}
    for record in tables["versions.jsonl"]:
        lines.setdefault(record["package"], []).append(json.dumps(record))
    chips = {chip.device_name: chip for chip in map(_chip, tables["chips.jsonl"])}
    kinds = {kind.name: kind for kind in map(_instance_type, tables["instance_types.jsonl"])}
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
        warnings=catalog.warnings + tuple(header.get("warnings", ())),
    )


def _replaced(lines: Sequence[str], records: Sequence[Record]) -> tuple[str, ...]:
    """Return *lines* without those whose id one of *records* has, and then *records*."""
    ids = {record["id"] for record in records}
    kept = [line for line in lines if json.loads(line)["id"] not in ids] if ids else lines
    return (*kept, *map(json.dumps, records))


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """The version records of one source, as text."""

    lines: Mapping[str, Sequence[str]]
    """JSON records by package."""
    order: Mapping[str, int]
    """The releases that this source's ranges run over. A release that a later layer inserts is in none of them."""


class LazyVersions(Mapping[str, tuple[PackageVersion, ...]]):
    """The versions of every package, those of one parsed when first asked for; later layers replace earlier ones."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = tuple(layers)
        self._names = tuple(sorted({name for layer in layers for name in layer.lines}))
        self._parsed: dict[str, tuple[PackageVersion, ...]] = {}

    def with_layer(self, layer: Layer) -> LazyVersions:
        """Return these versions with *layer* on top."""
        return LazyVersions([*self._layers, layer])

    def __getitem__(self, name: str) -> tuple[PackageVersion, ...]:
        if name not in self._parsed:
            versions = {
                version.version: version
                for layer in self._layers
                for version in (_version(json.loads(line), layer.order) for line in layer.lines.get(name, ()))
            }
            if not versions:
                raise KeyError(name)
            in_order = (
                versions.values() if len(self._layers) == 1 else sorted(versions.values(), key=lambda v: v.number)
            )
            self._parsed[name] = tuple(in_order)
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def expand(ranges: str, order: Mapping[str, int]) -> tuple[str, ...]:
    """
    Write out ranges of releases over *order*, the releases with a package list and their positions.

    >>> expand("1.0.0,2.0.0..2.2.0", {"1.0.0": 0, "2.0.0": 1, "2.1.0": 2, "2.2.0": 3})
    ('1.0.0', '2.0.0', '2.1.0', '2.2.0')
    """
    if not ranges:
        return ()
    if ".." not in ranges:
        return tuple(ranges.split(","))
    names = tuple(order)
    return tuple(name for part in ranges.split(",") for name in names[_slice(part, order)])


def _slice(part: str, order: Mapping[str, int]) -> slice:
    first, _, last = part.partition("..")
    return slice(order[first], order[last or first] + 1)


def _packaged(releases: Iterable[Release]) -> dict[str, int]:
    """Return the releases that ranges run over, those with a known package list, with their positions."""
    names = (release.release for release in releases if release.package_list != "unknown")
    return {name: position for position, name in enumerate(names)}


def _by_package(lines: Iterable[str]) -> dict[str, list[str]]:
    """Sort lines by package without parsing them: in the package's own data ``package`` is their first key."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.split('"', 4)[3], []).append(line)
    return groups


def _release(record: Record) -> Release:
    return Release(
        release=record["release"],
        date=_day(record["date"]),
        type=record["type"],
        package_list=record["packages"],
        families=tuple(record["families"]),
        disagrees=_disagreements(record),
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _package(record: Record, order: Mapping[str, int]) -> Package:
    return Package(
        name=record["package"],
        component_class=record["class"],
        packaging=tuple(record["packaging"]),
        scheme=Scheme(record["scheme"]),
        third_party=record["third_party"],
        extends=record.get("extends"),
        aliases=tuple(record["aliases"]),
        successors=tuple(record["successors"]),
        since=record["since"],
        until=record["until"],
        unversioned=expand(record.get("unversioned", ""), order),
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _version(record: Record, order: Mapping[str, int]) -> PackageVersion:
    number = parse_version(record["version"])
    if number is None:
        message = f"versions.jsonl: {record['package']}: not a version: {record['version']!r}"
        raise CatalogError(message)
    return PackageVersion(
        package=record["package"],
        version=record["version"],
        number=number,
        listings=_listings(record["releases"], order),
        kept=_listings(record.get("kept", {}), order),
        train=record.get("train", False),
        known_from=_day(record.get("known_from")),
        disagrees=_disagreements(record),
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _listings(by_families: Mapping[str, str], order: Mapping[str, int]) -> tuple[Listing, ...]:
    return tuple(
        Listing(families=() if families == "*" else tuple(families.split()), releases=expand(ranges, order))
        for families, ranges in by_families.items()
    )


def _disagreements(record: Record) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(says=other["says"], source=other["source"], release=other.get("release"))
        for other in record.get("disagrees", ())
    )


def _chip(record: Record) -> Chip:
    lnc_supported = record["lnc_supported"]
    return Chip(
        device_name=record["device_name"],
        family=record["family"],
        aliases=tuple(record["aliases"]),
        pci_ids=tuple(record["pci_ids"]),
        neuroncore=record["neuroncore"],
        cores_per_device=record["cores_per_device"],
        lnc_supported=None if lnc_supported is None else tuple(lnc_supported),
        lnc_default=record["lnc_default"],
        memory_bytes=record["memory_bytes"],
        driver_from=record["driver_from"],
        driver_until=record["driver_until"],
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _instance_type(record: Record) -> InstanceType:
    return InstanceType(
        name=record["instance_type"],
        family=record["family"],
        chip=record["chip"],
        devices=record["devices"],
        cores=record["cores"],
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
