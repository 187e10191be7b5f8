"""
One short line for Kubernetes' node-problem-detector, which runs it as a custom plug-in.

Exit code 0 is OK, 1 not OK, 2 unknown. The detector cuts what a plug-in prints at 80 bytes (``max_output_length``), so
the line is ASCII, and what matters most comes first:
https://github.com/kubernetes/node-problem-detector/blob/master/docs/custom_plugin_monitor.md
"""

from __future__ import annotations

from ..report import Report
from .text import map_text, to_ascii
from .words import say_headline

LONGEST = 80
_OK, _NOT_OK, _UNKNOWN = 0, 1, 2
_CODES = (_OK, _NOT_OK, _NOT_OK, _UNKNOWN)
"""By the exit code of the report."""


def render(report: Report) -> str:
    """Return *report* in at most 80 characters."""
    report = map_text(report, to_ascii)
    more = sum(report.fails(finding) for finding in report.findings) - 1
    tail = f" (+{more})" if more > 0 else ""
    return _cut(say_headline(report), LONGEST - len(tail)) + tail + "\n"


def render_unknown(reason: str) -> str:
    """Return the line for when there is no report to speak of."""
    return _cut(to_ascii(reason), LONGEST) + "\n"


def exit_code(report: Report | None) -> int:
    """Return the plug-in's exit code; without a report it does not know."""
    return _UNKNOWN if report is None else _CODES[report.exit_code]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3].rstrip()}..."
