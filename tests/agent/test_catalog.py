"""The catalog: its own data, its questions, overlays and what is said of bad records."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from tests.agent.lifecycle_records import LIFECYCLE_RECORDS

from neuron_validator.catalog import Catalog, CatalogError, load_catalog
from neuron_validator.catalog.load import Layer, LazyVersions, expand
from neuron_validator.catalog.records import DATA, TABLES, is_table, validate_records, verify
from neuron_validator.catalog.show import describe_catalog, describe_release, render_catalog, render_release
from neuron_validator.versions import require_version

RELEASE = {
    "release": "2.34.0",
    "date": "2026-12-10",
    "type": "minor",
    "packages": "complete",
    "families": ["trn2"],
    "source": "a test",
    "retrieved": "2026-12-11",
}
PACKAGE = {
    "package": "neuron-new",
    "class": "tools",
    "packaging": ["pip"],
    "scheme": "standalone",
    "third_party": False,
    "aliases": [],
    "successors": [],
    "since": "2.33.0",
    "until": None,
    "source": "a test",
    "retrieved": "2026-12-11",
}
VERSION = {
    "package": "aws-neuronx-dkms",
    "version": "2.32.1.0",
    "releases": {"trn2": "2.33.0"},
    "source": "a test",
    "retrieved": "2026-12-11",
}
CHIP = {
    "device_name": "Trainium4",
    "family": "trn3",
    "aliases": [],
    "pci_ids": ["1d0f:7664"],
    "neuroncore": "NeuronCore-v5",
    "cores_per_device": 8,
    "lnc_supported": [1, 2],
    "lnc_default": None,
    "memory_bytes": None,
    "driver_from": "2.32.1.0",
    "driver_until": None,
    "source": "a test",
    "retrieved": "2026-12-11",
}
INSTANCE_TYPE = {
    "instance_type": "trn4.48xlarge",
    "family": "trn3",
    "chip": "Trainium3",
    "devices": 16,
    "cores": 128,
    "source": "a test",
    "retrieved": "2026-12-11",
}
RULE = {
    "id": "TEST-001",
    "check": "driver-runtime-incompatible",
    "kind": "requires",
    "subject": {"component": "aws-neuronx-dkms", "version": "==2.32.*"},
    "others": [{"component": "aws-neuronx-runtime-lib", "version": ">=2.36"}],
    "families": [],
    "severity": "critical",
    "expected": "runtime 2.36",
    "why": "a test says so",
    "known_from": "2026-12-10",
    "confidence": "documented",
    "source": "a test",
    "retrieved": "2026-12-11",
}
PLATFORM = {
    "id": "TESTED-TEST",
    "package": "aws-neuronx-dkms",
    "version": "==2.32.*",
    "family": "trn2",
    "os": "ubuntu",
    "os_version": "26.04",
    "kernel": "7.0",
    "glibc": "2.43",
    "known_from": "2026-12-10",
    "source": "a test",
    "retrieved": "2026-12-11",
}
COMPATIBILITY = {
    "id": "driver-2.99.1.0",
    "name": "2.99.1.0",
    "ranges": {"trn2": [10, 12], "trn3": [10, 12]},
    "source": "a test",
    "retrieved": "2026-12-11",
}
PYTHON = {
    "id": "neuronx-cc-2.28.0",
    "name": "neuronx-cc",
    "releases": "2.28.0..2.28.1",
    "pythons": ["3.11", "3.12"],
    "source": "a test",
    "retrieved": "2026-12-11",
}
RECORDS: dict[str, dict[str, Any]] = {
    "releases.jsonl": RELEASE,
    "packages.jsonl": PACKAGE,
    "versions.jsonl": VERSION,
    "chips.jsonl": CHIP,
    "instance_types.jsonl": INSTANCE_TYPE,
    "rules.jsonl": RULE,
    **LIFECYCLE_RECORDS,
    "platforms.jsonl": PLATFORM,
    "compatibility_ids.jsonl": COMPATIBILITY,
    "pythons.jsonl": PYTHON,
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def write(folder: Path, table: str, *records: object) -> Path:
    """Write a table of *records*; a text is a line as it is."""
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path = folder / table
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def listed(catalog: Catalog, name: str, version: str, **options: str) -> tuple[str, tuple[str, ...]]:
    membership = catalog.releases_of(name, version, **options)
    return membership.status, membership.releases


# --- the package's own data


def test_own_data_is_valid() -> None:
    """
    Every record of the package keeps to its form, its order and its references.
    """
    assert () == verify()


def test_own_data_covers_every_table() -> None:
    """
    There is a file for each table, and tables of other modules may lie beside them.
    """
    assert set(TABLES) <= {path.name for path in DATA.glob("*.jsonl")}


def test_header_is_that_of_the_newest_release(catalog: Catalog) -> None:
    """
    The catalog's date is the date of the newest release that it covers.
    """
    assert ("1.0", "2.33.1", dt.date(2026, 11, 11)) == (catalog.schema_version, catalog.latest.release, catalog.date)
    assert catalog.date == catalog.latest.date


def test_own_versions_and_packages_refer_to_each_other(catalog: Catalog) -> None:
    """
    Every package has versions, and no version is of an unknown package.
    """
    assert set(catalog.versions) | {"aws-neuronx-gpsimd-tools"} == set(catalog.packages)
    assert all(catalog.versions.values())


def test_own_versions_stand_between_since_and_until(catalog: Catalog) -> None:
    """
    No release lists a package before its first or after its last one.

    An image of AWS pins neuronx-distributed-training 1.7.0 in three releases that list it no more.
    """
    order = {release.release: position for position, release in enumerate(catalog.releases)}
    outside = [
        (package.name, version.version, release)
        for package in catalog.packages.values()
        for version in catalog.known_versions(package.name)
        for release in version.releases
        if not order[package.since] <= order[release] <= order[package.until or catalog.latest.release]
    ]

    pinned = [("neuronx-distributed-training", "1.7.0", release) for release in ("2.29.0", "2.29.1", "2.30.0")]
    assert pinned == sorted(outside)


def test_own_instance_types_agree_with_their_chips(catalog: Catalog) -> None:
    """
    Cores are devices times the cores of one, and family and chip belong together.
    """
    for kind in catalog.instance_types.values():
        chip = catalog.chip_for_family(kind.family)
        assert chip is not None
        assert kind.chip == chip.device_name
        assert kind.cores == (None if kind.devices is None else kind.devices * chip.cores_per_device)


def test_every_own_listed_version_is_found_again(catalog: Catalog) -> None:
    """
    A version as the catalog prints it, with or without a suffix, belongs to the releases that list it.
    """
    for name, versions in catalog.versions.items():
        for version in versions:
            suffixes = ("",) if "+" in version.version else ("", "-d1a2b3c4e", "+e48cd891", "_f954cd7a5-1")
            for text in (version.version + suffix for suffix in suffixes):
                status, releases = listed(catalog, name, text)
                assert set(releases) >= version.releases, (name, text)
                assert status == ("known" if releases else "unlisted"), (name, text)


# --- names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aws-neuronx-dkms", "aws-neuronx-dkms"),
        ("torch_neuronx", "torch-neuronx"),
        ("Torch.NeuronX", "torch-neuronx"),
        ("neuronx_distributed_inference", "neuronx-distributed-inference"),
        ("jax_neuronx", "jax-neuronx"),
        ("aws-neuronx-oci-hooks", "aws-neuronx-oci-hook"),
        ("aws-neuronx-gpsimd-customop", "aws-neuronx-gpsimd-customop-lib"),
        ("neuronx-gpsimd-tools", "aws-neuronx-gpsimd-tools"),
        ("aws-neuron2-collectives", "aws-neuronx-collectives"),
        ("aws-neuron-dkms", "aws-neuron-dkms"),
        ("libnrt", "libnrt.so"),
        ("mxnet_neuron", "mxnet-neuron"),
        ("numpy", None),
        ("torch", None),
        ("", None),
    ],
)
def test_canonical_names(catalog: Catalog, name: str, expected: str | None) -> None:
    """
    Every source's name for a package leads to the vendor's, and nothing else does.
    """
    package = catalog.package(name)

    assert expected == catalog.canonical(name)
    assert expected == (package.name if package else None)


# --- membership, each row written from the release content pages


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("aws-neuronx-dkms", "2.26.5.0", ("known", ("2.28.0",))),
        ("aws-neuronx-dkms", "2.26.10.0", ("known", ("2.28.1",))),
        ("aws-neuronx-runtime-lib", "2.31.24.0-0ab1c2d3e", ("known", ("2.29.0", "2.29.1"))),
        ("aws-neuronx-runtime-lib", "2.29.40.0_f954cd7a5-1", ("known", ("2.27.0", "2.27.1"))),
        ("torch_neuronx", "2.9.0.2.11.19912+e48cd891", ("known", ("2.27.0", "2.27.1"))),
        ("neuron-cc", "1.15.0.0+eec0c3604", ("known", ("2.10.0",))),  # the manifest drops the last part
        ("tensorflow-neuron", "2.8.0.2.3.0", ("known", ("1.19.0", "1.19.1", "1.19.2", "2.3.0", "2.4.0"))),
        ("aws-neuron-runtime", "1.6.24.0", ("known", ("1.15.1", "1.15.2"))),
        ("torchtitan-neuron", "0.2.2+neuron.1", ("known", ("2.33.0",))),
        ("torchtitan-neuron", "0.2.2+neuron.2", ("unlisted", ())),
        ("torch-neuronx", "2.14.3.0.4711+abc", ("known", ("2.33.0",))),  # documented as 2.14.3.0.*
        ("torch-neuronx", "2.14.3", ("known", ("2.33.0",))),
        ("aws-neuronx-runtime-lib", "2.35", ("known", ("2.33.0",))),
        ("aws-neuronx-dkms", "2.26", ("known", ("2.28.0", "2.28.1"))),  # short for both
        ("aws-neuronx-runtime-lib", "2.30.50.0", ("unlisted", ())),  # only a heading has it
        ("aws-neuronx-dkms", "2.24.13.0", ("unlisted", ())),  # a patch that no manifest has
        ("aws-neuronx-dkms", "2.24.9.0", ("unlisted", ())),
        ("aws-neuronx-dkms", "2.5.7.0", ("unlisted", ())),  # in the package repository only
        ("aws-neuronx-dkms", "2.31.8.0", ("newer-than-catalog", ())),
        ("aws-neuronx-dkms", "3.0.1.0", ("newer-than-catalog", ())),
        ("torch-neuronx", "2.8.0.2.99.1", ("newer-than-catalog", ())),  # newer within PyTorch 2.8
        ("torch-neuronx", "2.15.1.0", ("newer-than-catalog", ())),
        ("torch-neuronx", "2.10.0.2.1.1", ("unlisted", ())),  # PyTorch 2.10 was passed over
        ("libneuronxla", "2.2.99999.0", ("newer-than-catalog", ())),  # the line beside 3.0
        ("aws-neuronx-gpsimd-tools", "0.21.0.0", ("unlisted", ())),  # manifests print a placeholder since 2.29.0
        ("aws-neuronx-dkms", "2.x.7693.0", ("unknown", ())),
        ("aws-neuronx-dkms", "", ("unknown", ())),
        ("numpy", "1.26.0", ("unknown", ())),
    ],
)
def test_releases_of(catalog: Catalog, name: str, version: str, expected: tuple[str, tuple[str, ...]]) -> None:
    """
    A version belongs to the releases that list it; one that no release lists is newer, unlisted or unknown.
    """
    assert expected == listed(catalog, name, version)


def test_both_sides_of_a_contradiction_are_known(catalog: Catalog) -> None:
    """
    Where the manifest and better sources differ, both versions belong to the release and each says what the other is.
    """
    preferred = catalog.releases_of("aws-neuronx-oci-hook", "2.0.16.0")
    manifest = catalog.releases_of("aws-neuronx-oci-hook", "2.0.1.0")

    assert ("2.3.0",) == preferred.releases == manifest.releases
    assert ["2.0.1.0"] == [other.says for record in preferred.versions for other in record.disagrees]
    assert ["2.0.16.0"] == [other.says for record in manifest.versions for other in record.disagrees]


def test_kept_versions_belong_to_later_releases_of_their_family_only(catalog: Catalog) -> None:
    """
    On Inf1 driver 2.24 stays with every later release, as AWS documents; elsewhere it is an old driver.
    """
    inf1 = catalog.releases_of("aws-neuronx-dkms", "2.24.13.0", family="inf1")

    assert ("known", "2.28.1", "2.33.0") == (inf1.status, inf1.releases[0], inf1.releases[-1])
    assert ("unlisted", ()) == listed(catalog, "aws-neuronx-dkms", "2.24.13.0", family="trn1")
    assert ("known", ("2.26.0", "2.26.1")) == listed(catalog, "aws-neuronx-dkms", "2.24.7.0", family="trn1")


def test_listed_by_family(catalog: Catalog) -> None:
    """
    What a release lists for one family leaves out what is for others, and keeps what is for no family in particular.
    """
    inf1 = {version.package for version in catalog.listed("2.32.0", family="inf1")}
    trn2 = {version.package for version in catalog.listed("2.33.0", family="trn2")}

    assert "neuron-cc" in inf1
    assert "aws-neuronx-dkms" not in inf1
    assert {"aws-neuronx-collectives", "vllm-neuron"} <= trn2
    assert "libneuronxla" not in trn2
    assert () == catalog.listed("2.33.1") == catalog.listed("2.99.0")


def test_versions_in(catalog: Catalog) -> None:
    """
    A release may list several versions of one package.
    """
    assert ("2.13.3.0", "2.14.3.0") == catalog.versions_in("2.33.0", "torch_neuronx", family="trn2")
    assert ("2.9.0.2.15.32035", "2.13.3.0", "2.14.3.0") == catalog.versions_in("2.33.0", "torch_neuronx")
    assert ("2.26.5.0",) == catalog.versions_in("2.28.0", "aws-neuronx-dkms")
    assert () == catalog.versions_in("2.28.0", "numpy")


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("aws-neuronx-dkms", "2.26.5.0", "2.31.7.0"),
        ("aws-neuronx-dkms", "2.31.7.0", None),
        ("torch-neuronx", "2.8.0.2.10.16998", "2.8.0.2.12.22436"),  # the last for PyTorch 2.8
        ("libneuronxla", "2.2.14584.0", "2.2.17544.0"),  # not 3.0: another line
        ("mxnet-neuron", "1.5.1.1.10.0.0", None),  # the higher number is of an older release
        ("aws-neuronx-tools", "2.28.11.0", "2.33.38.0"),  # unlisted itself
        ("aws-neuronx-dkms", "2.x.7693.0", None),
        ("numpy", "1.0", None),
    ],
)
def test_newest_in_line(catalog: Catalog, name: str, version: str, expected: str | None) -> None:
    """
    A version is superseded by the newest that a later release lists in its line.
    """
    assert expected == catalog.newest_in_line(name, version)


def test_newest_in_line_for_a_family(catalog: Catalog) -> None:
    """
    A driver that never was listed for Inf1 supersedes nothing there.
    """
    assert "2.24.7.0" == catalog.newest_in_line("aws-neuronx-dkms", "2.21.37.0", family="inf1")
    assert catalog.newest_in_line("aws-neuronx-dkms", "2.24.7.0", family="inf1") is None


@pytest.mark.parametrize(
    ("releases", "expected"),
    [(("2.28.0",), 5), (("2.28.0", "2.28.1"), 5), (("2.33.0",), 0), (("2.33.1",), 0), ((), None), (("9.9",), None)],
)
def test_minors_behind(catalog: Catalog, releases: tuple[str, ...], expected: int | None) -> None:
    """
    Patches do not count: one minor of the SDK is one step.
    """
    assert expected == catalog.minors_behind(releases)


# --- a view of a day


def test_as_of_knows_nothing_later(catalog: Catalog) -> None:
    """
    On a day, releases, versions and ends that came later do not exist.
    """
    view = catalog.as_of(dt.date(2026, 3, 12))
    tools = view.package("aws-neuronx-k8-plugin")

    assert "2.28.0" == view.latest.release
    assert tools is not None
    assert tools.until is None
    assert ("newer-than-catalog", ()) == listed(view, "aws-neuronx-dkms", "2.26.10.0")
    assert ("unlisted", ()) == listed(view, "aws-neuronx-dkms", "2.24.13.0")
    assert "2.26.5.0" == view.newest_in_line("aws-neuronx-dkms", "2.25.4.0")
    assert 1 == view.minors_behind(("2.27.1",))
    assert ("newer-than-catalog", ()) == listed(view, "nrtpy", "2.34.10")


def test_as_of_counts_the_day_itself(catalog: Catalog) -> None:
    """
    A release exists from 00:00 of its day.
    """
    assert "2.28.1" == catalog.as_of(dt.date(2026, 3, 13)).latest.release
    assert "2.28.0" == catalog.as_of(dt.date(2026, 3, 12)).latest.release


def test_as_of_keeps_a_release_without_date_before_a_later_one(catalog: Catalog) -> None:
    """
    Release 1.12.3 has no date; it came before 1.13.0.
    """
    before, after = catalog.as_of(dt.date(2021, 4, 30)), catalog.as_of(dt.date(2021, 5, 1))

    assert ("1.12.2", "1.13.0") == (before.latest.release, after.latest.release)
    assert before.release("1.12.3") is None
    assert after.release("1.12.3") is not None


def test_as_of_a_build_that_was_not_there_yet(catalog: Catalog) -> None:
    """
    A version without release is known from the day of its build.
    """
    before, after = (catalog.as_of(dt.date(2022, 8, day)).known_versions("aws-neuronx-dkms") for day in (4, 5))

    assert "2.5.7.0" not in [version.version for version in before]
    assert "2.5.7.0" in [version.version for version in after]


def test_as_of_the_end_changes_nothing(catalog: Catalog) -> None:
    """
    A view of the catalog's own day is the whole catalog.
    """
    view = catalog.as_of(catalog.date)

    assert catalog.releases == view.releases
    assert catalog.packages == view.packages
    assert all(versions == view.known_versions(name) for name, versions in catalog.versions.items())


def test_as_of_a_day_before_everything(catalog: Catalog) -> None:
    """
    There is nothing to judge by on a day before the first release, and the message says when that was.
    """
    with pytest.raises(
        CatalogError, match=r"nothing is known of 2019-12-19: the first release is 1\.0\.0 of 2019-12-20"
    ):
        catalog.as_of(dt.date(2019, 12, 19))


# --- devices


@pytest.mark.parametrize(
    ("pci_id", "expected"),
    [
        ("0x7064", "Inferentia"),
        ("0x7067", "Inferentia"),
        ("0x7164\n", "Trainium1"),
        ("1d0f:7264", "Inferentia2"),
        ("0x1D0F:0x7364", "Trainium2"),
        ("7564", "Trainium3"),
        ("1d0f:7565", "Trainium3"),
        ("10de:7164", None),
        ("0xcd01", None),
        ("", None),
    ],
)
def test_chip_for_pci(catalog: Catalog, pci_id: str, expected: str | None) -> None:
    """
    The PCI id tells the chip, in sysfs's spelling and in lspci's.
    """
    chip = catalog.chip_for_pci(pci_id)

    assert expected == (chip.device_name if chip else None)


@pytest.mark.parametrize(
    ("name", "family"),
    [("Trainium1\n", "trn1"), ("Trainium", "trn1"), ("trainium2", "trn2"), ("Inferentia", "inf1"), ("NDv3", None)],
)
def test_chip_for_name(catalog: Catalog, name: str, family: str | None) -> None:
    """
    The driver's device name tells the chip; its arch_type, which two chips share, does not.
    """
    chip = catalog.chip_for_name(name)

    assert family == (chip.family if chip else None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trn1.32xlarge", ("trn1", 16, 32)),
        ("trn1n.32xlarge", ("trn1", 16, 32)),
        ("inf2.24xlarge", ("inf2", 6, 12)),
        ("trn2.3xlarge", ("trn2", 1, 8)),
        ("trn3.48xlarge", ("trn3", None, None)),  # not documented
        ("trn2n.48xlarge", ("trn2", None, None)),  # in sample output only
        ("trn1", ("trn1", None, None)),
        ("trn2u", ("trn2", None, None)),
        ("trn1.64xlarge", None),
        ("p5.48xlarge", None),
        ("trn", None),
    ],
)
def test_instance_type(catalog: Catalog, name: str, expected: tuple[str, int | None, int | None] | None) -> None:
    """
    An instance type has a family and, where AWS documents it, a number of devices; a family stands for its types.
    """
    kind = catalog.instance_type(name)

    assert expected == (kind and (kind.family, kind.devices, kind.cores))
    assert kind is None or name == kind.name


# --- rules and platforms


def test_rules_for_a_check(catalog: Catalog) -> None:
    """
    A check gets its own rules, and on a day only those that were known.
    """
    check = "driver-runtime-incompatible"
    now = {rule.id for rule in catalog.rules_for(check)}
    then = {rule.id for rule in catalog.as_of(dt.date(2026, 5, 20)).rules_for(check)}

    assert {"DRV-RT-001", "DRV-RT-002", "K8S-005"} == now - then
    assert () == catalog.rules_for("no-such-check")


def test_tested_platforms(catalog: Catalog) -> None:
    """
    The rows are of one package, train and family.
    """
    rows = catalog.tested_platforms("aws-neuronx-dkms", "2.26.5.0", "trn1")

    assert ("2023", "6.1") in [(row.os_version, row.kernel) for row in rows if row.os == "amzn"]
    assert {("aws-neuronx-dkms", "trn1")} == {(row.package, row.family) for row in rows}
    assert () == catalog.tested_platforms("aws-neuronx-dkms", "2.x.1.0", "trn1")
    assert () == catalog.tested_platforms("numpy", "1.0", "trn1")


# --- ranges of releases


def test_expand() -> None:
    """
    A range covers the releases between its ends that have a package list, and no others.
    """
    order = {"1.0.0": 0, "2.0.0": 1, "2.1.0": 2}

    assert () == expand("", order)
    assert ("2.0.0", "2.1.0") == expand("2.0.0..2.1.0", order)
    assert ("1.0.0", "2.1.0") == expand("1.0.0,2.1.0", order)
    assert ("1.0.0", "2.0.0", "2.1.0") == expand("1.0.0,2.0.0..2.1.0", order)


def test_a_range_passes_over_releases_without_package_list(catalog: Catalog) -> None:
    """
    The private beta of 2.21.0 published no packages, so it lists none although ranges run past it.
    """
    assert "2.21.0.beta" not in catalog.packaged
    assert {"2.20.2", "2.21.0"} <= set(catalog.releases_of("mx-neuron", "1.8.0.2.4.147.0").releases)
    assert () == catalog.listed("2.21.0.beta")


def test_lazy_versions_are_a_mapping() -> None:
    """
    Packages are parsed one by one, and one without versions is not there.
    """
    line = json.dumps(VERSION)
    versions = LazyVersions([Layer(lines={"aws-neuronx-dkms": [line], "none": []}, order={"2.33.0": 0})])

    assert ["aws-neuronx-dkms", "none"] == list(versions)
    assert 2 == len(versions)
    assert "none" not in versions
    assert "2.32.1.0" == versions["aws-neuronx-dkms"][0].version
    assert versions["aws-neuronx-dkms"] is versions["aws-neuronx-dkms"]


# --- overlays


def test_overlay_adds_a_release(tmp_path: Path) -> None:
    """
    A folder with new records is a newer catalog.
    """
    write(tmp_path, "releases.jsonl", RELEASE)
    write(tmp_path, "packages.jsonl", PACKAGE)
    write(
        tmp_path,
        "versions.jsonl",
        {**VERSION, "releases": {"trn2": "2.33.0..2.34.0"}},
        {**VERSION, "package": "neuron-new", "version": "1.0"},
    )
    write(tmp_path, "chips.jsonl", CHIP)
    write(tmp_path, "instance_types.jsonl", {**INSTANCE_TYPE, "chip": "Trainium4"})
    write(tmp_path, "rules.jsonl", RULE)
    write(tmp_path, "platforms.jsonl", PLATFORM)

    catalog = load_catalog(overlays=[tmp_path])
    chip = catalog.chip_for_pci("0x7664")

    assert ("2.34.0", dt.date(2026, 12, 10)) == (catalog.latest.release, catalog.date)
    assert ("known", ("2.33.0", "2.34.0")) == listed(catalog, "aws-neuronx-dkms", "2.32.1.0")
    assert ("known", ("2.33.0",)) == listed(catalog, "neuron.new", "1.0")
    assert ("known", ("2.28.0",)) == listed(catalog, "aws-neuronx-dkms", "2.26.5.0")
    assert chip is not None
    assert catalog.instance_type("trn4.48xlarge") is not None
    assert "TEST-001" in [rule.id for rule in catalog.rules_for("driver-runtime-incompatible")]
    assert ["7.0"] == [row.kernel for row in catalog.tested_platforms("aws-neuronx-dkms", "2.32.1.0", "trn2")]
    assert () == catalog.warnings


def test_overlay_replaces_by_key(tmp_path: Path, catalog: Catalog) -> None:
    """
    A record with the key of an older one takes its place.
    """
    changed = {**VERSION, "version": "2.26.5.0", "releases": {"trn1": "2.28.0..2.28.1"}}
    rule = {**RULE, "id": "DRV-RT-001", "why": "changed"}

    overlaid = load_catalog(
        overlays=[write(tmp_path, "versions.jsonl", changed), write(tmp_path, "rules.jsonl", rule)],
    )
    rules = {rule.id: rule.why for rule in overlaid.rules_for("driver-runtime-incompatible")}

    assert ("known", ("2.28.0", "2.28.1")) == listed(overlaid, "aws-neuronx-dkms", "2.26.5.0")
    assert len(catalog.versions["aws-neuronx-dkms"]) == len(overlaid.versions["aws-neuronx-dkms"])
    assert "changed" == rules["DRV-RT-001"]
    assert len(catalog.rule_records) == len(overlaid.rule_records)


def test_overlay_release_in_between_is_in_no_older_range(tmp_path: Path) -> None:
    """
    Ranges of the package's data do not grow when an overlay inserts a release.
    """
    path = write(tmp_path, "releases.jsonl", {**RELEASE, "release": "2.26.2", "date": "2025-11-20"})

    catalog = load_catalog(overlays=[path])
    releases = [release.release for release in catalog.releases]

    assert ["2.26.1", "2.26.2", "2.27.0"] == releases[releases.index("2.26.1") :][:3]
    assert "2.26.2" not in catalog.releases_of("mx-neuron", "1.8.0.2.4.147.0").releases
    assert "2.33.1" == catalog.latest.release


def test_overlays_build_on_each_other(tmp_path: Path) -> None:
    """
    A later overlay may refer to what an earlier one added.
    """
    first = write(tmp_path, "releases.jsonl", RELEASE)
    second = write(tmp_path, "versions.jsonl", {**VERSION, "releases": {"*": "2.34.0"}})

    assert ("known", ("2.34.0",)) == listed(load_catalog(overlays=[first, second]), "aws-neuronx-dkms", "2.32.1.0")
    with pytest.raises(CatalogError, match=r"versions\.jsonl:1: releases: not a known release: '2\.34\.0'"):
        load_catalog(overlays=[second, first])


def test_overlay_of_a_newer_minor_schema_is_read_with_a_warning(tmp_path: Path) -> None:
    """
    Fields that a newer minor version adds are passed over, and the catalog says so.
    """
    (tmp_path / "catalog.json").write_text('{"schema_version": "1.7"}', encoding="utf-8")
    write(tmp_path, "releases.jsonl", {**RELEASE, "colour": "blue"})

    catalog = load_catalog(overlays=[tmp_path])

    assert "2.34.0" == catalog.latest.release
    assert ["schema 1.7 is newer than 1.0"] == [warning.split(": ")[1] for warning in catalog.warnings]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('{"schema_version": "2.0"}', r"catalog\.json: schema_version: 2\.0 cannot be read by this program"),
        ('{"schema_version": 1}', r"catalog\.json: schema_version: not a version like 1\.0: 1"),
        ("{}", r"catalog\.json: schema_version: not a version like 1\.0: None"),
        ("[]", r"catalog\.json: schema_version: not a version like 1\.0: None"),
        ("{", r"catalog\.json: not JSON: "),
    ],
)
def test_overlay_of_an_unknown_schema_is_refused(tmp_path: Path, header: str, message: str) -> None:
    """
    What cannot be understood is not guessed at.
    """
    (tmp_path / "catalog.json").write_text(header, encoding="utf-8")

    with pytest.raises(CatalogError, match=message):
        load_catalog(overlays=[tmp_path])


def test_overlay_that_is_not_there(tmp_path: Path) -> None:
    """
    A missing overlay is said with its path.
    """
    with pytest.raises(CatalogError, match=r"gone: no such file or folder"):
        load_catalog(overlays=[tmp_path / "gone"])


@pytest.mark.parametrize("name", ["version.jsonl", "versions.json"])
def test_overlay_of_an_unknown_name(tmp_path: Path, name: str) -> None:
    """
    A slip in a file's name is an error, not a table that is silently left out.
    """
    path = write(tmp_path, name, VERSION)

    with pytest.raises(CatalogError, match=r"not a catalog file: its name must be one of releases\.jsonl, "):
        load_catalog(overlays=[path])
    if name.endswith(".jsonl"):
        with pytest.raises(CatalogError, match=r"version\.jsonl: not a catalog file"):
            load_catalog(overlays=[tmp_path])


def test_tables_of_other_modules_are_left_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A table that the package has, and that is not the catalog's to read, is no slip.
    """
    data = tmp_path / "data"
    data.mkdir()
    (data / "others.jsonl").touch()
    monkeypatch.setattr("neuron_validator.catalog.records.DATA", data)
    write(tmp_path, "others.jsonl", "anything")

    assert is_table(tmp_path / "others.jsonl")
    assert not is_table(tmp_path / "version.jsonl")


def test_overlay_that_cannot_be_read(tmp_path: Path) -> None:
    """
    Bytes that are no text are said with the path.
    """
    path = tmp_path / "versions.jsonl"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(CatalogError, match=r"versions\.jsonl: .*codec can't decode"):
        load_catalog(overlays=[path])


# --- strict validation


@pytest.mark.parametrize("table", TABLES)
def test_a_good_record_is_valid(tmp_path: Path, table: str) -> None:
    """
    One record of each table, with all that it needs and no more, is accepted; blank lines do not matter.
    """
    assert [RECORDS[table]] == validate_records(write(tmp_path, table, "", RECORDS[table], " "))


@pytest.mark.parametrize(("table", "field"), [(table, field) for table in TABLES for field in TABLES[table].required])
def test_a_missing_field_is_named(tmp_path: Path, table: str, field: str) -> None:
    """
    Each required field is missed by name.
    """
    record = {name: value for name, value in RECORDS[table].items() if name != field}

    with pytest.raises(CatalogError) as raised:
        validate_records(write(tmp_path, table, record))

    assert f"{table}:1: {field}: missing" == str(raised.value)


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("releases.jsonl", {"release": "next"}, "release: not a version: 'next'"),
        ("releases.jsonl", {"date": "2026-13-01"}, "date: not a date: '2026-13-01'"),
        ("releases.jsonl", {"date": 20261210}, "date: not a date: 20261210"),
        ("releases.jsonl", {"date": "2026-W50-4"}, "date: not a date: '2026-W50-4'"),
        ("releases.jsonl", {"type": "big"}, "type: not one of major, minor, patch, beta: 'big'"),
        ("releases.jsonl", {"families": ["trn9"]}, "families: not one of inf1, inf2, trn1, trn2, trn3: 'trn9'"),
        ("releases.jsonl", {"families": "trn2"}, "families: not a list: 'trn2'"),
        ("releases.jsonl", {"source": " "}, "source: not a text: ' '"),
        ("releases.jsonl", {"colour": "blue"}, "colour: not a known field"),
        (
            "releases.jsonl",
            {"disagrees": [{"says": "2026-12-09"}]},
            "disagrees: not an object of says, source and perhaps release: {'says': '2026-12-09'}",
        ),
        ("packages.jsonl", {"third_party": 0}, "third_party: not true or false: 0"),
        ("packages.jsonl", {"scheme": "semver"}, "scheme: not one of sdk, standalone, extension, other: 'semver'"),
        ("packages.jsonl", {"until": "2.99.0"}, "until: not a known release: '2.99.0'"),
        ("packages.jsonl", {"aliases": ["Torch_NeuronX"]}, "aliases: 'Torch_NeuronX' means torch-neuronx already"),
        ("versions.jsonl", {"package": "torch"}, "package: not a known package: 'torch'"),
        ("versions.jsonl", {"version": "2.x.1.0"}, "version: not a version: '2.x.1.0'"),
        ("versions.jsonl", {"releases": {"trn2": "2.99.0"}}, "releases: not a known release: '2.99.0'"),
        ("versions.jsonl", {"releases": {"trn2": "2.28.0..2.99.0"}}, "releases: not a known release: '2.99.0'"),
        (
            "versions.jsonl",
            {"releases": {"trn2": "2.28.1..2.28.0"}},
            "releases: range runs backwards: '2.28.1..2.28.0'",
        ),
        (
            "versions.jsonl",
            {"releases": {"trn2": "2.33.1"}},
            "releases: nothing is known of the package list of release '2.33.1'",
        ),
        ("versions.jsonl", {"releases": {"trn2": ""}}, "releases: not a range of releases: ''"),
        ("versions.jsonl", {"releases": ["2.33.0"]}, "releases: not an object: ['2.33.0']"),
        (
            "versions.jsonl",
            {"releases": {"trn2 trn1": "2.33.0"}},
            "releases: not instance families in order, nor '*': 'trn2 trn1'",
        ),
        (
            "versions.jsonl",
            {"disagrees": [{"says": "x", "source": "y", "release": "2.99.0"}]},
            "disagrees: not a known release: '2.99.0'",
        ),
        ("versions.jsonl", {"train": "yes"}, "train: not true or false: 'yes'"),
        ("chips.jsonl", {"pci_ids": ["0x7664"]}, "pci_ids: not a PCI id like 1d0f:7164: '0x7664'"),
        ("chips.jsonl", {"cores_per_device": True}, "cores_per_device: not a whole number: True"),
        ("chips.jsonl", {"lnc_supported": [1.5]}, "lnc_supported: not a whole number: 1.5"),
        (
            "instance_types.jsonl",
            {"instance_type": "trn4"},
            "instance_type: not an instance type like trn1.32xlarge: 'trn4'",
        ),
        ("instance_types.jsonl", {"chip": "Trainium9"}, "chip: not a known chip: 'Trainium9'"),
        (
            "rules.jsonl",
            {"subject": {"component": "x"}},
            "subject: not an object of component and version: {'component': 'x'}",
        ),
        ("rules.jsonl", {"others": [{"component": "x", "version": "2"}]}, "others: not a range of versions: '2'"),
        ("rules.jsonl", {"severity": "fatal"}, "severity: not one of info, warning, critical: 'fatal'"),
        ("platforms.jsonl", {"version": 2}, "version: not a range of versions: 2"),
    ],
)
def test_a_bad_field_is_named_with_its_text(tmp_path: Path, table: str, change: dict[str, Any], message: str) -> None:
    """
    A complaint names the file, the line, the field and the offending text.
    """
    path = write(tmp_path, table, "", {**RECORDS[table], **change})

    with pytest.raises(CatalogError) as raised:
        validate_records(path)

    assert f"{table}:2: {message}" == str(raised.value)


def test_lines_that_are_no_records(tmp_path: Path) -> None:
    """
    What is no JSON object is said with its line.
    """
    path = write(tmp_path, "versions.jsonl", VERSION, '{"package": ', "[1]", VERSION)

    assert (
        "versions.jsonl:2: not JSON: Expecting value at column 13",
        "versions.jsonl:3: not an object: '[1]'",
        "versions.jsonl:4: version: the same as in line 1: 'aws-neuronx-dkms 2.32.1.0'",
    ) == verify([path])


def test_two_packages_cannot_share_a_name(tmp_path: Path) -> None:
    """
    An alias leads to one package only.
    """
    other = {**PACKAGE, "package": "neuron-newer", "aliases": ["Neuron.New"]}

    assert ("packages.jsonl:2: aliases: 'Neuron.New' means neuron-new already, line 1",) == verify(
        [write(tmp_path, "packages.jsonl", PACKAGE, other)]
    )


def test_verify_reads_tables_in_the_order_of_their_references(tmp_path: Path) -> None:
    """
    Files may be given in any order, or as their folder.
    """
    files = [
        write(tmp_path, "versions.jsonl", {**VERSION, "package": "neuron-new", "releases": {"*": "2.34.0"}}),
        write(tmp_path, "packages.jsonl", PACKAGE),
        write(tmp_path, "releases.jsonl", RELEASE),
    ]

    assert () == verify(files) == verify([tmp_path])
    assert 2 == len(verify(files[:1]))


def test_verify_reports_all_that_is_wrong(tmp_path: Path) -> None:
    """
    One run tells everything: files that are none, a header that cannot be read, and every bad field.
    """
    (tmp_path / "catalog.json").write_text('{"schema_version": "9.0"}', encoding="utf-8")
    write(tmp_path, "notes.jsonl", {})
    write(tmp_path, "releases.jsonl", {**RELEASE, "date": "soon", "type": "big"})

    complaints = verify([tmp_path, tmp_path / "gone" / "releases.jsonl"])

    assert 5 == len(complaints)
    assert ["releases.jsonl:1: date: not a date: 'soon'"] == [line for line in complaints if "soon" in line]
    assert any("notes.jsonl: not a catalog file" in line for line in complaints)
    assert any("schema_version: 9.0 cannot be read" in line for line in complaints)
    assert any("No such file" in line for line in complaints)


def test_own_data_out_of_order_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The package's records are sorted, so that a change of the data is a small difference.
    """
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    lines = (DATA / "packages.jsonl").read_text(encoding="utf-8").splitlines()
    write(tmp_path, "packages.jsonl", *lines[1:], lines[0])
    (tmp_path / "catalog.json").write_text('{"schema_version": "1.0", "latest_release": "2.33.0"}', encoding="utf-8")
    monkeypatch.setattr("neuron_validator.catalog.records.DATA", tmp_path)

    assert (
        f"packages.jsonl:{len(lines)}: not in order",
        "catalog.json: latest_release: not that of the last release, '2.33.1': '2.33.0'",
        "catalog.json: date: not that of the last release, '2026-11-11': None",
    ) == verify()


# --- show


def test_render_release(catalog: Catalog) -> None:
    """
    A release is shown with date, completeness, contradictions and packages.
    """
    release = catalog.release("2.29.1")
    assert release is not None

    lines = render_release(catalog, release).splitlines()

    assert "release       2.29.1 (patch)" == lines[0]
    assert "date          2026-05-01" == lines[1]
    assert lines[2].startswith("              2026-04-09 says ")
    assert "aws-neuronx-dkms                 2.27.4.0          driver               inf2, trn1, trn2, trn3" in lines
    assert "aws-neuronx-gpsimd-tools         unknown           customop             not stated" in lines
    assert all(line == line.rstrip() for line in lines)


def test_render_release_without_date_and_packages(catalog: Catalog) -> None:
    """
    What is not known is said so.
    """
    dateless, latest = catalog.release("1.12.3"), catalog.release("2.33.1")
    assert dateless is not None
    assert latest is not None

    assert "date          unknown" in render_release(catalog, dateless)
    assert "package list  unknown" in render_release(catalog, latest)
    assert "families      not stated" in render_release(catalog, latest)


def test_describe_release_is_json(catalog: Catalog) -> None:
    """
    The same is there as a mapping, with the source of each version.
    """
    release = catalog.release("2.3.0")
    assert release is not None

    described = json.loads(json.dumps(describe_release(catalog, release)))
    hooks = [row for row in described["packages"] if row["package"] == "aws-neuronx-oci-hook"]

    assert ("2.3.0", "2022-10-10", "complete") == tuple(described[key] for key in ("release", "date", "package_list"))
    assert [("2.0.1.0", "2.0.16.0"), ("2.0.16.0", "2.0.1.0")] == [
        (row["version"], row["disagrees"][0]["says"]) for row in hooks
    ]
    assert ["efa-installer"] == described["unversioned"]


def test_render_catalog(catalog: Catalog) -> None:
    """
    The summary has one line for each release, the newest first.
    """
    lines = render_catalog(catalog).splitlines()
    described = json.loads(json.dumps(describe_catalog(catalog)))

    assert ["schema   1.0", "date     2026-11-11", "latest   2.33.1"] == lines[:3]
    assert "2.33.1       2026-11-11  patch  unknown       0" in lines
    assert "1.12.3       unknown     patch  complete      12" in lines
    assert len(catalog.releases) == described["counts"]["releases"] == len(described["releases"])
    assert ["2.33.1", "1.0.0"] == [described["releases"][i]["release"] for i in (0, -1)]


def test_render_catalog_shows_warnings(tmp_path: Path) -> None:
    """
    What the loader passed over is shown.
    """
    (tmp_path / "catalog.json").write_text('{"schema_version": "1.7"}', encoding="utf-8")

    assert "warning  " in render_catalog(load_catalog(overlays=[tmp_path]))


def test_own_releases_are_in_order(catalog: Catalog) -> None:
    """
    Releases stand in version order, each once.
    """
    versions = [require_version(release.release) for release in catalog.releases]

    assert sorted(set(versions)) == versions
