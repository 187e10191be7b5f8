"""
The three states of a field: a value, absent, unread.

*Absent* (`None`) means somebody looked and it is not there. *Unread* means nobody could look, and says why. They are
never confused: a missing `/dev/neuron0` is a fault, a `/dev` that a captured tree does not hold is not.
"""

from __future__ import annotations

from typing import TypeVar, Union

from .frozen import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """A field that could not be looked at."""

    reason: str
    """Why, in a few words: ``permission``, ``not given``, ``timed out after 3 s``."""


Reading = Union[T, None, Unread]  # noqa: UP007 - `T | None` cannot be subscripted on Python 3.10
"""A value, `None` (looked, not there), or `Unread` (could not look)."""

NOT_GIVEN = Unread("not given")
"""A facts file does not say it."""

NOT_COLLECTED = Unread("not collected")
"""No collector looked, or a captured tree does not hold the source."""

PERMISSION = Unread("permission")
"""The kernel refused: the source is there, this user may not read it."""


def value_or_none(reading: Reading[T]) -> T | None:
    """Return the value of *reading*, and `None` when it is absent or unread."""
    return None if isinstance(reading, Unread) else reading
