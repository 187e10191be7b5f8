"""
The vendor's labels: at which level a package, feature, API or model class is, as ``data/classification.jsonl`` has it.

.. code-block:: json

    {"id": "library-jax-neuronx", "kind": "label", "subject": {"class": "extension", "name": "jax-neuronx"}, "when": {},
     "level": "beta", "basis": "label", "current": true, "effective": {"release": "2.20.0"},
     "known_from": "2024-09-16", "disagrees": [], "confidence": "documented", "source": "...",
     "retrieved": "2026-11-21"}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from neuron_collectors.facts.frozen import dataclass

from .events import Effective, Subject, parse_effective, parse_subject

LevelName = Literal["alpha", "beta", "stable"]
Basis = Literal["label", "inherited", "omission"]
LEVELS: tuple[LevelName, ...] = ("alpha", "beta", "stable")
BASES: tuple[Basis, ...] = ("label", "inherited", "omission")


@dataclass(frozen=True, kw_only=True, slots=True)
class Classified:
    """What every record about the level of one thing has."""

    id: str
    subject: Subject
    families: tuple[str, ...]
    workload: str | None
    level: LevelName | None
    """`None` for a word that is no level of the policy."""
    word: str | None
    """The vendor's word where it is no level, e.g. ``experimental``."""
    basis: Basis | None
    """``label``: said of it. ``inherited``: said of what it belongs to. ``omission``: nothing is said of it."""
    effective: Effective
    known_from: dt.date
    notes: str | None
    confidence: str
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Label(Classified):
    """What the vendor calls one thing."""

    current: bool
    """Whether the latest documentation says it, and not only the notes of an earlier release."""


def parse_label(record: Mapping[str, Any]) -> Label:
    """Build a label from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    return Label(current=record["current"], **classified_fields(record))


def classified_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `Classified` from a *record*."""
    return {
        "id": record["id"],
        "subject": parse_subject(record["subject"]),
        "families": tuple(record["when"].get("families", ())),
        "workload": record["when"].get("workload"),
        "level": record["level"],
        "word": record.get("label"),
        "basis": record.get("basis"),
        "effective": parse_effective(record["effective"]),
        "known_from": dt.date.fromisoformat(record["known_from"]),
        "notes": record.get("notes"),
        "confidence": record["confidence"],
        "source": record["source"],
        "retrieved": record["retrieved"],
    }
