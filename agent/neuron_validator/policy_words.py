"""Which rules of the vendor's policy bear on a check, a phase or a level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from .catalog.model import Catalog
from .catalog.policy import Rule, all_policy_rules, policy_rules

POLICY_OF_CHECKS: Mapping[str, tuple[str, ...]] = {
    "beta-in-use": ("CL-01", "CL-02", "CL-03", "CL-04", "CL-08", "CL-09", "CL-10", "CL-12", "LC-04"),
    "deprecated-setting": ("CL-05", "CL-06", "CL-07"),
    "end-of-support": ("LC-08", "LC-10", "UP-11", "UP-12"),
    "maintenance": ("LC-03", "LC-07", "LC-09", "UP-06", "UP-07"),
    "major-step": ("VR-04",),
    "releases-behind": ("UP-01", "UP-02", "UP-03"),
    "renamed-or-dropped-package": ("LC-10", "UP-11"),
}


def rules_of_check(check: str, catalog: Catalog, day: dt.date) -> tuple[Rule, ...]:
    """Return the rules of the policy of *day* that check *check* applies."""
    wanted = POLICY_OF_CHECKS.get(check, ())
    return tuple(rule for rule in policy_rules(catalog, day) if rule.id in wanted)


def rules_about(word: str, catalog: Catalog, day: dt.date) -> tuple[Rule, ...]:
    """
    Return the rules that are called *word*, or are about the phase or level of that name.

    A rule that is asked for by its id, such as ``OLD-02``, is told even where it is of the past.
    """
    named = tuple(rule for rule in all_policy_rules(catalog) if rule.id == word.upper())
    folded = word.lower().replace(" ", "-")
    return named or tuple(rule for rule in policy_rules(catalog, day) if _is_about(rule, folded))


def _is_about(rule: Rule, word: str) -> bool:
    return word in rule.parameters or word in {rule.parameters.get("phase"), rule.name.replace(" ", "-")}
