"""
The life-cycle of many things at once, a row each: what is installed, what has a name, or all that the catalog knows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from neuron_collectors.facts.frozen import dataclass

from .catalog.dependencies import Dependency, dependency
from .catalog.events import Phase, Subject
from .catalog.labels import Label
from .catalog.model import Catalog
from .classification import Level, Promise, labels_of, level_of, promise_of, shown_phase
from .evidence import Evidence
from .foundations import foundation_of
from .lifecycle import component_subject, notice_of_maintenance, phase_of
from .notice import earliest_day
from .six_months import SixMonths, six_months
from .standing import Notice, Standing
from .subjects import subjects_known
from .usages import Usage, usage_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One thing with all that is known of its life."""

    subject: Subject
    scopes: tuple[str, ...] = ()
    """Where it is; empty for what was only asked for."""
    phase: Phase
    standing: Standing
    level: Level
    promise: Promise | None
    """What its level promises."""
    makers: Dependency | None = None
    """When those who make it end it: Python and operating systems."""
    usage: Usage | None = None
    """What has become of a setting."""
    six_months: SixMonths | None = None
    maintenance: Notice | None = None
    """Of what has ended: how long beforehand its maintenance was announced."""
    earliest: dt.date | None = None
    """By the policy's month of notice, the first day on which what is announced next may begin."""
    labels: tuple[Label, ...] = ()
    """What the vendor calls it, for each library and use: not of settings, which have one."""
    part_of: tuple[Standing, ...] = ()
    """Where the packages stand that it belongs to."""

    @property
    def name(self) -> str:
        """Name and version."""
        return f"{self.subject.name} {self.subject.version}".rstrip()

    @property
    def end(self) -> dt.date | None:
        """The day of its end: AWS's, else its makers'."""
        return self.standing.end_of_support or (self.makers.last_day_for_all if self.makers else None)

    def is_soon(self, as_of: dt.date, lookahead: dt.timedelta) -> bool:
        """Tell whether it ends, or its next phase begins, within *lookahead* of *as_of*."""
        announced = self.standing.next.date if self.standing.next else None
        return any(as_of <= day <= as_of + lookahead for day in (self.end, announced) if day is not None)


def rows_installed(evidence: Evidence) -> tuple[Row, ...]:
    """Return a row for each thing that is installed, that it runs on, or that is set."""
    places: dict[Subject, list[str]] = {}
    for subject, scope in _installed(evidence):
        places.setdefault(subject, []).append(scope)
    for usage in evidence.usages:
        places.setdefault(usage.subject, []).append(usage.where)
    catalog, day, family = evidence.catalog, evidence.as_of, evidence.family
    return tuple(
        row_of(subject, catalog, day, family=family, scopes=tuple(dict.fromkeys(scopes)))
        for subject, scopes in places.items()
    )


def _installed(evidence: Evidence) -> Iterator[tuple[Subject, str]]:
    """Yield the SDK release, the ground and the components of each scope, with the scope's name."""
    for scope in evidence.scopes:
        if scope.identification.match in {"exact", "range", "adjacent"}:
            yield Subject(kind="sdk", name="Neuron SDK", version=scope.identification.releases[-1]), scope.name
        foundation = foundation_of(scope, evidence)
        if foundation is not None:
            yield foundation.subject, scope.name
        for component in scope.seen:
            yield component_subject(component.name, component.version, evidence.catalog), scope.name


def rows_of(subjects: Iterable[Subject], catalog: Catalog, as_of: dt.date, *, family: str | None) -> tuple[Row, ...]:
    """Return a row for each of *subjects*."""
    return tuple(row_of(subject, catalog, as_of, family=family) for subject in subjects)


def all_rows(catalog: Catalog, as_of: dt.date, *, family: str | None) -> tuple[Row, ...]:
    """Return a row for everything that the catalog knew on the day *as_of*."""
    return rows_of(subjects_known(catalog, as_of), catalog, as_of, family=family)


def row_of(
    subject: Subject, catalog: Catalog, as_of: dt.date, *, family: str | None, scopes: tuple[str, ...] = ()
) -> Row:
    """Return all that is known of the life of *subject*."""
    standing = phase_of(subject, catalog, as_of, family=family)
    level = level_of(subject, catalog, as_of, family=family, standing=standing)
    setting = subject.kind in {"env", "flag"}
    usage = usage_of(subject, "", catalog, as_of) if setting else None
    labels = labels_of(subject, catalog, as_of)
    wholes = dict.fromkeys((*(usage.of if usage else ()), *(name for label in labels for name in label.subject.of)))
    return Row(
        subject=subject,
        scopes=scopes,
        phase=usage.phase if usage else shown_phase(standing, level),
        standing=standing,
        level=level,
        promise=promise_of(subject.kind, level.level, catalog, as_of) if level.level else None,
        makers=dependency(subject, catalog, as_of) if subject.kind in {"os", "python"} else None,
        usage=usage,
        six_months=six_months(subject, catalog, as_of) if subject.kind == "extension" else None,
        maintenance=notice_of_maintenance(standing, catalog, as_of),
        earliest=earliest_day(standing.next, catalog, as_of) if standing.next else None,
        labels=labels,
        part_of=tuple(phase_of(component_subject(name, "", catalog), catalog, as_of, family=family) for name in wholes),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """Rows to print, and by what they were judged."""

    rows: tuple[Row, ...]
    as_of: dt.date
    lookahead: dt.timedelta
    catalog_release: str
    catalog_date: dt.date
    by_scope: bool
    """Whether to print a table for each place, as for what is installed."""


def dated_changes(rows: Iterable[Row], as_of: dt.date) -> Iterator[tuple[Row, str, dt.date, str]]:
    """Yield each change from the day *as_of* on, on a day that is known: its row, kind, day and source."""
    for row in rows:
        change = row.standing.next
        ends = row.standing.ending
        for one in dict.fromkeys(filter(None, (change, ends))):
            if one.date is not None and one.date >= as_of:
                yield row, one.phase, one.date, one.record.source
        if row.makers is not None:
            yield from _makers_days(row, as_of)


def _makers_days(row: Row, as_of: dt.date) -> Iterator[tuple[Row, str, dt.date, str]]:
    makers = row.makers
    assert makers is not None  # noqa: S101 - asked for only where there are some
    if makers.last_day is not None and makers.last_day >= as_of:
        yield row, "makers-support", makers.last_day, makers.source
    if makers.extended is not None and makers.extended.until >= as_of:
        yield row, "makers-extended-support", makers.extended.until, makers.source
