"""
What systemd is told, by its notification protocol: one datagram to the socket that it names, no library needed.

See sd_notify(3). An address that begins with ``@`` is an abstract socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

_WATCHDOG_SHARE = 4
"""The watchdog is fed this often within its time; systemd advises half, and a loop turns at its own pace."""


class Notifier:
    """Tells systemd of the service's state; tells nobody when systemd did not start it."""

    def __init__(self, environ: Mapping[str, str], *, process: int) -> None:
        """Read from *environ* what systemd set for *process*."""
        self._address = environ.get("NOTIFY_SOCKET", "")
        self.watchdog_interval = _watchdog_interval(environ, process) if self._address else None
        """Seconds between two feedings of the watchdog; `None` when there is none."""

    def ready(self, status: str) -> None:
        """Say that the service is up, or through with reloading."""
        self._send({"READY": "1", "STATUS": status})

    def status(self, status: str) -> None:
        """Say in one line how things are, for ``systemctl status``."""
        self._send({"STATUS": status})

    def reloading(self, now: float) -> None:
        """Say at monotonic time *now* that the configuration is being read anew; `ready` ends it."""
        self._send({"RELOADING": "1", "MONOTONIC_USEC": str(int(now * 1_000_000))})

    def stopping(self) -> None:
        """Say that the service is going down."""
        self._send({"STOPPING": "1"})

    def feed(self) -> None:
        """Keep the watchdog from ending the service."""
        self._send({"WATCHDOG": "1"})

    def _send(self, state: Mapping[str, str]) -> None:
        if not self._address:
            return
        import socket  # noqa: PLC0415 - only under systemd

        lines = "\n".join(f"{name}={value.replace(chr(10), ' ')}" for name, value in state.items())
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # Whoever listens may have gone; systemd's watchdog notices what matters.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.sendto(lines.encode(), socket.MSG_DONTWAIT, address)


def _watchdog_interval(environ: Mapping[str, str], process: int) -> float | None:
    """Return how often to feed the watchdog, in seconds."""
    meant_for = environ.get("WATCHDOG_PID", str(process))
    microseconds = environ.get("WATCHDOG_USEC", "")
    if meant_for != str(process) or not microseconds.isdecimal() or len(microseconds) > 18 or int(microseconds) == 0:
        return None
    return int(microseconds) / 1_000_000 / _WATCHDOG_SHARE
