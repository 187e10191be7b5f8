"""From an inventory and the command line to the evidence that the engine judges."""

from __future__ import annotations

import argparse

from neuron_collectors.facts import Inventory

from ..catalog import Catalog, CatalogError
from ..evidence import Evidence, gather_evidence
from .arguments import today
from .exits import UsageError


def evidence_of(inventory: Inventory, catalog: Catalog, options: argparse.Namespace) -> Evidence:
    """Gather the evidence; a day before the first release is a mistake on the command line."""
    try:
        return gather_evidence(inventory, catalog, options.as_of or today(), lookahead=options.lookahead)
    except CatalogError as error:
        raise UsageError(f"--as-of: {error}") from error
