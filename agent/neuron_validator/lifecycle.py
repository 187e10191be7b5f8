"""
The vendor's maintenance policy as a clock: in which phase a piece of software is on a day, and what is announced.

Pure functions of the catalog's records. On a day in the past only what could be read by then counts, and the policy is
that day's: the rule of one month's notice holds since SDK 2.20.0. A phase belongs to a line (PyTorch NeuronX 2.6,
Ubuntu 22.04), never to a build; that a package list names something does not make it supported, and where the sources
leave a phase open it is ``unknown``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from neuron_collectors.facts.frozen import dataclass

from .catalog.events import PHASES, Event, Phase, Subject, covers, has_phase, most_specific, parse_event
from .catalog.model import Catalog
from .catalog.tables import LIFECYCLE
from .effect import begins, day_of, is_replaced, released
from .notice import ANNOUNCED, measure_notice
from .standing import Change, Elsewhere, Notice, Standing
from .versions import parse_version

FAMILIES = ("inf1", "inf2", "trn1", "trn2", "trn3")
WORKLOADS = ("training", "inference")

# Where a line is in several phases at once, by family or workload, the first of these stands for it: nobody is told
# that something ended who may still use it.
_FAVOUR: tuple[Phase, ...] = ("stable", "unknown", "release-candidate", "beta", "maintenance", "end-of-support")


def phase_of(
    subject: Subject, catalog: Catalog, as_of: dt.date, *, family: str | None = None, workload: str | None = None
) -> Standing:
    """
    Say where *subject* stands on the day *as_of*.

    Without *family* or *workload* all are looked at: the most favourable phase stands for the subject, and the others
    are in `Standing.elsewhere`.
    """
    catalog = catalog if catalog.horizon == as_of else catalog.as_of(as_of)
    question = ("phase", subject, catalog.latest.release, as_of, family, workload)
    return catalog.tables.remembered(question, lambda: _phase(subject, catalog, as_of, family, workload))


def _phase(subject: Subject, catalog: Catalog, as_of: dt.date, family: str | None, workload: str | None) -> Standing:
    """Judge what was said about *subject*."""
    if subject.kind == "sdk":
        return _sdk(subject, catalog, as_of)
    events = events_of(subject, catalog, as_of)
    bearing = events if subject.version else tuple(_about_the_whole(events, subject, catalog))
    # Where no record tells workloads apart, one point stands for all.
    workloads = (workload,) if workload or all(event.workload is None for event in bearing) else WORKLOADS
    points = [_Point(family=f, workload=w) for f in _families(subject, catalog, family) for w in workloads]
    verdicts = [verdict for point in points if (verdict := _judge(bearing, point, catalog, as_of)).record is not None]
    if not verdicts:
        return _with_remarks(_unknown(subject, bearing, catalog, as_of), events)
    phase = min((verdict.phase for verdict in verdicts), key=_FAVOUR.index)
    chosen = [verdict for verdict in verdicts if verdict.phase == phase]
    standing = _standing(subject, chosen, [v for v in verdicts if v.phase != phase], catalog)
    return _with_remarks(_for_build(_with_its_line(standing, catalog), subject), events)


def notice_of_maintenance(standing: Standing, catalog: Catalog, as_of: dt.date) -> Notice | None:
    """Measure the notice of the maintenance that came before the end of support, which has a notice of its own."""
    begun = [
        max(day, event.known_from)
        for event in standing.records
        if event.phase == "maintenance" and (day := begins(event, catalog, as_of)) is not None
    ]
    if standing.phase != "end-of-support" or not begun:
        return None
    before = phase_of(standing.subject, catalog, max(begun))
    return before.notice if before.phase == "maintenance" else None


def _about_the_whole(events: Iterable[Event], subject: Subject, catalog: Catalog) -> Iterator[Event]:
    """
    Yield what is said of *subject* as it is now: a package that has no lines is its newest version.

    Of anything else, what is said of some versions says nothing about the whole.
    """
    versions = () if subject.kind == "extension" else catalog.known_versions(subject.name)
    for event in events:
        if not event.subject.version or (versions and event.subject.covers(versions[-1].version)):
            yield event


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
    events = (event for event in _events_about(subject, catalog) if event.known_from <= as_of)
    return tuple(sorted(events, key=lambda e: (e.known_from, e.announced or e.known_from, e.id)))


def _events_about(subject: Subject, catalog: Catalog) -> tuple[Event, ...]:
    """Return every event about *subject*; those about its other versions, which are most, are left unparsed."""
    tables = catalog.tables

    def parsed() -> tuple[Event, ...]:
        records = tables.records_of(LIFECYCLE, subject.name)
        return tuple(parse_event(record) for record in records if _is_about(record["subject"], subject))

    return tables.remembered(("events", subject.kind, subject.name, subject.version), parsed)


def _is_about(line: Mapping[str, str], subject: Subject) -> bool:
    return line["class"] == subject.kind and covers(line.get("version", ""), subject.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    """One instance family and one workload, or all of them, for which a phase is one phase."""

    family: str
    workload: str | None

    def has(self, event: Event) -> bool:
        """Tell whether *event* is about this family and workload."""
        return (not event.families or self.family in event.families) and event.workload in {None, self.workload}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """What holds at one point."""

    point: _Point
    phase: Phase
    since: dt.date | None
    since_release: str | None
    record: Event | None
    changes: tuple[Change, ...]
    relevant: tuple[Event, ...]
    """The records that bear on the phases, those that later ones replaced among them."""


def _families(subject: Subject, catalog: Catalog, family: str | None) -> Sequence[str]:
    """List the families to look at: the one asked about, else those that list the version of a package."""
    if family is not None:
        return (family,)
    if not subject.version or catalog.package(subject.name) is None:
        return FAMILIES
    listings = [one for v in catalog.releases_of(subject.name, subject.version).versions for one in v.listings]
    listed = {family for listing in listings for family in listing.families}
    return tuple(family for family in FAMILIES if family in listed) or FAMILIES


def _judge(events: Iterable[Event], point: _Point, catalog: Catalog, as_of: dt.date) -> _Verdict:
    """Decide the phase at one point: the latest that is in force of what nothing later has replaced."""
    relevant = [event for event in events if event.phase is not None and point.has(event)]
    standing = [event for event in relevant if not is_replaced(event, as_of)]
    begun = {event.id: day for event in standing if (day := begins(event, catalog, as_of)) is not None}
    in_force = most_specific([event for event in standing if event.id in begun])
    pending = tuple(_change(event, catalog) for event in standing if event.id not in begun)
    if not in_force:
        return _Verdict(
            point=point, phase="unknown", since=None, since_release=None, record=None, changes=pending, relevant=()
        )
    in_force.sort(key=lambda event: (begun[event.id], _rank(event), event.known_from, event.id))
    record = in_force[-1]
    phase = _settled(record)
    run = _last_run(in_force, record.phase)
    first = next((event for event in run if day_of(event.effective, catalog) is not None), None)
    known = first if phase != "unknown" else None
    return _Verdict(
        point=point,
        phase=phase,
        since=begun[known.id] if known else None,
        since_release=known.effective.release if known else None,
        record=record,
        changes=tuple(change for change in pending if _is_later(change.phase, phase)),
        relevant=tuple(relevant),
    )


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
        date=day_of(effective, catalog),
        release=release,
        after=effective.after if release is None else None,
        condition=effective.condition,
        announced=event.announced,
        record=event,
    )


def _unknown(subject: Subject, events: Iterable[Event], catalog: Catalog, as_of: dt.date) -> Standing:
    """Say what is announced for a subject of which no phase is in force."""
    open_ones = (e for e in events if e.phase is not None and not is_replaced(e, as_of))
    changes = [_change(e, catalog) for e in open_ones if begins(e, catalog, as_of) is None]
    ends = _nearest(change for change in changes if change.phase == "end-of-support")
    return Standing(
        subject=subject,
        phase="unknown",
        next=_nearest(changes),
        end_of_support=ends.date if ends else None,
        end_of_support_release=ends.release if ends and ends.date is None else None,
        ending=ends,
    )


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
        since_release=first.since_release,
        next=following,
        end_of_support=first.since if ended else ends.date if ends else None,
        end_of_support_release=None if ended or ends is None or ends.date else ends.release,
        ending=None if ended else ends,
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
    if verdict.phase in ANNOUNCED:
        phase, day, record = verdict.phase, verdict.since, verdict.record
    elif following is not None and following.phase in ANNOUNCED:
        phase, day, record = following.phase, following.date, following.record
    else:
        return None
    return measure_notice(record, phase, day, relevant, catalog) if record is not None and day is not None else None


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


def _with_its_line(standing: Standing, catalog: Catalog) -> Standing:
    """Let the phase of a framework's version begin with that version: a record may be about all of them."""
    subject = standing.subject
    number = parse_version(subject.version) if subject.version else None
    if standing.since is None or number is None or subject.kind != "extension":
        return standing
    releases = catalog.releases_of(subject.name, ".".join(map(str, number.release[:2]))).releases
    first = catalog.release(releases[0]) if releases and standing.phase in {"beta", "stable"} else None
    if first is None or first.date is None or first.date <= standing.since:
        return standing
    return replace(standing, since=first.date, since_release=first.release)


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
