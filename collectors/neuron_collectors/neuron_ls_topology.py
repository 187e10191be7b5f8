"""The picture that ``neuron-ls --topology`` draws below its table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, takewhile

from .facts import Reading, Unread
from .facts.frozen import dataclass
from .facts.neuron_ls import NOT_PRINTED

_TITLE = "Neuron Device Topology"
_BOX = re.compile(r"\[ ?([0-9]{1,4}) ?\]")
_LETTER = re.compile(r"[^\W\d_]")  # a line with one is the legend, or what was printed after the picture
_UNKNOWN = re.compile(r"[^][\d ◄►▲▼│*\u2013\u2014-]")  # a picture of another kind would be read wrong
_ACROSS = re.compile(r"◄[\u2013\u2014-]+►")
_WRAPS_LEFT = re.compile(r"\*[\u2013\u2014-]+►")
_WRAPS_RIGHT = re.compile(r"◄[\u2013\u2014-]+\*")
_UP, _WRAPS = "▲", "*"

_Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Box:
    """One device in the picture."""

    device: int
    start: int
    end: int

    def marked(self, lines: Iterable[str], mark: str) -> bool:
        """Tell whether one of *lines* has *mark* above or below the box."""
        return any(mark in line[self.start : self.end] for line in lines)


def read_topology(lines: Sequence[str]) -> Reading[tuple[_Link, ...]]:
    """
    Return the links between devices, pairs of indexes with the smaller first, from the *lines* after the table.

    .. code-block:: text

        Neuron Device Topology
              *        *        *        *
              │        │        │        │
              ▼        ▼        ▼        ▼
        *––►[ 0 ]◄––►[ 1 ]◄––►[ 2 ]◄––►[ 3 ]◄––*
              ▲        ▲        ▲        ▲
              │        │        │        │
              ▼        ▼        ▼        ▼
        *––►[ 4 ]◄––►[ 5 ]◄––►[ 6 ]◄––►[ 7 ]◄––*
              ▲        ▲        ▲        ▲
              │        │        │        │
              *        *        *        *

        Legend:

              *––► = Wrap-around link
    """  # noqa: RUF002 - the tool draws with dashes
    titles = [n for n, line in enumerate(lines) if line.strip() == _TITLE]
    if not titles:
        return NOT_PRINTED
    picture = list(takewhile(lambda line: not _LETTER.search(line), lines[titles[0] + 1 :]))
    rows = {n: boxes for n, line in enumerate(picture) if (boxes := _find_boxes(line))}
    strange = _UNKNOWN.search("".join(picture))
    if strange or not rows:
        return Unread(f"topology: unknown sign {strange[0]!r}" if strange else "topology: no device")
    links = [*_links_across(picture, rows), *_links_down(picture, rows)]
    if not links and sum(map(len, rows.values())) > 1:
        return Unread("topology: devices, and no link that could be read")
    return tuple(sorted({(min(link), max(link)) for link in links}))


def _find_boxes(line: str) -> Sequence[_Box]:
    return [_Box(int(found[1]), found.start(), found.end()) for found in _BOX.finditer(line)]


def _links_across(picture: Sequence[str], rows: Mapping[int, Sequence[_Box]]) -> Iterable[_Link]:
    """Return the links between neighbours in a row, and between its ends where both are marked."""
    for n, boxes in rows.items():
        line, first, last = picture[n], boxes[0], boxes[-1]
        for left, right in pairwise(boxes):
            if _ACROSS.fullmatch(line[left.end : right.start].strip()):
                yield left.device, right.device
        if _WRAPS_LEFT.search(line[: first.start]) and _WRAPS_RIGHT.search(line[last.end :]) and first != last:
            yield first.device, last.device


def _links_down(picture: Sequence[str], rows: Mapping[int, Sequence[_Box]]) -> Iterable[_Link]:
    """Return the links between neighbours in a column, and between its ends where both are marked."""
    for upper, lower in pairwise(rows):
        for above in rows[upper]:
            below = [box for box in rows[lower] if box.start < above.end and above.start < box.end]
            if len(below) == 1 and above.marked(picture[upper + 1 : lower], _UP):
                yield above.device, below[0].device
    top, bottom = min(rows), max(rows)
    for first in rows[top]:
        for last in rows[bottom]:
            wraps = first.marked(picture[:top], _WRAPS) and last.marked(picture[bottom + 1 :], _WRAPS)
            if wraps and first != last and last.start < first.end and first.start < last.end:
                yield first.device, last.device
