from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.cli import exits, main

HOSTS = Path(__file__).resolve().parent.parent / "hosts"
TODAY = ("--as-of", "2026-11-21")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a developer's environment says about colour and width."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs ``lifecycle`` and returns its exit code and both outputs."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        code = main(["lifecycle", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


def rows(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """Return the rows of the JSON document."""
    code, out, err = run(*arguments, "--format", "json")
    document = json.loads(out)
    assert (exits.OK, "") == (code, err)
    found: list[dict[str, Any]] = document["rows"]
    return found


def lines_of(table: str) -> list[list[str]]:
    """Return the cells of each line of a table: columns are two spaces apart."""
    return [re.split(r"  +", line.strip()) for line in table.splitlines() if line.startswith("  ")]


def test_what_is_installed(run: Run) -> None:
    """The table has a part for each place, with the release, the ground and each component."""
    code, out, _ = run("--root", str(HOSTS / "trn1-healthy"), *TODAY)

    assert exits.OK == code
    assert out.startswith("Life-cycle as of 2026-11-21, by the catalog up to SDK 2.33.1 of 2026-11-11\n\nhost\n")
    assert "\n\nenv:aws_neuronx_venv_pytorch_2_8\n" in out
    cells = lines_of(out)
    assert ["torch-neuronx 2.8.0.2.12.22436", "end of support", "since 2026-04-09"] in cells
    assert ["Neuron SDK 2.28.1", "stable", "since 2026-03-13", "fixes come with SDK 2.33.1 only"] in cells
    assert any(cell[0] == "Amazon Linux 2023" for cell in cells)
    assert any(cell[0] == "Python 3.11" for cell in cells)


def test_facts_and_their_settings(run: Run, tmp_path: Path) -> None:
    """Settings of a facts file have rows of their own, with what has become of them."""
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"instance_type": "trn1.2xlarge", "environment": {"XLA_USE_BF16": "1"}}))

    (row,) = rows(run, "--facts", str(facts), *TODAY)
    assert ("env", "XLA_USE_BF16", "deprecated") == (row["kind"], row["name"], row["ageing"])
    assert ["environment"] == row["scopes"]
    assert "autocast" in row["replacement"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torch-neuronx 2.7", [("extension", "torch-neuronx", "2.7", "end-of-support")]),
        ("torch_neuronx==2.7.0.2.8.6734", [("extension", "torch-neuronx", "2.7.0.2.8.6734", "end-of-support")]),
        ("Python 3.9", [("python", "Python", "3.9", "end-of-support")]),
        ("python3.9", [("python", "Python", "3.9", "end-of-support")]),
        ("ubuntu 22.04", [("os", "Ubuntu", "22.04", "stable")]),
        ("amzn 2", [("os", "Amazon Linux", "2", "end-of-support")]),
        ("2.29.1", [("sdk", "Neuron SDK", "2.29.1", "stable")]),
        ("sdk 2.29", [("sdk", "Neuron SDK", "2.29.0", "stable")]),
        ("sdk", [("sdk", "Neuron SDK", "2.33.1", "stable")]),
        ("neuron-explorer", [("tool", "Neuron Explorer", None, "stable")]),
        ("NEURON_RT_NUM_CORES", [("env", "NEURON_RT_NUM_CORES", None, "stable")]),
        ("--model-type", [("flag", "--model-type", None, "stable")]),
        ("inf1", [("instance-family", "Inf1", None, "unknown")]),
        ("aws-neuron-dkms", [("standalone", "aws-neuron-dkms", None, "end-of-support")]),
        ("neuron dlamis 20.04", [("dlami", "Neuron DLAMIs on Ubuntu 20.04", None, "end-of-support")]),
    ],
)
def test_names(run: Run, name: str, expected: list[tuple[str, str, str | None, str]]) -> None:
    """Things are found by the names that people use for them, with or without a version."""
    arguments = [*TODAY, "--", name] if name.startswith("-") else [name, *TODAY]
    code, out, _ = run("--format", "json", *arguments)

    found = [(row["kind"], row["name"], row["version"], row["phase"]) for row in json.loads(out)["rows"]]
    assert (exits.OK, expected) == (code, found)


@pytest.mark.parametrize(("name", "kind"), [("dlami", "dlami"), ("model", "model"), ("feature", "feature")])
def test_everything_of_a_class(run: Run, name: str, kind: str) -> None:
    """A class is a name too."""
    found = rows(run, name, *TODAY)

    assert len(found) > 5
    assert {kind} == {row["kind"] for row in found}


def test_all(run: Run) -> None:
    """Everything that is known has a row, and on an earlier day less of it."""
    now, then = (rows(run, "--all", "--as-of", day) for day in ("2026-11-21", "2023-06-01"))
    names_now, names_then = ({(row["kind"], row["name"]) for row in found} for found in (now, then))

    assert len(names_now) > 600
    assert len(names_then) < len(names_now) / 2
    assert all(row["phase_since"] is None or row["phase_since"] <= "2023-06-01" for row in then)


def test_all_is_grouped_by_class(run: Run) -> None:
    """Hundreds of rows stand below the names of their classes, in the policy's order."""
    _, out, _ = run("--all", *TODAY)
    headings = [line for line in out.splitlines()[1:] if line and not line.startswith(" ")]

    assert ["standalone components", "framework extensions", "libraries", "tools", "model classes"] == headings[:5]
    assert len(set(headings)) == len(headings)


def test_page_of_one_thing(run: Run) -> None:
    """Asked for one thing the page tells phase, notice, the rule of six months, and who said what when."""
    _, out, _ = run("torch-neuronx 2.6", *TODAY)

    assert "Phase        end of support since 2025-12-19 (SDK 2.27.0)" in out
    assert "announced on 2025-07-31, 141 days before: the" in out
    assert "2.7 is stable since 2025-06-24: regular updates due until 2025-12-24" in out
    assert "not kept" in out
    assert "What was said, by the day on which it could be read:" in out
    assert "2025-12-19  statement ==2.6.*: end of support (SDK 2.27.0)" in out


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Python 3.10", "  Makers       its makers' support until 2026-10"),
        ("XLA_USE_BF16", "  Open         sources allow stable and end of support"),
        ("jax-neuronx 0.10", "  Level        beta: not for production"),
        ("XLA_USE_BF16", "  Became       deprecated with SDK 2.23.0, use torch autocast / model.to(torch.bfloat16)"),
        ("NKI Library Neurotile", "  Level        none; called 'experimental'"),
        ("Custom Operators API", "               the older document says of beta: minor changes may come"),
        ("Ubuntu 18.04", "as announced; that it came about is"),
        # Announced without a day: the policy's month tells how early it may come.
        ("neuron-ls -j", "announced on 2026-10-16: with the policy's month not before 2026-11-16"),
        # The maintenance before the end had no notice at all; the policy asked for a month by then.
        ("torch-neuron 1.10", "  Notice       maintenance of 2024-09-16 announced on 2024-09-16, 0 days before: the"),
        ("Amazon Linux 2", "               not for aws-neuronx-dkms"),
        ("resnet50", "  Called       beta in torch-neuronx for training since SDK 2.15.0, not by the latest"),
        ("Llama (Transformers NeuronX)", "  Part of      transformers-neuronx: end of support since 2025-09-18"),
        ("neuronx-distributed-inference", "  Phase        maintenance since 2026-05-21 (SDK 2.30.0)"),
        ("nki", "  Phase        stable since 2026-04-09 (SDK 2.29.0)"),
        ("torch-neuronx 2.9", "               maintenance since 2026-07-07 for inf2, trn1, inference"),
    ],
)
def test_lines_of_a_page(run: Run, name: str, line: str) -> None:
    """A page tells what is special about a thing."""
    _, out, _ = run(name, *TODAY)

    assert line in out


def test_family_of_a_name(run: Run) -> None:
    """What holds for one instance family can be asked for."""
    phases = [rows(run, "aws-neuronx-dkms 2.25", *TODAY, "--family", family)[0]["phase"] for family in ("inf1", "trn2")]

    assert ["end-of-support", "stable"] == phases


@pytest.mark.parametrize(("lookahead", "soon"), [("90d", True), ("1d", False)])
def test_lookahead(run: Run, lookahead: str, soon: bool) -> None:  # noqa: FBT001 - a row of a table
    """What ends within the look-ahead is marked."""
    arguments = ("Ubuntu 22.04", "--as-of", "2027-05-01", "--lookahead", lookahead)
    (row,) = rows(run, *arguments)
    _, table, _ = run("os", *arguments[1:])

    assert soon == row["soon"]
    assert soon == ("soon; its makers' support until 2027-06-01" in table)


def test_json_row(run: Run) -> None:
    """The row of a thing says all in JSON, with the records behind it."""
    (row,) = rows(run, "Neuron Profiler", "--as-of", "2026-04-10")

    assert {
        "phase": "end-of-support",
        "date": None,
        "release": "2.30.0",
        "after": None,
        "condition": None,
        "announced": "2026-03-31",
        "earliest": "2026-04-30",
    } == row["next"]
    assert (True, "2.30.0", None) == (row["postponed"], row["end_of_support_release"], row["end_of_support"])
    assert ("beta", "2024-12-20") == (row["phase"], row["phase_since"])
    assert 4 == len(row["history"])
    assert all(record["source"] and record["retrieved"] for record in row["history"])


def unfolded(calendar: str) -> list[str]:
    """Return the lines of a calendar, put together again."""
    return calendar.replace("\r\n ", "").split("\r\n")


def test_calendar(run: Run) -> None:
    """The calendar has a whole day with an alarm for each change that has a date, and none for what is past."""
    code, out, _ = run("os", *TODAY, "--format", "ics", "--lookahead", "30d")
    lines = unfolded(out)
    starts = [line.removeprefix("DTSTART;VALUE=DATE:") for line in lines if line.startswith("DTSTART")]

    assert exits.OK == code
    assert ("BEGIN:VCALENDAR", "VERSION:2.0") == (lines[0], lines[1])
    assert ("END:VCALENDAR", "") == (lines[-2], lines[-1])
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == len(starts) > 5
    assert starts == sorted(starts)
    assert all(start >= "20261121" for start in starts)
    assert "UID:os_ubuntu_22.04_makers-support@neuron-validator" in lines
    assert "SUMMARY:Ubuntu 22.04: last day of its makers' standard support" in lines
    assert "TRIGGER:-P30D" in lines
    assert all(len(line.encode()) <= 75 for line in out.split("\r\n"))
    assert "\n" not in out.replace("\r\n", "")


def test_calendar_is_stable(run: Run) -> None:
    """The same change has the same UID on every day."""
    calendars = [run("--all", "--as-of", day, "--format", "ics")[1] for day in ("2026-11-21", "2026-12-24")]
    uids = [{line for line in unfolded(one) if line.startswith("UID:")} for one in calendars]

    assert uids[1] <= uids[0]
    assert uids[1]


def test_calendar_of_nothing(run: Run) -> None:
    """A host without anything dated has an empty calendar."""
    _, out, _ = run("--root", str(HOSTS / "no-neuron"), *TODAY, "--format", "ics")

    assert "BEGIN:VEVENT" not in out


def test_output_file(run: Run, tmp_path: Path) -> None:
    """With --output nothing is printed."""
    path = tmp_path / "neuron.ics"

    assert (exits.OK, "", "") == run("--all", *TODAY, "--format", "ics", "--output", str(path))
    assert path.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("torch-neuronxx",), "nothing is known of 'torch-neuronxx', did you mean 'torch-neuronx'"),
        (("no such thing at all",), "nothing is known of 'no such thing at all'"),
        (("sdk", "--as-of", "2018-01-01"), "--as-of: nothing is known of 2018-01-01"),
        (("--format", "xml"), "invalid choice"),
        (("--lookahead", "soon"), "not a duration"),
        (("torch-neuronx", "--as-of", "2019-12-24"), "nothing is known of 'torch-neuronx'"),
    ],
)
def test_usage_errors(run: Run, arguments: tuple[str, ...], message: str) -> None:
    """What is not known, or cannot be meant, is a usage error with a hint."""
    code, out, err = run(*arguments)

    assert (exits.USAGE, "") == (code, out)
    assert message in err
