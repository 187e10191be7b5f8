"""What is different between two reports, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from ..compare import Change, Difference, FindingChange, Value
from ..report import Report
from .json import SCHEMA_VERSION
from .json import Value as JsonValue
from .text import map_text, to_line, to_unicode

_NONE = "-"
_SECTIONS = ("host", "devices", "sdk", "packages", "phases", "checks", "collectors", "verdict")
_AFTER_FINDINGS = ("checks", "collectors", "verdict")

Named = tuple[str, Report]
"""A report with the name of the file that it, or what was judged, came from."""


def render_json(before: Named, after: Named, difference: Difference) -> str:
    """Return *difference* as JSON, in ASCII as reports are."""
    found = map_text(difference, to_unicode)
    document: Mapping[str, JsonValue] = {
        "schema_version": SCHEMA_VERSION,
        "same": found.is_empty,
        "before": _judged(before),
        "after": _judged(after),
        **{name: [_row(change) for change in getattr(found, name)] for name in _SECTIONS},
        "findings": [_finding(change) for change in found.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _judged(named: Named) -> Mapping[str, JsonValue]:
    name, report = named
    return {
        "file": to_unicode(name),
        "as_of": report.as_of.isoformat(),
        "latest_release": report.catalog_release,
        "verdict": report.verdict,
    }


def _row(change: Change) -> Mapping[str, JsonValue]:
    return {
        "name": change.name,
        "what": change.what,
        "scope": change.scope,
        "before": change.before,
        "after": change.after,
    }


def _finding(change: FindingChange) -> Mapping[str, JsonValue]:
    finding = change.finding
    return {
        "change": change.kind,
        "id": finding.id,
        "rule": finding.rule.id if finding.rule else None,
        "scope": finding.scope,
        "components": list(finding.components),
        "severity_before": change.before.severity.word if change.before else None,
        "severity_after": change.after.severity.word if change.after else None,
        "title": finding.title,
    }


def render_text(before: Named, after: Named, difference: Difference) -> str:
    """Return *difference* as a page of tables; those without a row are left out."""
    found = map_text(difference, to_line)
    lines = [_headline("before", before), _headline("after", after)]
    if found.is_empty:
        lines += ["", "Nothing is different."]
    for name in _SECTIONS:
        if name == _AFTER_FINDINGS[0]:
            lines += _findings(found.findings)
        lines += _table(name, [_cells(change) for change in getattr(found, name)])
    return "".join(f"{line}\n" for line in lines)


def _headline(label: str, named: Named) -> str:
    name, report = map_text(named, to_line)
    what = ", ".join(filter(None, (report.host.instance_type or report.host.family, report.host.os)))
    judged = f"{report.verdict.upper()} as of {report.as_of.isoformat()}, catalog up to SDK {report.catalog_release}"
    return f"{label:6}  {name}: {what or 'a host that is not known'}; {judged}"


def _cells(change: Change) -> tuple[str, ...]:
    what = " ".join(filter(None, (change.name, change.what)))
    return change.scope, what, f"{_say(change.before)} -> {_say(change.after)}"


def _say(value: Value) -> str:
    return _NONE if value is None else str(value)


def _findings(changes: Sequence[FindingChange]) -> Iterator[str]:
    """Yield a line for each finding, with how severe it is or was."""
    rows = [(change.kind, _severity(change), change.finding.scope, change.finding.title) for change in changes]
    yield from _table("findings", rows)


def _severity(change: FindingChange) -> str:
    words = [finding.severity.word for finding in (change.before, change.after) if finding]
    return " -> ".join(dict.fromkeys(words))


def _table(heading: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the heading and the rows in columns; a column without a word takes no room."""
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield from ("", heading.capitalize() if heading != "sdk" else "SDK")
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True) if width)
        yield f"  {'  '.join(cells)}".rstrip()
