"""The web configuration while it is in use: read again when it, or a file that it names, has changed."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping, Sequence
from threading import Lock

from neuron_collectors.facts.frozen import dataclass

from .basic_auth import BasicAuth
from .configuration import read_web_config
from .errors import WebConfigError
from .tls import make_context

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """What one reading of the file came to."""

    context: ssl.SSLContext | None = None
    """What new connections are wrapped with; None: plain HTTP."""
    auth: BasicAuth | None = None
    """Who may come in; None: everybody."""
    headers: Mapping[str, str]
    """Headers that every response gets: name -> value, empty to leave one out."""
    files: tuple[str, ...] = ()
    """What it was read from: the file, the certificate, its key, the clients' CA."""


class LiveConfiguration:
    """
    What the file said when it last made sense.

    A new file that does not is logged once and changes nothing, so that a slip of the pen neither opens the server
    nor closes it. The first reading has nothing to fall back on and raises.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._lock = Lock()
        self._in_force = _read(path)
        self._seen = _state(self._in_force.files)

    def current(self) -> InForce:
        """Return what is in force, having looked whether the files have changed."""
        with self._lock:
            state = _state(self._in_force.files)
            if state != self._seen:
                self._seen = state  # before reading, so that what does not make sense is read and logged once
                try:
                    self._take(_read_again(self._path))
                except WebConfigError as error:
                    _log.warning("the web configuration stays as it was: %s", error)
                else:
                    _log.info("the web configuration has changed and was read: %s", self._path)
            return self._in_force

    def reload(self) -> None:
        """Read the files, changed or not; a WebConfigError says why what was in force stays in force."""
        with self._lock:
            self._take(_read_again(self._path))

    def _take(self, new: InForce) -> None:
        """Put *new* in force; the files may be others now."""
        self._in_force = new
        self._seen = _state(new.files)


def _read(path: str | None) -> InForce:
    """Read the file and all that it names."""
    if path is None:
        return InForce(headers={})
    config = read_web_config(path)
    try:
        context = make_context(config.tls) if config.tls else None
        auth = BasicAuth(config.users) if config.users else None
    except WebConfigError as error:
        raise WebConfigError(f"{path}: {error}") from error
    files = (path, *(config.tls.files if config.tls else ()))
    return InForce(context=context, auth=auth, headers=config.headers, files=files)


def _read_again(path: str | None) -> InForce:
    """Read the file while serving, unless it is empty: it may be about to be written, and empty it lets all in."""
    if path is not None and _is_empty(path):
        raise WebConfigError(f"{path}: it is empty; {{}} in it turns TLS and passwords off")
    return _read(path)


def _is_empty(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0  # noqa: PTH116 - as below
    except OSError:
        return False  # reading it says why


def _state(files: Sequence[str]) -> tuple[tuple[int, ...] | None, ...]:
    """Return what changes when one of *files* does, a replaced or a missing one too."""
    return tuple(map(_file_state, files))


def _file_state(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - on every request: no path object is needed for it
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
