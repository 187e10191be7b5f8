"""Many hosts together, as one page of HTML whose tables can be sorted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from .. import __version__
from ..findings import Severity
from ..fleet import Fleet, FleetHost, Skew
from .fleet_words import say_hosts, say_kinds, say_value, say_verdicts
from .html_page import render_page
from .text import map_text, to_line

_MOST_SHARES = 12
_MOST_OPEN = 100
"""Rows of a table that is shown at once; a longer one is folded."""
_STYLE = """\
main { max-width: 84rem; }
.skews { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1.5rem 2.5rem; }
.skews section { min-width: 0; overflow-x: auto; }
.skews h3 { margin: 0 0 .3rem; }
.skews td { padding: .15rem 1rem .15rem 0; border: 0; }
.skews td:last-child { width: 6rem; min-width: 6rem; padding-right: 0; }
.bar { height: .55rem; border-radius: 2px; background: var(--info); opacity: .75; }
.number { text-align: right; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--info); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
td.tone { color: var(--tone); font-weight: 600; }
@media print { .bar { print-color-adjust: exact; } }
"""
_SCRIPT = """
for (const table of document.querySelectorAll("table.sortable")) {
  const titles = [...table.tHead.rows[0].cells];
  const order = new Intl.Collator("en", { numeric: true }).compare;
  titles.forEach((title, column) => title.querySelector("button").addEventListener("click", () => {
    const sign = title.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    titles.forEach((other) => other.removeAttribute("aria-sort"));
    title.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
    rows.sort((one, other) => sign * order(one[0], other[0]));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  }));
}
"""
_RANKS = {"fail": "1", "warn": "2", "unknown": "3", "pass": "4", "critical": "1", "warning": "2", "info": "3"}
"""What words are sorted by: the worst first."""

Cell = str | int
"""A text, or a number, which stands at the right."""


def render(fleet: Fleet) -> str:
    """Return *fleet* as a page."""
    fleet = map_text(fleet, to_line)
    return render_page(f"Neuron software on {say_hosts(len(fleet.hosts))}", _body(fleet), style=_STYLE, script=_SCRIPT)


def _body(fleet: Fleet) -> Iterator[str]:
    yield f"<header><h1>{say_hosts(len(fleet.hosts))}</h1>"
    yield f"<p>{say_verdicts(fleet)}</p>"
    yield f'<p class="soft">{say_kinds(fleet)}</p></header>'
    yield "<h2>What they have</h2>"
    yield '<div class="skews">'
    for skew in fleet.skews:
        yield from _skew(skew, len(fleet.hosts))
    yield "</div>"
    yield from _parts(fleet)
    yield f"<footer>neuron-validator {escape(__version__)}</footer>"


def _skew(skew: Skew, hosts: int) -> Iterator[str]:
    """Yield the values of one property with a bar each."""
    yield f"<section><h3>{escape(skew.property)}</h3><table>"
    for share in skew.shares[:_MOST_SHARES]:
        bar = f'<div class="bar" style="width:{max(share.hosts / hosts, 0.01):.0%}"></div>'
        yield f'<tr><td>{escape(say_value(share.value))}</td><td class="number">{share.hosts:,}</td><td>{bar}</td></tr>'
    yield "</table>"
    if len(skew.shares) > _MOST_SHARES:
        yield f'<p class="soft">and {len(skew.shares) - _MOST_SHARES} more</p>'
    yield "</section>"


def _parts(fleet: Fleet) -> Iterator[str]:
    """Yield the tables."""
    yield from _table(
        "Findings",
        ("Severity", "Finding", "Hosts", "For example", "On"),
        [(f.severity.word, f.id, f.hosts, f.example, f.first) for f in fleet.findings],
    )
    yield from _table(
        "Ends of support",
        ("When", "What", "Hosts", "Versions"),
        [(e.when, e.component, e.hosts, ", ".join(e.versions)) for e in fleet.endings],
    )
    yield from _table(
        "Hosts that differ from most of their instance type",
        ("Host", "What", "Has", "Most have", "Of them", "Instance type"),
        [
            (o.host, o.property, say_value(o.value), o.majority, f"{o.hosts} of {o.of}", o.instance_type)
            for o in fleet.outliers
        ],
    )
    titles = ("Host", "Verdict", "Instance type", "Devices", "SDK", "Driver", "Runtime", "System", "Kernel", "First")
    yield from _table("Hosts", titles, list(map(_host, fleet.hosts)))
    yield from _table("Files that could not be read", ("File", "Why"), [(u.name, u.reason) for u in fleet.unread])


def _host(host: FleetHost) -> tuple[str, ...]:
    first = next((finding.id for finding in host.findings if finding.severity > Severity.INFO), "")
    known = (host.instance_type, host.devices, host.sdk, host.driver, host.runtime, host.os, host.kernel)
    return host.name, host.verdict, *known, first


def _table(title: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield a table that can be sorted by any column; nothing without rows."""
    if not rows:
        return
    yield f"<h2>{escape(title)}</h2>\n<details{' open' if len(rows) <= _MOST_OPEN else ''}>"
    yield f'<summary>{len(rows):,} rows</summary>\n<div class="scroll">\n<table class="sortable">'
    heads = "".join(f'<th scope="col"><button type="button">{escape(head)}</button></th>' for head in titles)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    yield from map(_row, rows)
    yield "</tbody>\n</table>\n</div>\n</details>"


def _row(cells: Iterable[Cell]) -> str:
    return f"<tr>{''.join(map(_cell, cells))}</tr>"


def _cell(cell: Cell) -> str:
    if isinstance(cell, int):
        return f'<td class="number" data-key="{cell}">{cell:,}</td>'
    if cell in _RANKS:
        return f'<td class="tone {cell}" data-key="{_RANKS[cell]}">{cell}</td>'
    return f"<td>{escape(cell)}</td>"
