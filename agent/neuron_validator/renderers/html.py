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
from .text import map_text, to_line
from .words import (
    VERDICTS,
    say_change,
    say_counts,
    say_facts,
    say_gaps,
    say_judged,
    say_next,
    say_phase,
    say_releases,
    say_told,
)

_STYLE = """\
:root { color-scheme: light dark; --page: #fbfbfa; --card: #fff; --ink: #1c1d1f; --soft: #5d6168; --line: #e3e3e0;
  --code: #f3f3f0; --critical: #b3261e; --warning: #8a5a00; --info: #2b5f8a; --pass: #2f6b3a; --unknown: #6b4c8a; }
@media (prefers-color-scheme: dark) { :root { --page: #16171a; --card: #1e2024; --ink: #e6e6e3; --soft: #a2a6ad;
  --line: #33363c; --code: #26292e; --critical: #f2867e; --warning: #e0ae55; --info: #83b8e0; --pass: #84c490;
  --unknown: #c3a3e0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { margin: 0 0 .35rem; font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
h2 { margin: 2.75rem 0 .9rem; font-size: 1.05rem; font-weight: 650; }
h3 { margin: 0 0 .6rem; font-size: 1rem; line-height: 1.4; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0; }
code, pre { font: .88em/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .75rem 0 0; padding: .7rem .9rem; background: var(--code); border-radius: 6px; overflow-x: auto; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .15em; }
summary { cursor: pointer; color: var(--soft); }
.soft { color: var(--soft); font-weight: 400; }
.verdict b { color: var(--tone); }
.next { margin-top: 1rem; padding-left: .9rem; border-left: 3px solid var(--tone); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: 2rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
article { margin: 0 0 .9rem; padding: 1rem 1.15rem; background: var(--card); border: 1px solid var(--line);
  border-left: 3px solid var(--tone); border-radius: 6px; }
article .facts { margin: 0; gap: .25rem 1rem; }
article details { margin-top: .75rem; }
article details .facts { margin-top: .5rem; }
.label { margin-right: .5rem; color: var(--tone); font-size: .78rem; font-weight: 700; letter-spacing: .05em; }
.critical, .fail { --tone: var(--critical); } .warning, .warn { --tone: var(--warning); } .info { --tone: var(--info); }
.pass { --tone: var(--pass); } .unknown { --tone: var(--unknown); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .38rem 1.25rem .38rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th, td { white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
.scope { padding-top: 1.1rem; color: var(--ink); }
ul { margin: .5rem 0 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); }
footer { overflow-wrap: anywhere; }
@media (max-width: 34rem) { main { padding: 1.5rem .9rem 3rem; } h1 { font-size: 1.4rem; } article { padding: .9rem; }
  .facts, article .facts { gap: .25rem .8rem; } }
@media print { :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
  --code: #f4f4f4; --critical: #a00; --warning: #750; --info: #246; --pass: #252; --unknown: #536; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; } article, tr { break-inside: avoid; }
  h2 { break-after: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; } .scroll { overflow: visible; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: Report) -> str:
    """Return *report* as a page."""
    report = map_text(report, to_line)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(_title(report))}</title>",
            f"<style>\n{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *_body(report),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


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
    yield f'<p class="verdict"><b>{report.verdict.upper()}</b>: {escape(VERDICTS[report.verdict])}'
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
    word = finding.severity.word
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
    for row in report.components:
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
