"""The agent as a whole, over captured trees that change while it looks, on a clock that is moved by hand."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from tests.collectors.conftest import AnotherUser
from tests.collectors.sysfs_devices import CLASS

from neuron_collectors.captured import open_host
from neuron_collectors.facts import Inventory, Unread
from neuron_collectors.host import Host
from neuron_collectors.inventory import take_inventory
from neuron_collectors.recorded_facts import with_recorded_facts
from neuron_validator.catalog import Catalog, CatalogError, load_catalog
from neuron_validator.cli import main
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.exposition import Exposition
from neuron_validator.renderers.json import render
from neuron_validator.report import Report
from neuron_validator.service.agent import Agent
from neuron_validator.service.clock import Clock
from neuron_validator.service.collecting import SERVICE_COLLECTORS
from neuron_validator.service.log import Log, Stream
from neuron_validator.service.notify import Notifier
from neuron_validator.service.schedule import CATALOG as CATALOG_JOB
from neuron_validator.service.settings import Settings, SettingsError
from neuron_validator.service.web.application import Application
from neuron_validator.service.web.live_configuration import LiveConfiguration
from neuron_validator.service.web.publication import Board, Publication

START = datetime(2026, 11, 21, 12, tzinfo=timezone.utc).timestamp()
DAY = 86_400.0
CATALOG = load_catalog()


class RecordingNotifier(Notifier):
    """Keeps what systemd would be told."""

    def __init__(self) -> None:
        super().__init__({}, process=0)
        self.sent: list[Mapping[str, str]] = []

    def _send(self, state: Mapping[str, str]) -> None:
        self.sent.append(state)


@dataclass
class Service:
    """An agent with everything around it."""

    root: Path
    state: Path | None = None
    collectors: Mapping[str, Callable[[Host], Any]] = field(default_factory=lambda: SERVICE_COLLECTORS)
    catalog: Callable[[Settings], Catalog] = lambda _: CATALOG
    now: float = 1000.0
    wall: float = START
    patience: float = 20.0
    """Real seconds for which a collector is waited for."""
    published: list[Exposition] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)

    def __post_init__(self) -> None:
        """Make the agent."""
        self.settings = Settings(root=str(self.root), state_directory=None if self.state is None else str(self.state))
        self.new_settings: Settings | Exception = self.settings
        self.agent = Agent(
            self.settings,
            read_settings=self.read_settings,
            read_catalog=self.read_catalog,
            reload_web=lambda: None,
            publish=self.published.append,
            log=Log(Stream(file=self.log, journal=True), level="debug", monotonic=lambda: self.now),
            notifier=self.notifier,
            collectors=self.collectors,
            clock=Clock(monotonic=lambda: self.now, wall=lambda: self.wall),
        )

    def read_catalog(self, settings: Settings) -> Catalog:
        """Return the catalog as it is now."""
        return self.catalog(settings)

    def read_settings(self) -> Settings:
        """Return what a reload reads."""
        if isinstance(self.new_settings, Exception):
            raise self.new_settings
        return self.new_settings

    def begin(self) -> Service:
        """Start, and do all that is due at first."""
        self.agent.begin()
        self.settle()
        return self

    def settle(self) -> None:
        """Turn until nothing is on its way but what is stuck."""
        self.agent.turn()
        end = time.monotonic() + self.patience
        while not self.agent.idle and time.monotonic() < end:
            self.agent.waker.sleep(0.02)
            self.agent.turn()

    def wait(self, seconds: float) -> None:
        """Let *seconds* pass on both clocks, with all the turns in between."""
        end = self.now + seconds
        while self.now < end:
            step = min(max(self.agent.next_turn() - self.now, 0.05), end - self.now)
            self.now += step
            self.wall += step
            self.settle()

    @property
    def exposition(self) -> Exposition:
        """What is shown now."""
        return self.published[-1]

    @property
    def report(self) -> Report:
        """The report that is shown now."""
        assert self.exposition.report is not None
        return self.exposition.report


@pytest.fixture
def tree(tmp_path: Path, repository: Path) -> Path:
    """Return a copy of a healthy host that may be changed."""
    shutil.copytree(repository / "tests/hosts/trn1-healthy", tmp_path / "host", symlinks=True)
    return tmp_path / "host"


def finding_ids(report: Report) -> set[str]:
    return {finding.id for finding in report.findings}


HOSTS = Path(__file__).parents[1] / "hosts"
SCENARIOS = sorted(path.name for path in HOSTS.iterdir() if path.is_dir())


def test_there_are_sample_hosts() -> None:
    """
    The tests of every sample host test some.
    """
    assert {"trn1-healthy", "trn1-driver-runtime-broken", "no-neuron", "unreadable"} < {*SCENARIOS}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_report_as_diagnose(capsys: pytest.CaptureFixture[str], scenario: str) -> None:
    """
    What is served at /api/v1/report is what `diagnose --format json` prints of the same host on the same day.
    """
    service = Service(root=HOSTS / scenario).begin()
    main(["diagnose", "--root", str(HOSTS / scenario), "--format", "json", "--as-of", "2026-11-21"])
    printed = capsys.readouterr().out

    assert printed == served(service, "/api/v1/report")
    assert service.report.verdict == json.loads(printed)["verdict"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_engine_as_diagnose(scenario: str) -> None:
    """
    For the same inventory, gathered by and by or at once, the service has the report that the engine makes.
    """
    service = Service(root=HOSTS / scenario).begin()
    host = open_host(HOSTS / scenario)
    once = with_recorded_facts(host, take_inventory(host, collectors=SERVICE_COLLECTORS))

    for inventory in (service.exposition.inventory, once):
        assert diagnose(gather_evidence(inventory, CATALOG, date(2026, 11, 21))) == service.report


def served(service: Service, path: str) -> str:
    """Return what a client of the service gets."""
    web = Application(
        Board(Publication(exposition=service.exposition)),
        configuration=LiveConfiguration(None),
        telemetry_path="/metrics",
        inventory=False,
        healthy=service.agent.healthy,
    )
    statuses = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
    body = b"".join(web(environ, lambda status, _: statuses.append(status)))  # type: ignore[arg-type]

    assert ["200 OK"] == statuses
    return body.decode()


def test_ready_after_the_first_judgement(tree: Path) -> None:
    """
    There is something to show from the start; systemd hears that the service is up once it has judged.
    """
    service = Service(root=tree)
    service.agent.begin()

    assert [None] == [one.report for one in service.published]
    assert [] == service.notifier.sent

    service.settle()

    assert "warn" == service.report.verdict
    assert [{"READY": "1", "STATUS": "1 warning; SDK 2.28.1; 12:00 UTC"}] == service.notifier.sent


def test_unchanged_facts_confirm_the_report(tree: Path) -> None:
    """
    What is read again and is the same makes no new report, but a newer time.
    """
    service = Service(root=tree).begin()
    first = service.report
    service.wait(59.0)

    assert first is service.report
    assert service.exposition.judged_at is not None
    assert START + 30 < service.exposition.judged_at <= service.wall
    assert {True} == {run.success for run in service.exposition.runs}


def test_a_change_is_judged(tree: Path) -> None:
    """
    A device node that goes is found within 15 seconds, logged once, and cleared when it is back.
    """
    service = Service(root=tree).begin()
    description = (tree / ".host.json").read_text(encoding="utf-8")
    shutil.rmtree(tree / CLASS)
    (tree / CLASS).mkdir()
    service.wait(20.0)

    assert "fail" == service.report.verdict
    assert 1 == sum("after=fail" in line for line in service.log.getvalue().splitlines())
    assert service.exposition.transitions["devices-missing"] > START
    assert description


def test_tree_that_vanishes_and_returns(tree: Path) -> None:
    """
    A host that is gone leaves nothing to judge by and no alarm; once it is back, all is as before.
    """
    service = Service(root=tree).begin()
    first = service.report
    tree.rename(tree.with_name("gone"))
    service.wait(700.0)

    assert {"pci", "driver", "devices"} <= {failure.collector for failure in service.report.failures}
    assert "unknown" == service.report.verdict
    assert not finding_ids(service.report) & {"devices-missing", "driver-not-loaded", "device-nodes-missing"}

    tree.with_name("gone").rename(tree)
    service.wait(20.0)

    assert first.findings == service.report.findings
    assert "warn" == service.report.verdict


def test_fifo_in_place_of_a_file(tree: Path) -> None:
    """
    A FIFO where a file of sysfs should be is not waited for.
    """
    version = tree / "sys/module/neuron/version"
    version.unlink()
    os.mkfifo(version)
    start = time.monotonic()
    service = Service(root=tree).begin()

    assert time.monotonic() - start < 5
    driver = service.exposition.inventory.driver
    assert driver is not None
    assert not isinstance(driver, Unread)
    assert Unread("not a regular file: fifo") == driver.version


def test_a_device_that_goes_while_it_is_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A file whose device goes away between open and read, which the kernel answers with ENODEV, costs only itself.
    """
    read = os.read

    def going(descriptor: int, size: int) -> bytes:
        if str(Path(f"/proc/self/fd/{descriptor}").readlink()).endswith("sys/module/neuron/version"):
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", going)
    service = Service(root=tree).begin()
    driver = service.exposition.inventory.driver

    assert driver is not None
    assert not isinstance(driver, Unread)
    assert Unread("ENODEV: No such device") == driver.version
    assert () == service.report.failures


def test_a_collector_that_raises(tree: Path) -> None:
    """
    A bug in one collector costs its fact, is logged with its traceback, and the service goes on.
    """

    def broken(_: Host) -> None:
        raise ZeroDivisionError("division by zero")

    service = Service(root=tree, collectors={**SERVICE_COLLECTORS, "efa": broken}).begin()

    assert ["bug: ZeroDivisionError: division by zero"] == [one.reason for one in service.report.failures]
    assert "warn" == service.report.verdict
    assert 1 == service.log.getvalue().count("Traceback")
    assert {"efa"} == {run.collector for run in service.exposition.runs if not run.success}


def test_a_stuck_collector(tree: Path) -> None:
    """
    A collector that does not answer is marked stuck, delays neither the others nor the watchdog, and comes back.
    """
    gate = threading.Event()
    healthy = SERVICE_COLLECTORS["device_health"]

    def stuck(host: Host) -> Any:
        gate.wait()
        return healthy(host)

    service = Service(root=tree, collectors={**SERVICE_COLLECTORS, "device_health": stuck}, patience=0.05)
    service.agent.begin()
    service.agent.turn()
    end = time.monotonic() + 10
    while len(service.agent._collecting.runs()) < len(SERVICE_COLLECTORS) - 1 and time.monotonic() < end:
        service.now += 0.1
        service.agent.turn()
        time.sleep(0.005)
    service.wait(10.0)

    assert {"device_health"} == {run.collector for run in service.exposition.runs if run.stuck}
    assert ["no answer within 5 s"] == [failure.reason for failure in service.report.failures]
    assert "READY" in service.notifier.sent[0]

    service.wait(60.0)
    others = {run.finished_at for run in service.exposition.runs if run.collector == "pci"}
    assert min(others) > service.wall - 20

    gate.set()
    end = time.monotonic() + 10
    while service.agent._collecting._runner.running and time.monotonic() < end:
        time.sleep(0.01)
        service.settle()
    service.wait(200.0)

    assert () == service.report.failures
    assert set() == {run.collector for run in service.exposition.runs if run.stuck}


@pytest.mark.parametrize("jump", [-400 * DAY, 400 * DAY])
def test_clock_jumps(tree: Path, jump: float) -> None:
    """
    When the clock is set, collectors keep to their periods, and the new day is judged by.
    """
    service = Service(root=tree).begin()
    runs = len(service.published)
    service.wall += jump
    service.wait(60.0)

    assert 3 <= len(service.published) - runs <= 30
    assert service.report.as_of == datetime.fromtimestamp(service.wall, timezone.utc).date()

    service.wall -= jump
    service.wait(60.0)

    assert date(2026, 11, 21) == service.report.as_of
    assert "warn" == service.report.verdict


def test_a_clock_before_the_first_release(tree: Path) -> None:
    """
    Before the clock is set there is nothing to judge by; once it is, there is.
    """
    service = Service(root=tree, wall=0.0).begin()

    assert None is service.exposition.report
    assert [] == service.notifier.sent

    service.wall = START
    service.wait(30.0)

    assert "warn" == service.report.verdict
    assert "READY" in service.notifier.sent[0]


def test_a_new_day_is_judged(tree: Path) -> None:
    """
    Phases begin by the day, so every day is judged, though nothing changed on the host.
    """
    service = Service(root=tree, wall=START + 12 * 3600 - 20).begin()
    service.wait(40.0)

    assert date(2026, 11, 22) == service.report.as_of


def test_reload(tree: Path) -> None:
    """
    SIGHUP reads settings and catalog anew, tells systemd, and judges again.
    """
    service = Service(root=tree).begin()
    service.new_settings = replace(service.settings, log_level="error", listen=("[::1]:1",))
    service.catalog = lambda _: replace(CATALOG, releases=CATALOG.releases[:-1])
    service.agent.reload()
    service.settle()

    assert {"RELOADING": "1", "MONOTONIC_USEC": "1000000000"} == service.notifier.sent[1]
    assert "1" == service.notifier.sent[2]["READY"]
    assert CATALOG.releases[-2].release == service.report.catalog_release
    assert 'msg="changed, but not before a restart" settings=listen' in service.log.getvalue()


@pytest.mark.parametrize("broken", ["settings", "catalog"])
def test_a_bad_reload_keeps_the_old(tree: Path, broken: str) -> None:
    """
    A configuration or an overlay that is no good is told of, and what was in force stays.
    """
    service = Service(root=tree).begin()
    first = service.report

    def garbage(_: Settings) -> Catalog:
        raise CatalogError("overlay.jsonl:1: not JSON")

    if broken == "settings":
        service.new_settings = SettingsError("config.toml: serve.lookahead: not a duration")
    else:
        service.catalog = garbage
    service.agent.reload()
    service.settle()

    assert first == service.report
    assert "not reloaded: what was in force stays" in service.log.getvalue()
    assert "1" == service.notifier.sent[2]["READY"]


def test_garbage_overlay(tree: Path, tmp_path: Path) -> None:
    """
    An overlay that becomes garbage keeps the old catalog in force when it is read again, a day later.
    """
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    service = Service(root=tree, catalog=lambda _: load_catalog(overlays=[overlay])).begin()
    (overlay / "releases.jsonl").write_text("garbage\n", encoding="utf-8")
    service.agent._collecting._schedule.hasten([CATALOG_JOB], service.now)
    service.wait(20.0)

    assert "the catalog was not read anew: the old one stays" in service.log.getvalue()
    assert "warn" == service.report.verdict


def test_restart_serves_the_last_report(tree: Path, tmp_path: Path) -> None:
    """
    After a restart the last report is shown with its time until there is a new one, and transitions keep theirs.
    """
    shutil.rmtree(tree / CLASS)
    (tree / CLASS).mkdir()
    before = Service(root=tree, state=tmp_path / "state").begin()
    before.agent.end()
    after = Service(root=tree, state=tmp_path / "state", wall=START + 3600)
    after.agent.begin()

    assert before.report == after.report
    assert START == after.exposition.judged_at
    assert [] == after.notifier.sent

    after.settle()

    assert before.report.findings == after.report.findings
    assert before.exposition.transitions == after.exposition.transitions
    assert START + 3600 == after.exposition.judged_at


def test_the_last_report_is_there_for_others(tree: Path, tmp_path: Path) -> None:
    """
    The report is a file that anyone may read, whose time is that of the last look.
    """
    service = Service(root=tree, state=tmp_path / "state").begin()
    file = tmp_path / "state/report.json"
    written = file.stat()
    os.utime(file, (1, 1))
    service.wait(20.0)

    assert render(service.report) == file.read_text(encoding="utf-8")
    assert 0o644 == file.stat().st_mode & 0o777
    assert (written.st_ino, True) == (file.stat().st_ino, file.stat().st_mtime >= written.st_mtime)

    (tree / "sys/module/neuron/version").write_text("2.25.4.0\n", encoding="ascii")
    service.wait(20.0)

    assert render(service.report) == file.read_text(encoding="utf-8")


def test_what_changed_while_it_did_not_run(tree: Path, tmp_path: Path) -> None:
    """
    A driver that was replaced between two runs is in the history.
    """
    before = Service(root=tree, state=tmp_path / "state").begin()
    before.agent.end()
    (tree / "sys/module/neuron/version").write_text("2.25.4.0\n", encoding="ascii")
    after = Service(root=tree, state=tmp_path / "state").begin()
    after.agent.end()

    history = (tmp_path / "state/history.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"kind": "driver", "subject": "aws-neuronx-dkms"' in history[0]


@pytest.mark.parametrize("damage", [b"garbage", b'{"state_version": "9.0"}'])
def test_a_state_of_no_use(tree: Path, tmp_path: Path, damage: bytes) -> None:
    """
    A damaged or newer state is set aside, and the service starts without it.
    """
    (tmp_path / "state").mkdir()
    (tmp_path / "state/state.json").write_bytes(damage)
    service = Service(root=tree, state=tmp_path / "state").begin()

    assert "warn" == service.report.verdict
    assert "set aside as" in service.log.getvalue()


def test_read_only_state_directory(tree: Path, tmp_path: Path, another_user: AnotherUser) -> None:
    """
    A directory that may not be written is told of, and stops nothing.
    """
    service = Service(root=tree, state=tmp_path / "state").begin()
    (tmp_path / "state").chmod(0o555)
    with another_user():
        service.agent.end()

    assert "the state could not be saved" in service.log.getvalue()


def test_full_disk(tree: Path, tmp_path: Path) -> None:
    """
    Where nothing more can be written the old state stays, it is told of once, and the service goes on.
    """
    service = Service(root=tree, state=tmp_path / "state").begin()
    saved = (tmp_path / "state/state.json").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        (tree / "sys/module/neuron/version").write_text("2.25.4.0\n", encoding="ascii")
        service.wait(60.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert 1 == service.log.getvalue().count("the state could not be saved")
    assert saved == (tmp_path / "state/state.json").read_bytes()
    assert ["history.jsonl", "report.json", "state.json"] == sorted(
        path.name for path in (tmp_path / "state").iterdir()
    )

    service.agent.end()

    assert saved != (tmp_path / "state/state.json").read_bytes()


def test_a_judgement_that_fails(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A bug in the engine leaves the last report, with its age, and is logged.
    """
    service = Service(root=tree).begin()

    def broken(_: Inventory, __: date) -> Report:
        raise ZeroDivisionError

    monkeypatch.setattr(service.agent._judge, "report", broken)
    (tree / "sys/module/neuron/version").write_text("2.25.4.0\n", encoding="ascii")
    service.wait(60.0)

    assert service.exposition.judged_at is not None
    assert service.exposition.judged_at <= START + 16  # a look before the change was seen may have confirmed it
    assert "warn" == service.report.verdict
    assert "ZeroDivisionError" in service.log.getvalue()


def test_driver_reload(tree: Path) -> None:
    """
    While the driver registers its devices nothing is read of it, so that no device is missed.
    """
    service = Service(root=tree).begin()
    first = service.report.findings
    devices = tree / CLASS
    shutil.move(devices, tree / "kept")
    devices.mkdir()
    (tree / "sys/module/neuron/initstate").write_text("coming\n", encoding="ascii")
    service.agent._collecting.driver_event()
    service.wait(30.0)

    assert first == service.report.findings

    devices.rmdir()
    shutil.move(tree / "kept", devices)
    (tree / "sys/module/neuron/initstate").write_text("live\n", encoding="ascii")
    service.wait(30.0)

    assert first == service.report.findings


def test_an_event_is_read_at_once(tree: Path) -> None:
    """
    After an event the devices are read as soon as the tree has settled, not at the next tick.
    """
    service = Service(root=tree).begin()
    service.wait(700.0)
    (tree / "sys/module/neuron/version").write_text("2.25.4.0\n", encoding="ascii")
    service.agent._collecting.driver_event()
    service.wait(2.5)

    assert "2.25.4.0" == service.report.devices.driver_version


def test_software_that_is_installed_is_read_at_once(tree: Path) -> None:
    """
    An environment in which something is installed is read within 15 seconds, not at the next tick of ten minutes.
    """
    service = Service(root=tree).begin()
    service.wait(30.0)
    (installed,) = tree.glob("opt/*/lib/python*/site-packages/torch_neuronx-*.dist-info")
    installed.rename(installed.with_name("torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info"))
    service.wait(17.0)

    assert 'msg="software changed"' in service.log.getvalue()
    assert "2.9.0.2.11.19912" in {row.version for row in service.report.components}


def test_software_that_is_installed_right_after_the_start(tree: Path) -> None:
    """
    An environment that changes after its first reading, and before it is watched, is not left for ten minutes.
    """
    service = Service(root=tree).begin()
    (installed,) = tree.glob("opt/*/lib/python*/site-packages/torch_neuronx-*.dist-info")
    installed.rename(installed.with_name("torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info"))
    service.wait(17.0)

    assert "2.9.0.2.11.19912" in {row.version for row in service.report.components}


def test_stop(tree: Path, tmp_path: Path) -> None:
    """
    `stop` ends the loop, from any thread, and saves what is known.
    """
    service = Service(root=tree, state=tmp_path / "state")
    thread = threading.Thread(target=service.agent.run)
    thread.start()
    end = time.monotonic() + 10
    while not (tmp_path / "state/state.json").exists() and time.monotonic() < end:
        time.sleep(0.01)
    start = time.monotonic()
    service.agent.stop()
    thread.join(5)

    assert time.monotonic() - start < 2
    assert {"STOPPING": "1"} == service.notifier.sent[-1]


def test_healthy(tree: Path) -> None:
    """
    A loop that turns is healthy; one that has not for a minute is not.
    """
    service = Service(root=tree).begin()

    assert service.agent.healthy()

    service.now += 61.0

    assert not service.agent.healthy()
