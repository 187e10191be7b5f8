"""
When those who make Python and the operating systems end them, as ``data/dependencies.jsonl`` has it.

The vendor of Neuron decides for itself until when it supports a version of them; that is in ``lifecycle.jsonl``.

.. code-block:: json

    {"id": "ubuntu-22.04", "kind": "os", "subject": {"class": "os", "name": "Ubuntu", "version": "22.04"}, "when": {},
     "released": "2022-04-21", "effective": {"date": "2027-06-01"},
     "extended": {"date": "2032-04-21", "by": "Ubuntu Pro", "for_all": false}, "known_from": "2022-04-21",
     "disagrees": [], "confidence": "documented", "source": "...", "retrieved": "2026-11-21"}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from neuron_collectors.facts.frozen import dataclass

from .events import Subject, parse_day, parse_subject
from .model import Catalog
from .tables import DEPENDENCIES

# ID of os-release -> the name in the catalog.
OS_NAMES: Mapping[str, str] = {
    "ubuntu": "Ubuntu",
    "debian": "Debian",
    "amzn": "Amazon Linux",
    "rocky": "Rocky Linux",
    "rhel": "Red Hat Enterprise Linux",
}
_MAJOR_ONLY = frozenset({"debian", "amzn", "rocky", "rhel"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """Support after the standard one."""

    until: dt.date
    by: str
    """Who gives it, or what it is called, e.g. ``Ubuntu Pro``."""
    for_all: bool
    """Whether everybody gets it, without a contract."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependency:
    """One version of Python or of an operating system."""

    id: str
    subject: Subject
    released: dt.date | None
    standard: str | None
    """The last day of standard support, or its month where no day is named: ``2027-06-01``, ``2026-10``."""
    extended: Extension | None
    known_from: dt.date
    notes: str | None
    confidence: str
    source: str
    retrieved: str

    @property
    def last_day(self) -> dt.date | None:
        """The last day of standard support; of a month the last."""
        if self.standard is None or len(self.standard) == len("2026-11-21"):
            return parse_day(self.standard)
        year, month = map(int, self.standard.split("-"))
        return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)

    @property
    def last_day_for_all(self) -> dt.date | None:
        """The last day on which everybody gets security fixes."""
        return self.extended.until if self.extended and self.extended.for_all else self.last_day


def parse_dependency(record: Mapping[str, Any]) -> Dependency:
    """Build a dependency from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    extended = record["extended"]
    return Dependency(
        id=record["id"],
        subject=parse_subject(record["subject"]),
        released=parse_day(record["released"]),
        standard=record["effective"].get("date"),
        extended=None
        if extended is None
        else Extension(until=dt.date.fromisoformat(extended["date"]), by=extended["by"], for_all=extended["for_all"]),
        known_from=dt.date.fromisoformat(record["known_from"]),
        notes=record.get("notes"),
        confidence=record["confidence"],
        source=record["source"],
        retrieved=record["retrieved"],
    )


def dependency(subject: Subject, catalog: Catalog, day: dt.date) -> Dependency | None:
    """Return what was known on *day* of a version of Python or an operating system."""
    known = map(parse_dependency, catalog.tables.records_of(DEPENDENCIES, subject.name))
    return next((d for d in known if d.subject.version == subject.version and d.known_from <= day), None)


def python_subject(version: str) -> Subject:
    """
    Return the line of an interpreter's *version*.

    >>> python_subject("3.10.12").version
    '3.10'
    """
    return Subject(kind="python", name="Python", version=".".join(version.split(".")[:2]))


def os_subject(os_id: str, version: str) -> Subject | None:
    """
    Return the line of an operating system, from ``ID`` and ``VERSION_ID`` of os-release; `None` for one not known.

    >>> os_subject("rocky", "9.4"), os_subject("nixos", "24.05")  # doctest: +ELLIPSIS
    (Subject(kind='os', name='Rocky Linux', version='9'...), None)
    """
    if os_id not in OS_NAMES:
        return None
    line = version.partition(".")[0] if os_id in _MAJOR_ONLY else version
    return Subject(kind="os", name=OS_NAMES[os_id], version=line)
