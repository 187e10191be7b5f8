"""Reading a report back from its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.reports import ODD, finding, report, row, sdk

from neuron_collectors.facts import Failure
from neuron_collectors.input_error import InputError
from neuron_validator.catalog.events import Phase
from neuron_validator.findings import Severity
from neuron_validator.renderers.json import render
from neuron_validator.report import CheckStatus, Report, Skip, UsageRow
from neuron_validator.report_file import ReportError, decode_report, load_report, loads_report

STABLE: Phase = "stable"
FULL = report(
    sdk=(sdk("mixed", "2.28.0", odd_ones_out=(ODD,)),),
    components=(row(phase=STABLE, level="stable", superseded_by=None), row(releases=(), releases_behind=None)),
    usages=(UsageRow(kind="env", name="NEURON_RT_LOG_LEVEL", level=None, phase="unknown", where="environment"),),
    findings=(finding(consequences=("No device",)), finding(severity=Severity.INFO, rule=None)),
    skipped=(Skip(check="one-check", reason="driver: permission"),),
    checks=(CheckStatus(check="one-check", status="skipped"),),
    failures=(Failure(collector="driver", reason="permission"),),
    missing=("driver: permission",),
    verdict="warn",
    exit_code=1,
)


def document(judged: Report = FULL) -> Any:
    """Return the parsed document."""
    return json.loads(render(judged))


@pytest.mark.parametrize("judged", [FULL, report(), report(neuron_found=False, looked_at=(), catalog_date=None)])
def test_round_trip(judged: Report) -> None:
    """A report that was written and read again is the same."""
    assert judged == loads_report(render(judged))


def test_every_golden_report_is_read(repository: Path) -> None:
    """Every golden document is read, and written again to the byte."""
    for path in sorted((repository / "tests" / "golden").glob("*.json")):
        text = path.read_text(encoding="utf-8")

        assert text == render(loads_report(text)), path.name


def test_later_and_earlier_minors_are_read() -> None:
    """Keys that a later version added are passed over; those that an earlier one lacks have their defaults."""
    later = {**document(), "schema_version": "1.7", "novelty": {"a": 1}}
    later["findings"][0]["novelty"] = True
    earlier = document()
    for name in ("checks", "missing", "looked_at", "neuron_found"):
        del earlier[name]
    read = decode_report(earlier)

    assert FULL == decode_report(later)
    assert ((), (), (), True) == (read.checks, read.missing, read.looked_at, read.neuron_found)


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("schema_version",), "2.0", "schema_version: 2.0 cannot be read by this program, only 1.x"),
        (("schema_version",), "one", "schema_version: not a version: 'one'"),
        (("tool", "name"), "other", "tool.name: not one of neuron-validator: 'other'"),
        (("as_of",), "2026-W47-6", "as_of: not a date: '2026-W47-6'"),
        (("as_of",), "20261121", "as_of: not a date: '20261121'"),
        (("as_of",), None, "as_of: not text: null"),
        (("devices", "pci"), -1, "devices.pci: less than 0: -1"),
        (("devices", "pci"), True, "devices.pci: not an integer: true"),
        (("components", 0, "class"), None, "components[0].class: not text: null"),
        (("components", 1, "phase"), "old", "components[1].phase: not one of beta, release-candidate, stable, "),
        (("findings", 0, "severity"), "bad", "findings[0].severity: not one of info, warning, critical: 'bad'"),
        (("findings", 1, "remedy", "commands"), "reboot", "findings[1].remedy.commands: not an array: 'reboot'"),
        (("sdk", 0, "odd_ones_out", 0, "releases", 0), 2, "sdk[0].odd_ones_out[0].releases[0]: not text: 2"),
        (("exit_code",), 4, "exit_code: more than 3: 4"),
        (("verdict",), "fine", "verdict: not one of pass, warn, fail, unknown: 'fine'"),
    ],
)
def test_errors_name_the_spot(place: tuple[str | int, ...], value: Any, complaint: str) -> None:
    """What is wrong is named with its place."""
    parsed = document()
    spot = parsed
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value

    with pytest.raises(ReportError) as caught:
        decode_report(parsed)
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("", "not JSON: "),
        ("[]", "not an object: an array"),
        ("{}", "schema_version: missing"),
        ('{"schema_version": "1.0"}', "tool: missing"),
        ('{"schema_version": "1.0", "schema_version": "1.0"}', "key given twice: 'schema_version'"),
        ("[" * 100_000, "not JSON: nested too deeply"),
    ],
)
def test_what_is_no_report(tmp_path: Path, source: str, complaint: str) -> None:
    """A file that holds no report is refused with its name."""
    path = tmp_path / "report.json"
    path.write_text(source, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_report(path)
    assert str(caught.value).startswith(f"{path}: {complaint}")
