"""
When the driver's tree may be read: not while the driver registers devices.

At the ``add`` event of a device its directory has 11 of 249 files, and the rest is there a tenth of a second later
(seen with driver 2.24.7.0). So a burst of events is waited out until the module's ``initstate`` is ``live`` and the
devices are those of a moment ago.
"""

from __future__ import annotations

from neuron_collectors.facts import Reading
from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.host import Host
from neuron_collectors.sysfs import DEVICE_CLASS

QUIET = 1.0
"""Seconds without an event and without a change after which the tree counts as complete."""
PATIENCE = 60.0
"""Seconds after which it is read whatever it looks like: a driver that never gets ready is to be seen, too."""
LOOK_AGAIN = 0.25
"""Seconds between two looks at a driver that is settling."""

_MOVING = ("coming", "going")


@dataclass(frozen=True, kw_only=True, slots=True)
class DriverState:
    """What tells whether the driver is through: cheap to read, and harmless while it registers devices."""

    initstate: Reading[str]
    """``/sys/module/neuron/initstate``: ``live``, ``coming`` or ``going``; `None` when the module is not loaded."""
    names: Reading[tuple[str, ...]]
    """What is in ``/sys/class/neuron_device``, e.g. ``("neuron0", "neuron1", "node_id_2")``."""


def read_driver_state(host: Host) -> DriverState:
    """Read the state of the driver."""
    return DriverState(initstate=host.read_line("sys/module/neuron/initstate"), names=host.list_directory(DEVICE_CLASS))


class Settling:
    """Tells whether the driver has settled, from its states and events as they are seen."""

    def __init__(self, *, quiet: float = QUIET, patience: float = PATIENCE) -> None:
        self._quiet = quiet
        self._patience = patience
        self._state: DriverState | None = None
        self._moved_at = float("-inf")
        self._since: float | None = None

    def poke(self, now: float) -> None:
        """Take note of an event at monotonic time *now*."""
        self._moved_at = now
        if self._since is None:
            self._since = now

    def see(self, state: DriverState, now: float) -> bool:
        """Take note of *state* at *now*; return whether the driver's tree may be read."""
        if self._state is not None and state != self._state:
            self.poke(now)
        if state.initstate in _MOVING and self._since is None:
            self.poke(now)
        self._state = state
        if self._since is None:
            return True
        quiet = now - self._moved_at >= self._quiet and state.initstate not in _MOVING
        if quiet or now - self._since >= self._patience:
            # Not forgotten while it moves: `since` stands, so that patience is not granted anew.
            self._since = None if quiet else self._since
            return True
        return False

    @property
    def moving(self) -> bool:
        """Whether something has happened that is not over."""
        return self._since is not None
