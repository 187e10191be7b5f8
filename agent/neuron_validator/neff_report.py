"""What a check of compiled models has come to, before any renderer sees it."""

from __future__ import annotations

from neuron_collectors.facts.frozen import dataclass

from .report import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class NeffCheck:
    """What was looked at, what it was held against, and the report."""

    models: int
    """Models that could be read."""
    headers_only: int
    """Those of which neither compiler nor target was looked at."""
    runtime: str | None
    """Version of the runtime library, e.g. ``2.31.24.0``."""
    chip: str | None
    """The vendor's name of the device, e.g. ``Trainium2``."""
    report: Report
