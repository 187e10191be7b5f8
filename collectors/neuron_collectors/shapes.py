"""
Shapes that a value of parsed JSON or TOML must have, and how they are put together.

A shape is a function that returns what the value stands for, or raises `ShapeError` with the spot:

.. code-block:: python

    memory = keys({"total_bytes": nullable(integer(least=0))})
    memory({"total_bytes": "much"})  # ShapeError: total_bytes: not an integer: 'much'
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

Shape: TypeAlias = Callable[[object], T]

MOST = 2**64 - 1
"""The largest number that a fact can be: a bit mask of 64 bits. Larger ones overflow what the outputs can say."""

_PLAIN_KEY = re.compile(r"[\w+-]{1,80}", re.ASCII)
_LARGEST_FLOAT = sys.float_info.max
_SHOWN_CHARACTERS = 60


class ShapeError(Exception):
    """A value has not the shape that it must have."""

    def __init__(self, why: str, *, path: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.path = path
        """Where it stands below the value at hand, e.g. ``.devices[3].core_count``."""

    def __str__(self) -> str:
        """Return the spot and what is wrong there."""
        return f"{self.path.removeprefix('.')}: {self.why}" if self.path else self.why


def parse_json(source: str) -> object:
    """Parse JSON strictly: NaN, infinities and keys that stand twice are errors too. Raises `ShapeError`."""
    try:
        document: object = json.loads(source, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twins)
    except RecursionError as error:
        raise ShapeError("not JSON: nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ShapeError(f"not JSON: {error}") from error
    except ValueError as error:  # Python refuses to convert thousands of digits
        raise ShapeError("not JSON: a number of too many digits") from error
    return document


def parse_toml(source: str) -> object:
    """Parse TOML; raises `ShapeError`."""
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - most runs read no TOML
    else:
        import tomli as tomllib  # noqa: PLC0415
    try:
        return tomllib.loads(source)
    except RecursionError as error:
        raise ShapeError("not TOML: nested too deeply") from error
    except ValueError as error:
        raise ShapeError(f"not TOML: {error}") from error


def text(value: object) -> str:
    """Return *value* if it is text; one half of a surrogate pair is none, nothing could print it."""
    if not isinstance(value, str):
        raise ShapeError(f"not text: {describe(value)}")
    if not is_unicode(value):
        raise ShapeError(f"not Unicode text: {describe(value)}")
    return value


def boolean(value: object) -> bool:
    """Return *value* if it is a truth value."""
    if not isinstance(value, bool):
        raise ShapeError(f"neither true nor false: {describe(value)}")
    return value


def number(value: object) -> float:
    """Return *value* as a float if it is a finite number."""
    if not isinstance(value, float | int) or isinstance(value, bool) or not abs(value) <= _LARGEST_FLOAT:
        raise ShapeError(f"not a number: {describe(value)}")
    return float(value)


def integer(*, least: int = -MOST, most: int = MOST, noun: str = "an integer") -> Shape[int]:
    """Make the shape of a whole number between *least* and *most*; true and false are none."""

    def parse(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ShapeError(f"not {'a whole number' if isinstance(value, float) else noun}: {describe(value)}")
        if value < least:
            raise ShapeError(f"less than {least}: {describe(value)}")
        if value > most:
            raise ShapeError(f"more than {most}: {describe(value)}")
        return value

    return parse


def nullable(shape: Shape[T]) -> Shape[T | None]:
    """Make the shape of what may be null."""
    return lambda value: None if value is None else shape(value)


def array(item: Shape[T]) -> Shape[tuple[T, ...]]:
    """Make the shape of an array of any length."""
    return lambda value: tuple(_inside(item, entry, index) for index, entry in enumerate(_array(value)))


def fixed_array(items: tuple[Shape[Any], ...]) -> Shape[tuple[Any, ...]]:
    """Make the shape of an array that has one entry for each of *items*."""

    def parse(value: object) -> tuple[Any, ...]:
        entries = _array(value)
        if len(entries) != len(items):
            raise ShapeError(f"not {len(items)} entries: {len(entries)}")
        return tuple(_inside(item, entries[index], index) for index, item in enumerate(items))

    return parse


def mapping(item: Shape[T]) -> Shape[dict[str, T]]:
    """Make the shape of an object with any keys."""
    return lambda value: {_inside(text, key, key): _inside(item, entry, key) for key, entry in _object(value).items()}


def keys(
    table: Mapping[str, Shape[Any]], *, required: Collection[str] = (), lenient: bool = False
) -> Shape[dict[str, Any]]:
    """
    Make the shape of an object that may have the keys of *table* and must have those *required*.

    Any other key is an error, or left out when *lenient*.
    """

    def parse(value: object) -> dict[str, Any]:
        entries = _object(value)
        for name in required:
            if name not in entries:
                raise ShapeError("missing", path=_step(name))
        found: dict[str, Any] = {}
        for key, entry in entries.items():
            if isinstance(key, str) and key in table:
                found[key] = _inside(table[key], entry, key)
            elif not lenient:
                raise ShapeError(_unknown(key, table), path=_step(key))
        return found

    return parse


def describe(value: object) -> str:
    """Say what *value* is, in a few words and whatever it is."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…")
    if isinstance(value, int):
        return repr(value) if value.bit_length() <= 128 else f"a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else f"a {type(value).__name__}"


def is_unicode(value: str) -> bool:
    """Tell whether *value* can be written as UTF-8: file names that cannot hold surrogates in Python."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _inside(shape: Shape[T], value: object, key: object) -> T:
    """Return the fact that *value* at *key* stands for; an error learns where that is."""
    try:
        return shape(value)
    except ShapeError as error:
        error.path = _step(key) + error.path
        raise


def _step(key: object) -> str:
    """Return *key* as one step of a path: ``.core_count``, ``[3]``, ``['a key']``."""
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    return f"[{describe(key)}]"


def _array(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ShapeError(f"not an array: {describe(value)}")
    return value


def _object(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise ShapeError(f"not an object: {describe(value)}")
    return value


def _unknown(key: object, known: Iterable[str]) -> str:
    """Say that *key* is unknown, and which one was probably meant."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    near = difflib.get_close_matches(key, known, n=1) if isinstance(key, str) else []
    return f"unknown key, did you mean '{near[0]}'?" if near else f"unknown key, known ones are: {', '.join(known)}"


def _refuse_constant(constant: str) -> object:
    raise ShapeError(f"not JSON: {constant}")


def _refuse_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object, and refuse one that says two things of one key."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        ((twin, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ShapeError(f"key given twice: {describe(twin)}")
    return entries
