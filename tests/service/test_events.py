"""What the kernel tells of Neuron devices."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.facts import Unread
from neuron_validator.service.events import DeviceEvents, Event, open_events, parse_event


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            {"ACTION": "add", "SUBSYSTEM": "neuron_device", "DEVPATH": "/devices/virtual/neuron_device/neuron0"},
            Event(action="add", subsystem="neuron_device", name="neuron0"),
        ),
        (
            {"ACTION": "remove", "SUBSYSTEM": "module", "DEVPATH": "/module/neuron"},
            Event(action="remove", subsystem="module", name="neuron"),
        ),
        ({"ACTION": "add", "SUBSYSTEM": "module", "DEVPATH": "/module/nvme"}, None),
        (
            {
                "ACTION": "bind",
                "SUBSYSTEM": "pci",
                "DEVPATH": "/devices/pci0000:00/0000:00:1e.0",
                "PCI_ID": "1D0F:7164",
                "DRIVER": "neuron-driver",
            },
            Event(action="bind", subsystem="pci", name="0000:00:1e.0"),
        ),
        ({"ACTION": "bind", "SUBSYSTEM": "pci", "DEVPATH": "/devices/pci/x", "PCI_ID": "1D0F:EC20"}, None),
        ({"ACTION": "add", "SUBSYSTEM": "net", "DEVPATH": "/devices/neuron"}, None),
        ({}, None),
    ],
)
def test_which_events_count(properties: dict[str, str], expected: Event | None) -> None:
    """
    Devices, the module and Neuron's PCI functions count; network cards of the same vendor do not.
    """
    assert expected == parse_event(properties)


class Device:
    """A device as pyudev gives it."""

    properties: ClassVar = {"ACTION": "add", "SUBSYSTEM": "module", "DEVPATH": "/module/neuron"}


class Monitor:
    """A monitor that has this to give."""

    def __init__(self, given: Sequence[Any]) -> None:
        self._given = list(given)

    def fileno(self) -> int:
        return 0

    def poll(self, timeout: float | None = None) -> Any:
        one = self._given.pop(0) if self._given else None
        if isinstance(one, OSError):
            raise one
        return one


def test_events_that_were_lost_are_events() -> None:
    """
    When the kernel had more to tell than fits, that is a reason to look.
    """
    events = DeviceEvents(Monitor([Device(), OSError(errno.ENOBUFS, "full"), Device()])).take()

    assert ["add", "lost", "add"] == [event.action for event in events]


def test_a_lost_connection_is_told() -> None:
    """
    A connection that is gone is for the caller to give up.
    """
    with pytest.raises(OSError, match="gone"):
        DeviceEvents(Monitor([OSError(errno.EBADF, "gone")])).take()


def test_without_pyudev(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where pyudev or the library below it is missing, the reason is given.
    """
    monkeypatch.setitem(sys.modules, "pyudev", None)

    found = open_events()

    assert isinstance(found, Unread)
    assert found.reason.startswith("pyudev: ")


def test_without_netlink(mocker: MockerFixture) -> None:
    """
    Where the kernel allows no netlink socket, the reason is given.
    """
    pyudev = pytest.importorskip("pyudev")
    mocker.patch.object(pyudev.Monitor, "from_netlink", side_effect=OSError(errno.EAFNOSUPPORT, "not supported"))

    found = open_events()

    assert isinstance(found, Unread)
    assert "not supported" in found.reason
