"""Compiled models against runtime, device and settings: each with a twin that fits, and with what is not known."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import Catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Finding


def told(catalog: Catalog, check: str, **facts: Any) -> list[Finding]:
    """Diagnose a facts file and return what one check says."""
    inventory = parse_facts(json.dumps(facts), toml=False)
    report = diagnose(gather_evidence(inventory, catalog, date(2026, 11, 21)))
    return [finding for finding in report.findings if finding.id == check]


def neff(**fields: Any) -> list[dict[str, Any]]:
    """Return one compiled model."""
    return [{"path": "/srv/model.neff", **fields}]


@pytest.mark.parametrize(
    ("bits", "mask", "expected"),
    [
        ("0x100", "0x80000000000000ff", ["critical"]),
        ("0x100", "0x1ff", []),
        ("0x0", "0x1f", []),
        ("0x100", None, []),
        (None, "0x1f", []),
        # Bit 63 is printed by older runtimes and is no feature.
        ("0x8000000000000001", "0x1", []),
    ],
)
def test_features(catalog: Catalog, bits: str | None, mask: str | None, expected: list[str]) -> None:
    """A feature that the runtime does not support is critical; an unknown mask is untested."""
    runtime = {"runtime": {"version": "2.20.11.0", **({"supported_feature_bits": mask} if mask else {})}}
    found = told(
        catalog, "neff-features-unsupported", neffs=neff(**({"feature_bits": bits} if bits else {})), **runtime
    )

    assert expected == [finding.severity.word for finding in found]


def test_features_finding(catalog: Catalog) -> None:
    """The finding prints both masks, the file, and the features that are missing."""
    runtime = {"supported_feature_bits": "0x1f"}
    (finding,) = told(catalog, "neff-features-unsupported", neffs=neff(feature_bits="0x103"), runtime=runtime)

    assert "model.neff needs features 0x100, which the runtime does not support" == finding.title
    assert "0x103" in finding.observed
    assert "0x1f" in finding.observed
    assert "/srv/model.neff" == finding.evidence[0].source
    assert "NEFF-003" == (finding.rule.id if finding.rule else None)


@pytest.mark.parametrize(
    ("target", "family", "environment", "expected"),
    [
        pytest.param("sunda", "trn1", {}, [], id="sunda-on-trn1"),
        pytest.param("sunda", "inf2", {}, [], id="sunda-on-inf2"),
        pytest.param("trn1", "inf2", {}, [], id="trn1-on-inf2-same-core"),
        pytest.param("cayman", "trn2", {}, [], id="cayman-on-trn2"),
        pytest.param("cayman", "trn1", {}, ["critical"], id="newer-than-the-device"),
        pytest.param("sunda", "trn2", {}, ["critical"], id="older-than-the-device"),
        pytest.param("sunda", "trn2", None, ["warning"], id="older-and-settings-unknown"),
        pytest.param("cayman", "trn1", None, ["critical"], id="newer-whatever-the-settings"),
        pytest.param("sunda", "trn2", {"NEURON_RT_ALLOW_LEGACY_NEFF": "true"}, [], id="older-and-allowed"),
        pytest.param("cayman", "trn1", {"NEURON_RT_ALLOW_LEGACY_NEFF": "true"}, ["critical"], id="newer-never-allowed"),
        pytest.param("sunda", "inf1", {}, ["critical"], id="on-inf1"),
        pytest.param("mariana", "trn2", {}, [], id="target-not-known-for-sure"),
        pytest.param("sunda", "c5.large", {}, [], id="no-device"),
    ],
)
def test_target(
    catalog: Catalog, target: str, family: str, environment: dict[str, str] | None, expected: list[str]
) -> None:
    """A file is for one generation of cores; an older one may be allowed by a setting."""
    settings = {} if environment is None else {"environment": environment}
    found = told(catalog, "neff-target-mismatch", instance_type=family, neffs=neff(target=target), **settings)

    assert expected == [finding.severity.word for finding in found]


@pytest.mark.parametrize(
    ("size", "family", "environment", "expected"),
    [
        pytest.param(2, "trn2", {"NEURON_LOGICAL_NC_CONFIG": "1"}, ["critical"], id="set-otherwise"),
        pytest.param(1, "trn2", {"NEURON_LOGICAL_NC_CONFIG": "1"}, [], id="set-alike"),
        pytest.param(1, "trn2", {}, ["warning"], id="default-otherwise"),
        pytest.param(2, "trn2", {}, [], id="default-alike"),
        pytest.param(1, "trn2", None, ["info"], id="settings-unknown"),
        pytest.param(1, "trn3", {}, [], id="default-not-documented"),
        pytest.param(1, "trn1", {}, [], id="no-choice"),
        pytest.param(None, "trn2", {}, [], id="no-size-in-the-file"),
        pytest.param(1, "trn2", {"NEURON_LOGICAL_NC_CONFIG": "two"}, ["warning"], id="nonsense-is-unset"),
    ],
)
def test_logical_cores(
    catalog: Catalog, size: int | None, family: str, environment: dict[str, str] | None, expected: list[str]
) -> None:
    """What is set decides; the default is surer where settings could be looked at."""
    settings = {} if environment is None else {"environment": environment}
    found = told(catalog, "neff-lnc-mismatch", instance_type=family, neffs=neff(lnc_size=size), **settings)

    assert expected == [finding.severity.word for finding in found]


@pytest.mark.parametrize(
    ("compiled", "facts", "expected"),
    [
        pytest.param(
            "2.13.72.0", {"python_envs": [{"path": "e", "packages": {"neuronx-cc": "2.13.66.0"}}]}, 1, id="newer"
        ),
        pytest.param(
            "2.13.66.0", {"python_envs": [{"path": "e", "packages": {"neuronx-cc": "2.13.72.0"}}]}, 0, id="older"
        ),
        pytest.param(
            "2.13.72.0", {"python_envs": [{"path": "e", "packages": {"neuronx-cc": "2.13"}}]}, 0, id="too-short"
        ),
        pytest.param(
            "2.25.3371.0", {"os_packages": {"aws-neuronx-runtime-lib": "2.30.51.0"}}, 1, id="than-the-runtime"
        ),
        pytest.param("2.23.6484.0", {"os_packages": {"aws-neuronx-runtime-lib": "2.30.51.0"}}, 0, id="of-one-release"),
        pytest.param("2.99.1.0", {"os_packages": {"aws-neuronx-runtime-lib": "2.30.51.0"}}, 0, id="unknown-release"),
    ],
)
def test_newer_compiler(catalog: Catalog, compiled: str, facts: dict[str, Any], expected: int) -> None:
    """A model from a newer compiler is untested, information; what cannot be told is not said."""
    found = told(catalog, "neff-newer-than-compiler", neffs=neff(compiler_version=compiled), **facts)

    assert ["info"] * expected == [finding.severity.word for finding in found]


def test_files_with_one_fault_are_one_finding(catalog: Catalog) -> None:
    """A folder of models for another device is told once."""
    files = [{"path": f"/srv/{number}.neff", "target": "cayman"} for number in range(50)]
    found = told(catalog, "neff-target-mismatch", instance_type="trn1", neffs=files)

    assert ["0.neff and 49 more was compiled for cayman (Trn2), and this is Trn1"] == [
        finding.title for finding in found
    ]
    assert len(found[0].evidence) <= 4


def test_without_models_the_checks_are_skipped(catalog: Catalog) -> None:
    """Nobody looked for models: that is no pass."""
    inventory = parse_facts('{"instance_type": "trn1"}', toml=False)
    report = diagnose(gather_evidence(inventory, catalog, date(2026, 11, 21)))

    skipped = {skip.check for skip in report.skipped}
    assert {"neff-version-unsupported", "neff-features-unsupported", "neff-target-mismatch"} <= skipped
