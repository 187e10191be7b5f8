"""Which checks run: ``--only`` and ``--skip``."""

from __future__ import annotations

from collections.abc import Sequence

from .findings import Check


class SelectionError(ValueError):
    """A selector that fits no check."""


def select_checks(checks: Sequence[Check], *, only: Sequence[str], skip: Sequence[str]) -> tuple[Check, ...]:
    """
    Return the checks that *only* names (all when empty), without those that *skip* names.

    A selector is a check's id, the beginning of ids (``device-``), or ``category:NAME``; one that fits no check raises
    `SelectionError`.
    """
    wanted = _matching(checks, only) if only else {check.id for check in checks}
    unwanted = _matching(checks, skip)
    return tuple(check for check in checks if check.id in wanted - unwanted)


def _matching(checks: Sequence[Check], selectors: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for selector in selectors:
        fitting = {check.id for check in checks if _fits(check, selector)}
        if not fitting:
            raise SelectionError(f"no such check: {selector!r}{_hint(checks, selector)}")
        found |= fitting
    return found


def _fits(check: Check, selector: str) -> bool:
    kind, colon, name = selector.partition(":")
    if colon and kind == "category":
        return check.category == name
    return bool(selector) and check.id.startswith(selector)


def _hint(checks: Sequence[Check], selector: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for the error message

    names = [check.id for check in checks] + sorted({f"category:{check.category}" for check in checks})
    close = get_close_matches(selector, names, n=1)
    return f", did you mean {close[0]!r}?" if close else "; `neuron-validator list-checks` lists them"
