"""``neuron-validator fleet``: many hosts together."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from importlib import import_module

from neuron_collectors.facts import Inventory
from neuron_collectors.input_error import InputError

from ..fleet import Fleet, FleetHost, UnreadFile, host_of, summarise
from .arguments import Parser, add_catalog_argument, command_parser, parse_date, today, write_output
from .exits import OK
from .reports import judge_snapshot, read_judged

_RENDERERS = {"text": "fleet_text", "json": "fleet_json", "csv": "fleet_csv", "html": "fleet_html"}
FEW = 100
"""Files for which starting other processes takes longer than it saves."""
_CHUNK = 50
_EXAMPLES = """\
examples:
  neuron-validator fleet reports/
  neuron-validator fleet reports/*.json --format html --output fleet.html

PATH is a report (diagnose --format json), a snapshot (collect), which is judged, or a directory with such *.json files
in it, at any depth. A host is called by the name of its file. Exit code 0 whatever the hosts have; 66 where no file
could be read.
"""


def run(arguments: Sequence[str]) -> int:
    """Read every file, and print what the hosts have together."""
    options = build_parser().parse(arguments)
    files = tuple(_files(options.paths))
    if not files:
        raise InputError(f"no *.json file in {', '.join(options.paths)}")
    fleet = _read(files, options)
    if not fleet.hosts:
        others = "; no other file is a report either" if len(files) > 1 else ""
        raise InputError(f"{fleet.unread[0].name}: {fleet.unread[0].reason}{others}")
    renderer = import_module(f"..renderers.{_RENDERERS[options.format]}", __package__)
    write_output(renderer.render(fleet), options.output)
    return OK


def _files(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each file with the name of its host: its path below what was named, without the ending."""
    for path in paths:
        if not os.path.isdir(path):
            yield path, os.path.basename(path).removesuffix(".json")
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(name for name in names if name.endswith(".json")):
                file = os.path.join(folder, name)
                yield file, os.path.relpath(file, path).removesuffix(".json")


def _read(files: Sequence[tuple[str, str]], options: argparse.Namespace) -> Fleet:
    """Read *files*, many of them by several processes, and put their hosts together."""
    read = partial(_host, as_of=options.as_of or today(), overlay=options.catalog)
    if len(files) <= FEW or options.jobs == 1:
        return _together(map(read, files))
    with ProcessPoolExecutor(options.jobs) as executor:
        return _together(executor.map(read, files, chunksize=_CHUNK))


def _together(read: Iterable[FleetHost | UnreadFile]) -> Fleet:
    hosts: list[FleetHost] = []
    unread: list[UnreadFile] = []
    for one in read:
        if isinstance(one, FleetHost):
            hosts.append(one)
        else:
            unread.append(one)
    return summarise(hosts, unread)


def _host(file: tuple[str, str], *, as_of: date, overlay: str | None) -> FleetHost | UnreadFile:
    """Read one file; what is no report costs only itself."""
    path, name = file
    try:
        judged = read_judged(path)
    except (InputError, OSError) as error:
        return UnreadFile(name=path, reason=str(error).removeprefix(f"{path}: "))
    if isinstance(judged, Inventory):
        judged = judge_snapshot(judged, as_of, overlay=overlay)
    return host_of(name, judged)


def build_parser() -> Parser:
    """Return the parser of ``fleet``."""
    parser = command_parser(
        "fleet", "Put the reports of many hosts together: skew, outliers, findings, what ends when."
    )
    parser.epilog = _EXAMPLES
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a report, a snapshot, or a directory of them")
    parser.add_argument("--format", choices=tuple(_RENDERERS), default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    parser.add_argument("--as-of", metavar="DATE", type=parse_date, help="judge snapshots as of YYYY-MM-DD")
    parser.add_argument("--jobs", metavar="N", type=_jobs, default=os.cpu_count() or 1, help="processes (default: all)")
    add_catalog_argument(parser)
    return parser


def _jobs(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"not a number of processes: {text!r}")
    return number
