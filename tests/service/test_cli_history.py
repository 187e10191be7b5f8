"""`diff --history`: what the service noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuron_collectors.input_error import InputError
from neuron_validator.cli import main
from neuron_validator.cli.history import run_history
from neuron_validator.service.history import Change
from neuron_validator.service.state import StateDirectory

AT = 1_795_231_440.25
CHANGES = (
    Change(at=AT, kind="package", subject="torch-neuronx", scope="env:pt", before=None, after="2.9.0"),
    Change(at=AT + 60, kind="kernel", subject="kernel", before="6.8.0-1021-aws", after="6.8.0-1040-aws"),
    Change(at=AT + 60, kind="finding", subject="module-not-built", scope="host", before=None, after="critical"),
    Change(at=AT + 60, kind="verdict", subject="verdict", before="pass", after="fail"),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    StateDirectory(str(tmp_path), warn=pytest.fail).save_history(CHANGES)
    return tmp_path


def test_text(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    One line for each change, oldest first, and a line up to where the host worked.
    """
    assert 0 == run_history(["--state-directory", str(state)])
    assert [
        "2026-11-21 03:24 UTC  package  torch-neuronx (env:pt): new, 2.9.0",
        "-- until here the host worked --",
        "2026-11-21 03:25 UTC  kernel   kernel: 6.8.0-1021-aws -> 6.8.0-1040-aws",
        "2026-11-21 03:25 UTC  finding  module-not-built: found, critical",
        "2026-11-21 03:25 UTC  verdict  verdict: pass -> fail",
    ] == capsys.readouterr().out.splitlines()


def test_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    As JSON there is the same, with times as RFC 3339 has them.
    """
    run_history(["--state-directory", str(state), "--format", "json"])
    document = json.loads(capsys.readouterr().out)

    assert "1.0" == document["schema_version"]
    assert {
        "at": "2026-11-21T03:25:00.250Z",
        "kind": "kernel",
        "subject": "kernel",
        "scope": None,
        "before": "6.8.0-1021-aws",
        "after": "6.8.0-1040-aws",
    } == document["changes"][1]


def test_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A service that has seen no change says so.
    """
    StateDirectory(str(tmp_path), warn=pytest.fail).save_history(())
    run_history(["--state-directory", str(tmp_path)])

    assert "Nothing has changed since the service began to look.\n" == capsys.readouterr().out


def test_no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where no service has written a history, or it is damaged, the file is named and left as it is.
    """
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    with pytest.raises(InputError, match=r"history\.jsonl: no such file"):
        run_history([])

    (tmp_path / "history.jsonl").write_text("garbage\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"history\.jsonl: line 1: not JSON"):
        run_history([])
    assert "garbage\n" == (tmp_path / "history.jsonl").read_text(encoding="utf-8")


def test_part_of_diff(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The history is what `diff` says when it is given no files.
    """
    assert 0 == main(["diff", "--history", "--state-directory", str(state)])
    assert "torch-neuronx" in capsys.readouterr().out
