"""What differs from a known-good host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.builders import environment, healthy_facts, packages

from neuron_collectors.facts import Container, Inventory, LoadedDriver, Unread
from neuron_validator.baseline import baseline_of
from neuron_validator.catalog import Catalog
from neuron_validator.checks.baseline import CHECKS
from neuron_validator.cli import main
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Finding, Severity

from .conftest import AS_OF

UNREAD = Unread("permission")
VENV = environment("venv", neuronx_cc="2.23.6484.0", torch_neuronx="2.8.0.2.12.22436")
GOOD: dict[str, Any] = {"python_environments": (VENV,)}

Drift = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def drift(catalog: Catalog) -> Drift:
    """A function that compares a host, changed by the test, with the good one, changed by *good*."""

    def find(*, good: dict[str, Any] | None = None, **facts: Any) -> tuple[Finding, ...]:
        inventories = (Inventory(**{**healthy_facts(), **GOOD, **changes}) for changes in (good or {}, facts))
        before, here = (gather_evidence(inventory, catalog, AS_OF) for inventory in inventories)
        baseline = baseline_of(diagnose(before, checks=()))
        return diagnose(replace(here, baseline=baseline), checks=CHECKS).findings

    return find


def test_the_same_host(drift: Drift) -> None:
    """A host is as itself."""
    assert () == drift()


def test_other_driver(drift: Drift) -> None:
    """Another driver is a finding of the driver, with the commands that bring the baseline's."""
    (finding,) = drift(
        driver=LoadedDriver(version="2.27.4.0", initstate="live"), os_packages=packages(aws_neuronx_dkms="2.27.4.0")
    )

    assert ("baseline-drift", "driver", Severity.WARNING) == (finding.id, finding.category, finding.severity)
    assert "aws-neuronx-dkms 2.27.4.0 is not the baseline's 2.26.5.0" == finding.title
    assert "sudo apt-get install --allow-downgrades -y 'aws-neuronx-dkms=2.26.5.0*'" in finding.remedy.commands
    assert "sudo modprobe neuron" == finding.remedy.commands[-1]


def test_other_packages(drift: Drift) -> None:
    """All packages of one scope are one finding, and one command."""
    (finding,) = drift(
        os_packages=packages(aws_neuronx_runtime_lib="2.29.40.0-f954cd7a5", aws_neuronx_tools="2.27.33.0")
    )

    assert ("packages", "host") == (finding.category, finding.scope)
    assert "2 components are not those of the baseline" == finding.title
    assert ("aws-neuronx-runtime-lib", "aws-neuronx-tools") == finding.components
    assert "aws-neuronx-runtime-lib 2.29.40.0; aws-neuronx-tools 2.27.33.0" == finding.observed
    assert "aws-neuronx-runtime-lib 2.30.51.0; aws-neuronx-tools 2.28.23.0" == finding.expected
    assert finding.remedy.commands[-1].endswith("'aws-neuronx-runtime-lib=2.30.51.0*' 'aws-neuronx-tools=2.28.23.0*'")


def test_other_python_package(drift: Drift) -> None:
    """A package of an environment is installed there."""
    (finding,) = drift(
        python_environments=(environment("venv", neuronx_cc="2.25.3371.0", torch_neuronx="2.8.0.2.12.22436"),)
    )

    assert ("env:venv", ("neuronx-cc",)) == (finding.scope, finding.components)
    assert ("Install what the baseline has: neuronx-cc 2.23.6484.0.", True) == (
        finding.remedy.summary,
        finding.remedy.commands[0].startswith("/opt/venv/bin/python -m pip install ")
        and finding.remedy.commands[0].endswith(" 'neuronx-cc==2.23.6484.0'"),
    )


def test_missing_package(drift: Drift) -> None:
    """What the baseline has and this host has not is a warning."""
    (finding,) = drift(python_environments=(environment("venv", torch_neuronx="2.8.0.2.12.22436"),))

    assert ("neuronx-cc 2.23.6484.0 of the baseline is not installed", Severity.WARNING) == (
        finding.title,
        finding.severity,
    )


def test_missing_environment(drift: Drift) -> None:
    """A whole environment that is missing has to be made first: there is nothing to install into."""
    (finding,) = drift(python_environments=())

    assert ("env:venv", ()) == (finding.scope, finding.remedy.commands)
    assert "Make the Python environment venv as the baseline has it." == finding.remedy.summary


def test_more_than_the_baseline(drift: Drift) -> None:
    """What only this host has does no known harm: information, and none when the baseline did not look."""
    (finding,) = drift(good={"python_environments": ()})

    assert (Severity.INFO, "note", "2 components that the baseline has not") == (
        finding.severity,
        finding.kind,
        finding.title,
    )
    assert () == drift(good={"python_environments": UNREAD})
    assert () == drift(good={"os_packages": UNREAD, "driver": LoadedDriver(version="2.26.5.0")})


@pytest.mark.parametrize(
    "facts",
    [
        {"python_environments": UNREAD},
        {"os_packages": UNREAD},
        {"os_packages": replace(packages(), versions={"aws-neuronx-dkms": "2.26.5.0"}, partial=True)},
        {"python_environments": (replace(VENV, packages={}, partial=True),)},
        {"python_environments": (replace(VENV, packages={**VENV.packages, "neuronx-cc": UNREAD}),)},
    ],
)
def test_unread_is_not_missing(drift: Drift, facts: dict[str, Any]) -> None:
    """What could not be looked at here is no drift."""
    assert () == drift(**facts)


def test_driver_of_a_container(drift: Drift) -> None:
    """The driver of a container is its host's: there is nothing to install inside."""
    here = {"container": Container(), "driver": LoadedDriver(version="2.27.4.0"), "os_packages": packages()}
    findings = drift(**here)

    (finding,) = (one for one in findings if one.severity is Severity.WARNING)
    assert ("host", ("aws-neuronx-dkms",), ()) == (finding.scope, finding.components, finding.remedy.commands)


def test_nobody_asked(catalog: Catalog) -> None:
    """Without a baseline there is no such check: it neither passes nor is skipped."""
    report = diagnose(gather_evidence(Inventory(**healthy_facts()), catalog, AS_OF))

    assert "baseline-drift" not in {status.check for status in report.checks} | {skip.check for skip in report.skipped}


def test_command_line(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report and a snapshot of the good host serve alike; the exit code tells of drift."""
    good, here = (repository / "tests" / "hosts" / name for name in ("trn1-healthy", "trn1-mixed-venv"))
    golden, snapshot = repository / "tests" / "golden" / "trn1-healthy.json", tmp_path / "good.json"
    main(["collect", "--root", str(good), "--output", str(snapshot)])
    options = ["diagnose", "--as-of", "2026-11-21", "--only", "baseline-drift", "--color", "never", "-q"]
    codes = [
        main([*options, "--root", str(host), "--baseline", str(file)])
        for host in (good, here)
        for file in (golden, snapshot)
    ]

    assert [0, 0, 1, 1] == codes
    assert 2 == capsys.readouterr().out.count("neuronx-cc 2.25.3371.0 is not the baseline's")


def test_bad_command_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    """A file that is no baseline is a bad input, and a comparison with nothing a usage error."""
    root = str(repository / "tests" / "hosts" / "trn1-healthy")
    (tmp_path / "no.json").write_text("{}", encoding="utf-8")

    assert 66 == main(["diagnose", "--root", root, "--baseline", str(tmp_path / "no.json")])
    assert "no.json: neither a report" in capsys.readouterr().err
    assert 64 == main(["diagnose", "--root", root, "--only", "baseline-drift"])
    assert "--baseline" in capsys.readouterr().err


def test_no_check_left(repository: Path) -> None:
    """A selection that leaves nothing is no question about a baseline."""
    root = str(repository / "tests" / "hosts" / "trn1-healthy")

    assert 0 == main(
        ["diagnose", "--root", root, "--as-of", "2026-11-21", "--only", "device-", "--skip", "device-", "-q"]
    )
