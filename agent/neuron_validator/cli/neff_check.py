"""``neuron-validator neff check``: judge compiled models against a host, or against a runtime and a chip."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from neuron_collectors.cached_neff import with_words_of_cache
from neuron_collectors.captured import open_host
from neuron_collectors.facts import Failure, Inventory, Neff, Unread, value_or_none
from neuron_collectors.host import Host
from neuron_collectors.neff import scan_neffs

from ..catalog import Catalog, CatalogError
from ..findings import Severity
from ..neff_check import OLD_RUNTIME, check_neffs, why_unread
from ..renderers.neff_check import render_json, render_text
from ..renderers.style import Style
from .arguments import Parser, add_catalog_argument, add_timeout_argument, parse_date, today, write_output
from .exits import UsageError
from .overlays import read_catalog

_FAIL_ON = {"never": None, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
_WHOLE = 100
"""Up to as many files, payloads are looked into without being asked for: that takes milliseconds a file."""


def add_check_arguments(parser: Parser) -> None:
    """Add what ``neff check`` understands to *parser*."""
    parser.add_argument("paths", metavar="PATH", nargs="+", help="NEFF files, directories, compile caches")
    parser.add_argument("--root", metavar="DIR", help="a captured tree, which has the files (default: this machine)")
    parser.add_argument("--runtime", metavar="VERSION", help="judge against this runtime library, not against a host")
    parser.add_argument("--target", metavar="CHIP", help="judge against this family, instance type or device")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--metadata", action="store_true", help=f"look into every payload (default: up to {_WHOLE} files)"
    )
    depth.add_argument("--header-only", action="store_true", help="look into no payload")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument("--as-of", metavar="DATE", type=parse_date, help="judge as of YYYY-MM-DD (default: today, UTC)")
    parser.add_argument(
        "--fail-on",
        choices=tuple(_FAIL_ON),
        default="warning",
        help="severity from which the exit code is not 0 (default: warning)",
    )
    add_timeout_argument(parser)
    add_catalog_argument(parser)
    parser.add_argument(
        "-v", "--verbose", action="count", default=0, help="show the host and evidence, too; tracebacks"
    )
    parser.add_argument("-q", "--quiet", action="count", default=0, help="show findings and the verdict only")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")


def check(options: argparse.Namespace, paths: Sequence[str], host: Host) -> int:
    """Judge the models at *paths* on *host*, print what there is to say and return the exit code."""
    named = options.runtime is not None or options.target is not None
    if options.root is not None and named:
        raise UsageError("--root names a host: not with --runtime or --target")
    catalog = read_catalog(options.catalog)
    neffs = _read(host, paths, metadata=options.metadata, header_only=options.header_only)
    inventory = _named(options, catalog) if named else _read_host(options, host)
    try:
        found = check_neffs(
            neffs,
            inventory,
            catalog,
            options.as_of or today(),
            fail_on=_FAIL_ON[options.fail_on],
            silences=options.silences,
        )
    except CatalogError as error:
        raise UsageError(f"--as-of: {error}") from error
    if options.format == "json":
        text = render_json(found)
    else:
        style = Style.for_output(options.color, to_terminal=options.output is None)
        text = render_text(found, style=style, verbosity=options.verbose - options.quiet)
    write_output(text, options.output)
    return found.report.exit_code


def with_neffs(inventory: Inventory, names: Sequence[str], *, root: str | None) -> Inventory:
    """Return *inventory* with the models at *names*, on this machine or in the captured tree *root*."""
    host = open_host(root or "/")
    found = _read(host, [path_on(host, name) for name in names], metadata=False, header_only=False)
    models = tuple(neff for neff in found if not isinstance(neff.pkg_version, Unread))
    unread = tuple(Failure(collector="neffs", reason=reason) for neff in found if (reason := why_unread(neff)))
    known = value_or_none(inventory.neffs) or ()
    return replace(inventory, neffs=(*known, *models), failures=(*inventory.failures, *unread))


def path_on(host: Host, name: str) -> str:
    """Return the path below the host's root; on this machine a relative *name* starts where the user is."""
    return (os.path.join(os.getcwd(), name) if host.live else name).lstrip("/")


def _read(host: Host, paths: Sequence[str], *, metadata: bool, header_only: bool) -> list[Neff]:
    """Read the models: all of a few, of many the headers and what their cache says of them."""
    neffs = [] if metadata else list(scan_neffs(host, paths))
    if metadata or (len(neffs) <= _WHOLE and not header_only):
        return list(scan_neffs(host, paths, metadata=True))
    return [with_words_of_cache(host, neff) for neff in neffs]


def _named(options: argparse.Namespace, catalog: Catalog) -> Inventory:
    """Return a host of which only what the command line names is known."""
    import json

    from neuron_collectors.facts_file import FactsError, parse_facts

    given: dict[str, object] = {"environment": {}}  # as every variable is by default
    if options.target is not None:
        given["instance_type"] = _instance_type(options.target, catalog)
    if options.runtime is not None:
        # Runtime 1 is a server of its own, in a package of another name.
        old = options.runtime.startswith("1.")
        given |= {"os_packages": {OLD_RUNTIME: options.runtime}} if old else {"runtime": {"version": options.runtime}}
    try:
        return parse_facts(json.dumps(given), toml=False)
    except FactsError as error:
        raise UsageError(f"--runtime: {str(error).removeprefix('runtime.version: ')}") from error


def _instance_type(target: str, catalog: Catalog) -> str:
    """Return the family or instance type that *target* stands for: one of these, or the device's name."""
    name = target.lower()
    if catalog.instance_type(name) is not None:
        return name
    families = {chip.family: chip.family for chip in catalog.chips}
    families |= {alias.lower(): chip.family for chip in catalog.chips for alias in (chip.device_name, *chip.aliases)}
    if name in families:
        return families[name]
    close = get_close_matches(name, families, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(families)}"
    raise UsageError(f"--target: no such family, instance type or device: {target!r}; {hint}")


def _read_host(options: argparse.Namespace, host: Host) -> Inventory:
    from neuron_collectors.inventory import COLLECTORS, take_inventory

    return take_inventory(host, collectors=COLLECTORS, timeout=options.timeout)
