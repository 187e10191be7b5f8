"""
Collectors in threads: one after another, and none waits for one that is stuck.

A read in the kernel cannot be interrupted, so a collector that exceeds its deadline is reported as stuck and left
behind in its thread, and another thread takes over. What it brings when it returns at last is dropped: a file of the
driver that blocked for 15 s says 0 because the firmware did not answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.host import CollectorError, HostError
from neuron_collectors.input_error import InputError

PATIENCE = 0.5
"""Seconds after which another thread takes what waits behind a collector that is slow, though not yet stuck."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one run of a collector ended, or that it has not."""

    collector: str
    fact: Any = None
    failure: str | None = None
    """Why there is no fact, e.g. ``no answer within 5 s``."""
    bug: Exception | None = None
    """What it raised that no collector should."""
    duration: float
    """Seconds that it took, or has taken so far."""
    stuck: bool = False
    """Whether it still runs."""
    late: bool = False
    """Whether it was stuck and has returned."""


class _Task:
    """A collector on its way."""

    __slots__ = ("collect", "deadline", "name", "started_at", "stuck")

    def __init__(self, name: str, collect: Callable[[], Any], deadline: float) -> None:
        self.name = name
        self.collect = collect
        self.deadline = deadline
        self.started_at: float | None = None
        self.stuck = False


class Runner:
    """Runs collectors and tells what became of them. But for its own threads it is used from one thread."""

    def __init__(self, *, wake: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        """*wake* is called, in another thread, when there is something to take."""
        self._wake = wake
        self._clock = clock
        self._lock = threading.Lock()  # held for the two below, never while a collector runs
        self._waiting: deque[_Task] = deque()
        self._threads = 0
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._tasks: dict[str, _Task] = {}

    @property
    def running(self) -> frozenset[str]:
        """The collectors that have not returned, stuck ones among them."""
        return frozenset(self._tasks)

    @property
    def stuck(self) -> frozenset[str]:
        """The collectors that have exceeded their deadlines and have not returned."""
        return frozenset(name for name, task in self._tasks.items() if task.stuck)

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way but what is stuck."""
        return all(task.stuck for task in self._tasks.values())

    def start(self, name: str, collect: Callable[[], Any], *, deadline: float) -> None:
        """Run *collect* for collector *name*, which must not be running; it is stuck after *deadline* seconds."""
        if name in self._tasks:
            raise ValueError(f"{name} is running")
        task = self._tasks[name] = _Task(name, collect, deadline)
        with self._lock:
            self._waiting.append(task)
        self._provide()

    def take(self) -> tuple[Outcome, ...]:
        """Return what has ended since, and what has become stuck."""
        taken = []
        while not self._outcomes.empty():
            outcome = self._outcomes.get()
            task = self._tasks.pop(outcome.collector)
            taken.append(_late(outcome, task) if task.stuck else outcome)
        taken += self._overdue(self._clock())
        self._provide()
        return tuple(taken)

    def next_check(self) -> float | None:
        """Return the monotonic time by which `take` has to be called even if nothing ends; `None` for never."""
        times = [
            self._clock() + PATIENCE if task.started_at is None else task.started_at + task.deadline
            for task in self._tasks.values()
            if not task.stuck
        ]
        return min(times, default=None)

    def _overdue(self, now: float) -> list[Outcome]:
        """Mark what has exceeded its deadline; it is told of once."""
        overdue = []
        for task in self._tasks.values():
            if task.stuck or task.started_at is None or now - task.started_at < task.deadline:
                continue
            task.stuck = True
            failure = f"no answer within {task.deadline:g} s"
            overdue.append(Outcome(collector=task.name, failure=failure, duration=now - task.started_at, stuck=True))
        return overdue

    def _provide(self) -> None:
        """Start a thread when something waits and every other has been busy for longer than anyone should wait."""
        with self._lock:
            if not self._waiting:
                return
            started = [task.started_at for task in self._tasks.values() if task.started_at is not None]
            busy = self._threads <= len(started) and self._clock() - max(started, default=0.0) >= PATIENCE
            if self._threads and not busy:
                return
            self._threads += 1
        threading.Thread(target=self._work, name="collector", daemon=True).start()

    def _work(self) -> None:
        """Run what waits until nothing does."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                task = self._waiting.popleft()
                started_at = task.started_at = self._clock()
            outcome = _outcome(task)
            self._outcomes.put(replace(outcome, duration=self._clock() - started_at))
            self._wake()


def _outcome(task: _Task) -> Outcome:
    """Run one collector and catch what it raises, for the thread that waits."""
    try:
        return Outcome(collector=task.name, fact=task.collect(), duration=0.0)
    except (CollectorError, HostError, InputError) as error:
        return Outcome(collector=task.name, failure=str(error), duration=0.0)
    except Exception as error:  # noqa: BLE001 - carried to the service's loop, one of the two edges, and told of there
        return Outcome(collector=task.name, failure=f"bug: {type(error).__name__}: {error}", bug=error, duration=0.0)


def _late(outcome: Outcome, task: _Task) -> Outcome:
    """Drop the fact of a run that was stuck."""
    failure = f"no answer within {task.deadline:g} s, but after {outcome.duration:.3g} s"
    return Outcome(collector=task.name, failure=failure, bug=outcome.bug, duration=outcome.duration, late=True)
