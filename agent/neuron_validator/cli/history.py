"""``neuron-validator diff --history``: what changed on this host, as the service has written it down."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .arguments import command_parser, write_output
from .exits import OK

if TYPE_CHECKING:
    from ..service.history import Change

_PLACE = "/var/lib/neuron-validator"
_EXAMPLES = """\
examples:
  neuron-validator diff --history                         what changed, the newest last
  neuron-validator diff --history --state-directory DIR   of a service that remembers elsewhere

Where the last verdict is fail, a line shows up to where the host worked.
"""


def run_history(arguments: Sequence[str]) -> int:
    """Print what the service has noticed, oldest first."""
    parser = command_parser("diff --history", "Say what changed on this host since the service began to look.")
    parser.epilog = _EXAMPLES
    parser.add_argument("--state-directory", metavar="DIR", help=f"default: $STATE_DIRECTORY, else {_PLACE}")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write there, atomically, in place of stdout")
    options = parser.parse_args(arguments)

    from ..renderers.history import render_json, render_text

    directory = options.state_directory or os.environ.get("STATE_DIRECTORY", "").partition(":")[0] or _PLACE
    changes = _read(directory)
    write_output(render_json(changes) if options.format == "json" else render_text(changes), options.output)
    return OK


def _read(directory: str) -> tuple[Change, ...]:
    """Read the history in *directory*, and leave the file as it is; raises `InputError`."""
    from neuron_collectors.input_error import InputError
    from neuron_collectors.input_file import read_input

    from ..service.state import HISTORY_FILE, StateError, parse_history

    path = os.path.join(directory, HISTORY_FILE)
    if not os.path.lexists(path):
        raise InputError(f"{path}: no such file; `neuron-validator serve --state-directory {directory}` keeps one")
    try:
        return parse_history(read_input(path))
    except StateError as error:
        raise InputError(f"{path}: {error}") from error
