"""All that the metrics tell of, as pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from neuron_collectors.facts import Inventory
from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.runs import CollectorRun

from ..report import Report
from .counters import Counters


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposition:
    """What the metrics are made from; times are in seconds since the epoch, and nothing below reads a clock."""

    report: Report | None
    """`None` before the first judgement."""
    inventory: Inventory
    runs: tuple[CollectorRun, ...] = ()
    judged_at: float | None = None
    transitions: Mapping[str, float] = field(default_factory=dict)
    """When the status of each check last changed, by its id."""
    counters: Counters = field(default_factory=Counters)
    written_at: float | None = None
    """When this is written to a file for node_exporter; `None` where it is served."""
