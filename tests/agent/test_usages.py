"""Environment variables and compiler flags in use: where they are found, and what has become of them."""

from __future__ import annotations

from datetime import date

import pytest

from neuron_collectors.facts import CachedModules, CompileCache, Inventory, Process
from neuron_validator.catalog import Catalog
from neuron_validator.usages import Usage, flags_in, usages

TODAY = "2026-11-21"


def found(catalog: Catalog, day: str, inventory: Inventory) -> dict[str, Usage]:
    """Return what is in use, by name."""
    as_of = date.fromisoformat(day)
    return {usage.subject.name: usage for usage in usages(inventory, catalog.as_of(as_of), as_of)}


@pytest.mark.parametrize(
    ("day", "name", "expected"),
    [
        # Renamed with SDK 2.23.0 and 2.28.0.
        ("2025-05-19", "NEURON_RT_DUMP_INPUTS_ON_ERR", (None, None, None)),
        (
            "2025-05-20",
            "NEURON_RT_DUMP_INPUTS_ON_ERR",
            ("renamed", "2.23.0", "NEURON_RT_DBG_DUMP_INPUTS_ON_ERR"),
        ),
        (TODAY, "NEURON_PLATFORM_OVERRIDE", ("renamed", "2.28.0", "NEURON_PLATFORM_TARGET_OVERRIDE")),
        # Removed with SDK 2.22.0.
        ("2025-04-02", "NEURON_RT_INSPECT_DURATION_NSEC", (None, None, None)),
        ("2025-04-03", "NEURON_RT_INSPECT_DURATION_NSEC", ("removed", "2.22.0", None)),
        # Ended with SDK 2.31.0.
        (TODAY, "NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS", ("removed", "2.31.0", None)),
        (TODAY, "NEURON_RT_NUM_CORES", (None, None, None)),
    ],
)
def test_what_has_become_of_a_variable(
    catalog: Catalog, day: str, name: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    """A variable ages with the release that says so, and not before."""
    usage = found(catalog, day, Inventory(environment={name: "1"}))[name]

    assert expected[:2] == (usage.ageing, usage.since_release)
    assert expected[2] is None or expected[2] == usage.replacement
    assert usage.reference.source


def test_where_settings_are_found(catalog: Catalog) -> None:
    """The environment, processes, the compiler's flags in both, and the flags beside what was compiled."""
    modules = CachedModules(compiler_version="2.23.6484.0+3b612583", flags={"MODULE_1": ("--auto-cast=all", "-O1")})
    inventory = Inventory(
        environment={"NEURON_RT_NUM_CORES": "2", "NEURON_CC_FLAGS": "--model-type transformer"},
        processes=(Process(pid=7, environment={"NEURON_RT_NUM_CORES": "1", "NEURON_RT_LOG_LEVEL": "INFO"}),),
        compile_caches=(CompileCache(path="/cache", compilers=(modules,)),),
    )
    where = {name: usage.where for name, usage in found(catalog, TODAY, inventory).items()}

    assert "environment" == where["NEURON_RT_NUM_CORES"]
    assert "process 7" == where["NEURON_RT_LOG_LEVEL"]
    assert "NEURON_CC_FLAGS in environment" == where["--model-type"]
    assert "/cache" == where["--auto-cast"]


@pytest.mark.parametrize(
    ("day", "environment", "expected"),
    [
        ("2024-01-01", {"NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS": "3"}, ("beta", "beta")),
        (TODAY, {"NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS": "3"}, ("end-of-support", None)),
        (TODAY, {"NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS": "0"}, None),
        (TODAY, {"NKI_SIMULATOR": "1"}, ("beta", None)),
        ("2026-04-08", {"NKI_SIMULATOR": "1"}, None),
        (TODAY, {"NEURON_FSDP": "1"}, ("unknown", None)),
        (TODAY, {"NEURONCORE_GROUP_SIZES": "1,1,2"}, ("end-of-support", None)),
        (TODAY, {"NEURON_RT_NUM_CORES": "2"}, None),
    ],
)
def test_features_that_a_variable_turns_on(
    catalog: Catalog, day: str, environment: dict[str, str], expected: tuple[str, str | None] | None
) -> None:
    """A feature is in use where its variable is set to anything but 0; its phase and level are its own."""
    usages_found = found(catalog, day, Inventory(environment=environment)).values()
    features = [usage for usage in usages_found if usage.subject.kind == "feature"]

    assert ([expected] if expected else []) == [(usage.phase, usage.level.level) for usage in features]


def test_settings_age_with_the_day(catalog: Catalog) -> None:
    """A variable that was deprecated with a later release is not deprecated yet."""
    usages_of_day = (found(catalog, day, Inventory(environment={"XLA_USE_BF16": "1"})) for day in ("2023-06-01", TODAY))

    assert [None, "deprecated"] == [usage["XLA_USE_BF16"].ageing for usage in usages_of_day]


def test_what_nobody_documents_is_not_told(catalog: Catalog) -> None:
    """A variable of somebody else, or a flag that no list has, is no usage."""
    inventory = Inventory(environment={"PATH": "/bin", "NEURON_CC_FLAGS": "--no-such-flag", "NEURON_NO_SUCH": "1"})

    assert {"NEURON_CC_FLAGS"} == set(found(catalog, TODAY, inventory))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", []),
        ("--a", ["--a"]),
        ("--a=b", ["--a=b", "--a"]),
        ("--a b", ["--a", "--a=b"]),
        ("--a b c", ["--a", "--a=b"]),
        ("--a=b c -O1", ["--a=b", "--a", "-O1"]),
        ("x --a --b", ["--a", "--b"]),
    ],
)
def test_flags(words: str, names: list[str]) -> None:
    """A flag is there by itself and with its value, which may follow as a word of its own."""
    assert names == [flag.name for flag in flags_in(words.split())]
