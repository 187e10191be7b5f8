"""Collecting: what is due is run, what comes back is kept, and what changes is noticed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from neuron_collectors.captured import open_host
from neuron_collectors.device_nodes import collect_device_nodes_for_everyone
from neuron_collectors.device_status import collect_device_status
from neuron_collectors.device_tree import collect_device_tree
from neuron_collectors.facts import Inventory
from neuron_collectors.host import Host, HostError
from neuron_collectors.input_error import InputError
from neuron_collectors.inventory import COLLECTORS, Collector
from neuron_collectors.runs import CollectorRun

from .clock import Clock
from .gathering import Gathering
from .log import Log
from .runner import Outcome, Runner
from .schedule import CHORES, JOBS, WATCH, Job, Schedule
from .settling import LOOK_AGAIN, Settling, read_driver_state
from .watch import Marks, collectors_of_new, collectors_to_hasten, read_marks, watched_directories

SERVICE_COLLECTORS: Mapping[str, Collector] = {
    **COLLECTORS,
    "device_nodes": collect_device_nodes_for_everyone,
    "device_status": collect_device_status,
    "device_trees": collect_device_tree,
}
"""What the service runs: never neuron-ls, which opens the device nodes; nor does it ask what its own user may open."""

_WAIT_FOR_OTHERS = 1.0
"""Seconds for which a change waits for what else is being read."""


class Collecting:
    """The facts of one host, as they are read by and by."""

    def __init__(
        self,
        root: str,
        *,
        clock: Clock,
        log: Log,
        wake: Callable[[], None],
        chores: Mapping[str, Callable[[], None]],
        collectors: Mapping[str, Collector] = SERVICE_COLLECTORS,
        jobs: Mapping[str, Job] = JOBS,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Read the host at *root*; *chores* are run when they are due, like collectors, but at once."""
        self._root = root
        self._clock = clock
        self._log = log
        self._collectors = collectors
        self._jobs = {name: job for name, job in jobs.items() if name in collectors or name in CHORES}
        self._chores = {WATCH: self._look, **chores}
        self._schedule = Schedule(self._jobs, now=clock.monotonic(), draw=draw)
        self._runner = Runner(wake=wake, clock=clock.monotonic)
        self._settling = Settling()
        self._gathering = Gathering(name for name in collectors if name in self._jobs)
        self._host: Host | HostError = HostError(f"{root}: not opened yet")
        self._marks: Marks = {}
        self._changed_at: float | None = None
        self._ended = False

    def turn(self) -> None:
        """Take in what has come back and start what is due."""
        now = self._clock.monotonic()
        for outcome in self._runner.take():
            self._absorb(outcome, now)
        due = self._schedule.due(now)
        if not due:
            return
        self._host = self._reopen_host(now)
        settled = isinstance(self._host, HostError) or self._settling.see(read_driver_state(self._host), now)
        for name in due:
            if name in self._chores:
                self._schedule.advance(name, now)
                self._chores[name]()
            elif name in self._runner.stuck:
                self._schedule.advance(name, now)
            elif name in self._runner.running:
                continue  # it was hastened: what it reads now may be of before
            elif settled or not self._jobs[name].of_driver:
                self._schedule.advance(name, now)
                self._runner.start(name, self._collector(name), deadline=self._jobs[name].deadline)

    def next_turn(self) -> float:
        """Return the monotonic time at which the next turn has something to do, unless something wakes it before."""
        now = self._clock.monotonic()
        times = [self._schedule.next_due()]
        if times[0] <= now:  # what is due and not started waits for the driver
            times = [now + LOOK_AGAIN]
        if (check := self._runner.next_check()) is not None:
            times.append(check)
        if self._changed_at is not None and self.complete:
            times.append(self._changed_at + _WAIT_FOR_OTHERS)
        return min(times)

    def driver_event(self) -> None:
        """Take note that the kernel told of a device, the module or a PCI function."""
        now = self._clock.monotonic()
        self._settling.poke(now)
        self._schedule.hasten((name for name, job in self._jobs.items() if job.of_driver), now)

    @property
    def complete(self) -> bool:
        """Whether every collector has run, or is stuck."""
        return self._gathering.complete

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way but what is stuck."""
        return self._runner.idle

    def has_changed(self) -> bool:
        """Tell whether the inventory has changed and nothing else is worth waiting for; it is told once."""
        if self._changed_at is None:
            return False
        waited = self._clock.monotonic() - self._changed_at >= _WAIT_FOR_OTHERS
        if not (self._runner.idle or (waited and self.complete)):
            return False
        self._changed_at = None
        return True

    def has_ended(self) -> bool:
        """Tell whether all that was started has come back or is stuck; it is told once."""
        ended = self._ended and self._runner.idle
        self._ended = self._ended and not ended
        return ended

    def inventory(self) -> Inventory:
        """Return what is known now."""
        inventory = self._gathering.inventory()
        host = self._host
        if isinstance(host, HostError) or host.live or host.stat(".facts.json") is None:
            return inventory
        from neuron_collectors.recorded_facts import with_recorded_facts  # noqa: PLC0415 - for captured trees alone

        try:
            return with_recorded_facts(host, inventory)
        except InputError as error:
            self._log.warning("recorded facts are of no use", reason=str(error))
            return inventory

    def runs(self) -> tuple[CollectorRun, ...]:
        """Return how the last run of each collector went."""
        return self._gathering.runs()

    def _reopen_host(self, now: float) -> Host | HostError:
        """Return the host to read; when a tree is back, all that failed for want of it is read at once."""
        host = self._open_host()
        if isinstance(self._host, HostError) and isinstance(host, Host):
            self._schedule.hasten(self._jobs.keys() - set(CHORES), now)
        return host

    def _open_host(self) -> Host | HostError:
        """
        Return the host to read.

        A captured tree is opened anew each time: it may have gone, or changed, and a `Host` remembers its links.
        """
        if isinstance(self._host, Host) and self._host.live:
            return self._host
        try:
            return open_host(self._root)
        except HostError as error:
            return error

    def _collector(self, name: str) -> Callable[[], Any]:
        """Return what runs collector *name* on the host as it was opened in this turn."""
        return partial(_collect, self._collectors[name], self._host)

    def _absorb(self, outcome: Outcome, now: float) -> None:
        """Keep what came of a run, and tell of what is new about it."""
        self._tell(outcome)
        self._ended = True
        if outcome.late:
            self._schedule.rest(outcome.collector, now, seconds=outcome.duration)
        if self._gathering.absorb(outcome, at=self._clock.wall()) and self._changed_at is None:
            self._changed_at = now

    def _tell(self, outcome: Outcome) -> None:
        name, reason = outcome.collector, outcome.failure
        was = self._gathering.failures().get(name)
        if outcome.late:
            self._log.info("collector came back", collector=name)
        elif outcome.stuck and was != reason:
            self._log.warning("collector stuck", collector=name, reason=reason)
        elif reason is not None and was != reason:
            self._log.warning("collector failed", collector=name, reason=reason)
        elif reason is None and was is not None:
            self._log.info("collector works again", collector=name)
        if outcome.bug is not None:
            self._log.trace(outcome.bug)

    def _look(self) -> None:
        """Look at the watched directories, and hasten the collectors of what changed."""
        if isinstance(self._host, HostError):
            return
        directories = watched_directories(self._gathering.inventory())
        marks = read_marks(self._host, directories)
        names = collectors_to_hasten(directories, before=self._marks, after=marks) & self._jobs.keys()
        again = collectors_of_new(directories, before=self._marks, after=marks) & self._jobs.keys()
        self._marks = marks
        if names:
            self._log.info("software changed", collectors=",".join(sorted(names)))
        self._schedule.hasten(names | again, self._clock.monotonic())


def _collect(collect: Collector, host: Host | HostError) -> Any:
    """Run *collect* on *host*; a host that cannot be opened costs each collector its fact."""
    if isinstance(host, HostError):
        raise HostError(str(host))
    return collect(host)
