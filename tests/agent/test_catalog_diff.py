"""What lies between two SDK releases."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from neuron_validator.catalog import Catalog, CatalogError
from neuron_validator.catalog.diff import describe_difference, find_release, render_difference


def difference(catalog: Catalog, old: str, new: str) -> dict[str, Any]:
    return describe_difference(catalog, find_release(catalog, old), find_release(catalog, new))


def rows(facts: dict[str, Any], package: str) -> list[tuple[str, list[str], list[str], list[str], str | None]]:
    """Return what is said of *package*."""
    return [
        (row["change"], row["families"], row["from"], row["to"], row["step"])
        for row in facts["packages"]
        if row["package"] == package
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2.28.0", "2.28.0"),
        ("2.28", "2.28.1"),
        ("2.33", "2.33.0"),
        ("2.33.1", "2.33.1"),
        ("2.21.0.beta", "2.21.0.beta"),
    ],
)
def test_find_release(catalog: Catalog, name: str, expected: str) -> None:
    """
    A minor means its newest release of whose packages something is known: of 2.33.1 nothing is.
    """
    assert expected == find_release(catalog, name).release


@pytest.mark.parametrize("name", ["2.99", "2", "28", "", "next", "2.28.7"])
def test_a_release_that_is_not_there(catalog: Catalog, name: str) -> None:
    """
    A name that means no release, or too many, is not guessed at.
    """
    with pytest.raises(CatalogError, match=r"no such release: "):
        find_release(catalog, name)


# Each row written from the release content pages of the two releases.
@pytest.mark.parametrize(
    ("old", "new", "package", "expected"),
    [
        (
            "2.28.0",
            "2.28.1",
            "aws-neuronx-dkms",
            [("changed", ["inf2", "trn1", "trn2"], ["2.26.5.0"], ["2.26.10.0"], "patch")],
        ),
        ("2.29.0", "2.29.1", "aws-neuronx-dkms", []),
        (
            "2.33.0",
            "2.29.1",
            "aws-neuronx-dkms",
            [("changed", ["inf2", "trn1", "trn2", "trn3"], ["2.31.7.0"], ["2.27.4.0"], "minor")],
        ),
    ],
)
def test_packages(catalog: Catalog, old: str, new: str, package: str, expected: list[Any]) -> None:
    """
    A package is compared family by family, and families with the same answer share a row.
    """
    assert expected == rows(difference(catalog, old, new), package)


def test_several_versions_have_no_step(catalog: Catalog) -> None:
    """
    Where several versions take the place of one, nothing says which follows it.
    """
    found = rows(difference(catalog, "2.29.1", "2.33.0"), "torch-neuronx")

    assert ("changed", ["trn1"], ["2.9.0.2.13.26312"], ["2.9.0.2.15.32035"], "minor") in found
    assert ("changed", ["trn2", "trn3"], ["2.9.0.2.13.26312"], ["2.13.3.0", "2.14.3.0"], None) in found


def test_a_partial_list_drops_nothing_by_silence(catalog: Catalog) -> None:
    """
    Of 2.33.0 only a part of the lists was seen: a package that is not in it has not been seen, unless it had ended.
    """
    facts = difference(catalog, "2.29.1", "2.33.0")

    assert ["the package list of 2.33.0 is known in part: what is not in it may be there"] == facts["notes"]
    assert "not-seen" == rows(facts, "neuron-cc")[0][0]
    assert {"dropped"} == {row[0] for row in rows(facts, "aws-neuronx-k8-plugin")}  # not since 2.29.1
    assert "added" == rows(facts, "nrtpy")[0][0]


def test_the_way_back_from_a_partial_list(catalog: Catalog) -> None:
    """
    What the later list has and a partial earlier one does not was seen first then.
    """
    facts = difference(catalog, "2.33.0", "2.32.0")

    assert "first-seen" == rows(facts, "neuron-cc")[0][0]


def test_without_a_package_list(catalog: Catalog) -> None:
    """
    Nothing is known of the packages of 2.33.1, so they are not compared, and that is said.
    """
    facts = difference(catalog, "2.33.0", "2.33.1")

    assert [] == facts["packages"]
    assert "nothing is known of the package list of 2.33.1: packages are not compared" in facts["notes"]
    assert ["2.33.1"] == [release["release"] for release in facts["releases"]]


def test_releases_rules_and_phases(catalog: Catalog) -> None:
    """
    From 2.29.1 to 2.31.0 two rules about driver and runtime became known, and PyTorch NeuronX 2.9 went to maintenance.
    """
    facts = difference(catalog, "2.29.1", "2.31.0")
    rules = [(rule["id"], rule["known_from"]) for rule in facts["rules"]]
    phases = [(p["subject"], p["versions"], p["phase"], p["release"]) for p in facts["phases"]]

    assert ["2.30.0", "2.31.0"] == [release["release"] for release in facts["releases"]]
    assert {("DRV-RT-001", "2026-05-21"), ("DRV-RT-002", "2026-07-07")} <= set(rules)
    assert ("torch-neuronx", "==2.9.*", "maintenance", "2.31.0") in phases
    assert {"2.30.0", "2.31.0"} == {phase[3] for phase in phases}


def test_nothing_lies_between_a_release_and_itself(catalog: Catalog) -> None:
    """
    Every release is the same as itself, and its page says so with two lines.
    """
    for release in catalog.releases:
        facts = describe_difference(catalog, release, release)
        assert ([], [], [], []) == tuple(facts[name] for name in ("releases", "packages", "rules", "phases"))
    latest = catalog.release("2.32.0")
    assert latest is not None
    assert 2 == render_difference(catalog, latest, latest).count("\n")


def test_the_way_back_is_the_way_there_turned_around(catalog: Catalog) -> None:
    """
    Between all neighbours, what came on the way there goes on the way back.
    """
    for old, new in itertools.pairwise(catalog.releases):
        there, back = describe_difference(catalog, old, new), describe_difference(catalog, new, old)
        turned = [(row["package"], row["families"], row["to"], row["from"], row["step"]) for row in back["packages"]]
        assert turned == [(r["package"], r["families"], r["from"], r["to"], r["step"]) for r in there["packages"]]
        assert there["rules"] == back["rules"]
        assert there["phases"] == back["phases"]


def test_text(catalog: Catalog) -> None:
    """
    The page has a head, and a table for each kind of difference with its number of rows.
    """
    text = render_difference(catalog, find_release(catalog, "2.28.0"), find_release(catalog, "2.28.1"))

    assert "from  2.28.0 (minor) of 2026-02-26\nto    2.28.1 (patch) of 2026-03-13\n" == text[: text.index("\n\n") + 1]
    assert "\nPACKAGES (" in text
    assert re.search(
        r"^changed +aws-neuronx-dkms +2\.26\.5\.0 +2\.26\.10\.0 +patch +inf2, trn1, trn2$", text, re.MULTILINE
    )
    assert "\nRELEASES (1)\n" in text
