"""What systemd is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuron_validator.service.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Return a socket as systemd's, and what NOTIFY_SOCKET says of it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@neuron-validator-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(name.replace("@", "\0", 1))
        sock.settimeout(5)
        yield sock, name


def test_messages(listener: tuple[socket.socket, str]) -> None:
    """
    Each state is one datagram, to a path or an abstract socket.
    """
    sock, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name}, process=7)
    notifier.ready("1 critical;\n14:02 UTC")
    notifier.status("nothing to act on")
    notifier.reloading(12.5)
    notifier.feed()
    notifier.stopping()

    assert [
        "READY=1\nSTATUS=1 critical; 14:02 UTC",
        "STATUS=nothing to act on",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "WATCHDOG=1",
        "STOPPING=1",
    ] == [sock.recv(4096).decode() for _ in range(5)]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere"}, {"NOTIFY_SOCKET": ""}])
def test_nobody_listens(environ: dict[str, str]) -> None:
    """
    Without systemd, or when its socket has gone, nothing is told and nothing fails.
    """
    Notifier(environ, process=7).ready("")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "7"}, 22.5),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000"}, 22.5),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "8"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "0"}, None),
        ({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "90000000"}, None),
        ({"NOTIFY_SOCKET": "@x"}, None),
    ],
)
def test_watchdog(environ: dict[str, str], expected: float | None) -> None:
    """
    The watchdog is fed four times within its time, when it is meant for this process.
    """
    assert expected == Notifier(environ, process=7).watchdog_interval
