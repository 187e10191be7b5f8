"""`serve` as users and systemd start it: a process of its own, asked over HTTP, ended by signals."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from tests.served import Served

from neuron_collectors.facts import Inventory, PythonEnvironment
from neuron_validator.catalog import load_catalog
from neuron_validator.cli import main
from neuron_validator.cli.serve import read_settings
from neuron_validator.service.judge import Judge
from neuron_validator.service.settings import Settings

HOST = "tests/hosts/trn1-driver-runtime-broken"


@pytest.fixture
def served(repository: Path, tmp_path: Path) -> Iterator[Served]:
    """Serve the sample host, with what systemd sets; the socket of notifications is ``notify``."""
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "STATE_DIRECTORY": str(tmp_path / "state")}
    options = ("--root", str(repository / HOST), "--catalog", str(tmp_path / "catalog"), "--inventory-api")
    (tmp_path / "catalog").mkdir()
    with Served(*options, environ=environ, log=tmp_path / "log") as service:
        yield service


def diagnosed(repository: Path, capsys: pytest.CaptureFixture[str], *options: str) -> object:
    """Return the report of `diagnose` as JSON."""
    main(["diagnose", "--root", str(repository / HOST), "--format", "json", *options])
    report: object = json.loads(capsys.readouterr().out)
    return report


def test_answers_what_diagnose_says(served: Served, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Once it is ready the report is that of `diagnose` on the same host, and the metrics say the same verdict.
    """
    served.wait_for("msg=ready")
    today = datetime.now(timezone.utc).date().isoformat()

    assert diagnosed(repository, capsys, "--as-of", today) == json.loads(served.ask("/api/v1/report"))
    assert 'neuron_validator_verdict{verdict="fail"} 1.0' in served.ask("/metrics")
    assert "1.0" == json.loads(served.ask("/api/v1/inventory"))["snapshot_version"]
    assert "neuron-validator is ready\n" == served.ask("/-/ready")
    assert "neuron-validator is healthy\n" == served.ask("/-/healthy")


def test_terminate(served: Served, tmp_path: Path) -> None:
    """
    SIGTERM ends it within two seconds, with its state saved and 0 as exit code.
    """
    served.wait_for("msg=ready")
    code, seconds = served.end()

    assert 0 == code
    assert seconds < 2
    assert {"state.json", "history.jsonl", "report.json", "redaction.key"} == {
        path.name for path in (tmp_path / "state").iterdir()
    }


def test_interrupt(served: Served) -> None:
    """
    Ctrl-C ends it like any other command.
    """
    served.wait_for("msg=ready")

    assert 130 == served.end(signal.SIGINT)[0]


def test_hang_up(served: Served, tmp_path: Path) -> None:
    """
    SIGHUP reads the catalog anew; an overlay that is garbage is told of, and what was in force stays.
    """
    served.wait_for("msg=ready")
    served.process.send_signal(signal.SIGHUP)
    served.wait_for("msg=reloaded")
    (tmp_path / "catalog/releases.jsonl").write_text("garbage\n", encoding="utf-8")
    served.process.send_signal(signal.SIGHUP)

    assert "releases.jsonl" in served.wait_for("not reloaded: what was in force stays.*")
    assert "fail" == json.loads(served.ask("/api/v1/report"))["verdict"]


def test_configuration(repository: Path, tmp_path: Path) -> None:
    """Silences and flags come from the configuration, at the start and on SIGHUP; a bad one leaves the old in force."""
    silence = 'check = "driver-runtime-incompatible"\nreason = "until the next image"\nuntil = 2099-12-31\n'
    config = tmp_path / "config.toml"
    config.write_text(f'[serve]\n"log.format" = "json"\n\n[[silence]]\n{silence}', encoding="utf-8")
    service = Served("--root", str(repository / HOST), "--config", str(config), environ={}, log=tmp_path / "log")
    try:
        service.wait_for('"msg": ?"ready"')
        silenced = json.loads(service.ask("/api/v1/report"))
        config.write_text("[serve]\nlookahed = 3\n", encoding="utf-8")
        service.process.send_signal(signal.SIGHUP)
        refused = service.wait_for("not reloaded.*")
        config.write_text("", encoding="utf-8")
        service.process.send_signal(signal.SIGHUP)
        service.wait_for("reloaded\\W")
        told = service.wait_for("driver-runtime-incompatible.*")
        counted = json.loads(service.ask("/api/v1/report"))
    finally:
        service.end()

    assert "did you mean 'lookahead'" in refused
    assert told.endswith("before=silenced after=critical")
    assert ("pass", "fail") == (silenced["verdict"], counted["verdict"])


def test_notifies(repository: Path, tmp_path: Path) -> None:
    """
    Tell systemd when it is ready, in one line how things are, that it lives, and that it stops.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(20)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        service = Served("--root", str(repository / HOST), environ=environ, log=tmp_path / "log")
        messages = [sock.recv(4096).decode() for _ in range(5)]
        service.end()
        while messages[-1] != "STOPPING=1":
            messages.append(sock.recv(4096).decode())

    ready = next(message for message in messages if message.startswith("READY=1"))
    assert re.fullmatch(r"READY=1\nSTATUS=1 critical; SDK 2\.30\.0; \d\d:\d\d UTC", ready)
    assert 2 <= messages.count("WATCHDOG=1")


def test_port_in_use(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An address that is taken is an I/O error that names it.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        argv = [sys.executable, "-m", "neuron_validator", "serve", "--root", str(repository / HOST)]
        done = subprocess.run(
            [*argv, "--web.listen-address", address], capture_output=True, text=True, timeout=20, check=False
        )

    assert 74 == done.returncode
    assert address in done.stderr
    assert 1 == len(done.stderr.splitlines())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--web.listen-address", "nonsense"), 78),
        (("--web.config.file", "/nowhere.yml"), 78),
        (("--root", "/nowhere"), 66),
        (("--log.level", "loud"), 64),
    ],
)
def test_mistakes(options: tuple[str, ...], code: int) -> None:
    """
    What is wrong with the command line or a file is said in one line, before anything is served.
    """
    argv = [sys.executable, "-m", "neuron_validator", "serve", "--web.listen-address", "127.0.0.1:0", *options]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)

    assert code == done.returncode
    assert 1 == len(done.stderr.splitlines())


def test_garbage_overlay(tmp_path: Path) -> None:
    """
    A catalog that is garbage at the start is a mistake of the configuration.
    """
    (tmp_path / "releases.jsonl").write_text("garbage\n", encoding="utf-8")
    argv = [sys.executable, "-m", "neuron_validator", "serve", "--catalog", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)

    assert 78 == done.returncode
    assert "releases.jsonl" in done.stderr


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Flags fill the settings; systemd's directory is the state's unless one is given.
    """
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)

    assert Settings() == read_settings([])

    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")

    assert "/var/lib/a" == read_settings([]).state_directory
    assert "/b" == read_settings(["--state-directory", "/b"]).state_directory
    assert ("[::1]:1", "0.0.0.0:2") == read_settings(
        ["--web.listen-address", "[::1]:1", "--web.listen-address", "0.0.0.0:2"]
    ).listen


@pytest.mark.parametrize(("arguments", "severity"), [((), "info"), (("--production",), "warning")])
def test_production(arguments: tuple[str, ...], severity: str) -> None:
    """What is beta on a host that people rely on is a warning of the service, too."""
    environment = PythonEnvironment(path="/opt/jax", packages={"jax-neuronx": "0.10.0.1.0.11459"})
    settings = read_settings(arguments)
    judge = Judge(load_catalog(), lookahead=settings.lookahead, production=settings.production)
    report = judge.report(Inventory(python_environments=(environment,)), date(2026, 11, 21))

    assert [severity] == [finding.severity.word for finding in report.findings if finding.id == "beta-in-use"]
