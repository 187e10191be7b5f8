"""The table of components on the page for a person, fitted into its width."""

from __future__ import annotations

from collections.abc import Sequence

from ..report import ComponentRow
from .words import say_behind, say_change, say_newest, say_phase, say_releases

_COLUMNS = ("version", "SDK", "phase", "next")


def table(heading: str, rows: Sequence[ComponentRow], width: int) -> tuple[str, list[str]]:
    """
    Return the heading of a table and a text for each of *rows*, in columns.

    Of the layouts the first that fits into *width* is taken: all in one line, with what changes next below where it has
    no room, with name and version above the rest.
    """
    for layout in (_wide, _medium, _narrow):
        titles, texts = layout(heading, rows, width)
        if all(len(line) <= width for text in (titles, *texts) for line in text.splitlines()):
            break
    return titles, texts


def _wide(heading: str, rows: Sequence[ComponentRow], _: int) -> tuple[str, list[str]]:
    return _columns((heading, *_COLUMNS), [(*_left(row), _next(row, long=True)) for row in rows])


def _medium(heading: str, rows: Sequence[ComponentRow], width: int) -> tuple[str, list[str]]:
    """Align all but the last column, which goes below where it has no room."""
    column = max(len(_next(row)) for row in rows)
    titles, lines = _columns((heading, *_COLUMNS), [(*_left(row), "-" * column) for row in rows])
    starts = [line[: len(line) - column] for line in lines]
    if len(titles) > width:
        titles = titles.removesuffix(_COLUMNS[-1]).rstrip()
    return titles, [_beside(start, _next(row), width) for start, row in zip(starts, rows, strict=True)]


def _beside(start: str, text: str, width: int) -> str:
    if len(start) + len(text) <= width:
        return f"{start}{text}".rstrip()
    return _above(start.rstrip(), text)


def _narrow(heading: str, rows: Sequence[ComponentRow], _: int) -> tuple[str, list[str]]:
    titles, lines = _columns((heading, *_COLUMNS[:1]), [(row.name, row.version) for row in rows])
    below = [(say_releases(row), say_phase(row), _next(row)) for row in rows]
    return titles, [_above(line, *texts) for line, texts in zip(lines, below, strict=True)]


def _columns(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[str, list[str]]:
    """Align *rows* under *titles*; a heading that is longer than all the names stands alone."""
    heading, *names = titles
    indented = [(f"  {first}", *rest) for first, *rest in rows]
    first, *others = [max(map(len, column)) for column in zip(*indented, strict=True)]
    if len(heading) > first:
        return heading, _aligned(indented, [first, *others])
    top, *lines = _aligned([titles, *indented], [first, *map(max, zip(map(len, names), others, strict=True))])
    return top, lines


def _aligned(rows: Sequence[tuple[str, ...]], widths: Sequence[int]) -> list[str]:
    return ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]


def _above(line: str, *below: str) -> str:
    """Put *below* under *line*."""
    text = ", ".join(filter(None, below))
    return f"{line}\n      {text}" if text else line


def _left(row: ComponentRow) -> tuple[str, str, str, str]:
    return row.name, row.version, say_releases(row).removeprefix("SDK "), say_phase(row)


def _next(row: ComponentRow, *, long: bool = False) -> str:
    """Say what changes next in a component's life, or which version of its line is newer."""
    change, newest = say_change(row), say_newest(row)
    if long:
        return "; ".join(filter(None, (change, newest + say_behind(row))))
    return change or newest
