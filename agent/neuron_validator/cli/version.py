"""``neuron-validator version``: what this program is."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence

from .. import __version__
from .arguments import Parser, command_parser
from .exits import OK
from .overlays import read_catalog


def build_parser() -> Parser:
    """Return the parser of ``version``."""
    parser = command_parser("version", "Print the version of this program and of its catalog.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Print the versions of program, catalog and Python."""
    options = build_parser().parse(arguments)
    catalog = read_catalog()
    latest = catalog.latest.release
    released = catalog.date.isoformat()
    if options.json:
        values = {"name": "neuron-validator", "version": __version__, "python_version": platform.python_version()}
        print(json.dumps(values | {"catalog": {"latest_release": latest, "date": released}}))
    else:
        print(f"neuron-validator {__version__} (catalog: SDK {latest} of {released})")
    return OK
