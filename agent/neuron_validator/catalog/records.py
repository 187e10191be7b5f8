"""
The catalog's files as records, and exactly what is wrong with one that is not right.

A table is a file of JSON objects, one a line. The package's own tables are validated when they are tested, overlays
whenever they are loaded, both by `validate_records` and with the same words.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from neuron_collectors.facts.frozen import dataclass

from ..versions import Range, Scheme, parse_version, require_version
from .files import DATA, HEADER, Record, parse_records, read_header, read_text
from .model import CatalogError, fold_name
from .rule import KINDS

FAMILIES = ("inf1", "inf2", "trn1", "trn2", "trn3")

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a record may refer to."""

    releases: Mapping[str, bool] = field(default_factory=dict)
    """SDK releases in order, and whether something of their package list is known: only those are in ranges."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Names of packages by every folded name and alias."""
    chips: frozenset[str] = frozenset()

    def including(self, table: str, added: Iterable[Record]) -> Known:
        """Return this with the valid records *added* of *table*."""
        if table == "releases.jsonl":
            releases = {**self.releases, **{record["release"]: record["packages"] != "unknown" for record in added}}
            return replace(self, releases=dict(sorted(releases.items(), key=lambda item: require_version(item[0]))))
        if table == "packages.jsonl":
            names = {fold_name(name): r["package"] for r in added for name in (r["package"], *r["aliases"])}
            return replace(self, packages={**self.packages, **names})
        if table == "chips.jsonl":
            return replace(self, chips=self.chips | {record["device_name"] for record in added})
        return self


Complain = Callable[[Any, Known], str]
"""Say what is wrong with a value, or nothing: the empty string."""


def _is(kind: type, words: str) -> Complain:
    # bool is an int to Python, and not to JSON.
    return lambda value, _: "" if type(value) is kind else f"not {words}: {value!r}"


def _text(value: object, _: Known) -> str:
    return "" if isinstance(value, str) and value.strip() else f"not a text: {value!r}"


def _date(value: object, _: Known) -> str:
    # Python 3.11 reads other forms of ISO 8601 too, such as 2026-W01-1; 3.10 does not.
    try:
        dt.date.fromisoformat(value if isinstance(value, str) and _DATE.fullmatch(value) else "")
    except ValueError:
        return f"not a date: {value!r}"
    return ""


def _version(value: object, _: Known) -> str:
    return "" if isinstance(value, str) and parse_version(value) else f"not a version: {value!r}"


def _one_of(*choices: str) -> Complain:
    return lambda value, _: "" if value in choices else f"not one of {', '.join(choices)}: {value!r}"


def _matches(pattern: str, words: str) -> Complain:
    compiled = re.compile(pattern)
    return lambda value, _: "" if isinstance(value, str) and compiled.fullmatch(value) else f"not {words}: {value!r}"


def _known_release(value: object, known: Known) -> str:
    return "" if isinstance(value, str) and value in known.releases else f"not a known release: {value!r}"


def _known_package(value: object, known: Known) -> str:
    return "" if isinstance(value, str) and value in known.packages.values() else f"not a known package: {value!r}"


def _known_chip(value: object, known: Known) -> str:
    return "" if isinstance(value, str) and value in known.chips else f"not a known chip: {value!r}"


def _or_null(complain: Complain) -> Complain:
    return lambda value, known: "" if value is None else complain(value, known)


def _list_of(complain: Complain) -> Complain:
    def complain_of_list(value: object, known: Known) -> str:
        if not isinstance(value, list):
            return f"not a list: {value!r}"
        return next(filter(None, (complain(item, known) for item in value)), "")

    return complain_of_list


def _ranges(value: object, known: Known) -> str:
    """Complain of text like ``2.9.1,2.20.0..2.21.1``: releases with a package list, each range upwards."""
    if not isinstance(value, str) or not value:
        return f"not a range of releases: {value!r}"
    order = {name: position for position, name in enumerate(name for name, listed in known.releases.items() if listed)}
    for part in value.split(","):
        first, _, last = part.partition("..")
        for name in (first, last or first):
            if name not in order:
                return _known_release(name, known) or f"nothing is known of the package list of release {name!r}"
        if order[last or first] < order[first]:
            return f"range runs backwards: {part!r}"
    return ""


def _ranges_by_families(value: object, known: Known) -> str:
    """Complain of an object like ``{"inf2 trn1": "2.28.0..2.28.1", "*": "2.33.0"}``."""
    if not isinstance(value, dict):
        return f"not an object: {value!r}"
    for families, ranges in value.items():
        names = families.split(" ")
        if families != "*" and (names != sorted(set(names)) or not set(names) <= set(FAMILIES)):
            return f"not instance families in order, nor '*': {families!r}"
        if complaint := _ranges(ranges, known):
            return complaint
    return ""


def _disagreement(value: object, known: Known) -> str:
    if not isinstance(value, dict) or not {"says", "source"} <= value.keys() <= {"says", "source", "release"}:
        return f"not an object of says, source and perhaps release: {value!r}"
    release = _known_release(value["release"], known) if "release" in value else ""
    return release or _text(value["says"], known) or _text(value["source"], known)


def _range(value: object, _: Known) -> str:
    try:
        Range.parse(value) if isinstance(value, str) else Range.parse("?")
    except ValueError:
        return f"not a range of versions: {value!r}"
    return ""


def _term(value: object, known: Known) -> str:
    if not isinstance(value, dict) or value.keys() != {"component", "version"}:
        return f"not an object of component and version: {value!r}"
    return _text(value["component"], known) or _range(value["version"], known)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What the records of one file look like."""

    key: tuple[str, ...]
    """The fields that name a record; no two records may share them."""
    required: Mapping[str, Complain]
    optional: Mapping[str, Complain] = field(default_factory=dict)
    order: Callable[[Record], Any]
    """What the package's own records are sorted by, so that a change of the data is a small difference."""


_PROVENANCE: Mapping[str, Complain] = {"source": _text, "retrieved": _date}
_REMARKS: Mapping[str, Complain] = {"disagrees": _list_of(_disagreement), "notes": _text}
_FAMILY = _one_of(*FAMILIES)
_COUNT = _is(int, "a whole number")

TABLES: Mapping[str, Table] = {
    "releases.jsonl": Table(
        key=("release",),
        required={
            "release": _version,
            "date": _or_null(_date),
            "type": _one_of("major", "minor", "patch", "beta"),
            "packages": _one_of("complete", "partial", "unknown"),
            "families": _list_of(_FAMILY),
            **_PROVENANCE,
        },
        optional=_REMARKS,
        order=lambda record: require_version(record["release"]),
    ),
    "packages.jsonl": Table(
        key=("package",),
        required={
            "package": _text,
            "class": _text,
            "packaging": _list_of(_one_of("deb", "rpm", "pip", "container", "embedded", "tarball")),
            "scheme": _one_of(*(scheme.value for scheme in Scheme)),
            "third_party": _is(bool, "true or false"),
            "aliases": _list_of(_text),
            "successors": _list_of(_text),
            "since": _known_release,
            "until": _or_null(_known_release),
            **_PROVENANCE,
        },
        optional={"extends": _text, "unversioned": _ranges, **_REMARKS},
        order=lambda record: record["package"],
    ),
    "versions.jsonl": Table(
        key=("package", "version"),
        required={"package": _known_package, "version": _version, "releases": _ranges_by_families, **_PROVENANCE},
        optional={
            "kept": _ranges_by_families,
            "train": _is(bool, "true or false"),
            "known_from": _date,
            **_REMARKS,
        },
        order=lambda record: (record["package"], require_version(record["version"]), record["version"]),
    ),
    "chips.jsonl": Table(
        key=("device_name",),
        required={
            "device_name": _text,
            "family": _FAMILY,
            "aliases": _list_of(_text),
            "pci_ids": _list_of(_matches("[0-9a-f]{4}:[0-9a-f]{4}", "a PCI id like 1d0f:7164")),
            "neuroncore": _text,
            "cores_per_device": _COUNT,
            "lnc_supported": _or_null(_list_of(_COUNT)),
            "lnc_default": _or_null(_COUNT),
            "memory_bytes": _or_null(_COUNT),
            "driver_from": _version,
            "driver_until": _or_null(_version),
            **_PROVENANCE,
        },
        optional=_REMARKS,
        order=lambda record: record["pci_ids"],
    ),
    "instance_types.jsonl": Table(
        key=("instance_type",),
        required={
            "instance_type": _matches(r"[a-z0-9-]+\.[a-z0-9]+", "an instance type like trn1.32xlarge"),
            "family": _FAMILY,
            "chip": _known_chip,
            "devices": _or_null(_COUNT),
            "cores": _or_null(_COUNT),
            **_PROVENANCE,
        },
        optional=_REMARKS,
        order=lambda record: record["instance_type"],
    ),
    "rules.jsonl": Table(
        key=("id",),
        required={
            "id": _text,
            "check": _matches("[a-z0-9-]+", "the id of a check"),
            "kind": _one_of(*KINDS),
            "subject": _term,
            "others": _list_of(_term),
            "families": _list_of(_FAMILY),
            "severity": _one_of("info", "warning", "critical"),
            "expected": _text,
            "why": _text,
            "known_from": _date,
            "confidence": _one_of("documented", "maintainer-confirmed", "user-report", "inferred"),
            **_PROVENANCE,
        },
        optional={"change": _one_of("subject", "other"), "pin": _text, "disagrees": _list_of(_text)},
        order=lambda record: record["id"],
    ),
    "platforms.jsonl": Table(
        key=("id", "family", "os", "os_version", "kernel", "glibc"),
        required={
            "id": _text,
            "package": _known_package,
            "version": _range,
            "family": _FAMILY,
            "os": _text,
            "os_version": _text,
            "kernel": _text,
            "glibc": _text,
            "known_from": _date,
            **_PROVENANCE,
        },
        order=lambda record: record["id"],
    ),
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
    for table in ("releases.jsonl", "packages.jsonl", "chips.jsonl"):
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
        if table == "packages.jsonl":
            yield from (f"{where}: {complaint}" for complaint in _name_taken(record, number, names, known))


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
