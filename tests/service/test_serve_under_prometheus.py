"""
A real Prometheus watches the real service for two minutes, while the host breaks and is mended.

Opt-in, for it takes two minutes and Debian's package `prometheus`: `pytest -m slow`. All stays on the loopback address.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.real_prometheus import RULES, Prometheus, prometheus, wait_for, write_quick_rules
from tests.served import Served
from tests.web_clients import PASSWORD, PASSWORD_HASH, basic, fetch, make_certificate, trusting

pytestmark = pytest.mark.slow

SECONDS = 120
PATIENCE = 60.0
DEVICES = "sys/devices/virtual/neuron_device"
COUNTER = f"{DEVICES}/neuron0/stats/hardware/mem_ecc_uncorrected"
OLD_TORCH = "torch_neuronx-2.7.0.2.9.9357+08e1f40d.dist-info"
WEB_CONFIG = f"""\
tls_server_config: {{cert_file: server.crt, key_file: server.key}}
basic_auth_users: {{alice: {PASSWORD_HASH}}}
"""


@pytest.fixture
def tree(repository: Path, tmp_path: Path) -> Path:
    """Return a copy of a host on which nothing is wrong, whose device counts faults too."""
    root = shutil.copytree(repository / "tests/hosts/trn1-driver-runtime-fixed", tmp_path / "host", symlinks=True)
    (root / COUNTER).parent.mkdir(parents=True)
    (root / COUNTER).write_text("0\n", encoding="ascii")
    return root


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """Return a folder with the service's web configuration, its certificate, and the one that comes after it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    folder = tmp_path / "web"
    folder.mkdir()
    for name in ("server", "next"):
        make_certificate(folder, name)
    (folder / "web.yml").write_text(WEB_CONFIG, encoding="utf-8")
    both = [(folder / f"{name}.crt").read_text(encoding="ascii") for name in ("server", "next")]
    (folder / "trusted.crt").write_text("".join(both), encoding="ascii")
    return folder


def configuration(web: Path, port: int) -> dict[str, Any]:
    """Return a configuration that scrapes the service each second and has the rules that are shipped."""
    job = {
        "job_name": "neuron-validator",
        "scheme": "https",
        "tls_config": {"ca_file": str(web / "trusted.crt")},
        "basic_auth": {"username": "alice", "password": PASSWORD},
        "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
    }
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    return {"global": every, "rule_files": ["recording.yml", "alerts.yml"], "scrape_configs": [job]}


def told(tree: Path) -> dict[str, Any]:
    """Return what `diagnose` says of the host today, as far as there are metrics of it."""
    today = datetime.now(timezone.utc).date().isoformat()
    argv = [sys.executable, "-m", "neuron_validator", "diagnose", "--root", str(tree), "--format", "json"]
    done = subprocess.run([*argv, "--as-of", today], capture_output=True, text=True, check=False, timeout=60)
    report = json.loads(done.stdout)
    rows = [*report["foundations"], *report["components"]]
    first = {(row["name"], row["scope"]): row for row in reversed(rows)}
    return {
        "verdict": {(report["verdict"],)},
        "checks": {(one["check"], one["status"]) for one in report["checks"]},
        "devices": {
            ("node" if k == "nodes" else k, report["devices"][k]) for k in ("expected", "pci", "driver", "nodes")
        },
        "host": {tuple(report["host"][name] for name in ("instance_type", "family", "os", "kernel"))},
        "components": {(row["name"], row["version"], row["scope"]) for row in rows},
        "phases": {(*key, row["phase"]) for key, row in first.items() if row["phase"] != "unknown"},
        "behind": {(*key, row["releases_behind"]) for key, row in first.items() if row["releases_behind"] is not None},
        "ends": {(*key, midnight(row["end_of_support"])) for key, row in first.items() if row["end_of_support"]},
        "sdk": {(one["scope"], one["releases"][-1] if one["releases"] else "", one["match"]) for one in report["sdk"]},
        "findings": {
            (*key, count) for key, count in Counter((f["severity"], f["category"]) for f in report["findings"]).items()
        },
    }


def midnight(day: str) -> float:
    """Return when *day* begins, in seconds since the epoch."""
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()


def stored(one: Prometheus) -> dict[str, Any]:
    """Return the same from what Prometheus has now."""

    def keys(name: str, *labels: str) -> set[tuple[str, ...]]:
        return set(one.samples(f"neuron_validator_{name}", *labels))

    def values(name: str, *labels: str) -> set[tuple[Any, ...]]:
        return {(*key, value) for key, value in one.samples(f"neuron_validator_{name}", *labels).items()}

    return {
        "verdict": keys("verdict == 1", "verdict"),
        "checks": keys("check_status == 1", "check", "status"),
        "devices": values("devices", "state"),
        "host": keys("host_info", "instance_type", "family", "os", "kernel"),
        "components": keys("component_info", "component", "version", "scope"),
        "phases": keys("component_phase == 1", "component", "scope", "phase"),
        "behind": values("component_releases_behind", "component", "scope"),
        "ends": values("component_end_of_support_timestamp_seconds", "component", "scope"),
        "sdk": keys("sdk_release_info", "scope", "release", "match"),
        "findings": values("findings > 0", "severity", "category"),
    }


def assert_equals_diagnose(one: Prometheus, tree: Path) -> None:
    """Hold what Prometheus has to what `diagnose` says, once the service has read all that was changed."""
    expected = told(tree)
    end = time.monotonic() + 30
    while stored(one) != expected and time.monotonic() < end:
        time.sleep(0.5)

    assert expected == stored(one)


@contextmanager
def old_and_faulty(tree: Path) -> Iterator[None]:
    """Take a driver that the runtime does not work with, a PyTorch without support, and a device with a fault."""
    status = tree / "var/lib/dpkg/status"
    text = status.read_text(encoding="utf-8")
    replace(status, text.replace("Version: 2.28.0.0\n", "Version: 2.26.5.0\n"))
    replace(tree / "sys/module/neuron/version", "2.26.5.0\n")
    (torch,) = tree.glob("opt/*/lib/python*/site-packages/torch_neuronx-*.dist-info")
    old = torch.rename(torch.with_name(OLD_TORCH))
    (tree / COUNTER).write_text("3\n", encoding="ascii")
    yield
    (tree / COUNTER).write_text("0\n", encoding="ascii")
    old.rename(torch)
    replace(status, text)
    replace(tree / "sys/module/neuron/version", "2.28.0.0\n")


@contextmanager
def no_device(tree: Path) -> Iterator[None]:
    """Take the device from the driver."""
    (tree / "sys/class/neuron_device/neuron0").unlink()
    yield
    (tree / "sys/class/neuron_device/neuron0").symlink_to("../../devices/virtual/neuron_device/neuron0")


@contextmanager
def no_host(tree: Path) -> Iterator[None]:
    """Take the whole tree away."""
    gone = tree.rename(tree.with_name("gone"))
    yield
    gone.rename(tree)


def replace(path: Path, text: str) -> None:
    """Replace a file as dpkg does, so that its folder changes too."""
    new = path.with_name(f"{path.name}-new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


Break = Callable[[Path], Any]
BREAKS: tuple[tuple[Break, set[str], set[str]], ...] = (
    (
        old_and_faulty,
        {"NeuronStackIncompatible", "NeuronSupportEnded", "NeuronHardwareFault"},
        {"NeuronHardwareErrors"},
    ),
    (no_device, {"NeuronDevicesMissing"}, set()),
    (no_host, {"NeuronCollectorFailing", "NeuronNoVerdict"}, set()),
)
"""What happens to the host, the alerts that fire and clear, and those that fire for a quarter of an hour."""


def until(one: Prometheus, hold: Callable[[set[str]], bool]) -> float:
    """Wait until *hold* holds of the alerts that fire, and return how long that took."""
    start = time.monotonic()
    while not hold(firing := {*one.firing()}):
        assert time.monotonic() - start < PATIENCE, f"only {firing} fire"
        time.sleep(0.2)
    return time.monotonic() - start


def break_and_mend(one: Prometheus, tree: Path, happen: Break, alerts: set[str], lasting: set[str]) -> str:
    """Break the host until *alerts* fire and mend it until they have cleared; return how long that took."""
    assert not alerts & one.firing().keys()
    with happen(tree):
        fired = until(one, lambda firing: alerts | lasting <= firing)
        if tree.exists():
            assert_equals_diagnose(one, tree)
    cleared = until(one, lambda firing: not alerts & firing)
    assert_equals_diagnose(one, tree)
    return f"{happen.__name__}: {', '.join(sorted(alerts | lasting))} after {fired:.0f} s, mended after {cleared:.0f} s"


def test_a_host_breaks_and_is_mended(tree: Path, web: Path, tmp_path: Path) -> None:
    """
    Alerts fire and clear as the host breaks and is mended, and at each time Prometheus has what `diagnose` says.

    Over TLS and with a password no scrape fails in two minutes, in which the certificate is replaced too.
    """
    write_quick_rules(tmp_path)
    options = ("--root", str(tree), "--state-directory", str(tmp_path / "state"))
    with Served(*options, "--web.config.file", str(web / "web.yml"), log=tmp_path / "log") as service:
        service.wait_for("msg=ready")
        with prometheus(configuration(web, service.address[1]), tmp_path) as one:
            wait_for(lambda: one.value("up") == 1)
            begun = time.monotonic()
            wait_for(lambda: {"ok"} == {rule["health"] for rule in one.rules()})
            loaded = {rule["name"] for rule in one.rules()}
            assert_equals_diagnose(one, tree)
            quiet = one.firing()
            told_of = [break_and_mend(one, tree, *case) for case in BREAKS]
            replace_certificate(web)
            fetched = fetch(
                service.address, headers={"Authorization": basic("alice", PASSWORD)}, tls=trusting(web / "next.crt")
            )
            time.sleep(max(0.0, begun + SECONDS - time.monotonic()))
            failures = one.value(f"count_over_time((up == 0)[{SECONDS}s:1s])")
            scrapes = one.value(f"count_over_time(up[{SECONDS}s])")
            slowest = one.value(f"max_over_time(scrape_duration_seconds[{SECONDS}s])")
            service.end()
            wait_for(lambda: "NeuronAgentDown" in one.firing())
    print(*told_of, f"{scrapes} scrapes, the slowest {slowest} s", sep="\n")  # noqa: T201 - the result, with -s

    assert loaded == {rule.get("alert") or rule["record"] for rule in shipped()}
    assert not quiet.keys() & {
        alert for _, alerts, lasting in BREAKS for alert in alerts | lasting | {"NeuronAgentDown"}
    }
    assert None is failures
    assert scrapes is not None
    assert 0.9 * SECONDS < scrapes
    assert 200 == fetched[0].status


def replace_certificate(web: Path) -> None:
    """Put the next certificate and its key in place of those that are in use."""
    for suffix in ("crt", "key"):
        shutil.copy(web / f"next.{suffix}", web / f"new.{suffix}")
        (web / f"new.{suffix}").rename(web / f"server.{suffix}")


def shipped() -> Iterator[dict[str, Any]]:
    """Yield the rules that are shipped."""
    for name in ("recording.yml", "alerts.yml"):
        for group in yaml.safe_load((RULES / name).read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]
