"""What is different between two reports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.reports import devices, finding, report, row, sdk

from neuron_collectors.facts import Failure
from neuron_validator.compare import Change, Difference, compare, identity
from neuron_validator.findings import Excerpt, Severity
from neuron_validator.report import CheckStatus, Report

BASE = report(components=(row(),), findings=(finding(),), checks=(CheckStatus(check="some-check", status="warning"),))


def different(after: Report) -> dict[str, tuple[Any, ...]]:
    """Return the sections that are not empty."""
    difference = compare(BASE, after)
    return {name: getattr(difference, name) for name in Difference.__dataclass_fields__ if getattr(difference, name)}


def changed(**fields: Any) -> Report:
    """Return the base report, changed by *fields*."""
    given: dict[str, Any] = {"components": BASE.components, "findings": BASE.findings, "checks": BASE.checks}
    return report(**{**given, **fields})


def test_same() -> None:
    """Two reports that say the same of the host have no difference, on whatever day they were made."""
    later = changed(as_of=date(2027, 1, 1), catalog_release="2.34.0", catalog_date=date(2026, 12, 20))

    assert compare(BASE, later).is_empty


@pytest.mark.parametrize(
    ("fields", "section", "change"),
    [
        ({"devices": devices(1, 0, 1, 1)}, "devices", Change(name="devices", what="on PCI", before=1, after=0)),
        (
            {"devices": devices(1, 1, None, 1)},
            "devices",
            Change(name="devices", what="in the driver", before=1, after=None),
        ),
        (
            {"devices": devices(1, 1, 1, 1, driver_version=None)},
            "host",
            Change(name="loaded driver", before="2.26.5.0", after=None),
        ),
        (
            {"sdk": (sdk("range", "2.28.0"),)},
            "sdk",
            Change(scope="host", name="SDK", what="match", before="exact", after="range"),
        ),
        (
            {"components": (row(version="2.31.7.0"),)},
            "packages",
            Change(scope="host", name="aws-neuronx-dkms", before="2.26.5.0", after="2.31.7.0"),
        ),
        ({"components": ()}, "packages", Change(scope="host", name="aws-neuronx-dkms", before="2.26.5.0", after=None)),
        (
            {"components": (row(phase="maintenance"),)},
            "phases",
            Change(scope="host", name="aws-neuronx-dkms 2.26.5.0", what="phase", before="unknown", after="maintenance"),
        ),
        (
            {"components": (row(end_of_support_release="2.34"),)},
            "phases",
            Change(
                scope="host", name="aws-neuronx-dkms 2.26.5.0", what="end of support", before=None, after="SDK 2.34"
            ),
        ),
        (
            {"checks": (CheckStatus(check="some-check", status="pass"),)},
            "checks",
            Change(name="some-check", before="warning", after="pass"),
        ),
        (
            {"failures": (Failure(collector="pci", reason="permission"),)},
            "collectors",
            Change(name="pci", before=None, after="permission"),
        ),
        ({"looked_at": ()}, "collectors", Change(name="driver", before="looked at", after=None)),
        ({"verdict": "fail"}, "verdict", Change(name="verdict", before="pass", after="fail")),
    ],
)
def test_one_change(fields: dict[str, Any], section: str, change: Change) -> None:
    """What is changed is told once, where it belongs."""
    assert {section: (change,)} == different(changed(**fields))


def test_version_in_two_places() -> None:
    """A component with several versions in one scope has them all in one row."""
    both = (row(), row(version="2.27.4.0", source="module file of the running kernel"))

    assert "2.26.5.0, 2.27.4.0" == compare(BASE, changed(components=both)).packages[0].after


def test_findings() -> None:
    """A finding appears, ends or changes; the one with the same check, rule, scope and components is the same."""
    worse = finding(severity=Severity.CRITICAL)
    other = finding(components=("aws-neuronx-tools",))
    appeared_and_changed = compare(BASE, changed(findings=(worse, other))).findings
    ended = compare(BASE, changed(findings=())).findings

    assert ["changed", "appeared"] == [change.kind for change in appeared_and_changed]
    assert (BASE.findings[0], worse) == (appeared_and_changed[0].before, appeared_and_changed[0].after)
    assert [("ended", BASE.findings[0])] == [(change.kind, change.finding) for change in ended]


def test_seen_otherwise_is_the_same() -> None:
    """Where a finding was seen, and what exactly was seen there this time, make no other finding of it."""
    again = finding(observed="driver 2.26.5.0 (dpkg)", evidence=(Excerpt(source="dpkg", text="2.26.5.0"),))

    assert identity(again) == identity(BASE.findings[0])
    assert compare(BASE, changed(findings=(again,))).is_empty


def test_two_findings_of_one_identity() -> None:
    """Of two findings that nothing tells apart, one that ends is one that ended."""
    twice = changed(findings=(finding(), finding()))

    assert ["ended"] == [change.kind for change in compare(twice, BASE).findings]
    assert ["appeared"] == [change.kind for change in compare(BASE, twice).findings]
