"""
A real Prometheus and a real node_exporter read what the program says.

Debian has both, in the packages ``prometheus`` and ``prometheus-node-exporter``. All stays on the loopback address.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.real_prometheus import (
    Prometheus,
    fetch,
    free_address,
    program,
    prometheus,
    running,
    wait_for,
    write_quick_rules,
)

from neuron_collectors.captured import open_host
from neuron_collectors.device_status import collect_device_status
from neuron_collectors.facts import CoreStatus, DeviceStatus, Inventory
from neuron_collectors.inventory import COLLECTORS, run_collectors
from neuron_collectors.runs import CollectorRun
from neuron_validator.catalog import load_catalog
from neuron_validator.cli import main
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.exposition import Exposition, device_counters, metric_families
from neuron_validator.metrics.text import render_metrics
from neuron_validator.report import Report

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
HOSTS = ("trn1-driver-runtime-broken", "trn1-healthy", "trn2-healthy", "trn1-mixed-venv", "inf2-healthy", "unreadable")
DASHBOARD = json.loads((REPOSITORY / "deploy/grafana/neuron-validator.json").read_text(encoding="utf-8"))
QUERIES = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]

SILENT = {
    "Collectors without a fact",  # every collector works on every host here
    "Announced for a release",
}
"""Panels that may have nothing to show of these hosts."""


@cache
def judge(host: str) -> tuple[Report, Inventory, tuple[CollectorRun, ...]]:
    """Judge a sample host on the day of the catalog."""
    collectors = {**COLLECTORS, "device_status": collect_device_status}
    inventory, runs = run_collectors(open_host(REPOSITORY / "tests/hosts" / host), collectors=collectors)
    catalog = load_catalog()
    return diagnose(gather_evidence(inventory, catalog, catalog.date)), inventory, runs


def expose(host: str, faults: int) -> Exposition:
    """Return what the service exposes of a sample host; *faults* have been counted on its first device."""
    report, inventory, runs = judge(host)
    core = CoreStatus(index=0, status={"hw_error": faults, "unsupported_neff_version": faults})
    now = time.time()
    return Exposition(
        report=report,
        inventory=inventory,
        runs=tuple(replace(run, finished_at=now) for run in runs),
        judged_at=now,
        transitions={check.check: now for check in report.checks},
        counters=device_counters(Inventory(device_status=(DeviceStatus(index=0, cores=(core,)),))),
    )


class Scraped(BaseHTTPRequestHandler):
    """Serves each host below its name, in the format that is asked for; faults are counted as time goes on."""

    began = time.monotonic()
    formats: ClassVar[set[str]] = set()

    def do_GET(self) -> None:
        """Answer a scrape."""
        faults = int(time.monotonic() - self.began)
        body, content_type = render_metrics(
            metric_families(expose(self.path.strip("/"), faults)), accept=self.headers.get("Accept", "")
        )
        self.formats.add(content_type)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def configuration(port: int) -> dict[str, Any]:
    """Return a configuration with the shipped rules, whose alerts need not wait, and each host as one instance."""
    target = f"127.0.0.1:{port}"
    hosts = [{"targets": [target], "labels": {"instance": host, "__metrics_path__": f"/{host}"}} for host in HOSTS]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["recording.yml", "alerts.yml"],
        "scrape_configs": [{"job_name": "neuron-validator", "static_configs": hosts}],
    }


@pytest.fixture(scope="module", name="prometheus")
def run_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run Prometheus over the sample hosts until the test is done; it has scraped and evaluated for a while."""
    folder = tmp_path_factory.mktemp("prometheus")
    exporter = ThreadingHTTPServer(("127.0.0.1", 0), Scraped)
    threading.Thread(target=exporter.serve_forever, daemon=True).start()
    write_quick_rules(folder)
    try:
        with prometheus(configuration(exporter.server_port), folder) as one:
            wait_for(lambda: one.query("release:neuron_validator_hosts:count"))
            wait_for(lambda: one.query("changes(neuron_validator_report_timestamp_seconds[1m]) > 8"))
            yield one
    finally:
        exporter.shutdown()
        exporter.server_close()


def test_every_host_is_scraped(prometheus: Prometheus) -> None:
    """Prometheus takes OpenMetrics, which it asks for first, without a fault and without a series that comes twice."""
    assert dict.fromkeys(HOSTS, "1") == {
        one["metric"]["instance"]: one["value"][1] for one in prometheus.query('up{job="neuron-validator"}')
    }
    assert {"application/openmetrics-text"} == {one.partition(";")[0] for one in Scraped.formats}


def test_what_is_stored_is_what_was_exposed(prometheus: Prometheus) -> None:
    """Every series of a host is in Prometheus with its value, but for those that change with time."""
    text, _ = render_metrics(metric_families(expose(HOSTS[0], 0)))
    stored = {
        (one["metric"].pop("__name__"), frozenset(one["metric"].items())): float(one["value"][1])
        for one in prometheus.query(f'{{__name__=~"neuron_validator_.*", instance="{HOSTS[0]}"}}')
    }
    scraped = {"job": "neuron-validator", "instance": HOSTS[0]}
    exposed = {
        (
            s.name,
            frozenset({label: value for label, value in {**s.labels, **scraped}.items() if value}.items()),
        ): s.value
        for family in text_string_to_metric_families(text.decode())
        for s in family.samples
    }
    constant = {
        key for key in exposed if not re.search(r"_total$|collector_.*_seconds$|(report|transition).*_seconds$", key[0])
    }

    assert stored.keys() == exposed.keys()
    assert {key: exposed[key] for key in constant} == {key: stored[key] for key in constant}


def test_the_broken_host_is_alerted(prometheus: Prometheus) -> None:
    """It alone is incompatible; counters that rise are alerted on each host, and nothing is stuck or down."""
    wait_for(lambda: "NeuronHardwareErrors" in prometheus.firing())
    alerts = prometheus.firing()

    assert {"trn1-driver-runtime-broken"} == alerts["NeuronStackIncompatible"]
    assert {*HOSTS} == alerts["NeuronHardwareErrors"]
    assert not alerts.keys() & {"NeuronCollectorStuck", "NeuronAgentDown", "NeuronReadingsOld"}


@pytest.mark.parametrize(("title", "expression"), QUERIES, ids=[title for title, _ in QUERIES])
def test_panels_of_the_dashboard_show_something(prometheus: Prometheus, title: str, expression: str) -> None:
    """Each query of the dashboard is understood, and has an answer where these hosts give one."""
    filled = expression.replace("$job", ".+").replace("$instance", HOSTS[0]).replace("$__rate_interval", "30s")
    answer = prometheus.query(filled)

    assert answer or title in SILENT


def test_the_documented_join(prometheus: Prometheus) -> None:
    """The example in docs/metrics.md works: the distance with the version beside it."""
    page = (REPOSITORY / "docs/metrics.md").read_text(encoding="utf-8")
    example = re.findall(r"`(neuron_validator_component_releases_behind \*.*?)`", page, re.DOTALL)[0]
    answer = prometheus.query(example)

    assert {"2.26.5.0"} == {
        one["metric"]["version"]
        for one in answer
        if (one["metric"]["instance"], one["metric"]["component"]) == (HOSTS[0], "aws-neuronx-dkms")
    }


def test_node_exporter_hands_the_textfile_on(tmp_path: Path) -> None:
    """It reads the file without a fault, and every sample comes out as it went in."""
    binary = program("prometheus-node-exporter")
    path = tmp_path / "neuron-validator.prom"
    main(["metrics", "--root", str(REPOSITORY / "tests/hosts" / HOSTS[0]), "--textfile", str(path)])
    address = free_address()
    options = ("--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={tmp_path}")
    with running(binary, *options, f"--web.listen-address={address}"):
        wait_for(lambda: fetch(f"http://{address}/metrics"))
        answer = fetch(f"http://{address}/metrics")

    assert "node_textfile_scrape_error 0" in answer
    assert samples(path.read_text(encoding="utf-8")) == samples(answer)


def samples(text: str) -> dict[Any, float]:
    """Return our samples in *text*; a label without a value is as good as none."""
    return {
        (s.name, frozenset((label, value) for label, value in s.labels.items() if value)): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
        if s.name.startswith("neuron_validator_")
    }
