"""
What is different between two reports: two hosts, or one host at two times.

A pure function of the two. The day and the catalog by which each was judged are no difference of the hosts; what
follows from them, such as a phase that began, is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import fields

from neuron_collectors.facts.frozen import dataclass

from .findings import Finding
from .report import ComponentRow, Report

Value = str | int | None
"""What a thing is. `None` is *not there*; of the host and its devices also *not known*."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that is not the same in both reports."""

    name: str
    """``kernel``, ``aws-neuronx-dkms``, ``torch-neuronx 2.8.0.2.12.22436`` …"""
    what: str = ""
    """Which property of it, where it has several: ``phase``, ``releases`` …"""
    scope: str = ""
    """``host``, ``container`` or ``env:<name>``, for what is installed in one."""
    before: Value
    after: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingChange:
    """A finding that is in one report only, or not the same in both."""

    before: Finding | None
    """`None`: it appeared."""
    after: Finding | None
    """`None`: it ended."""

    @property
    def kind(self) -> str:
        """``appeared``, ``ended`` or ``changed``."""
        if self.before is None:
            return "appeared"
        return "ended" if self.after is None else "changed"

    @property
    def finding(self) -> Finding:
        """The finding as it is now, or was."""
        finding = self.after or self.before
        assert finding is not None  # noqa: S101 - one of them is always there
        return finding


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """All that is different, by what it is about."""

    host: tuple[Change, ...]
    """Instance type, operating system, kernel, C library, loaded driver."""
    devices: tuple[Change, ...]
    sdk: tuple[Change, ...]
    """SDK releases that explain a scope, and how they match."""
    packages: tuple[Change, ...]
    phases: tuple[Change, ...]
    """Phase, level and end of support of what is installed in both at the same version."""
    findings: tuple[FindingChange, ...]
    checks: tuple[Change, ...]
    """States of checks, of one that was not asked for `None`."""
    collectors: tuple[Change, ...]
    """Collectors that failed in one of the two, with the reason, and what could be looked at in one only."""
    verdict: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both reports say the same."""
        return not any(getattr(self, field.name) for field in fields(self))


def compare(before: Report, after: Report) -> Difference:
    """Return what is different in *after* from *before*."""
    return Difference(
        host=_changes(_host(before), _host(after)),
        devices=_changes(_devices(before), _devices(after)),
        sdk=_changes(_sdk(before), _sdk(after)),
        packages=_changes(_packages(before), _packages(after)),
        phases=tuple(_phases(before, after)),
        findings=tuple(_findings(before, after)),
        checks=_changes(_checks(before), _checks(after)),
        collectors=_changes(_collectors(before), _collectors(after)),
        verdict=_changes({("", "verdict", ""): before.verdict}, {("", "verdict", ""): after.verdict}),
    )


def identity(finding: Finding) -> Hashable:
    """Return what stays the same as long as it is the same finding: check, rule, scope and components."""
    return finding.id, finding.rule and finding.rule.id, finding.scope, finding.components


_Key = tuple[str, str, str]
"""Scope, name and property."""


def _changes(before: Mapping[_Key, Value], after: Mapping[_Key, Value]) -> tuple[Change, ...]:
    """Pair what is known of each key in the two; those that came are behind those that were."""
    return tuple(
        Change(scope=scope, name=name, what=what, before=old, after=new)
        for scope, name, what in dict.fromkeys((*before, *after))
        if (old := before.get((scope, name, what))) != (new := after.get((scope, name, what)))
    )


def _host(report: Report) -> dict[_Key, Value]:
    host = report.host
    place = None if host.in_container is None else "yes" if host.in_container else "no"
    return {
        ("", "instance type", ""): host.instance_type,
        ("", "instance family", ""): host.family,
        ("", "operating system", ""): host.os,
        ("", "kernel", ""): host.kernel,
        ("", "glibc", ""): host.glibc,
        ("", "in a container", ""): place,
        ("", "loaded driver", ""): report.devices.driver_version,
    }


def _devices(report: Report) -> dict[_Key, Value]:
    devices = report.devices
    return {
        ("", "chip", ""): devices.chip,
        ("", "devices", "expected"): devices.expected,
        ("", "devices", "on PCI"): devices.pci,
        ("", "devices", "in the driver"): devices.driver,
        ("", "devices", "in /dev"): devices.nodes,
    }


def _sdk(report: Report) -> dict[_Key, Value]:
    rows: dict[_Key, Value] = {}
    for summary in report.sdk:
        rows[summary.scope, "SDK", "releases"] = ", ".join(summary.releases) or None
        rows[summary.scope, "SDK", "match"] = summary.match
    return rows


def _packages(report: Report) -> dict[_Key, Value]:
    """Return the version of each component; all of them, where its sources differ."""
    versions: dict[_Key, dict[str, None]] = defaultdict(dict)
    for row in report.installed:
        versions[row.scope, row.name, ""][row.version] = None
    return {key: ", ".join(seen) for key, seen in versions.items()}


def _phases(before: Report, after: Report) -> Iterator[Change]:
    """Yield what has become of the life of each version that is in both."""
    then, now = _by_version(before), _by_version(after)
    for key in (key for key in then if key in now):
        scope, name, version = key
        old, new = _life(then[key]), _life(now[key])
        for what in old:
            if old[what] != new[what]:
                yield Change(scope=scope, name=f"{name} {version}", what=what, before=old[what], after=new[what])


def _by_version(report: Report) -> dict[tuple[str, str, str], ComponentRow]:
    return {(row.scope, row.name, row.version): row for row in report.installed}


def _life(row: ComponentRow) -> dict[str, Value]:
    end = row.end_of_support.isoformat() if row.end_of_support else None
    return {
        "phase": row.phase,
        "level": row.level,
        "end of support": end or (f"SDK {row.end_of_support_release}" if row.end_of_support_release else None),
    }


def _findings(before: Report, after: Report) -> Iterator[FindingChange]:
    """Yield what appeared and changed in the order to act, then what ended."""
    old = _by_identity(before.findings)
    for finding in after.findings:
        same = old[identity(finding)]
        was = same.pop(0) if same else None
        if was is None or _told(was) != _told(finding):
            yield FindingChange(before=was, after=finding)
    left = {id(finding) for findings in old.values() for finding in findings}
    for finding in before.findings:
        if id(finding) in left:
            yield FindingChange(before=finding, after=None)


def _by_identity(findings: Iterable[Finding]) -> defaultdict[Hashable, list[Finding]]:
    found: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[identity(finding)].append(finding)
    return found


def _told(finding: Finding) -> Hashable:
    """Return what makes a finding another one to act on; where it was seen, and a count in what was seen, do not."""
    return (
        finding.severity,
        finding.kind,
        finding.title,
        finding.expected,
        finding.remedy,
        finding.consequences,
        finding.silence,
    )


def _checks(report: Report) -> dict[_Key, Value]:
    return {("", status.check, ""): status.status for status in report.checks}


def _collectors(report: Report) -> dict[_Key, Value]:
    """Return what could be looked at: where it could not, what is said to be gone may be there."""
    looked = dict.fromkeys((("", name, "") for name in report.looked_at), "looked at")
    return {**looked, **{("", failure.collector, ""): failure.reason for failure in report.failures}}
