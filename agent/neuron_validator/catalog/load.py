"""
Read the catalog: the package's own data fast and trusting, overlays strictly.

The package's data is validated when it is tested (`records.verify`), not when it is read. The records of versions, by
far the most, are kept as text and parsed when they are first asked for: those of one package, or a single one.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from neuron_collectors.facts.frozen import dataclass

from ..versions import Scheme, parse_version
from .files import DATA, Record, lines_of, parse_records, read_header, read_table
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
    Versions,
)
from .tables import LazyTables

__all__ = ["CatalogError", "Layer", "LazyVersions", "expand", "load_catalog"]


# Tables that every diagnosis needs; those of other loaders are read when they are asked for.
_EAGER = (
    "releases.jsonl",
    "packages.jsonl",
    "versions.jsonl",
    "chips.jsonl",
    "instance_types.jsonl",
    "rules.jsonl",
    "platforms.jsonl",
)


def load_catalog(*, overlays: Sequence[str | os.PathLike[str]] = ()) -> Catalog:
    """
    Load the package's catalog, then each overlay on top of it.

    An overlay is a folder, or one file, with the same names as the package's files; its records are added, or replace
    those with the same key. What is wrong with one is a `CatalogError` that names file, line and field.
    """
    catalog = _load_package()
    if not overlays:
        return catalog
    from .overlay import lay_over  # noqa: PLC0415 - few runs have an overlay, and validation is a large module

    return lay_over(catalog, overlays)


def _load_package() -> Catalog:
    header = read_header(f"{DATA}/catalog.json")
    text = {table: read_table(table) for table in _EAGER}
    releases = tuple(map(parse_release, parse_records(text["releases.jsonl"])))
    order = release_order(releases)
    return Catalog(
        schema_version=header["schema_version"],
        date=dt.date.fromisoformat(header["date"]),
        releases=releases,
        packages={
            p.name: p for p in (parse_package(record, order) for record in parse_records(text["packages.jsonl"]))
        },
        versions=LazyVersions([Layer(lines=_by_package(lines_of(text["versions.jsonl"])), order=order)]),
        chips=tuple(map(parse_chip, parse_records(text["chips.jsonl"]))),
        instance_types={
            kind.name: kind for kind in map(parse_instance_type, parse_records(text["instance_types.jsonl"]))
        },
        rule_records=lines_of(text["rules.jsonl"]),
        platform_records=lines_of(text["platforms.jsonl"]),
        tables=LazyTables(),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """The version records of one source, as text."""

    lines: Mapping[str, Sequence[str]]
    """JSON records by package."""
    order: Mapping[str, int]
    """The releases that this source's ranges run over. A release that a later layer inserts is in none of them."""
    listings: dict[tuple[str, str], Listing] = field(default_factory=dict, repr=False, compare=False)
    """Those that were made of this source's ranges, by families and ranges."""

    def parse(self, name: str) -> Iterator[PackageVersion]:
        """Yield the versions of package *name*, whose records are parsed at once: one by one takes twice as long."""
        records = json.loads(f"[{','.join(self.lines.get(name, ()))}]")
        return (parse_package_version(record, self.order, self.listings) for record in records)


class LazyVersions(Versions):
    """
    The versions of every package, parsed when first asked for; later layers replace earlier ones.

    Most questions are about a single version, of which a package has up to a hundred: `named` and `newest_first` parse
    no more than they return.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = tuple(layers)
        self._names = tuple(sorted({name for layer in layers for name in layer.lines}))
        self._parsed: dict[str, tuple[PackageVersion, ...]] = {}
        self._by_line: dict[str, PackageVersion] = {}

    def with_layer(self, layer: Layer) -> LazyVersions:
        """Return these versions with *layer* on top."""
        return LazyVersions([*self._layers, layer])

    def __getitem__(self, name: str) -> tuple[PackageVersion, ...]:
        if name not in self._parsed:
            versions = {version.version: version for layer in self._layers for version in layer.parse(name)}
            if not versions:
                raise KeyError(name)
            in_order = (
                versions.values() if len(self._layers) == 1 else sorted(versions.values(), key=lambda v: v.number)
            )
            self._parsed[name] = tuple(in_order)
        return self._parsed[name]

    def named(self, name: str, version: str) -> PackageVersion | None:
        """Return the *version* of package *name* that is written exactly so."""
        written = f'"version": "{version}"'
        found = (one for line in self._lines(name) if written in line and (one := self._parse(line)).version == version)
        if len(self._layers) > 1:
            found = (one for one in self.get(name, ()) if one.version == version)
        return next(found, None)

    def newest_first(self, name: str) -> Iterator[PackageVersion]:
        """Yield the versions of package *name*, the newest first."""
        if len(self._layers) > 1 or name in self._parsed:
            return reversed(self.get(name, ()))
        return map(self._parse, reversed(self._lines(name)))

    def _lines(self, name: str) -> Sequence[str]:
        return self._layers[0].lines.get(name, ())

    def _parse(self, line: str) -> PackageVersion:
        """Parse one record of the first layer."""
        if line not in self._by_line:
            layer = self._layers[0]
            self._by_line[line] = parse_package_version(json.loads(line), layer.order, layer.listings)
        return self._by_line[line]

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


def release_order(releases: Iterable[Release]) -> dict[str, int]:
    """Return the releases that ranges run over, those with a known package list, with their positions."""
    names = (release.release for release in releases if release.package_list != "unknown")
    return {name: position for position, name in enumerate(names)}


def _by_package(lines: Iterable[str]) -> dict[str, list[str]]:
    """Sort lines by package without parsing them: in the package's own data ``package`` is their first key."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.split('"', 4)[3], []).append(line)
    return groups


def parse_release(record: Record) -> Release:
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


def parse_package(record: Record, order: Mapping[str, int]) -> Package:
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


def parse_package_version(
    record: Record, order: Mapping[str, int], known: dict[tuple[str, str], Listing] | None = None
) -> PackageVersion:
    """Build a version from its record; what lists it is looked up in *known*, for most are listed with others."""
    known = {} if known is None else known
    number = parse_version(record["version"])
    if number is None:
        message = f"versions.jsonl: {record['package']}: not a version: {record['version']!r}"
        raise CatalogError(message)
    return PackageVersion(
        package=record["package"],
        version=record["version"],
        number=number,
        listings=_listings(record["releases"], order, known),
        kept=_listings(record["kept"], order, known) if "kept" in record else (),
        train=record.get("train", False),
        known_from=_day(record.get("known_from")),
        disagrees=_disagreements(record),
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _listings(
    by_families: Mapping[str, str], order: Mapping[str, int], known: dict[tuple[str, str], Listing]
) -> tuple[Listing, ...]:
    for families, ranges in by_families.items():
        if (families, ranges) not in known:
            names = () if families == "*" else tuple(families.split())
            known[families, ranges] = Listing(families=names, releases=expand(ranges, order))
    return tuple(map(known.__getitem__, by_families.items()))


def _disagreements(record: Record) -> tuple[Disagreement, ...]:
    if "disagrees" not in record:
        return ()
    return tuple(
        Disagreement(says=other["says"], source=other["source"], release=other.get("release"))
        for other in record["disagrees"]
    )


def parse_chip(record: Record) -> Chip:
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


def parse_instance_type(record: Record) -> InstanceType:
    return InstanceType(
        name=record["instance_type"],
        family=record["family"],
        chip=record["chip"],
        devices=record["devices"],
        cores=record["cores"],
        memory_bytes=record.get("memory_bytes"),
        notes=record.get("notes"),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
