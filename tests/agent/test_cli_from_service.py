"""``diagnose --from-service``: what the running service judged last, while it is fresh."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.reports import finding, report

from neuron_validator.cli import main
from neuron_validator.findings import Severity
from neuron_validator.renderers.json import render

BROKEN = report(findings=(finding(severity=Severity.CRITICAL, title="It cannot start"),), verdict="fail", exit_code=2)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a report of just now."""
    (tmp_path / "report.json").write_text(render(BROKEN), encoding="utf-8")
    return tmp_path


def set_age(state: Path, seconds: float) -> None:
    """Make the report *seconds* old."""
    then = time.time() - seconds
    os.utime(state / "report.json", (then, then))


def ask(state: Path, *options: str) -> int:
    """Ask for the service's report."""
    return main(["diagnose", "--from-service", "--state-directory", str(state), *options])


def test_fresh_report(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fresh report is printed in any format, with the exit code that it was given."""
    code = ask(state, "--format", "json")

    assert 2 == code
    assert render(BROKEN) == capsys.readouterr().out
    assert 2 == ask(state, "--format", "text", "--color", "never")
    assert "CRITICAL   It cannot start" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "code", "line"), [("npd", 1, "It cannot start\n"), ("nagios", 2, "NEURON CRITICAL - ")]
)
def test_monitors(state: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, line: str) -> None:
    """A monitoring plug-in gets its line and its exit code."""
    assert code == ask(state, "--format", name)
    assert capsys.readouterr().out.startswith(line)


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (40, True), (-3, True), (50, False), (-60, False)])
def test_age(state: Path, capsys: pytest.CaptureFixture[str], age: float, fresh: bool) -> None:  # noqa: FBT001
    """After 45 s the service counts as silent; of a file from the future the age is not known."""
    set_age(state, age)

    assert (1 if fresh else 2) == ask(state, "--format", "npd")
    assert ("It cannot start\n" == capsys.readouterr().out) == fresh


def test_max_age(state: Path) -> None:
    """How old it may be can be said, for a service with other periods."""
    set_age(state, 300)

    assert 2 == ask(state, "--format", "npd")
    assert 1 == ask(state, "--format", "npd", "--max-age", "600")


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("npd", 2, "no report of a running service: "),
        ("nagios", 3, "NEURON UNKNOWN - no report of a running service: "),
        ("nfd", 3, "neuron-validator.verdict=unknown\n"),
    ],
)
def test_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, line: str) -> None:
    """Without a report a plug-in does not know, and says why on its line."""
    assert code == ask(tmp_path, "--format", name)
    assert capsys.readouterr().out.startswith(line)


def test_stale_or_damaged_report(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For the other formats a report that is missing, old or damaged is a missing input."""
    (state / "report.json").write_text('{"schema_version": "1.0"', encoding="utf-8")
    damaged, damage = ask(state), capsys.readouterr().err
    set_age(state, 100)
    stale, staleness = ask(state), capsys.readouterr().err

    assert (66, 66) == (damaged, stale)
    assert f"neuron-validator: {state}/report.json: not JSON" in damage
    assert "the service's last report is 100 s old" in staleness


def test_state_directory_of_systemd(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the option the directory is the one that systemd names; of several the first."""
    monkeypatch.setenv("STATE_DIRECTORY", f"{state}:/elsewhere")

    assert 2 == main(["diagnose", "--from-service", "--format", "json"])
    assert "fail" == json.loads(capsys.readouterr().out)["verdict"]


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("warning", 2), ("critical", 2)])
def test_fail_on(state: Path, capsys: pytest.CaptureFixture[str], fail_on: str, code: int) -> None:
    """What the exit code tells of can still be chosen; without a choice it is the service's."""
    assert code == ask(state, "--format", "json", "--fail-on", fail_on)
    document = json.loads(capsys.readouterr().out)
    assert (fail_on, code) == (document["fail_on"], document["exit_code"])


@pytest.mark.parametrize("host", ["trn1-driver-runtime-broken", "trn1-healthy", "no-neuron", "unreadable"])
@pytest.mark.parametrize("only", ["category:driver", "category:device", "category:lifecycle"])
def test_part_of_a_report(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str, only: str
) -> None:
    """What some checks say can be asked for: what they say when they alone are run, but for what they explain."""
    root = ("diagnose", "--root", str(repository / "tests/hosts" / host), "--as-of", "2026-11-21", "--format", "json")
    main([*root, "--output", str(tmp_path / "report.json")])
    alone = main([*root, "--only", only]), without_consequences(capsys.readouterr().out)
    part = ask(tmp_path, "--format", "json", "--only", only), without_consequences(capsys.readouterr().out)

    assert alone == part


def without_consequences(printed: str) -> dict[str, object]:
    """Read a report without what findings explain: alone, a check explains nothing of another's."""
    document: dict[str, object] = json.loads(printed)
    findings = document["findings"]
    assert isinstance(findings, list)
    return {**document, "findings": [{**one, "consequences": []} for one in findings]}


def test_part_of_a_report_with_another_cause(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A part without findings passes, whatever the rest says; a part that is no part is a mistake."""
    assert 0 == ask(state, "--format", "npd", "--only", "category:lifecycle")
    assert 64 == ask(state, "--only", "no-such-check")
    assert "no such check: 'no-such-check'" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--root", "/"), ("--as-of", "2026-11-21"), ("--imds",)])
def test_nothing_can_be_judged_anew(state: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    """Options that change what is judged, or how, make no sense with a report that is there."""
    assert 64 == ask(state, *options)
    assert f"not with {options[0]}" in capsys.readouterr().err


def test_answer_is_quick(state: Path) -> None:
    """The detector asks often: a whole process takes less than 300 ms of the processor, and waits for nothing."""
    command = [sys.executable, "-m", "neuron_validator", "diagnose", "--from-service", "--format", "npd"]
    times = []
    for _ in range(3):
        set_age(state, 0)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*command, "--state-directory", str(state)], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

        assert (1, b"It cannot start\n") == (done.returncode, done.stdout)
    assert min(times) < 0.3
