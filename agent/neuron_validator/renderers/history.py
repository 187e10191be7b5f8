"""What changed on a host over time, as the service has written it down."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..service.history import Change, last_worked
from ..service.log import render_time
from ..service.state import describe_change
from .text import to_line

SCHEMA_VERSION = "1.0"


def render_json(changes: Sequence[Change]) -> str:
    """Return *changes* as one JSON document."""
    entries = [{**describe_change(change), "at": render_time(change.at)} for change in changes]
    return json.dumps({"schema_version": SCHEMA_VERSION, "changes": entries}, indent=2) + "\n"


def render_text(changes: Sequence[Change]) -> str:
    """Return *changes* as lines, and where the host last worked."""
    if not changes:
        return "Nothing has changed since the service began to look.\n"
    worked = last_worked(changes)
    lines = [_line(change) for change in changes]
    if worked is not None:
        lines.insert(worked, "-- until here the host worked --")
    return "\n".join(lines) + "\n"


def _line(change: Change) -> str:
    when = render_time(change.at)[:16].replace("T", " ")
    scope = f" ({change.scope})" if change.scope and change.scope != "host" else ""
    return to_line(f"{when} UTC  {change.kind:8} {change.subject}{scope}: {_what(change)}")


def _what(change: Change) -> str:
    """Say what became of it."""
    came, went = {"finding": ("found, {}", "ended")}.get(change.kind, ("new, {}", "gone, was {}"))
    if change.before is None:
        return came.format(change.after)
    if change.after is None:
        return went.format(change.before)
    return f"{change.before} -> {change.after}"
