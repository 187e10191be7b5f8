"""The report that the contract shows is a report to our schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import neuron_validator

SCHEMA = Path(neuron_validator.__file__).parent / "data" / "report.schema.json"


@pytest.mark.external
def test_contract_example_is_valid(shared: Path) -> None:
    """The schema is not stricter than the contract's own example."""
    contract = (shared / "design" / "contract.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```json\n(.*?)^```$", contract, flags=re.MULTILINE | re.DOTALL)
    (example,) = (json.loads(block.replace("…", "left-out")) for block in blocks if "schema_version" in block)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    assert [] == [error.message for error in Draft202012Validator(schema).iter_errors(example)]
