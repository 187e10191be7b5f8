"""The quick `dataclass` makes classes that behave as the standard library's do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from neuron_collectors.facts.frozen import dataclass as quick


def pair(make: Callable[..., Any]) -> type[Any]:
    """Return a class with every kind of field that the facts use."""

    @make(frozen=True, slots=True)
    class Pair:
        """A pair."""

        first: int
        second: str = "b"
        extra: Mapping[str, int] = dataclasses.field(default_factory=dict)
        hidden: int = dataclasses.field(default=0, repr=False, compare=False)

    made: type[Any] = Pair
    return made


BOTH = pytest.mark.parametrize("kind", [pair(dataclasses.dataclass), pair(quick)], ids=["standard", "quick"])


@quick(frozen=True, kw_only=True, slots=True)
class Named:
    """A class of keyword-only fields."""

    name: str
    size: int = 0


@BOTH
def test_makes_instances(kind: type[Any]) -> None:
    """Fields are filled in by place, by name and by default, a factory's anew each time."""
    made = kind(1, second="c")

    assert (1, "c", {}, 0) == (made.first, made.second, made.extra, made.hidden)
    assert kind(1).extra is not kind(1).extra
    assert ["first", "second", "extra", "hidden"] == [field.name for field in dataclasses.fields(made)]


@BOTH
@pytest.mark.parametrize("wrong", [((), {}), ((1, "b", {}, 0, 5), {}), ((1,), {"first": 2}), ((1,), {"third": 3})])
def test_refuses_wrong_arguments(kind: type[Any], wrong: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    """A field that is missing, twice there or not known is a mistake."""
    with pytest.raises(TypeError):
        kind(*wrong[0], **wrong[1])


@BOTH
def test_is_frozen(kind: type[Any]) -> None:
    """Nothing can be changed, added or removed."""
    made = kind(1)

    with pytest.raises(dataclasses.FrozenInstanceError):
        made.first = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.first
    with pytest.raises((AttributeError, TypeError)):
        made.third = 3


@BOTH
def test_compares_and_prints(kind: type[Any]) -> None:
    """Equal fields make equal instances, hidden ones apart; the text names every shown field."""
    assert kind(1) == kind(1, hidden=9)
    assert kind(1) != kind(2)
    assert kind(1) != (1, "b", {}, 0)
    assert repr(kind(1)).endswith("Pair(first=1, second='b', extra={})")
    assert kind(2, "c") == dataclasses.replace(kind(1, "c"), first=2)


def test_hashes_copies_and_pickles() -> None:
    """An instance can be a key, and survives a copy and a pickle."""
    made = Named(name="a", size=3)

    assert {made: 1} == {Named(name="a", size=3): 1}
    assert made == copy.deepcopy(made) == pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
    assert not hasattr(made, "__dict__")


def test_keywords_only() -> None:
    """Where fields are keyword-only, nothing is taken by place."""
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[call-arg]
