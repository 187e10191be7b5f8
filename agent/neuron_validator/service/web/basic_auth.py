"""
Basic authentication with bcrypt.

bcrypt is slow by design: some 70 ms of processor for each try at a cost of 10. So a password that was right once is
kept, as a hash under a key that only this process knows, and the same credentials that come at the same time are
computed once. Only so many tries run at a time, for the others must not take all workers from those who scrape.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock

from .configuration import INSTALL
from .errors import WebConfigError

_TRIES_AT_ONCE = 2
_KEPT = 100
_BCRYPT_BYTES = 72  # bcrypt has never looked at more; its newest Python binding refuses what is longer


class TooManyTriesError(Exception):
    """More passwords are being tried than this server has time for."""


class BasicAuth:
    """Who may come in: users, and what was found out about their passwords."""

    def __init__(self, users: Mapping[str, str]) -> None:
        try:
            import bcrypt  # noqa: PLC0415 - an extra, which a service without passwords does not need
        except ImportError as error:
            raise WebConfigError(f"basic_auth_users: checking passwords needs bcrypt: {INSTALL}") from error
        self._check_password = bcrypt.checkpw
        self._hashes = {name.encode(): value.encode() for name, value in users.items()}
        # What unknown users are checked against, for nothing: they are told off as slowly as known ones. `$2b$12$…`
        self._decoy = max(self._hashes.values(), key=lambda value: value[4:6])
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, None] = {}
        self._tries: dict[bytes, Future[bool]] = {}
        self._lock = Lock()

    def allows(self, authorization: str) -> bool:
        """Whether the header *authorization* names a user with the right password."""
        credentials = parse_credentials(authorization)
        if credentials is None:
            return False
        digest = self._digest(*credentials)
        with self._lock:
            if digest in self._right:
                return True
            running = self._tries.get(digest)
            if running is None:
                if len(self._tries) >= _TRIES_AT_ONCE:
                    raise TooManyTriesError
                mine = self._tries[digest] = Future()
        return running.result() if running else self._try(mine, digest, *credentials)

    def _try(self, outcome: Future[bool], digest: bytes, name: bytes, password: bytes) -> bool:
        """Compute the hash, and tell those who wait for the same."""
        right = False
        try:
            right = self._matches(name, password)
        finally:
            with self._lock:
                del self._tries[digest]
                if right:
                    self._keep(digest)
            outcome.set_result(right)
        return right

    def _matches(self, name: bytes, password: bytes) -> bool:
        """Whether *password* is that of *name*; bcrypt compares in constant time."""
        matches = self._check_password(password[:_BCRYPT_BYTES], self._hashes.get(name, self._decoy))
        return matches and name in self._hashes

    def _keep(self, digest: bytes) -> None:
        """Keep what was right, and forget the oldest of too many."""
        self._right[digest] = None
        if len(self._right) > _KEPT:
            del self._right[next(iter(self._right))]

    def _digest(self, name: bytes, password: bytes) -> bytes:
        """Return what stands for these credentials, and tells nothing about them to who reads this process's memory."""
        # No two pairs give the same bytes: a name holds no colon.
        return hashlib.blake2b(name + b":" + password, key=self._key).digest()


def parse_credentials(authorization: str) -> tuple[bytes, bytes] | None:
    """
    Return name and password, None where the header is not one of basic authentication.

    ``Basic YWxpY2U6c2VjcmV0`` -> ``(b"alice", b"secret")``
    """
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(b":")
    return (name, password) if colon else None
