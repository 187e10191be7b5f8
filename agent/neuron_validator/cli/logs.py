"""Logs that the user hands in: ``--log FILE``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from neuron_collectors.facts import Inventory, value_or_none

from .exits import UsageError


def read_log(name: str) -> str:
    """Return the text of the log *name*, ``-`` for standard input; raises `InputError` or `UsageError`."""
    from neuron_collectors.log_file import LOG_LIMIT, decode_log, read_log_file

    if name != "-":
        return read_log_file(name)
    if sys.stdin.isatty():
        raise UsageError("--log - reads standard input, which is a terminal")
    return decode_log(sys.stdin.buffer.read(LOG_LIMIT))


def with_logs(inventory: Inventory, names: Sequence[str]) -> Inventory:
    """Return *inventory* with the lines of the logs *names* added: to the kernel's log, or to the application's."""
    if not names:
        return inventory
    from neuron_collectors.kernel_log import parse_kernel_log
    from neuron_collectors.log_file import is_kernel_log, split_log

    for text in map(read_log, names):
        if is_kernel_log(text):
            before = value_or_none(inventory.kernel_log) or ()
            inventory = replace(inventory, kernel_log=(*before, *parse_kernel_log(text)))
        else:
            before = value_or_none(inventory.log_lines) or ()
            inventory = replace(inventory, log_lines=(*before, *split_log(text)))
    return inventory
