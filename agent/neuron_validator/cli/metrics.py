"""``neuron-validator metrics``: one run, as text for Prometheus."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from .arguments import (
    Parser,
    add_catalog_argument,
    add_day_arguments,
    add_host_arguments,
    add_production_argument,
    add_timeout_argument,
    command_parser,
    write_output,
)
from .exits import OK, UsageError

_EXAMPLES = """\
examples:
  neuron-validator metrics
  neuron-validator metrics --textfile /var/lib/prometheus/node-exporter/neuron-validator.prom
"""
_SUFFIX = ".prom"  # node_exporter reads no other files


def run(arguments: Sequence[str]) -> int:
    """Judge a host and print its metrics; what is found is in the metrics, not in the exit code."""
    options = build_parser().parse(arguments)
    if options.textfile is not None and not options.textfile.endswith(_SUFFIX):
        raise UsageError(f"--textfile: node_exporter reads files that end in {_SUFFIX} only: {options.textfile}")
    # A timer runs this: it must not open the devices, as neuron-ls does.
    options.neuron_ls = options.neuron_ls and options.root is not None
    text = _metrics(options)
    if options.textfile is None:
        sys.stdout.buffer.write(text)
    else:
        write_output(text.decode(), options.textfile)
    return OK


def _metrics(options: argparse.Namespace) -> bytes:
    """Take the inventory that *options* ask for, judge it and render what came of it."""
    from ..engine import diagnose
    from ..metrics.exposition import Exposition, device_counters, metric_families
    from ..metrics.text import render_metrics
    from .input import read_inventory_and_runs
    from .judging import evidence_of
    from .overlays import read_catalog

    catalog = read_catalog(options.catalog)
    inventory, runs = read_inventory_and_runs(options)
    report = diagnose(evidence_of(inventory, catalog, options), silences=options.silences)
    now = time.time()
    exposition = Exposition(
        report=report,
        inventory=inventory,
        runs=runs,
        judged_at=now,
        counters=device_counters(inventory),
        written_at=None if options.textfile is None else now,
    )
    text, _ = render_metrics(metric_families(exposition))
    return text


def build_parser() -> Parser:
    """Return the parser of ``metrics``."""
    parser = command_parser("metrics", "Judge a host once and print its metrics, as text for Prometheus.")
    parser.epilog = _EXAMPLES
    add_host_arguments(parser)
    parser.add_argument(
        "--textfile", metavar="PATH", help="write there, atomically, for node_exporter's textfile collector (*.prom)"
    )
    add_day_arguments(parser)
    add_production_argument(parser)
    add_timeout_argument(parser)
    add_catalog_argument(parser)
    # A timer's user is not the one that opens the devices.
    parser.set_defaults(device_status=True, for_everyone=True)
    return parser
