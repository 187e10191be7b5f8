"""The picture that ``neuron-ls --topology`` draws below its table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .facts import Reading, Unread
from .facts.neuron_ls import NOT_PRINTED

_TITLE = "Neuron Device Topology"
_BOX = re.compile(r"\[ ?([0-9]{1,4}) ?\]")
_ACROSS = re.compile(r"◄[–—-]+►")
_WRAPS_LEFT = re.compile(r"\*[–—-]+►")
_WRAPS_RIGHT = re.compile(r"◄[–—-]+\*")
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
    """
    titles = [n for n, line in enumerate(lines) if line.strip() == _TITLE]
    if not titles:
        return NOT_PRINTED
    picture = _cut(lines[titles[0] + 1 :])
    rows = {n: _boxes(line) for n, line in enumerate(picture) if _BOX.search(line)}
    links = [*_links_across(picture, rows), *_links_down(picture, rows)]
    if not links:
        return Unread("a topology without a link")
    return tuple(sorted({(min(link), max(link)) for link in links}))


def _cut(lines: Sequence[str]) -> Sequence[str]:
    """Return *lines* up to the legend, whose signs are no links."""
    end = next((n for n, line in enumerate(lines) if line.strip() == "Legend:"), len(lines))
    return lines[:end]


def _boxes(line: str) -> Sequence[_Box]:
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
    if not rows:
        return
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
