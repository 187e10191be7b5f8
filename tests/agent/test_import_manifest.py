"""The vendor's release manifest: what it adds to the catalog, what is odd in it, and what is refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.input_error import InputError
from neuron_validator.catalog import Catalog, CatalogError, load_catalog
from neuron_validator.catalog.import_manifest import Import, plan_import
from neuron_validator.catalog.manifest import parse_manifest
from neuron_validator.catalog.overlay_folder import write_overlay
from neuron_validator.catalog.records import verify

READ_ON = dt.date(2026, 12, 11)
TRN = ("trn2", "trn3")

Row = dict[str, Any]


def row(name: str, version: str, instances: Sequence[str] = TRN, pythons: Sequence[str] = ()) -> Row:
    """Return one package of a release as the manifest has it."""
    return {
        "name": name,
        "version": version,
        "supported_instances": list(instances),
        "supported_python_versions": list(pythons),
    }


# A release that is not out, after one that the catalog has.
MANIFEST: dict[str, Any] = {
    "manifest_date": "12/10/2026",
    "manifest_version": "2.34.0",
    "package_properties": [
        {"name": "neuron_compass", "component": "System Tools", "package_type": "os"},
        {"name": "aws-neuronx-dkms", "component": "Driver", "package_type": "os"},
    ],
    "neuron_releases": [
        {
            "neuron_version": "2.34.0",
            "packages": [
                row("aws-neuronx-dkms", "2.32.4.0"),
                row("aws-neuronx-runtime-lib", "2.35.30.0", ["trn2"]),
                row("neuron-cc", "1.24.0.0", ["inf1"], ["3.10"]),
                row("aws-neuronx-gpsimd-tools", "14.09.x"),
                row("aws-neuronx-k8-plugin", "2.31.1.0"),
                row("neuron_compass", "1.0.2", pythons=["3.12", "3.13"]),
            ],
        },
        {"neuron_version": "2.32.0", "packages": [row("aws-neuronx-dkms", "2.30.2.0", ["inf2", "trn1", *TRN])]},
    ],
}


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """Return the manifest's text after *change*."""
    manifest = copy.deepcopy(MANIFEST)
    change(manifest)
    return json.dumps(manifest)


def plan(catalog: Catalog, text: str, *, everything: bool = False) -> Import:
    return plan_import(parse_manifest(text), catalog, retrieved=READ_ON, everything=everything)


@pytest.fixture
def overlaid(catalog: Catalog, tmp_path: Path) -> Catalog:
    """The catalog with the manifest imported."""
    write_overlay(plan(catalog, json.dumps(MANIFEST)), tmp_path / "overlay")
    return load_catalog(overlays=[tmp_path / "overlay"])


def test_a_newer_release_is_added(overlaid: Catalog) -> None:
    """
    A release after the catalog's newest is there, with the manifest's date and families.
    """
    latest = overlaid.latest

    assert ("2.34.0", dt.date(2026, 12, 10), "minor") == (latest.release, latest.date, latest.type)
    assert ("complete", ("inf1", "trn2", "trn3")) == (latest.package_list, latest.families)
    assert ("n2-manifest.json 2.34.0 of 2026-12-10", "2026-12-11") == (latest.source, latest.retrieved)
    assert dt.date(2026, 12, 10) == overlaid.date
    assert () == overlaid.warnings


@pytest.mark.parametrize(
    ("name", "version", "last"),
    [
        ("aws-neuronx-dkms", "2.32.4.0", ("2.34.0",)),  # new
        ("aws-neuronx-runtime-lib", "2.35.30.0", ("2.33.0", "2.34.0")),  # carried over
        ("neuron-cc", "1.24.0.0", ("2.32.0", "2.34.0")),  # gone for a release
        ("neuron-compass", "1.0.2", ("2.34.0",)),  # of a new package
        ("aws-neuronx-dkms", "2.30.2.0", ("2.32.0",)),  # as before
    ],
)
def test_versions_belong_to_their_releases(
    overlaid: Catalog, catalog: Catalog, name: str, version: str, last: tuple[str, ...]
) -> None:
    """
    A version gets the new release in addition to those that it had.
    """
    before, after = catalog.releases_of(name, version).releases, overlaid.releases_of(name, version).releases

    assert last == after[-len(last) :]
    assert set(before) <= set(after)
    assert set(after) <= {*before, "2.34.0"}


def test_families_of_a_carried_over_version(overlaid: Catalog) -> None:
    """
    Each release keeps the families that its own source names.
    """
    (runtime,) = (v for v in overlaid.known_versions("aws-neuronx-runtime-lib") if v.version == "2.35.30.0")

    assert ("trn2",) == runtime.families("2.34.0")
    assert ("inf2", "trn1", "trn2", "trn3") == runtime.families("2.33.0")


def test_a_placeholder_is_no_version(overlaid: Catalog) -> None:
    """
    A package that is listed without a version is in the release all the same, and nothing is newer than that.
    """
    tools = overlaid.package("aws-neuronx-gpsimd-tools")

    assert tools is not None
    assert "2.34.0" == tools.unversioned[-1]
    assert {"2.29.0", "2.33.0"} <= set(tools.unversioned)


def test_a_new_package_says_that_nobody_has_looked(overlaid: Catalog) -> None:
    """
    What the manifest does not say of a new package is derived, and the record says so.
    """
    package = overlaid.package("neuron_compass")

    assert package is not None
    assert ("neuron-compass", "tools", ("pip",), "2.34.0") == (
        package.name,
        package.component_class,
        package.packaging,
        package.since,
    )
    assert "class, packaging and scheme are derived from the manifest" == package.notes


def test_a_package_that_comes_back_has_no_end(overlaid: Catalog, catalog: Catalog) -> None:
    """
    A package that an earlier release had dropped is listed again.
    """
    before, after = (view.package("aws-neuronx-k8-plugin") for view in (catalog, overlaid))

    assert before is not None
    assert after is not None
    assert ("2.29.1", None) == (before.until, after.until)


def test_what_the_catalog_has_stays(catalog: Catalog) -> None:
    """
    A manifest without newer releases adds nothing, also where it contradicts the catalog.
    """
    old = changed(lambda m: m["neuron_releases"].pop(0)).replace("2.30.2.0", "2.30.99.0")

    assert ((), {}) == (plan(catalog, old).releases, plan(catalog, old).tables)


def test_all_adds_what_older_releases_lack(catalog: Catalog) -> None:
    """
    With everything, rows that the catalog does not have of older releases are added, and nothing else.
    """
    text = changed(lambda m: m["neuron_releases"][1]["packages"].append(row("nki", "0.5.9")))

    everything = plan(catalog, text, everything=True)
    older = [record for record in everything.tables["versions.jsonl"] if record["version"] == "0.5.9"]

    assert ("2.32.0", "2.34.0") == everything.releases
    assert [{"trn2 trn3": "2.32.0"}] == [record["releases"] for record in older]
    assert ["2.34.0"] == [record["release"] for record in everything.tables["releases.jsonl"]]


def test_all_completes_a_release_without_package_list(catalog: Catalog) -> None:
    """
    Of 2.33.1 only the date is known; a manifest that lists its packages completes it and leaves the date.
    """
    text = changed(lambda m: m["neuron_releases"][1].update(neuron_version="2.33.1"))

    (record,) = (r for r in plan(catalog, text, everything=True).tables["releases.jsonl"] if r["release"] == "2.33.1")

    assert ("2026-11-11", "patch", "complete") == (record["date"], record["type"], record["packages"])


def test_a_release_without_a_date_of_its_own_has_none(catalog: Catalog) -> None:
    """
    The manifest has one date; a release that came out before it gets none, rather than a wrong one.
    """
    text = changed(lambda m: m["neuron_releases"][1].update(neuron_version="2.33.2"))

    records = plan(catalog, text).tables["releases.jsonl"]

    assert [("2.33.2", None, "patch"), ("2.34.0", "2026-12-10", "minor")] == [
        (record["release"], record["date"], record["type"]) for record in records
    ]


def test_the_overlay_is_valid(catalog: Catalog, tmp_path: Path) -> None:
    """
    What is written is what `catalog verify` accepts.
    """
    write_overlay(plan(catalog, json.dumps(MANIFEST)), tmp_path / "overlay")

    assert () == verify([tmp_path / "overlay"])
    assert {"catalog.json", "releases.jsonl", "packages.jsonl", "versions.jsonl"} == {
        path.name for path in (tmp_path / "overlay").iterdir()
    }
    assert ["overlay"] == [path.name for path in tmp_path.iterdir()]


def test_a_second_import_takes_the_place_of_the_first(catalog: Catalog, tmp_path: Path) -> None:
    """
    A manifest holds all releases, so the newest import is the only one.
    """
    later = json.dumps(MANIFEST).replace('"2.34.0"', '"2.34.1"')

    write_overlay(plan(catalog, json.dumps(MANIFEST)), tmp_path / "overlay")
    write_overlay(plan(catalog, later), tmp_path / "overlay")

    assert "2.34.1" == load_catalog(overlays=[tmp_path / "overlay"]).latest.release
    assert load_catalog(overlays=[tmp_path / "overlay"]).release("2.34.0") is None


@pytest.mark.parametrize("name", ["notes.txt", "versions.jsonl"])
def test_somebodys_own_folder_is_left_alone(catalog: Catalog, tmp_path: Path, name: str) -> None:
    """
    A folder that no import has made is not replaced, be it an overlay or not.
    """
    (tmp_path / name).write_text("", encoding="utf-8")

    with pytest.raises(CatalogError, match=r"holds something else than an imported manifest"):
        write_overlay(plan(catalog, json.dumps(MANIFEST)), tmp_path)
    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_an_import_that_the_catalog_has_caught_up_with_is_passed_over(catalog: Catalog, tmp_path: Path) -> None:
    """
    An old import does not hide what a newer catalog knows of the same release, and says that it can go.
    """
    write_overlay(plan(catalog, json.dumps(MANIFEST)), tmp_path / "old")
    header = json.loads((tmp_path / "old" / "catalog.json").read_text(encoding="utf-8"))
    (tmp_path / "old" / "catalog.json").write_text(json.dumps({**header, "covers": "2.32.0"}), encoding="utf-8")

    caught_up = load_catalog(overlays=[tmp_path / "old"])

    assert "2.33.1" == caught_up.latest.release
    assert ["passed over: 2.32.0 is in the catalog already; this import can be removed"] == [
        warning.split(": ", 1)[1] for warning in caught_up.warnings
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("efa-installer", "na")], ["efa-installer: not a version: 'na' (2.34.0)"]),
        (
            [row("nki", "0.8.0", ["inf.", "trn2"])],
            ["nki 0.8.0: not an instance family: 'inf.' (2.34.0)"],
        ),
        ([row("nki", "0.8.0", pythons=["3.7,"])], ["nki 0.8.0: not a Python version: '3.7,' (2.34.0)"]),
        ([row("nki", "0.8.0", [])], ["nki 0.8.0: for no instance family (2.34.0)"]),
        ([row("nki", "0.8.0"), row("nki", "0.8.0", ["inf2"])], ["nki 0.8.0: stands twice (2.34.0)"]),
        ([row("neuron_new", "1.0")], ["neuron_new: not a package that the catalog knows (2.34.0)"]),
        (
            [row("aws-neuronx-oci-hooks", "2.19.65.0")],
            ["aws-neuronx-oci-hooks: another name of aws-neuronx-oci-hook (2.34.0)"],
        ),
        (
            [row("tensorflow-neuron", "2.8.0.2.3.0", ["inf1"])],
            ["tensorflow-neuron 2.8.0.2.3.0: cut short, 2.8.0.2.3.0.0 elsewhere (2.34.0)"],
        ),
        ([row("torch_xla", "2.9.0", pythons=["3.12"])], []),
    ],
)
def test_oddities(catalog: Catalog, rows: list[Row], expected: list[str]) -> None:
    """
    Each slip is told with the row and the releases that have it, and spelling of separators is none.
    """
    text = changed(lambda m: m["neuron_releases"][0].update(packages=rows))

    assert expected == list(plan(catalog, text).oddities)


def test_an_oddity_is_told_once_for_all_its_releases(catalog: Catalog) -> None:
    """
    The same slip in releases that follow each other is one line.
    """
    releases = [{"neuron_version": f"2.{minor}.0", "packages": [row("nki", "na")]} for minor in (37, 34, 35, 40)]
    releases.append({"neuron_version": "2.36.0", "packages": []})
    text = changed(lambda m: m.update(neuron_releases=releases, manifest_version="2.40.0"))

    assert ("nki: not a version: 'na' (2.34.0..2.35.0, 2.37.0..2.40.0)",) == plan(catalog, text).oddities


def test_a_slip_in_a_family_costs_that_family_only(catalog: Catalog, tmp_path: Path) -> None:
    """
    The rest of the row counts; a row that is left without family is for none in particular.
    """
    rows = [row("nki", "0.8.0", ["inf.", "trn2"]), row("nrtpy", "2.36.1", ["inf."])]
    text = changed(lambda m: m["neuron_releases"][0].update(packages=rows))

    records = plan(catalog, text).tables["versions.jsonl"]

    assert [{"trn2": "2.34.0"}, {"*": "2.34.0"}] == [record["releases"] for record in records]


def test_a_manifest_of_another_release_is_odd(catalog: Catalog) -> None:
    """
    The date belongs to the manifest's own release; where that is not the newest, it is said.
    """
    text = changed(lambda m: m.update(manifest_version="2.32.0"))

    assert "manifest_version: '2.32.0' is not the newest release, 2.34.0" in plan(catalog, text).oddities


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: "),
        ("[" * 100_000, "not JSON: "),
        ("[]", "the whole: not an object: '[]'"),
        ("{}", "neuron_releases: missing"),
        (changed(lambda m: m.pop("manifest_date")), "manifest_date: missing"),
        (changed(lambda m: m.update(manifest_date="17/08/2026")), "manifest_date: not a date like 08/17/2026"),
        (changed(lambda m: m.update(manifest_date="2026-08-17")), "manifest_date: not a date like 08/17/2026"),
        (changed(lambda m: m.update(neuron_releases=[])), "neuron_releases: none"),
        (changed(lambda m: m.update(neuron_releases={})), "neuron_releases: not a list: '{}'"),
        (changed(lambda m: m["neuron_releases"].append(1)), "neuron_releases[2]: not an object: '1'"),
        (
            changed(lambda m: m["neuron_releases"][1].update(neuron_version="next")),
            "neuron_releases[1].neuron_version: not a version: 'next'",
        ),
        (
            changed(lambda m: m["neuron_releases"][0]["packages"][2].pop("version")),
            "neuron_releases[0].packages[2].version: missing",
        ),
        (
            changed(lambda m: m["neuron_releases"][0]["packages"][0].update(supported_instances=[1])),
            "neuron_releases[0].packages[0].supported_instances: not a list of texts: '[1]'",
        ),
        (
            changed(lambda m: m["package_properties"][0].pop("component")),
            "package_properties[0].component: missing",
        ),
    ],
)
def test_another_shape_is_refused_with_its_spot(text: str, message: str) -> None:
    """
    A manifest of another shape is not guessed at.
    """
    with pytest.raises(InputError) as raised:
        parse_manifest(text)

    assert message in str(raised.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(MANIFEST)), inner, max_size=4),
    max_leaves=8,
)


@given(st.text() | JSON.map(json.dumps))
def test_no_manifest_is_an_internal_error(text: str) -> None:
    """
    Whatever a file holds, it parses or is refused.
    """
    with suppress(InputError):
        parse_manifest(text)
