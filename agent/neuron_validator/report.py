"""The report: everything that one diagnosis has to say, decided once, before any renderer sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from neuron_collectors.facts import NOT_GIVEN, Failure, Reading, Unread, value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.dependencies import dependency
from .catalog.events import Phase
from .catalog.labels import LevelName
from .catalog.model import MembershipStatus
from .classification import level_of
from .evidence import NEEDS, NEURON_FAMILIES, Component, Evidence
from .findings import Finding, Severity
from .foundations import Foundation, foundation_of, is_exempt
from .lifecycle import phase_of
from .releases import OddOneOut
from .silences import worst
from .standing import Standing

VERDICTS = ("pass", "warn", "fail", "unknown")
_NEEDED_FOR_PASS = ("driver", "driver's devices", "runtime library")


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """A check that could not run, and why."""

    check: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckStatus:
    """The state of one check: ``pass``, ``info``, ``warning``, ``critical``, ``skipped`` or ``silenced``."""

    check: str
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HostSummary:
    """What the host is. `None` is not there, or not known; ``unread`` in the report says which."""

    instance_type: str | None
    family: str | None
    os: str | None
    kernel: str | None
    glibc: str | None
    in_container: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceSummary:
    """How many devices each witness shows; `None` where it could not be asked."""

    expected: int | None
    pci: int | None
    driver: int | None
    nodes: int | None
    chip: str | None
    driver_version: str | None = None
    """Of the loaded driver."""

    @property
    def count(self) -> int | None:
        """How many there are, by the first witness that sees any; `None` where none does."""
        witnesses = (self.pci, self.driver, self.nodes, self.expected)
        return next((count for count in witnesses if count), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class SdkSummary:
    """Which SDK releases explain one scope."""

    scope: str
    releases: tuple[str, ...]
    match: str
    odd_ones_out: tuple[OddOneOut, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentRow:
    """One component with what the catalog knows of it."""

    name: str
    version: str
    component_class: str
    scope: str
    source: str
    releases: tuple[str, ...]
    membership: MembershipStatus = "unknown"
    releases_behind: int | None
    """SDK minors between its newest release and the latest; `None` when it has no release."""
    superseded_by: str | None
    """The newest version of the same line that the catalog knows, when it is newer."""
    phase: Phase = "unknown"
    phase_since: date | None = None
    end_of_support: date | None = None
    """Since when it has no support, or from when on."""
    end_of_support_release: str | None = None
    """The SDK release that an end without a day is announced for."""
    next_phase: Phase | None = None
    """The phase that is announced and has not begun."""
    next_phase_when: str | None = None
    """When it will, in words: ``2027-03-01``, ``SDK 2.34``."""
    level: LevelName | None = None
    """``alpha``, ``beta`` or ``stable``; `None` where there is none to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageRow:
    """One environment variable or compiler flag in use of which the catalog knows something."""

    kind: str
    """``env`` or ``flag``."""
    name: str
    level: LevelName | None
    phase: Phase
    where: str
    """``environment``, ``process 4711``, ``NEURON_CC_FLAGS in environment`` or the path of a compile cache."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One diagnosis."""

    as_of: date
    catalog_release: str
    """Latest SDK release that the catalog knew on that day."""
    catalog_date: date | None
    host: HostSummary
    devices: DeviceSummary
    sdk: tuple[SdkSummary, ...]
    components: tuple[ComponentRow, ...]
    foundations: tuple[ComponentRow, ...] = ()
    """The operating system and the Pythons below the Neuron software of each scope."""
    usages: tuple[UsageRow, ...] = ()
    findings: tuple[Finding, ...]
    skipped: tuple[Skip, ...]
    checks: tuple[CheckStatus, ...]
    failures: tuple[Failure, ...]
    missing: tuple[str, ...]
    """What a verdict would need and is not known, with the reason."""
    looked_at: tuple[str, ...]
    """Which of `evidence.NEEDS` could be looked at, whether or not anything was there."""
    neuron_found: bool
    """Whether there is any Neuron device or software here."""
    verdict: str
    """``pass``, ``warn``, ``fail`` or ``unknown``."""
    fail_on: Severity | None = Severity.WARNING
    """The severity from which the exit code tells of findings; `None` for never."""
    exit_code: int

    @property
    def installed(self) -> tuple[ComponentRow, ...]:
        """All that is there, with what it runs on first."""
        return (*self.foundations, *self.components)

    def fails(self, finding: Finding) -> bool:
        """Tell whether the exit code tells of *finding*."""
        return finding.silence is None and is_told(finding.severity, self.fail_on)


def build_report(
    evidence: Evidence,
    *,
    findings: tuple[Finding, ...],
    skipped: tuple[Skip, ...],
    statuses: tuple[CheckStatus, ...],
    fail_on: Severity | None,
) -> Report:
    """Put together what the renderers print."""
    latest = evidence.catalog.latest
    missing = tuple(_missing(evidence))
    found = neuron_found(evidence)
    verdict = _verdict(findings, judged=found and not missing)
    return Report(
        as_of=evidence.as_of,
        catalog_release=latest.release,
        catalog_date=latest.date,
        host=_host(evidence),
        devices=_devices(evidence),
        sdk=tuple(_sdk(evidence)),
        components=tuple(_components(evidence)),
        foundations=tuple(_foundations(evidence)),
        usages=tuple(_usages(evidence)),
        findings=findings,
        skipped=skipped,
        checks=statuses,
        failures=evidence.inventory.failures,
        missing=missing,
        looked_at=tuple(name for name in NEEDS if not isinstance(evidence.need(name), Unread)),
        neuron_found=found,
        verdict=verdict,
        fail_on=fail_on,
        exit_code=exit_code(verdict, findings, fail_on),
    )


def only_checks(report: Report, ids: Collection[str]) -> Report:
    """Return what *report* would be if only the checks *ids* had run; what explains another's finding still does."""
    findings = tuple(finding for finding in report.findings if finding.id in ids)
    verdict = _verdict(findings, judged=report.neuron_found and not report.missing)
    return replace(
        report,
        findings=findings,
        skipped=tuple(skip for skip in report.skipped if skip.check in ids),
        checks=tuple(status for status in report.checks if status.check in ids),
        verdict=verdict,
        exit_code=exit_code(verdict, findings, report.fail_on),
    )


def exit_code(verdict: str, findings: tuple[Finding, ...], fail_on: Severity | None) -> int:
    """Return the exit code: 3 without a verdict, else 2 or 1 for findings at or above *fail_on*, else 0."""
    if verdict == "unknown":
        return 3
    severity = worst(findings)
    if not is_told(severity, fail_on):
        return 0
    return 2 if severity is Severity.CRITICAL else 1


def is_told(severity: Severity, fail_on: Severity | None) -> bool:
    """Tell whether the exit code tells of findings of *severity*; of information it never does."""
    return fail_on is not None and severity >= max(fail_on, Severity.WARNING)


def neuron_found(evidence: Evidence) -> bool:
    """Tell whether there is any Neuron device or software."""
    inventory = evidence.inventory
    witnesses = (inventory.pci, inventory.devices, inventory.device_nodes, inventory.driver, inventory.neffs)
    return (
        bool(evidence.components)
        or (evidence.instance_type_name or "").startswith(NEURON_FAMILIES)
        or any(value_or_none(witness) for witness in witnesses)
        or any(scope.environment and scope.environment.placeholders for scope in evidence.scopes)
    )


def _verdict(findings: tuple[Finding, ...], *, judged: bool) -> str:
    severity = worst(findings)
    if severity is Severity.CRITICAL:
        return "fail"
    if severity is Severity.WARNING:
        return "warn"
    return "pass" if judged else "unknown"


def _missing(evidence: Evidence) -> list[str]:
    """
    Say what a verdict lacks.

    A facts file says what its author wanted judged, so what it does not give is not missing. A container needs its
    own runtime library only: the driver is the host's.
    """
    needed = ("runtime library",) if evidence.in_container else _NEEDED_FOR_PASS
    lacking = ((name, evidence.need(name)) for name in needed)
    return [f"{name}: {_why_missing(reading)}" for name, reading in lacking if _is_missing(reading, evidence)]


def _is_missing(reading: Reading[object], evidence: Evidence) -> bool:
    if reading is None:
        return not any(scope.components for scope in evidence.scopes[1:])
    return isinstance(reading, Unread) and reading is not NOT_GIVEN and reading != NOT_GIVEN


def _why_missing(reading: Reading[object]) -> str:
    return reading.reason if isinstance(reading, Unread) else "not installed"


def _host(evidence: Evidence) -> HostSummary:
    os = evidence.os
    container = evidence.inventory.container
    return HostSummary(
        instance_type=evidence.instance_type_name,
        family=evidence.family,
        os=_os_name(evidence),
        kernel=value_or_none(os.kernel),
        glibc=value_or_none(os.glibc),
        in_container=None if isinstance(container, Unread) else container is not None,
    )


def _os_name(evidence: Evidence) -> str | None:
    os = evidence.os
    if name := value_or_none(os.name):
        return name
    parts = [part for part in (value_or_none(os.id), value_or_none(os.version)) if part]
    return " ".join(parts) or None


def _devices(evidence: Evidence) -> DeviceSummary:
    inventory = evidence.inventory
    kind, chip = evidence.instance_type, evidence.chip
    driver = value_or_none(inventory.driver)
    return DeviceSummary(
        expected=kind.devices if kind else None,
        pci=_count(inventory.pci),
        driver=_count(inventory.devices),
        nodes=_count(inventory.device_nodes),
        chip=chip.device_name if chip else None,
        driver_version=value_or_none(driver.version) if driver else None,
    )


def _count(reading: Reading[tuple[object, ...]]) -> int | None:
    """Count what a witness shows; a witness that is not there shows none."""
    if isinstance(reading, Unread):
        return None
    return len(reading) if reading is not None else 0


def _sdk(evidence: Evidence) -> list[SdkSummary]:
    return [
        SdkSummary(
            scope=scope.name,
            releases=scope.identification.releases,
            match=scope.identification.match,
            odd_ones_out=scope.identification.odd_ones_out,
        )
        for scope in evidence.scopes
        if scope.components
    ]


def _superseded_by(component: Component, evidence: Evidence) -> str | None:
    """Name the newest version of the same line; a third party's package stays where its extension pins it."""
    package = evidence.catalog.package(component.name)
    if package is None or package.third_party:
        return None
    return evidence.catalog.newest_in_line(component.name, component.version, family=evidence.family)


def _components(evidence: Evidence) -> list[ComponentRow]:
    rows = []
    for component in evidence.components:
        membership = evidence.catalog.releases_of(component.name, component.version, family=evidence.family)
        standing = evidence.standings[component.name, component.version]
        rows.append(
            ComponentRow(
                name=component.name,
                version=component.version,
                component_class=component.component_class,
                scope=component.scope,
                source=component.source,
                releases=membership.releases,
                membership=membership.status,
                releases_behind=evidence.catalog.minors_behind(membership.releases),
                superseded_by=_superseded_by(component, evidence),
                phase=standing.phase,
                phase_since=standing.since,
                end_of_support=standing.end_of_support,
                end_of_support_release=standing.end_of_support_release,
                next_phase=standing.next.phase if standing.next else None,
                next_phase_when=standing.next.when if standing.next else None,
                level=level_of(
                    standing.subject, evidence.catalog, evidence.as_of, family=evidence.family, standing=standing
                ).level,
            )
        )
    return rows


def _foundations(evidence: Evidence) -> Iterator[ComponentRow]:
    """Yield what the Neuron software of each scope runs on: the operating system, and the Pythons."""
    for scope in evidence.scopes:
        found = foundation_of(scope, evidence)
        if found is not None:
            yield _foundation(found, scope.name, evidence)


def _foundation(found: Foundation, scope: str, evidence: Evidence) -> ComponentRow:
    """Return the row of what AWS supports and others make: whoever ends it first has ended it."""
    standing = phase_of(found.subject, evidence.catalog, evidence.as_of, family=evidence.family)
    if standing.phase == "end-of-support" and is_exempt(found, standing):
        standing = Standing(subject=found.subject, phase="unknown")
    makers = dependency(found.subject, evidence.catalog, evidence.as_of)
    last = makers.last_day_for_all if makers else None
    ended = last is not None and last < evidence.as_of and standing.phase != "end-of-support"
    return ComponentRow(
        name=found.subject.name,
        version=found.subject.version,
        component_class=found.subject.kind,
        scope=scope,
        source=found.source,
        releases=(),
        membership="known" if standing.record or makers else "unknown",
        releases_behind=None,
        superseded_by=None,
        phase="end-of-support" if ended else standing.phase,
        phase_since=last if ended else standing.since,
        end_of_support=min(filter(None, (standing.end_of_support, last)), default=None),
        end_of_support_release=standing.end_of_support_release,
        next_phase=standing.next.phase if standing.next else None,
        next_phase_when=standing.next.when if standing.next else None,
    )


def _usages(evidence: Evidence) -> list[UsageRow]:
    return [
        UsageRow(
            kind=usage.subject.kind,
            name=usage.subject.name,
            level=usage.level.level,
            phase=usage.phase,
            where=usage.where,
        )
        for usage in evidence.usages
    ]
