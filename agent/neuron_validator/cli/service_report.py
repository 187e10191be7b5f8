"""The last report of the running service: ``report.json`` in its state directory, as fresh as the file's time says."""

from __future__ import annotations

import os
import time

from neuron_collectors.input_error import InputError, InputMissing

from ..report import Report

STATE_DIRECTORY = "/var/lib/neuron-validator"
REPORT_FILE = "report.json"
"""The service writes it, or sets its time, with every judgement."""
FRESH_SECONDS = 45.0
"""Three of the service's fast periods of 15 s: one judgement may be slow and one lost before it counts as silent."""

_AHEAD_SECONDS = 5.0
"""How far ahead of the clock a file may be. Further ahead, the clock was set back and the age is not known."""


def read_service_report(state_directory: str | None, *, max_age: float) -> Report:
    """
    Return the service's last report; raises `InputError` when there is none, or it is older than *max_age* seconds.

    Without *state_directory* it is looked for in ``$STATE_DIRECTORY``, which systemd sets, else in `STATE_DIRECTORY`.
    """
    from ..report_file import load_report

    named = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    path = os.path.join(state_directory or named or STATE_DIRECTORY, REPORT_FILE)
    _refuse_stale(path, max_age)
    return load_report(path)


def _refuse_stale(path: str, max_age: float) -> None:
    """Raise `InputError` when the service has not judged for longer than *max_age*, or never."""
    try:
        age = time.time() - os.stat(path).st_mtime
    except OSError as error:
        raise InputMissing(f"no report of a running service: {path}: {error.strerror or error}") from error
    if age > max_age:
        raise InputError(f"the service's last report is {age:.0f} s old: {path}")
    if age < -_AHEAD_SECONDS:
        raise InputError(f"the service's last report is {-age:.0f} s ahead of the clock: {path}")
