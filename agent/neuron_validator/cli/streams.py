"""The standard streams where nobody reads them: closed before the start, or while the program writes."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Open standard output and error where the caller has closed them (`>&-`): what goes there is not wanted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open as long as the program


def discard_output() -> None:
    """Send standard output nowhere: its reader has gone (`| head`), and the interpreter must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
