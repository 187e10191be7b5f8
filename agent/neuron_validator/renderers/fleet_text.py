"""Many hosts together, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..fleet import Fleet
from .fleet_words import say_hosts, say_kinds, say_value, say_verdicts
from .text import map_text, to_line

_MOST = 10
"""Values of a property and lines of a part that are printed; the other formats have all."""


def render(fleet: Fleet) -> str:
    """Return *fleet* as a page."""
    fleet = map_text(fleet, to_line)
    parts = (_summary(fleet), *_skews(fleet), _findings(fleet), _calendar(fleet), _outliers(fleet), _unread(fleet))
    return "\n\n".join(text for text in map("\n".join, parts) if text) + "\n"


def _summary(fleet: Fleet) -> Iterator[str]:
    yield f"{say_hosts(len(fleet.hosts))}: {say_verdicts(fleet)}"
    yield say_kinds(fleet)


def _skews(fleet: Fleet) -> Iterator[Iterator[str]]:
    for skew in fleet.skews:
        rows = [(say_value(share.value), str(share.hosts), _percent(share.hosts, fleet)) for share in skew.shares]
        yield _part(skew.property, rows, right=(1, 2))


def _percent(hosts: int, fleet: Fleet) -> str:
    return f"{hosts / len(fleet.hosts):.0%}"


def _outliers(fleet: Fleet) -> Iterator[str]:
    rows = [
        (one.host, one.property, say_value(one.value), f"{one.hosts} of {one.of} {one.instance_type}: {one.majority}")
        for one in fleet.outliers
    ]
    return _part("Hosts that differ from most of their instance type", rows)


def _findings(fleet: Fleet) -> Iterator[str]:
    rows = [
        (one.severity.word.upper(), one.id, say_hosts(one.hosts), f"{one.first}: {one.example}")
        for one in fleet.findings
    ]
    return _part("Findings", rows)


def _calendar(fleet: Fleet) -> Iterator[str]:
    rows = [(one.when, one.component, say_hosts(one.hosts), ", ".join(one.versions)) for one in fleet.endings]
    return _part("Ends of support", rows)


def _unread(fleet: Fleet) -> Iterator[str]:
    return _part("Files that could not be read", [(one.name, one.reason) for one in fleet.unread])


def _part(title: str, rows: Sequence[tuple[str, ...]], *, right: Sequence[int] = ()) -> Iterator[str]:
    """Yield *title* and the first of *rows* in columns; nothing without rows."""
    if not rows:
        return
    yield title
    shown = rows[:_MOST]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (c.rjust(w) if n in right else c.ljust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        yield f"  {'  '.join(cells)}".rstrip()
    if len(rows) > _MOST:
        yield f"  and {len(rows) - _MOST} more"
