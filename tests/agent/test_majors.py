"""Steps of a major version: what was released together, and what no rule covers."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import Catalog
from neuron_validator.checks.majors import GENERATIONS, ROLES
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Finding

AS_OF = date(2026, 11, 21)
EMBEDDED = {"runtime": ("libnrt.so",)}
"""The runtime of Inf1 is inside the frameworks, and has a name of its own in the package lists."""


def findings(catalog: Catalog, facts: dict[str, Any]) -> list[Finding]:
    """Diagnose a facts file."""
    return list(diagnose(gather_evidence(parse_facts(json.dumps(facts), toml=False), catalog, AS_OF)).findings)


def env(**packages: str) -> list[dict[str, Any]]:
    """Return one Python environment with *packages* (underscores for dashes)."""
    return [{"path": "/opt/env", "packages": {name.replace("_", "-"): v for name, v in packages.items()}}]


DRIVER_1 = {"aws-neuron-dkms": "1.5.0.0"}
DRIVER_2 = {"aws-neuronx-dkms": "2.26.5.0"}
RUNTIME_1 = {"aws-neuron-runtime": "1.6.24.0", "aws-neuron-runtime-base": "1.6.21.0"}
RUNTIME_2 = {"aws-neuronx-runtime-lib": "2.30.51.0"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"os_packages": {**DRIVER_1, **RUNTIME_1}}, [], id="driver-1-runtime-1"),
        pytest.param({"os_packages": {"aws-neuron-dkms": "2.1.5.0", **RUNTIME_1}}, [], id="driver-2-runtime-1"),
        pytest.param({"os_packages": {**DRIVER_2, **RUNTIME_2}}, [], id="driver-2-runtime-2"),
        pytest.param(
            {"os_packages": {**DRIVER_2, "aws-neuronx-runtime-lib": "3.0.1.0"}}, ["major-step"], id="runtime-3"
        ),
        pytest.param({"os_packages": {"aws-neuronx-dkms": "3.0.1.0", **RUNTIME_2}}, ["major-step"], id="driver-3"),
        pytest.param({"os_packages": RUNTIME_1, "python_envs": env(neuron_cc="1.6.13.0")}, [], id="cc-1-runtime-1"),
        pytest.param({"os_packages": RUNTIME_2, "python_envs": env(neuron_cc="1.24.0.0")}, [], id="cc-1-runtime-2"),
        pytest.param({"os_packages": RUNTIME_2, "python_envs": env(neuronx_cc="2.23.6484.0")}, [], id="cc-2-runtime-2"),
        pytest.param(
            {"os_packages": RUNTIME_1, "python_envs": env(neuronx_cc="2.23.6484.0")},
            ["major-step"],
            id="cc-2-runtime-1",
        ),
        pytest.param(
            {"os_packages": RUNTIME_2, "python_envs": env(neuronx_cc="3.0.1.0")}, ["major-step"], id="cc-3-runtime-2"
        ),
        pytest.param({"neffs": [{"path": "a.neff", "neff_version": "0.6"}]}, [], id="neff-0"),
        pytest.param({"neffs": [{"path": "a.neff", "neff_version": "1.0"}]}, [], id="neff-1"),
        pytest.param({"neffs": [{"path": "a.neff", "neff_version": "2.0"}]}, [], id="neff-2"),
        pytest.param({"neffs": [{"path": "a.neff", "neff_version": "3.0"}]}, ["major-step"], id="neff-3"),
        pytest.param({"os_packages": {**DRIVER_2, "aws-neuronx-runtime-lib": "2.x.7693.0"}}, [], id="no-version"),
    ],
)
def test_majors(catalog: Catalog, facts: dict[str, Any], expected: list[str]) -> None:
    """What was never released together is a warning, untested; what was is silent."""
    told = [f for f in findings(catalog, facts) if f.id == "major-step"]

    assert expected == [f.id for f in told]
    assert all((f.severity.word, f.kind) == ("warning", "untested") for f in told)


def test_a_rule_covers_the_step(catalog: Catalog) -> None:
    """Driver 1 under runtime 2 is known not to work: the rule says so, and the step is its consequence."""
    told = findings(catalog, {"driver": {"loaded": "1.5.0.0"}, "os_packages": {**DRIVER_1, **RUNTIME_2}})

    assert ("driver-runtime-incompatible", "critical") == (told[0].id, told[0].severity.word)
    assert "major-step" not in [finding.id for finding in told]
    assert any("majors" in title for title in told[0].consequences)


@pytest.mark.parametrize("pair", GENERATIONS, ids=lambda pair: f"{pair.one}-{pair.other}")
def test_generations_are_those_of_the_releases(pair: Any, catalog: Catalog) -> None:
    """The majors that belong together are those that some SDK release lists together, for one family."""
    together = {
        (one, other)
        for release in catalog.packaged
        for family in (catalog.release(release) or catalog.latest).families
        for one in majors(catalog, release, family, pair.one)
        for other in majors(catalog, release, family, pair.other)
    }

    assert together == pair.together


def majors(catalog: Catalog, release: str, family: str, role: str) -> set[int]:
    """Return the majors of what plays *role* in a release."""
    names = (*ROLES[role], *EMBEDDED.get(role, ()))
    return {version.number.release[0] for version in catalog.listed(release, family=family) if version.package in names}
