"""Whether the newest driver could be built on the kernel that runs."""

from __future__ import annotations

from datetime import date

import pytest

from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence

OLD = '{"id": "amzn", "version": "2", "kernel": "4.14.355-275.570.amzn2.x86_64"}'
NEW = '{"id": "amzn", "version": "2", "kernel": "5.10.247-246.989.amzn2.x86_64"}'


def found(facts: str) -> list[tuple[str, str]]:
    """Return what the check says of *facts* on the day after SDK 2.20.0 came out."""
    report = diagnose(gather_evidence(parse_facts(facts, toml=False), load_catalog(), date(2024, 9, 20)))
    return [(one.severity.word, one.title) for one in report.findings if one.id == "driver-update-blocked"]


@pytest.mark.parametrize("driver", ["", ', "os_packages": {"aws-neuronx-dkms": "2.17.17.0"}'])
def test_old_kernel(driver: str) -> None:
    """
    Drivers from 2.18 on do not build on Linux 4.14, whether or not an older one is here yet (rule OS-001).
    """
    title = "The driver of SDK 2.20.0, 2.18.12.0, does not build on kernel 4.14.355-275.570.amzn2.x86_64"

    assert [("info", title)] == found(f'{{"instance_type": "inf1.xlarge", "os": {OLD}{driver}}}')


@pytest.mark.parametrize(
    "facts",
    [
        f'{{"instance_type": "inf1.xlarge", "os": {NEW}}}',
        f'{{"instance_type": "inf1.xlarge", "os": {OLD}, "in_container": true}}',
        '{"instance_type": "inf1.xlarge"}',
    ],
)
def test_nothing_to_say(facts: str) -> None:
    """On a newer kernel, in a container, and where the kernel is not known there is nothing to say."""
    assert [] == found(facts)
