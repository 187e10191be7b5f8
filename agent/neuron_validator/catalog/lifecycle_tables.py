"""What the records of the lazy tables look like: life-cycle, classification, settings, policy, dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..versions import parse_version
from . import fields as f
from .events import EVENT_KINDS, PHASES, SUBJECT_CLASSES, has_phase
from .fields import Complain, Known, Table
from .files import Record
from .labels import BASES, LEVELS
from .policy import KINDS
from .settings import STATUSES
from .tables import CLASSIFICATION, COMPILER_FLAGS, DEPENDENCIES, ENV_VARS, LIFECYCLE, POLICY

_WORKLOADS = ("training", "inference")
_PHASE = f.one_of(*PHASES, "unknown")
_CONFIDENCE = f.one_of("documented", "maintainer-confirmed", "user-report", "inferred")
_LEVEL = f.or_null(f.one_of(*LEVELS))


def _object(**fields: Complain) -> Complain:
    """Return a complaint about objects with other fields than *fields*, or with bad ones; none has to be there."""

    def complain(value: object, known: Known) -> str:
        if not isinstance(value, dict):
            return f"not an object: {value!r}"
        unknown = [name for name in value if name not in fields]
        if unknown:
            return f"not a known field: {unknown[0]!r}"
        said = ((name, fields[name](item, known)) for name, item in value.items())
        return next((f"{name}: {complaint}" for name, complaint in said if complaint), "")

    return complain


def _needing(complain: Complain, *needed: str) -> Complain:
    """Return *complain* for objects that have to have the fields *needed*."""

    def complain_of_object(value: object, known: Known) -> str:
        missing = [name for name in needed if not isinstance(value, dict) or name not in value]
        return complain(value, known) or (f"{missing[0]}: missing" if missing else "")

    return complain_of_object


def _release_or_later(value: object, known: Known) -> str:
    """Complain of an SDK release that is neither known nor newer than those that are: ``2.34`` may be announced."""
    if isinstance(value, str) and value in known.releases:
        return ""
    number = parse_version(value) if isinstance(value, str) else None
    newest = max((v for name in known.releases if (v := parse_version(name))), default=None)
    to_come = number is not None and (newest is None or number > newest)
    return "" if to_come else f"not a release, known or to come: {value!r}"


def _subject_version(value: object, known: Known) -> str:
    return f.version(value, known) and f.version_range(value, known)


_SUBJECT = _needing(
    _object(
        **{"class": f.one_of(*SUBJECT_CLASSES)},
        name=f.text,
        version=_subject_version,
        of=f.list_of(f.text),
        aliases=f.list_of(f.text),
    ),
    "class",
    "name",
)
_WHEN = _object(
    **{"families": f.list_of(f.FAMILY), "workload": f.one_of(*_WORKLOADS), "except": f.list_of(f.known_package)}
)
_EFFECTIVE = _object(
    release=f.text, date=f.day, after=f.known_release, condition=f.text, published=f.is_a(bool, "true or false")
)
_UPSTREAM_END = _object(date=f.matches("[0-9]{4}-[0-9]{2}(-[0-9]{2})?", "a day or a month"))
_REPLACED = _needing(_object(**{"by": f.text, "from": f.day}), "by", "from")
_COMMON: Mapping[str, Complain] = {
    "id": f.text,
    "subject": _SUBJECT,
    "when": _WHEN,
    "effective": _EFFECTIVE,
    "known_from": f.day,
    "disagrees": f.list_of(f.disagreement),
    "confidence": _CONFIDENCE,
    **f.PROVENANCE,
}


def _by_id(record: Record) -> Any:
    return record["id"]


def _fits_the_others(record: Record, known: Known) -> Iterator[str]:
    """Say what is wrong with a life-cycle record beside the others."""
    yield from _refers(record, known)
    phase, kind = record.get("phase"), record["subject"]["class"]
    if phase is not None and not has_phase(kind, phase):
        yield f"phase: {kind} software has no phase {phase!r}"
    begins_none = record["kind"] in {"correction", "deprecation", "change", "note"}
    if record["kind"] != "rename" and (phase is None) != begins_none:
        yield f"phase: {'missing' if phase is None else 'not expected'} in a record of kind {record['kind']!r}"
    yield from _takes_effect(record, known)


def _refers(record: Record, known: Known) -> Iterator[str]:
    """Say which other records it names that are not there, or are not what it says of them."""
    for name in ("superseded", "closed"):
        reference = record.get(name)
        other = known.events.get(reference["by"]) if reference else None
        if reference and other is None:
            yield f"{name}: no such record: {reference['by']!r}"
        elif reference and other and reference["from"] != other["known_from"]:
            yield f"{name}: known from {other['known_from']}, not from {reference['from']}"
        elif reference and other and name == "closed" and other["subject"]["name"] != record["subject"]["name"]:
            yield f"{name}: {reference['by']!r} is about {other['subject']['name']!r}"
    repeated = record.get("repeats")
    if repeated is not None and (repeated not in known.events or known.events[repeated].get("repeats")):
        yield f"repeats: no such record: {repeated!r}"


def _takes_effect(record: Record, known: Known) -> Iterator[str]:
    """Say what is wrong with when it begins: a release that cannot be, an announcement after the fact."""
    effective = record["effective"]
    if "release" in effective and effective.get("published", True):
        complaint = _release_or_later(effective["release"], known)
        if complaint:
            yield f"effective: release: {complaint}"
    if record["kind"] not in {"announcement", "postponement"}:
        return
    begins = effective.get("date") or known.days.get(effective.get("release", ""))
    if begins is not None and record["known_from"] > begins:
        yield f"effective: begins on {begins}, before it was announced on {record['known_from']}"


def _is_a_setting(record: Record, known: Known) -> Iterator[str]:
    """Say what is wrong with a setting beside the releases: its end before its beginning."""
    days = [known.days.get(record[name]) for name in ("introduced", "deprecated", "removed") if name in record]
    in_order = [day for day in days if day is not None]
    if in_order != sorted(in_order):
        yield "removed: before it was deprecated or introduced"


_SETTING = Table(
    key=("id",),
    required={
        **_COMMON,
        "kind": f.one_of("setting"),
        "status": f.one_of(*STATUSES),
        "level": _LEVEL,
        "documented": _object(**{"from": f.or_null(f.known_release), "until": f.or_null(f.known_release)}),
    },
    optional={
        "label": f.text,
        "basis": f.one_of(*BASES),
        "introduced": f.known_release,
        "deprecated": f.known_release,
        "removed": f.known_release,
        "announced_end": f.text,
        "replacement": f.text,
        "renamed_from": f.text,
        "turns_on": f.text,
        "notes": f.text,
    },
    order=_by_id,
    together=_is_a_setting,
)

LIFECYCLE_TABLES: Mapping[str, Table] = {
    LIFECYCLE: Table(
        key=("id",),
        required={**_COMMON, "kind": f.one_of(*EVENT_KINDS)},
        optional={
            "phase": _PHASE,
            "level": f.one_of("alpha"),
            "candidates": f.list_of(_PHASE),
            "announced": f.day,
            "replacement": f.text,
            "closed": _REPLACED,
            "superseded": _REPLACED,
            "repeats": f.text,
            "notes": f.text,
        },
        order=_by_id,
        together=_fits_the_others,
    ),
    CLASSIFICATION: Table(
        key=("id",),
        required={
            **_COMMON,
            "kind": f.one_of("label", "table"),
            "level": _LEVEL,
            "basis": f.one_of(*BASES),
            "current": f.is_a(bool, "true or false"),
        },
        optional={"label": f.text, "notes": f.text},
        order=_by_id,
    ),
    ENV_VARS: _SETTING,
    COMPILER_FLAGS: _SETTING,
    POLICY: Table(
        key=("id",),
        required={
            **_COMMON,
            "kind": f.one_of(*KINDS),
            "subject": _needing(_object(name=f.text, classes=f.list_of(f.one_of(*SUBJECT_CLASSES))), "name", "classes"),
            "effective": _needing(_object(release=f.known_release, date=f.day), "release", "date"),
            "until": f.or_null(_needing(_object(release=f.known_release, date=f.day), "release", "date")),
            "says": f.text,
            "parameters": f.is_a(dict, "an object"),
        },
        order=_by_id,
    ),
    DEPENDENCIES: Table(
        key=("id",),
        required={
            **_COMMON,
            "kind": f.one_of("os", "python"),
            "effective": _UPSTREAM_END,
            "released": f.or_null(f.day),
            "extended": f.or_null(
                _needing(_object(date=f.day, by=f.text, for_all=f.is_a(bool, "true or false")), "date", "by", "for_all")
            ),
        },
        optional={"notes": f.text},
        order=_by_id,
    ),
}
