"""
Fields of the catalog's records: each function says what is wrong with a value, or nothing.

`records` and `lifecycle_tables` put them together into tables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from neuron_collectors.facts.frozen import dataclass

from ..versions import Range, parse_version, require_version
from .files import Record
from .model import fold_name

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
    days: Mapping[str, str | None] = field(default_factory=dict)
    """The days of the SDK releases."""
    events: Mapping[str, Record] = field(default_factory=dict)
    """Life-cycle records by id."""

    def including(self, table: str, added: Iterable[Record]) -> Known:
        """Return this with the valid records *added* of *table*."""
        if table == "releases.jsonl":
            added = list(added)
            releases = {**self.releases, **{record["release"]: record["packages"] != "unknown" for record in added}}
            in_order = dict(sorted(releases.items(), key=lambda item: require_version(item[0])))
            return replace(self, releases=in_order, days={**self.days, **{r["release"]: r["date"] for r in added}})
        if table == "packages.jsonl":
            names = {fold_name(name): r["package"] for r in added for name in (r["package"], *r["aliases"])}
            return replace(self, packages={**self.packages, **names})
        if table == "chips.jsonl":
            return replace(self, chips=self.chips | {record["device_name"] for record in added})
        if table == "lifecycle.jsonl":
            return replace(self, events={**self.events, **{record["id"]: record for record in added}})
        return self


Complain = Callable[[Any, Known], str]
"""Say what is wrong with a value, or nothing: the empty string."""


def is_a(kind: type, words: str) -> Complain:
    """Return a complaint about values that are not a *kind*, in *words*."""
    # bool is an int to Python, and not to JSON.
    return lambda value, _: "" if type(value) is kind else f"not {words}: {value!r}"


def text(value: object, _: Known) -> str:
    """Complain of what is not a text, or an empty one."""
    return "" if isinstance(value, str) and value.strip() else f"not a text: {value!r}"


def day(value: object, _: Known) -> str:
    """Complain of what is not a day like ``2026-11-21``."""
    # Python 3.11 reads other forms of ISO 8601 too, such as 2026-W01-1; 3.10 does not.
    try:
        dt.date.fromisoformat(value if isinstance(value, str) and _DATE.fullmatch(value) else "")
    except ValueError:
        return f"not a date: {value!r}"
    return ""


def version(value: object, _: Known) -> str:
    """Complain of what is not a version."""
    return "" if isinstance(value, str) and parse_version(value) else f"not a version: {value!r}"


def one_of(*choices: str) -> Complain:
    """Return a complaint about values that are none of *choices*."""
    return lambda value, _: "" if value in choices else f"not one of {', '.join(choices)}: {value!r}"


def matches(pattern: str, words: str) -> Complain:
    """Return a complaint about texts that do not match *pattern*, in *words*."""
    compiled = re.compile(pattern)
    return lambda value, _: "" if isinstance(value, str) and compiled.fullmatch(value) else f"not {words}: {value!r}"


def known_release(value: object, known: Known) -> str:
    """Complain of what is not a known SDK release."""
    return "" if isinstance(value, str) and value in known.releases else f"not a known release: {value!r}"


def known_package(value: object, known: Known) -> str:
    """Complain of what is not the vendor's name of a package."""
    return "" if isinstance(value, str) and value in known.packages.values() else f"not a known package: {value!r}"


def known_chip(value: object, known: Known) -> str:
    """Complain of what is not a known chip."""
    return "" if isinstance(value, str) and value in known.chips else f"not a known chip: {value!r}"


def or_null(complain: Complain) -> Complain:
    """Return *complain* for values that may be null."""
    return lambda value, known: "" if value is None else complain(value, known)


def list_of(complain: Complain) -> Complain:
    """Return a complaint about lists of which *complain* says something."""

    def complain_of_list(value: object, known: Known) -> str:
        if not isinstance(value, list):
            return f"not a list: {value!r}"
        return next(filter(None, (complain(item, known) for item in value)), "")

    return complain_of_list


def ranges(value: object, known: Known) -> str:
    """Complain of text like ``2.9.1,2.20.0..2.21.1``: releases with a package list, each range upwards."""
    if not isinstance(value, str) or not value:
        return f"not a range of releases: {value!r}"
    order = {name: position for position, name in enumerate(name for name, listed in known.releases.items() if listed)}
    for part in value.split(","):
        first, _, last = part.partition("..")
        for name in (first, last or first):
            if name not in order:
                return known_release(name, known) or f"nothing is known of the package list of release {name!r}"
        if order[last or first] < order[first]:
            return f"range runs backwards: {part!r}"
    return ""


def ranges_by_families(value: object, known: Known) -> str:
    """Complain of an object like ``{"inf2 trn1": "2.28.0..2.28.1", "*": "2.33.0"}``."""
    if not isinstance(value, dict):
        return f"not an object: {value!r}"
    for families, released in value.items():
        names = families.split(" ")
        if families != "*" and (names != sorted(set(names)) or not set(names) <= set(FAMILIES)):
            return f"not instance families in order, nor '*': {families!r}"
        if complaint := ranges(released, known):
            return complaint
    return ""


def disagreement(value: object, known: Known) -> str:
    """Complain of an object that does not say what another source says."""
    if not isinstance(value, dict) or not {"says", "source"} <= value.keys() <= {"says", "source", "release"}:
        return f"not an object of says, source and perhaps release: {value!r}"
    release = known_release(value["release"], known) if "release" in value else ""
    return release or text(value["says"], known) or text(value["source"], known)


def version_range(value: object, _: Known) -> str:
    """Complain of what is not a range of versions."""
    try:
        Range.parse(value) if isinstance(value, str) else Range.parse("?")
    except ValueError:
        return f"not a range of versions: {value!r}"
    return ""


def term(value: object, known: Known) -> str:
    """Complain of what is not a component with a range of versions."""
    if not isinstance(value, dict) or value.keys() != {"component", "version"}:
        return f"not an object of component and version: {value!r}"
    return text(value["component"], known) or version_range(value["version"], known)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What the records of one file look like."""

    key: tuple[str, ...]
    """The fields that name a record; no two records may share them."""
    required: Mapping[str, Complain]
    optional: Mapping[str, Complain] = field(default_factory=dict)
    order: Callable[[Record], Any]
    """What the package's own records are sorted by, so that a change of the data is a small difference."""
    together: Callable[[Record, Known], Iterator[str]] = lambda _record, _known: iter(())
    """Say what is wrong with a record beside the others of its table, which are known then."""


PROVENANCE: Mapping[str, Complain] = {"source": text, "retrieved": day}
REMARKS: Mapping[str, Complain] = {"disagrees": list_of(disagreement), "notes": text}
FAMILY = one_of(*FAMILIES)
COUNT = is_a(int, "a whole number")
