"""The shapes of what the vendor's tools print, the same in JSON, tables and labels."""

from __future__ import annotations

import re

from .shapes import MOST, Shape, ShapeError, describe, integer, text

_BDF = re.compile(r"(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
_CPU_LIST = re.compile(r"[0-9]{1,5}(?:-[0-9]{1,5})?(?:,[0-9]{1,5}(?:-[0-9]{1,5})?)*")
_INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]{0,19}\.[a-z0-9-]{1,20}")
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")
_DIGITS = re.compile(r"[0-9]{1,18}")
_SIGNED = re.compile(r"-?[0-9]{1,9}")
_NOTHING = ("", "NA")

count: Shape[int] = integer(least=0, most=MOST)


def bdf(value: object) -> str:
    """Return *value* if it is a PCI address, with or without its domain."""
    return _matching(_BDF, value, "a PCI address")


def cpu_list(value: object) -> str:
    """Return *value* if it is a list of CPUs as the kernel writes it."""
    return _matching(_CPU_LIST, value, "a list of CPUs")


def instance_type(value: object) -> str | None:
    """Return *value* if it is an instance type; a tool that cannot ask for it prints nothing."""
    return None if value == "" else _matching(_INSTANCE_TYPE, value, "an instance type")


def instance_id(value: object) -> str | None:
    """Return *value* if it is an instance id. The error keeps it to itself: reasons are not redacted."""
    found = text(value)
    if found and not _INSTANCE_ID.fullmatch(found):
        raise ShapeError("not an instance id")
    return found or None


def numa_node(value: object) -> int | None:
    """Return the number in text *value*; -1 is none."""
    node = int(_matching(_SIGNED, value, "a NUMA node"))
    return None if node == -1 else node


def digits(value: object) -> int:
    """Return the number in text *value*."""
    return int(_matching(_DIGITS, value, "a number"))


def printed(value: object) -> str | None:
    """Return text *value*; it is empty or NA where there is nothing to print."""
    found = text(value)
    return None if found in _NOTHING else found


def _matching(pattern: re.Pattern[str], value: object, what: str) -> str:
    """Return text *value* if all of it is *what* the pattern says."""
    found = text(value)
    if not pattern.fullmatch(found):
        raise ShapeError(f"not {what}: {describe(value)}")
    return found
