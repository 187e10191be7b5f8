"""
What changed on the host, as a pure difference of two reports: packages, driver, kernel, phases, findings, verdict.

A `Standing` is what of a report is compared, and small enough to be kept. What a report cannot tell of because it could
not be looked at has not gone: it is carried over from the standing before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from neuron_collectors.facts.frozen import dataclass

from ..findings import Finding
from ..report import ComponentRow, Report

ChangeKind = Literal["kernel", "driver", "package", "phase", "finding", "verdict"]
KINDS: tuple[ChangeKind, ...] = ("kernel", "driver", "package", "phase", "finding", "verdict")
"""In the order of cause and effect."""

MOST_CHANGES = 1000
"""How many changes are kept: the newest."""

_SEPARATOR = "|"
_BAD = "fail"
_DRIVER = "driver"
_ENVIRONMENT = "env:"
_SOURCES_OF_SYSTEM = ("driver", "runtime library", "operating system packages")
_SOURCES_OF_ENVIRONMENTS = ("Python environments",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What of a report the history compares. Keys are ``scope|name``, of findings ``check|rule|scope|components``."""

    kernel: str | None = None
    drivers: Mapping[str, str]
    """Versions by key, e.g. ``{"host|aws-neuronx-dkms": "2.26.5.0"}``; several where sources differ."""
    packages: Mapping[str, str]
    phases: Mapping[str, str]
    findings: Mapping[str, str]
    """Severity by key."""
    checks: Mapping[str, str]
    """The state of every check by its id."""
    verdict: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that is not as it was."""

    at: float
    """When it was noticed, in seconds since the epoch."""
    kind: ChangeKind
    subject: str
    """What it is about: a package, a check, ``kernel`` or ``verdict``."""
    scope: str | None = None
    before: str | None
    """`None` when it was not there."""
    after: str | None
    """`None` when it is gone."""


def standing_of(report: Report, before: Standing | None = None) -> Standing:
    """Return what the history compares of *report*; what it could not look at is as in *before*."""
    drivers = _versions(row for row in report.components if row.component_class == _DRIVER)
    packages = _versions(row for row in report.components if row.component_class != _DRIVER)
    phases = {_key(row): row.phase for row in report.components if row.phase != "unknown"}
    findings = {_identity(finding): _weight(finding) for finding in report.findings}
    checks = {status.check: status.status for status in report.checks}
    if before is None:
        before = Standing(drivers={}, packages={}, phases={}, findings={}, checks={}, verdict="unknown")
    unseen = _unseen_scopes(report)
    return Standing(
        kernel=report.host.kernel or before.kernel,
        drivers={**_of_scopes(before.drivers, unseen), **drivers},
        packages={**_of_scopes(before.packages, unseen), **packages},
        phases={**_of_scopes(before.phases, unseen), **phases},
        findings={**_of_skipped(before.findings, checks), **findings},
        checks=checks,
        verdict=report.verdict,
    )


def changes_between(before: Standing, after: Standing, *, at: float) -> tuple[Change, ...]:
    """Return what is different in *after*, noticed at *at*: causes first."""
    return tuple(_changes(before, after, at))


def _changes(before: Standing, after: Standing, at: float) -> Iterator[Change]:
    if before.kernel != after.kernel and before.kernel is not None:
        yield Change(at=at, kind="kernel", subject="kernel", before=before.kernel, after=after.kernel)
    yield from _component_changes("driver", before.drivers, after.drivers, at)
    yield from _component_changes("package", before.packages, after.packages, at)
    known = {key: phase for key, phase in before.phases.items() if key in after.phases}
    yield from _component_changes("phase", known, {key: after.phases[key] for key in known}, at)
    for key in sorted(before.findings.keys() | after.findings.keys()):
        was, now = before.findings.get(key), after.findings.get(key)
        if was != now:
            check, _, rest = key.split(_SEPARATOR, 2)
            scope = rest.rpartition(_SEPARATOR)[0]
            yield Change(at=at, kind="finding", subject=check, scope=scope, before=was, after=now)
    if before.verdict != after.verdict:
        yield Change(at=at, kind="verdict", subject="verdict", before=before.verdict, after=after.verdict)


def _component_changes(
    kind: ChangeKind, before: Mapping[str, str], after: Mapping[str, str], at: float
) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was != now:
            scope, _, name = key.rpartition(_SEPARATOR)  # the name of an environment may hold anything
            yield Change(at=at, kind=kind, subject=name, scope=scope, before=was, after=now)


def _versions(rows: Iterator[ComponentRow]) -> dict[str, str]:
    """Return the versions of each component, in the order of the sources that count."""
    versions: dict[str, list[str]] = {}
    for row in rows:
        seen = versions.setdefault(_key(row), [])
        if row.version not in seen:
            seen.append(row.version)
    return {key: ", ".join(seen) for key, seen in versions.items()}


def _key(row: ComponentRow) -> str:
    return f"{row.scope}{_SEPARATOR}{row.name}"


def _identity(finding: Finding) -> str:
    """Return what makes it the same finding in the next report: check, rule, scope and components."""
    rule = finding.rule.id if finding.rule else ""
    return _SEPARATOR.join((finding.id, rule, finding.scope, ",".join(finding.components)))


def _weight(finding: Finding) -> str:
    """Return its severity; ``silenced`` where it does not count."""
    return finding.severity.word if finding.silence is None else "silenced"


def _unseen_scopes(report: Report) -> tuple[bool, bool]:
    """Tell of the system and of the environments whether something there could not be looked at."""
    seen = set(report.looked_at)
    return not seen.issuperset(_SOURCES_OF_SYSTEM), not seen.issuperset(_SOURCES_OF_ENVIRONMENTS)


def _of_scopes(entries: Mapping[str, str], unseen: tuple[bool, bool]) -> dict[str, str]:
    """Return the *entries* of the scopes that could not be looked at."""
    system, environments = unseen
    return {key: value for key, value in entries.items() if (environments if key.startswith(_ENVIRONMENT) else system)}


def _of_skipped(findings: Mapping[str, str], checks: Mapping[str, str]) -> dict[str, str]:
    """Return the *findings* whose checks could not run this time."""
    return {
        key: severity for key, severity in findings.items() if checks.get(key.partition(_SEPARATOR)[0]) == "skipped"
    }


def last_worked(changes: Sequence[Change]) -> int | None:
    """
    Return the position in *changes*, oldest first, of the first one since the host last worked.

    It begins the judgement in which the verdict last turned bad, ``fail``, from one that was not; `None` when the
    verdict is not bad, or never was anything else.
    """
    verdicts = [(index, change) for index, change in enumerate(changes) if change.kind == "verdict"]
    if not verdicts or verdicts[-1][1].after != _BAD:
        return None
    at = verdicts[-1][1].at
    return next(index for index, change in enumerate(changes) if change.at == at)
