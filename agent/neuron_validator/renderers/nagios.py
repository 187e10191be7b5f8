"""
One line for Nagios and what descends from it (Icinga, Naemon, Checkmk): a status, the reason, performance data.

.. code-block:: text

    NEURON WARNING - torch-neuronx 2.8: past the end of support (1 warning, 5 info) | critical=0;;~:0;0 warning=1;~:0;;0

The exit code is the status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, as the Monitoring Plugins' guidelines number them
(https://www.monitoring-plugins.org/doc/guidelines.html).
"""

from __future__ import annotations

from ..findings import Severity
from ..report import Report
from ..silences import counted
from .text import map_text, to_line
from .words import say_counts, say_headline

_STATUSES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_UNKNOWN = 3
_LONGEST = 300
"""Characters of the reason: NRPE carries 1024 bytes in all."""


def render(report: Report) -> str:
    """Return *report* as the line that a plug-in prints."""
    report = map_text(report, to_line)
    counts = say_counts(report.findings)
    reason = say_headline(report) + (f" ({counts})" if counts else "")
    return f"{_line(report.exit_code, reason)} | {' '.join(_performance(report))}\n"


def render_unknown(reason: str) -> str:
    """Return the line for when there is no report to speak of."""
    return f"{_line(_UNKNOWN, to_line(reason))}\n"


def exit_code(report: Report | None) -> int:
    """Return the plug-in's exit code; without a report it does not know."""
    return _UNKNOWN if report is None else report.exit_code


def _line(code: int, reason: str) -> str:
    """Put status and reason together; a bar would begin the performance data."""
    plain = reason.replace("|", "/")
    return f"NEURON {_STATUSES[code]} - {plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3] + '...'}"


def _performance(report: Report) -> list[str]:
    """Return ``label=value;warn;crit;min;max`` for each number that is known."""
    counts = {
        severity: sum(f.severity is severity for f in counted(report.findings)) for severity in reversed(Severity)
    }
    expected = report.devices.expected
    highest = "" if expected is None else str(expected)
    devices = {
        "pci_devices": report.devices.pci,
        "driver_devices": report.devices.driver,
        "nodes": report.devices.nodes,
    }
    return [
        *(f"{severity.word}={count};;;0" for severity, count in counts.items()),
        f"skipped={len(report.skipped)};;;0",
        *(f"{name}={count};;;0;{highest}" for name, count in devices.items() if count is not None),
    ]
