"""``neuron-validator catalog``: what is known of Neuron releases."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from ..catalog import load_catalog
from ..catalog.records import verify
from ..catalog.show import describe_catalog, describe_release, render_catalog, render_release
from .arguments import add_catalog_argument, command_parser
from .exits import BAD_CONFIGURATION, OK, UsageError

_EXAMPLES = """\
examples:
  neuron-validator catalog show                     what the catalog covers
  neuron-validator catalog show --release 2.28.0    what one SDK release consists of
  neuron-validator catalog verify ./overlay         what is wrong with catalog files of your own
"""


def run(arguments: Sequence[str]) -> int:
    """Run ``catalog show`` or ``catalog verify``."""
    parser = command_parser("catalog", "Show and verify what is known of Neuron releases.")
    parser.epilog = _EXAMPLES
    commands = parser.add_subparsers(metavar="show|verify", required=True)
    show = commands.add_parser("show", help="the whole catalog, or one release")
    show.add_argument("--release", metavar="X", help="an SDK release, e.g. 2.28.0")
    show.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_catalog_argument(show)
    show.set_defaults(run=_show)
    check = commands.add_parser("verify", help="say what is wrong with the catalog's records")
    check.add_argument("files", metavar="FILE", nargs="*", type=Path, help="files or folders (default: the package's)")
    check.set_defaults(run=_verify)
    options = parser.parse_args(arguments)
    code = options.run(options)
    assert isinstance(code, int)  # noqa: S101 - argparse's namespace has no types
    return code


def _show(options: argparse.Namespace) -> int:
    """Print what the catalog covers, or one release of it."""
    catalog = load_catalog(overlays=[options.catalog] if options.catalog else [])
    if options.release is None:
        print(json.dumps(describe_catalog(catalog), indent=2) if options.format == "json" else render_catalog(catalog))
        return OK
    release = catalog.release(options.release)
    if release is None:
        close = get_close_matches(options.release, [r.release for r in catalog.releases], n=1)
        hint = f", did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"no such release: {options.release!r}{hint}")
    if options.format == "json":
        print(json.dumps(describe_release(catalog, release), indent=2, ensure_ascii=False))
    else:
        print(render_release(catalog, release))
    return OK


def _verify(options: argparse.Namespace) -> int:
    """Print each complaint on a line; 78 when there is one."""
    complaints = verify(options.files)
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"{len(complaints)} to mend", file=sys.stderr)
        return BAD_CONFIGURATION
    print("the catalog is in order")
    return OK
