"""``neuron-validator catalog``: what is known of Neuron releases."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from neuron_collectors.input_error import InputError

from ..catalog import Catalog, CatalogError, Release, load_catalog
from ..catalog.diff import describe_difference, find_release, render_difference
from ..catalog.import_manifest import Import, plan_import
from ..catalog.manifest import Manifest, parse_manifest
from ..catalog.overlay_folder import write_overlay
from ..catalog.places import imported_overlay, overlays_below_imported
from ..catalog.records import verify
from ..catalog.show import describe_catalog, describe_release, render_catalog, render_release
from .arguments import Parser, add_catalog_argument, add_command, command_parser, today
from .exits import BAD_CONFIGURATION, OK, UsageError
from .overlays import read_catalog

_EXAMPLES = """\
examples:
  neuron-validator catalog show                     what the catalog covers
  neuron-validator catalog show --release 2.28.0    what one SDK release consists of
  neuron-validator catalog diff 2.29 2.33           what changed between two releases
  neuron-validator catalog import n2-manifest.json  add newer releases from the vendor's manifest
  neuron-validator catalog verify ./overlay         what is wrong with catalog files of your own

Overlays, each over the one before it: /usr/share/neuron-validator/catalog.d, the import (of root:
/var/lib/neuron-validator/catalog.d, of a user: ~/.local/state/neuron-validator/catalog.d),
/etc/neuron-validator/catalog.d, --catalog. NEURON_VALIDATOR_CATALOG_PATH names others in place of the first three.
"""


def build_parser() -> Parser:
    """Return the parser of ``catalog``."""
    parser = command_parser("catalog", "Show, compare, extend and verify what is known of Neuron releases.")
    parser.epilog = _EXAMPLES
    commands = parser.add_subparsers(metavar="show|diff|import|verify", required=True)
    show = add_command(commands, "show", "show the whole catalog, or one release")
    show.add_argument("--release", metavar="X", help="an SDK release, e.g. 2.28.0")
    _add_format(show)
    add_catalog_argument(show)
    show.set_defaults(run=_show)
    _add_diff(commands)
    _add_import(commands)
    check = add_command(commands, "verify", "say what is wrong with the catalog's records")
    check.add_argument("files", metavar="FILE", nargs="*", type=Path, help="files or folders (default: the package's)")
    check.set_defaults(run=_verify)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the sub-command of ``catalog`` that is asked for."""
    options = build_parser().parse(arguments)
    code = options.run(options)
    assert isinstance(code, int)  # noqa: S101 - argparse's namespace has no types
    return code


def _add_diff(commands: argparse._SubParsersAction[Parser]) -> None:
    diff = add_command(commands, "diff", "say what changed from one release to another")
    diff.add_argument("old", metavar="A", help="an SDK release, e.g. 2.29.1, or 2.29 for its newest")
    diff.add_argument("new", metavar="B", help="another")
    _add_format(diff)
    add_catalog_argument(diff)
    diff.set_defaults(run=_diff)


def _add_import(commands: argparse._SubParsersAction[Parser]) -> None:
    command = add_command(commands, "import", "add newer releases from the vendor's n2-manifest.json")
    command.add_argument("manifest", metavar="MANIFEST", help="src/helperscripts/n2-manifest.json of aws-neuron-sdk")
    command.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        help="folder of the overlay (default: see `neuron-validator catalog --help`)",
    )
    command.add_argument("--all", action="store_true", help="add what older releases lack, too")
    command.set_defaults(run=_import)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _show(options: argparse.Namespace) -> int:
    """Print what the catalog covers, or one release of it."""
    catalog = read_catalog(options.catalog)
    if options.release is None:
        print(json.dumps(describe_catalog(catalog), indent=2) if options.format == "json" else render_catalog(catalog))
        return OK
    release = catalog.release(options.release)
    if release is None:
        raise UsageError(_no_such_release(options.release, catalog))
    if options.format == "json":
        print(json.dumps(describe_release(catalog, release), indent=2, ensure_ascii=False))
    else:
        print(render_release(catalog, release))
    return OK


def _no_such_release(name: str, catalog: Catalog) -> str:
    close = get_close_matches(name, [r.release for r in catalog.releases], n=1)
    return f"no such release: {name!r}" + (f", did you mean {close[0]!r}?" if close else "")


def _diff(options: argparse.Namespace) -> int:
    """Print what is different between two releases."""
    catalog = read_catalog(options.catalog)
    old, new = (_release(catalog, name) for name in (options.old, options.new))
    if options.format == "json":
        print(json.dumps(describe_difference(catalog, old, new), indent=2, ensure_ascii=False))
    else:
        print(render_difference(catalog, old, new), end="")
    return OK


def _release(catalog: Catalog, name: str) -> Release:
    try:
        return find_release(catalog, name)
    except CatalogError as error:
        raise UsageError(_no_such_release(name, catalog)) from error


def _import(options: argparse.Namespace) -> int:
    """Write what a manifest adds to an overlay, and say what is odd in the manifest."""
    privileged = os.geteuid() == 0
    below = overlays_below_imported(os.environ, privileged=privileged)
    catalog = load_catalog(overlays=below)
    day = today()
    plan = plan_import(_read_manifest(options.manifest), catalog, retrieved=day, everything=options.all)
    for oddity in plan.oddities:
        print(f"odd: {oddity}", file=sys.stderr)
    if not plan.tables:
        print(f"nothing to add: the catalog covers SDK {catalog.latest.release}, and the manifest nothing newer")
        return OK
    default = imported_overlay(os.environ, privileged=privileged)
    if options.output is None and default is None:
        raise UsageError("no home for an overlay: give one with --output")
    folder = options.output or Path(default or "")
    write_overlay(plan, folder, below=below)
    print(_say(plan, folder))
    return OK


def _read_manifest(path: str) -> Manifest:
    """Read and parse the manifest; raises `InputError` with its path."""
    try:
        return parse_manifest(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path}: {reason}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _say(plan: Import, folder: Path) -> str:
    counts = ", ".join(f"{len(records)} {table.removesuffix('.jsonl')}" for table, records in plan.tables.items())
    return f"added SDK {', '.join(plan.releases)} ({counts}) to {folder}"


def _verify(options: argparse.Namespace) -> int:
    """Print each complaint on a line; 78 when there is one."""
    missing = next((path for path in options.files if not path.exists()), None)
    if missing is not None:
        raise InputError(f"{missing}: no such file or folder")
    complaints = verify(options.files)
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"{len(complaints)} to mend", file=sys.stderr)
        return BAD_CONFIGURATION
    print("the catalog is in order")
    return OK
