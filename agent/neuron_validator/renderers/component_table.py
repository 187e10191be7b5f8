"""The table of components on the page for a person, fitted into its width."""

from __future__ import annotations

from collections.abc import Sequence

from ..report import ComponentRow
from .words import span

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
    below = [(releases(row), _phase(row), _next(row)) for row in rows]
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
    return row.name, row.version, releases(row).removeprefix("SDK "), _phase(row)


def releases(row: ComponentRow) -> str:
    """Say which SDK releases list a component."""
    if row.releases:
        return f"SDK {span(row.releases)}"
    return {"newer-than-catalog": "newer than known", "unlisted": "not listed"}.get(row.membership, "not known")


def _phase(row: ComponentRow) -> str:
    return "" if row.phase == "unknown" else row.phase


def _next(row: ComponentRow, *, long: bool = False) -> str:
    """Say what changes next: the end of its support, the phase that is announced, else a newer version of its line."""
    change = _change(row)
    newest = _newest(row, long=long)
    return "; ".join(filter(None, (change, newest if long or not change else "")))


def _change(row: ComponentRow) -> str:
    if row.phase == "end-of-support":
        return f"ended {row.end_of_support}" if row.end_of_support else ""
    if row.end_of_support or row.end_of_support_release:
        return f"ends {row.end_of_support}" if row.end_of_support else f"ends with SDK {row.end_of_support_release}"
    return f"{row.next_phase} from {row.next_phase_when}" if row.next_phase and row.next_phase_when else ""


def _newest(row: ComponentRow, *, long: bool) -> str:
    if row.superseded_by is None:
        return ""
    behind = row.releases_behind if long else None
    far = f", {behind} release{'s' if behind > 1 else ''} behind" if behind else ""
    return f"newest {row.superseded_by}{far}"
