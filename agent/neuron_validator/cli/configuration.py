"""
What the configuration of this machine says: options by the names of their flags, and silences.

.. code-block:: toml

    [diagnose]
    fail-on = "critical"
    lookahead = "180d"

    [neff.check]
    header-only = true

    [[silence]]
    check = "end-of-support"
    component = "torch-neuronx"
    reason = "moving to 2.9 in Q1, OPS-311"
    until = 2027-03-31

It belongs to the judge, not to the host: a captured tree or a snapshot is judged with it too.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.input_error import InputError
from neuron_collectors.input_file import read_input
from neuron_collectors.shapes import Shape, ShapeError, array, describe, keys, parse_toml, text

from ..findings import Silence
from ..silences import Silencing
from .exits import ConfigurationError

PLACE = "/etc/neuron-validator"
"""Has ``config.toml`` and ``config.d/*.toml``."""

Section = tuple[str, ...]
"""A command, and its sub-command where it has one: ``("diagnose",)``, ``("neff", "check")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What one file says of one option."""

    value: object
    """As TOML has it."""
    source: str
    """The file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """All files together, later ones over earlier ones."""

    files: tuple[str, ...] = ()
    settings: Mapping[Section, Mapping[str, Setting]]
    """By command and by the flag's name."""
    silences: tuple[Silencing, ...] = ()
    """Of all files."""


def find_files(place: str) -> tuple[str, ...]:
    """
    Return the files at *place*, in the order in which they are read; raises `ConfigurationError`.

    A directory has ``config.toml``, then ``config.d/*.toml`` by name. What else is there is the file itself.
    """
    if not os.path.isdir(place):
        return (place,)
    main = os.path.join(place, "config.toml")
    return (*filter(os.path.lexists, [main]), *_parts(os.path.join(place, "config.d")))


def load_configuration(files: Sequence[str], commands: Mapping[str, object]) -> Configuration:
    """Read *files*, in which *commands* have their tables; raises `ConfigurationError` with the spot that is wrong."""
    settings: dict[Section, dict[str, Setting]] = {}
    silences: list[Silencing] = []
    for name in files:
        try:
            document = _document(commands)(parse_toml(read_input(name)))
        except ShapeError as error:
            raise ConfigurationError(f"{name}: {error}") from error
        except InputError as error:
            raise ConfigurationError(str(error)) from error
        silences += document.pop("silence", ())
        for section, key, value in _options(document):
            settings.setdefault(section, {})[key] = Setting(value=value, source=name)
    return Configuration(files=tuple(files), settings=settings, silences=tuple(silences))


def _parts(directory: str) -> list[str]:
    try:
        names = sorted(os.listdir(directory))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigurationError(f"{directory}: {error.strerror or error}") from error
    return [os.path.join(directory, name) for name in names if name.endswith(".toml") and not name.startswith(".")]


def _document(commands: Mapping[str, object]) -> Shape[dict[str, Any]]:
    return keys({**dict.fromkeys(commands, _table), "silence": array(_silence)})


def _table(value: object) -> dict[str, object]:
    """Return the table of a command; which keys it may have is the command's to say."""
    if not isinstance(value, dict):
        raise ShapeError(f"not a table: {describe(value)}")
    return value


def _options(document: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[Section, str, object]]:
    """Yield each option with its section; a table in a table is a sub-command's."""
    for command, table in document.items():
        for key, value in table.items():
            if isinstance(value, dict):
                yield from (((command, key), name, inner) for name, inner in value.items())
            else:
                yield (command,), key, value


def _silence(value: object) -> Silencing:
    """Return one silence; its check is one that there is."""
    from ..checks import CHECKS

    given = keys(_SILENCE, required=("check", "reason", "until"))(value)
    known = {check.id for check in CHECKS}
    if given["check"] not in known:
        raise ShapeError(_no_such_check(given["check"], known), path=".check")
    silence = Silence(reason=given.pop("reason"), until=given.pop("until"))
    return Silencing(silence=silence, **given)


def _no_such_check(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean {close[0]!r}?" if close else "`neuron-validator list-checks` lists them"
    return f"no such check: {describe(name)}, {hint}"


def _words(value: object) -> str:
    words = text(value)
    if not words.strip():
        raise ShapeError("empty")
    return words


def _day(value: object) -> dt.date:
    """Return a day: TOML has dates, and a text may be one."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(text(value))
    except ValueError as error:
        raise ShapeError(f"not a date (YYYY-MM-DD): {describe(value)}") from error


_SILENCE: Mapping[str, Shape[Any]] = {
    "check": _words,
    "component": _words,
    "scope": _words,
    "rule": _words,
    "reason": _words,
    "until": _day,
}
