"""What a known-good host has installed, for others to be compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from neuron_collectors.facts.frozen import dataclass

if TYPE_CHECKING:
    from .report import ComponentRow, Report

PACKAGES, ENVIRONMENTS = "operating system packages", "Python environments"


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """The components of a known-good host."""

    scopes: Mapping[str, Mapping[str, tuple[ComponentRow, ...]]]
    """By scope and name: a row for each place where a component was seen, the one that counts first."""
    looked_at: frozenset[str]
    """Which of `evidence.NEEDS` could be looked at there: what was not is no difference."""


def baseline_of(report: Report) -> Baseline:
    """Return what *report* says is installed."""
    scopes: dict[str, dict[str, tuple[ComponentRow, ...]]] = {}
    for row in report.components:
        rows = scopes.setdefault(row.scope, {})
        rows[row.name] = (*rows.get(row.name, ()), row)
    return Baseline(scopes=scopes, looked_at=frozenset(report.looked_at))
