"""
When each collector runs: literal periods, and what is due at a monotonic time.

Every period is a grid: its ticks lie a period apart, and where the first one lies is drawn at start, so that the hosts
of a fleet that start together do not read together. Collectors of one period keep to one grid and are read in one go. A
machine that slept misses ticks and does not make up for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from neuron_collectors.facts.frozen import dataclass

FAST = 15.0
MINUTE = 60.0
SLOW = 600.0
DAILY = 86_400.0

_SHORT = 5.0
_LONG = 30.0

CATALOG = "catalog"
"""No collector: the overlays of the catalog are read anew."""
WATCH = "watched directories"
"""No collector: a look at what may call for one at once."""
CHORES = (WATCH, CATALOG)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """How often one collector runs, and how long it may take."""

    period: float
    """Seconds from one start to the next."""
    deadline: float = _SHORT
    """Seconds after which it counts as stuck; the 5 s of a one-shot run for what ought to answer at once."""
    of_driver: bool = False
    """Whether it reads what the driver shows, which is incomplete while the driver registers devices."""


# In the order in which they run: presence first, what can take long last.
JOBS: Mapping[str, Job] = {
    WATCH: Job(period=FAST),
    "driver": Job(period=FAST, of_driver=True),
    "pci": Job(period=FAST, of_driver=True),
    "devices": Job(period=FAST, of_driver=True),
    "device_class": Job(period=FAST, of_driver=True),
    "device_nodes": Job(period=FAST, of_driver=True),
    "device_status": Job(period=FAST, of_driver=True),
    "device_health": Job(period=FAST, of_driver=True),
    "processes": Job(period=MINUTE),
    "hidden_processes": Job(period=MINUTE),
    "memory": Job(period=MINUTE),
    "huge_pages": Job(period=MINUTE),
    "disks": Job(period=MINUTE),
    "kernel_log": Job(period=MINUTE),
    "instance": Job(period=SLOW),
    "os": Job(period=SLOW),
    "image": Job(period=SLOW),
    "container": Job(period=SLOW),
    "pod": Job(period=SLOW),
    "device_plugin": Job(period=SLOW),
    "oci_hook": Job(period=SLOW),
    "efa": Job(period=SLOW),
    "driver_files": Job(period=SLOW),
    "dkms": Job(period=SLOW),
    "boot": Job(period=SLOW),
    "module_loading": Job(period=SLOW),
    "udev_rules": Job(period=SLOW),
    "environment": Job(period=SLOW),
    "limits": Job(period=SLOW),
    "os_packages": Job(period=SLOW, deadline=_LONG),
    "package_holds": Job(period=SLOW),
    "python_environments": Job(period=SLOW, deadline=_LONG),
    "runtime_libraries": Job(period=SLOW, deadline=_LONG),
    "extension_libraries": Job(period=SLOW, deadline=_LONG),
    "compile_caches": Job(period=SLOW, deadline=_LONG),
    "device_trees": Job(period=SLOW, deadline=_LONG, of_driver=True),
    CATALOG: Job(period=DAILY),
}


def next_tick(now: float, *, period: float, offset: float) -> float:
    """
    Return the first tick after *now* of the grid that *period* and *offset* make.

    >>> next_tick(31.0, period=15.0, offset=4.0)
    34.0
    """
    tick = offset + (math.floor((now - offset) / period) + 1) * period
    return tick if tick > now else tick + period  # rounding: at a tick, the next one


class Schedule:
    """Which jobs are due. Every job is due at the start."""

    def __init__(self, jobs: Mapping[str, Job], *, now: float, draw: Callable[[], float]) -> None:
        """Begin at monotonic time *now*; *draw* gives a number from 0 to 1 for each period, once."""
        self._jobs = jobs
        self._offsets = {period: now + draw() * period for period in sorted({job.period for job in jobs.values()})}
        self._due = dict.fromkeys(jobs, now)

    def due(self, now: float) -> tuple[str, ...]:
        """Return the jobs that are due at *now*, in the order of the table."""
        return tuple(name for name, time in self._due.items() if time <= now)

    def next_due(self) -> float:
        """Return when the next job is due; what has passed is due now."""
        return min(self._due.values())

    def advance(self, name: str, now: float) -> None:
        """Move *name* to its next tick: it was started, or still runs."""
        period = self._jobs[name].period
        self._due[name] = next_tick(now, period=period, offset=self._offsets[period])

    def hasten(self, names: Iterable[str], now: float) -> None:
        """Make *names* due by *now*: what they read has changed."""
        for name in names:
            self._due[name] = min(self._due[name], now)

    def rest(self, name: str, now: float, *, seconds: float) -> None:
        """Leave *name* alone for *seconds*: what did not answer in time is not asked again at once."""
        self._due[name] = max(self._due[name], now + seconds)
