from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator

import pytest

from neuron_collectors.facts import NOT_COLLECTED, Failure, Inventory, Memory, Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.inventory import COLLECTORS, run_collectors, take_inventory

from .conftest import CollectLive, MakeHost

MEMORY = Memory(total_bytes=1, available_bytes=1)


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """An event that a collector waits for, as for firmware; it comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def read_memory(_: Host) -> Memory:
    return MEMORY


def fail(_: Host) -> Memory:
    raise CollectorError("proc/meminfo: no MemTotal: 'x'")


def break_down(_: Host) -> Memory:
    raise ZeroDivisionError("a bug")


def test_every_collector_has_a_field() -> None:
    """The registry's names are fields of the inventory, so that every fact has its place."""
    assert set(COLLECTORS) <= {field.name for field in dataclasses.fields(Inventory)}


def test_an_empty_tree_is_not_collected(make_host: MakeHost) -> None:
    """A tree with nothing in it says nothing: no fact is absent, and nothing has failed."""
    inventory = take_inventory(make_host())
    facts = [getattr(inventory, name) for name in COLLECTORS]

    assert () == inventory.failures
    assert [Unread] * len(COLLECTORS) == [type(fact) for fact in facts]


def test_a_collector_that_fails_costs_no_other(make_host: MakeHost) -> None:
    """Its reason is kept, and stands in its fact, so that a check that needs it can say why it was skipped."""
    inventory = take_inventory(make_host(), collectors={"os": fail, "memory": read_memory})

    assert (Failure(collector="os", reason="proc/meminfo: no MemTotal: 'x'"),) == inventory.failures
    assert Unread("proc/meminfo: no MemTotal: 'x'") == inventory.os
    assert MEMORY == inventory.memory
    assert NOT_COLLECTED == inventory.pci


def test_a_bug_is_raised(make_host: MakeHost) -> None:
    """Only a source that makes no sense is a failure; our own mistakes are not hidden."""
    with pytest.raises(ZeroDivisionError, match="a bug"):
        take_inventory(make_host(), collectors={"os": break_down, "memory": read_memory})


def test_a_bug_leaves_no_thread(make_host: MakeHost) -> None:
    """Nothing runs on after the inventory, however it ended."""
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError):
        take_inventory(make_host(), collectors={"os": break_down})
    take_inventory(make_host(), collectors={"memory": read_memory})
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(timeout=10)

    assert not any(thread.is_alive() for thread in new)


def test_a_stuck_collector_is_left_behind(make_host: MakeHost, stuck: threading.Event) -> None:
    """One that does not return within its deadline is a failure, and those after it run unharmed and in time."""

    def wait(_: Host) -> None:
        stuck.wait(30)

    start = time.monotonic()
    inventory = take_inventory(make_host(), collectors={"pci": wait, "memory": read_memory}, deadline=0.1)

    assert time.monotonic() - start < 5
    assert (Failure(collector="pci", reason="no answer within 0.1 s"),) == inventory.failures
    assert Unread("no answer within 0.1 s") == inventory.pci
    assert MEMORY == inventory.memory


def test_a_late_answer_is_nobody_elses(make_host: MakeHost, stuck: threading.Event) -> None:
    """What a collector returns after it was left behind does not end up in the place of the next one's fact."""

    def answer_late(_: Host) -> str:
        stuck.wait(30)
        return "late"

    def read_meanwhile(_: Host) -> Memory:
        stuck.set()
        time.sleep(0.05)
        return MEMORY

    collectors = {"pci": answer_late, "memory": read_meanwhile}
    inventory = take_inventory(make_host(), collectors=collectors, deadline=0.5)

    assert Unread("no answer within 0.5 s") == inventory.pci
    assert MEMORY == inventory.memory


def test_the_time_for_all_is_kept(make_host: MakeHost, stuck: threading.Event) -> None:
    """When the time for the whole inventory is over, the collectors that are left are not even started."""
    started: list[str] = []

    def wait(_: Host) -> None:
        stuck.wait(30)

    def start(_: Host) -> None:
        started.append("started")

    collectors = {"pci": wait, "devices": start, "memory": start}
    inventory = take_inventory(make_host(), collectors=collectors, timeout=0.1)

    assert [] == started
    assert ["pci", "devices", "memory"] == [failure.collector for failure in inventory.failures]
    assert "not started: 0.1 s for all collectors are over" == inventory.failures[1].reason


def test_the_live_machine_fails_nowhere() -> None:
    """Whatever machine this is, every collector comes back with a fact."""
    assert () == take_inventory(Host()).failures


def test_an_empty_machine_fails_nowhere(collect_live: CollectLive) -> None:
    """Not even on a machine whose file system is empty, as any user."""
    inventory = collect_live("inventory", "take_inventory", uid=65534)

    assert () == inventory.failures
    assert () == inventory.python_environments
    assert inventory.os_packages is None


def test_runs_tell_how_collectors_fared(make_host: MakeHost) -> None:
    """Each run has its end by the clock that was given; one that failed is no success."""
    ticks = iter((100.0, 200.0))
    collectors = {"os": fail, "memory": read_memory}
    inventory, runs = run_collectors(make_host(), collectors=collectors, clock=lambda: next(ticks))

    assert MEMORY == inventory.memory
    assert [("os", False, 100.0), ("memory", True, 200.0)] == [(r.collector, r.success, r.finished_at) for r in runs]
    assert all(0 <= run.duration_seconds < 5 for run in runs)
    assert not any(run.stuck for run in runs)


def test_a_collector_without_an_answer_is_stuck(make_host: MakeHost, stuck: threading.Event) -> None:
    """What never came back is stuck; what came back too late is a failure and no longer stuck."""
    late = threading.Event()

    def wait(_: Host) -> None:
        stuck.wait(30)

    def answer_late(_: Host) -> None:
        late.wait(30)

    def outlast(_: Host) -> Memory:
        late.set()
        time.sleep(0.05)
        return MEMORY

    collectors = {"pci": wait, "devices": answer_late, "memory": outlast}
    _, runs = run_collectors(make_host(), collectors=collectors, deadline=0.2)
    by_name = {run.collector: run for run in runs}

    assert (False, True) == (by_name["pci"].success, by_name["pci"].stuck)
    assert (False, False) == (by_name["devices"].success, by_name["devices"].stuck)
    assert (True, False) == (by_name["memory"].success, by_name["memory"].stuck)
    assert 0.2 <= by_name["pci"].duration_seconds < 5


def test_what_was_not_started_has_no_success(make_host: MakeHost, stuck: threading.Event) -> None:
    """When the time for all is over, the collectors that are left have failed, and are not stuck."""

    def wait(_: Host) -> None:
        stuck.wait(30)

    _, runs = run_collectors(make_host(), collectors={"pci": wait, "memory": read_memory}, timeout=0.1)

    assert [("pci", False, True), ("memory", False, False)] == [(r.collector, r.success, r.stuck) for r in runs]
