"""Whatever the report: its metrics render, parse back in both formats, and say what the report says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from neuron_collectors.facts import Inventory
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

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@st.composite
def expositions(draw: st.DrawFn) -> Exposition:
    """Draw what is exposed of any inventory, on any day since there is Neuron software."""
    inventory = draw(inventories())
    day = draw(st.dates(min_value=date(2020, 1, 1), max_value=date(2029, 12, 31)))
    return Exposition(
        report=diagnose(gather_evidence(inventory, CATALOG, day)),
        inventory=inventory,
        runs=tuple({run.collector: run for run in draw(st.lists(facts(CollectorRun), max_size=3))}.values()),
        judged_at=draw(st.none() | st.floats(min_value=0, max_value=2**40)),
        counters=device_counters(inventory),
    )


def scraped(exposition: Exposition) -> Series:
    """Return the series of the text format; fails where one comes twice."""
    text, _ = render_metrics(metric_families(exposition))
    found = [
        ((sample.name, frozenset(sample.labels.items())), sample.value)
        for family in parse_text(text.decode())
        for sample in family.samples
    ]

    assert len(found) == len(dict(found))
    return dict(found)


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


def key(name: str, labels: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    """Name a series."""
    return PREFIX + name, frozenset((label, to_line(value)) for label, value in labels.items())


@given(expositions())
@settings(deadline=None)
def test_metrics_say_what_the_report_says(exposition: Exposition) -> None:
    """Each value of the report is there, with the value that it has; of the states of one thing, one holds."""
    series = scraped(exposition)
    assert exposition.report is not None
    expected = {key(name, labels): value for name, labels, value in told(to_mapping(exposition.report))}

    assert expected == {one: series.get(one) for one in expected}
    assert len(exposition.report.checks) == sum(v for (name, _), v in series.items() if name == f"{PREFIX}check_status")
    assert len(exposition.report.findings) == sum(v for (name, _), v in series.items() if name == f"{PREFIX}findings")


@given(expositions())
@settings(deadline=None)
def test_both_formats_say_the_same(exposition: Exposition) -> None:
    """OpenMetrics parses strictly, and has the same samples in the same order."""
    plain, _ = render_metrics(metric_families(exposition))
    modern, _ = render_metrics(metric_families(exposition), accept=OPENMETRICS)
    series = [
        [(sample.name, sample.labels, sample.value) for family in parse(text.decode()) for sample in family.samples]
        for parse, text in ((parse_text, plain), (parse_openmetrics, modern))
    ]

    assert series[0] == series[1]


@given(expositions())
@settings(deadline=None)
def test_labels_are_those_of_the_table(exposition: Exposition) -> None:
    """Every series has the labels of its metric, and words where the table has words; no number is negative or NaN."""
    metrics = {metric.name: metric for metric in METRICS}
    for (name, labels), value in scraped(exposition).items():
        metric = metrics[name]
        assert {*metric.labels} == {label for label, _ in labels}
        assert [] == [word for label, word in labels if word not in metric.words.get(label, (word,))]
        assert value >= 0


@given(facts(Inventory))
def test_devices_have_a_bounded_number_of_counters(inventory: Inventory) -> None:
    """No driver can make a device cost more series than are budgeted."""
    errors = device_counters(inventory).hardware_errors

    assert all(len([one for one in errors if one[0] == index]) <= MOST_KINDS for index, _ in errors)
