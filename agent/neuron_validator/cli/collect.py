"""``neuron-validator collect``: print or write the inventory."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .arguments import Parser, add_host_arguments, add_timeout_argument, command_parser, write_output
from .exits import OK, UsageError
from .input import read_host, read_inventory
from .redaction_key import read_redaction_key

if TYPE_CHECKING:
    from neuron_collectors.facts import Inventory
    from neuron_collectors.host import Host

_PRIVATE = 0o600


def build_parser() -> Parser:
    """Return the parser of ``collect``."""
    parser = command_parser(
        "collect", "Print the inventory of a host as JSON; `diagnose --snapshot` judges it elsewhere."
    )
    add_host_arguments(parser)
    parser.add_argument("--output", metavar="FILE", help="write there, atomically and readable by you only")
    parser.add_argument(
        "--tree", metavar="DIR", help="write there what the collectors read, as a tree for --root; DIR is new or empty"
    )
    parser.add_argument(
        "--include-identifiers", action="store_true", help="keep instance ids, serial numbers and the names of homes"
    )
    parser.add_argument(
        "--redaction-key",
        metavar="FILE",
        help="key of the pseudonyms, 16 bytes or more (default: this host's)",
    )
    add_timeout_argument(parser)
    parser.set_defaults(device_status=True, device_trees=True)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Take an inventory and print it as a snapshot."""
    options = build_parser().parse(arguments)
    key = None if options.include_identifiers else read_redaction_key(options.redaction_key)
    if options.tree is not None:
        write_tree(options, options.tree, key=key)
        return OK

    from neuron_collectors.redaction import redact
    from neuron_collectors.snapshot import dumps_inventory

    inventory = read_inventory(options)
    if key is not None:
        inventory = redact(inventory, key=key)
    write_output(dumps_inventory(inventory), options.output, mode=_PRIVATE)
    return OK


def write_tree(options: argparse.Namespace, directory: str, *, key: bytes | None) -> None:
    """
    Write the host that *options* name as a tree, redacted with *key*.

    What reading the tree again would not give, because no file shows it, is written down as a fact.
    """
    from neuron_collectors.captured import open_host
    from neuron_collectors.recorded_facts import RECORDED_FACTS, dumps_recorded_facts
    from neuron_collectors.recording import RecordingHost
    from neuron_collectors.redaction import redact
    from neuron_collectors.tree import TreeWriter
    from neuron_collectors.tree_redaction import TreeRedactor

    if options.output is not None or options.snapshot is not None or options.facts is not None:
        raise UsageError("--tree writes what is read of a host: not with --output, --snapshot or --facts")
    host = RecordingHost(open_host(options.root or "/"))
    with TreeWriter(directory) as writer:
        inventory = read_host(options, host)
        if key is not None:
            inventory = redact(inventory, key=key)
        writer.write(host.recording, TreeRedactor(key))
        replayed = _replay(options, open_host(writer.root))
        other = _differing(inventory, replayed if key is None else redact(replayed, key=key))
        if other:
            writer.write_text(RECORDED_FACTS, dumps_recorded_facts(inventory, other))
        writer.finish()


def _replay(options: argparse.Namespace, host: Host) -> Inventory:
    """Read the tree that was written, as `diagnose` will."""
    return read_host(argparse.Namespace(**{**vars(options), "imds": False}), host)


def _differing(one: Inventory, other: Inventory) -> frozenset[str]:
    """Return the names of the facts that are not the same, or not for the same reason."""
    names = {name for name in one.__dataclass_fields__ if name != "failures"}
    failed = {failure.collector for failure in set(one.failures) ^ set(other.failures)} & names
    return frozenset(failed | {name for name in names if getattr(one, name) != getattr(other, name)})
