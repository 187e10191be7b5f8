"""
What a check of compiled models has to say, as a page or as JSON.

.. code-block:: text

    Models     3 compiled models
    Against    runtime 2.31.24.0, Trainium2
"""

from __future__ import annotations

import json

from ..neff_report import NeffCheck
from .json import to_mapping
from .style import Style
from .terminal import render as render_report
from .text import map_text, to_ascii, to_line, to_unicode

_MOST_UNREAD = 5


def render_text(check: NeffCheck, *, style: Style, verbosity: int = 0) -> str:
    """Return *check* as a page: models and host in short, findings and verdict; with *verbosity* more of the host."""
    head = "" if verbosity < 0 else "".join(f"{label:11}{text}\n" for label, text in _head(check, style)) + "\n"
    return head + render_report(check.report, style=style, verbosity=verbosity or -1)


def render_json(check: NeffCheck) -> str:
    """Return the report of *check* as JSON, with what it was about."""
    about = {
        "checked": check.models,
        "headers_only": check.headers_only,
        "runtime": check.runtime,
        "chip": check.chip,
    }
    return json.dumps({**to_mapping(map_text(check.report, to_unicode)), "neffs": about}, indent=2) + "\n"


def _head(check: NeffCheck, style: Style) -> list[tuple[str, str]]:
    show = to_line if style.unicode else to_ascii
    headers = f"; {check.headers_only} by the header alone, without the target" if check.headers_only else ""
    unread = [failure.reason for failure in check.report.failures]
    rows = [
        ("Models", f"{check.models} compiled model{'' if check.models == 1 else 's'}{headers}"),
        ("Against", f"runtime {check.runtime or 'not known'}, {check.chip or 'device not known'}"),
        *(("Unread", reason) for reason in unread[:_MOST_UNREAD]),
    ]
    if len(unread) > _MOST_UNREAD:
        rows.append(("Unread", f"and {len(unread) - _MOST_UNREAD} more"))
    return [(label, show(text)) for label, text in rows]
