"""Where an inventory comes from: a host, a snapshot or a facts file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neuron_collectors.facts import Inventory

from .arguments import read_standard_input
from .exits import UsageError


def read_inventory(options: argparse.Namespace) -> Inventory:
    """Return the inventory that the command line asks for; raises `InputError` or `HostError`."""
    if options.facts is not None:
        return _read_facts(options.facts)
    if options.snapshot is not None:
        return _read_snapshot(options.snapshot)
    from neuron_collectors.captured import open_host  # noqa: PLC0415 - a facts file needs no host
    from neuron_collectors.inventory import take_inventory  # noqa: PLC0415

    return take_inventory(open_host(options.root or "/"), timeout=options.timeout)


def _read_facts(name: str) -> Inventory:
    from neuron_collectors.facts_file import load_facts_file, looks_like_toml, parse_facts  # noqa: PLC0415

    if name != "-":
        return load_facts_file(Path(name))
    text = read_standard_input()
    return parse_facts(text, toml=looks_like_toml(text))


def _read_snapshot(name: str) -> Inventory:
    from neuron_collectors.snapshot import load_snapshot, loads_inventory  # noqa: PLC0415

    if name != "-":
        return load_snapshot(Path(name))
    if sys.stdin.isatty():
        raise UsageError("--snapshot - reads standard input, which is a terminal")
    return loads_inventory(read_standard_input())
