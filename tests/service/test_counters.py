"""Counters that never fall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_validator.metrics.exposition import Counters
from neuron_validator.service.counters import Tally, follow, follow_all, totals

counts = st.integers(min_value=0, max_value=2**64)


def total_of(values: list[int]) -> int:
    """Return the sum after all *values*, read one after another."""
    tally = Tally()
    for value in values:
        tally = follow(tally, value)
    return tally.total


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0], 0),
        ([5, 7, 7], 7),
        ([7, 0, 7], 7),  # the driver prints 0 when it could not ask the device
        ([7, 0, 9], 9),
        ([7, 0, 1, 3], 10),  # loaded anew, and counting
        ([7, 3], 10),
        ([65535, 2], 65537),  # 16 bits wide
        ([7, 2, 1], 10),
    ],
)
def test_falls(values: list[int], expected: int) -> None:
    """
    What was counted before a fall stays in the sum, and a zero proves no fall.
    """
    assert expected == total_of(values)


@given(st.lists(counts))
def test_sums_never_fall(values: list[int]) -> None:
    """Whatever a counter does, its sum only grows, and is at least what the counter reads."""
    tally, before = Tally(), 0
    for value in values:
        tally = follow(tally, value)

        assert before <= tally.total
        assert value <= tally.total
        before = tally.total


@given(st.lists(counts))
def test_a_counter_that_grows_is_exported_as_read(values: list[int]) -> None:
    """Without a fall the sum is what sysfs has."""
    assert max(values, default=0) == total_of(sorted(values))


def test_what_cannot_be_read_is_not_exported() -> None:
    """
    A counter that is missing is left out, not shown as 0, and goes on where it was.
    """
    seen = Counters(hardware_errors={(0, "sram_ecc_uncorrected"): 7}, unsupported_neffs={0: 2})
    tallies = follow_all(follow_all({}, seen), Counters())

    assert Counters() == totals(tallies, Counters())
    assert seen == totals(tallies, seen)
