from __future__ import annotations

import pytest

from neuron_collectors.shapes import (
    ShapeError,
    array,
    describe,
    fixed_array,
    integer,
    keys,
    mapping,
    nullable,
    number,
    text,
)


@pytest.mark.parametrize(("value", "expected"), [(1, 1.0), (-2.5, -2.5), (0, 0.0)])
def test_numbers_are_floats(value: object, expected: float) -> None:
    """A whole number may stand where a float is meant."""
    found = number(value)

    assert expected == found
    assert isinstance(found, float)


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), [], -(10**400)], ids=describe)
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    """Truth values, text, infinities and what a float cannot hold are no numbers."""
    with pytest.raises(ShapeError, match=r"^not a number: "):
        number(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (1 << 5000, "a number of 5001 bits"),
        (1.5, "1.5"),
        ("it's", '"it\'s"'),
        ("\x1b[31m\u202e\n", r"'\x1b[31m\u202e\n'"),
        ("a" * 61, "'" + "a" * 60 + "…'"),
        ({}, "an object"),
        ([[]], "an array"),
        (object(), "a object"),
    ],
)
def test_any_value_is_described_in_a_few_printable_words(value: object, expected: str) -> None:
    """What an error says of a value is short, of one line, and cannot move the cursor."""
    assert expected == describe(value)


def test_errors_carry_the_whole_path() -> None:
    """The place is named from the outermost object to the value, keys that are no plain names in quotes."""
    shape = keys({"hosts": array(mapping(nullable(fixed_array((integer(), text)))))})
    with pytest.raises(ShapeError) as caught:
        shape({"hosts": [{}, {"a.b": None, "c d": [1, 2]}]})

    assert "hosts[1]['c d'][1]: not text: 2" == str(caught.value)


def test_lenient_keys_leave_out_what_they_do_not_know() -> None:
    """Unknown keys, of any type, are left out where that is asked for."""
    shape = keys({"known": integer()}, lenient=True)

    assert {"known": 1} == shape({"known": 1, "unknown": 2, 3: 4})
