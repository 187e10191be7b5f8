"""
A real Prometheus scrapes the server, over TLS and with a password.

Opt-in, for it takes two minutes and Debian's `prometheus`: `pytest -m slow tests/service/web/test_prometheus.py`.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from tests.real_prometheus import program, prometheus
from tests.service.web.conftest import Serve
from tests.web_clients import PASSWORD, PASSWORD_HASH, fetch, large_service

SECONDS = 120


@pytest.mark.slow
def test_prometheus_scrapes_over_tls_with_a_password(repository: Path, certificates: Path, tmp_path: Path) -> None:
    """In two minutes of a scrape each second none fails, and what Prometheus has is what is served."""
    (certificates / "web.yml").write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
        f"basic_auth_users: {{alice: {PASSWORD_HASH}}}\n",
        encoding="utf-8",
    )
    with large_service(repository, str(certificates / "web.yml")) as (_, port):
        scrape = {
            "job_name": "neuron",
            "scheme": "https",
            "tls_config": {"ca_file": str(certificates / "server.crt")},
            "basic_auth": {"username": "alice", "password": PASSWORD},
            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
        }
        every = {"scrape_interval": "1s", "scrape_timeout": "1s"}
        with prometheus({"global": every, "scrape_configs": [scrape]}, tmp_path) as one:
            time.sleep(SECONDS)
            scrapes = one.value(f"count_over_time(up[{SECONDS}s])")
            failures = one.value(f"count_over_time((up == 0)[{SECONDS}s:1s])")
            devices = one.value('neuron_validator_devices{state="driver"}')
            chips = one.value("count(neuron_validator_device_info)")

    assert failures is None
    assert scrapes is not None
    assert 0.9 * SECONDS < scrapes
    assert (16.0, 16.0) == (devices, chips)


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=1.0.0"])
def test_promtool_has_nothing_to_complain_of(serve: Serve, accept: str) -> None:
    """`promtool check metrics` finds the text format clean, and does not choke on OpenMetrics."""
    promtool = program("promtool")
    [address] = serve().addresses
    _, body = fetch(address, headers={"Accept": accept})

    run = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, check=False, timeout=30)

    assert (0, b"", b"") == (run.returncode, run.stdout, run.stderr)
