"""
What the service remembers from one start to the next, in its state directory.

``state.json``, replaced whole when something changed:

.. code-block:: json

    {
      "state_version": "1.0",
      "judged_at": 1795231440.25,
      "as_of": "2026-11-21",
      "inventory": {"snapshot_version": "1.0", "facts": {"driver": {"version": "2.26.5.0"}}, "failures": []},
      "standing": {"kernel": "6.8.0-1021-aws", "verdict": "pass", "drivers": {"host|aws-neuronx-dkms": "2.26.5.0"}},
      "transitions": {"driver-not-reloaded": 1795231440.25},
      "counters": {"0/sram_ecc_uncorrected": {"base": 0, "last": 7}}
    }

``history.jsonl``, the last changes, one a line, oldest first:

.. code-block:: json

    {"at": 1795231440.25, "kind": "driver", "subject": "aws-neuronx-dkms", "scope": "host",
     "before": "2.26.5.0", "after": "2.28.0.0"}

``report.json``, the last report as ``diagnose --format json`` prints it, for every user to read. Its time is that of
the last judgement, or of the last look that found everything as it was.

``redaction.key``, 32 random bytes: names that are redacted on this host are told apart, or not, by it.

A file that is damaged, or of a newer major version, is set aside under another name; it is no reason not to start.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from neuron_collectors.facts import Inventory
from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.shapes import (
    Shape,
    ShapeError,
    describe,
    integer,
    keys,
    mapping,
    nullable,
    number,
    parse_json,
    text,
)
from neuron_collectors.snapshot import SnapshotError, decode_inventory, encode_inventory

from .counters import Tally
from .history import KINDS, MOST_CHANGES, Change, Standing

T = TypeVar("T")

STATE_VERSION = "1.0"
"""The minor number grows with every key that is added, the major number when an old reader would go wrong."""
STATE_FILE = "state.json"
HISTORY_FILE = "history.jsonl"
REPORT_FILE = "report.json"
KEY_FILE = "redaction.key"

_KEY_BYTES = 32
_PRIVATE = 0o600
_PUBLIC = 0o644
_DIRECTORY = 0o755  # as systemd makes it


class StateError(Exception):
    """A file of the state is damaged."""


class NewerStateError(StateError):
    """A file of the state was written by a version of this program that is too new."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """All that is remembered but for the history."""

    judged_at: float
    """When the last report was made, or confirmed by unchanged facts; seconds since the epoch."""
    as_of: date
    """The day by which it judged."""
    inventory: Inventory
    """What it judged, without the driver's whole tree."""
    standing: Standing
    transitions: Mapping[str, float]
    """When each check's state last changed, in seconds since the epoch."""
    counters: Mapping[str, Tally]


class StateDirectory:
    """The files of the state. What cannot be written is raised as `OSError`, for the caller to tell of and go on."""

    def __init__(self, path: str, *, warn: Callable[[str], None]) -> None:
        """Keep the state in directory *path*; *warn* is told of a file that was set aside."""
        self.path = Path(path)
        self._warn = warn

    def load(self) -> State | None:
        """Return what was saved last; `None` when there is nothing that can be used."""
        return self._load(STATE_FILE, parse_state)

    def save(self, state: State) -> None:
        """Replace what was saved; raises `OSError`."""
        self._write(STATE_FILE, render_state(state))

    def load_history(self) -> tuple[Change, ...]:
        """Return the changes that were saved, oldest first."""
        return self._load(HISTORY_FILE, parse_history) or ()

    def save_history(self, changes: Sequence[Change]) -> None:
        """Replace the saved changes by the newest of *changes*; raises `OSError`."""
        self._write(HISTORY_FILE, render_history(changes[-MOST_CHANGES:]))

    def save_report(self, text: str) -> None:
        """Replace the last report; raises `OSError`."""
        self._write(REPORT_FILE, text.encode(), mode=_PUBLIC)

    def confirm_report(self) -> None:
        """Set the time of the last report to now; raises `OSError`."""
        os.utime(self.path / REPORT_FILE)

    def redaction_key(self) -> bytes:
        """Return the key of this host, made now when there is none; raises `OSError`."""
        with suppress(FileNotFoundError):
            key = (self.path / KEY_FILE).read_bytes()
            if len(key) >= _KEY_BYTES:
                return key
        key = new_key()
        self._write(KEY_FILE, key)
        return key

    def _load(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Read and parse file *name*; one that is of no use is set aside."""
        path = self.path / name
        try:
            return parse(_decoded(path.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"{path}: {error.strerror}: starting without it")
        except NewerStateError as error:
            self._set_aside(path, path.with_name(f"{name}.newer"), error)
        except StateError as error:
            self._set_aside(path, path.with_name(f"{name}.damaged"), error)
        return None

    def _set_aside(self, path: Path, aside: Path, error: Exception) -> None:
        """Move the file at *path* to *aside*, so that it can be looked at and is not overwritten."""
        try:
            path.replace(aside)
        except OSError as failure:
            self._warn(f"{path}: {error}; it could not be set aside: {failure.strerror}")
        else:
            self._warn(f"{path}: {error}; set aside as {aside}")

    def _write(self, name: str, content: bytes, *, mode: int = _PRIVATE) -> None:
        """Replace file *name* by *content* so that a crash leaves the old or the new one; raises `OSError`."""
        self.path.mkdir(mode=_DIRECTORY, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.path, prefix=f".{name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
                temporary.replace(self.path / name)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink()
                raise


def new_key() -> bytes:
    """Return a key that nobody can guess."""
    return os.urandom(_KEY_BYTES)


def _decoded(content: bytes) -> str:
    """Return *content* as text; raises `StateError`."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise StateError(f"not text: {error}") from error


def render_state(state: State) -> bytes:
    """Return *state* as the file has it."""
    standing = state.standing
    document = {
        "state_version": STATE_VERSION,
        "judged_at": state.judged_at,
        "as_of": state.as_of.isoformat(),
        "inventory": encode_inventory(state.inventory),
        "standing": {name: getattr(standing, name) for name in _STANDING},
        "transitions": state.transitions,
        "counters": {key: {"base": tally.base, "last": tally.last} for key, tally in state.counters.items()},
    }
    return json.dumps(document).encode()


def parse_state(source: str) -> State:
    """Parse what `render_state` wrote; raises `StateError` with the spot that is wrong."""
    try:
        document = parse_json(source)
        _check_version(document)
        return State(**_STATE(document))
    except (ShapeError, SnapshotError) as error:
        raise StateError(str(error)) from error


def render_history(changes: Iterable[Change]) -> bytes:
    """Return *changes* as the file has them."""
    return "".join(json.dumps(describe_change(change)) + "\n" for change in changes).encode()


def describe_change(change: Change) -> Mapping[str, str | float | None]:
    """Return *change* as JSON has it."""
    return {name: getattr(change, name) for name in _CHANGE_FIELDS}


def parse_history(source: str) -> tuple[Change, ...]:
    """Parse what `render_history` wrote; raises `StateError` with the line that is wrong."""
    changes = []
    for number_of_line, line in enumerate(source.splitlines(), start=1):
        try:
            changes.append(Change(**_CHANGE(parse_json(line))))
        except ShapeError as error:
            raise StateError(f"line {number_of_line}: {error}") from error
    return tuple(changes)


def _check_version(document: object) -> None:
    """Refuse a state of another major version; raises `NewerStateError` or `ShapeError`."""
    version = keys({"state_version": text}, required=("state_version",), lenient=True)(document)["state_version"]
    major, _, minor = version.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and version.isascii() and len(version) < 16):
        raise ShapeError(f"not a version: {describe(version)}", path="state_version")
    if int(major) != int(STATE_VERSION.partition(".")[0]):
        raise NewerStateError(f"state_version: {version} cannot be read by this program, only {STATE_VERSION}")


def _day(value: object) -> date:
    try:
        return date.fromisoformat(text(value))
    except ValueError as error:
        raise ShapeError(f"not a date: {describe(value)}") from error


def _inventory(value: object) -> Inventory:
    try:
        return decode_inventory(value)
    except SnapshotError as error:
        raise ShapeError(str(error)) from error


def _kind(value: object) -> str:
    if value not in KINDS:
        raise ShapeError(f"none of {', '.join(KINDS)}: {describe(value)}")
    return text(value)


def _all(table: Mapping[str, Shape[Any]], make: Callable[..., T]) -> Shape[T]:
    """Make the shape of an object that has all the keys of *table*, for *make*; others are left out."""
    shape = keys(table, required=table.keys(), lenient=True)
    return lambda value: make(**shape(value))


_STANDING: Mapping[str, Shape[Any]] = {
    "kernel": nullable(text),
    "drivers": mapping(text),
    "packages": mapping(text),
    "phases": mapping(text),
    "findings": mapping(text),
    "checks": mapping(text),
    "verdict": text,
}
_TALLY: Mapping[str, Shape[Any]] = {"base": integer(least=0), "last": integer(least=0)}
_STATE: Shape[dict[str, Any]] = _all(
    {
        "judged_at": number,
        "as_of": _day,
        "inventory": _inventory,
        "standing": _all(_STANDING, Standing),
        "transitions": mapping(number),
        "counters": mapping(_all(_TALLY, Tally)),
    },
    dict,
)
_CHANGE_FIELDS: Mapping[str, Shape[Any]] = {
    "at": number,
    "kind": _kind,
    "subject": text,
    "scope": nullable(text),
    "before": nullable(text),
    "after": nullable(text),
}
_CHANGE: Shape[dict[str, Any]] = _all(_CHANGE_FIELDS, dict)
