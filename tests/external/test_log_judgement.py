"""Kernel logs of a real driver: a load without a fault has nothing to say, one with a fault says what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from neuron_collectors.facts import Inventory
from neuron_collectors.log_file import read_log_file, split_log
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence

pytestmark = pytest.mark.external

Judged = Callable[[str], list[str]]


@pytest.fixture
def judged(shared: Path) -> Judged:
    """A function that returns what is said at warning or above of a log beside the captured hosts."""

    def judge(name: str) -> list[str]:
        lines = split_log(read_log_file(shared / "hosts" / name))
        inventory = replace(Inventory(), kernel_log=lines)
        report = diagnose(gather_evidence(inventory, load_catalog(), date(2026, 11, 21)))
        return [finding.id for finding in report.findings if finding.severity.word != "info"]

    return judge


@pytest.mark.parametrize("name", ["inf2-1-dmesg.txt", "none-dmesg.txt"])
def test_a_load_without_fault(judged: Judged, name: str) -> None:
    """The driver's own chatter, its banner at level error included, is no fault."""
    assert [] == judged(name)


def test_a_reset_that_failed(judged: Judged) -> None:
    """The file shows a device whose reset fails and that cannot be opened then."""
    assert "device-reset-failed" in judged("resetfail.txt")
