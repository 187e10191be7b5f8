"""What a run is at, on a terminal, once it takes longer than one waits for without asking."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from neuron_collectors.host import Host
    from neuron_collectors.inventory import Collector

PATIENCE = 0.3
"""Seconds without a word."""

_START_OF_LINE = "\r\x1b[K"


@contextmanager
def shown_progress(collectors: Mapping[str, Collector]) -> Iterator[Mapping[str, Collector]]:
    """Give *collectors* that say on a terminal which one is running; on anything else, as they are."""
    if not sys.stderr.isatty() or os.environ.get("TERM", "") in ("", "dumb"):
        yield collectors
        return
    progress = _Progress(sys.stderr)
    try:
        yield {name: progress.watch(name, collect) for name, collect in collectors.items()}
    finally:
        progress.end()


class _Progress:
    """One line, that is written over and taken away in the end."""

    def __init__(self, stream: TextIO) -> None:
        from threading import Lock, Timer

        self._stream = stream
        self._lock = Lock()
        self._running = ""
        self._due = False
        self._timer = Timer(PATIENCE, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, name: str, collect: Collector) -> Collector:
        """Return *collect*, that says its *name* when it starts."""

        def watched(host: Host) -> object:
            with self._lock:
                self._running = name
                self._show()
            return collect(host)

        return watched

    def end(self) -> None:
        """Say nothing any more, and take away what was said."""
        self._timer.cancel()
        with self._lock:
            if self._due:
                self._write("")
            self._due = False

    def _begin(self) -> None:
        with self._lock:
            self._due = True
            self._show()

    def _show(self) -> None:
        if self._due:
            self._write(f"reading {self._running.replace('_', ' ')}")

    def _write(self, text: str) -> None:
        self._stream.write(_START_OF_LINE + text)
        self._stream.flush()
