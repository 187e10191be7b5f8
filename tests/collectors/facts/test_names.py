"""The names of `neuron_collectors.facts`, which are read when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from neuron_collectors import facts


def test_every_public_name_has_a_home() -> None:
    """What the package exports is what its table of modules says, and is the object that the module defines."""
    assert set(facts.__all__) == facts._HOMES.keys()
    for name, module in facts._HOMES.items():
        assert getattr(facts, name) is getattr(import_module(f"neuron_collectors.facts.{module}"), name)


def test_a_name_that_no_module_has() -> None:
    """A misspelt name is an error as of any other module."""
    with pytest.raises(AttributeError, match="has no attribute 'Inventroy'"):
        getattr(facts, "Inventroy")  # noqa: B009 - mypy would find the attribute


def test_one_name_reads_one_module() -> None:
    """Who asks for the states of a field does not pay for the facts of the whole host."""
    code = "import sys; from neuron_collectors.facts import Unread; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert "neuron_collectors.facts.state" in loaded
    assert "neuron_collectors.facts.inventory" not in loaded
