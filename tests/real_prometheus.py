"""A real Prometheus for tests, as Debian's package `prometheus` has it. All of it stays on the loopback address."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

RULES = Path(__file__).resolve().parents[1] / "deploy" / "prometheus"
PATIENCE = 60.0


def program(name: str) -> str:
    """Return where one of Debian's programs is, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"no {name} here: apt-get install prometheus prometheus-node-exporter")
    return path


def free_address() -> str:
    """Return an address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        host, port = probe.getsockname()
    return f"{host}:{port}"


def fetch(url: str) -> str:
    """Return what a server on this machine answers."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - always http://127.0.0.1
        text: str = answer.read().decode()
    return text


def wait_for(condition: Callable[[], Any], *, seconds: float = PATIENCE) -> float:
    """Wait until *condition* holds, and return how long that took."""
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        with suppress(OSError):  # it may not listen yet
            if condition():
                return time.monotonic() - start
        time.sleep(0.2)
    pytest.fail(f"it did not come true within {seconds:g} s")


@contextmanager
def running(*argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for as long as it is needed."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


class Prometheus:
    """One that runs."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/api/v1"

    def query(self, expression: str) -> list[Any]:
        """Return the series of *expression* now; fail where Prometheus warns or does not understand."""
        answer = json.loads(fetch(f"{self._url}/query?{urllib.parse.urlencode({'query': expression})}"))

        assert "success" == answer["status"]
        assert "warnings" not in answer
        result: list[Any] = answer["data"]["result"]
        return result

    def value(self, expression: str) -> float | None:
        """Return the value of *expression*, which has at most one series."""
        series = self.query(expression)

        assert len(series) <= 1
        return float(series[0]["value"][1]) if series else None

    def samples(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Return the values of the series *name*, by the values of *labels*."""
        return {
            tuple(one["metric"].get(label, "") for label in labels): float(one["value"][1]) for one in self.query(name)
        }

    def firing(self) -> dict[str, set[str]]:
        """Return the alerts that fire, with the hosts that they are about."""
        found: dict[str, set[str]] = {}
        for alert in json.loads(fetch(f"{self._url}/alerts"))["data"]["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], set()).add(alert["labels"].get("instance", ""))
        return found

    def rules(self) -> list[Any]:
        """Return the rules that are loaded, with how their last evaluation went."""
        groups = json.loads(fetch(f"{self._url}/rules"))["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


def write_quick_rules(folder: Path) -> None:
    """Write the rules that are shipped to *folder*, with alerts that need not wait."""
    shutil.copy(RULES / "recording.yml", folder)
    alerts = (RULES / "alerts.yml").read_text(encoding="utf-8")
    (folder / "alerts.yml").write_text(re.sub(r"\bfor: \w+", "for: 0s", alerts), encoding="utf-8")


@contextmanager
def prometheus(configuration: Mapping[str, Any], folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus with its files in *folder*, until the test is done."""
    binary = program("prometheus")
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(configuration)), encoding="utf-8")
    address = free_address()
    options = (f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}")
    with running(binary, f"--config.file={file}", *options):
        wait_for(lambda: fetch(f"http://{address}/-/ready"))
        yield Prometheus(address)
