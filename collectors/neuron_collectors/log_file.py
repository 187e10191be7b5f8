"""Read a log that the user names on the command line."""

from __future__ import annotations

import os
import stat
from itertools import islice

from .facts.log_lines import parse_kernel_line
from .input_error import InputError, InputMissing

LOG_LIMIT = 64 * 1024 * 1024
"""Bytes that are read of a log: its last ones."""

_SAMPLE = 200


def read_log_file(path: str | os.PathLike[str]) -> str:
    """
    Return the text of the log *path*, of a long one the end; raises `InputError` when it cannot be read.

    A device is never opened: ``/dev/neuron0``, given by mistake, would attach this process to it.
    """
    name = os.fspath(path)
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116 - importing pathlib would cost 2 ms of every start
        if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
            raise InputError(f"{name}: neither a file nor a pipe")
        with open(name, "rb") as file:  # noqa: PTH123 - as above
            if stat.S_ISREG(mode):
                file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_LIMIT))
            return decode_log(file.read(LOG_LIMIT))
    except OSError as error:
        raise InputMissing(f"{name}: {error.strerror or error}") from error


def decode_log(content: bytes) -> str:
    """Return *content* as text; what is no UTF-8 becomes a replacement character, for a log may hold anything."""
    return content.decode("utf-8-sig", "replace")


def split_log(text: str) -> tuple[str, ...]:
    """
    Return the lines of *text*. Only line feeds end one: a progress bar's carriage returns are part of its line.

    .. code-block:: text

        NRT:nrt_init This Neuron Runtime (compatibility id: 6) is not compatible with the installed aws-neuron-dkms
    """
    return tuple(line.rstrip("\r") for line in text.removesuffix("\n").split("\n")) if text else ()


def is_kernel_log(text: str) -> bool:
    """
    Tell whether *text* is what dmesg or ``journalctl -k`` print, by the form of its first lines.

    .. code-block:: text

        [   12.345678] neuron:ncdev_open: nd0 is in an invalid state
        Nov 21 22:16:17 ip-10-0-0-1 kernel: neuron:ncdev_open: nd0 is in an invalid state
    """
    lines = [line for line in islice(split_log(text[: _SAMPLE * 1000]), _SAMPLE) if line.strip()]
    kernel = sum(1 for line in lines if _is_kernel_line(line))
    return kernel * 2 > len(lines)


def _is_kernel_line(line: str) -> bool:
    if line.startswith('{"') and '"MESSAGE"' in line:
        return True
    return parse_kernel_line(line).seconds is not None or " kernel: " in line or line.startswith("kern  :")
