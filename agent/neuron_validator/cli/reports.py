"""Files that hold a report, or a snapshot to be judged: which one it is, its content tells."""

from __future__ import annotations

import os
from datetime import date

from neuron_collectors.facts import Inventory
from neuron_collectors.input_error import InputError
from neuron_collectors.input_file import read_input
from neuron_collectors.shapes import ShapeError, parse_json

from ..catalog import CatalogError
from ..engine import diagnose
from ..evidence import gather_evidence
from ..report import Report
from ..report_file import decode_report
from .exits import UsageError
from .overlays import read_catalog


def read_judged(path: str) -> Report | Inventory:
    """Return the report in file *path*, or the inventory of the snapshot in it; raises `InputError` with the path."""
    source = read_input(path)
    try:
        return _decode(parse_json(source))
    except (ShapeError, InputError) as error:
        raise InputError(f"{os.fspath(path)}: {error}") from error


def _decode(data: object) -> Report | Inventory:
    """Decode a report by its ``schema_version``, a snapshot by its ``snapshot_version``."""
    if isinstance(data, dict) and "snapshot_version" in data:
        from neuron_collectors.snapshot import decode_inventory

        return decode_inventory(data)
    if isinstance(data, dict) and "schema_version" in data:
        return decode_report(data)
    raise InputError("neither a report (diagnose --format json) nor a snapshot (collect)")


def judge_snapshot(inventory: Inventory, as_of: date, *, overlay: str | None = None) -> Report:
    """Judge what a snapshot holds, by the catalog of this machine with *overlay* on top."""
    try:
        return diagnose(gather_evidence(inventory, read_catalog(overlay), as_of))
    except CatalogError as error:
        raise UsageError(f"--as-of: {error}") from error
