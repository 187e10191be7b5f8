"""
Rules as data.

A rule is a record of ``data/rules.jsonl``:

.. code-block:: json

    {"id": "DRV-RT-001", "check": "driver-runtime-incompatible", "kind": "conflicts",
     "subject": {"component": "aws-neuronx-runtime-lib", "version": "==2.32.*"},
     "others": [{"component": "aws-neuronx-dkms", "version": "<=2.26"}], "families": [],
     "severity": "critical", "change": "other", "expected": "...", "why": "...", "known_from": "2026-05-21",
     "confidence": "documented", "source": "...", "retrieved": "2026-11-21", "disagrees": []}

Kinds: ``requires`` (where the subject is in its range, every other that is installed must be in its own),
``conflicts`` (subject and any other must not be in their ranges together), ``unsupported`` (the subject's range is not
for these families), ``same-minor`` (subject and other share major and minor), ``beside`` (both installed in one scope).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from neuron_collectors.facts.frozen import dataclass

from ..versions import Range, parse_version

KINDS = ("requires", "conflicts", "unsupported", "same-minor", "beside")
ALARMING_CONFIDENCE = ("documented", "maintainer-confirmed")
"""Only such rules may be critical."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A component within a range of versions."""

    component: str
    range: Range

    def matches(self, version: str) -> bool:
        """Tell whether *version* is in the range; one that cannot be ordered is in none."""
        parsed = parse_version(version)
        return parsed is not None and self.range.contains(parsed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One requirement, conflict or limit, with where it is written."""

    id: str
    check: str
    kind: str
    subject: Term
    others: tuple[Term, ...]
    families: tuple[str, ...]
    """Instance families that it holds for; empty for all."""
    severity: str
    change: str
    """Which side the remedy changes: ``subject`` or ``other``."""
    pin: str | None
    """Version to install where no partner decides it, e.g. ``2.24.*``."""
    expected: str
    why: str
    known_from: date
    confidence: str
    source: str
    retrieved: str
    disagrees: tuple[str, ...]


def parse_rule(record: Mapping[str, object]) -> Rule:
    """Build a rule from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    values = dict(record)
    others = values["others"]
    if not isinstance(others, list):
        raise TypeError("others: not a list")
    return Rule(
        id=str(values["id"]),
        check=str(values["check"]),
        kind=str(values["kind"]),
        subject=_parse_term(values["subject"]),
        others=tuple(_parse_term(other) for other in others),
        families=_strings(values["families"]),
        severity=str(values["severity"]),
        change=str(values.get("change", "subject")),
        pin=str(values["pin"]) if "pin" in values else None,
        expected=str(values["expected"]),
        why=str(values["why"]),
        known_from=date.fromisoformat(str(values["known_from"])),
        confidence=str(values["confidence"]),
        source=str(values["source"]),
        retrieved=str(values["retrieved"]),
        disagrees=_strings(values.get("disagrees", [])),
    )


def _parse_term(value: object) -> Term:
    if not isinstance(value, dict):
        raise TypeError(f"not a component with a version: {value!r}")
    return Term(component=str(value["component"]), range=Range.parse(str(value["version"])))


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return tuple(str(item) for item in value)
