"""Many hosts as a table for a spreadsheet: a row for each."""

from __future__ import annotations

import csv
import io

from ..findings import Severity
from ..fleet import Fleet, FleetHost
from .text import to_line

COLUMNS = (
    *("host", "verdict", "instance_type", "devices", "os", "kernel", "sdk", "driver", "runtime"),
    *("critical", "warnings", "first_finding", "next_end_of_support", "fingerprint", "as_of"),
)
_FORMULA = ("=", "+", "-", "@")


def render(fleet: Fleet) -> str:
    """Return *fleet* as CSV (RFC 4180), with a line of titles."""
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, fleet.hosts))
    return output.getvalue()


def _row(host: FleetHost) -> list[str | int]:
    severities = [finding.severity for finding in host.findings]
    due = [finding.id for finding in host.findings if finding.severity > Severity.INFO]
    coming = sorted(ending.date for ending in host.endings if ending.date and ending.date >= host.as_of)
    return [
        *map(_cell, (host.name, host.verdict, host.instance_type, host.devices, host.os, host.kernel)),
        *map(_cell, (host.sdk, host.driver, host.runtime)),
        *(severities.count(Severity.CRITICAL), severities.count(Severity.WARNING)),
        due[0] if due else "",
        coming[0].isoformat() if coming else "",
        host.fingerprint,
        host.as_of.isoformat(),
    ]


def _cell(text: str) -> str:
    """Return *text* as a cell that no spreadsheet takes for a formula."""
    line = to_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
