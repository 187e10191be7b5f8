"""
A real Prometheus scrapes the server, over TLS and with a password.

Opt-in, for it takes two minutes and Debian's `prometheus`: `pytest -m slow tests/service/web/test_prometheus.py`.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.service.web.conftest import Serve
from tests.web_clients import PASSWORD, PASSWORD_HASH, Address, fetch, large_service

SECONDS = 120

SCRAPE = f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: neuron
    scheme: https
    tls_config: {{ca_file: %(directory)s/server.crt}}
    basic_auth: {{username: alice, password: {PASSWORD}}}
    static_configs: [{{targets: ["127.0.0.1:%(port)d"]}}]
"""


def program(name: str) -> str:
    """Return where one of Debian's programs is, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name} on the path")
    return path


@contextmanager
def prometheus(configuration: Path, storage: Path) -> Iterator[Address]:
    """Run Prometheus on a free port until the test is done."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    command = [
        *(program("prometheus"), f"--config.file={configuration}", f"--storage.tsdb.path={storage}"),
        *(f"--web.listen-address={address[0]}:{address[1]}", "--log.level=warn"),
    ]
    with subprocess.Popen(command) as process:
        try:
            yield address
        finally:
            process.terminate()


def query(address: Address, expression: str) -> list[tuple[Mapping[str, str], float]]:
    """Return labels and value of each series of *expression*."""
    _, body = fetch(address, "/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
    answer: Any = json.loads(body)
    return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]


@pytest.mark.slow
def test_prometheus_scrapes_over_tls_with_a_password(repository: Path, certificates: Path, tmp_path: Path) -> None:
    """In two minutes of a scrape each second none fails, and what Prometheus has is what is served."""
    (certificates / "web.yml").write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
        f"basic_auth_users: {{alice: {PASSWORD_HASH}}}\n",
        encoding="utf-8",
    )
    configuration = tmp_path / "prometheus.yml"
    with large_service(repository, str(certificates / "web.yml")) as (_, port):
        configuration.write_text(SCRAPE % {"directory": certificates, "port": port}, encoding="utf-8")
        with prometheus(configuration, tmp_path / "data") as address:
            time.sleep(SECONDS)
            scrapes = query(address, f"count_over_time(up[{SECONDS}s])")
            failures = query(address, f"count_over_time((up == 0)[{SECONDS}s:1s])")
            devices = query(address, 'neuron_validator_devices{state="driver"}')
            chips = query(address, "count(neuron_validator_device_info)")

    assert [] == failures
    assert 0.9 * SECONDS < scrapes[0][1]
    assert [16.0] == [value for _, value in devices]
    assert [16.0] == [value for _, value in chips]


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=1.0.0"])
def test_promtool_has_nothing_to_complain_of(serve: Serve, accept: str) -> None:
    """`promtool check metrics` finds the text format clean, and does not choke on OpenMetrics."""
    promtool = program("promtool")
    [address] = serve().addresses
    _, body = fetch(address, headers={"Accept": accept})

    run = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False, timeout=30)

    assert (0, b"", b"") == (run.returncode, run.stdout, run.stderr)
