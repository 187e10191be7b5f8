"""What the vendor released together draws no alarm: every release, family, documented system and Python."""

from __future__ import annotations

from tests.release_hosts import release_hosts

from neuron_validator.catalog import Catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Severity

QUIET = {"lifecycle", "catalog"}
"""What is old may still be said to be old."""


def test_released_sets_are_silent(catalog: Catalog) -> None:
    """Two weeks after its release nothing of a release is a warning: the whole, split, and in containers."""
    alarms: dict[str, list[str]] = {}
    count = 0
    for name, day, inventory in release_hosts(catalog):
        count += 1
        for finding in diagnose(gather_evidence(inventory, catalog, day)).findings:
            if finding.severity >= Severity.WARNING and finding.category not in QUIET:
                rule = f" ({finding.rule.id})" if finding.rule else ""
                alarms.setdefault(f"{finding.id}{rule}", []).append(f"{name}: {finding.title}")

    assert {} == {kind: (len(said), said[:3]) for kind, said in alarms.items()}
    assert 2000 < count
