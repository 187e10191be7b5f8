"""When collectors run: on their periods, whatever the clock does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.inventory import COLLECTORS
from neuron_validator.service.schedule import CHORES, DAILY, FAST, JOBS, MINUTE, SLOW, Job, Schedule, next_tick

times = st.floats(min_value=0, max_value=1e7, allow_nan=False)
periods = st.sampled_from([FAST, MINUTE, SLOW, DAILY])
fractions = st.floats(min_value=0, max_value=1, exclude_max=True)


def test_every_collector_has_a_period() -> None:
    """
    Every collector of a one-shot run, and the two that it leaves out for their number of files, are scheduled.
    """
    assert {*COLLECTORS, "device_status", "device_trees", *CHORES} == set(JOBS)


def test_nothing_opens_the_devices() -> None:
    """
    neuron-ls, which opens the device nodes, and the metadata service are never asked.
    """
    assert set() == JOBS.keys() & {"neuron_ls", "instance_metadata"}


@pytest.mark.parametrize(
    ("names", "period"),
    [
        (("pci", "devices", "device_nodes", "device_class", "driver", "device_status", "device_health"), 15),
        (("processes", "hidden_processes"), 60),
        (("os_packages", "python_environments", "runtime_libraries", "device_trees"), 600),
        (("catalog",), 86_400),
    ],
)
def test_periods(names: tuple[str, ...], period: float) -> None:
    """
    Presence, status and health are read every 15 s, processes every minute, software every 10 minutes.
    """
    assert {period} == {JOBS[name].period for name in names}


@given(now=times, period=periods, fraction=fractions)
def test_next_tick(now: float, period: float, fraction: float) -> None:
    """The next tick is in the future, and no more than a period away."""
    tick = next_tick(now, period=period, offset=fraction * period)

    assert now < tick <= now + period * 1.000001


@given(
    start=times,
    fractions=st.lists(fractions, min_size=4, max_size=4),
    steps=st.lists(st.floats(min_value=0.01, max_value=50), min_size=1, max_size=60),
)
def test_no_job_is_late(start: float, fractions: list[float], steps: list[float]) -> None:
    """However the loop turns, a job that is started when it is due never waits longer than a period and a turn."""
    draws = iter(fractions)
    schedule = Schedule(JOBS, now=start, draw=lambda: next(draws))
    started = dict.fromkeys(JOBS, start)
    now = start
    for step in steps:
        for name in schedule.due(now):
            started[name] = now
            schedule.advance(name, now)

        late = {name for name, job in JOBS.items() if now - started[name] > (job.period + max(steps)) * 1.000001}
        assert set() == late
        now += step


@given(start=times, fraction=fractions)
def test_everything_is_due_at_the_start(start: float, fraction: float) -> None:
    """A service that starts reads everything, in the order of the table."""
    assert tuple(JOBS) == Schedule(JOBS, now=start, draw=lambda: fraction).due(start)


@given(sleep=st.floats(min_value=0, max_value=1e6), fraction=fractions)
def test_missed_ticks_are_not_made_up_for(sleep: float, fraction: float) -> None:
    """After a sleep of any length each job is due once."""
    schedule = Schedule(JOBS, now=0.0, draw=lambda: fraction)
    for name in JOBS:
        schedule.advance(name, sleep)

    assert () == schedule.due(sleep)
    assert sleep < schedule.next_due() <= sleep + FAST * 1.000001


def test_one_period_is_one_grid() -> None:
    """
    Collectors of one period are due together, also after one of them was hastened.
    """
    jobs = {"a": Job(period=15.0), "b": Job(period=15.0)}
    schedule = Schedule(jobs, now=0.0, draw=lambda: 0.4)
    for name in jobs:
        schedule.advance(name, 0.0)
    schedule.hasten(["b"], 2.0)

    assert ("b",) == schedule.due(2.0)

    schedule.advance("b", 2.0)

    assert 6.0 == schedule.next_due()
    assert ("a", "b") == schedule.due(6.0)


def test_rest_after_being_stuck() -> None:
    """
    What took a minute to answer is left alone for a minute.
    """
    schedule = Schedule({"a": Job(period=15.0)}, now=0.0, draw=lambda: 0.0)
    schedule.advance("a", 60.0)
    schedule.rest("a", 60.0, seconds=60.0)

    assert () == schedule.due(119.0)
    assert ("a",) == schedule.due(120.0)
