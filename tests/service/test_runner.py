"""Collectors in threads: none waits for one that is stuck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from neuron_collectors.host import CollectorError
from neuron_validator.service.runner import PATIENCE, Outcome, Runner


class StoppedClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Return what a stuck collector waits for; it is let go at the end."""
    event = threading.Event()
    yield event
    event.set()


def wait_for(runner: Runner, count: int) -> list[Outcome]:
    """Take *count* outcomes."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + 10
    while len(outcomes) < count and time.monotonic() < end:
        outcomes += runner.take()
        time.sleep(0.002)
    return outcomes


def wait_until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not met() and time.monotonic() < end:
        time.sleep(0.002)


def test_outcomes() -> None:
    """
    A fact, a source that is nonsense, and a bug each come back as what they are, and wake the loop.
    """
    woken: list[int] = []
    runner = Runner(wake=lambda: woken.append(1))

    def fail() -> None:
        raise CollectorError("sys/x: nonsense")

    def err() -> None:
        raise TypeError("oops")

    for name, collect in (("fact", lambda: 7), ("fail", fail), ("bug", err)):
        runner.start(name, collect, deadline=5.0)
    outcomes = {outcome.collector: outcome for outcome in wait_for(runner, 3)}

    assert (7, None) == (outcomes["fact"].fact, outcomes["fact"].failure)
    assert "sys/x: nonsense" == outcomes["fail"].failure
    assert "bug: TypeError: oops" == outcomes["bug"].failure
    assert isinstance(outcomes["bug"].bug, TypeError)
    assert 3 == len(woken)
    assert runner.idle


def test_a_stuck_collector_delays_no_other(clock: StoppedClock, gate: threading.Event) -> None:
    """
    What waits behind a slow collector is run by another thread, long before the slow one counts as stuck.
    """
    runner = Runner(wake=lambda: None, clock=clock)
    runner.start("slow", gate.wait, deadline=5.0)
    wait_until(lambda: runner.next_check() == 105.0)
    runner.start("other", lambda: 7, deadline=5.0)

    assert () == runner.take()

    clock.now += PATIENCE

    assert ["other"] == [outcome.collector for outcome in wait_for(runner, 1)]
    assert not runner.idle


def test_stuck_and_back(clock: StoppedClock, gate: threading.Event) -> None:
    """
    A collector that exceeds its deadline is told of once, is not started again, and what it brings is dropped.
    """
    runner = Runner(wake=lambda: None, clock=clock)
    runner.start("slow", lambda: gate.wait() and 7, deadline=5.0)
    wait_until(lambda: runner.next_check() == 105.0)
    clock.now += 5.0
    (stuck,) = runner.take()

    assert ("no answer within 5 s", True, 5.0) == (stuck.failure, stuck.stuck, stuck.duration)
    assert () == runner.take()
    assert runner.idle
    assert {"slow"} == runner.stuck
    with pytest.raises(ValueError, match="slow is running"):
        runner.start("slow", lambda: 8, deadline=5.0)

    clock.now += 15.0
    gate.set()
    (late,) = wait_for(runner, 1)

    assert (None, True, False, 20.0) == (late.fact, late.late, late.stuck, late.duration)
    assert frozenset() == runner.running


def test_threads_end() -> None:
    """
    Threads do not pile up, however much is run.
    """
    runner = Runner(wake=lambda: None)
    before = threading.active_count()
    for _ in range(20):
        for name in "abc":
            runner.start(name, lambda: 1, deadline=5.0)
        wait_for(runner, 3)
    wait_until(lambda: threading.active_count() <= before)

    assert threading.active_count() <= before
