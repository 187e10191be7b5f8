"""``neuron-validator diff``: what changed between two hosts, or on one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date

from neuron_collectors.facts import Inventory

from ..compare import compare
from ..report import Report
from .arguments import Parser, add_catalog_argument, command_parser, parse_date, today, write_output
from .exits import OK
from .reports import judge_snapshot, read_judged

DIFFERENT = 1
_EXAMPLES = """\
examples:
  neuron-validator diff before.json after.json
  neuron-validator diff good-host.json this-host.json --format json
  neuron-validator diff --history                       what the service of this host has noticed

A and B are reports (diagnose --format json) or snapshots (collect), in any mix. Snapshots are judged as of --as-of,
else of the day of the report beside them, else of today. Exit code 0: the same, 1: different.
"""


def run(arguments: Sequence[str]) -> int:
    """Print what changed from one file to the other; 1 when anything did."""
    if "--history" in arguments:
        from .history import run_history

        return run_history([argument for argument in arguments if argument != "--history"])
    options = build_parser().parse(arguments)
    before, after = _reports(options)
    difference = compare(before, after)
    from ..renderers.difference import render_json, render_text

    render = render_json if options.format == "json" else render_text
    write_output(render((options.before, before), (options.after, after), difference), options.output)
    return OK if difference.is_empty else DIFFERENT


def _reports(options: argparse.Namespace) -> tuple[Report, Report]:
    """Read both files and judge what is not judged yet, both as of one day."""
    before, after = (read_judged(path) for path in (options.before, options.after))
    day = options.as_of or next((one.as_of for one in (before, after) if isinstance(one, Report)), None) or today()
    return _judged(before, day, options.catalog), _judged(after, day, options.catalog)


def _judged(one: Report | Inventory, day: date, overlay: str | None) -> Report:
    return one if isinstance(one, Report) else judge_snapshot(one, day, overlay=overlay)


def build_parser() -> Parser:
    """Return the parser of ``diff``."""
    parser = command_parser("diff", "Say what changed from one report or snapshot to another.")
    parser.epilog = _EXAMPLES
    parser.usage = "%(prog)s [OPTIONS] A B\n       %(prog)s --history [OPTIONS]"
    parser.add_argument("before", metavar="A", help="a report or a snapshot")
    parser.add_argument("after", metavar="B", help="another")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument(
        "--as-of", metavar="DATE", type=parse_date, help="judge snapshots as of YYYY-MM-DD (default: see below)"
    )
    add_catalog_argument(parser)
    return parser
