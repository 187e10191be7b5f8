"""A burst of events is waited out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.collectors.conftest import make_tree

from neuron_collectors.captured import open_host
from neuron_validator.service.settling import DriverState, Settling, read_driver_state

LIVE = DriverState(initstate="live", names=("neuron0", "neuron1"))
COMING = DriverState(initstate="coming", names=("neuron0",))
GONE = DriverState(initstate=None, names=None)


def test_a_driver_at_rest_may_be_read() -> None:
    """
    Without an event and without a change there is nothing to wait for.
    """
    settling = Settling()

    assert [True, True] == [settling.see(LIVE, now) for now in (0.0, 15.0)]


@pytest.mark.parametrize("state", [LIVE, GONE])
def test_an_event_is_waited_out(state: DriverState) -> None:
    """
    A second after the last event the tree is complete.
    """
    settling = Settling(quiet=1.0)
    settling.see(state, 0.0)
    settling.poke(10.0)
    settling.poke(10.5)

    assert [False, False, True] == [settling.see(state, now) for now in (10.5, 11.4, 11.5)]


def test_a_change_of_names_is_waited_out() -> None:
    """
    Without events, a device that comes or goes between two looks is noticed by its name.
    """
    settling = Settling(quiet=1.0)
    settling.see(LIVE, 0.0)
    fewer = DriverState(initstate="live", names=("neuron0",))

    assert [False, False, True] == [
        settling.see(state, now) for state, now in ((fewer, 15.0), (LIVE, 15.5), (LIVE, 16.5))
    ]


def test_a_driver_that_registers_devices_is_waited_for() -> None:
    """
    While the module is ``coming`` nothing is read, even when nothing changes, until patience is over.
    """
    settling = Settling(quiet=1.0, patience=60.0)

    assert [False, False, True, True] == [settling.see(COMING, now) for now in (0.0, 30.0, 60.0, 75.0)]
    assert [True, True] == [settling.see(LIVE, now) for now in (89.5, 91.0)]
    assert not settling.moving


def test_state_of_a_tree(tmp_path: Path) -> None:
    """
    What is looked at is the module's state and the names of its devices.
    """
    make_tree(tmp_path, {"sys/module/neuron/initstate": "live\n", "sys/class/neuron_device/neuron0/dev": "246:0\n"})

    assert DriverState(initstate="live", names=("neuron0",)) == read_driver_state(open_host(tmp_path))
