"""
The vendor's maintenance policy as a clock: in which phase a piece of software is on a day, and what is announced.

Pure functions of the catalog's records. On a day in the past only what could be read by then counts, and the policy is
that day's: the rule of one month's notice holds since SDK 2.20.0. A phase belongs to a line (PyTorch NeuronX 2.6,
Ubuntu 22.04), never to a build; that a package list names something does not make it supported, and where the sources
leave a phase open it is ``unknown``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from neuron_collectors.facts.frozen import dataclass

from .catalog.events import PHASES, Effective, Event, Phase, Subject, has_phase, parse_event
from .catalog.model import Catalog, Release
from .catalog.policy import Rule, policy_rule
from .catalog.tables import LIFECYCLE
from .versions import Scheme, parse_version

FAMILIES = ("inf1", "inf2", "trn1", "trn2", "trn3")
WORKLOADS = ("training", "inference")

_NOTICE_RULES = {"maintenance": "LC-09", "end-of-support": "LC-10"}
_SIX_MONTHS_RULE = "UP-06"
_MONTHS_OF_REGULAR_UPDATES = 6

# Where a line is in several phases at once, by family or workload, the first of these stands for it: nobody is told
# that something ended who may still use it.
_FAVOUR: tuple[Phase, ...] = ("stable", "unknown", "release-candidate", "beta", "maintenance", "end-of-support")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A phase that is announced and has not begun."""

    phase: Phase
    date: dt.date | None
    """The day, where it is known; it is never derived from a release that is not out."""
    release: str | None
    """The SDK release, in the vendor's words, e.g. ``2.34``."""
    after: str | None
    """The last SDK release before it, where the vendor names that one."""
    condition: str | None
    announced: dt.date | None
    record: Event

    @property
    def when(self) -> str:
        """When it will be, in words: ``2027-03-01``, ``SDK 2.34``, ``the release after SDK 2.26.0``."""
        if self.date is not None:
            return self.date.isoformat()
        if self.release is not None:
            return f"SDK {self.release}"
        return f"the release after SDK {self.after}" if self.after else self.condition or "a date not named"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """How long before it began a phase was announced."""

    phase: Phase
    announced: dt.date
    """The first announcement, whether or not it was held to."""
    binding: dt.date | None
    """The first announcement of the release with which it began."""
    begins: dt.date
    days: int
    kept: bool | None
    """Whether the policy's month was kept; `None` where the policy of that day asked for none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """The phase of the same line for another instance family or workload."""

    families: tuple[str, ...]
    workload: str | None
    phase: Phase
    since: dt.date | None
    record: Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a subject stands on a day."""

    subject: Subject
    phase: Phase
    since: dt.date | None = None
    since_release: str | None = None
    next: Change | None = None
    """What is announced next."""
    end_of_support: dt.date | None = None
    """Since when, or from when on; `None` where no day is known."""
    end_of_support_release: str | None = None
    """The SDK release that an end without a day is announced for, e.g. ``2.34``."""
    notice: Notice | None = None
    """Of the phase if it is maintenance or end of support, else of what is announced."""
    candidates: tuple[Phase, ...] = ()
    """The phases that the sources allow, where they disagree; empty where they agree."""
    contradicted: bool = False
    """Whether a source says another phase, or another date."""
    corrected: bool = False
    postponed: bool = False
    presumed: bool = False
    """Whether the phase rests on an announcement whose release is out, with no notice that it came about."""
    deprecated: Event | None = None
    renamed: Event | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    record: Event | None = None
    """The record that decides the phase."""
    records: tuple[Event, ...] = ()
    """Every record about the subject that was known, oldest first."""

    @property
    def certain(self) -> bool:
        """Whether the phase is stated by the vendor, with no source that allows another."""
        return self.record is not None and self.record.confidence == "documented" and not self.candidates

    @property
    def replacement(self) -> str | None:
        """What the vendor names in its place."""
        named = (event.replacement for event in (self.record, self.next and self.next.record) if event)
        return next(filter(None, named), None)


def phase_of(
    subject: Subject, catalog: Catalog, as_of: dt.date, *, family: str | None = None, workload: str | None = None
) -> Standing:
    """
    Say where *subject* stands on the day *as_of*.

    Without *family* or *workload* all are looked at: the most favourable phase stands for the subject, and the others
    are in `Standing.elsewhere`.
    """
    catalog = catalog if catalog.horizon == as_of else catalog.as_of(as_of)
    if subject.kind == "sdk":
        return _sdk(subject, catalog, as_of)
    events = events_of(subject, catalog, as_of)
    points = _points(subject, catalog, family, workload)
    verdicts = [verdict for point in points if (verdict := _judge(events, point, catalog, as_of)).record is not None]
    if not verdicts:
        return _with_remarks(
            Standing(subject=subject, phase="unknown", next=_first_change(events, catalog, as_of)), events
        )
    phase = min((verdict.phase for verdict in verdicts), key=_FAVOUR.index)
    chosen = [verdict for verdict in verdicts if verdict.phase == phase]
    standing = _standing(subject, chosen, [v for v in verdicts if v.phase != phase], catalog)
    return _with_remarks(_for_build(standing, subject), events)


def component_subject(name: str, version: str, catalog: Catalog) -> Subject:
    """Return the subject that an installed *version* of package *name* is."""
    package = catalog.package(name)
    if package is None:
        return Subject(kind="standalone", name=name, version=version)
    return Subject(kind=class_of(package.component_class), name=package.name, version=version)


def class_of(component_class: str) -> str:
    """
    Return the policy's class of a package of *component_class*.

    >>> class_of("framework-extension"), class_of("library"), class_of("driver")
    ('extension', 'library', 'standalone')
    """
    if component_class in {"framework-extension", "model-server"}:
        return "extension"
    return "library" if component_class == "library" else "standalone"


def events_of(subject: Subject, catalog: Catalog, as_of: dt.date) -> tuple[Event, ...]:
    """Return what was said about *subject* and could be read on *as_of*, oldest first."""
    records = catalog.tables.records_of(LIFECYCLE, subject.name)
    known = (record for record in records if record["known_from"] <= as_of.isoformat())
    events = [e for e in map(parse_event, known) if _is_about(e, subject)]
    return tuple(sorted(events, key=lambda e: (e.known_from, e.announced or e.known_from, e.id)))


def _is_about(event: Event, subject: Subject) -> bool:
    return event.subject.kind == subject.kind and event.subject.covers(subject.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    """One instance family and one workload, for which a phase is one phase."""

    family: str
    workload: str

    def has(self, event: Event) -> bool:
        """Tell whether *event* is about this family and workload."""
        return (not event.families or self.family in event.families) and event.workload in {None, self.workload}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """What holds at one point."""

    point: _Point
    phase: Phase
    since: dt.date | None
    record: Event | None
    changes: tuple[Change, ...]
    relevant: tuple[Event, ...]
    """The records that bear on the phases, those that later ones replaced among them."""


def _points(subject: Subject, catalog: Catalog, family: str | None, workload: str | None) -> list[_Point]:
    """List the families and workloads to look at; of a package's families those that list the version."""
    families = (family,) if family else _families(subject, catalog)
    return [_Point(family=f, workload=w) for f in families for w in ((workload,) if workload else WORKLOADS)]


def _families(subject: Subject, catalog: Catalog) -> Sequence[str]:
    if not subject.version or catalog.package(subject.name) is None:
        return FAMILIES
    listings = [one for v in catalog.releases_of(subject.name, subject.version).versions for one in v.listings]
    listed = {family for listing in listings for family in listing.families}
    return tuple(family for family in FAMILIES if family in listed) or FAMILIES


def _judge(events: Iterable[Event], point: _Point, catalog: Catalog, as_of: dt.date) -> _Verdict:
    """Decide the phase at one point: the latest that is in force of what nothing later has replaced."""
    relevant = [event for event in events if event.phase is not None and point.has(event)]
    standing = [event for event in relevant if not _is_replaced(event, as_of)]
    begun = {event.id: begins for event in standing if (begins := _begins(event, catalog, as_of)) is not None}
    in_force = _most_specific([event for event in standing if event.id in begun])
    pending = tuple(_change(event, catalog) for event in standing if event.id not in begun)
    if not in_force:
        return _Verdict(point=point, phase="unknown", since=None, record=None, changes=pending, relevant=())
    in_force.sort(key=lambda event: (begun[event.id], _rank(event), event.known_from, event.id))
    record = in_force[-1]
    phase = _settled(record)
    run = _last_run(in_force, record.phase)
    dated = [event for event in run if _day(event.effective, catalog) is not None]
    return _Verdict(
        point=point,
        phase=phase,
        since=begun[dated[0].id] if dated else None,
        record=record,
        changes=tuple(change for change in pending if _is_later(change.phase, phase)),
        relevant=tuple(relevant),
    )


def _is_replaced(event: Event, as_of: dt.date) -> bool:
    """Tell whether a record known on *as_of* stands in the place of *event*, or *event* only repeats one."""
    by = (event.superseded, event.closed)
    return event.repeats is not None or any(one is not None and one.known_from <= as_of for one in by)


def _begins(event: Event, catalog: Catalog, as_of: dt.date) -> dt.date | None:
    """Return the day on which *event* took effect, if it has; of a statement without a date the day it was made."""
    effective = event.effective
    if effective.release is None and effective.date is None:
        return event.known_from if event.kind == "statement" and effective.condition is None else None
    day = _day(effective, catalog)
    return day if day is not None and day <= as_of else None


def _day(effective: Effective, catalog: Catalog) -> dt.date | None:
    """Return the day that *effective* names or whose release is out; `None` where there is none yet."""
    if effective.date is not None:
        return effective.date
    release = released(effective.release, catalog) if effective.release and effective.published else None
    return release.date if release else None


def released(name: str, catalog: Catalog) -> Release | None:
    """Return the SDK release *name*, or for ``2.34`` the first of that train, if the catalog knows it."""
    exact = catalog.release(name)
    train = parse_version(name)
    if exact is not None or train is None or len(train.release) > 2:
        return exact
    return next((r for r in catalog.releases if (v := parse_version(r.release)) and v.startswith(train)), None)


def _most_specific(events: list[Event]) -> list[Event]:
    """Return the records about a line of versions, if there are any, without those about the whole package."""
    return [event for event in events if event.subject.version] or events


def _rank(event: Event) -> tuple[int, int]:
    """Order records that begin on one day: a statement counts more than an announcement, a later phase more."""
    phase = PHASES.index(event.phase) if event.phase in PHASES else -1
    return (event.kind == "statement", phase)


def _settled(record: Event) -> Phase:
    """Return the phase that *record* begins; unknown where only an announcement says it, and a source denies it."""
    denied = record.kind == "announcement" and set(record.candidates) - {record.phase}
    return "unknown" if denied or record.phase is None else record.phase


def _last_run(in_force: Sequence[Event], phase: Phase | None) -> list[Event]:
    """Return the records at the end that all begin *phase*."""
    run: list[Event] = []
    for event in reversed(in_force):
        if event.phase != phase:
            break
        run.insert(0, event)
    return run


def _is_later(phase: str, than: str) -> bool:
    """Tell whether *phase* comes later in a life; after an unknown phase any may come."""
    if than == "unknown":
        return True
    return phase in PHASES and PHASES.index(phase) > PHASES.index(than)


def _change(event: Event, catalog: Catalog) -> Change:
    """Say what *event* announces; a release number that was derived later is not given away before it is out."""
    effective = event.effective
    derived = (
        effective.after is not None and effective.release is not None and released(effective.release, catalog) is None
    )
    release = None if derived or not effective.published else effective.release
    return Change(
        phase=event.phase or "unknown",
        date=_day(effective, catalog),
        release=release,
        after=effective.after if release is None else None,
        condition=effective.condition,
        announced=event.announced,
        record=event,
    )


def _first_change(events: Iterable[Event], catalog: Catalog, as_of: dt.date) -> Change | None:
    """Return what is announced for a subject of which no phase is in force."""
    open_ones = (e for e in events if e.phase is not None and not _is_replaced(e, as_of))
    return _nearest([_change(e, catalog) for e in open_ones if _begins(e, catalog, as_of) is None])


def _nearest(changes: Iterable[Change]) -> Change | None:
    """Return the change that comes first: by day, then those with a release, then the latest announcement."""
    order = sorted(
        changes,
        key=lambda c: (c.date or dt.date.max, c.release is None, -c.record.known_from.toordinal(), c.record.id),
    )
    return order[0] if order else None


def _standing(subject: Subject, chosen: Sequence[_Verdict], others: Sequence[_Verdict], catalog: Catalog) -> Standing:
    """Put together what holds at the *chosen* points, which agree about the phase."""
    first = max(chosen, key=lambda verdict: (verdict.since or dt.date.min, verdict.record.id if verdict.record else ""))
    record = first.record
    changes = [change for verdict in chosen for change in verdict.changes]
    following = _nearest(changes)
    ends = _nearest(change for change in changes if change.phase == "end-of-support")
    ended = first.phase == "end-of-support"
    relevant = [event for verdict in chosen for event in verdict.relevant]
    return Standing(
        subject=subject,
        phase=first.phase,
        since=first.since,
        since_release=record.effective.release if record and first.since else None,
        next=following,
        end_of_support=first.since if ended else ends.date if ends else None,
        end_of_support_release=None if ended or ends is None or ends.date else ends.release,
        notice=_notice(first, following, relevant, catalog),
        candidates=_candidates(relevant, first.phase),
        contradicted=_is_contradicted(relevant, record),
        presumed=record is not None and record.kind in {"announcement", "postponement"},
        elsewhere=tuple(_elsewhere(others)),
        record=record,
    )


def _elsewhere(verdicts: Iterable[_Verdict]) -> Iterator[Elsewhere]:
    """Yield each other phase once, with the families and the workload that it holds for."""
    groups: dict[tuple[str, str], list[_Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault((verdict.phase, verdict.record.id if verdict.record else ""), []).append(verdict)
    for group in groups.values():
        workloads = {verdict.point.workload for verdict in group}
        record = group[0].record
        assert record is not None  # noqa: S101 - only points with a record are compared
        yield Elsewhere(
            families=tuple(dict.fromkeys(verdict.point.family for verdict in group)),
            workload=workloads.pop() if len(workloads) == 1 else None,
            phase=group[0].phase,
            since=group[0].since,
            record=record,
        )


def _candidates(relevant: Iterable[Event], phase: Phase) -> tuple[Phase, ...]:
    """Return the phases that the latest record on the matter allows beside *phase*."""
    said = [event.candidates for event in relevant if event.candidates]
    return said[-1] if said and set(said[-1]) != {phase} else ()


def _is_contradicted(relevant: Iterable[Event], record: Event | None) -> bool:
    """Tell whether something known says another date or another phase than *record*."""
    if record is None:
        return False
    differing = (e for e in relevant if e.repeats == record.id and e.effective.release != record.effective.release)
    return bool(record.disagrees or record.candidates) or any(True for _ in differing)


def _notice(verdict: _Verdict, following: Change | None, relevant: Sequence[Event], catalog: Catalog) -> Notice | None:
    """Measure the notice of the phase, if it is one that has to be announced, else of what follows on a known day."""
    record = verdict.record
    phase, begins = verdict.phase, verdict.since
    if phase not in _NOTICE_RULES and following is not None and following.phase in _NOTICE_RULES:
        phase, begins, record = following.phase, following.date, following.record
    if phase not in _NOTICE_RULES or begins is None or record is None:
        return None
    said = _most_specific([event for event in relevant if event.phase == phase and event.announced is not None])
    days = sorted(event.announced for event in said if event.announced is not None)
    if not days:
        return None
    binding = [e.announced for e in said if e.announced and e.effective.release == record.effective.release]
    first = min(days[0], begins)
    return Notice(
        phase=phase,
        announced=first,
        binding=min((day for day in binding if day), default=None),
        begins=begins,
        days=(begins - first).days,
        kept=_keeps(policy_rule(_NOTICE_RULES[phase], catalog, begins), record.subject.kind, first, begins),
    )


def _keeps(rule: Rule | None, kind: str, announced: dt.date, begins: dt.date) -> bool | None:
    """Tell whether the months of *rule* lie between two days; `None` without a rule for software of class *kind*."""
    if rule is None or kind not in rule.classes:
        return None
    return add_months(announced, int(rule.parameters["min_notice_months"])) <= begins


def add_months(day: dt.date, months: int) -> dt.date:
    """
    Return the same day of a later month, or the last one of a shorter month.

    >>> add_months(dt.date(2026, 1, 31), 1), add_months(dt.date(2025, 9, 18), 6)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 18))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(days=1)).day))


def _with_remarks(standing: Standing, events: Sequence[Event]) -> Standing:
    """Add what the records say that begins no phase."""

    def last(kind: str) -> Event | None:
        return next((event for event in reversed(events) if event.kind == kind), None)

    notes = [event.candidates for event in events if event.kind == "note" and event.candidates]
    return replace(
        standing,
        corrected=last("correction") is not None,
        postponed=last("postponement") is not None or _was_moved(events),
        deprecated=last("deprecation"),
        renamed=last("rename"),
        candidates=notes[-1] if notes else standing.candidates,
        records=tuple(events),
    )


def _was_moved(events: Sequence[Event]) -> bool:
    """Tell whether an announcement has been replaced by one that names a later release for the same phase."""
    by_id = {event.id: event for event in events}
    for event in events:
        later = by_id.get(event.superseded.by) if event.superseded else None
        if later is None or later.phase != event.phase or not event.effective.release:
            continue
        one, other = parse_version(event.effective.release), parse_version(later.effective.release or "")
        if one is not None and (other is None or other > one):
            return True
    return False


def _for_build(standing: Standing, subject: Subject) -> Standing:
    """Correct the phase for a build that calls itself a beta or a release candidate, unless its line has ended."""
    number = parse_version(subject.version) if subject.version else None
    if number is None or not number.prerelease or standing.phase == "end-of-support":
        return standing
    phase: Phase = (
        "release-candidate" if number.stage == -1 and has_phase(subject.kind, "release-candidate") else "beta"
    )
    return replace(standing, phase=phase, since=None, since_release=None)


def _sdk(subject: Subject, catalog: Catalog, as_of: dt.date) -> Standing:
    """
    Say where an SDK release stands.

    A release is followed by the next and gets no fixes of its own, and none has ever been announced to end. Its line is
    the major version: stable while it is the newest one, unknown after.
    """
    release = released(subject.version, catalog) if subject.version else catalog.latest
    if release is None or (release.date is not None and release.date > as_of):
        return Standing(subject=subject, phase="unknown")
    number, newest = parse_version(release.release), parse_version(catalog.latest.release)
    if release.type == "beta":
        return Standing(subject=subject, phase="beta", since=release.date, since_release=release.release)
    if number is None or newest is None or number.release[:1] != newest.release[:1]:
        return Standing(subject=subject, phase="unknown")
    return Standing(subject=subject, phase="stable", since=release.date, since_release=release.release)


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
    """`None` while it can still be kept, and where the rule was not in force."""


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
    until = add_months(since, _MONTHS_OF_REGULAR_UPDATES)
    ended = _left_regular_updates(subject, catalog, as_of)
    rule = policy_rule(_SIX_MONTHS_RULE, catalog, ended or as_of)
    decided = rule is not None and (ended is not None or as_of >= until)
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
        day = _day(event.effective, catalog)
        if event.phase == "stable" and number is not None and day is not None and day <= as_of:
            yield number.release[:2], day


def _left_regular_updates(subject: Subject, catalog: Catalog, as_of: dt.date) -> dt.date | None:
    """Return the day on which *subject* went into maintenance, or ended, for all of its uses."""
    standing = phase_of(subject, catalog, as_of)
    if standing.phase == "maintenance":
        return standing.since
    if standing.phase != "end-of-support":
        return None
    maintenance = [e for e in standing.records if e.phase == "maintenance" and not _is_replaced(e, as_of)]
    days = [day for e in maintenance if (day := _begins(e, catalog, as_of)) is not None]
    return min([*days, *([standing.since] if standing.since else [])], default=None)
