"""
What many hosts have, together: who differs from the others, what is found where, and what ends when.

Each report is made small as soon as it is read, so that ten thousand of them need no more memory than their rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from neuron_collectors.facts.frozen import dataclass

from .evidence import RUNTIME
from .findings import Severity
from .fingerprint import fingerprint
from .report import ComponentRow, Report
from .silences import counted

MAJORITY = 2 / 3
"""The share of a group from which on what most of it have is what is meant."""

SMALLEST_GROUP = 3
"""Hosts of one instance type from which on one of them can stand out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostFinding:
    """A finding of one host."""

    id: str
    severity: Severity
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HostEnding:
    """An end of support on one host."""

    component: str
    version: str
    date: date | None
    release: str | None
    """The SDK release that an end without a day is announced for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FleetHost:
    """One report, made small."""

    name: str
    """The name of its file: a report does not name its host."""
    instance_type: str
    """Type, else family, e.g. ``trn1.32xlarge``; empty where neither is known, as all texts here."""
    devices: str
    """``16 Trainium1``."""
    os: str
    kernel: str
    sdk: str
    """``2.28.0``, ``2.27.0 to 2.28.0``, ``mixed``…: of the host's own scope."""
    driver: str
    runtime: str
    verdict: str
    findings: tuple[HostFinding, ...]
    endings: tuple[HostEnding, ...]
    fingerprint: str
    """Equal where all versions of all scopes are."""
    as_of: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many hosts have one value of a property."""

    value: str
    hosts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Skew:
    """The values of one property over the fleet, the most frequent first."""

    property: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlier:
    """A host that differs from what most of its instance type have."""

    host: str
    instance_type: str
    property: str
    value: str
    majority: str
    hosts: int
    """How many have what most have."""
    of: int
    """How many there are of the instance type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingCount:
    """A finding over the fleet."""

    id: str
    severity: Severity
    """The worst of it anywhere."""
    hosts: int
    example: str
    """Its title on the first host that has it at its worst."""
    first: str
    """The name of that host."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What ends at one time, and on how many hosts."""

    date: date | None
    release: str | None
    component: str
    versions: tuple[str, ...]
    hosts: int

    @property
    def when(self) -> str:
        """The day, or the SDK release that it is announced for."""
        return self.date.isoformat() if self.date else f"SDK {self.release}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadFile:
    """A file that is no report."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """Many hosts, together."""

    hosts: tuple[FleetHost, ...]
    unread: tuple[UnreadFile, ...]
    verdicts: Mapping[str, int]
    skews: tuple[Skew, ...]
    outliers: tuple[Outlier, ...]
    findings: tuple[FindingCount, ...]
    endings: tuple[Ending, ...]
    kinds: int
    """How many different fingerprints there are."""

    @property
    def days(self) -> tuple[date, ...]:
        """The first and the last day of judgement; none without hosts."""
        days = sorted({host.as_of for host in self.hosts})
        return (days[0], days[-1]) if days else ()


Property = Callable[[FleetHost], str]

SKEWED: Mapping[str, Property] = {
    "SDK release": lambda host: host.sdk,
    "driver": lambda host: host.driver,
    "runtime library": lambda host: host.runtime,
    "operating system": lambda host: host.os,
    "kernel": lambda host: host.kernel,
    "instance type": lambda host: host.instance_type,
}
"""What is counted over the fleet."""

STANDING_OUT = ("SDK release", "driver", "runtime library", "operating system", "kernel", "devices")
"""What is compared within an instance type. The number of devices differs between types, and never within one."""

_COMPARED: Mapping[str, Property] = {**SKEWED, "devices": lambda host: host.devices}


def host_of(name: str, report: Report) -> FleetHost:
    """Make *report* small."""
    system = [row for row in report.components if not row.scope.startswith("env:")]
    return FleetHost(
        name=name,
        instance_type=report.host.instance_type or report.host.family or "",
        devices=f"{report.devices.count} {report.devices.chip}" if report.devices.count and report.devices.chip else "",
        os=report.host.os or "",
        kernel=report.host.kernel or "",
        sdk=_sdk(report),
        driver=report.devices.driver_version or _version(system, lambda row: row.component_class == "driver"),
        runtime=_version(system, lambda row: row.name == RUNTIME),
        verdict=report.verdict,
        findings=tuple(HostFinding(id=f.id, severity=f.severity, title=f.title) for f in counted(report.findings)),
        endings=tuple(_endings(report.installed)),
        fingerprint=fingerprint(report).split(" ")[1],
        as_of=report.as_of,
    )


def _sdk(report: Report) -> str:
    summary = report.sdk[0] if report.sdk else None
    if summary is None:
        return ""
    if summary.match in {"exact", "range", "adjacent"}:
        return " to ".join(dict.fromkeys((summary.releases[0], summary.releases[-1])))
    return summary.match


def _version(rows: Iterable[ComponentRow], wanted: Callable[[ComponentRow], bool]) -> str:
    return next((row.version for row in rows if wanted(row)), "")


def _endings(rows: Iterable[ComponentRow]) -> Iterator[HostEnding]:
    """Yield what of a host has ended or will, once for each version."""
    ends = {
        (row.name, row.version): (row.end_of_support, row.end_of_support_release)
        for row in rows
        if row.end_of_support or row.end_of_support_release
    }
    for (name, version), (day, release) in ends.items():
        yield HostEnding(component=name, version=version, date=day, release=None if day else release)


def summarise(hosts: Iterable[FleetHost], unread: Iterable[UnreadFile] = ()) -> Fleet:
    """Put *hosts* together, in the order of their names."""
    ordered = tuple(sorted(hosts, key=lambda host: host.name))
    verdicts = Counter(host.verdict for host in ordered)
    return Fleet(
        hosts=ordered,
        unread=tuple(unread),
        verdicts={verdict: verdicts[verdict] for verdict in ("fail", "warn", "unknown", "pass")},
        skews=tuple(Skew(property=name, shares=_shares(ordered, of)) for name, of in SKEWED.items()),
        outliers=tuple(_outliers(ordered)),
        findings=_findings(ordered),
        endings=_calendar(ordered),
        kinds=len({host.fingerprint for host in ordered}),
    )


def _shares(hosts: Iterable[FleetHost], of: Property) -> tuple[Share, ...]:
    counts = Counter(map(of, hosts))
    return tuple(Share(value=value, hosts=n) for value, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair)))


def _outliers(hosts: Sequence[FleetHost]) -> Iterator[Outlier]:
    """Yield the hosts that differ from most of their instance type; what is not known stands out nowhere."""
    groups: defaultdict[str, list[FleetHost]] = defaultdict(list)
    for host in hosts:
        groups[host.instance_type].append(host)
    for instance_type, group in sorted(groups.items()):
        if instance_type and len(group) >= SMALLEST_GROUP:
            for name in STANDING_OUT:
                yield from _standing_out(group, name, instance_type)


def _standing_out(group: Sequence[FleetHost], name: str, instance_type: str) -> Iterator[Outlier]:
    of = _COMPARED[name]
    known = [host for host in group if of(host)]
    if len(known) < SMALLEST_GROUP:
        return
    majority, count = Counter(map(of, known)).most_common(1)[0]
    if count < MAJORITY * len(known):
        return
    for host in known:
        if of(host) != majority:
            yield Outlier(
                host=host.name,
                instance_type=instance_type,
                property=name,
                value=of(host),
                majority=majority,
                hosts=count,
                of=len(known),
            )


def _findings(hosts: Iterable[FleetHost]) -> tuple[FindingCount, ...]:
    """Count the hosts of each finding, the worst first, then the most frequent."""
    seen: dict[str, set[str]] = defaultdict(set)
    worst: dict[str, tuple[HostFinding, str]] = {}
    for host in hosts:
        for finding in host.findings:
            seen[finding.id].add(host.name)
            if finding.id not in worst or worst[finding.id][0].severity < finding.severity:
                worst[finding.id] = (finding, host.name)
    counts = (
        FindingCount(id=name, severity=one.severity, hosts=len(seen[name]), example=one.title, first=first)
        for name, (one, first) in worst.items()
    )
    return tuple(sorted(counts, key=lambda count: (-count.severity, -count.hosts, count.id)))


def _calendar(hosts: Iterable[FleetHost]) -> tuple[Ending, ...]:
    """Put together what ends at the same time: what has a day by its day, then what has a release only."""
    versions: defaultdict[tuple[date | None, str | None, str], set[str]] = defaultdict(set)
    places: defaultdict[tuple[date | None, str | None, str], set[str]] = defaultdict(set)
    for host in hosts:
        for ending in host.endings:
            key = (ending.date, ending.release, ending.component)
            versions[key].add(ending.version)
            places[key].add(host.name)
    endings = (
        Ending(date=day, release=release, component=name, versions=tuple(sorted(versions[key])), hosts=len(places[key]))
        for key in versions
        for day, release, name in [key]
    )
    return tuple(sorted(endings, key=lambda one: (one.date or date.max, one.release or "", one.component)))
