"""The service's judgement: the same engine as ``diagnose``, with a catalog that is read now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from neuron_collectors.facts import Inventory

from ..catalog import Catalog
from ..engine import diagnose
from ..evidence import gather_evidence
from ..findings import Severity
from ..report import Report
from ..silences import Silencing, counted


class Judge:
    """Judges inventories. The same inventory on the same day gives the same report, as long as nothing is replaced."""

    def __init__(
        self, catalog: Catalog, *, lookahead: timedelta, production: bool = False, silences: Sequence[Silencing] = ()
    ) -> None:
        self.catalog = catalog
        self.lookahead = lookahead
        self.production = production
        self.silences = silences

    def report(self, inventory: Inventory, as_of: date) -> Report:
        """Return the report on *inventory* as of that day; raises `CatalogError` before the first release."""
        evidence = gather_evidence(inventory, self.catalog, as_of, lookahead=self.lookahead, production=self.production)
        return diagnose(evidence, silences=self.silences)


def status_line(report: Report, *, at: str) -> str:
    """
    Say in one line how things are, e.g. ``2 critical, 1 warning; SDK 2.28.0; 14:02 UTC``.

    *at* is the time of day of the judgement.
    """
    parts = [_found(report), *_sdk(report), f"{at} UTC"]
    return "; ".join(parts)


def _found(report: Report) -> str:
    if report.verdict == "unknown":
        return "no verdict"
    severities = [finding.severity for finding in counted(report.findings)]
    counts = [(severities.count(severity), severity.word) for severity in (Severity.CRITICAL, Severity.WARNING)]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to act on"


def _sdk(report: Report) -> list[str]:
    """Name the releases that explain the system, or else the first place where there is anything."""
    known = [summary for summary in report.sdk if summary.releases]
    if not known:
        return []
    first, last = known[0].releases[0], known[0].releases[-1]
    return [f"SDK {last}" if first == last else f"SDK {first} to {last}"]
