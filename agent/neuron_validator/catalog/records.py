"""
The catalog's files as records, and exactly what is wrong with one that is not right.

A table is a file of JSON objects, one a line. The package's own tables are validated when they are tested, overlays
whenever they are loaded, both by `validate_records` and with the same words.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..versions import Scheme, require_version
from . import fields as f
from .fields import FAMILIES, Known, Table
from .files import DATA as _FOLDER
from .files import HEADER, Record, parse_records, read_header, read_text
from .lifecycle_tables import LIFECYCLE_TABLES
from .model import CatalogError, fold_name
from .rule_table import COMPATIBILITY_TABLE, PYTHON_TABLE, RULE_TABLE
from .tables import COMPATIBILITY_IDS, LIFECYCLE, PYTHONS

__all__ = ["FAMILIES", "TABLES", "Known", "is_table", "misnamed", "package_known", "validate_records", "verify"]

DATA = Path(_FOLDER)
TABLES: Mapping[str, Table] = {
    "releases.jsonl": Table(
        key=("release",),
        required={
            "release": f.version,
            "date": f.or_null(f.day),
            "type": f.one_of("major", "minor", "patch", "beta"),
            "packages": f.one_of("complete", "partial", "unknown"),
            "families": f.list_of(f.FAMILY),
            **f.PROVENANCE,
        },
        optional=f.REMARKS,
        order=lambda record: require_version(record["release"]),
    ),
    "packages.jsonl": Table(
        key=("package",),
        required={
            "package": f.text,
            "class": f.text,
            "packaging": f.list_of(f.one_of("deb", "rpm", "pip", "container", "embedded", "tarball")),
            "scheme": f.one_of(*(scheme.value for scheme in Scheme)),
            "third_party": f.is_a(bool, "true or false"),
            "aliases": f.list_of(f.text),
            "successors": f.list_of(f.text),
            "since": f.known_release,
            "until": f.or_null(f.known_release),
            **f.PROVENANCE,
        },
        optional={"extends": f.text, "unversioned": f.ranges, **f.REMARKS},
        order=lambda record: record["package"],
    ),
    "versions.jsonl": Table(
        key=("package", "version"),
        required={"package": f.known_package, "version": f.version, "releases": f.ranges_by_families, **f.PROVENANCE},
        optional={
            "kept": f.ranges_by_families,
            "train": f.is_a(bool, "true or false"),
            "known_from": f.day,
            **f.REMARKS,
        },
        order=lambda record: (record["package"], require_version(record["version"]), record["version"]),
    ),
    "chips.jsonl": Table(
        key=("device_name",),
        required={
            "device_name": f.text,
            "family": f.FAMILY,
            "aliases": f.list_of(f.text),
            "pci_ids": f.list_of(f.matches("[0-9a-f]{4}:[0-9a-f]{4}", "a PCI id like 1d0f:7164")),
            "neuroncore": f.text,
            "cores_per_device": f.COUNT,
            "lnc_supported": f.or_null(f.list_of(f.COUNT)),
            "lnc_default": f.or_null(f.COUNT),
            "memory_bytes": f.or_null(f.COUNT),
            "driver_from": f.version,
            "driver_until": f.or_null(f.version),
            **f.PROVENANCE,
        },
        optional=f.REMARKS,
        order=lambda record: record["pci_ids"],
    ),
    "instance_types.jsonl": Table(
        key=("instance_type",),
        required={
            "instance_type": f.matches(r"[a-z0-9-]+\.[a-z0-9]+", "an instance type like trn1.32xlarge"),
            "family": f.FAMILY,
            "chip": f.known_chip,
            "devices": f.or_null(f.COUNT),
            "cores": f.or_null(f.COUNT),
            **f.PROVENANCE,
        },
        optional={"memory_bytes": f.or_null(f.COUNT), **f.REMARKS},
        order=lambda record: record["instance_type"],
    ),
    "rules.jsonl": RULE_TABLE,
    "platforms.jsonl": Table(
        key=("id", "family", "os", "os_version", "kernel", "glibc"),
        required={
            "id": f.text,
            "package": f.known_package,
            "version": f.version_range,
            "family": f.FAMILY,
            "os": f.text,
            "os_version": f.text,
            "kernel": f.text,
            "glibc": f.text,
            "known_from": f.day,
            **f.PROVENANCE,
        },
        order=lambda record: record["id"],
    ),
    COMPATIBILITY_IDS: COMPATIBILITY_TABLE,
    PYTHONS: PYTHON_TABLE,
    **LIFECYCLE_TABLES,
}
"""By file name, in an order in which each table refers to earlier ones only."""


def validate_records(path: Path, *, known: Known | None = None, lenient: bool = False) -> list[Record]:
    """
    Read the table at *path* and return its records, or raise `CatalogError` for the first thing that is wrong.

    They may refer to what is *known*, by default the package's own data. *lenient* passes over unknown fields.

    The message is like ``versions.jsonl:12: releases: not a known release: '2.99.0'``.
    """
    if path.name not in TABLES:
        raise CatalogError(misnamed(path))
    text = read_text(path)
    known = package_known() if known is None else known
    complaint = next(_complaints(path.name, text, known, lenient=lenient), None)
    if complaint is not None:
        raise CatalogError(complaint)
    return parse_records(text)


def verify(paths: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return everything that is wrong with the files or folders at *paths*, or with the package's own data."""
    if not paths:
        return tuple(_complaints_of_package())
    known, complaints = package_known(), list[str]()
    for path in sorted(_files(paths), key=_rank):
        found = _complaints_of_file(path, known)
        if not found and path.name in TABLES:
            known = known.including(path.name, parse_records(read_text(path)))
        complaints += found
    return tuple(complaints)


def is_table(path: Path) -> bool:
    """Tell whether *path* has the name of a table, of this module or of another's; any other is a slip of the pen."""
    return path.name in TABLES or (DATA / path.name).exists()


def misnamed(path: Path) -> str:
    """Say that the file at *path* is none of the catalog's."""
    return f"{path}: not a catalog file: its name must be one of {', '.join(TABLES)}"


def _complaints_of_file(path: Path, known: Known) -> list[str]:
    try:
        if path.name in TABLES:
            return list(_complaints(path.name, read_text(path), known))
        if path.name == HEADER:
            read_header(path)
            return []
    except CatalogError as error:
        return [str(error)]
    return [misnamed(path)]


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files at *paths*; of a folder, those that belong to a catalog, but for the tables of others."""
    for path in paths:
        inside = [*path.glob(HEADER), *path.glob("*.jsonl")] if path.is_dir() else [path]
        yield from (file for file in inside if file == path or file.name in {*TABLES, HEADER} or not is_table(file))


def _rank(path: Path) -> tuple[int, str]:
    """Sort tables so that each comes after those that it refers to."""
    names = [*TABLES]
    return (names.index(path.name) if path.name in names else -1, str(path))


def package_known() -> Known:
    """Return what the package's own data knows."""
    known = Known()
    for table in ("releases.jsonl", "packages.jsonl", "chips.jsonl", LIFECYCLE):
        known = known.including(table, parse_records(read_text(DATA / table)))
    return known


def _complaints_of_package() -> Iterator[str]:
    known = Known()
    for table in TABLES:
        text = read_text(DATA / table)
        complaints = list(_complaints(table, text, known))
        yield from complaints
        if not complaints:
            yield from _out_of_order(table, text)
            known = known.including(table, parse_records(text))
    header = read_header(DATA / HEADER)
    last = max(parse_records(read_text(DATA / "releases.jsonl")), key=TABLES["releases.jsonl"].order)
    for name, value in (("latest_release", last["release"]), ("date", last["date"])):
        if header.get(name) != value:
            yield f"catalog.json: {name}: not that of the last release, {value!r}: {header.get(name)!r}"


def _complaints(table: str, text: str, known: Known, *, lenient: bool = False) -> Iterator[str]:
    """Say what is wrong with each line of *text*, and with two lines together."""
    seen: dict[tuple[str, ...], int] = {}
    names: dict[str, tuple[str, int]] = {}
    good: list[tuple[str, Record]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{table}:{number}"
        record, complaints = _parse_line(line, table, known, lenient=lenient)
        yield from (f"{where}: {complaint}" for complaint in complaints)
        if complaints or record is None:
            continue
        key = tuple(record[name] for name in TABLES[table].key)
        if key in seen:
            yield f"{where}: {TABLES[table].key[-1]}: the same as in line {seen[key]}: {' '.join(key)!r}"
        seen.setdefault(key, number)
        good.append((where, record))
        if table == "packages.jsonl":
            yield from (f"{where}: {complaint}" for complaint in _name_taken(record, number, names, known))
    beside = known.including(table, [record for _, record in good])
    for where, record in good:
        yield from (f"{where}: {complaint}" for complaint in TABLES[table].together(record, beside))


def _parse_line(line: str, table: str, known: Known, *, lenient: bool) -> tuple[Record | None, list[str]]:
    """Parse and check one record by itself; without a record, the first complaint says why there is none."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"not JSON: {error.msg} at column {error.colno}"]
    if not isinstance(record, dict):
        return None, [f"not an object: {line[:40]!r}"]
    fields = {**TABLES[table].required, **TABLES[table].optional}
    complaints = [f"{name}: missing" for name in TABLES[table].required if name not in record]
    complaints += [f"{name}: not a known field" for name in record if name not in fields and not lenient]
    for name, value in record.items():
        if name in fields and (complaint := fields[name](value, known)):
            complaints.append(f"{name}: {complaint}")
    return record, complaints


def _name_taken(record: Record, number: int, names: dict[str, tuple[str, int]], known: Known) -> Iterator[str]:
    """Complain of a name or alias that means another package already, and note those of *record* in *names*."""
    package = record["package"]
    for name in (package, *record["aliases"]):
        folded = fold_name(name)
        other, line = names.setdefault(folded, (package, number))
        taken = other if other != package else known.packages.get(folded, package)
        if taken != package:
            yield f"aliases: {name!r} means {taken} already" + (f", line {line}" if other != package else "")


def _out_of_order(table: str, text: str) -> Iterator[str]:
    """Complain of the first record that stands before one that should come before it."""
    keys = [TABLES[table].order(record) for record in parse_records(text)]
    for number, (one, other) in enumerate(itertools.pairwise(keys), start=2):
        if other < one:
            yield f"{table}:{number}: not in order"
            return
