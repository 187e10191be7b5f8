"""What is known of the host: the last fact of each collector, and how its last run went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neuron_collectors.facts import NOT_COLLECTED, Failure, Inventory, Unread
from neuron_collectors.runs import CollectorRun

from .runner import Outcome


class Gathering:
    """Facts as they come in, one collector at a time, and the inventory that they make."""

    def __init__(self, collectors: Iterable[str]) -> None:
        """Expect facts of *collectors*, whose order is that of the failures in the inventory."""
        self._order = tuple(collectors)
        self._facts: dict[str, Any] = {}
        self._failures: dict[str, str] = {}
        self._runs: dict[str, CollectorRun] = {}

    @property
    def complete(self) -> bool:
        """Whether every collector has run, or is stuck."""
        return self._runs.keys() >= set(self._order)

    def absorb(self, outcome: Outcome, *, at: float) -> bool:
        """Take in *outcome*, which came at *at* seconds since the epoch; return whether the inventory has changed."""
        name, failure = outcome.collector, outcome.failure
        self._runs[name] = CollectorRun(
            collector=name,
            success=failure is None,
            duration_seconds=outcome.duration,
            finished_at=at,
            stuck=outcome.stuck,
        )
        if outcome.late:
            return False  # it stays unread, for the reason given when it got stuck, until it answers in time
        fact = outcome.fact if failure is None else Unread(failure)
        changed = self._facts.get(name, NOT_COLLECTED) != fact or self._failures.get(name) != failure
        self._facts[name] = fact
        if failure is None:
            self._failures.pop(name, None)
        else:
            self._failures[name] = failure
        return changed

    def inventory(self) -> Inventory:
        """Return what is known now, as a one-shot run of the same collectors would have it."""
        failures = ((name, self._failures[name]) for name in self._order if name in self._failures)
        return Inventory(
            **self._facts, failures=tuple(Failure(collector=name, reason=reason) for name, reason in failures)
        )

    def runs(self) -> tuple[CollectorRun, ...]:
        """Return the last run of each collector."""
        return tuple(self._runs[name] for name in self._order if name in self._runs)

    def failures(self) -> Mapping[str, str]:
        """Return why each collector that failed has no fact."""
        return dict(self._failures)
