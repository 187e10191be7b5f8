"""The key with which names are made into pseudonyms: one for each host, kept in the state directory."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile

from .exits import UsageError

_STATE_DIRECTORY = "/var/lib/neuron-validator"
_KEY_FILE = "redaction.key"
_KEY_BYTES = 16
_LIMIT = 4096


def read_redaction_key(file: str | None) -> bytes:
    """
    Return the key in *file*, or this host's own; raises `UsageError` and `OSError` where *file* is no key.

    The host's is made once, where the state directory is there (the service's installation makes it, and systemd names
    it in ``STATE_DIRECTORY``) and may be written. For anyone else each run has a key that nobody can know again.
    """
    if file is None:
        directory = os.environ.get("STATE_DIRECTORY", "").partition(":")[0] or _STATE_DIRECTORY
        return _read_or_make(os.path.join(directory, _KEY_FILE)) or secrets.token_bytes(_KEY_BYTES)
    key = _read(file)
    if len(key) < _KEY_BYTES:
        raise UsageError(f"--redaction-key: {file}: fewer than {_KEY_BYTES} bytes")
    return key


def _read_or_make(file: str) -> bytes | None:
    """Return the key in *file*, which is made where it is not; `None` where it can be neither read nor made."""
    with contextlib.suppress(OSError):
        if not os.path.lexists(file):
            _make(file)
        key = _read(file)
        return key if len(key) >= _KEY_BYTES else None
    return None


def _make(file: str) -> None:
    """
    Write a new key, for the owner of its directory alone: the service has to read what root has made.

    One that another run has made meanwhile stays. Raises `OSError`.
    """
    directory = os.path.dirname(file)
    descriptor, draft = tempfile.mkstemp(dir=directory, prefix=f".{_KEY_FILE}.")
    try:
        with open(descriptor, "wb") as stream:
            if os.geteuid() == 0:
                owner = os.stat(directory)
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            stream.write(secrets.token_bytes(2 * _KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        os.unlink(draft)


def _read(file: str) -> bytes:
    """Return what *file* holds; raises `OSError`."""
    with open(file, "rb") as stream:
        return stream.read(_LIMIT)
