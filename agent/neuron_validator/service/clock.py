"""The two clocks of the service, as an argument: what is scheduled never looks at the one that can be set."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timezone

from neuron_collectors.facts.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """Where the time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow: for everything that is waited for."""
    wall: Callable[[], float] = time.time
    """Seconds since the epoch, which jump when the clock is set: for dates, and for times that are told."""

    def today(self) -> date:
        """Return the day in UTC, as all dates of the catalog are."""
        return datetime.fromtimestamp(self.wall(), timezone.utc).date()

    def time_of_day(self) -> str:
        """Return hours and minutes in UTC, e.g. ``14:02``."""
        return datetime.fromtimestamp(self.wall(), timezone.utc).strftime("%H:%M")
