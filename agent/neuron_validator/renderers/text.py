"""Text that is safe to print: what a host says of itself may hold anything, even commands for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")

_SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
# C0, C1 and the marks that turn the direction of writing, with which one text can be made to look like another.
_COMMANDS = dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "?")
_PRINTABLE = {**_COMMANDS, **_SPACES}
_ASCII = str.maketrans(
    {"…": "...", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
)


def map_text(value: T, change: Callable[[str], str]) -> T:
    """Return *value*, a fact or a report, with *change* applied to every text in it."""
    changed: Any = value
    if isinstance(value, str):
        changed = change(value)
    elif isinstance(value, tuple):
        changed = tuple(map_text(item, change) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        changed = replace(value, **{name: map_text(getattr(value, name), change) for name in names})
    result: T = changed
    return result


def to_unicode(text: str) -> str:
    """Return *text* as UTF-8 can hold it: bytes of a file name that were none become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def to_line(text: str) -> str:
    """Return *text* as one line that moves no cursor and sets no colour."""
    return text if text.isascii() and text.isprintable() else to_unicode(text).translate(_PRINTABLE)


def to_ascii(text: str) -> str:
    """Return *text* as one line of ASCII; what has no look-alike is written as an escape of Python's."""
    line = to_line(text)
    return line if line.isascii() else line.translate(_ASCII).encode("ascii", "backslashreplace").decode()
