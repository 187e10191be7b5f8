"""From an inventory and the command line to the evidence that the engine judges."""

from __future__ import annotations

import argparse
from dataclasses import replace

from neuron_collectors.facts import Inventory

from ..catalog import Catalog, CatalogError
from ..engine import diagnose
from ..evidence import Evidence, gather_evidence
from .arguments import today
from .exits import UsageError


def evidence_of(inventory: Inventory, catalog: Catalog, options: argparse.Namespace) -> Evidence:
    """Gather the evidence; a day before the first release is a mistake on the command line."""
    try:
        return gather_evidence(
            inventory,
            catalog,
            options.as_of or today(),
            lookahead=options.lookahead,
            production=options.production,
        )
    except CatalogError as error:
        raise UsageError(f"--as-of: {error}") from error


def with_baseline(evidence: Evidence, path: str) -> Evidence:
    """Return *evidence* with what the report or snapshot in file *path* says of a known-good host."""
    from ..baseline import baseline_of
    from .reports import read_judged

    good = read_judged(path)
    if isinstance(good, Inventory):
        good = diagnose(gather_evidence(good, evidence.catalog, evidence.as_of))
    return replace(evidence, baseline=baseline_of(good))
