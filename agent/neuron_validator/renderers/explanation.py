"""Explanations: a check, a return code of the runtime, the known lines of a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neuron_collectors.log_file import split_log

from ..findings import Check
from ..log_causes import severity_of
from ..log_patterns import GROUPS, LogPattern, NrtStatus, Recognised, recognise
from .text import to_line

_MOST_LINES = 10
_LABELS = {
    "title": "looks at",
    "severity": "severity",
    "category": "category",
    "needs": "needs",
    "explains": "explains",
    "meaning": "meaning",
    "cause": "cause",
    "remedy": "remedy",
    "notes": "note",
    "confidence": "confidence",
    "source": "source",
    "docs": "see",
}


def describe_check(check: Check) -> dict[str, Any]:
    """Describe a check as JSON prints it."""
    return {
        "kind": "check",
        "name": check.id,
        "title": check.title,
        "severity": check.severity.word,
        "category": check.category,
        "needs": list(check.needs),
        "explains": list(check.consequences),
        "docs": check.docs,
    }


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
    return "".join(_render_entry(entry) + "\n" for entry in entries)


def _render_entry(entry: Mapping[str, Any]) -> str:
    rows = [f"{entry['name']}\n"]
    for key, label in _LABELS.items():
        value = entry.get(key)
        if value:
            shown = ", ".join(value) if isinstance(value, list) else value
            rows.append(f"  {label:<10}  {shown}\n")
    return "".join(rows)


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
