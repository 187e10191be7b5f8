"""
The report for an issue or a chat: the facts that maintainers always ask for, then the verdict.

Made for GitHub. What a host says of itself is shown and never obeyed: it can set no markup, link nothing and call
nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .. import __version__
from ..findings import Finding
from ..fingerprint import fingerprint
from ..report import ComponentRow, Report
from .text import map_text, to_line
from .words import (
    say_change,
    say_counts,
    say_facts,
    say_gaps,
    say_judged,
    say_phase,
    say_place,
    say_releases,
    say_told,
    say_verdict,
    say_weight,
)

_MOST_ROWS = 200
"""Components to list: GitHub takes no more than 65,536 characters."""
_MARKUP = re.compile(r"([\\`*\[\]<>&|~$])")
_EDGE_OF_WORD = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_CALLS = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=:)(?=//)|(?<=\bGH-)(?=\d)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_NOTHING = "&#8203;"
"""A space of no width: GitHub takes ``@`` and ``#`` for calls and links even behind a backslash."""


def render(report: Report) -> str:
    """Return *report* as markdown."""
    report = map_text(report, to_line)
    blocks = (
        _facts(report),
        *_components(report),
        _verdict(report),
        *map(_finding, report.findings),
        _gaps(report),
        [_code(fingerprint(report))],
    )
    return "\n\n".join(text for text in map("\n".join, blocks) if text) + "\n"


def _facts(report: Report) -> Iterator[str]:
    yield from ("### Neuron software on this host", "", "| | |", "|---|---|")
    for label, text in say_facts(report):
        yield f"| {label} | {_text(text)} |"
    yield f"| neuron-validator | {_text(__version__)}, {_text(say_judged(report))} |"


def _components(report: Report) -> Iterator[Iterable[str]]:
    """Yield the table of components, folded, or nothing."""
    rows = list({(row.scope, row.name, row.version): row for row in reversed(report.installed)}.values())[::-1]
    if not rows:
        return
    left = len(rows) - _MOST_ROWS
    yield [f"<details><summary>{len(rows)} packages and libraries</summary>"]
    yield [
        "| scope | name | version | SDK releases | phase | next | newer version |",
        "|---|---|---|---|---|---|---|",
        *map(_component, rows[:_MOST_ROWS]),
    ]
    yield [f"and {left} more"] if left > 0 else []
    yield ["</details>"]


def _component(row: ComponentRow) -> str:
    cells = (
        _code(row.scope),
        _code(row.name),
        _code(row.version),
        _text(say_releases(row)),
        say_phase(row),
        _text(say_change(row)),
    )
    return f"| {' | '.join((*cells, _text(row.superseded_by or '')))} |"


def _verdict(report: Report) -> Iterator[str]:
    counts = say_counts(report.findings)
    yield f"### Verdict: {report.verdict.upper()}{f' ({counts})' if counts else ''}"
    yield ""
    yield say_verdict(report).capitalize()


def _finding(finding: Finding) -> Iterator[str]:
    """Tell what was found, as a list, with the commands to paste."""
    yield f"#### {say_weight(finding).upper()}: {_text(say_place(finding) + finding.title)}"
    yield ""
    for label, text in say_told(finding):
        yield f"- {label}: {_SHOWN.get(label, _text)(text)}"
    if finding.remedy.commands:
        yield from ("", *_fenced("sh", finding.remedy.commands))
    if finding.evidence:
        seen = [f"{excerpt.source}: {excerpt.text}" for excerpt in finding.evidence]
        yield from ("", "<details><summary>Seen</summary>", "", *_fenced("text", seen), "", "</details>")


def _gaps(report: Report) -> Iterator[str]:
    """List what could not be read or checked, folded."""
    gaps = say_gaps(report)
    if not gaps:
        return
    yield f"<details><summary>Not read: {len(report.failures)}, checks skipped: {len(report.skipped)}</summary>"
    yield ""
    for label, text in gaps:
        yield f"- {label}: {_text(text)}"
    yield from ("", "</details>")


def _text(text: str) -> str:
    """Return *text* so that GitHub shows it as it is."""
    escaped = _EDGE_OF_WORD.sub(r"\\_", _MARKUP.sub(r"\\\1", text))
    return _CALLS.sub(_NOTHING, escaped)


def _code(text: str) -> str:
    """Return *text* as code in a line; in a table a bar would end the cell, even there."""
    fence = "`" * (1 + _longest_run(text))
    edge = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{edge}{text or ' '}{edge}{fence}".replace("|", "\\|")


def _fenced(language: str, lines: Sequence[str]) -> list[str]:
    """Return *lines* as a block of code, whatever they hold."""
    fence = "`" * max(3, 1 + max(map(_longest_run, lines)))
    return [f"{fence}{language}", *lines, fence]


def _longest_run(text: str) -> int:
    """Count the most backticks that stand together."""
    return max(map(len, re.findall("`+", text)), default=0)


def _link(text: str) -> str:
    """Return *text* as it is when it is one plain link, else as any text."""
    return text if re.fullmatch(r"https://[\w.-]+(/[\w./#?=&%~+-]*)?", text, re.ASCII) else _text(text)


_SHOWN = {"Check": _code, "Rule": _code, "Documentation": _link}
"""By label: what is no sentence."""
