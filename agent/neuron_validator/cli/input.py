"""Where an inventory comes from: a host, a snapshot or a facts file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from neuron_collectors.facts import NOT_COLLECTED, Inventory, value_or_none
from neuron_collectors.host import Host
from neuron_collectors.input_error import InputError

from .arguments import read_standard_input
from .exits import UsageError
from .progress import shown_progress

if TYPE_CHECKING:
    from neuron_collectors.inventory import Collector
    from neuron_collectors.runs import CollectorRun


def read_inventory(options: argparse.Namespace) -> Inventory:
    """Return the inventory that the command line asks for; raises `InputError`, `HostError` or `UsageError`."""
    return read_inventory_and_runs(options)[0]


def read_inventory_and_runs(options: argparse.Namespace) -> tuple[Inventory, tuple[CollectorRun, ...]]:
    """Return that, and how each collector fared; none has run where the inventory comes from a file."""
    if options.imds and any(given is not None for given in (options.root, options.snapshot, options.facts)):
        raise UsageError("--imds asks about this machine: not with --root, --snapshot or --facts")
    if options.facts is not None:
        return _read_facts(options.facts), ()
    if options.snapshot is not None:
        return _read_snapshot(options.snapshot), ()
    from neuron_collectors.captured import open_host

    return read_host_and_runs(options, open_host(options.root or "/"))


def read_host(options: argparse.Namespace, host: Host) -> Inventory:
    """Return what the collectors read of *host*, and the other witnesses that *options* allow."""
    return read_host_and_runs(options, host)[0]


def read_host_and_runs(options: argparse.Namespace, host: Host) -> tuple[Inventory, tuple[CollectorRun, ...]]:
    """Return that, and how each collector fared."""
    from neuron_collectors.inventory import run_collectors

    with shown_progress(_collectors(options)) as collectors:
        inventory, runs = run_collectors(host, collectors=collectors, timeout=options.timeout)
    for name, collect in _witnesses(options, inventory, host):
        seen, its_runs = run_collectors(host, collectors={name: collect})
        fact = {name: getattr(seen, name)}
        inventory = replace(inventory, **fact, failures=inventory.failures + seen.failures)
        runs += its_runs
    if host.live or host.stat(".facts.json") is None:
        return inventory, runs
    from neuron_collectors.recorded_facts import with_recorded_facts

    return with_recorded_facts(host, inventory), runs


def _collectors(options: argparse.Namespace) -> Mapping[str, Collector]:
    """Return the collectors of every diagnosis, and those of the counters that *options* ask for."""
    from neuron_collectors.inventory import COLLECTORS

    collectors = dict(COLLECTORS)
    if getattr(options, "device_status", False):
        from neuron_collectors.device_status import collect_device_status

        collectors["device_status"] = collect_device_status
    if getattr(options, "for_everyone", False):
        from neuron_collectors.device_nodes import collect_device_nodes_for_everyone

        collectors["device_nodes"] = collect_device_nodes_for_everyone
    if getattr(options, "device_trees", False):
        from neuron_collectors.device_tree import collect_device_tree

        collectors["device_trees"] = collect_device_tree
    return collectors


def _witnesses(options: argparse.Namespace, inventory: Inventory, host: Host) -> Iterator[tuple[str, Collector]]:
    """Yield the collectors of the second witnesses that *options* allow; each is left behind like any other."""
    if options.neuron_ls and _may_run_neuron_ls(inventory, host):
        yield "neuron_ls", _neuron_ls(inventory)
    if options.imds:
        from neuron_collectors.imds import collect_imds

        yield "instance_metadata", lambda _: collect_imds()


def _may_run_neuron_ls(inventory: Inventory, host: Host) -> bool:
    """Tell whether neuron-ls, which opens the devices, may run: the module is live, or its output was recorded."""
    if not host.live:
        return host.stat(".commands/index.json") is not None
    driver = value_or_none(inventory.driver)
    return driver is not None and driver.initstate == "live"


def _neuron_ls(inventory: Inventory) -> Collector:
    """Return the collector of neuron-ls; which of its flags comes first depends on its version."""
    from functools import partial

    from neuron_collectors.neuron_ls import collect_neuron_ls

    packages = value_or_none(inventory.os_packages)
    version = packages.version("aws-neuronx-tools") if packages else NOT_COLLECTED
    return partial(collect_neuron_ls, tools_version=version)


def _read_facts(name: str) -> Inventory:
    from neuron_collectors.facts_file import load_facts_file, looks_like_toml, parse_facts

    if name != "-":
        from pathlib import Path

        return load_facts_file(Path(name))
    text = read_standard_input()
    with _standard_input():
        return parse_facts(text, toml=looks_like_toml(text))


def _read_snapshot(name: str) -> Inventory:
    from neuron_collectors.snapshot import load_snapshot, loads_inventory

    if name != "-":
        from pathlib import Path

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
