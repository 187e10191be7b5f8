"""Read the files that the user names on the command line. The host's own files go through `host.Host`."""

from __future__ import annotations

import os
import stat

from .input_error import InputError, InputMissing

INPUT_LIMIT = 64 * 1024 * 1024
"""Bytes that a facts file or a snapshot may hold. A host with 64 devices and 50 environments takes less than 1."""


def read_input(path: str | os.PathLike[str]) -> str:
    """
    Return the text of file *path*, a pipe such as ``/dev/fd/63`` too; raises `InputError` when it cannot.

    A device is never opened: ``/dev/neuron0``, given by mistake, would attach this process to it.
    """
    name = os.fspath(path)
    try:
        _refuse_device(name)
        with open(name, "rb") as file:  # noqa: PTH123 - importing pathlib would cost 2 ms of every start
            content = file.read(INPUT_LIMIT + 1)
    except OSError as error:
        raise InputMissing(f"{name}: {error.strerror or error}") from error
    if len(content) > INPUT_LIMIT:
        raise InputError(f"{name}: larger than {INPUT_LIMIT} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text at byte {error.start}") from error


def _refuse_device(name: str) -> None:
    """Raise `InputError` when *name* is neither a regular file nor a pipe."""
    mode = os.stat(name).st_mode  # noqa: PTH116 - as above
    if stat.S_ISDIR(mode):
        raise InputError(f"{name}: is a directory")
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        raise InputError(f"{name}: neither a file nor a pipe")
