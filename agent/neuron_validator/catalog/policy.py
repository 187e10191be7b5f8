"""
The maintenance policy as records: rules of ``data/policy.jsonl``, each with the time in which it stood in the policy.

.. code-block:: json

    {"id": "LC-10", "kind": "life-cycle", "subject": {"name": "notice before end of support", "classes": ["sdk"]},
     "when": {}, "effective": {"release": "2.20.0", "date": "2024-09-16"}, "until": null, "known_from": "2024-09-16",
     "says": "...", "parameters": {"min_notice_months": 1}, "disagrees": [], "confidence": "documented",
     "source": "...", "retrieved": "2026-11-21"}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from neuron_collectors.facts.frozen import dataclass

from .events import parse_day
from .model import Catalog, Disagreement
from .tables import POLICY

KINDS = ("life-cycle", "updates", "versions", "classification", "definition")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of the policy."""

    id: str
    kind: str
    """One of `KINDS`."""
    name: str
    classes: tuple[str, ...]
    """The kinds of software that it is about, `events.SUBJECT_CLASSES`."""
    release: str
    """The SDK release whose documentation has it first."""
    begins: dt.date
    until: dt.date | None
    """The day on which the policy dropped it; `None` while it stands."""
    says: str
    """In our own words."""
    parameters: Mapping[str, Any]
    disagrees: tuple[Disagreement, ...]
    """What the other policy document, or another part of the same, says."""
    source: str
    retrieved: str

    def holds(self, day: dt.date) -> bool:
        """Tell whether the policy of *day* had it."""
        return self.begins <= day and (self.until is None or day < self.until)


def parse_policy_rule(record: Mapping[str, Any]) -> Rule:
    """Build a rule from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    return Rule(
        id=record["id"],
        kind=record["kind"],
        name=record["subject"]["name"],
        classes=tuple(record["subject"]["classes"]),
        release=record["effective"]["release"],
        begins=dt.date.fromisoformat(record["effective"]["date"]),
        until=parse_day(record["until"]["date"]) if record["until"] else None,
        says=record["says"],
        parameters=record["parameters"],
        disagrees=tuple(Disagreement(**other) for other in record["disagrees"]),
        source=record["source"],
        retrieved=record["retrieved"],
    )


def policy_rule(rule_id: str, catalog: Catalog, day: dt.date) -> Rule | None:
    """Return the rule *rule_id* if the policy of *day* had it."""
    record = catalog.tables.record(POLICY, rule_id)
    rule = None if record is None else parse_policy_rule(record)
    return rule if rule is not None and rule.holds(day) else None


def policy_rules(catalog: Catalog, day: dt.date) -> tuple[Rule, ...]:
    """Return the policy of *day*."""
    return tuple(rule for rule in all_policy_rules(catalog) if rule.holds(day))


def all_policy_rules(catalog: Catalog) -> tuple[Rule, ...]:
    """Return every rule that the policy has, or once had."""
    return tuple(map(parse_policy_rule, catalog.tables.records(POLICY)))
