"""``neuron-validator diagnose``: judge a host."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module

from ..checks import CHECKS
from ..engine import diagnose
from ..findings import Severity
from ..report import Report
from ..selection import SelectionError, select_checks
from .arguments import (
    add_catalog_argument,
    add_day_arguments,
    add_host_arguments,
    add_timeout_argument,
    command_parser,
    write_output,
)
from .exits import UsageError
from .input import read_inventory
from .judging import evidence_of
from .logs import with_logs
from .overlays import read_catalog

FORMATS = ("text", "json")
_FAIL_ON = {"never": None, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
_EXAMPLES = """\
examples:
  neuron-validator diagnose
  neuron-validator diagnose --root ./captured --as-of 2026-11-21
  neuron-validator diagnose --facts requirements-facts.toml --format json --fail-on critical
"""


def run(arguments: Sequence[str]) -> int:
    """Judge a host, print the report and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        checks = select_checks(CHECKS, only=options.only, skip=options.skip)
    except SelectionError as error:
        raise UsageError(str(error)) from error
    catalog = read_catalog(options.catalog)
    inventory = with_logs(read_inventory(options), options.log)
    evidence = evidence_of(inventory, catalog, options)
    report = diagnose(evidence, checks=checks, fail_on=_FAIL_ON[options.fail_on])
    write_output(_render(report, options), options.output)
    return report.exit_code


def _render(report: Report, options: argparse.Namespace) -> str:
    """Render *report* in the chosen format."""
    renderer = import_module(f"..renderers.{_RENDERERS[options.format]}", __package__)
    if options.format != "text":
        render: Callable[[Report], str] = renderer.render
        return render(report)
    from ..renderers.style import Style

    style = Style.for_output(options.color, to_terminal=options.output is None)
    text: str = renderer.render(report, style=style, verbosity=options.verbose - options.quiet)
    return text


_RENDERERS = {"text": "terminal", "json": "json"}


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("diagnose", "Judge a host: does what is installed fit together, and is it still supported?")
    parser.epilog = _EXAMPLES
    add_host_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument(
        "--only", metavar="ID", action="append", default=[], help="run only this check, prefix or category:NAME"
    )
    parser.add_argument(
        "--skip", metavar="ID", action="append", default=[], help="leave out this check, prefix or category:NAME"
    )
    parser.add_argument(
        "--fail-on", choices=tuple(_FAIL_ON), default="warning", help="severity from which the exit code is not 0"
    )
    add_day_arguments(parser)
    parser.add_argument(
        "--log",
        metavar="FILE",
        action="append",
        default=[],
        help="read this log, too; - for standard input (repeatable)",
    )
    add_timeout_argument(parser)
    add_catalog_argument(parser)
    parser.add_argument("-v", "--verbose", action="count", default=0, help="show evidence, skipped checks, tracebacks")
    parser.add_argument("-q", "--quiet", action="count", default=0, help="show findings and the verdict only")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    return parser
