"""``neuron-validator lifecycle``: in which phase things are, and what is announced."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date

from ..catalog import Catalog, CatalogError
from ..overview import Overview, Row, all_rows, rows_installed, rows_of
from ..subjects import close_names, subjects_named
from .arguments import (
    Parser,
    add_catalog_argument,
    add_host_arguments,
    add_timeout_argument,
    command_parser,
    parse_date,
    parse_duration,
    today,
    write_output,
)
from .exits import OK, UsageError
from .overlays import read_catalog

_MOST_PAGES = 6
_EXAMPLES = """\
examples:
  neuron-validator lifecycle                        what is installed here
  neuron-validator lifecycle torch-neuronx          every version line of a package
  neuron-validator lifecycle "Python 3.10"          one of them, with all that was said about it
  neuron-validator lifecycle NEURON_RT_NUM_CORES    a variable; also a flag, a feature, a model, an image, a release
  neuron-validator lifecycle dlami                  everything of one class
  neuron-validator lifecycle --as-of 2023-06-01 --all   what was known on a day in the past
  neuron-validator lifecycle --format ics --output neuron.ics
"""


def run(arguments: Sequence[str]) -> int:
    """Print where things stand."""
    options = build_parser().parse(arguments)
    catalog = read_catalog(options.catalog)
    as_of = options.as_of or today()
    try:
        rows = _rows(catalog, as_of, options)
        overview = Overview(
            rows=rows,
            as_of=as_of,
            lookahead=options.lookahead,
            catalog_release=catalog.as_of(as_of).latest.release,
            catalog_date=catalog.date,
            by_scope=options.name is None and not options.all,
        )
    except CatalogError as error:
        raise UsageError(f"--as-of: {error}") from error
    write_output(_render(overview, options), options.output)
    return OK


def _rows(catalog: Catalog, as_of: date, options: argparse.Namespace) -> tuple[Row, ...]:
    """Return what is asked about."""
    if options.name is not None:
        subjects = subjects_named(options.name, catalog, as_of)
        if not subjects:
            raise UsageError(_nothing_known(options.name, catalog, as_of))
        return rows_of(subjects, catalog, as_of, family=options.family)
    if options.all:
        return all_rows(catalog, as_of, family=options.family)
    from ..evidence import gather_evidence
    from .input import read_inventory

    return rows_installed(gather_evidence(read_inventory(options), catalog, as_of))


def _nothing_known(name: str, catalog: Catalog, as_of: date) -> str:
    close = close_names(name, catalog, as_of)
    return f"nothing is known of {name!r}" + (f", did you mean {' or '.join(map(repr, close))}?" if close else "")


def _render(overview: Overview, options: argparse.Namespace) -> str:
    if options.format == "ics":
        from ..renderers import calendar

        return calendar.render(overview)
    if options.format == "json":
        from ..renderers import lifecycle_json

        return lifecycle_json.render(overview, history=options.name is not None)
    from ..renderers.lifecycle import render_pages, render_table
    from ..renderers.style import Style

    style = Style.for_output(options.color, to_terminal=options.output is None)
    pages = options.name is not None and len(overview.rows) <= _MOST_PAGES
    return render_pages(overview, style) if pages else render_table(overview, style)


def build_parser() -> Parser:
    """Return the parser of ``lifecycle``."""
    parser = command_parser("lifecycle", "Say in which phase things are by the vendor's policy, and what is announced.")
    parser.epilog = _EXAMPLES
    parser.add_argument("name", metavar="NAME", nargs="?", help="a package, variable, flag, model, image, system ...")
    add_host_arguments(parser)
    parser.add_argument("--all", action="store_true", help="everything that the catalog knows, installed or not")
    parser.add_argument("--family", metavar="FAMILY", help="of NAME or --all what holds for this one, e.g. trn1")
    parser.add_argument("--as-of", metavar="DATE", type=parse_date, help="as of YYYY-MM-DD (default: today, UTC)")
    parser.add_argument(
        "--lookahead",
        metavar="DURATION",
        type=parse_duration,
        default=parse_duration("90d"),
        help="what counts as soon (default: 90d)",
    )
    parser.add_argument("--format", choices=("text", "json", "ics"), default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    add_timeout_argument(parser)
    add_catalog_argument(parser)
    return parser
