"""Explanations: a check, a return code of the runtime, the known lines of a log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from neuron_collectors.log_file import split_log

from ..catalog.rule import Rule
from ..check_pages import CheckPage
from ..findings import Check
from ..log_causes import severity_of
from ..log_patterns import GROUPS, LogPattern, NrtStatus, Recognised, recognise
from .policy import render_policy
from .text import to_line

_MOST_LINES = 10
_WIDTH, _MARKDOWN_WIDTH = 100, 120
_INDENT = "    "
_LABELS = {
    "severity": "severity",
    "category": "category",
    "meaning": "meaning",
    "cause": "cause",
    "remedy": "remedy",
    "notes": "note",
    "confidence": "confidence",
    "source": "source",
}


def describe_check(check: Check, page: CheckPage, rules: Iterable[Rule]) -> dict[str, Any]:
    """Describe a check with the catalog's *rules* behind it as JSON prints it."""
    return {
        "kind": "check",
        "name": check.id,
        "title": check.title,
        "severity": check.severity.word,
        "category": check.category,
        "needs": list(check.needs),
        "explains": list(check.consequences),
        "why": page.why,
        "how": page.how,
        "remedy": page.remedy,
        "rules": [
            {
                "id": rule.id,
                "expected": rule.expected,
                "severity": rule.severity,
                "confidence": rule.confidence,
                "source": rule.source,
            }
            for rule in rules
        ],
        "silence": [f"--skip {check.id}", *_silence(check)],
        "docs": check.docs,
    }


def _silence(check: Check) -> list[str]:
    """Return what to write into the configuration."""
    return ["[[silence]]", f'check = "{check.id}"', 'reason = "why it is no matter here"', "until = 2027-03-31"]


def describe_status(status: NrtStatus) -> dict[str, Any]:
    """Describe a return code of the runtime as JSON prints it."""
    return {
        "kind": "nrt-status",
        "name": f"{status.name} ({status.number})",
        "meaning": status.meaning,
        "severity": status.severity.word,
        "category": status.category,
        "cause": status.cause,
        "remedy": status.remedy,
        "notes": status.notes,
        "confidence": status.confidence,
        "source": status.source,
    }


def describe_pattern(pattern: LogPattern) -> dict[str, Any]:
    """Describe a kind of line as JSON prints it."""
    return {
        "kind": "log-pattern",
        "name": pattern.id,
        "severity": severity_of(pattern).word,
        "category": pattern.category,
        "components": list(pattern.components),
        "cause": pattern.cause,
        "remedy": pattern.remedy,
        "notes": pattern.notes,
        "confidence": pattern.confidence,
        "source": pattern.source,
    }


def describe_log(text: str) -> dict[str, Any]:
    """Describe the known lines of a log as JSON prints them; lines that say the same are one."""
    lines = split_log(text)
    together: dict[tuple[object, ...], list[Recognised]] = {}
    for line in recognise(lines):
        together.setdefault((line.pattern.id, *sorted(line.groups.items())), []).append(line)
    known = sorted(together.values(), key=lambda same: (-severity_of(same[0].pattern), same[0].number))
    return {"lines": len(lines), "known": [_describe_lines(same) for same in known]}


def _describe_lines(same: Sequence[Recognised]) -> dict[str, Any]:
    first = same[0]
    status = first.status
    return {
        "line": first.number,
        "count": len(same),
        "lines": [line.number for line in same[:_MOST_LINES]],
        "text": to_line(first.line.strip()),
        **{key: value for key, value in describe_pattern(first.pattern).items() if key not in ("kind", "name")},
        "pattern": first.pattern.id,
        "values": {name: to_line(text) for name, text in first.groups.items()},
        "status": None if status is None else {"number": status.number, "name": status.name, "meaning": status.meaning},
    }


def render_entries(entries: Sequence[Mapping[str, Any]]) -> str:
    """Print explanations one below the other."""
    return "".join(f"{_render_entry(entry)}{render_policy(entry)}\n" for entry in entries)


def _render_entry(entry: Mapping[str, Any]) -> str:
    if entry["kind"] == "check":
        return render_check(entry)
    rows = [f"{entry['name']}\n"]
    for key, label in _LABELS.items():
        value = entry.get(key)
        if value:
            shown = ", ".join(value) if isinstance(value, list) else value
            rows.append(f"  {label:<10}  {shown}\n")
    return "".join(rows)


def render_check(entry: Mapping[str, Any]) -> str:
    """Print the page of a check."""
    lines = [f"{entry['name']}: {entry['title']}", f"  {entry['category']}, {entry['severity']} at worst"]
    for heading, paragraph in _paragraphs(entry):
        lines += ["", f"  {heading}", *wrap(paragraph, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)]
    if entry["rules"]:
        lines += ["", "  Rules of the catalog"]
    for rule in entry["rules"]:
        head = f"{rule['id']}, {rule['severity']}, {rule['confidence']}: {rule['expected']}"
        lines += wrap(head, _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  ")
        lines += [f"{_INDENT}  {source}" for source in rule["source"].split("; ")]
    skip, *silence = entry["silence"]
    lines += ["", f"  How to silence it: {skip}, or for a while in the configuration"]
    lines += [f"{_INDENT}{line}" for line in silence]
    lines += ["", f"  See {entry['docs']}"] if entry["docs"] else []
    return "\n".join(lines) + "\n"


def _paragraphs(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the headings of a check's page with what is below them."""
    yield "Why it matters", entry["why"]
    yield "How it is judged", entry["how"]
    if entry["needs"]:
        yield "It needs", f"To know of: {', '.join(entry['needs'])}. Where one could not be looked at, it is skipped."
    if entry["explains"]:
        yield "It explains", f"Findings of {', '.join(entry['explains'])}, which are told with it."
    yield "What to do", entry["remedy"]


def render_check_markdown(entry: Mapping[str, Any]) -> str:
    """Write the page of a check for ``docs/checks``."""
    lines = [f"# {entry['name']}", "", f"{entry['title']}.", ""]
    lines += [f"Category: {entry['category']}. Severity: {entry['severity']} at worst.", ""]
    for heading, paragraph in _paragraphs(entry):
        lines += [f"## {heading}", "", *wrap(paragraph, _MARKDOWN_WIDTH, break_on_hyphens=False), ""]
    if entry["rules"]:
        lines += ["## Rules of the catalog", "", "| rule | expected | severity | confidence | source |"]
        lines += ["|---|---|---|---|---|"]
        lines += [f"| {' | '.join(map(_cell, rule.values()))} |" for rule in entry["rules"]]
        lines.append("")
    skip, *silence = entry["silence"]
    lines += ["## How to silence it", "", f"`neuron-validator diagnose {skip}`, or for a while in the configuration:"]
    lines += ["", "```toml", *silence, "```", ""]
    lines += [f"See <{entry['docs']}>.", ""] if entry["docs"] else []
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def render_log(log: Mapping[str, Any]) -> str:
    """Print the known lines of a log: the worst first, and where they stand."""
    known = log["known"]
    if not known:
        return f"none of the {log['lines']} lines is known\n"
    return "\n".join(_render_lines(entry) for entry in known)


def _render_lines(entry: Mapping[str, Any]) -> str:
    more = f" and {entry['count'] - 1} more" if entry["count"] > 1 else ""
    rows = [
        f"line {entry['line']}{more}: {entry['severity']}, {entry['category']} ({entry['pattern']})",
        f"  {entry['text']}",
        f"  cause   {entry['cause']}",
        f"  remedy  {entry['remedy']}",
    ]
    values = [f"{GROUPS[name]}: {text}" for name, text in entry["values"].items() if name in GROUPS]
    if values:
        rows.insert(2, f"  says    {', '.join(values)}")
    if status := entry["status"]:
        rows.append(f"  code    {status['name']} ({status['number']}): {status['meaning']}")
    return "".join(f"{row}\n" for row in rows)
