"""What outlives a judgement: when each check changed, what the counters summed up to, and what happened on the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from neuron_collectors.facts import NOT_COLLECTED, Inventory

from ..metrics.exposition import Counters, device_counters
from ..renderers.json import render
from ..report import Report
from .counters import Tallies, follow_all, totals
from .history import MOST_CHANGES, Change, Standing, changes_between, standing_of
from .state import State, StateDirectory
from .transitions import transitions

SAVE_EVERY = 300.0
"""Seconds after which counters that grew are saved; what changes a report is saved at once."""


class Memory:
    """Follows the reports, and keeps what is worth keeping in *directory*; without one, for this process alone."""

    def __init__(self, directory: StateDirectory | None, *, warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._warn = warn
        self._standing: Standing | None = None
        self._history: tuple[Change, ...] = ()
        self._tallies: Tallies = {}
        self._tried_at = float("-inf")
        self._failed = False
        self._written: Report | None = None
        self._unsaved = False
        self._changed = False
        self.transitions: dict[str, float] = {}
        """When the state of each check last changed, in seconds since the epoch."""

    def restore(self) -> State | None:
        """Take up what the service knew when it last ran."""
        if self._directory is None:
            return None
        self._history = self._directory.load_history()
        state = self._directory.load()
        if state is not None:
            self._standing = state.standing
            self._tallies = state.counters
            self.transitions = dict(state.transitions)
        return state

    def count(self, inventory: Inventory) -> Counters:
        """Take in the counters of *inventory*, and return their sums."""
        counters = device_counters(inventory)
        tallies = follow_all(self._tallies, counters)
        self._unsaved = self._unsaved or tallies != self._tallies
        self._tallies = tallies
        return totals(tallies, counters)

    def note(self, report: Report, *, at: float) -> tuple[Change, ...]:
        """Take in *report*, made at *at* seconds since the epoch; return what is not as it was before."""
        before, after = self._standing, standing_of(report, self._standing)
        self.transitions = transitions(
            before=before.checks if before else {}, after=after.checks, known=self.transitions, at=at
        )
        changes = changes_between(before, after, at=at) if before else ()
        self._history = (*self._history, *changes)[-MOST_CHANGES:]
        self._standing = after
        self._unsaved = True
        self._changed = self._changed or before != after
        return changes

    def publish(self, report: Report) -> None:
        """Write *report* for ``--from-service``, or the time alone when it is the one that is there."""
        if self._directory is None:
            return
        try:
            if report == self._written:
                self._directory.confirm_report()
            else:
                self._directory.save_report(render(report))
                self._written = report
        except OSError as error:
            self._written = None
            self._warn(f"the report could not be written in {self._directory.path}: {error.strerror or error}")

    def save(
        self, report: Report, inventory: Inventory, *, judged_at: float, now: float, at_once: bool = False
    ) -> None:
        """Save what is worth it at monotonic time *now*; a state that cannot be written is told of, and tried later."""
        waited = now - self._tried_at >= SAVE_EVERY
        due = at_once or (waited and self._unsaved) or (self._changed and not self._failed)
        if self._directory is None or self._standing is None or not due:
            return
        self._tried_at = now
        state = State(
            judged_at=judged_at,
            as_of=report.as_of,
            inventory=replace(inventory, device_trees=NOT_COLLECTED),
            standing=self._standing,
            transitions=self.transitions,
            counters=self._tallies,
        )
        try:
            self._directory.save(state)
            if self._changed:
                self._directory.save_history(self._history)
        except OSError as error:
            self._warn(f"the state could not be saved in {self._directory.path}: {error.strerror or error}")
            self._failed = True  # a full disk is not tried every second
        else:
            self._failed = self._unsaved = self._changed = False
