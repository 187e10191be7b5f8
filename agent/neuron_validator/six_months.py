"""The rule of six months: how long the version of a framework before the newest gets regular updates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from neuron_collectors.facts.frozen import dataclass

from .catalog.events import Subject
from .catalog.model import Catalog
from .catalog.policy import policy_rule
from .effect import begins, day_of, is_replaced
from .lifecycle import component_subject, events_of, phase_of
from .notice import add_months
from .standing import Standing
from .versions import Scheme, parse_version

_RULE = "UP-06"
_MONTHS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class SixMonths:
    """Whether the version of a framework before the newest got regular updates for six months."""

    successor: str
    """The next version of the framework that became stable, e.g. ``2.7``."""
    since: dt.date
    """The day of the SDK release with it."""
    until: dt.date
    """Until when regular updates were due."""
    ended: dt.date | None
    """When maintenance or end of support began, if it has."""
    kept: bool | None
    """`None` while it can still be kept, where the rule was not in force, and where nothing tells the phase."""


def six_months(subject: Subject, catalog: Catalog, as_of: dt.date) -> SixMonths | None:
    """Judge *subject*, a version of a framework, by the rule of six months; `None` where it has no successor."""
    catalog = catalog if catalog.horizon == as_of else catalog.as_of(as_of)
    package, number = catalog.package(subject.name), parse_version(subject.version) if subject.version else None
    if package is None or package.scheme is not Scheme.EXTENSION or number is None:
        return None
    later = sorted(
        (line, day) for line, day in _stable_lines(subject.name, catalog, as_of) if line > number.release[:2]
    )
    if not later:
        return None
    line, since = later[0]
    until = add_months(since, _MONTHS)
    standing = phase_of(subject, catalog, as_of)
    ended = _left_regular_updates(standing, catalog, as_of)
    # The six months were due if the policy had the rule when they were over, or were cut short.
    rule = policy_rule(_RULE, catalog, min(ended or until, until))
    decided = rule is not None and standing.phase != "unknown" and (ended is not None or as_of >= until)
    return SixMonths(
        successor=".".join(map(str, line)),
        since=since,
        until=until,
        ended=ended,
        kept=(ended is None or ended >= until) if decided else None,
    )


def _stable_lines(name: str, catalog: Catalog, as_of: dt.date) -> Iterator[tuple[tuple[int, ...], dt.date]]:
    """Yield the ``X.Y`` lines of package *name* that became stable, each with the day."""
    whole = Subject(kind=component_subject(name, "", catalog).kind, name=name)
    for event in events_of(whole, catalog, as_of):
        number = parse_version(event.subject.version.removeprefix("==").removesuffix(".*"))
        day = day_of(event.effective, catalog)
        if event.phase == "stable" and number is not None and day is not None and day <= as_of:
            yield number.release[:2], day


def _left_regular_updates(standing: Standing, catalog: Catalog, as_of: dt.date) -> dt.date | None:
    """Return the day on which the software went into maintenance, or ended, for all of its uses."""
    if standing.phase == "maintenance":
        return standing.since
    if standing.phase != "end-of-support":
        return None
    maintenance = [e for e in standing.records if e.phase == "maintenance" and not is_replaced(e, as_of)]
    days = [day for e in maintenance if (day := begins(e, catalog, as_of)) is not None]
    return min([*days, *([standing.since] if standing.since else [])], default=None)
