from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import Inventory
from neuron_collectors.snapshot import (
    SnapshotError,
    decode_inventory,
    dumps_inventory,
    encode_inventory,
    loads_inventory,
)

from .strategies import damaged, inventories, json_values


@given(inventories())
def test_every_inventory_comes_back(inventory: Inventory) -> None:
    """An inventory that was written as JSON and read again is the same inventory."""
    back = loads_inventory(dumps_inventory(inventory))

    assert inventory == back


@given(inventories())
def test_a_newer_minor_reads_the_same(inventory: Inventory) -> None:
    """What is known of a newer snapshot means what it always meant."""
    data = {**encode_inventory(inventory), "snapshot_version": "1.7", "novelty": {}}

    assert inventory == decode_inventory(data)


@given(json_values())
def test_any_value_is_a_snapshot_or_an_error(data: Any) -> None:
    """Whatever the value, decoding returns an inventory or raises `SnapshotError`."""
    assert isinstance(decoded(data), Inventory | SnapshotError)


@given(st.text())
def test_any_text_is_a_snapshot_or_an_error(source: str) -> None:
    """Whatever the text, loading returns an inventory or raises `SnapshotError`."""
    try:
        outcome: Inventory | SnapshotError = loads_inventory(source)
    except SnapshotError as error:
        outcome = error

    assert isinstance(outcome, Inventory | SnapshotError)


@given(inventories(), st.data())
def test_a_damaged_snapshot_is_a_snapshot_or_an_error(inventory: Inventory, data: st.DataObject) -> None:
    """A snapshot with anything in the place of one of its parts is an inventory or an error of one line."""
    outcome = decoded(data.draw(damaged(encode_inventory(inventory))))

    assert isinstance(outcome, Inventory) or "\n" not in str(outcome)


def decoded(data: object) -> Inventory | SnapshotError:
    try:
        return decode_inventory(data)
    except SnapshotError as error:
        return error
