"""Commands to paste: right for the system, or none."""

from __future__ import annotations

from datetime import date

import pytest

from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import load_catalog
from neuron_validator.evidence import gather_evidence
from neuron_validator.remedies import install_commands, remove_commands

INSTALL = "aws-neuronx-dkms"


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ('{"id": "ubuntu", "version": "22.04"}', "sudo apt-get install --allow-downgrades -y 'aws-neuronx-dkms=2.28*'"),
        ('{"id": "amzn", "version": "2"}', "sudo yum install -y 'aws-neuronx-dkms-2.28*'"),
        ('{"id": "amzn", "version": "2023"}', "sudo dnf install -y 'aws-neuronx-dkms-2.28*'"),
        ('{"id": "rocky", "version": "9"}', "sudo dnf install -y 'aws-neuronx-dkms-2.28*'"),
        ('{"version": "22.04"}', "sudo apt-get install --allow-downgrades -y 'aws-neuronx-dkms=2.28*'"),
    ],
)
def test_package_tool(system: str, expected: str) -> None:
    """Each system has its tool; where the system is not known it is the most common one."""
    evidence = gather_evidence(parse_facts(f'{{"os": {system}}}', toml=False), load_catalog(), date(2026, 11, 21))

    assert expected == install_commands(evidence, {INSTALL: "2.28"})[-1]
    assert "sudo modprobe neuron" == install_commands(evidence, {INSTALL: "2.28"}, then=["sudo modprobe neuron"])[-1]


@pytest.mark.parametrize("os_id", ["bottlerocket", "sles"])
def test_no_package_tool(os_id: str) -> None:
    """Where the vendor has no packages nothing is there to be pasted, and nothing that would come after it."""
    facts = parse_facts(f'{{"os": {{"id": "{os_id}"}}}}', toml=False)
    evidence = gather_evidence(facts, load_catalog(), date(2026, 11, 21))

    assert () == install_commands(evidence, {INSTALL: "2.28"}, then=["sudo modprobe neuron"])
    assert () == remove_commands(evidence, (INSTALL,))
