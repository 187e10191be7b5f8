"""How long beforehand a phase was announced, and whether that is what the policy of the day asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from .catalog.events import Event, Phase, most_specific
from .catalog.model import Catalog
from .catalog.policy import Rule, policy_rule
from .standing import Change, Notice

ANNOUNCED: Mapping[str, str] = {"maintenance": "LC-09", "end-of-support": "LC-10"}
"""The phases that have to be announced, with the rule of the policy that says so."""


def measure_notice(
    record: Event, phase: Phase, begins: dt.date, relevant: Sequence[Event], catalog: Catalog
) -> Notice | None:
    """Measure from the first announcement among the *relevant* records to the day on which *record* begins *phase*."""
    said = most_specific([event for event in relevant if event.phase == phase and event.announced is not None])
    days = [event.announced for event in said if event.announced is not None]
    if not days:
        return None
    binding = [e.announced for e in said if e.announced and e.effective.release == record.effective.release]
    first = min(*days, begins)
    return Notice(
        phase=phase,
        announced=first,
        binding=min(binding, default=None),
        begins=begins,
        days=(begins - first).days,
        kept=_keeps(policy_rule(ANNOUNCED[phase], catalog, begins), record.subject.kind, first, begins),
    )


def earliest_day(change: Change, catalog: Catalog, as_of: dt.date) -> dt.date | None:
    """Return the day before which the policy of *as_of* lets no announced *change* begin; `None` without a rule."""
    rule = policy_rule(ANNOUNCED.get(change.phase, ""), catalog, as_of)
    return None if change.announced is None else _end_of_notice(rule, change.record.subject.kind, change.announced)


def _keeps(rule: Rule | None, kind: str, announced: dt.date, begins: dt.date) -> bool | None:
    """Tell whether the months of *rule* lie between two days; `None` without a rule for software of class *kind*."""
    end = _end_of_notice(rule, kind, announced)
    return None if end is None else end <= begins


def _end_of_notice(rule: Rule | None, kind: str, announced: dt.date) -> dt.date | None:
    """Return the day on which the months of *rule* are over; `None` without a rule for software of class *kind*."""
    if rule is None or kind not in rule.classes:
        return None
    return add_months(announced, int(rule.parameters["min_notice_months"]))


def add_months(day: dt.date, months: int) -> dt.date:
    """
    Return the same day of a later month, or the last one of a shorter month.

    >>> add_months(dt.date(2026, 1, 31), 1), add_months(dt.date(2025, 9, 18), 6)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 18))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(days=1)).day))
