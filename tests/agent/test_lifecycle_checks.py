"""Checks of age over facts built by hand: each with a host that it speaks of and a twin that it is silent on."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.builders import environment, healthy_facts, packages

import neuron_validator
from neuron_collectors.facts import (
    NOT_COLLECTED,
    Container,
    Instance,
    Inventory,
    LoadedDriver,
    OperatingSystem,
    Process,
    PythonEnvironment,
)
from neuron_validator.catalog import Catalog, load_catalog
from neuron_validator.checks import CHECKS
from neuron_validator.checks.catalog import CHECKS as CATALOG_CHECKS
from neuron_validator.checks.dependencies import CHECKS as DEPENDENCY_CHECKS
from neuron_validator.checks.lifecycle import CHECKS as LIFECYCLE_CHECKS
from neuron_validator.checks.settings import CHECKS as SETTING_CHECKS
from neuron_validator.engine import diagnose
from neuron_validator.evidence import Evidence, gather_evidence
from neuron_validator.findings import MAX_COMPONENTS, Finding
from neuron_validator.renderers.json import render

OURS = (*DEPENDENCY_CHECKS, *SETTING_CHECKS, *LIFECYCLE_CHECKS, *CATALOG_CHECKS)
TODAY = "2026-11-21"
NONE: dict[str, Any] = {"os_packages": None, "driver": NOT_COLLECTED}


def gather(catalog: Catalog, day: str, *, lookahead: timedelta = timedelta(days=90), **facts: Any) -> Evidence:
    """Return the evidence of a healthy trn1.2xlarge of SDK 2.28.0, but for what the test gives."""
    inventory = Inventory(**{**healthy_facts(), **facts})
    return gather_evidence(inventory, catalog, date.fromisoformat(day), lookahead=lookahead)


def said(catalog: Catalog, day: str, check: str, **facts: Any) -> list[Finding]:
    """Return what one check says."""
    report = diagnose(gather(catalog, day, **facts), checks=OURS)
    return [finding for finding in report.findings if finding.id == check]


def venv(python: str = "3.11.9", name: str = "venv", **versions: Any) -> PythonEnvironment:
    """Return a Python environment with that interpreter."""
    return replace(environment(name, **versions), python=python)


def ubuntu(version: str) -> OperatingSystem:
    """Return that release of Ubuntu."""
    return OperatingSystem(id="ubuntu", version=version)


AL2 = OperatingSystem(id="amzn", version="2")


@pytest.mark.parametrize(
    ("day", "version", "severity", "words"),
    [
        # PyTorch 2.8: of its training announced in December 2025, for SDK 2.29 in February, which came on 2026-04-09.
        ("2025-12-18", "2.8.0.2.11.19912", None, ""),
        ("2026-02-25", "2.8.0.2.12.22436", "info", "to end (the first release with PyTorch 2.10)"),
        ("2026-02-26", "2.8.0.2.12.22436", "info", "to end with SDK 2.29.0, announced by AWS on 2026-02-26"),
        ("2026-04-08", "2.8.0.2.12.22436", "info", "to end with SDK 2.29.0"),
        ("2026-04-09", "2.8.0.2.12.22436", "warning", "ended by AWS with SDK 2.29.0 on 2026-04-09"),
        (TODAY, "2.13.3.0", None, ""),
    ],
)
def test_end_of_support(catalog: Catalog, day: str, version: str, severity: str | None, words: str) -> None:
    """An end in force is a warning; one that is announced without a day is information."""
    found = said(catalog, day, "end-of-support", python_environments=(venv(torch_neuronx=version),))

    assert ([severity] if severity else []) == [finding.severity.word for finding in found]
    assert all(words in finding.observed for finding in found)
    assert all(finding.rule and finding.rule.id and finding.docs for finding in found)


def test_end_of_support_names_the_way_out(catalog: Catalog) -> None:
    """The remedy names what the vendor names, and the components are those that have ended."""
    (found,) = said(catalog, TODAY, "end-of-support", python_environments=(venv(torch_neuronx="2.8.0.2.12.22436"),))

    assert ("torch-neuronx",) == found.components
    assert "2.9" in found.remedy.summary


@pytest.mark.parametrize(
    ("day", "lookahead", "severity"),
    [
        ("2027-03-02", 90, None),
        ("2027-03-03", 90, "warning"),
        ("2027-06-01", 90, "warning"),
        ("2027-06-02", 90, "warning"),
        ("2027-03-03", 60, None),
        ("2027-06-02", 0, "warning"),
        ("2027-06-01", 0, "warning"),
        ("2027-05-31", 0, None),
    ],
)
def test_end_of_a_system_by_its_makers(catalog: Catalog, day: str, lookahead: int, severity: str | None) -> None:
    """Ubuntu 22.04 has standard support until 2027-06-01; that is a warning within the look-ahead, and after."""
    evidence = gather(catalog, day, lookahead=timedelta(days=lookahead), os=ubuntu("22.04"))
    report = diagnose(evidence, checks=LIFECYCLE_CHECKS)

    found = [finding for finding in report.findings if finding.id == "end-of-support"]
    assert ([severity] if severity else []) == [finding.severity.word for finding in found]
    assert all("Ubuntu Pro goes on until 2032" in finding.observed for finding in found)


def test_vendor_without_a_date_hides_no_date_of_the_makers(catalog: Catalog) -> None:
    """AWS had announced the end of Python 3.9 for some release when its makers' own was three months away."""
    environments = (venv("3.9.19", torch_neuronx="2.7.0.2.10.13553"),)
    (found,) = said(catalog, "2025-08-15", "end-of-support", python_environments=environments)

    assert "warning" == found.severity.word
    assert "Python 3.9: to end by its makers after 2025-10" in found.observed
    assert "Python 3.9: to end (a coming release), announced by AWS on 2025-07-31" in found.observed


def test_one_finding_for_a_place(catalog: Catalog) -> None:
    """What has ended in one environment is one finding, however much it is; each place has its own."""
    old = {"torch_neuronx": "2.6.0.2.9.9357", "transformers_neuronx": "0.13.985", "neuronx_cc": "2.19.8089.0"}
    environments = (venv("3.9.19", "a", tensorflow_neuronx="2.10.1.2.1.0", **old), venv("3.9.19", "b", **old))
    found = said(catalog, TODAY, "end-of-support", python_environments=environments, os=ubuntu("20.04"), **NONE)

    scopes = [finding.scope for finding in found]
    assert len(scopes) == len(set(scopes))
    assert {"env:a", "env:b"} <= set(scopes)
    assert all(len(finding.components) <= MAX_COMPONENTS for finding in found)


def test_driver_of_inf1(catalog: Catalog) -> None:
    """Where no driver is known, Inf1 is told which; where it is, other checks tell."""
    inf1 = {"instance": Instance(instance_type="inf1.xlarge"), "pci": (), "devices": NOT_COLLECTED}
    (found,) = said(catalog, "2026-01-06", "end-of-support", **inf1, **NONE)

    assert (("aws-neuronx-dkms",), "info") == (found.components, found.severity.word)
    assert "Inf1" in found.title
    assert [] == said(
        catalog, TODAY, "end-of-support", **inf1, os_packages=None, driver=LoadedDriver(version="2.24.7.0")
    )


def test_driver_that_dropped_the_family_is_told_once(catalog: Catalog) -> None:
    """A driver that knows no Inf1 is critical by a rule: that its support ended there is not told beside."""
    inf1 = {"instance": Instance(instance_type="inf1.xlarge"), "pci": (), "devices": NOT_COLLECTED}
    driver = LoadedDriver(version="2.25.4.0")

    assert [] == said(catalog, TODAY, "end-of-support", **inf1, os_packages=None, driver=driver, os=NOT_COLLECTED)


@pytest.mark.parametrize(("day", "found"), [("2026-05-20", []), ("2026-05-21", ["info"])])
def test_maintenance(catalog: Catalog, day: str, found: list[str]) -> None:
    """NxD Core's training has been in maintenance since SDK 2.30.0; that is information."""
    environments = (venv(neuronx_distributed="0.17.26814"),)

    said_of_it = said(catalog, day, "maintenance", python_environments=environments)
    assert found == [finding.severity.word for finding in said_of_it]


def test_maintenance_with_an_end_is_told_once(catalog: Catalog) -> None:
    """What is in maintenance and announced to end is told as an end."""
    facts = {
        "instance": Instance(instance_type="trn2.48xlarge"),
        "python_environments": (venv(neuronx_distributed_inference="0.10.18399"),),
    }

    assert [] == said(catalog, TODAY, "maintenance", **facts, **NONE)
    (found,) = said(catalog, TODAY, "end-of-support", **facts, **NONE)
    assert "info" == found.severity.word
    assert "to end with SDK 2.34" in found.observed


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ({"jax_neuronx": "0.10.0.1.0.11459"}, ["info"]),
        ({"neuronx_cc": "2.27.5334.0"}, []),
        ({"torch_neuronx": "2.9.0.2.14.27725b0"}, ["info"]),
    ],
)
def test_beta_in_use(catalog: Catalog, versions: dict[str, str], found: list[str]) -> None:
    """A beta, by its label or its version, is told with what it promises; stable software is not."""
    said_of_it = said(catalog, TODAY, "beta-in-use", python_environments=(venv(**versions),))

    assert found == [finding.severity.word for finding in said_of_it]
    assert all("basic" in finding.why for finding in said_of_it)


def test_beta_in_production(catalog: Catalog) -> None:
    """Where people rely on the host a beta is a warning; stable software is none, and elsewhere it is information."""
    hosts = [
        gather(catalog, TODAY, python_environments=(venv(**one),))
        for one in ({"jax_neuronx": "0.10.0.1.0.11459"}, {"neuronx_cc": "2.27.5334.0"})
    ]
    said = [
        [f.severity.word for f in diagnose(replace(host, production=production)).findings if f.id == "beta-in-use"]
        for host in hosts
        for production in (False, True)
    ]

    assert [["info"], ["warning"], [], []] == said


def test_beta_setting_in_use(catalog: Catalog) -> None:
    """A variable that the vendor calls a beta is told in the system's scope."""
    variables = {"NEURON_RT_INSPECT_DURATION_NSEC": "1", "NEURON_RT_NUM_CORES": "2"}
    (found,) = said(catalog, "2025-01-15", "beta-in-use", environment=variables)

    assert ("host", "NEURON_RT_INSPECT_DURATION_NSEC is beta") == (found.scope, found.observed)
    assert "major changes may come" in found.why
    assert ["environment"] == [excerpt.source for excerpt in found.evidence]


@pytest.mark.parametrize(
    ("day", "behind"), [("2026-03-01", None), ("2026-04-09", "1 release"), (TODAY, "5 releases behind 2.33.1")]
)
def test_releases_behind(catalog: Catalog, day: str, behind: str | None) -> None:
    """A host of SDK 2.28.0 is up to date until the next release, and then behind."""
    found = said(catalog, day, "releases-behind")

    assert (behind is not None) == bool(found)
    assert all(str(behind) in finding.title for finding in found)
    assert all("newest release only" in finding.why for finding in found)


def test_frozen_packages_are_not_behind(catalog: Catalog) -> None:
    """The last packages for Inf1 have no newer version: there is nothing to update."""
    facts = {
        "instance": Instance(instance_type="inf1.xlarge"),
        "python_environments": (venv("3.10.12", torch_neuron="1.13.1.2.11.13.0", neuron_cc="1.24.0.0"),),
    }

    assert [] == said(catalog, TODAY, "releases-behind", **facts, os_packages=None, driver=None)


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ({"aws_neuron_dkms": "2.3.26.0", "aws_neuronx_dkms": None}, [("warning", "aws-neuronx-dkms")]),
        # Beside its successor a rule speaks of it; PyTorch NeuronX is a new name of the product, not of the package.
        ({"aws_neuron_tools": "2.1.4.0"}, []),
        ({}, []),
    ],
)
def test_renamed_package(catalog: Catalog, versions: dict[str, str | None], found: list[tuple[str, str]]) -> None:
    """A package under a name of the past is told with the name of today."""
    facts = {
        "os_packages": packages(**versions),
        "driver": NOT_COLLECTED,
        "python_environments": (venv(torch_neuronx="2.9.0.2.14.27725"),),
    }

    said_of_it = said(catalog, TODAY, "renamed-or-dropped-package", **facts)
    assert found == [(finding.severity.word, finding.expected.split()[2]) for finding in said_of_it]


@pytest.mark.parametrize(("day", "found"), [("2026-05-20", []), ("2026-05-21", ["info"])])
def test_dropped_package(catalog: Catalog, day: str, found: list[str]) -> None:
    """A package that the lists have lost without a word is information, from the first release without it on."""
    stubs = [v.version for v in catalog.known_versions("neuronx-cc-stubs")][-1]
    said_of_it = said(
        catalog, day, "renamed-or-dropped-package", python_environments=(venv(neuronx_cc_stubs=stubs),), **NONE
    )

    assert found == [finding.severity.word for finding in said_of_it]


@pytest.mark.parametrize(
    ("python", "versions", "found"),
    [
        # SDK 2.27.0 ended Python 3.9, SDK 2.30.0 ended 3.10 and began 3.13.
        ("3.9.19", {"torch_neuronx": "2.9.0.2.11.19912"}, ["Python 3.9 is not supported by"]),
        ("3.9.19", {"torch_neuronx": "2.8.0.2.10.16998"}, []),
        ("3.10.12", {"neuronx_cc": "2.25.3371.0"}, ["Python 3.10 is not supported by"]),
        ("3.10.12", {"neuronx_cc": "2.23.6484.0"}, []),
        ("3.13.1", {"neuronx_cc": "2.23.6484.0"}, ["Python 3.13 is not supported yet by"]),
        ("3.13.1", {"neuronx_cc": "2.25.3371.0"}, []),
        ("3.12.3", {"neuronx_cc": "2.25.3371.0"}, []),
        ("3.9.19", {"numpy": "2.0.2"}, []),
        # The packages for Inf1 are still listed for Python 3.10.
        ("3.10.12", {"torch_neuron": "1.13.1.2.11.13.0", "neuron_cc": "1.24.0.0"}, []),
        # Announced only, and never said to have come about: too little to speak of the installed software.
        ("3.7.17", {"torch_neuronx": "1.13.1.1.13.0"}, []),
    ],
)
def test_python_unsupported(catalog: Catalog, python: str, versions: dict[str, str], found: list[str]) -> None:
    """An environment whose packages do not support its Python any more, or yet, is a warning."""
    environments = (venv(python, **versions),)
    said_of_it = said(catalog, TODAY, "python-unsupported", python_environments=environments, **NONE)

    assert found == [finding.title.removesuffix(" the Neuron software here") for finding in said_of_it]
    assert all(("warning", "python") == (finding.severity.word, finding.category) for finding in said_of_it)


@pytest.mark.parametrize(
    ("os", "facts", "found"),
    [
        (AL2, {}, ["os-unsupported"]),
        # The driver stays supported on Amazon Linux 2, as containers run on such hosts; its makers have ended it since.
        (AL2, {"os_packages": None, "driver": LoadedDriver(version="2.26.5.0")}, ["end-of-support"]),
        (ubuntu("20.04"), {}, ["os-unsupported"]),
        (ubuntu("22.04"), {}, []),
        (OperatingSystem(id="nixos", version="24.05"), {}, []),
        (OperatingSystem(id="ubuntu"), {}, []),
    ],
)
def test_os_unsupported(catalog: Catalog, os: OperatingSystem, facts: dict[str, Any], found: list[str]) -> None:
    """A system that ended before the installed release is a warning, and its end is not told a second time."""
    report = diagnose(gather(catalog, TODAY, os=os, **facts), checks=OURS)
    ids = [finding.id for finding in report.findings if "Linux 2" in finding.title or "20.04" in finding.title]

    assert found == ids


def test_old_release_on_an_ended_system(catalog: Catalog) -> None:
    """Software from before the end of its system fits it; only that the system has ended is told."""
    old = packages(
        aws_neuronx_dkms="2.17.17.0",
        aws_neuronx_runtime_lib="2.21.41.0",
        aws_neuronx_collectives="2.21.46.0",
        aws_neuronx_tools="2.18.3.0",
    )
    facts = {"os_packages": old, "driver": LoadedDriver(version="2.17.17.0"), "os": AL2}

    assert [] == said(catalog, TODAY, "os-unsupported", **facts)
    assert any("Amazon Linux 2" in finding.observed for finding in said(catalog, TODAY, "end-of-support", **facts))


@pytest.mark.parametrize(
    ("environment_variables", "found"),
    [
        # Removed with 2.22, and a runtime of 2.28 is here; announced, and disputed since; current; not Neuron's.
        ({"NEURON_RT_INSPECT_DURATION_NSEC": "1"}, [("warning", "NEURON_RT_INSPECT_DURATION_NSEC")]),
        ({"XLA_USE_BF16": "1"}, [("info", "XLA_USE_BF16")]),
        ({"NEURON_RT_NUM_CORES": "2"}, []),
        ({"PATH": "/bin"}, []),
        (
            {"XLA_USE_BF16": "1", "XLA_DOWNCAST_BF16": "1", "NEURON_RT_INSPECT_DURATION_NSEC": "1"},
            [("warning", "NEURON_RT_INSPECT_DURATION_NSEC"), ("info", "XLA_DOWNCAST_BF16, XLA_USE_BF16")],
        ),
    ],
)
def test_deprecated_setting(
    catalog: Catalog, environment_variables: dict[str, str], found: list[tuple[str, str]]
) -> None:
    """A setting that the installed software reads no more is a warning, one that ages information: one finding each."""
    said_of_it = said(catalog, TODAY, "deprecated-setting", environment=environment_variables)

    assert found == [(finding.severity.word, finding.title.partition(":")[0]) for finding in said_of_it]
    assert all("environment" == finding.category and finding.rule for finding in said_of_it)


def test_setting_of_software_that_is_not_here(catalog: Catalog) -> None:
    """Without the runtime, or with one that still reads it, a removed variable is information."""
    variables = {"NEURON_RT_INSPECT_DURATION_NSEC": "1"}
    (found,) = said(catalog, TODAY, "deprecated-setting", environment=variables, **NONE)

    assert "info" == found.severity.word


def test_settings_of_processes(catalog: Catalog) -> None:
    """The variables of processes count, and the compiler's flags in them."""
    process = Process(pid=4711, environment={"XLA_USE_BF16": "1", "NEURON_CC_FLAGS": "--model-type=transformer -O1"})
    evidence = gather(catalog, TODAY, processes=(process,))

    seen = {usage.subject.name: usage.where for usage in evidence.usages}
    assert "process 4711" == seen["XLA_USE_BF16"]
    assert "NEURON_CC_FLAGS in process 4711" == seen["--model-type"]


@pytest.mark.parametrize(("days", "found"), [(0, []), (120, []), (121, ["info"]), (-300, [])])
def test_catalog_old(catalog: Catalog, days: int, found: list[str]) -> None:
    """A catalog of more than 120 days is told with how to update it; one from the future, as in replays, is not."""
    day = (catalog.date + timedelta(days=days)).isoformat()
    said_of_it = said(catalog, day, "catalog-old")

    assert found == [finding.severity.word for finding in said_of_it]
    assert all("pip install --upgrade" in finding.remedy.commands[0] for finding in said_of_it)


def test_container_has_its_own_system(catalog: Catalog) -> None:
    """In a container the system is the container's, and the driver of its host is not looked for."""
    facts = {
        "container": Container(),
        "instance": Instance(instance_type="inf1.xlarge"),
        "os": ubuntu("20.04"),
        "driver": None,
        "pci": (),
        "devices": NOT_COLLECTED,
    }
    found = said(catalog, TODAY, "end-of-support", **facts)

    assert all("dkms" not in finding.observed for finding in found)


def test_nothing_known_says_nothing(catalog: Catalog) -> None:
    """What was not looked at has not ended."""
    report = diagnose(gather_evidence(Inventory(), catalog, date.fromisoformat(TODAY)), checks=OURS)

    assert () == report.findings


def test_every_check_is_listed() -> None:
    """All of them run in a diagnosis, the grave ones of dependencies and settings before those of age."""
    ids = [check.id for check in CHECKS]
    ours = [check.id for check in OURS]

    assert ours == [check_id for check_id in ids if check_id in ours]


def test_rows_of_the_report(catalog: Catalog) -> None:
    """The report has phase, end and level of each component, and the settings in use, as its schema says."""
    environments = (venv(torch_neuronx="2.8.0.2.12.22436", jax_neuronx="0.10.0.1.0.11459", neuronx_cc="2.23.6484.0"),)
    variables = {"NEURON_RT_NUM_CORES": "2", "NEURON_CC_FLAGS": "--model-type=transformer"}
    evidence = gather(catalog, TODAY, python_environments=environments, environment=variables)
    document = json.loads(render(diagnose(evidence)))
    rows = {row["name"]: row for row in document["components"]}

    told = ("phase", "phase_since", "end_of_support", "end_of_support_release", "level")
    assert ["end-of-support", "2026-04-09", "2026-04-09", None, None] == [rows["torch-neuronx"][key] for key in told]
    assert ["beta", "2026-05-21", None, None, "beta"] == [rows["jax-neuronx"][key] for key in told]
    assert ["stable", "2022-10-10", None, None, "stable"] == [rows["neuronx-cc"][key] for key in told]
    assert [
        ("env", "NEURON_CC_FLAGS", "stable", "stable", "environment"),
        ("env", "NEURON_RT_NUM_CORES", "stable", "stable", "environment"),
        ("flag", "--model-type", "stable", "stable", "NEURON_CC_FLAGS in environment"),
    ] == [tuple(row.values()) for row in map(_in_order, document["usages"])]
    schema = json.loads((Path(neuron_validator.__file__).parent / "data" / "report.schema.json").read_text())
    assert [] == list(Draft202012Validator(schema).iter_errors(document))


def _in_order(row: dict[str, str]) -> dict[str, str]:
    return {key: row[key] for key in ("kind", "name", "level", "phase", "where")}


def test_end_that_is_announced_for_a_release(catalog: Catalog) -> None:
    """A component that ends with a release to come has that release in its row, and no day."""
    facts: dict[str, Any] = {
        "instance": Instance(instance_type="trn2.48xlarge"),
        "python_environments": (venv(neuronx_distributed_inference="0.10.18399"),),
    }
    report = diagnose(gather(catalog, TODAY, **facts))
    (row,) = [row for row in report.components if row.name == "neuronx-distributed-inference"]

    assert ("maintenance", None, "2.34") == (row.phase, row.end_of_support, row.end_of_support_release)


@pytest.mark.slow
def test_life_cycle_of_a_host_is_cheap() -> None:
    """Loading the catalog and looking up everything that is installed takes less than 15 ms."""
    environments = (venv(torch_neuronx="2.8.0.2.12.22436", neuronx_cc="2.23.6484.0", neuronx_distributed="0.17.26814"),)
    inventory = Inventory(**{**healthy_facts(), "python_environments": environments})
    times = []
    for _ in range(10):
        start = time.perf_counter()
        catalog = load_catalog().as_of(date.fromisoformat(TODAY))
        for component in gather_evidence(inventory, catalog, date.fromisoformat(TODAY)).components:
            assert catalog.package(component.name)
        times.append(time.perf_counter() - start)

    assert min(times) < 0.015
