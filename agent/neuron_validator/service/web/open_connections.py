"""All open connections: so many at most, and each for so long at most."""

from __future__ import annotations

from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection

_LOOK_EVERY = 0.25


class OpenConnections:
    """
    The open connections of all listeners.

    Where one more than *limit* comes, the one that has been waiting longest makes room: a client that means well sends
    its request at once, or can connect again.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: set[Connection] = set()
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="web deadlines", daemon=True)

    def start(self) -> None:
        """Begin to look after deadlines."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def admit(self, new: Connection) -> None:
        """Add a connection, and cut another where there are too many."""
        with self._lock:
            if len(self._open) >= self._limit:
                waiting = [one for one in self._open if not one.answering]
                self._cut(min(waiting, key=lambda one: one.since, default=new))
            self._open.add(new)

    def forget(self, connection: Connection) -> None:
        """Take out a connection that is about to be closed: after that, it is not cut."""
        with self._lock:
            self._open.discard(connection)

    def cut_overdue(self, now: float) -> None:
        """Cut what is past its deadline; *now* is of the monotonic clock, infinity to cut all."""
        with self._lock:
            for connection in [one for one in self._open if one.deadline < now]:
                self._cut(connection)

    def __len__(self) -> int:
        with self._lock:
            return len(self._open)

    def _cut(self, connection: Connection) -> None:
        # Under the lock: until it is forgotten, its socket is not closed and the number of it not given to another.
        self._open.discard(connection)
        connection.cut()

    def _watch(self) -> None:
        """Cut, time and again, what is past its deadline."""
        while not self._stop.wait(_LOOK_EVERY):
            self.cut_overdue(monotonic())
