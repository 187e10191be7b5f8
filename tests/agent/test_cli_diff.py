"""``neuron-validator diff``: files in, differences and an exit code out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuron_validator.cli import main

DAY = ("--as-of", "2026-11-21")


@pytest.fixture
def files(tmp_path: Path, repository: Path) -> tuple[Path, Path, Path]:
    """A report and a snapshot of one sample host, and the report on another."""
    healthy, mixed = (repository / "tests" / "hosts" / name for name in ("trn1-healthy", "trn1-mixed-venv"))
    report, snapshot, other = (tmp_path / name for name in ("report.json", "snapshot.json", "other.json"))
    main(["diagnose", "--root", str(healthy), *DAY, "--format", "json", "--output", str(report)])
    main(["collect", "--root", str(healthy), "--output", str(snapshot)])
    main(["diagnose", "--root", str(mixed), *DAY, "--format", "json", "--output", str(other)])
    return report, snapshot, other


def test_same(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A report is the same as itself, and as the snapshot of its host, which is judged as of the report's day."""
    report, snapshot, _ = map(str, files)

    assert 0 == main(["diff", report, report])
    assert 0 == main(["diff", report, snapshot])
    assert 0 == main(["diff", snapshot, snapshot, *DAY])
    assert 3 == capsys.readouterr().out.count("Nothing is different.")


def test_different(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """What differs is in tables, and the exit code says that there is something."""
    report, _, other = map(str, files)
    code = main(["diff", report, other])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]

    assert 1 == code
    assert {"Host", "SDK", "Packages", "Findings", "Checks"} == {
        line for line in lines if line.istitle() or line == "SDK"
    }
    assert "glibc             2.34 -> 2.35" in lines
    assert "env:aws_neuronx_venv_pytorch_2_8  neuronx-cc            2.23.6484.0 -> 2.25.3371.0" in lines


def test_json(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON document says the same in a stable form."""
    report, _, other = map(str, files)
    code = main(["diff", report, other, "--format", "json"])
    document = json.loads(capsys.readouterr().out)

    assert (1, False) == (code, document["same"])
    assert {"name": "kernel", "what": "", "scope": ""} == {k: document["host"][1][k] for k in ("name", "what", "scope")}
    assert [("appeared", "sdk-release-mixed", "info")] == [
        (row["change"], row["id"], row["severity_after"]) for row in document["findings"]
    ]
    assert (report, "2026-11-21") == (document["before"]["file"], document["before"]["as_of"])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("{}", "neither a report (diagnose --format json) nor a snapshot (collect)"),
        ("[", "not JSON"),
        ('{"schema_version": "9.0"}', "schema_version: 9.0 cannot be read by this program"),
        ('{"snapshot_version": "9.0"}', "snapshot_version: 9.0 cannot be read by this program"),
    ],
)
def test_bad_file(
    tmp_path: Path,
    files: tuple[Path, Path, Path],
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    complaint: str,
) -> None:
    """A file that is neither is refused with its name and exit code 66."""
    bad = tmp_path / "bad.json"
    if content is not None:
        bad.write_text(content, encoding="utf-8")
    code = main(["diff", str(files[0]), str(bad)])

    assert 66 == code
    assert f"neuron-validator: {bad}: {complaint}" in capsys.readouterr().err
