"""What the records that rules judge by look like: the rules, and the tables that some of them compare with."""

from __future__ import annotations

from collections.abc import Iterator

from ..versions import require_version
from . import fields as f
from .fields import Known, Table
from .files import Record
from .rule import ALARMING_CONFIDENCE, KINDS, PACKAGE_FORMATS

_SETTINGS = f.matches(r"[A-Z0-9_]+=\S+( \|\| [A-Z0-9_]+=\S+)*", "settings like NAME=VALUE || NAME=VALUE")
_PACKAGE_FORMAT = f.one_of(*PACKAGE_FORMATS)
_MINOR = f.matches(r"[0-9]+\.[0-9]+", "a major and minor like 2.9")
_ALONE = ("unsupported", "known-bad", "measured")
"""Kinds that need no other component."""


def _conditions(value: object, known: Known) -> str:
    """Complain of an object that is not of components with ranges, ``package_format`` and ``environment``."""
    if not isinstance(value, dict):
        return f"not an object: {value!r}"
    words = {"package_format": _PACKAGE_FORMAT, "environment": _SETTINGS}
    said = ((name, words.get(name, f.version_range)(item, known)) for name, item in value.items())
    return next((f"{name}: {complaint}" for name, complaint in said if complaint), "")


def _pairs(value: object, known: Known) -> str:
    if not isinstance(value, dict) or not value:
        return f"not an object of pairs: {value!r}"
    return next(filter(None, (_MINOR(item, known) for pair in value.items() for item in pair)), "")


def _ranges_of_ids(value: object, known: Known) -> str:
    """Complain of what is not an object like ``{"inf1": [2, 7], "trn1": [5, 7]}``."""
    if not isinstance(value, dict) or not value:
        return f"not an object of ranges by instance family: {value!r}"
    for family, ids in value.items():
        complaint = f.FAMILY(family, known) or f.list_of(f.COUNT)(ids, known)
        if complaint or len(ids) != 2 or ids[0] > ids[1]:
            return complaint or f"not the lowest and the highest id: {ids!r}"
    return ""


def _fits_together(record: Record, _known: Known) -> Iterator[str]:
    """Say what a rule promises that it may not: an alarm without authority, a kind without what it compares."""
    kind, severity = record["kind"], record["severity"]
    if severity == "critical" and record["confidence"] not in ALARMING_CONFIDENCE:
        yield f"severity: critical, with confidence {record['confidence']!r}"
    if severity == "critical" and record.get("disagrees"):
        yield "severity: critical, although sources disagree"
    if not record["others"] and kind not in _ALONE:
        yield f"others: none in a rule of kind {kind!r}"
    if kind == "unsupported" and not record["families"]:
        yield "families: none in a rule of kind 'unsupported'"
    if (kind == "paired") != ("pairs" in record):
        yield f"pairs: {'missing' if kind == 'paired' else 'not expected'} in a rule of kind {kind!r}"
    if "fixed_in" in record and kind != "known-bad":
        yield f"fixed_in: not expected in a rule of kind {kind!r}"


RULE_TABLE = Table(
    key=("id",),
    required={
        "id": f.text,
        "check": f.matches("[a-z0-9-]+", "the id of a check"),
        "kind": f.one_of(*KINDS),
        "subject": f.term,
        "others": f.list_of(f.term),
        "families": f.list_of(f.FAMILY),
        "severity": f.one_of("info", "warning", "critical"),
        "expected": f.text,
        "why": f.text,
        "known_from": f.day,
        "confidence": f.one_of("documented", "maintainer-confirmed", "user-report", "inferred"),
        **f.PROVENANCE,
    },
    optional={
        "pairs": _pairs,
        "when": _conditions,
        "unless": f.list_of(f.text),
        "symptom": f.text,
        "change": f.one_of("subject", "other"),
        "pin": f.text,
        "remedy": f.text,
        "fixed_in": f.version,
        "disagrees": f.list_of(f.text),
    },
    order=lambda record: record["id"],
    together=_fits_together,
)
COMPATIBILITY_TABLE = Table(
    key=("id",),
    required={"id": f.text, "name": f.version, "ranges": _ranges_of_ids, **f.PROVENANCE},
    order=lambda record: require_version(record["name"]),
)
PYTHON_TABLE = Table(
    key=("id",),
    required={
        "id": f.text,
        "name": f.known_package,
        "releases": f.ranges,
        "pythons": f.list_of(_MINOR),
        **f.PROVENANCE,
    },
    optional=f.REMARKS,
    order=lambda record: (record["name"], require_version(record["releases"].partition("..")[0])),
)
