"""
A real Prometheus watches five hundred hosts for two minutes, and answers what is asked of a fleet.

Opt-in, for it takes two minutes, 2 GB of memory and Debian's package `prometheus`: `pytest -m slow`. All stays on the
loopback address.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.real_prometheus import RULES, Prometheus, prometheus, wait_for

pytestmark = pytest.mark.slow

HOSTS = 500
SECONDS = 120
EVERY = 15
PROMPT = 1.0
ASKED = 5


@contextmanager
def simulated_fleet(repository: Path) -> Iterator[list[int]]:
    """Run the hosts in a process of their own; yields the port of each."""
    command = [sys.executable, "-m", "tests.simulated_fleet", str(HOSTS)]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ports: list[int] = json.loads(process.stdout.readline())
            yield ports
        finally:
            process.communicate(timeout=10)


def configuration(ports: list[int]) -> dict[str, Any]:
    """Return a configuration with the rules as they are shipped."""
    hosts = [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
    every = {"scrape_interval": f"{EVERY}s", "evaluation_interval": f"{EVERY}s"}
    job = {"job_name": "neuron-validator", "static_configs": hosts}
    return {"global": every, "rule_files": ["recording.yml", "alerts.yml"], "scrape_configs": [job]}


def queries(one: Prometheus, repository: Path, port: int) -> Iterator[tuple[str, str]]:
    """Yield a name and a query for each rule, as it is evaluated, and for each panel of the dashboard, of one host."""
    for rule in one.rules():
        yield " ".join((rule["name"], *rule.get("labels", {}).values())), rule["query"]
    dashboard = json.loads((repository / "deploy/grafana/neuron-validator.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            asked = target["expr"].replace("$job", ".+").replace("$instance", f"127.0.0.1:{port}")
            asked = asked.replace("$__rate_interval", "60s")
            yield f"panel {panel['title']}", asked


def seconds(one: Prometheus, query: str) -> float:
    """Return how long the answer to *query* takes: the best of some, for the machine has other things to do."""
    times = []
    for _ in range(ASKED):
        start = time.perf_counter()
        one.query(query)
        times.append(time.perf_counter() - start)
    return min(times)


def test_five_hundred_hosts(repository: Path, tmp_path: Path) -> None:
    """No scrape fails in two minutes, and each rule and each panel of the fleet is answered in under a second."""
    for name in ("recording.yml", "alerts.yml"):
        shutil.copy(RULES / name, tmp_path)
    with simulated_fleet(repository) as ports, prometheus(configuration(ports), tmp_path) as one:
        wait_for(lambda: one.value("count(up == 1)") == HOSTS)
        time.sleep(SECONDS)
        failures = one.query(f"count_over_time((up == 0)[{SECONDS}s:{EVERY}s])")
        scrapes = one.value(f"sum(count_over_time(up[{SECONDS}s]))")
        series = one.value('count({__name__=~"neuron_validator_.*"})')
        slowest = one.value(f"max(max_over_time(scrape_duration_seconds[{SECONDS}s]))")
        evaluated = {(rule["name"], rule["query"]): (rule["health"], rule["evaluationTime"]) for rule in one.rules()}
        taken = {name: seconds(one, query) for name, query in queries(one, repository, ports[0])}
        releases = one.query("release:neuron_validator_hosts:count")
        verdicts = one.value("sum(verdict:neuron_validator_hosts:count)")

    figures = sorted(taken.items(), key=lambda item: -item[1])
    told = [f"{1000 * answer:7.1f} ms asked {name}" for name, answer in figures]
    told += [f"{1000 * took:7.1f} ms evaluated {name}" for (name, _), (_, took) in evaluated.items()]
    print(f"{scrapes:.0f} scrapes of {HOSTS} hosts, {series:.0f} series, slowest {slowest} s", *told, sep="\n")  # noqa: T201 - the result, with -s

    assert [] == failures
    assert scrapes is not None
    assert scrapes >= HOSTS * (SECONDS // EVERY - 1)
    assert HOSTS == verdicts
    assert 20 < len(releases)
    assert {"ok"} == {health for health, _ in evaluated.values()}
    assert [] == [(name, took) for name, took in figures if took >= PROMPT]
