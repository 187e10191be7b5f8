"""Announced changes as a calendar for calendar programs (RFC 5545)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from ..overview import Overview, Row, dated_changes
from .text import to_line

_OCTETS = 75
_NOT_IN_UID = re.compile(r"[^a-z0-9.]+")
_TITLES = {
    "end-of-support": "{}: end of support by AWS",
    "maintenance": "{}: enters maintenance",
    "makers-support": "{}: last day of its makers' standard support",
    "makers-extended-support": "{}: last day of its makers' extended support",
}


def render(overview: Overview) -> str:
    """
    Return the changes from the day of judgement on as a calendar, each a whole day with an alarm.

    What is announced for an SDK release without a day stands in no calendar. The same change has the same UID in every
    calendar, so that importing one again moves an entry and adds none.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//neuron-validator//life-cycle//EN",
        "CALSCALE:GREGORIAN",
        *_events(overview),
        "END:VCALENDAR",
    ]
    return "".join(f"{piece}\r\n" for line in lines for piece in fold(line))


def _events(overview: Overview) -> Iterator[str]:
    seen = set()
    for row, what, day, source in _in_order(overview):
        uid = _uid(row, what)
        if uid not in seen:
            seen.add(uid)
            yield from _event(uid, _title(row, what), day, source, overview)


def _in_order(overview: Overview) -> Iterable[tuple[Row, str, dt.date, str]]:
    changes = dated_changes(overview.rows, overview.as_of)
    return sorted(changes, key=lambda change: (change[2], change[0].name, change[1]))


def _title(row: Row, what: str) -> str:
    return _TITLES.get(what, "{}: " + what).format(row.name)


def _event(uid: str, title: str, day: dt.date, source: str, overview: Overview) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield f"DTSTAMP:{overview.as_of:%Y%m%d}T000000Z"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day + dt.timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escape(title)}"
    yield f"DESCRIPTION:{escape(source)}"
    yield "TRANSP:TRANSPARENT"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{escape(title)}"
    yield f"TRIGGER:-P{overview.lookahead.days}D"
    yield "END:VALARM"
    yield "END:VEVENT"


def _uid(row: Row, what: str) -> str:
    parts = (row.subject.kind, row.subject.name, row.subject.version, what)
    words = [_NOT_IN_UID.sub("-", part.lower()).strip("-") for part in parts if part]
    return f"{'_'.join(words)}@neuron-validator"


def escape(text: str) -> str:
    r"""
    Return *text* as a value of the format.

    >>> escape("a; b, c\\d")
    'a\\; b\\, c\\\\d'
    """
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return to_line(text.replace("\r\n", "\n").replace("\n", "\\n"))


def fold(line: str) -> Iterator[str]:
    """Yield *line* in pieces of at most 75 octets, those after the first with a space in front; no character is cut."""
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _OCTETS:
            yield piece
            piece, size = " ", 1
        piece += char
        size += octets
    yield piece
