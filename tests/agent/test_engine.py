"""The engine: what is skipped, what explains what, in which order, and with which exit code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from tests.builders import environment, healthy_facts
from tests.reports import finding

from neuron_collectors.facts import NOT_GIVEN, PERMISSION, Container, Inventory, LoadedDriver, NeuronDevice, Unread
from neuron_validator.catalog import Catalog
from neuron_validator.checks import CHECKS
from neuron_validator.engine import attach_consequences, diagnose, order
from neuron_validator.evidence import NEEDS, Evidence, NotKnown, gather_evidence
from neuron_validator.findings import Check, Finding, Severity
from neuron_validator.report import CheckStatus, Skip, exit_code

INFO, WARNING, CRITICAL = Severity


@pytest.fixture
def evidence(catalog: Catalog) -> Evidence:
    """Return the evidence of a healthy host."""
    return gather(catalog)


def gather(catalog: Catalog, **facts: Any) -> Evidence:
    """Return the evidence of a host, healthy but for *facts*."""
    return gather_evidence(Inventory(**{**healthy_facts(), **facts}), catalog, date(2026, 11, 21))


def check(check_id: str, *said: Finding, needs: tuple[str, ...] = (), explains: tuple[str, ...] = ()) -> Check:
    """Return a check that says *said*, whatever the evidence."""
    return Check(
        id=check_id,
        category="driver",
        title="",
        severity=CRITICAL,
        needs=needs,
        run=lambda _evidence: iter(said),
        consequences=explains,
    )


def ids(findings: tuple[Finding, ...]) -> list[str]:
    """Return the findings' ids."""
    return [one.id for one in findings]


def test_status_is_the_worst_that_was_said(evidence: Evidence) -> None:
    """A check's state is its worst finding's severity, and pass when it says nothing."""
    checks = (check("loud", finding(id="loud", severity=INFO), finding(id="loud", severity=CRITICAL)), check("silent"))

    report = diagnose(evidence, checks=checks)

    assert (CheckStatus(check="loud", status="critical"), CheckStatus(check="silent", status="pass")) == report.checks


@pytest.mark.parametrize("need", list(NEEDS))
def test_check_without_its_facts_is_skipped(catalog: Catalog, need: str) -> None:
    """A check whose facts could not be read is skipped with the reason, for every fact that can be needed."""
    nothing = gather_evidence(Inventory(), catalog, date(2026, 11, 21))

    report = diagnose(nothing, checks=(check("needy", finding(id="needy"), needs=(need,)),))

    assert (Skip(check="needy", reason=f"{need}: not collected"),) == report.skipped
    assert ((CheckStatus(check="needy", status="skipped"),), ()) == (report.checks, report.findings)


def test_check_runs_on_absent_facts(catalog: Catalog) -> None:
    """That something is not there is an answer: the check that needs it runs."""
    report = diagnose(gather(catalog, driver=None), checks=(check("needy", finding(id="needy"), needs=("driver",)),))

    assert (["needy"], ()) == (ids(report.findings), report.skipped)


def test_check_may_give_up(evidence: Evidence) -> None:
    """A check that learns half-way that it cannot know is skipped, and what it said before is dropped."""

    def run(_evidence: Evidence) -> Iterator[Finding]:
        yield finding(id="half")
        raise NotKnown("mode: permission")

    half = Check(id="half", category="driver", title="", severity=CRITICAL, run=run)

    report = diagnose(evidence, checks=(half,))

    assert ((), (Skip(check="half", reason="mode: permission"),)) == (report.findings, report.skipped)


@pytest.mark.parametrize(
    ("cause", "effect", "expected"),
    [
        pytest.param({"severity": CRITICAL}, {"severity": WARNING}, ["cause"], id="worse"),
        pytest.param({"severity": WARNING}, {"severity": WARNING}, ["cause"], id="as-bad"),
        pytest.param({"severity": WARNING}, {"severity": CRITICAL}, ["cause", "effect"], id="milder"),
        pytest.param({"severity": INFO}, {"severity": INFO}, ["cause", "effect"], id="information"),
        pytest.param({"scope": "env:a"}, {"scope": "env:a"}, ["cause"], id="same-environment"),
        pytest.param({"scope": "env:a"}, {"scope": "env:b"}, ["cause", "effect"], id="other-environment"),
        pytest.param({"scope": "host"}, {"scope": "container"}, ["cause"], id="host-and-container"),
    ],
)
def test_cause_takes_up_its_effect(cause: dict[str, Any], effect: dict[str, Any], expected: list[str]) -> None:
    """A finding is attached to one that explains it, unless it is worse or of another environment."""
    checks = (check("cause", explains=("effect",)), check("effect"))
    findings = (finding(id="cause", **cause), finding(id="effect", title="the effect", **effect))

    attached = attach_consequences(findings, checks)

    assert expected == ids(attached)
    assert (("the effect",) if len(expected) == 1 else ()) == attached[0].consequences


def test_chain_of_causes_ends_at_its_root() -> None:
    """What an effect explains is attached to the first cause, whatever the order of the checks."""
    checks = (check("third"), check("second", explains=("third",)), check("first", explains=("second",)))
    findings = tuple(finding(id=name, title=name) for name in ("third", "second", "first"))

    (root,) = attach_consequences(findings, checks)

    assert ("first", {"second", "third"}) == (root.id, set(root.consequences))


def test_causes_make_no_loops() -> None:
    """Of the checks that ship, none explains itself, directly or through others."""
    explains = {one.id: one.consequences for one in CHECKS}

    def reached(check_id: str) -> set[str]:
        return {end for effect in explains[check_id] for end in (effect, *reached(effect))}

    assert [] == [check_id for check_id in explains if check_id in reached(check_id)]
    assert set().union(*explains.values()) <= explains.keys()


def test_order_to_act() -> None:
    """The worst comes first, then what its check's place says, then scope and title."""
    checks = (check("first"), check("second"))
    findings = (
        finding(id="second", severity=CRITICAL),
        finding(id="first", severity=WARNING),
        finding(id="first", severity=CRITICAL, scope="host", title="b"),
        finding(id="first", severity=CRITICAL, scope="env:a"),
        finding(id="first", severity=CRITICAL, scope="host", title="a"),
    )

    assert [
        ("first", "env:a", findings[3].title),
        ("first", "host", "a"),
        ("first", "host", "b"),
        ("second", "host", findings[0].title),
        ("first", "host", findings[1].title),
    ] == [(one.id, one.scope, one.title) for one in order(findings, checks)]


@pytest.mark.parametrize(
    ("verdict", "severities", "fail_on", "expected"),
    [
        ("pass", [], WARNING, 0),
        ("pass", [INFO], WARNING, 0),
        ("warn", [WARNING, INFO], WARNING, 1),
        ("fail", [WARNING, CRITICAL], WARNING, 2),
        ("warn", [WARNING], CRITICAL, 0),
        ("fail", [CRITICAL], CRITICAL, 2),
        ("warn", [WARNING], None, 0),
        ("fail", [CRITICAL], None, 0),
        ("pass", [INFO], INFO, 0),
        ("unknown", [], WARNING, 3),
        ("unknown", [INFO], None, 3),
        ("unknown", [], CRITICAL, 3),
    ],
)
def test_exit_code(verdict: str, severities: list[Severity], fail_on: Severity | None, expected: int) -> None:
    """No verdict is 3 whatever is asked; else the worst finding decides, if it is bad enough."""
    findings = tuple(finding(severity=severity) for severity in severities)

    assert expected == exit_code(verdict, findings, fail_on)


@pytest.mark.parametrize(
    ("facts", "said", "expected"),
    [
        pytest.param({}, [], ("pass", []), id="all-judged"),
        pytest.param({}, [INFO], ("pass", []), id="information"),
        pytest.param({}, [WARNING, CRITICAL], ("fail", []), id="worst-counts"),
        pytest.param({"driver": PERMISSION}, [], ("unknown", ["driver: permission"]), id="driver-unread"),
        pytest.param(
            {"driver": PERMISSION}, [WARNING], ("warn", ["driver: permission"]), id="warning-in-spite-of-gaps"
        ),
        pytest.param({"devices": Unread("EIO")}, [], ("unknown", ["driver's devices: EIO"]), id="devices-unread"),
        pytest.param({"driver": NOT_GIVEN, "devices": NOT_GIVEN}, [], ("pass", []), id="facts-file"),
        pytest.param({"container": Container(), "driver": PERMISSION}, [], ("pass", []), id="container"),
    ],
)
def test_verdict(
    catalog: Catalog, facts: dict[str, Any], said: list[Severity], expected: tuple[str, list[str]]
) -> None:
    """A finding is a verdict; without one it takes that driver, devices and runtime were judged where they apply."""
    checks = (check("some-check", *(finding(severity=severity) for severity in said)),)

    report = diagnose(gather(catalog, **facts), checks=checks)

    assert expected == (report.verdict, list(report.missing))


def test_nothing_of_neuron_is_no_verdict(catalog: Catalog) -> None:
    """A host without any Neuron device or software is found to be one."""
    report = diagnose(gather_evidence(Inventory(driver=None, pci=()), catalog, date(2026, 11, 21)), checks=())

    assert (False, "unknown", 3) == (report.neuron_found, report.verdict, report.exit_code)
    assert ("PCI devices", "driver") == report.looked_at


def test_report_counts_what_each_witness_shows(catalog: Catalog) -> None:
    """A witness that shows nothing counts 0; one that could not be asked is not known."""
    devices = (NeuronDevice(index=0, device_name="Trainium1"),)
    report = diagnose(gather(catalog, pci=None, devices=devices, device_nodes=PERMISSION), checks=())

    counted = report.devices
    assert (1, 0, 1, None) == (counted.expected, counted.pci, counted.driver, counted.nodes)
    assert ("Trainium1", "2.26.5.0") == (counted.chip, counted.driver_version)


def test_scopes_of_the_report(catalog: Catalog) -> None:
    """Each scope with components is identified for itself, the system first."""
    environments = (environment("venv_a", neuronx_cc="2.23.6484.0+3b612583"), environment("venv_b", numpy="2.2.6"))
    report = diagnose(gather(catalog, python_environments=environments), checks=())

    assert [("host", "exact", ("2.28.0",)), ("env:venv_a", "range", ("2.28.0", "2.28.1"))] == [
        (scope.scope, scope.match, scope.releases) for scope in report.sdk
    ]


def test_loaded_driver_goes_before_its_package(catalog: Catalog) -> None:
    """Both are components; the loaded one decides what the scope is."""
    report = diagnose(gather(catalog, driver=LoadedDriver(version="2.28.0.0")), checks=())

    assert ["2.28.0.0", "2.26.5.0"] == [row.version for row in report.components if row.component_class == "driver"]
    assert "mixed" == report.sdk[0].match


@pytest.mark.parametrize(
    ("cause", "effect", "left"),
    [
        (("aws-neuronx-tools",), ("aws-neuronx-tools", "aws-neuronx-runtime-lib"), ["cause"]),
        (("aws-neuronx-tools",), ("torch-neuronx",), ["cause", "effect"]),
        (("aws-neuron-dkms",), ("aws-neuronx-dkms",), ["cause"]),
        ((), ("torch-neuronx",), ["cause"]),
        (("aws-neuronx-dkms",), (), ["cause"]),
    ],
)
def test_a_cause_explains_nothing_of_other_components(
    cause: tuple[str, ...], effect: tuple[str, ...], left: list[str]
) -> None:
    """A finding swallows only what is about something that it names itself; one that names nothing is about any."""
    said = (finding(id="cause", severity=CRITICAL, components=cause), finding(id="effect", components=effect))

    assert left == ids(attach_consequences(said, (check("cause", explains=("effect",)), check("effect"))))
