"""What changed on the host, from one report to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import environment, healthy_facts, packages
from tests.property.strategies import inventories

from neuron_collectors.facts import Inventory, LoadedDriver, OperatingSystem, Unread
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.report import Report
from neuron_validator.service.history import Change, changes_between, last_worked, standing_of
from neuron_validator.service.transitions import transitions

CATALOG = load_catalog()
DAY = date(2026, 11, 21)


def report_on(*, day: date = DAY, **facts: Any) -> Report:
    """Return the report on a healthy host, changed by *facts*."""
    return diagnose(gather_evidence(Inventory(**{**healthy_facts(), **facts}), CATALOG, day))


def changes(before: Report, after: Report) -> list[tuple[str, str, str | None, str | None]]:
    """Return kind, subject, before and after of what changed."""
    standing = standing_of(before)
    found = changes_between(standing, standing_of(after, standing), at=1.0)
    return [(change.kind, change.subject, change.before, change.after) for change in found]


def test_nothing_changed() -> None:
    """
    The same host has no history.
    """
    assert [] == changes(report_on(), report_on())


def test_driver_and_kernel() -> None:
    """
    A new kernel and a new driver are told of, causes first.
    """
    after = report_on(
        os=OperatingSystem(id="ubuntu", version="22.04", kernel="6.8.0-1040-aws", glibc="2.35"),
        driver=LoadedDriver(version="2.25.4.0", initstate="live"),
    )
    found = changes(report_on(), after)

    assert ("kernel", "kernel", "6.8.0-1021-aws", "6.8.0-1040-aws") == found[0]
    assert ("driver", "aws-neuronx-dkms", "2.26.5.0", "2.25.4.0, 2.26.5.0") == found[1]


def test_package_removed() -> None:
    """
    A package that was removed is told of with what it was.
    """
    found = changes(report_on(), report_on(os_packages=packages(aws_neuronx_tools=None)))

    assert ("package", "aws-neuronx-tools", "2.28.23.0", None) in found


def test_what_could_not_be_read_has_not_gone() -> None:
    """
    A package database that did not answer removes nothing, and ends no finding.
    """
    unread = report_on(os_packages=Unread("no answer within 5 s"))

    assert [] == [found for found in changes(report_on(), unread) if found[0] in ("package", "driver", "phase")]


def test_and_is_compared_when_it_can_be_read_again() -> None:
    """
    What changed while a source could not be read is told of once it can.
    """
    first = standing_of(report_on())
    second = standing_of(report_on(os_packages=Unread("no answer within 5 s")), first)
    third = standing_of(report_on(os_packages=packages(aws_neuronx_tools="2.20.204.0-abc")), second)
    found = changes_between(second, third, at=2.0)

    assert ("2.28.23.0", "2.20.204.0") in [(change.before, change.after) for change in found]


def test_phase() -> None:
    """
    A phase begins by the day alone.
    """
    environments = (environment("pt", torch_neuronx="2.7.0.2.8.6734+ac864f72"),)
    before, after = (report_on(day=day, python_environments=environments) for day in (date(2026, 3, 1), DAY))

    assert ("phase", "torch-neuronx", "stable", "end-of-support") in changes(before, after)


def test_findings_and_verdict() -> None:
    """
    A fault that begins is told of with its severity, and so is the verdict.
    """
    found = changes(report_on(), report_on(device_nodes=()))

    assert ("finding", "device-nodes-missing", None, "critical") in found
    assert "fail" == found[-1][3]


@given(st.data())
@settings(deadline=None, max_examples=30)
def test_any_two_hosts(data: st.DataObject) -> None:
    """Any two reports can be compared, and one with itself has no difference."""
    first, second = (diagnose(gather_evidence(data.draw(inventories()), CATALOG, DAY)) for _ in range(2))
    before = standing_of(first)
    after = standing_of(second, before)

    assert () == changes_between(before, standing_of(first, before), at=0.0)
    assert all(change.before != change.after for change in changes_between(before, after, at=0.0))


def test_transitions() -> None:
    """
    A check that keeps its state keeps its time, one that changes has a new one, one that is gone has none.
    """
    found = transitions(
        before={"a": "pass", "b": "pass", "c": "pass"},
        after={"a": "pass", "b": "critical", "d": "pass"},
        known={"a": 1.0, "b": 2.0, "c": 3.0},
        at=9.0,
    )

    assert {"a": 1.0, "b": 9.0, "d": 9.0} == found


CHANGE = Change(at=1.0, kind="package", subject="aws-neuronx-dkms", scope="host", before="1", after="2")


def test_last_worked() -> None:
    """
    A host worked up to the judgement in which its verdict turned bad.
    """
    worse = replace(CHANGE, at=5.0, kind="verdict", subject="verdict", scope=None, before="pass", after="fail")
    cause = replace(CHANGE, at=5.0)

    assert 1 == last_worked((CHANGE, cause, worse))
    assert 1 == last_worked((CHANGE, cause, worse, replace(CHANGE, at=7.0)))
    assert None is last_worked((CHANGE,))
    assert None is last_worked((worse, replace(worse, at=6.0, before="fail", after="warn")))
