"""``neuron-validator collect``: print or write the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .arguments import add_host_arguments, add_timeout_argument, command_parser, write_output
from .exits import OK
from .input import read_inventory

_PRIVATE = 0o600
_KEY_BYTES = 16
_KEY_FILE = Path("/var/lib/neuron-validator/redaction.key")


def run(arguments: Sequence[str]) -> int:
    """Take an inventory and print it as a snapshot."""
    parser = command_parser(
        "collect", "Print the inventory of a host as JSON; `diagnose --snapshot` judges it elsewhere."
    )
    add_host_arguments(parser)
    parser.add_argument("--output", metavar="FILE", type=Path, help="write there, atomically and readable by you only")
    parser.add_argument(
        "--include-identifiers", action="store_true", help="keep instance ids, serial numbers and the names of homes"
    )
    add_timeout_argument(parser)
    options = parser.parse_args(arguments)

    from neuron_collectors.redaction import redact
    from neuron_collectors.snapshot import dumps_inventory

    inventory = read_inventory(options)
    if not options.include_identifiers:
        inventory = redact(inventory, key=_redaction_key())
    write_output(dumps_inventory(inventory), options.output, mode=_PRIVATE)
    return OK


def _redaction_key() -> bytes:
    """Return the host's own key where the service has made one, else a fresh one that nobody can know again."""
    import secrets

    try:
        key = _KEY_FILE.read_bytes()
    except OSError:
        key = b""
    return key if len(key) >= _KEY_BYTES else secrets.token_bytes(_KEY_BYTES)
