from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_GIVEN, Inventory
from neuron_collectors.facts_file import parse_facts
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

pytestmark = pytest.mark.external

GIVEN = {
    *("instance", "os", "container", "memory", "environment"),
    *("pci", "devices", "device_nodes", "driver", "driver_files"),
    *("os_packages", "runtime_libraries", "python_environments", "neffs", "processes"),
    *("log_lines", "kernel_log"),
}
"""Facts that a facts file has keys for; all others are collected only."""


def test_the_facts_of_every_incident_parse(shared: Path) -> None:
    """Every incident's facts are a facts file, and survive as a snapshot."""
    cases = json.loads((shared / "incidents" / "cases.json").read_text())
    inventories = [parse_facts(json.dumps(case["facts"]), toml=False) for case in cases]

    assert len(cases) > 100
    assert inventories == [loads_inventory(dumps_inventory(inventory)) for inventory in inventories]


def test_the_contracts_example_parses(shared: Path) -> None:
    """The example in the contract fills every fact that a facts file can give."""
    contract = (shared / "design" / "contract.md").read_text()
    example = re.search(r'```json\n(\{\n  "instance_type".*?)```', contract, re.DOTALL)

    assert example is not None
    inventory = parse_facts(example[1], toml=False)
    filled = {field.name for field in fields(Inventory) if getattr(inventory, field.name) != NOT_GIVEN}
    assert GIVEN == filled - {"failures"}
