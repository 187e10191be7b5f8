"""``neuron-validator catalog`` as a user runs it, and overlays under every command that reads the catalog."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog.places import PLACES_VARIABLE
from neuron_validator.cli import main

MANIFEST: dict[str, Any] = {
    "manifest_date": "12/10/2026",
    "manifest_version": "2.34.0",
    "package_properties": [],
    "neuron_releases": [
        {
            "neuron_version": "2.34.0",
            "packages": [
                {
                    "name": "aws-neuronx-dkms",
                    "version": "2.32.4.0",
                    "supported_instances": ["trn2", "inf."],
                    "supported_python_versions": [],
                }
            ],
        }
    ],
}
FACTS = {"instance_type": "trn2.48xlarge", "driver": {"loaded": "2.32.4.0"}}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "n2-manifest.json"
    path.write_text(json.dumps(MANIFEST), encoding="utf-8")
    return path


@pytest.fixture
def overlay(manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The manifest, imported to where every command looks."""
    folder = tmp_path / "state" / "catalog.d"
    monkeypatch.setenv(PLACES_VARIABLE, str(folder))
    assert 0 == main(["catalog", "import", str(manifest), "--output", str(folder)])
    return folder


def test_import_says_what_it_added_and_what_is_odd(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What was done goes to stdout, what is odd to stderr.
    """
    code = main(["catalog", "import", str(manifest), "--output", str(tmp_path / "overlay")])
    out, err = capsys.readouterr()

    assert 0 == code
    assert f"added SDK 2.34.0 (1 releases, 1 versions) to {tmp_path / 'overlay'}\n" == out
    assert "odd: aws-neuronx-dkms 2.32.4.0: not an instance family: 'inf.' (2.34.0)\n" == err


def test_import_of_nothing_new(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A manifest that the catalog has already writes nothing.
    """
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"2.34.0"', '"2.32.0"'), encoding="utf-8")

    assert 0 == main(["catalog", "import", str(manifest), "--output", str(tmp_path / "overlay")])
    assert "nothing to add: the catalog covers SDK 2.33.1" in capsys.readouterr().out
    assert not (tmp_path / "overlay").exists()


@pytest.mark.parametrize(
    ("content", "said"), [("{", "not JSON"), ("{}", "neuron_releases: missing"), (None, "No such")]
)
def test_import_of_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    """
    An input that is missing or not understood is 66, with its path.
    """
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    assert 66 == main(["catalog", "import", str(path)])
    assert f"{path}: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("catalog", "show"),
        ("catalog", "show", "--release", "2.34.0"),
        ("catalog", "diff", "2.33.0", "2.34"),
        ("version",),
    ],
)
def test_every_command_reads_the_import(
    overlay: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """
    An imported release is known to all commands.
    """
    assert 0 == main(list(arguments))
    assert "2.34.0" in capsys.readouterr().out


def test_diagnose_reads_the_import(overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A driver that only the import knows is not newer than the catalog.
    """
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")

    main(["diagnose", "--facts", str(tmp_path / "facts.json"), "--as-of", "2026-12-11", "--format", "json"])
    report = json.loads(capsys.readouterr().out)

    assert "2.34.0" == report["catalog"]["latest_release"]
    assert "newer-than-catalog" not in [finding["id"] for finding in report["findings"]]


@pytest.mark.parametrize("arguments", [("version",), ("catalog", "show"), ("diagnose", "--facts", "-")])
def test_a_broken_overlay_is_told_with_its_spot(
    overlay: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """
    A broken overlay stops every command with 78, one line, and the file, the line and the field.
    """
    table = overlay / "releases.jsonl"
    table.write_text(table.read_text(encoding="utf-8").replace("2026-12-10", "2026-13-10", 1), encoding="utf-8")
    capsys.readouterr()

    assert 78 == main(list(arguments))
    assert f"neuron-validator: {table}:1: date: not a date: '2026-13-10'\n" == capsys.readouterr().err


def test_the_given_overlay_is_the_strongest(overlay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    `--catalog` is laid over the overlays of the machine.
    """
    record = json.loads((overlay / "releases.jsonl").read_text(encoding="utf-8"))
    own = tmp_path / "releases.jsonl"
    own.write_text(json.dumps({**record, "date": "2026-12-12"}), encoding="utf-8")
    capsys.readouterr()

    main(["catalog", "show", "--release", "2.34.0", "--format", "json", "--catalog", str(own)])

    assert "2026-12-12" == json.loads(capsys.readouterr().out)["date"]


def test_diff_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The difference is there for programs too.
    """
    assert 0 == main(["catalog", "diff", "2.28", "2.29", "--format", "json"])

    facts = json.loads(capsys.readouterr().out)
    assert ("2.28.1", "2.29.1") == (facts["from"]["release"], facts["to"]["release"])
    assert {"from", "to", "notes", "releases", "packages", "rules", "phases"} == set(facts)


def test_diff_of_an_unknown_release(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A slip in a release is a usage error that names the nearest.
    """
    assert 64 == main(["catalog", "diff", "2.28", "2.28.2"])
    assert "no such release: '2.28.2', did you mean '2.28." in capsys.readouterr().err


def test_verify_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Each complaint is a line, and the exit code is that of a bad catalog.
    """
    (tmp_path / "releases.jsonl").write_text('{"release": "next"}\n', encoding="utf-8")

    assert 78 == main(["catalog", "verify", str(tmp_path)])
    assert "releases.jsonl:1: release: not a version: 'next'" in capsys.readouterr().out
