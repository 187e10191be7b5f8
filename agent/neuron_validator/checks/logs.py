"""Known lines of logs, with what the facts have to say about them."""

from __future__ import annotations

from collections.abc import Iterable

from neuron_collectors.facts import value_or_none

from ..evidence import Evidence
from ..findings import Check, Finding, Severity

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"


def known_log_line(evidence: Evidence) -> Iterable[Finding]:
    """Say what caused the known lines of the logs, once for each cause."""
    inventory = evidence.inventory
    if not (value_or_none(inventory.log_lines) or value_or_none(inventory.kernel_log)):
        return ()
    from ..log_findings import log_findings  # noqa: PLC0415 - two hundred patterns, and most runs have no log

    return log_findings(evidence)


CHECKS = (
    Check(
        id="known-log-line",
        category="runtime",
        title="The logs have no line that is known to tell of a fault",
        severity=Severity.CRITICAL,
        run=known_log_line,
        docs=_TROUBLESHOOTING,
        witness=True,
    ),
)
