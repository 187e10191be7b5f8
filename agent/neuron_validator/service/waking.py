"""Waking the service's loop: from a signal, from a collector's thread, from a file descriptor that has something."""

from __future__ import annotations

import os
import select
from collections.abc import Iterable


class Waker:
    """A pipe that a sleeping loop listens to."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def signal_descriptor(self) -> int:
        """What `signal.set_wakeup_fd` takes."""
        return self._writing

    def wake(self) -> None:
        """End the sleep; from any thread."""
        try:
            os.write(self._writing, b"\0")
        except BlockingIOError:
            return  # so many wake-ups wait already that the pipe is full

    def sleep(self, seconds: float, *, descriptors: Iterable[int] = ()) -> None:
        """Sleep for *seconds*, or until woken, or until one of *descriptors* can be read."""
        poll = select.poll()
        for descriptor in (self._reading, *descriptors):
            poll.register(descriptor, select.POLLIN)
        poll.poll(max(0.0, seconds) * 1000)
        try:
            while os.read(self._reading, 4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close both ends."""
        os.close(self._reading)
        os.close(self._writing)
