"""
What the vendor said about the life of a piece of software: one record of ``data/lifecycle.jsonl`` each.

.. code-block:: json

    {"id": "announce-eos-torch-neuronx-2.5-2025-06-24", "kind": "announcement",
     "subject": {"class": "extension", "name": "torch-neuronx", "version": "==2.5.*"}, "when": {},
     "phase": "end-of-support", "announced": "2025-06-24", "effective": {"release": "2.25.0", "after": "2.24.0"},
     "known_from": "2025-06-24", "replacement": "...", "confidence": "documented", "source": "...",
     "retrieved": "2026-11-21", "disagrees": []}

Kinds: ``announcement`` (a phase will begin), ``statement`` (it begins, or has begun), ``postponement`` and
``correction`` (of an earlier one), ``deprecation``, ``rename``, ``change`` (of a default, a layout, a requirement) and
``note`` (an archived page and the like, which ends nothing).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, cast

from neuron_collectors.facts.frozen import dataclass

from ..versions import Range, Version, parse_version
from .model import Disagreement

Phase = Literal["beta", "release-candidate", "stable", "maintenance", "end-of-support", "unknown"]
PHASES: tuple[Phase, ...] = ("beta", "release-candidate", "stable", "maintenance", "end-of-support")
"""In the order of a life."""

EVENT_KINDS = (
    "announcement",
    "statement",
    "postponement",
    "correction",
    "deprecation",
    "rename",
    "change",
    "note",
)

COMPONENT_CLASSES = ("standalone", "extension", "library", "tool")
SUBJECT_CLASSES = (
    "sdk",
    *COMPONENT_CLASSES,
    "model",
    "feature",
    "api",
    "env",
    "flag",
    "dlami",
    "dlc",
    "os",
    "python",
    "dependency",
    "instance-family",
    "sample",
)
"""The policy's kinds of software; an environment variable, a flag and an option of a tool are APIs by it."""

# Policy, section "Neuron Software Life-cycle", column "Comments".
_RELEASE_CANDIDATES = frozenset({"sdk", *COMPONENT_CLASSES})
_NEVER_IN_MAINTENANCE = frozenset({"feature", "api", "env", "flag", "dlami", "dlc", "os", "python", "dependency"})


def has_phase(kind: str, phase: str) -> bool:
    """
    Tell whether *phase* exists for subjects of class *kind*.

    >>> has_phase("library", "maintenance"), has_phase("dlami", "maintenance"), has_phase("api", "release-candidate")
    (True, False, False)
    """
    if phase == "release-candidate":
        return kind in _RELEASE_CANDIDATES
    return phase != "maintenance" or kind not in _NEVER_IN_MAINTENANCE


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a record is about: a line of versions of one thing, never a single build."""

    kind: str
    """One of `SUBJECT_CLASSES`."""
    name: str
    """The vendor's package name for components, else the vendor's words: ``Ubuntu``, ``Neuron Explorer``."""
    version: str = ""
    """A range such as ``==2.6.*`` in a record, a version such as ``2.6.0.2.9.9357`` in a question; empty for all."""
    of: tuple[str, ...] = ()
    """Packages that it belongs to, for an API, a flag, a feature."""
    aliases: tuple[str, ...] = ()

    def covers(self, version: str) -> bool:
        """Tell whether this line of a record has *version*; asked without one, it does."""
        return covers(self.version, version)


def covers(line: str, version: str) -> bool:
    """
    Tell whether the *line* of a record has *version*; of no version, or asked without one, it does.

    >>> covers("==2.6.*", "2.6.0.2.9.9357"), covers("==2.6.*", ""), covers("", "2.7.0"), covers("==2.6.*", "2.7.0")
    (True, True, True, False)
    """
    if not line or not version or line == version:
        return True
    number = parse_version(version)
    return number is not None and Range.parse(line).contains(_plain(number))


def _plain(number: Version) -> Version:
    """Take the pre-release mark off: a beta belongs to the line of its release."""
    return Version(text=number.text, release=number.release) if number.prerelease else number


@dataclass(frozen=True, kw_only=True, slots=True)
class Effective:
    """When something begins, as far as the source says; nothing is derived that it does not say."""

    release: str | None = None
    """The first SDK release with it, e.g. ``2.27.0``, or ``2.34`` while no such release is out."""
    date: dt.date | None = None
    after: str | None = None
    """The last SDK release without it, e.g. ``2.26.0``: *release* is then the next one, which became known later."""
    condition: str | None = None
    """Any other words, e.g. ``a future release``."""
    published: bool = True
    """Whether *release* has come or may still come: 1.20.0 never did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    """That another record has taken the place of this one, and since when that is known."""

    by: str
    known_from: dt.date


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that the vendor said."""

    id: str
    kind: str
    subject: Subject
    families: tuple[str, ...]
    """Instance families that it is about; empty for all."""
    workload: str | None
    """``training`` or ``inference``; `None` for both."""
    exempt: tuple[str, ...]
    """Packages that it leaves out: Amazon Linux 2 ended for all but the driver."""
    phase: Phase | None
    """What begins; `None` for kinds that begin no phase."""
    level: str | None
    """``alpha`` where a phase of beta is an alpha."""
    candidates: tuple[Phase, ...]
    """Phases that the sources allow, where they contradict each other or end in silence."""
    announced: dt.date | None
    """The date on the announcement; `None` where the page has none."""
    effective: Effective
    known_from: dt.date
    """The first day on which it could be read."""
    replacement: str | None
    closed: Replaced | None
    """For an announcement: the notice that says that it has come about."""
    superseded: Replaced | None
    repeats: str | None
    """Another record that says the same, perhaps with another release."""
    disagrees: tuple[Disagreement, ...]
    notes: str | None
    confidence: str
    source: str
    retrieved: str


def parse_event(record: Mapping[str, Any]) -> Event:
    """Build an event from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    when = record["when"]
    return Event(
        id=record["id"],
        kind=record["kind"],
        subject=parse_subject(record["subject"]),
        families=tuple(when.get("families", ())),
        workload=when.get("workload"),
        exempt=tuple(when.get("except", ())),
        phase=cast("Phase | None", record.get("phase")),
        level=record.get("level"),
        candidates=tuple(record.get("candidates", ())),
        announced=parse_day(record.get("announced")),
        effective=parse_effective(record["effective"]),
        known_from=dt.date.fromisoformat(record["known_from"]),
        replacement=record.get("replacement"),
        closed=_replaced(record.get("closed")),
        superseded=_replaced(record.get("superseded")),
        repeats=record.get("repeats"),
        disagrees=tuple(Disagreement(**other) for other in record["disagrees"]),
        notes=record.get("notes"),
        confidence=record["confidence"],
        source=record["source"],
        retrieved=record["retrieved"],
    )


def parse_subject(value: Mapping[str, Any]) -> Subject:
    """Build a subject from its part of a record."""
    return Subject(
        kind=value["class"],
        name=value["name"],
        version=value.get("version", ""),
        of=tuple(value.get("of", ())),
        aliases=tuple(value.get("aliases", ())),
    )


def parse_effective(value: Mapping[str, Any]) -> Effective:
    """Build the part of a record that says when."""
    return Effective(
        release=value.get("release"),
        date=parse_day(value.get("date")),
        after=value.get("after"),
        condition=value.get("condition"),
        published=value.get("published", True),
    )


def parse_day(text: str | None) -> dt.date | None:
    """Parse a date that may be missing."""
    return None if text is None else dt.date.fromisoformat(text)


def _replaced(value: Mapping[str, str] | None) -> Replaced | None:
    return None if value is None else Replaced(by=value["by"], known_from=dt.date.fromisoformat(value["from"]))


def most_specific(events: list[Event]) -> list[Event]:
    """Return the records about a line of versions, if there are any, without those about the whole package."""
    return [event for event in events if event.subject.version] or events
