from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import Inventory
from neuron_collectors.facts_file import FactsError, parse_facts
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

from .strategies import damaged, json_values

FULL = json.loads((Path(__file__).parents[1] / "collectors" / "facts" / "full.json").read_text())


def parsed(source: str, *, toml: bool = False) -> Inventory | FactsError:
    try:
        return parse_facts(source, toml=toml)
    except FactsError as error:
        return error


@given(json_values() | st.dictionaries(st.sampled_from(list(FULL)), json_values()))
def test_any_json_gives_facts_or_an_error(value: Any) -> None:
    """Whatever the JSON, the outcome is an inventory or a `FactsError` of one line."""
    outcome = parsed(json.dumps(value))

    assert isinstance(outcome, Inventory) or "\n" not in str(outcome)


@pytest.mark.parametrize("toml", [True, False])
@given(source=st.text() | st.text("[]{}=\"'.,:#\n -0123456789einfatrux\\"))
def test_any_text_gives_facts_or_an_error(source: str, *, toml: bool) -> None:
    """Whatever the text, in JSON and in TOML, the outcome is an inventory or a `FactsError`."""
    assert isinstance(parsed(source, toml=toml), Inventory | FactsError)


@given(damaged(FULL))
def test_a_damaged_facts_file_gives_facts_or_an_error(value: Any) -> None:
    """A facts file with anything in one place is an inventory or an error that names a spot that can be printed."""
    outcome = parsed(json.dumps(value))

    assert isinstance(outcome, Inventory) or ": " in str(outcome).encode().decode()


@given(damaged(FULL))
def test_facts_become_a_snapshot_like_those_of_a_host(value: Any) -> None:
    """The inventory of a facts file survives as a snapshot: nothing downstream knows where it came from."""
    inventory = parsed(json.dumps(value))
    if isinstance(inventory, Inventory):
        back = loads_inventory(dumps_inventory(inventory))

        assert inventory == back
