"""The limits of the process that collects, from ``/proc/self/limits``: what it starts inherits them."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, ProcessLimits, Reading
from .host import CollectorError, Host

_PATH = "proc/self/limits"


def collect_limits(host: Host) -> Reading[ProcessLimits]:
    """Return the limits; in a captured tree those of the program that copied the file."""
    text = host.read_text(_PATH)
    if text is None:
        return NOT_COLLECTED
    return parse_limits(text) if isinstance(text, str) else text


def parse_limits(text: str) -> ProcessLimits:
    """
    Parse ``/proc/<pid>/limits`` (proc_pid_limits(5)).

    .. code-block:: text

        Limit                     Soft Limit           Hard Limit           Units
        Max open files            1024                 1048576              files
        Max locked memory         67108864             unlimited            bytes
    """
    memory, memory_hard = _parse_line(text, "Max locked memory")
    files, files_hard = _parse_line(text, "Max open files")
    return ProcessLimits(
        locked_memory_bytes=memory,
        locked_memory_hard_bytes=memory_hard,
        open_files=files,
        open_files_hard=files_hard,
    )


def _parse_line(text: str, name: str) -> tuple[int | None, int | None]:
    """Return the soft and the hard limit *name*; `None` is none."""
    line = re.search(rf"^{name} +([0-9]{{1,19}}|unlimited) +([0-9]{{1,19}}|unlimited)\b", text, re.MULTILINE)
    if line is None:
        raise CollectorError(f"{_PATH}: no {name!r}: {text[:80]!r}")
    soft, hard = (None if limit == "unlimited" else int(limit) for limit in line.groups())
    return soft, hard
