"""Which SDK releases explain what is installed together."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

import pytest

from neuron_validator.catalog import Catalog, PackageVersion, load_catalog
from neuron_validator.releases import Identification, OddOneOut, identify

FAMILIES = ("inf1", "inf2", "trn1", "trn2", "trn3")

# What AWS's machine images keep in environments of their own, beside the operating system's packages.
ENVIRONMENTS = {
    "pytorch": ("torch", "libneuronxla", "libtorch", "neuron-cc", "neuronx-cc", "neuronx-distributed", "nki", "dmlc"),
    "jax": ("jax", "libneuronxla", "neuronx-cc", "nki"),
    "tensorflow": ("tensorflow-neuron", "tensorboard", "neuron-cc", "neuronx-cc"),
    "vllm": ("vllm", "torch-neuronx", "libneuronxla", "neuronx-cc", "neuronx-distributed", "nki", "nrtpy"),
    "mxnet": ("mx", "neuron-cc", "inferentia"),
    "system": ("aws-neuron", "tensorflow-model-server"),
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def pairs(versions: tuple[PackageVersion, ...]) -> list[tuple[str, str]]:
    return [(version.package, version.version) for version in versions]


def shipped(catalog: Catalog) -> Iterator[tuple[str, str | None, list[tuple[str, str]]]]:
    """Yield what every release lists, for each family and for all together."""
    for release in catalog.packaged:
        for family in (None, *FAMILIES):
            yield release, family, pairs(catalog.listed(release, family=family))


def odd(*ones: tuple[str, str, tuple[str, ...]]) -> tuple[OddOneOut, ...]:
    return tuple(OddOneOut(package=package, version=version, releases=releases) for package, version, releases in ones)


# --- no false alarm, exhaustively


def test_what_a_release_lists_is_that_release(catalog: Catalog) -> None:
    """
    The whole list of a release is exactly that release; what it lists for one family is never mixed.
    """
    for release, family, components in shipped(catalog):
        found = identify(components, catalog)
        if family is None:
            assert ("exact", (release,)) == (found.match, found.releases)
        elif any(not package.third_party for package in map(catalog.package, dict(components)) if package):
            assert found.match in {"exact", "range"}, (release, family)
            assert release in found.releases, (release, family)
        assert () == found.odd_ones_out


def test_what_an_environment_of_a_release_holds_is_never_mixed(catalog: Catalog) -> None:
    """
    AWS's machine images split a release over environments; none of them is called mixed.
    """
    for release, family, components in shipped(catalog):
        for prefixes in ENVIRONMENTS.values():
            part = [component for component in components if component[0].startswith(prefixes)]
            found = identify(part, catalog)
            assert found.match in {"exact", "range", "unknown"}, (release, family, prefixes)
            assert release in found.releases or found.match == "unknown", (release, family, prefixes)


def test_any_part_of_a_release_is_never_mixed(catalog: Catalog) -> None:
    """
    Whatever is left out of a release, the rest is explained by it.
    """
    chance = random.Random(2026)  # noqa: S311 - a fixed seed, so that a failure can be repeated
    for release, family, components in shipped(catalog):
        for _ in range(4):
            part = chance.sample(components, chance.randint(0, len(components)))
            found = identify(part, catalog)
            assert found.match in {"exact", "range", "unknown"}, (release, family, part)
            assert release in found.releases or found.match == "unknown", (release, family, part)


def test_components_that_a_partial_list_leaves_out_are_never_mixed(catalog: Catalog) -> None:
    """
    The oldest release notes and those of 2.33.0 name only some components; the rest stays from the release before.
    """
    installed: dict[str, dict[str, list[str]]] = {family: {} for family in FAMILIES}
    for name in catalog.packaged:
        release = catalog.release(name)
        assert release is not None
        for family in FAMILIES:
            new: dict[str, list[str]] = {}
            for package, version in pairs(catalog.listed(name, family=family)):
                new.setdefault(package, []).append(version)
            installed[family] = {**installed[family], **new} if release.package_list == "partial" else new
            components = [(package, version) for package, versions in installed[family].items() for version in versions]
            assert "mixed" != identify(components, catalog).match, (name, family)


# Container images that AWS published, with the versions that their Dockerfiles pin
# (aws-neuron/deep-learning-containers at the tag of the SDK release).
IMAGES = [
    (
        "2.23.0",
        [
            ("aws-neuronx-runtime-lib", "2.25.57.0"),
            ("neuronx-cc", "2.18.121.0"),
            ("torch-neuronx", "2.6.0.2.7.0"),
        ],
    ),
    (
        "2.27.0",
        [
            ("aws-neuronx-runtime-lib", "2.29.40.0-f954cd7a5"),
            ("neuronx-cc", "2.22.12471.0"),
            ("torch-neuronx", "2.8.0.2.10.16998+e9bf8a50"),
        ],
    ),
    *(
        (
            release,
            [("aws-neuronx-tools", tools), ("neuronx-cc", compiler), ("neuronx_distributed_training", "1.7.0")],
        )
        for release, tools, compiler in (
            ("2.29.0", "2.29.18.0", "2.24.5133.0"),
            ("2.29.1", "2.29.22.0", "2.24.8799.0"),
            ("2.30.0", "2.30.10.0", "2.25.3371.0"),
        )
    ),
]


@pytest.mark.parametrize(("release", "components"), IMAGES)
def test_images_of_aws_are_not_mixed(catalog: Catalog, release: str, components: list[tuple[str, str]]) -> None:
    """
    An image belongs to its release, also where it pins what the manifest of that release does not list.
    """
    found = identify(components, catalog)

    assert (("exact", (release,)), ()) == ((found.match, found.releases), found.odd_ones_out)


def test_the_documented_driver_of_inf1_is_not_odd(catalog: Catalog) -> None:
    """
    Inf1 keeps driver 2.24 with every later release; elsewhere the same set is mixed.
    """
    components = [("aws-neuronx-dkms", "2.24.7.0"), ("aws-neuronx-tools", "2.30.10.0"), ("neuron-cc", "1.24.0.0")]

    assert Identification(match="exact", releases=("2.30.0",)) == identify(components, catalog, family="inf1")
    assert "mixed" == identify(components, catalog, family="trn1").match == identify(components, catalog).match


# --- what each answer means, by hand


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        # A real trn1.32xlarge: three of four packages are builds that no manifest lists.
        (
            [
                ("aws-neuronx-collectives", "2.30.58.0"),
                ("aws-neuronx-dkms", "2.26.5.0"),
                ("aws-neuronx-runtime-lib", "2.30.50.0"),
                ("aws-neuronx-tools", "2.28.11.0"),
            ],
            Identification(match="exact", releases=("2.28.0",)),
        ),
        # A real HyperPod image of 2.21.1, tools carried over.
        (
            [
                ("aws-neuronx-collectives", "2.23.135.0-3e70920f2"),
                ("aws-neuronx-dkms", "2.19.64.0"),
                ("aws-neuronx-runtime-lib", "2.23.112.0-9b5179492"),
                ("aws-neuronx-tools", "2.20.204.0"),
            ],
            Identification(match="exact", releases=("2.21.1",)),
        ),
        # Carried over unchanged.
        (
            [("aws-neuronx-runtime-lib", "2.31.24.0"), ("aws-neuronx-collectives", "2.31.24.0")],
            Identification(match="range", releases=("2.29.0", "2.29.1")),
        ),
        # Driver updated, runtime not yet.
        (
            [("aws-neuronx-dkms", "2.27.4.0"), ("aws-neuronx-runtime-lib", "2.30.51.0")],
            Identification(match="adjacent", releases=("2.28.1", "2.29.0")),
        ),
        # The compiler of 2.32 beside torch-neuronx of 2.31, as its setup page has it.
        (
            [("neuronx-cc", "2.27.5334.0"), ("torch-neuronx", "2.9.0.2.15.32035")],
            Identification(match="adjacent", releases=("2.32.0", "2.33.0")),
        ),
        # A beta without package list does not stand between neighbours.
        (
            [("aws-neuronx-runtime-lib", "2.22.19.0"), ("aws-neuronx-dkms", "2.19.64.0")],
            Identification(match="adjacent", releases=("2.20.2", "2.21.0")),
        ),
        # Everything updated but the driver.
        (
            [
                ("aws-neuronx-dkms", "2.21.37.0"),
                ("aws-neuronx-runtime-lib", "2.31.24.0"),
                ("aws-neuronx-collectives", "2.31.24.0"),
                ("aws-neuronx-tools", "2.29.18.0"),
            ],
            Identification(
                match="mixed", releases=("2.29.0",), odd_ones_out=odd(("aws-neuronx-dkms", "2.21.37.0", ("2.23.0",)))
            ),
        ),
        # Two against two: the newer side explains, and the older is named.
        (
            [
                ("aws-neuronx-dkms", "2.31.7.0"),
                ("aws-neuronx-tools", "2.33.38.0"),
                ("aws-neuronx-runtime-lib", "2.29.40.0"),
                ("aws-neuronx-collectives", "2.29.41.0"),
            ],
            Identification(
                match="mixed",
                releases=("2.33.0",),
                odd_ones_out=odd(
                    ("aws-neuronx-runtime-lib", "2.29.40.0", ("2.27.0", "2.27.1")),
                    ("aws-neuronx-collectives", "2.29.41.0", ("2.27.0", "2.27.1")),
                ),
            ),
        ),
        # Two neighbours explain all but one: only that one is odd.
        (
            [
                ("aws-neuronx-dkms", "2.27.4.0"),
                ("aws-neuronx-runtime-lib", "2.30.51.0"),
                ("aws-neuronx-oci-hook", "2.4.4.0"),
            ],
            Identification(
                match="mixed",
                releases=("2.28.1", "2.29.0"),
                odd_ones_out=odd(("aws-neuronx-oci-hook", "2.4.4.0", ("2.19.0", "2.19.1"))),
            ),
        ),
        # Two versions of one package in one scope.
        (
            [("aws-neuronx-dkms", "2.26.5.0"), ("aws-neuronx-dkms", "2.31.7.0")],
            Identification(
                match="mixed", releases=("2.33.0",), odd_ones_out=odd(("aws-neuronx-dkms", "2.26.5.0", ("2.28.0",)))
            ),
        ),
        # Newer than the catalog, alone and beside what the catalog knows.
        ([("aws-neuronx-dkms", "2.32.1.0")], Identification(match="newer-than-catalog")),
        (
            [("aws-neuronx-dkms", "2.32.1.0"), ("aws-neuronx-tools", "2.33.38.0")],
            Identification(match="newer-than-catalog", releases=("2.33.0",)),
        ),
        (
            [("aws-neuronx-dkms", "2.32.1.0"), ("neuronx-cc", "2.27.5334.0"), ("aws-neuronx-tools", "2.33.38.0")],
            Identification(match="newer-than-catalog", releases=("2.32.0", "2.33.0")),
        ),
        (
            [
                ("aws-neuronx-dkms", "2.32.1.0"),
                ("aws-neuronx-tools", "2.33.38.0"),
                ("aws-neuronx-collectives", "2.35.43.0"),
                ("aws-neuronx-runtime-lib", "2.29.40.0"),
            ],
            Identification(
                match="mixed",
                releases=("2.33.0",),
                odd_ones_out=odd(("aws-neuronx-runtime-lib", "2.29.40.0", ("2.27.0", "2.27.1"))),
            ),
        ),
        # Nothing that counts.
        ([], Identification(match="unknown")),
        ([("torch-xla", "2.11.0"), ("efa-installer", "1.47")], Identification(match="unknown")),
        ([("aws-neuronx-dkms", "2.x.7693.0"), ("numpy", "1.26.0")], Identification(match="unknown")),
        ([("aws-neuronx-dkms", "2.24.9.0")], Identification(match="unknown")),
    ],
)
def test_identify(catalog: Catalog, components: list[tuple[str, str]], expected: Identification) -> None:
    """
    A set of versions is explained by the fewest releases, and what breaks it is named with its own releases.
    """
    assert expected == identify(components, catalog)


def test_names_are_folded(catalog: Catalog) -> None:
    """
    Components may come under any source's name.
    """
    assert "exact" == identify([("torch_neuronx", "2.9.0.2.13.24727"), ("nki", "0.3.0")], catalog).match


def test_the_catalog_of_a_day_identifies_as_on_that_day(catalog: Catalog) -> None:
    """
    What came after the day is newer than the catalog, also where today it would be a neighbour.
    """
    components = [("aws-neuronx-dkms", "2.26.5.0"), ("aws-neuronx-runtime-lib", "2.31.24.0")]
    view = catalog.as_of(dt.date(2026, 3, 1))

    assert Identification(match="newer-than-catalog", releases=("2.28.0",)) == identify(components, view)
