"""The JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.reports import ODD, devices, finding, report, row, sdk

import neuron_validator
from neuron_collectors.facts import Failure
from neuron_validator.findings import Severity
from neuron_validator.renderers.json import render
from neuron_validator.report import CheckStatus, Report, Skip

SCHEMA = json.loads(
    (Path(neuron_validator.__file__).parent / "data" / "report.schema.json").read_text(encoding="utf-8")
)
FULL = report(
    sdk=(sdk("mixed", "2.28.0", odd_ones_out=(ODD,)),),
    findings=(finding(consequences=("No device",)), finding(severity=Severity.INFO, rule=None)),
    skipped=(Skip(check="one-check", reason="driver: permission"),),
    checks=(CheckStatus(check="one-check", status="skipped"),),
    failures=(Failure(collector="driver", reason="permission"),),
    missing=("driver: permission",),
    verdict="warn",
    exit_code=1,
)


def document(judged: Report) -> Any:
    """Render and parse."""
    return json.loads(render(judged))


def errors(value: Any) -> list[str]:
    """Return what the schema has against *value*."""
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(value)]


def test_keys_are_the_contracts() -> None:
    """The document has the contract's keys in the contract's order; what was added stands behind."""
    parsed = document(FULL)

    assert [
        *("schema_version", "tool", "catalog", "as_of", "host", "devices", "sdk", "components", "foundations"),
        *(
            "usages",
            "findings",
            "skipped",
            "failures",
            "checks",
            "missing",
            "looked_at",
            "neuron_found",
            "verdict",
            "fail_on",
            "exit_code",
        ),
    ] == list(parsed)
    assert ["instance_type", "family", "os", "kernel", "glibc", "in_container"] == list(parsed["host"])
    assert ["expected", "pci", "driver", "nodes", "chip", "driver_version"] == list(parsed["devices"])
    assert [
        *("name", "version", "class", "scope", "source", "releases", "phase", "phase_since", "end_of_support"),
        *("releases_behind", "superseded_by", "level", "membership", "end_of_support_release"),
        *("next_phase", "next_phase_when"),
    ] == list(parsed["components"][0])
    assert [
        *(
            "id",
            "severity",
            "category",
            "kind",
            "components",
            "scope",
            "title",
            "observed",
            "expected",
            "why",
            "remedy",
        ),
        *("evidence", "rule", "docs", "consequences", "silenced", "expired_silence"),
    ] == list(parsed["findings"][0])


def test_values() -> None:
    """Facts come through as they are: counts as numbers, dates as days, what is not known as null."""
    parsed = document(
        report(devices=devices(16, 15, None, 0), components=(row(releases_behind=None, superseded_by=None),))
    )

    assert {"name": "neuron-validator", "version": neuron_validator.__version__} == parsed["tool"]
    assert {"latest_release": "2.33.1", "date": "2026-11-11"} == parsed["catalog"]
    assert ("1.0", "2026-11-21", False) == (parsed["schema_version"], parsed["as_of"], parsed["host"]["in_container"])
    assert [16, 15, None, 0] == [parsed["devices"][name] for name in ("expected", "pci", "driver", "nodes")]
    component = parsed["components"][0]
    assert ("unknown", None, None) == (component["phase"], component["level"], component["releases_behind"])
    assert [] == errors(parsed)


def test_finding() -> None:
    """A finding keeps its evidence, remedy and rule; one without a rule says null."""
    first, second = document(FULL)["findings"]

    assert ("warning", "info") == (first["severity"], second["severity"])
    assert {"summary": "Install another driver.", "commands": ["sudo modprobe neuron"], "reboot": False} == first[
        "remedy"
    ]
    assert [{"source": "/sys/module/neuron/version", "excerpt": "2.26.5.0"}] == first["evidence"]
    assert ("DRV-RT-001", None) == (first["rule"]["id"], second["rule"])
    assert ["No device"] == first["consequences"]


def test_odd_ones_out() -> None:
    """An odd one out is named with its version and the releases it belongs to."""
    assert [{"component": "neuronx-cc", "version": "2.25.3371.0", "releases": ["2.30.0"]}] == document(FULL)["sdk"][0][
        "odd_ones_out"
    ]


def test_text_is_ascii_and_well_formed() -> None:
    """Any output can carry the document, and any parser read it, even where a file name was no Unicode."""
    text = render(report(findings=(finding(title="Ünïcode \x1b[2J", observed="bad \udcff byte"),)))

    assert text.isascii()
    assert text.endswith("}\n")
    assert "\\ud" not in text
    assert ("Ünïcode \x1b[2J", "bad ? byte") == tuple(
        json.loads(text)["findings"][0][key] for key in ("title", "observed")
    )


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema_version",), "2.0"),
        (("verdict",), "ok"),
        (("exit_code",), 64),
        (("sdk", 0, "match"), "close"),
        (("components", 0, "phase"), "retired"),
        (("components", 0, "level"), "gamma"),
        (("findings", 0, "severity"), "error"),
        (("findings", 0, "category"), "network"),
        (("findings", 0, "kind"), "odd"),
        (("findings", 0, "components"), ["a", "b", "c", "d", "e"]),
        (("findings", 0, "id"), "Some Check"),
        (("findings", 0, "scope"), "somewhere"),
        (("devices", "pci"), -1),
        (("as_of",), "21.11.2026"),
        (("checks", 0, "status"), "fine"),
    ],
)
def test_schema_is_strict(place: tuple[str | int, ...], value: Any) -> None:
    """The schema refuses what the contract does not allow."""
    parsed = document(FULL)
    spot = parsed
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value

    assert [] != errors(parsed)


@pytest.mark.parametrize("place", [(), ("host",), ("components", 0), ("findings", 0), ("findings", 0, "remedy")])
def test_schema_lets_keys_be_added(place: tuple[str | int, ...]) -> None:
    """A report of a later minor version, with keys more, is still valid; one with a key less is not."""
    parsed = document(FULL)
    spot = parsed
    for step in place:
        spot = spot[step]
    spot["novelty"] = 1

    assert [] == errors(parsed)
    del spot[next(iter(spot))]
    assert [] != errors(parsed)
