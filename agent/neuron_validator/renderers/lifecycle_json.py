"""The life-cycle of things as one JSON document, for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from ..catalog.events import Event
from ..catalog.labels import Label
from ..overview import Overview, Row
from ..standing import Change, Elsewhere, Notice

SCHEMA_VERSION = "1.0"


def render(overview: Overview, *, history: bool) -> str:
    """Return the rows as one JSON document, in ASCII; with *history* every record behind a row."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "as_of": overview.as_of.isoformat(),
        "lookahead_days": overview.lookahead.days,
        "catalog": {"latest_release": overview.catalog_release, "date": overview.catalog_date.isoformat()},
        "rows": [_row(row, overview, history=history) for row in overview.rows],
    }
    return json.dumps(document, indent=2) + "\n"


def _row(row: Row, overview: Overview, *, history: bool) -> Mapping[str, Any]:
    standing, promise = row.standing, row.promise
    return {
        "kind": row.subject.kind,
        "name": row.subject.name,
        "version": row.subject.version or None,
        "scopes": list(row.scopes),
        "phase": row.phase,
        "phase_since": _day(standing.since),
        "phase_since_release": standing.since_release,
        "next": _announced(standing.next, row.earliest),
        "end_of_support": _day(standing.end_of_support),
        "end_of_support_release": standing.end_of_support_release,
        "soon": row.is_soon(overview.as_of, overview.lookahead),
        "makers": _support(row),
        "notice": _measured(standing.notice),
        "notice_of_maintenance": _measured(row.maintenance),
        "six_months": _due(row),
        "exempt": list(standing.record.exempt) if standing.record else [],
        "elsewhere": [_other(other) for other in standing.elsewhere],
        "candidates": list(standing.candidates),
        "contradicted": standing.contradicted,
        "corrected": standing.corrected,
        "postponed": standing.postponed,
        "presumed": standing.presumed,
        "replacement": row.usage.replacement if row.usage else standing.replacement,
        "ageing": row.usage.ageing if row.usage else None,
        "level": row.level.level,
        "level_word": row.level.word,
        "level_basis": row.level.basis,
        "labels": [_label(label) for label in row.labels],
        "promise": dict(promise.words) if promise else None,
        "differs": [{"says": other.says, "source": other.source} for other in promise.differs] if promise else [],
        "record": _record(standing.record),
        **({"history": [_record(event) for event in standing.records]} if history else {}),
    }


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _announced(change: Change | None, earliest: dt.date | None) -> Mapping[str, Any] | None:
    if change is None:
        return None
    return {
        "phase": change.phase,
        "date": _day(change.date),
        "release": change.release,
        "after": change.after,
        "condition": change.condition,
        "announced": _day(change.announced),
        "earliest": _day(earliest),
    }


def _support(row: Row) -> Mapping[str, Any] | None:
    makers = row.makers
    if makers is None:
        return None
    more = makers.extended
    return {
        "until": makers.standard,
        "extended_until": _day(more.until) if more else None,
        "extended_by": more.by if more else None,
        "extended_for_all": more.for_all if more else None,
        "source": makers.source,
        "retrieved": makers.retrieved,
    }


def _measured(notice: Notice | None) -> Mapping[str, Any] | None:
    if notice is None:
        return None
    days = {name: _day(getattr(notice, name)) for name in ("announced", "binding", "begins")}
    return {"phase": notice.phase, **days, "days": notice.days, "kept": notice.kept}


def _due(row: Row) -> Mapping[str, Any] | None:
    rule = row.six_months
    if rule is None:
        return None
    days = {name: _day(getattr(rule, name)) for name in ("since", "until", "ended")}
    return {"successor": rule.successor, **days, "kept": rule.kept}


def _other(other: Elsewhere) -> Mapping[str, Any]:
    return {
        "families": list(other.families),
        "workload": other.workload,
        "phase": other.phase,
        "since": _day(other.since),
        "record": other.record.id,
    }


def _label(label: Label) -> Mapping[str, Any]:
    return {
        "level": label.level,
        "word": label.word,
        "of": list(label.subject.of),
        "families": list(label.families),
        "workload": label.workload,
        "since_release": label.effective.release,
        "current": label.current,
        "source": label.source,
        "retrieved": label.retrieved,
    }


def _record(event: Event | None) -> Mapping[str, Any] | None:
    if event is None:
        return None
    return {
        "id": event.id,
        "kind": event.kind,
        "phase": event.phase,
        "announced": _day(event.announced),
        "known_from": _day(event.known_from),
        "source": event.source,
        "retrieved": event.retrieved,
        "confidence": event.confidence,
    }
