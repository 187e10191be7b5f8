"""When each check's state last changed: a pure step from one report to the next."""

from __future__ import annotations

from collections.abc import Mapping


def transitions(
    *, before: Mapping[str, str], after: Mapping[str, str], known: Mapping[str, float], at: float
) -> dict[str, float]:
    """
    Return when each check of *after* got the state that it has, in seconds since the epoch.

    *before* and *after* are states by check id, *known* is what this function returned for *before*. A check that is
    new got its state at *at*; one that is gone has none.

    >>> transitions(before={"a": "pass", "b": "pass"}, after={"a": "critical", "b": "pass"}, known={"b": 1.0}, at=9.0)
    {'a': 9.0, 'b': 1.0}
    """
    return {
        check: known[check] if before.get(check) == state and check in known else at for check, state in after.items()
    }
