"""Levels and what they promise, by tables written from the vendor's documentation and its policy."""

from __future__ import annotations

from datetime import date

import pytest

from neuron_validator.catalog import Catalog
from neuron_validator.catalog.events import Subject
from neuron_validator.catalog.labels import LevelName
from neuron_validator.classification import labels_of, level_of, promise_of

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "row",
    [
        # Labels of the documentation.
        ("2026-11-21", "extension", "jax-neuronx", "0.10.0.1.0.11459", "beta", "label"),
        ("2026-11-21", "extension", "vllm-omni-neuron", "", "beta", "label"),
        ("2026-11-21", "standalone", "neuron-agentic-development", "", "beta", "label"),
        ("2026-11-21", "standalone", "aws-neuronx-gpsimd-tools", "", "beta", "label"),
        ("2026-11-21", "api", "Custom Operators API", "", "beta", "label"),
        ("2026-11-21", "tool", "neuron-monitor-k8s-info.py", "", "beta", "label"),
        ("2026-11-21", "model", "BLOOM (Transformers NeuronX)", "", "beta", "label"),
        ("2026-11-21", "env", "NEURON_RT_INSPECT_DURATION_NSEC", "", "beta", "label"),
        # The vLLM plugin is a beta, and what it runs with it.
        ("2026-11-21", "model", "gpt-oss-20b", "", "beta", "inherited"),
        # No label: stable by the classification of 2023, and the policy of today says nothing of it.
        ("2026-11-21", "standalone", "neuronx-cc", "2.23.6484.0", "stable", "omission"),
        ("2026-11-21", "env", "NEURON_RT_NUM_CORES", "", "stable", "omission"),
        ("2026-11-21", "flag", "--model-type", "", "stable", "omission"),
        # Became stable, whatever labels older pages carry.
        ("2023-08-01", "library", "neuronx-distributed", "", "beta", "label"),
        ("2024-09-16", "library", "neuronx-distributed", "", "stable", "omission"),
        ("2025-12-19", "tool", "Neuron Explorer", "", "beta", "label"),
        ("2026-04-09", "tool", "Neuron Explorer", "", "stable", "omission"),
        # Nothing is known of it on that day, or it has ended, or nothing was ever said.
        ("2024-09-15", "extension", "jax-neuronx", "", None, None),
        ("2026-11-21", "tool", "Neuron Profiler", "", None, None),
        ("2026-11-21", "standalone", "aws-neuronx-oci-hook", "", None, None),
        ("2026-11-21", "os", "Ubuntu", "22.04", None, None),
        ("2026-11-21", "env", "NO_SUCH_VARIABLE", "", None, None),
    ],
)
def test_level(catalog: Catalog, row: tuple[str, str, str, str, str | None, str | None]) -> None:
    """A thing has the level of its label, else what its life-cycle tells, and otherwise none."""
    day, kind, name, version, *expected = row
    found = level_of(Subject(kind=kind, name=name, version=version), catalog, date.fromisoformat(day))

    assert expected == [found.level, found.basis]


def test_production(catalog: Catalog) -> None:
    """Only what is stable is meant for production; of what has no level that is not known."""
    names = [("extension", "jax-neuronx"), ("standalone", "neuronx-cc"), ("standalone", "aws-neuronx-oci-hook")]

    meant = [level_of(Subject(kind=kind, name=name), catalog, TODAY).for_production for kind, name in names]
    assert [False, True, None] == meant


def test_experimental_is_no_level(catalog: Catalog) -> None:
    """A word that the policy does not know is kept as it is."""
    level = level_of(Subject(kind="library", name="NKI Library Neurotile"), catalog, TODAY)

    assert (None, "experimental") == (level.level, level.word)


@pytest.mark.parametrize(
    ("library", "workload", "level"),
    [
        (("torch-neuronx",), "inference", "stable"),
        # Called a beta in 2023, and nothing in the table of today.
        (("torch-neuronx",), "training", None),
        (("tensorflow-neuronx",), "inference", None),  # ended with SDK 2.29.0
        (("neuronx-distributed-inference",), "inference", None),
        ((), None, None),
    ],
)
def test_model_of_a_library(
    catalog: Catalog, library: tuple[str, ...], workload: str | None, level: str | None
) -> None:
    """A model class has a level with each library and use, and none by itself where those differ."""
    subject = Subject(kind="model", name="resnet50", of=library)

    assert level == level_of(subject, catalog, TODAY, workload=workload).level


@pytest.mark.parametrize(
    ("library", "level"), [("neuronx-distributed-inference", "stable"), ("transformers-neuronx", None)]
)
def test_model_of_a_library_that_ended(catalog: Catalog, library: str, level: str | None) -> None:
    """That nothing is said of a model makes it stable only while its library is supported."""
    subject = Subject(kind="model", name="meta-llama/Llama-3.1-405b", of=(library,))

    assert level == level_of(subject, catalog, TODAY).level


def test_label_of_some_families(catalog: Catalog) -> None:
    """A label that names families is that of these; elsewhere the life-cycle tells."""
    subject = Subject(kind="extension", name="torch-neuronx", version="2.10.0")
    records = [level_of(subject, catalog, TODAY, family=family).record for family in ("trn2", "trn1")]

    assert ["library-torchneuron-native-pytorch"] == [label.id for label in labels_of(subject, catalog, TODAY)]
    assert ["library-torchneuron-native-pytorch", "beta-introduced-torchneuron-native-pytorch-2025-12-02"] == records


@pytest.mark.parametrize(
    ("kind", "level", "words"),
    [
        ("standalone", "beta", {"testing": "basic", "features": "enough to try it", "performance": None}),
        (
            "library",
            "stable",
            {"testing": "standard", "features": "grow with each release", "performance": "tested"},
        ),
        ("feature", "alpha", {"testing": "none", "features": "a part", "performance": "not looked at"}),
        ("env", "stable", {"contract": "grows without breaking", "compatible": True}),
        ("flag", "beta", {"contract": "major changes may come", "compatible": False}),
        ("api", "alpha", {"contract": "unstable and undocumented", "compatible": False}),
        ("model", "beta", {"accuracy": "validated", "performance": "tested"}),
    ],
)
def test_promise(catalog: Catalog, kind: str, level: str, words: dict[str, str | bool | None]) -> None:
    """Each level of each class promises what the policy's tables say."""
    promise = promise_of(kind, level, catalog, TODAY)  # type: ignore[arg-type] # the table's levels

    assert promise is not None
    assert words == promise.words
    assert "sdk-policy" in promise.source


@pytest.mark.parametrize(
    ("kind", "level", "says"),
    [
        ("api", "beta", ["beta: minor changes may come"]),
        ("api", "alpha", ["alpha: major changes may come"]),
        ("model", "beta", ["beta: performance is left open"]),
        ("standalone", "stable", []),
    ],
)
def test_older_document_differs(catalog: Catalog, kind: str, level: str, says: list[str]) -> None:
    """The newer of the two documents wins, and what the older one says is shown."""
    promise = promise_of(kind, level, catalog, TODAY)  # type: ignore[arg-type] # the table's levels

    assert promise is not None
    assert says == [other.says for other in promise.differs]
    assert all("sdk-classification" in other.source for other in promise.differs)


@pytest.mark.parametrize(
    ("day", "kind", "level", "expected"),
    [
        # The older document, published with SDK 2.15.0.
        ("2023-10-26", "api", "alpha", ("contract", "major changes may come")),
        ("2024-09-15", "api", "beta", ("contract", "minor changes may come")),
        ("2024-09-15", "feature", "alpha", ("testing", "basic")),
        ("2024-09-15", "standalone", "alpha", ("features", "basic")),
        ("2024-09-15", "model", "beta", ("performance", None)),
        # The policy took its place with 2.20.0; its rows about alpha came with 2.22.0.
        ("2024-09-16", "api", "beta", ("contract", "major changes may come")),
        ("2024-09-16", "model", "beta", ("performance", "tested")),
        ("2025-04-02", "api", "alpha", ("contract", "nothing is said")),
        ("2025-04-02", "feature", "alpha", ("testing", "nothing is said")),
        ("2025-04-03", "api", "alpha", ("contract", "unstable and undocumented")),
        ("2025-04-03", "feature", "alpha", ("testing", "none")),
    ],
)
def test_promise_of_a_day(
    catalog: Catalog, day: str, kind: str, level: LevelName, expected: tuple[str, str | None]
) -> None:
    """What a level promises is what the policy of the day said."""
    promise = promise_of(kind, level, catalog, date.fromisoformat(day))

    assert promise is not None
    assert expected == (expected[0], promise.words.get(expected[0], "nothing is said"))


def test_promise_before_there_were_levels(catalog: Catalog) -> None:
    """Before SDK 2.15.0 nothing was promised of any level."""
    assert promise_of("api", "stable", catalog, date(2023, 10, 25)) is None


@pytest.mark.parametrize(
    ("kind", "older"),
    [
        ("model", ["alpha: named in its notes, and without a row in its table"]),
        ("standalone", ["alpha: basic testing, basic features"]),
    ],
)
def test_level_that_the_policy_does_not_have(catalog: Catalog, kind: str, older: list[str]) -> None:
    """Nothing is promised of a level that the policy does not know for a class; what the older one says is shown."""
    promise = promise_of(kind, "alpha", catalog, TODAY)

    assert promise is not None
    assert {} == promise.words
    assert older == [other.says for other in promise.differs]


def test_levels_are_not_for_systems(catalog: Catalog) -> None:
    """Operating systems have no level."""
    assert promise_of("os", "stable", catalog, TODAY) is None
