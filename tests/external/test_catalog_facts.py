"""
The catalog against the research facts beside the checkout, record by record and in both directions.

Nothing may be lost on the way from the facts to the catalog, and nothing may have been added: what differs on purpose
stands in `LEFT_OUT` and `ADDED` with its reason, and each run prints how much that is (``pytest -rA`` shows it).
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog import Catalog, PackageVersion, load_catalog
from neuron_validator.versions import Scheme

pytestmark = pytest.mark.external

Row = tuple[str, str, str]
"""SDK release, package, version."""
Facts = dict[str, Any]

# Rows of the facts that are not in the catalog as they are.
LEFT_OUT = {
    "no version": "the manifest prints no version there (na, 14.09.x); the package's `unversioned` has the release",
    "half a version": "release notes of 1.0.0 to 1.8.0 give only the Neuron half of torch-neuron's version, which is "
    "installed nowhere",
    "cut short": "n2-manifest prints six of seven parts of tensorflow-neuron in 2.3.0 and 2.4.0; the whole version is "
    "there instead, and what it is cut to is understood as short for it",
}

# Versions of the catalog that no row of sdk_releases.json has, and why they are true all the same.
PINNED_BY_IMAGES = {
    ("2.23.0", "torch-neuronx", "2.6.0.2.7.0"),
    ("2.27.0", "torch-neuronx", "2.8.0.2.10.16998"),
    ("2.29.0", "neuronx-distributed-training", "1.7.0"),
    ("2.29.1", "neuronx-distributed-training", "1.7.0"),
    ("2.30.0", "neuronx-distributed-training", "1.7.0"),
}

# Components of the 2.33.0 table that are no packages.
NO_PACKAGES = {
    "NKI Library": "sources that come with nki",
    "Neuron DLAMI": "machine images",
    "Neuron Containers": "container images",
}
COMPONENTS = {
    "TorchNeuron": "torch-neuronx",
    "TorchTitan Neuron": "torchtitan-neuron",
    "PyTorch NeuronX": "torch-neuronx",
    "JAX NeuronX": "jax-neuronx",
    "vLLM Neuron": "vllm-neuron",
    "vLLM Omni Neuron": "vllm-omni-neuron",
    "Neuron Kernel Interface": "nki",
    "Neuron Compiler": "neuronx-cc",
    "Neuron Runtime Library": "aws-neuronx-runtime-lib",
    "Neuron Driver": "aws-neuronx-dkms",
    "Neuron Collectives": "aws-neuronx-collectives",
    "nrtpy": "nrtpy",
    "Neuron Developer Tools": "aws-neuronx-tools",
    "Neuron Observer": "neuron-observer",
    "Neuron Agentic Development": "neuron-agentic-development",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def say(line: str) -> None:
    """Tell what was compared and what was not; ``pytest -rA`` shows it."""
    sys.stdout.write(f"{line}\n")


def read(shared: Path, name: str) -> Facts:
    facts: Facts = json.loads((shared / "facts" / f"{name}.json").read_text(encoding="utf-8"))
    return facts


@pytest.fixture(scope="module")
def releases(shared: Path) -> list[Facts]:
    """Return the releases up to 2.32.0, newest first."""
    found: list[Facts] = read(shared, "sdk_releases")["releases"]
    return found


@pytest.fixture(scope="module")
def newest(shared: Path) -> Facts:
    """Return what was seen of 2.33.0 and 2.33.1."""
    return read(shared, "sdk_2_33_0")


@pytest.fixture(scope="module")
def packages(shared: Path) -> list[Facts]:
    found: list[Facts] = read(shared, "packages")["packages"]
    return found


def fold(name: str) -> str:
    return name.replace("_", "-")


def is_cut_short(row: Facts) -> bool:
    return bool(row.get("preferred_version") == f"{row['version']}.0")


def why_left_out(row: Facts) -> str | None:
    if row["version"] is None:
        return "no version"
    if row.get("version_is_neuron_part_only"):
        return "half a version"
    return "cut short" if is_cut_short(row) else None


def claimed(release: Facts) -> Iterator[tuple[Row, frozenset[str]]]:
    """Yield each version that some source gives for *release*, with the families it is listed for."""
    for row in release["packages"]:
        package, families = row["canonical_name"], frozenset(row["instances"])
        if why_left_out(row) is None:
            yield (release["version"], package, row["version"]), families
        if row.get("preferred_version"):
            yield (release["version"], package, row["preferred_version"]), families
    yield from replaced(release)


def replaced(release: Facts) -> Iterator[tuple[Row, frozenset[str]]]:
    """Yield versions that the manifest gave at the release's own tag and gives differently now."""
    edited = release.get("manifest_edited_after_release", {})
    now = {(row["canonical_name"], row["version"]) for row in release["packages"]}
    added = {fold(line.split()[0]) for line in edited.get("added", ())}
    for line in edited.get("removed", ()):
        name, version, families = line.split()[:3]
        if (fold(name), version) not in now and fold(name) in added:
            yield (release["version"], fold(name), version), frozenset(families.split(","))


def claimed_of_newest(newest: Facts) -> Iterator[Row]:
    """Yield the versions of 2.33.0: of the component table, of Trn1's list and of Trn2's list as far as seen."""
    for row in newest["component_versions_2_33_0"]["rows"]:
        if row["component"] not in NO_PACKAGES:
            for version in row["version"].split(" and "):
                yield "2.33.0", COMPONENTS[row["component"]], version
    for row in newest["packages_2_33_0"]["trn1"]["packages"]:
        if row["version"]:
            yield "2.33.0", fold(row["name"]), row["version"]
    for row in newest["packages_2_33_0"]["trn2"]["known_from_elsewhere"]:
        for version in row.get("versions", [row.get("version")]):
            yield "2.33.0", row["name"], version.removesuffix(".*")


def versions_of(catalog: Catalog) -> dict[tuple[str, str], PackageVersion]:
    return {(name, one.version): one for name, versions in catalog.versions.items() for one in versions}


# --- releases


def test_every_release_is_in_the_catalog(catalog: Catalog, releases: list[Facts], newest: Facts) -> None:
    """
    The catalog has the releases of the facts, with their dates and kinds, and no others.
    """
    facts = {release["version"]: (release["release_date"], release["release_type"]) for release in releases}
    facts |= {release["version"]: (release["date"], release["type"]) for release in newest["releases"]}
    ours = {r.release: (r.date and r.date.isoformat(), r.type) for r in catalog.releases}

    assert facts == ours


def test_every_disagreement_about_a_date_is_kept(catalog: Catalog, releases: list[Facts]) -> None:
    """
    Where sources differ about a date, the catalog says what each says.
    """
    facts = {r["version"]: sorted(c["date"] for c in r["release_date_conflicts"]) for r in releases}
    ours = {r.release: sorted(other.says for other in r.disagrees) for r in catalog.releases if r.release in facts}

    assert facts == ours


def test_completeness_and_families_of_every_release(catalog: Catalog, releases: list[Facts]) -> None:
    """
    A package list is called complete only where a manifest has it, and families are those that it names.
    """
    lists = {"partial-changed-components-only": "partial", "none-published": "unknown"}
    for facts in releases:
        release = catalog.release(facts["version"])
        assert release is not None
        assert lists.get(facts["packages_status"], "complete") == release.package_list
        named = {family for row in facts["packages"] for family in row["instances"]}
        assert (named or {"trn2"}) == set(release.families), facts["version"]  # the beta was for Trn2


# --- versions


def test_every_listed_version_is_in_the_catalog(catalog: Catalog, releases: list[Facts]) -> None:
    """
    Each row of the facts is in the catalog with the same families, or is left out for a reason.
    """
    ours, left_out, kept = versions_of(catalog), Counter[str](), 0
    for facts in releases:
        families: dict[Row, frozenset[str]] = {}
        for row, some in claimed(facts):
            families[row] = families.get(row, frozenset()) | some
        for (release, package, version), expected in families.items():
            record = ours[package, version]
            assert release in record.releases, (release, package, version)
            if (release, package, version) not in PINNED_BY_IMAGES:
                assert sorted(expected) == list(record.families(release)), (release, package, version)
            kept += 1
        left_out.update(filter(None, map(why_left_out, facts["packages"])))

    say(f"{kept} rows compared")
    for reason, count in left_out.items():
        say(f"{count} rows left out, {reason}: {LEFT_OUT[reason]}")
    assert set(LEFT_OUT) == set(left_out)
    assert kept > 2500


def test_every_listed_version_is_in_the_facts(catalog: Catalog, releases: list[Facts], newest: Facts) -> None:
    """
    The catalog says of no version that a release lists it where no source does.
    """
    facts = {row for release in releases for row, _ in claimed(release)} | set(claimed_of_newest(newest))
    ours = {
        (release, package, version)
        for (package, version), record in versions_of(catalog).items()
        for release in record.releases
    }

    say(f"{len(ours)} memberships compared, {len(PINNED_BY_IMAGES)} of them from pins of AWS's images")
    assert facts | PINNED_BY_IMAGES == ours


def test_what_is_left_out_is_understood_all_the_same(catalog: Catalog, releases: list[Facts]) -> None:
    """
    A version that is cut short still leads to its release, and a release without version is noted.
    """
    for facts in releases:
        for row in facts["packages"]:
            package = catalog.package(row["canonical_name"])
            assert package is not None
            if is_cut_short(row):
                assert facts["version"] in catalog.releases_of(package.name, row["version"]).releases
            assert (row["version"] is None) == (facts["version"] in package.unversioned), (facts["version"], package)


def test_pins_of_images_are_in_the_facts(shared: Path) -> None:
    """
    What the catalog takes from AWS's own images is what the facts report of their Dockerfiles.
    """
    rows = read(shared, "verification-releases")["disagreements"]["dlc_dockerfiles"]

    assert PINNED_BY_IMAGES == {(row["release"], row["package"], row["elsewhere"].split("+")[0]) for row in rows}


def test_every_contradiction_is_kept(catalog: Catalog, releases: list[Facts]) -> None:
    """
    Where another source contradicts the manifest, both versions say so of that release.
    """
    ours = versions_of(catalog)
    for facts in releases:
        for row in facts["packages"]:
            for conflict in row.get("conflicts", ()):
                preferred = row.get("preferred_version", row["version"])
                says = {
                    other.says
                    for other in ours[row["canonical_name"], preferred].disagrees
                    if other.release == facts["version"]
                }
                expected = row["version"] if "preferred_version" in row else conflict["version"] or "absent"
                assert expected in says, (facts["version"], row["name"], row["version"])


def test_every_known_version_is_in_the_facts_of_packages(catalog: Catalog, packages: list[Facts]) -> None:
    """
    The catalog knows the versions of the package facts, those without a release too, and few others.

    More come from 2.33.0, from images, and from manifests that were edited after their release.
    """
    facts = {(package["name"], row["version"]) for package in packages for row in package["versions"]}
    ours = set(versions_of(catalog))
    cut = {(name, version) for name, version in facts - ours if (name, f"{version}.0") in ours}
    more = {pair for pair in ours - facts if catalog.releases_of(*pair).releases == ("2.33.0",)}
    more |= {(package, version) for _, package, version in PINNED_BY_IMAGES}
    edited = {("aws-neuronx-gpsimd-customop-lib", "0.22.2.0"), ("aws-neuronx-gpsimd-customop-lib", "0.23.4.0")}
    edited |= {("torch-neuron", f"{torch}.2.8.6.0") for torch in ("1.9.1", "1.10.2", "1.11.0", "1.12.1", "1.13.1")}
    edited |= {("transformers-neuronx", "0.4.149")}

    say(f"{len(facts & ours)} versions compared; {len(cut)} cut short in the facts; {len(more | edited)} more")
    assert cut == facts - ours
    assert ours - facts <= more | edited
    assert edited <= ours


def test_versions_without_release_are_those_of_the_facts(catalog: Catalog, packages: list[Facts]) -> None:
    """
    Builds that no release lists have the build date of the package repository's index, where they are in it.
    """
    ours = versions_of(catalog)
    for package in packages:
        for row in package["versions"]:
            record = ours.get((package["name"], row["version"]))
            if record is None or row.get("sdk_releases") or record.listings:
                continue
            built = row.get("rpm", {}).get("build_date")
            assert built is None or built == str(record.known_from), (package["name"], row["version"])
    bare = {(p["name"], v["version"]) for p in packages for v in p["versions"] if not v.get("sdk_releases")}

    assert {pair for pair, record in ours.items() if not record.listings} <= bare


def test_versions_of_the_vendors_manifest(catalog: Catalog, shared: Path) -> None:
    """
    The vendor's own file, not the facts made from it, lists nothing that the catalog does not have in that release.
    """
    manifest = json.loads((shared / "facts/vendor/n2-manifest.json").read_text(encoding="utf-8"))
    missing = [
        (release["neuron_version"], row["name"], row["version"])
        for release in manifest["neuron_releases"]
        for row in release["packages"]
        if release["neuron_version"] not in catalog.releases_of(row["name"], row["version"]).releases
    ]

    placeholders = {("efa-installer", "na"), ("aws-neuronx-gpsimd-tools", "14.09.x")}
    say(f"{len(missing)} rows without a usable version")
    assert placeholders == {(name, version) for _, name, version in missing if name != "aws_neuron_sdk_release_version"}


# --- packages


def test_every_package_is_in_the_catalog(catalog: Catalog, packages: list[Facts], newest: Facts) -> None:
    """
    The catalog has the packages of the facts and those that 2.33.0 introduced, and no others.
    """
    introduced = {"torchtitan-neuron", "vllm-omni-neuron", "neuron-observer"}

    assert {package["name"] for package in packages} | introduced == set(catalog.packages)
    assert introduced == set(COMPONENTS.values()) - {package["name"] for package in packages}


def test_what_is_said_of_every_package(catalog: Catalog, packages: list[Facts]) -> None:
    """
    Class, packaging, lineage and first release are those of the facts, and every spelling leads to the package.
    """
    for facts in packages:
        package = catalog.packages[facts["name"]]
        assert facts["component_class"] == package.component_class
        assert facts["packaging"] == list(package.packaging)
        assert facts["third_party"] is package.third_party
        assert facts["extends"] == package.extends
        assert facts["first_sdk"] == package.since
        assert facts["is_extension"] is (package.scheme is Scheme.EXTENSION)
        assert {row["name"] for row in facts["successors"]} == set(package.successors)
        assert {facts["name"]} == {catalog.canonical(name) for name in (facts["name"], *facts["spellings"])}


def test_the_last_release_of_every_package(catalog: Catalog, packages: list[Facts]) -> None:
    """
    A package ends with the last release that lists it, unless that is the last whose whole list is known.
    """
    gone = {"tensorboard-plugin-neuronx": "2.32.0"}  # Trn1's list of 2.33.0 has it no more
    back = {"aws-neuronx-runtime-discovery", "torch-neuronx"}  # the lists of 2.33.0 have them again
    for facts in packages:
        name = facts["name"]
        expected = None if facts["last_sdk"] == "2.32.0" or name in back else facts["last_sdk"]
        assert gone.get(name, expected) == catalog.packages[name].until, name


def test_every_component_of_the_rules_facts_is_recognised(catalog: Catalog, shared: Path) -> None:
    """
    Each Neuron package that the compatibility facts name is one of the catalog's.
    """
    names = [name for name in read(shared, "constraints")["canonical_components"] if "neuron" in name]
    others = {"neuron-sdk", "optimum-neuron"}  # the SDK itself; Hugging Face's package

    assert others == {name for name in names if catalog.canonical(name) is None}


def test_every_package_of_the_repository_index_is_recognised(catalog: Catalog, shared: Path) -> None:
    """
    Each package in the copy of AWS's package repository is one of the catalog's, with a version that it knows.
    """
    lines = (shared / "samples/rpm-nevra-all-yum-repo.txt").read_text(encoding="utf-8").split()
    unknown = []
    for line in lines:
        name, version, _ = line.rsplit("-", 2)
        if catalog.releases_of(name, version).status not in {"known", "unlisted"}:
            unknown.append(line)

    assert [] == unknown
    assert len(lines) > 500


# --- devices


def test_every_chip_is_that_of_the_facts(catalog: Catalog, shared: Path) -> None:
    """
    PCI ids, names, cores, memory and drivers are those of the device facts.
    """
    facts = read(shared, "devices")
    for row in facts["pci"]["ids"]:
        chip = catalog.chip_for_pci(row["device"])
        assert chip is not None
        assert row["family"].split("/")[0] == chip.family
        assert row["driver_from"] == chip.driver_from
        assert (row["driver_until"] or "").split(".x")[0] == (chip.driver_until or "")
    for row in facts["arch"].values():
        chip = catalog.chip_for_name(row["device_name"])
        assert chip is not None
        assert row["nc_per_device"] == chip.cores_per_device
        assert chip.memory_bytes in {row["memory_bytes"], None}
        assert row["family"].lower().startswith(chip.family)
    assert len(facts["pci"]["ids"]) == sum(len(chip.pci_ids) for chip in catalog.chips)
    assert len(facts["arch"]) == len(catalog.chips)


def test_logical_cores_of_every_chip(catalog: Catalog, shared: Path) -> None:
    """
    What can be configured, and what is the default, is what AWS documents: nothing for Trainium3.
    """
    for row in read(shared, "instance_types")["architectures"].values():
        chip = catalog.chip_for_name(row["sysfs"]["device_name"])
        assert chip is not None
        assert row["lnc_default"] == chip.lnc_default
        assert tuple(row["lnc_supported"] or ()) == (chip.lnc_supported or ())
        assert row["neuroncore"] == chip.neuroncore
        assert row["pci_device_ids"] == [pci_id.replace("1d0f:", "0x") for pci_id in chip.pci_ids]


def test_every_instance_type_is_in_the_catalog(catalog: Catalog, shared: Path) -> None:
    """
    Instance types have the devices that AWS documents; a number that is only derived is left out.
    """
    facts = read(shared, "instance_types")
    captured = {"trn2.3xlarge"}  # not in the documents, and one device was seen
    undocumented = []
    for row in facts["instance_types"]:
        kind = catalog.instance_types[row["instance_type"]]
        assert kind.family == row["family"][:4]  # trn1n, trn2u, trn3pd98: the chip decides
        if row["documentation"] == "documented" or kind.name in captured:
            assert (row["device_count"], row["nc_total_physical"]) == (kind.devices, kind.cores)
        else:
            undocumented.append(kind.name)
            assert (None, None) == (kind.devices, kind.cores)

    say(f"number of devices left out, not documented: {', '.join(undocumented)}")
    assert {name[:4] for name in undocumented} == {"trn2", "trn3"}


def test_every_instance_type_has_a_source(catalog: Catalog, shared: Path) -> None:
    """
    Names that only sources of AWS have are known without a number of devices, and there are no others.
    """
    facts, devices = read(shared, "instance_types"), read(shared, "devices")
    named = {row["name"] for row in facts["other"]["names_seen_only_in_source"]}
    named |= set(
        itertools.chain.from_iterable(v for k, v in devices["dmi_product_names_in_driver"].items() if "." in v[0])
    )
    named = {name for name in named if " " not in name} | {"trn2a.48xlarge"}

    assert {row["instance_type"] for row in facts["instance_types"]} | named == set(catalog.instance_types)
    for name, count in devices["instances"].items():
        kind = catalog.instance_types[name]
        assert count == kind.devices
