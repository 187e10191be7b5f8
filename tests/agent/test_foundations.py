"""What Neuron software runs on, as a report shows it."""

from __future__ import annotations

from datetime import date

import pytest

from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence

ENVIRONMENT = '{"path": "/opt/x", "python": "%s", "packages": {"%s": "%s"}}'


def foundations(python: str, package: str, version: str, as_of: date) -> list[tuple[object, ...]]:
    """Return the rows of a host with Ubuntu 22.04 and one environment."""
    environment = ENVIRONMENT % (python, package, version)
    facts = f'{{"os": {{"id": "ubuntu", "version": "22.04"}}, "python_envs": [{environment}]}}'
    report = diagnose(gather_evidence(parse_facts(facts, toml=False), load_catalog(), as_of))
    return [(row.scope, row.name, row.version, row.phase, row.end_of_support) for row in report.foundations]


@pytest.mark.parametrize(("as_of", "phase"), [(date(2026, 10, 31), "unknown"), (date(2026, 11, 1), "end-of-support")])
def test_ended_by_its_makers(as_of: date, phase: str) -> None:
    """
    Python 3.10 ends with October 2026 (PEP 619). AWS ended it before, but not for the packages of Inf1.
    """
    rows = foundations("3.10.12", "torch-neuron", "1.13.1.2.11.13.0", as_of)

    assert ("env:x", "Python", "3.10", phase, date(2026, 10, 31)) == rows[1]


def test_ended_by_aws() -> None:
    """
    For the other packages AWS ended Python 3.10 on 2026-05-21, with SDK 2.30.0.
    """
    rows = foundations("3.10.12", "torch-neuronx", "2.9.0.2.14.27725", date(2026, 11, 21))

    assert ("env:x", "Python", "3.10", "end-of-support", date(2026, 5, 21)) == rows[1]


def test_still_supported() -> None:
    """Ubuntu 22.04 gets its makers' fixes until 2027-06-01."""
    rows = foundations("3.12.3", "torch-neuronx", "2.9.0.2.14.27725", date(2026, 11, 21))

    assert ("host", "Ubuntu", "22.04", "stable", date(2027, 6, 1)) == rows[0]
    assert ("env:x", "Python", "3.12", "stable") == rows[1][:4]


def test_nothing_to_stand_on_it() -> None:
    """Without Neuron software nothing is said of the system."""
    assert [] == foundations("3.12.3", "requests", "2.32.0", date(2026, 11, 21))
