"""Whatever the report: its metrics render, parse back in both formats, and say what the report says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from neuron_collectors.facts import Inventory
from neuron_collectors.inventory import COLLECTORS
from neuron_collectors.runs import CollectorRun
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.counters import MOST_KINDS
from neuron_validator.metrics.exposition import Exposition, device_counters, metric_families
from neuron_validator.metrics.table import METRICS
from neuron_validator.metrics.text import render_metrics
from neuron_validator.renderers.json import to_mapping
from neuron_validator.renderers.text import to_line

from .strategies import facts, inventories

CATALOG = load_catalog()
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PREFIX = "neuron_validator_"

SeriesName = tuple[str, frozenset[tuple[str, str]]]


seconds = st.floats(min_value=0, max_value=2**40)
runs = st.builds(
    CollectorRun,
    collector=st.sampled_from(sorted(COLLECTORS)),
    success=st.booleans(),
    duration_seconds=seconds,
    finished_at=seconds,
    stuck=st.booleans(),
)


@st.composite
def expositions(draw: st.DrawFn) -> Exposition:
    """Draw what is exposed of any inventory, on any day since there is Neuron software."""
    inventory = draw(inventories())
    day = draw(st.dates(min_value=date(2020, 1, 1), max_value=date(2029, 12, 31)))
    return Exposition(
        report=diagnose(gather_evidence(inventory, CATALOG, day)),
        inventory=inventory,
        runs=tuple({run.collector: run for run in draw(st.lists(runs, max_size=3))}.values()),
        judged_at=draw(st.none() | seconds),
        counters=device_counters(inventory),
    )


def scrape(exposition: Exposition, accept: str) -> list[tuple[SeriesName, float]]:
    """Return the samples of a format as its parser reads them."""
    text, _ = render_metrics(metric_families(exposition), accept=accept)
    parse = parse_openmetrics if accept else parse_text
    return [
        ((sample.name, frozenset(sample.labels.items())), sample.value)
        for family in parse(text.decode())
        for sample in family.samples
    ]


def total(samples: list[tuple[SeriesName, float]], name: str) -> float:
    """Add up the samples of metric *name*."""
    return sum(value for (full, _), value in samples if full == PREFIX + name)


def is_in_table(name: str, labels: frozenset[tuple[str, str]]) -> bool:
    """Tell whether a series is one that the table allows."""
    metric = next(metric for metric in METRICS if metric.name == name)
    words = all(value in metric.words.get(label, (value,)) for label, value in labels)
    return words and {*metric.labels} == {label for label, _ in labels}


def told(report: Any) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Yield what the JSON document *report* says, as metrics."""
    yield "verdict", {"verdict": report["verdict"]}, 1
    yield "catalog_info", {"latest_release": report["catalog"]["latest_release"]}, 1
    for state, key in {"expected": "expected", "pci": "pci", "driver": "driver", "node": "nodes"}.items():
        if report["devices"][key] is not None:
            yield "devices", {"state": state}, report["devices"][key]
    for check in report["checks"]:
        yield "check_status", {"check": check["check"], "status": check["status"]}, 1
    for found in report["findings"]:
        labels = {"severity": found["severity"], "category": found["category"]}
        alike = [one for one in report["findings"] if {key: one[key] for key in labels} == labels]
        yield "findings", labels, len(alike)
    for summary in report["sdk"]:
        release = (summary["releases"] or [""])[-1]
        yield "sdk_release_info", {"scope": summary["scope"], "release": release, "match": summary["match"]}, 1
    yield from told_of_components(report["components"])


def told_of_components(rows: list[Any]) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Yield what the first row of each component and scope says."""
    for row in reversed({(row["name"], row["scope"]): row for row in reversed(rows)}.values()):
        labels = {"component": row["name"], "scope": row["scope"]}
        if row["phase"] != "unknown":
            yield "component_phase", {**labels, "phase": row["phase"]}, 1
        if row["level"] is not None:
            yield "component_level", {**labels, "level": row["level"]}, 1
        if row["releases_behind"] is not None:
            yield "component_releases_behind", labels, row["releases_behind"]
        if row["end_of_support"] is not None:
            day = datetime.fromisoformat(row["end_of_support"]).replace(tzinfo=timezone.utc)
            yield "component_end_of_support_timestamp_seconds", labels, day.timestamp()
        elif row["end_of_support_release"] is not None:
            release = row["end_of_support_release"]
            yield "component_end_of_support_announced", {**labels, "release": release}, 1


def key(name: str, labels: Mapping[str, str]) -> SeriesName:
    """Name a series."""
    return PREFIX + name, frozenset((label, to_line(value)) for label, value in labels.items())


@given(expositions())
def test_metrics_say_what_the_report_says(exposition: Exposition) -> None:
    """
    Each value of the report is there, with the value that it has; of the states of one thing, one holds.

    Labels are those of the table, and its words where it has words. OpenMetrics, which parses strictly, says the same.
    """
    plain, modern = (scrape(exposition, accept) for accept in ("", OPENMETRICS))
    series = dict(plain)
    assert exposition.report is not None
    expected = {key(name, labels): value for name, labels, value in told(to_mapping(exposition.report))}

    assert expected == {one: series.get(one) for one in expected}
    assert len(exposition.report.checks) == total(plain, "check_status")
    assert len(exposition.report.findings) == total(plain, "findings")
    assert plain == modern
    assert len(plain) == len(series)
    assert [] == [one for one in series if not is_in_table(*one)]
    assert [] == [one for one, value in plain if not value >= 0]


@given(facts(Inventory))
def test_devices_have_a_bounded_number_of_counters(inventory: Inventory) -> None:
    """No driver can make a device cost more series than are budgeted."""
    errors = device_counters(inventory).hardware_errors

    assert all(len([one for one in errors if one[0] == index]) <= MOST_KINDS for index, _ in errors)
