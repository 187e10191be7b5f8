"""``neuron-validator diagnose``: judge a host."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from neuron_collectors.input_error import InputError

from ..checks import CHECKS
from ..engine import diagnose
from ..findings import Check, Severity
from ..report import Report, exit_code, only_checks
from ..selection import SelectionError, select_checks
from .arguments import (
    Parser,
    add_catalog_argument,
    add_day_arguments,
    add_host_arguments,
    add_production_argument,
    add_timeout_argument,
    command_parser,
    parse_seconds,
    write_output,
)
from .exits import UsageError
from .input import read_inventory
from .judging import evidence_of, with_baseline
from .logs import with_logs
from .overlays import read_catalog
from .service_report import FRESH_SECONDS, STATE_DIRECTORY, read_service_report

FORMATS = ("text", "json", "markdown", "junit", "sarif", "nagios", "npd", "nfd", "html")
_PLUGINS = ("nagios", "npd", "nfd")
"""Formats of plug-ins: with exit codes of their own, and with words for when there is no report."""
_FAIL_ON = {"never": None, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
_EXAMPLES = """\
examples:
  neuron-validator diagnose
  neuron-validator diagnose --root ./captured --as-of 2026-11-21
  neuron-validator diagnose --facts requirements-facts.toml --format json --fail-on critical
"""


def run(arguments: Sequence[str]) -> int:
    """Judge a host, print the report and return its exit code."""
    parser = build_parser()
    options = parser.parse(arguments)
    renderer = import_module(f"..renderers.{_RENDERERS.get(options.format, options.format)}", __package__)
    try:
        report = _of_service(parser, options) if options.from_service else _judge(options)
    except InputError as error:
        if not options.from_service or options.format not in _PLUGINS:
            raise
        write_output(renderer.render_unknown(str(error)), options.output)
        return _exit_code(renderer, None)
    write_output(_render(renderer, report, options), options.output)
    return _exit_code(renderer, report) if options.format in _PLUGINS else report.exit_code


def _exit_code(renderer: ModuleType, report: Report | None) -> int:
    code: int = renderer.exit_code(report)
    return code


def _judge(options: argparse.Namespace) -> Report:
    """Read the host that *options* name and judge it."""
    checks = _select(options)
    catalog = read_catalog(options.catalog)
    inventory = with_logs(read_inventory(options), options.log)
    if options.neff:
        from .neff_check import with_neffs

        inventory = with_neffs(inventory, options.neff, root=options.root)
    evidence = evidence_of(inventory, catalog, options)
    if options.baseline is not None:
        evidence = with_baseline(evidence, options.baseline)
    elif checks and all(check.baseline for check in checks):
        raise UsageError("what --only leaves compares with a baseline: give one with --baseline")
    fail_on = _FAIL_ON[options.fail_on or "warning"]
    return diagnose(evidence, checks=checks, fail_on=fail_on, silences=options.silences)


def _select(options: argparse.Namespace) -> tuple[Check, ...]:
    """Return the checks that ``--only`` and ``--skip`` leave; raises `UsageError` where one names none."""
    try:
        return select_checks(CHECKS, only=options.only, skip=options.skip)
    except SelectionError as error:
        raise UsageError(str(error)) from error


def _of_service(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Report:
    """Return the running service's last report; what changes a judgement comes too late for it."""
    given = [name for name in _JUDGING if getattr(options, name) != parser.get_default(name)]
    if given:
        raise UsageError(f"--from-service prints what was judged: not with --{given[0].replace('_', '-')}")
    report = read_service_report(options.state_directory, max_age=options.max_age)
    if options.only or options.skip:
        report = only_checks(report, {check.id for check in _select(options)})
    if options.fail_on is None:
        return report
    fail_on = _FAIL_ON[options.fail_on]
    return replace(report, fail_on=fail_on, exit_code=exit_code(report.verdict, report.findings, fail_on))


def _render(renderer: ModuleType, report: Report, options: argparse.Namespace) -> str:
    """Render *report* in the chosen format."""
    if options.format != "text":
        render: Callable[[Report], str] = renderer.render
        return render(report)
    from ..renderers.style import Style

    style = Style.for_output(options.color, to_terminal=options.output is None)
    text: str = renderer.render(report, style=style, verbosity=options.verbose - options.quiet)
    return text


_RENDERERS = {"text": "terminal"}
_JUDGING = (
    "root",
    "snapshot",
    "facts",
    "imds",
    "as_of",
    "lookahead",
    "production",
    "log",
    "neff",
    "catalog",
    "baseline",
)


def build_parser() -> Parser:
    """Return the parser of ``diagnose``."""
    parser = command_parser("diagnose", "Judge a host: does what is installed fit together, and is it still supported?")
    parser.epilog = _EXAMPLES
    add_host_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument(
        "--only", metavar="ID", action="append", default=[], help="only this check, prefix or category:NAME"
    )
    parser.add_argument(
        "--skip", metavar="ID", action="append", default=[], help="leave out this check, prefix or category:NAME"
    )
    parser.add_argument(
        "--fail-on", choices=tuple(_FAIL_ON), help="severity from which the exit code is not 0 (default: warning)"
    )
    add_day_arguments(parser)
    add_production_argument(parser)
    parser.add_argument(
        "--log",
        metavar="FILE",
        action="append",
        default=[],
        help="read this log, too; - for standard input (repeatable)",
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="tell what differs from a known-good host: its report or its snapshot"
    )
    parser.add_argument(
        "--neff",
        metavar="PATH",
        action="append",
        default=[],
        help="judge these compiled models, too: a file, a directory or a compile cache (repeatable)",
    )
    _add_service_arguments(parser)
    add_timeout_argument(parser)
    add_catalog_argument(parser)
    parser.add_argument("-v", "--verbose", action="count", default=0, help="show evidence, skipped checks, tracebacks")
    parser.add_argument("-q", "--quiet", action="count", default=0, help="show findings and the verdict only")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    return parser


def _add_service_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for a report that is there already."""
    parser.add_argument(
        "--from-service", action="store_true", help="print the running service's last report, while it is fresh"
    )
    parser.add_argument("--state-directory", metavar="DIR", help=f"of the service (default: {STATE_DIRECTORY})")
    parser.add_argument(
        "--max-age",
        metavar="SECONDS",
        type=parse_seconds,
        default=FRESH_SECONDS,
        help=f"how old the service's report may be (default: {FRESH_SECONDS:.0f})",
    )
