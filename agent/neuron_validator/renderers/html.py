"""
The report as one page of HTML: one file that needs no other, no network and no script.

It is readable on a phone, in light and dark, and on paper. A content security policy forbids whatever is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from .. import __version__
from ..findings import Finding
from ..fingerprint import fingerprint
from ..report import ComponentRow, Report
from .html_page import render_page
from .text import map_text, to_line
from .words import (
    say_change,
    say_counts,
    say_facts,
    say_gaps,
    say_judged,
    say_next,
    say_phase,
    say_releases,
    say_told,
    say_verdict,
    say_weight,
)


def render(report: Report) -> str:
    """Return *report* as a page."""
    report = map_text(report, to_line)
    return render_page(_title(report), _body(report))


def _title(report: Report) -> str:
    host = report.host.instance_type or report.host.family or "host"
    return f"{report.verdict.upper()}: Neuron software on {host}"


def _body(report: Report) -> Iterator[str]:
    yield from _header(report)
    if report.findings:
        yield "<h2>Findings, in the order to act</h2>"
    for finding in report.findings:
        yield from _finding(finding)
    yield from _components(report)
    yield from _gaps(report)
    yield f"<footer><code>{escape(fingerprint(report))}</code><br>"
    yield f"neuron-validator {escape(__version__)}, {escape(say_judged(report))}.</footer>"


def _header(report: Report) -> Iterator[str]:
    """Yield the verdict, what to do next, and what the host is."""
    host = report.host
    name = ", ".join(filter(None, (host.instance_type or host.family, host.os))) or "This host"
    counts = say_counts(report.findings)
    yield f'<header class="{report.verdict}">'
    yield f"<h1>{escape(name)}</h1>"
    yield f'<p class="verdict"><b>{report.verdict.upper()}</b>: {escape(say_verdict(report))}'
    yield f'<span class="soft">{escape(counts.capitalize())}{"." if counts else ""}</span></p>'
    yield f'<p class="next">Next: {escape(say_next(report))}</p>'
    yield from _list(say_facts(report))
    yield "</header>"


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield labels and texts as a list of two columns."""
    yield '<dl class="facts">'
    for label, text in rows:
        yield f"<dt>{escape(label)}</dt><dd>{_shown(text)}</dd>"
    yield "</dl>"


def _shown(text: str) -> str:
    """Return *text* for a page; one that is a link as a link."""
    shown = escape(text)
    return (
        f'<a href="{shown}" rel="noreferrer">{shown}</a>' if text.startswith("https://") and " " not in text else shown
    )


def _finding(finding: Finding) -> Iterator[str]:
    """Yield one finding: what to do is in sight, where it comes from is folded."""
    word = say_weight(finding)
    told = say_told(finding)
    place = "" if finding.scope == "host" else f' <span class="soft">in {escape(finding.scope)}</span>'
    yield f'<article class="{word}">'
    yield f'<h3><span class="label">{word.upper()}</span>{escape(finding.title)}{place}</h3>'
    yield from _list([row for row in told if row[0] not in _FOLDED])
    if finding.remedy.commands:
        yield f"<pre>{escape(chr(10).join(finding.remedy.commands))}</pre>"
    yield "<details><summary>Check and sources</summary>"
    seen = (("Seen", f"{excerpt.text} in {excerpt.source}") for excerpt in finding.evidence)
    yield from _list([*(row for row in told if row[0] in _FOLDED), *seen])
    yield "</details>"
    yield "</article>"


_FOLDED = frozenset({"Check", "Rule", "Documentation"})


def _components(report: Report) -> Iterator[str]:
    """Yield a table with a part for each scope; of several sources of one version the first."""
    scopes: dict[str, dict[tuple[str, str], ComponentRow]] = {}
    for row in report.installed:
        scopes.setdefault(row.scope, {}).setdefault((row.name, row.version), row)
    if not scopes:
        return
    yield '<h2>Installed</h2>\n<div class="scroll">\n<table>'
    titles = ("Package", "Version", "Part of", "Phase", "Next", "Newest of its line")
    yield f"<thead><tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr></thead>"
    for scope, rows in scopes.items():
        yield f'<tbody>\n<tr><th colspan="{len(titles)}" class="scope">{escape(scope)}</th></tr>'
        yield from map(_row, rows.values())
        yield "</tbody>"
    yield "</table>\n</div>"


def _row(row: ComponentRow) -> str:
    cells = (say_releases(row), say_phase(row), say_change(row), row.superseded_by or "")
    named = f"<td><code>{escape(row.name)}</code></td><td><code>{escape(row.version)}</code></td>"
    return f"<tr>{named}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _gaps(report: Report) -> Iterator[str]:
    """Yield what could not be looked at."""
    gaps = say_gaps(report)
    if gaps:
        yield f"<h2>Not looked at</h2>\n<details{' open' if report.missing else ''}>"
        yield f"<summary>{len(report.skipped)} of {len(report.checks)} checks skipped</summary>\n<ul>"
        yield from (f"<li>{escape(label)}: {escape(text)}</li>" for label, text in gaps)
        yield "</ul>\n</details>"
