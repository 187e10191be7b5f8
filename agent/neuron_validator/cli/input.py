"""Where an inventory comes from: a host, a snapshot or a facts file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuron_collectors.facts import NOT_COLLECTED, Inventory, value_or_none
from neuron_collectors.host import Host
from neuron_collectors.input_error import InputError

from .arguments import read_standard_input
from .exits import UsageError


def read_inventory(options: argparse.Namespace) -> Inventory:
    """Return the inventory that the command line asks for; raises `InputError` or `HostError`."""
    if options.facts is not None:
        return _read_facts(options.facts)
    if options.snapshot is not None:
        return _read_snapshot(options.snapshot)
    from neuron_collectors.captured import open_host
    from neuron_collectors.inventory import take_inventory

    host = open_host(options.root or "/")
    inventory = take_inventory(host, timeout=options.timeout)
    return _with_neuron_ls(inventory, host) if options.neuron_ls and _may_run_neuron_ls(inventory, host) else inventory


def _may_run_neuron_ls(inventory: Inventory, host: Host) -> bool:
    """Tell whether neuron-ls, which opens the devices, may run: the module is live, or its output was recorded."""
    if not host.live:
        return host.stat(".commands/index.json") is not None
    driver = value_or_none(inventory.driver)
    return driver is not None and driver.initstate == "live"


def _with_neuron_ls(inventory: Inventory, host: Host) -> Inventory:
    """Ask neuron-ls as a second witness of the devices; which of its flags comes first depends on its version."""
    from dataclasses import replace
    from functools import partial

    from neuron_collectors.inventory import take_inventory
    from neuron_collectors.neuron_ls import collect_neuron_ls

    packages = value_or_none(inventory.os_packages)
    version = packages.version("aws-neuronx-tools") if packages else NOT_COLLECTED
    collect = partial(collect_neuron_ls, tools_version=version)
    seen = take_inventory(host, collectors={"neuron_ls": collect})
    return replace(inventory, neuron_ls=seen.neuron_ls, failures=inventory.failures + seen.failures)


def _read_facts(name: str) -> Inventory:
    from neuron_collectors.facts_file import load_facts_file, looks_like_toml, parse_facts

    if name != "-":
        return load_facts_file(Path(name))
    text = read_standard_input()
    with _standard_input():
        return parse_facts(text, toml=looks_like_toml(text))


def _read_snapshot(name: str) -> Inventory:
    from neuron_collectors.snapshot import load_snapshot, loads_inventory

    if name != "-":
        return load_snapshot(Path(name))
    if sys.stdin.isatty():
        raise UsageError("--snapshot - reads standard input, which is a terminal")
    with _standard_input():
        return loads_inventory(read_standard_input())


@contextmanager
def _standard_input() -> Iterator[None]:
    """Say in an error which input was not understood."""
    try:
        yield
    except InputError as error:
        raise InputError(f"standard input: {error}") from error
