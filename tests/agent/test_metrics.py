"""Reports built by hand, and what Prometheus is told of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.reports import devices, finding, report, row, sdk

from neuron_collectors.facts import (
    CoreStatus,
    DeviceHealth,
    DeviceStatus,
    Inventory,
    NeuronDevice,
    NeuronLs,
    NeuronLsDevice,
    PciFunction,
    Unread,
)
from neuron_collectors.runs import CollectorRun
from neuron_validator.findings import Severity
from neuron_validator.metrics.build import parse_revision
from neuron_validator.metrics.exposition import Counters, Exposition, device_counters, metric_families
from neuron_validator.metrics.table import METRICS
from neuron_validator.metrics.text import render_metrics
from neuron_validator.report import CheckStatus

Sample = tuple[str, dict[str, str], float]

CONTRACT = {
    "up": "",
    "build_info": "version,revision,python_version",
    "host_info": "instance_type,family,os,kernel",
    "devices": "state",
    "device_info": "device,chip,pci_address",
    "component_info": "component,version,scope,source",
    "component_phase": "component,scope,phase",
    "component_end_of_support_timestamp_seconds": "component,scope",
    "component_end_of_support_announced": "component,scope,release",
    "component_level": "component,scope,level",
    "component_releases_behind": "component,scope",
    "sdk_release_info": "scope,release,match",
    "check_status": "check,status",
    "check_last_transition_timestamp_seconds": "check",
    "findings": "severity,category",
    "verdict": "verdict",
    "device_hardware_errors_total": "device,kind",
    "device_unsupported_neff_total": "device",
    "collector_success": "collector",
    "collector_duration_seconds": "collector",
    "collector_last_run_timestamp_seconds": "collector",
    "collector_stuck": "collector",
    "catalog_info": "latest_release",
    "catalog_timestamp_seconds": "",
    "report_timestamp_seconds": "",
    "silenced_checks": "",
    "textfile_written_timestamp_seconds": "",
}
"""Names without their prefix, and labels: what dashboards hold on to."""


def exposed(**fields: Any) -> Exposition:
    """Return an exposition of the report on a healthy host, changed by *fields*."""
    return Exposition(**{"report": report(), "inventory": Inventory(), **fields})


def samples(exposition: Exposition, name: str) -> list[tuple[dict[str, str], float]]:
    """Return the samples of metric *name*, without its prefix, as a scraper reads them."""
    text, _ = render_metrics(metric_families(exposition))
    families = text_string_to_metric_families(text.decode())
    found: Iterator[Sample] = ((s.name, s.labels, s.value) for family in families for s in family.samples)
    return [(labels, value) for full, labels, value in found if full == f"neuron_validator_{name}"]


def states(exposition: Exposition, name: str, label: str) -> dict[str, float]:
    """Return the samples of a set of states, by state."""
    return {labels[label]: value for labels, value in samples(exposition, name)}


def test_names_and_labels_are_those_promised() -> None:
    """Dashboards hold on to names and labels: this list grows and never changes."""
    prefix = "neuron_validator_"

    assert CONTRACT == {m.name.removeprefix(prefix): ",".join(m.labels) for m in METRICS}
    assert all(m.name.startswith(prefix) for m in METRICS)


def test_names_tell_the_type() -> None:
    """Only counters end in ``_total``, and every counter does."""
    assert [m.name for m in METRICS if m.type == "counter"] == [m.name for m in METRICS if m.name.endswith("_total")]


def test_every_metric_is_explained() -> None:
    """Each has one sentence, whose full stop the exporter writes, and names only labels that it has."""
    assert [] == [
        m.name for m in METRICS if not re.fullmatch(r"[A-Z].*[^.]", m.help) or not m.words.keys() <= {*m.labels}
    ]


def test_before_the_first_judgement() -> None:
    """The first answer is never empty, and says nothing of a host that nobody has judged."""
    text, _ = render_metrics(metric_families(exposed(report=None)))
    names = [family.name for family in text_string_to_metric_families(text.decode())]

    assert ["neuron_validator_up", "neuron_validator_build_info"] == names


def test_unknown_counts_have_no_sample() -> None:
    """A witness that could not be asked shows no number of devices, least of all 0."""
    exposition = exposed(report=report(devices=devices(16, None, 0, None)))

    assert {"expected": 16, "driver": 0} == states(exposition, "devices", "state")


def test_unknown_host_has_empty_labels() -> None:
    """A label without a value is, to Prometheus, no label."""
    unknown = report().host.__class__(
        instance_type=None, family=None, os=None, kernel="6.8.0", glibc=None, in_container=None
    )

    assert [({"instance_type": "", "family": "", "os": "", "kernel": "6.8.0"}, 1)] == samples(
        exposed(report=report(host=unknown)), "host_info"
    )


def test_phase_is_a_set_of_states() -> None:
    """One is 1 and the others are 0, so that an alert ends when a phase does."""
    exposition = exposed(report=report(components=(row(phase="maintenance"),)))

    assert {"beta": 0, "release-candidate": 0, "stable": 0, "maintenance": 1, "end-of-support": 0} == states(
        exposition, "component_phase", "phase"
    )


def test_unknown_phase_and_level_have_no_sample() -> None:
    """Nothing is told of a component of which the catalog says nothing."""
    exposition = exposed(report=report(components=(row(phase="unknown", level=None, releases_behind=None),)))

    assert [] == samples(exposition, "component_phase")
    assert [] == samples(exposition, "component_level")
    assert [] == samples(exposition, "component_releases_behind")


def test_end_of_support_is_a_point_in_time() -> None:
    """A day is in force from 00:00 UTC; 2027-03-01 is 1803859200 (``date -u -d 2027-03-01 +%s``)."""
    exposition = exposed(
        report=report(components=(row(end_of_support=date(2027, 3, 1), end_of_support_release="2.34"),))
    )

    assert [({"component": "aws-neuronx-dkms", "scope": "host"}, 1803859200)] == samples(
        exposition, "component_end_of_support_timestamp_seconds"
    )
    assert [] == samples(exposition, "component_end_of_support_announced")


def test_end_of_support_without_a_day_is_announced() -> None:
    """No date is made up for a release that is not out."""
    exposition = exposed(report=report(components=(row(end_of_support_release="2.34"),)))

    assert [] == samples(exposition, "component_end_of_support_timestamp_seconds")
    assert [({"component": "aws-neuronx-dkms", "scope": "host", "release": "2.34"}, 1)] == samples(
        exposition, "component_end_of_support_announced"
    )


def test_two_versions_of_a_component() -> None:
    """Both are told; phase and distance are of the first, which counts for the checks, too."""
    loaded = row(source="sys/module/neuron/version", phase="maintenance")
    package = row(source="dpkg: aws-neuronx-dkms 2.31.7.0", version="2.31.7.0", phase="stable", releases_behind=0)
    exposition = exposed(report=report(components=(loaded, package)))

    assert [("2.26.5.0", "sysfs"), ("2.31.7.0", "dpkg")] == [
        (labels["version"], labels["source"]) for labels, _ in samples(exposition, "component_info")
    ]
    assert 1 == states(exposition, "component_phase", "phase")["maintenance"]
    assert [5] == [value for _, value in samples(exposition, "component_releases_behind")]


def test_a_scope_has_one_release() -> None:
    """The newest that explains it, so that hosts can be counted by release; none is an empty label."""
    summaries = (sdk("range", "2.27.0", "2.27.1"), sdk("newer-than-catalog", scope="env:a"))

    assert [
        {"scope": "host", "release": "2.27.1", "match": "range"},
        {"scope": "env:a", "release": "", "match": "newer-than-catalog"},
    ] == [labels for labels, _ in samples(exposed(report=report(sdk=summaries)), "sdk_release_info")]


def test_check_status_is_a_set_of_states() -> None:
    """Every check has all states, a skipped one as well."""
    checks = (CheckStatus(check="catalog-old", status="pass"), CheckStatus(check="memory-low", status="skipped"))
    told = samples(exposed(report=report(checks=checks)), "check_status")

    assert 12 == len(told)
    assert [("catalog-old", "pass"), ("memory-low", "skipped")] == [
        (labels["check"], labels["status"]) for labels, value in told if value == 1
    ]


def test_transitions_are_of_checks_in_the_report() -> None:
    """A check that is no more, or was left out, has no transition."""
    checks = (CheckStatus(check="catalog-old", status="pass"), CheckStatus(check="memory-low", status="pass"))
    exposition = exposed(report=report(checks=checks), transitions={"catalog-old": 1.5, "gone": 2.5})

    assert [({"check": "catalog-old"}, 1.5)] == samples(exposition, "check_last_transition_timestamp_seconds")


def test_findings_are_counted_with_the_zeros() -> None:
    """No finding is known to be none: an alert on it ends."""
    found = (finding(), finding(category="os"), finding(severity=Severity.CRITICAL), finding(title="another"))
    told = samples(exposed(report=report(findings=found)), "findings")

    assert 48 == len(told)
    assert {("warning", "driver"): 2, ("warning", "os"): 1, ("critical", "driver"): 1} == {
        (labels["severity"], labels["category"]): value for labels, value in told if value
    }


def test_silenced_checks_are_counted() -> None:
    """A silenced check is a status like any other."""
    checks = (CheckStatus(check="catalog-old", status="silenced"), CheckStatus(check="memory-low", status="pass"))

    assert [({}, 1)] == samples(exposed(report=report(checks=checks)), "silenced_checks")


def test_collectors_tell_how_they_fared() -> None:
    """Success, duration, end and being stuck, by collector."""
    run = CollectorRun(
        collector="device_health", success=False, duration_seconds=5.25, finished_at=1763769600.5, stuck=True
    )
    exposition = exposed(report=None, runs=(run,))
    label = {"collector": "device_health"}

    assert [(label, 0)] == samples(exposition, "collector_success")
    assert [(label, 5.25)] == samples(exposition, "collector_duration_seconds")
    assert [(label, 1763769600.5)] == samples(exposition, "collector_last_run_timestamp_seconds")
    assert [(label, 1)] == samples(exposition, "collector_stuck")


def test_times_are_told_where_they_are_known() -> None:
    """The day of the catalog always, the times of judging and writing where somebody says them."""
    exposition = exposed(judged_at=10.5, written_at=11.5)

    assert [({}, 1794355200)] == samples(exposition, "catalog_timestamp_seconds")  # 2026-11-11
    assert [({}, 10.5)] == samples(exposition, "report_timestamp_seconds")
    assert [({}, 11.5)] == samples(exposition, "textfile_written_timestamp_seconds")
    assert [] == samples(exposed(), "report_timestamp_seconds")
    assert [] == samples(exposed(), "textfile_written_timestamp_seconds")


def test_devices_have_the_address_that_a_witness_tells() -> None:
    """Nothing in sysfs ties a device to its function; without neuron-ls or the log the label is empty."""
    inventory = Inventory(
        pci=(PciFunction(address="0000:00:1e.0"), PciFunction(address="0000:00:1f.0")),
        devices=(
            NeuronDevice(index=0, device_name="Trainium1", serial_number="00112233aabb0000"),
            NeuronDevice(index=1, device_name=Unread("permission")),
        ),
        neuron_ls=NeuronLs(form="json", devices=(NeuronLsDevice(index=0, bdf="00:1f.0"),)),
    )

    assert [
        {"device": "0", "chip": "Trainium1", "pci_address": "0000:00:1f.0"},
        {"device": "1", "chip": "", "pci_address": ""},
    ] == [labels for labels, _ in samples(exposed(inventory=inventory), "device_info")]


def test_no_identifier_is_told() -> None:
    """Serial numbers stay on the host."""
    inventory = Inventory(devices=(NeuronDevice(index=0, serial_number="00112233aabb0000"),))
    text, _ = render_metrics(metric_families(exposed(inventory=inventory)))

    assert b"00112233aabb0000" not in text


def test_counters_are_those_of_sysfs() -> None:
    """Counters of cores are summed; those of the firmware are as they are."""
    cores = tuple(
        CoreStatus(index=index, status={"hw_error": index + 1, "unsupported_neff_version": 1, "success": 7})
        for index in range(2)
    )
    inventory = Inventory(
        device_status=(DeviceStatus(index=3, cores=cores),),
        device_health=(DeviceHealth(index=3, mem_ecc_uncorrected=5, sram_ecc_corrected=Unread("EIO")),),
    )
    counters = device_counters(inventory)
    exposition = exposed(report=None, counters=counters)

    assert (
        Counters(hardware_errors={(3, "hw_error"): 3, (3, "mem_ecc_uncorrected"): 5}, unsupported_neffs={3: 2})
        == counters
    )
    assert [({"device": "3", "kind": "hw_error"}, 3), ({"device": "3", "kind": "mem_ecc_uncorrected"}, 5)] == samples(
        exposition, "device_hardware_errors_total"
    )
    assert [({"device": "3"}, 2)] == samples(exposition, "device_unsupported_neff_total")


@pytest.mark.parametrize(
    "second",
    [Unread("permission"), {"hw_error": Unread("EIO: Input/output error")}, {"hw_error": -1}],
    ids=["directory", "counter", "nonsense"],
)
def test_no_sum_is_partial(second: Any) -> None:
    """Where one core could not be read there is no sum: it would fall, and the next one jump."""
    cores = (CoreStatus(index=0, status={"hw_error": 4}), CoreStatus(index=1, status=second))

    assert Counters() == device_counters(Inventory(device_status=(DeviceStatus(index=0, cores=cores),)))


def test_a_counter_that_only_some_cores_have() -> None:
    """A core without it, as one that went away, adds nothing."""
    cores = (CoreStatus(index=0, status={"hw_error": 4}), CoreStatus(index=1, status=None))
    counters = device_counters(Inventory(device_status=(DeviceStatus(index=0, cores=cores),)))

    assert {(0, "hw_error"): 4} == counters.hardware_errors


def test_labels_are_one_line_of_text() -> None:
    """What a host says of itself may hold anything: a scrape read on a terminal moves no cursor."""
    odd = row(version='2.26\x1b[31m"\\\n\udcff')
    exposition = exposed(report=report(components=(odd,)))

    assert ['2.26?[31m"\\ ?'] == [labels["version"] for labels, _ in samples(exposition, "component_info")]


def test_formats_are_negotiated() -> None:
    """OpenMetrics where the scraper names it, else the text format."""
    plain, plain_type = render_metrics(metric_families(exposed()))
    modern, modern_type = render_metrics(
        metric_families(exposed()), accept="application/openmetrics-text;version=1.0.0"
    )

    assert plain_type.startswith("text/plain; version=0.0.4")
    assert modern_type.startswith("application/openmetrics-text; version=")
    assert b"# EOF\n" not in plain
    assert modern.endswith(b"# EOF\n")


@pytest.mark.parametrize(
    ("noted", "expected"),
    [
        ('{"url": "https://a/b.git", "vcs_info": {"vcs": "git", "commit_id": "0123abcd"}}', "0123abcd"),
        ('{"url": "file:///src", "dir_info": {"editable": true}}', ""),
        ('{"vcs_info": {"commit_id": 7}}', ""),
        ('{"vcs_info": []}', ""),
        ("[]", ""),
        ("{", ""),
        ("", ""),
    ],
)
def test_revision(noted: str, expected: str) -> None:
    """The commit is what pip noted, and nothing where it was no repository."""
    assert expected == parse_revision(noted)
