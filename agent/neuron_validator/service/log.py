"""
The service's log on standard error: one event a line, as logfmt or JSON, with the priorities that journald reads.

.. code-block:: text

    <4>level=warning msg="finding" change=new check=driver-end-of-support scope=host

Below journald (``$JOURNAL_STREAM`` names the stream) each line starts with its priority and has no time, which journald
keeps itself; elsewhere it starts with ``ts``. A line that comes again is written once an hour, with how often it came.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TextIO

from neuron_collectors.facts.frozen import dataclass

LEVELS: Mapping[str, int] = {"error": 3, "warning": 4, "info": 6, "debug": 7}
"""The priority of each level in syslog and journald."""
FORMATS = ("logfmt", "json")

REPEAT_AFTER = 3600.0
"""Seconds for which a line that was written is not written again."""
_MOST_REMEMBERED = 512

_PLAIN = re.compile(r"[\w.:/+@~-]+", re.ASCII)

Field = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """Where the log goes, and in which form."""

    file: TextIO
    journal: bool
    """Whether journald reads it."""


def standard_error(environ: Mapping[str, str]) -> Stream:
    """Return standard error; *environ* tells whether it is journald's."""
    return Stream(file=sys.stderr, journal=_is_journal(environ.get("JOURNAL_STREAM", "")))


def _is_journal(named: str) -> bool:
    """Tell whether standard error is the stream *named* as ``device:inode``."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


class Repeats:
    """Tells which lines come again too soon."""

    def __init__(self, *, after: float = REPEAT_AFTER) -> None:
        self._after = after
        self._seen: dict[str, tuple[float, int]] = {}

    def admit(self, line: str, now: float) -> int | None:
        """Return how often *line* was kept back since it was last written; `None` to keep it back now."""
        written_at, kept_back = self._seen.pop(line, (float("-inf"), 0))
        again = now - written_at >= self._after
        self._seen[line] = (now, 0) if again else (written_at, kept_back + 1)
        while len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]  # the one that was met least recently
        return kept_back if again else None


class Log:
    """Writes events. A log that cannot be written stops nothing. May be used from any thread."""

    def __init__(
        self,
        stream: Stream,
        *,
        level: str = "info",
        form: str = "logfmt",
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._stream = stream
        self._repeats = Repeats()
        self._monotonic = monotonic
        self._wall = wall
        self._lock = threading.Lock()
        self.configure(level=level, form=form)

    def configure(self, *, level: str, form: str) -> None:
        """Write from *level* up, in *form*."""
        self._most = LEVELS[level]
        self._form = form

    def error(self, message: str, **fields: Field) -> None:
        """Tell of what keeps the service from its work."""
        self._tell("error", message, fields)

    def warning(self, message: str, **fields: Field) -> None:
        """Tell of what somebody should look at."""
        self._tell("warning", message, fields)

    def info(self, message: str, **fields: Field) -> None:
        """Tell of what happened."""
        self._tell("info", message, fields)

    def debug(self, message: str, **fields: Field) -> None:
        """Tell of what helps to find a fault in this program."""
        self._tell("debug", message, fields)

    def trace(self, error: BaseException) -> None:
        """Tell where *error*, a bug of this program, was raised."""
        import traceback  # noqa: PLC0415 - in good times nobody needs it

        text = "".join(traceback.format_exception(error))
        self.error("bug: please report it", traceback=text.rstrip())

    def _tell(self, level: str, message: str, fields: Mapping[str, Field]) -> None:
        if LEVELS[level] > self._most:
            return
        with self._lock:
            identity = render_logfmt({"level": level, "msg": message, **fields})
            kept_back = self._repeats.admit(identity, self._monotonic())
            if kept_back is not None:
                self._write(level, {"level": level, "msg": message, **fields}, kept_back)

    def _write(self, level: str, fields: Mapping[str, Field], kept_back: int) -> None:
        known = {name: value for name, value in fields.items() if value is not None}
        if kept_back:
            known["repeated"] = kept_back
        if not self._stream.journal:
            known = {"ts": render_time(self._wall()), **known}
        text = json.dumps(known) if self._form == "json" else render_logfmt(known)
        prefix = f"<{LEVELS[level]}>" if self._stream.journal else ""
        try:
            self._stream.file.write(f"{prefix}{text}\n")
            self._stream.file.flush()
        except (OSError, ValueError):
            return  # the disk is full or the reader has gone: there is nobody left to tell


def render_logfmt(fields: Mapping[str, Field]) -> str:
    """
    Return *fields* as one line of logfmt; what cannot stand bare is quoted as in JSON.

    >>> render_logfmt({"level": "info", "msg": "catalog read", "records": 3, "reload": True})
    'level=info msg="catalog read" records=3 reload=true'
    """
    return " ".join(f"{name}={_logfmt_value(value)}" for name, value in fields.items() if value is not None)


def _logfmt_value(value: Field) -> str:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value)
    return json.dumps(value)


def render_time(seconds: float) -> str:
    """
    Return *seconds* since the epoch as RFC 3339 has it, in UTC.

    >>> render_time(1795231440.25)
    '2026-11-21T03:24:00.250Z'
    """
    try:
        moment = datetime.fromtimestamp(seconds, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return repr(seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
