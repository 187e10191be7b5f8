"""The vendor's tables of tested platforms: operating system, kernel and C library per driver or runtime train."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping

from neuron_collectors.facts.frozen import dataclass

from ..versions import Range, Version

_RANGE = re.compile(r'"version": "([^"]*)"')


@dataclass(frozen=True, kw_only=True, slots=True)
class TestedPlatform:
    """One row of a table."""

    __test__ = False  # not a test class, whatever its name makes pytest think

    id: str
    """The table, e.g. ``TESTED-DKMS-2.28.0``."""
    package: str
    range: Range
    """Versions of the package that the table is about, e.g. ``==2.26.*``."""
    family: str
    os: str
    """``ID`` of os-release, e.g. ``amzn``."""
    os_version: str
    """Leading part of ``VERSION_ID``, e.g. ``2023``."""
    kernel: str
    """Leading part of the kernel's release, e.g. ``6.8``."""
    glibc: str
    known_from: dt.date
    source: str
    retrieved: str


def parse_platform(record: Mapping[str, str]) -> TestedPlatform:
    """Build a row from its record; raises `ValueError` or `KeyError` for a bad one."""
    return TestedPlatform(
        id=record["id"],
        package=record["package"],
        range=Range.parse(record["version"]),
        family=record["family"],
        os=record["os"],
        os_version=record["os_version"],
        kernel=record["kernel"],
        glibc=record["glibc"],
        known_from=dt.date.fromisoformat(record["known_from"]),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def parse_platforms(lines: Iterable[str], *, number: Version, family: str, day: dt.date) -> tuple[TestedPlatform, ...]:
    """Return the rows for version *number* and *family* that were known on *day*; the others are left unparsed."""
    wanted: dict[str, bool] = {}
    rows = []
    for line in lines:
        match = _RANGE.search(line) if f'"family": "{family}"' in line else None
        if match is not None and match[0] not in wanted:
            wanted[match[0]] = Range.parse(match[1]).contains(number)
        if match is not None and wanted[match[0]]:
            rows.append(parse_platform(json.loads(line)))
    return tuple(row for row in rows if row.known_from <= day)
