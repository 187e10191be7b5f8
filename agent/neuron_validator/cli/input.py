"""Where an inventory comes from: a host, a snapshot or a facts file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from neuron_collectors.facts import NOT_COLLECTED, Inventory, value_or_none
from neuron_collectors.host import Host
from neuron_collectors.input_error import InputError

from .arguments import read_standard_input
from .exits import UsageError
from .progress import shown_progress


def read_inventory(options: argparse.Namespace) -> Inventory:
    """Return the inventory that the command line asks for; raises `InputError`, `HostError` or `UsageError`."""
    if options.imds and any(given is not None for given in (options.root, options.snapshot, options.facts)):
        raise UsageError("--imds asks about this machine: not with --root, --snapshot or --facts")
    if options.facts is not None:
        return _read_facts(options.facts)
    if options.snapshot is not None:
        return _read_snapshot(options.snapshot)
    from neuron_collectors.captured import open_host

    return read_host(options, open_host(options.root or "/"))


def read_host(options: argparse.Namespace, host: Host) -> Inventory:
    """Return what the collectors read of *host*, and the other witnesses that *options* allow."""
    from neuron_collectors.inventory import COLLECTORS, take_inventory

    collectors = COLLECTORS
    if getattr(options, "device_trees", False):
        from neuron_collectors.device_status import collect_device_status
        from neuron_collectors.device_tree import collect_device_tree

        collectors = {**COLLECTORS, "device_status": collect_device_status, "device_trees": collect_device_tree}
    with shown_progress(collectors) as collectors:
        inventory = take_inventory(host, collectors=collectors, timeout=options.timeout)
    if options.neuron_ls and _may_run_neuron_ls(inventory, host):
        inventory = _with_neuron_ls(inventory, host)
    if options.imds:
        inventory = _with_imds(inventory, host)
    if host.live or host.stat(".facts.json") is None:
        return inventory
    from neuron_collectors.recorded_facts import with_recorded_facts

    return with_recorded_facts(host, inventory)


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


def _with_imds(inventory: Inventory, host: Host) -> Inventory:
    """Ask the instance metadata service; one that answers too slowly is left behind like any collector."""
    from dataclasses import replace

    from neuron_collectors.imds import collect_imds
    from neuron_collectors.inventory import take_inventory

    seen = take_inventory(host, collectors={"instance_metadata": lambda _: collect_imds()})
    return replace(inventory, instance_metadata=seen.instance_metadata, failures=inventory.failures + seen.failures)


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
