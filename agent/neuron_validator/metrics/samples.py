"""
The samples of each metric, from what is exposed.

What is not known has no sample: never 0, -1 or NaN in its place. A sample is the values of the metric's labels, in
their order, and a number.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from neuron_collectors.facts import value_or_none
from neuron_collectors.facts.device_witnesses import join_witnesses
from neuron_collectors.runs import CollectorRun

from ..report import ComponentRow, Report
from ..silences import counted
from .build import PYTHON_VERSION, VERSION, revision
from .exposed import Exposition
from .states import CATEGORIES, CHECK_STATES, LEVELS, PHASES, SEVERITIES, VERDICTS

Sample = tuple[tuple[str, ...], float]


def up(_: Exposition) -> Iterator[Sample]:
    """Yield 1: whoever answers is running."""
    yield (), 1


def build_info(_: Exposition) -> Iterator[Sample]:
    """Yield what this program is."""
    yield (VERSION, revision(), PYTHON_VERSION), 1


def host_info(exposition: Exposition) -> Iterator[Sample]:
    """Yield what the host is; a label without a value is not known."""
    if exposition.report is not None:
        host = exposition.report.host
        yield (host.instance_type or "", host.family or "", host.os or "", host.kernel or ""), 1


def devices(exposition: Exposition) -> Iterator[Sample]:
    """Yield how many devices each witness shows."""
    if exposition.report is not None:
        seen = exposition.report.devices
        counts = {"expected": seen.expected, "pci": seen.pci, "driver": seen.driver, "node": seen.nodes}
        yield from (((state,), count) for state, count in counts.items() if count is not None)


def device_info(exposition: Exposition) -> Iterator[Sample]:
    """Yield the devices that have a number of the driver's, with their address where a witness ties it to them."""
    registered = {one.index: one for one in value_or_none(exposition.inventory.devices) or ()}
    for witness in join_witnesses(exposition.inventory).devices:
        index = value_or_none(witness.index)
        if index is not None:
            device = registered.get(index)
            chip = value_or_none(device.device_name) if device is not None else None
            yield (str(index), chip or "", value_or_none(witness.pci) or ""), 1


def component_info(exposition: Exposition) -> Iterator[Sample]:
    """Yield every component with every version that is there of it."""
    for row in exposition.report.installed if exposition.report is not None else ():
        yield (row.name, row.version, row.scope, source_kind(row)), 1


_SOURCES = {
    "sys/module/neuron/version": "sysfs",
    "module file of the running kernel": "module-file",
    "/etc/os-release": "os-release",
}
_PACKAGE_SOURCES = ("dpkg", "rpm", "package database")


def source_kind(row: ComponentRow) -> str:
    """Name the kind of source that *row* was seen in; its path is for the report, where it makes no series."""
    if row.source in _SOURCES:
        return _SOURCES[row.source]
    manager = row.source.partition(":")[0]
    if manager in _PACKAGE_SOURCES:
        return manager
    return "environment" if row.scope.startswith("env:") else "library"


def component_phase(exposition: Exposition) -> Iterator[Sample]:
    """Yield the phase of every component that has one."""
    for row in _counting(exposition.report):
        if row.phase in PHASES:
            yield from _states((row.name, row.scope), row.phase, PHASES)


def component_end_of_support(exposition: Exposition) -> Iterator[Sample]:
    """Yield the days on which support ends or has ended, from 00:00 UTC."""
    for row in _counting(exposition.report):
        if row.end_of_support is not None:
            yield (row.name, row.scope), _seconds(row.end_of_support)


def component_end_of_support_announced(exposition: Exposition) -> Iterator[Sample]:
    """Yield the ends of support that are announced for a release, and have no day yet."""
    for row in _counting(exposition.report):
        if row.end_of_support is None and row.end_of_support_release is not None:
            yield (row.name, row.scope, row.end_of_support_release), 1


def component_level(exposition: Exposition) -> Iterator[Sample]:
    """Yield the level of every component that has one."""
    for row in _counting(exposition.report):
        if row.level is not None:
            yield from _states((row.name, row.scope), row.level, LEVELS)


def component_releases_behind(exposition: Exposition) -> Iterator[Sample]:
    """Yield how far behind every component of a known release is."""
    for row in _counting(exposition.report):
        if row.releases_behind is not None:
            yield (row.name, row.scope), row.releases_behind


def sdk_release_info(exposition: Exposition) -> Iterator[Sample]:
    """Yield the newest release that explains each scope, so that a scope counts once."""
    for summary in exposition.report.sdk if exposition.report is not None else ():
        yield (summary.scope, summary.releases[-1] if summary.releases else "", summary.match), 1


def check_status(exposition: Exposition) -> Iterator[Sample]:
    """Yield the status of every check: the worst over all scopes."""
    for check in exposition.report.checks if exposition.report is not None else ():
        yield from _states((check.check,), check.status, CHECK_STATES)


def check_last_transition(exposition: Exposition) -> Iterator[Sample]:
    """Yield when the status of each check last changed, of those that are known to have changed."""
    for check in exposition.report.checks if exposition.report is not None else ():
        if check.check in exposition.transitions:
            yield (check.check,), exposition.transitions[check.check]


def findings(exposition: Exposition) -> Iterator[Sample]:
    """Yield how many findings there are, with the zeros: that there is none is known, too."""
    if exposition.report is not None:
        found = Counter(
            (finding.severity.word, str(finding.category)) for finding in counted(exposition.report.findings)
        )
        yield from (((severity, name), found[severity, name]) for severity in SEVERITIES for name in CATEGORIES)


def verdict(exposition: Exposition) -> Iterator[Sample]:
    """Yield the verdict."""
    if exposition.report is not None:
        yield from _states((), exposition.report.verdict, VERDICTS)


def silenced_checks(exposition: Exposition) -> Iterator[Sample]:
    """Yield how many checks are silenced."""
    if exposition.report is not None:
        yield (), sum(check.status == "silenced" for check in exposition.report.checks)


def device_hardware_errors(exposition: Exposition) -> Iterator[Sample]:
    """Yield the error counters that could be read."""
    errors = exposition.counters.hardware_errors
    yield from (((str(device), kind), count) for (device, kind), count in errors.items())


def device_unsupported_neff(exposition: Exposition) -> Iterator[Sample]:
    """Yield the counters of refused models that could be read."""
    yield from (((str(device),), count) for device, count in exposition.counters.unsupported_neffs.items())


def collector_success(exposition: Exposition) -> Iterator[Sample]:
    """Yield whether each collector came back with a fact."""
    yield from ((_label(run), int(run.success)) for run in exposition.runs)


def collector_duration(exposition: Exposition) -> Iterator[Sample]:
    """Yield how long each collector took."""
    yield from ((_label(run), run.duration_seconds) for run in exposition.runs)


def collector_last_run(exposition: Exposition) -> Iterator[Sample]:
    """Yield when each collector ended."""
    yield from ((_label(run), run.finished_at) for run in exposition.runs)


def collector_stuck(exposition: Exposition) -> Iterator[Sample]:
    """Yield whether each collector is stuck."""
    yield from ((_label(run), int(run.stuck)) for run in exposition.runs)


def catalog_info(exposition: Exposition) -> Iterator[Sample]:
    """Yield the newest release that the catalog knows."""
    if exposition.report is not None:
        yield (exposition.report.catalog_release,), 1


def catalog_timestamp(exposition: Exposition) -> Iterator[Sample]:
    """Yield the day of the catalog, from 00:00 UTC."""
    if exposition.report is not None and exposition.report.catalog_date is not None:
        yield (), _seconds(exposition.report.catalog_date)


def report_timestamp(exposition: Exposition) -> Iterator[Sample]:
    """Yield when the host was last judged."""
    if exposition.judged_at is not None:
        yield (), exposition.judged_at


def textfile_written(exposition: Exposition) -> Iterator[Sample]:
    """Yield when the file was written, in a file."""
    if exposition.written_at is not None:
        yield (), exposition.written_at


def _counting(report: Report | None) -> Iterable[ComponentRow]:
    """Return the row that counts of each component in a scope: the first, as for the checks."""
    rows: dict[tuple[str, str], ComponentRow] = {}
    for row in report.installed if report is not None else ():
        rows.setdefault((row.name, row.scope), row)
    return rows.values()


def _states(labels: tuple[str, ...], state: str, states: tuple[str, ...]) -> Iterator[Sample]:
    """Yield a sample for each of *states*: 1 for the one that holds, 0 for the others."""
    yield from (((*labels, one), int(one == state)) for one in states)


def _label(run: CollectorRun) -> tuple[str]:
    return (run.collector,)


def _seconds(day: dt.date) -> float:
    """Return the beginning of *day* in UTC, in seconds since the epoch."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone.utc).timestamp()
