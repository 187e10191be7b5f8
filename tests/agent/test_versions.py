"""The vendor's version schemes."""

from __future__ import annotations

import itertools

import pytest

from neuron_validator.versions import Range, Scheme, Step, parse_version, pin, release_part, require_version, step

# One row for each form in which a version stands on a disk, in a package database or in a file of AWS.
SUFFIXES = [
    ("2.31.23.0-d1a2b3c4e", "2.31.23.0"),  # deb with the build's hash
    ("2.26.5.0", "2.26.5.0"),  # deb without
    ("2.29.40.0_f954cd7a5-1", "2.29.40.0"),  # rpm with hash and release
    ("2.15.6.0-1", "2.15.6.0"),  # rpm with release
    ("2.25.4.0-dkms", "2.25.4.0"),  # rpm of the driver
    ("1:2.3.26.0", "2.3.26.0"),  # with an epoch
    ("2.9.0.2.11.19912+e48cd891", "2.9.0.2.11.19912"),  # pip with the build's hash
    ("0.5.0+28631259367.ga768afa6", "0.5.0"),  # nki
    ("0.2.2+neuron.1", "0.2.2"),
    ("2.0.0.2.0.1b0", "2.0.0.2.0.1b0"),  # a pre-release is no suffix
    ("2.x.7693.0", "2.x.7693.0"),  # an unreleased build is no number
    (" 2.26.5.0\n", "2.26.5.0"),
    ("-dkms", "-dkms"),  # nothing but a suffix
    ("2.26.5.0 -1", "2.26.5.0 -1"),  # text, not a version with a suffix
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), SUFFIXES)
def test_release_part_drops_what_packaging_adds(text: str, expected: str) -> None:
    """
    Epoch, hash and packaging release go, the vendor's version stays.
    """
    assert expected == release_part(text)


@pytest.mark.parametrize("text", ["2.x.7693.0", "", "na", "14.09.x", "v2.33.1", "2..1", ".1", "2.", "-1", "²", "2.0q1"])
def test_text_that_is_no_version(text: str) -> None:
    """
    What cannot be ordered is not a version, rather than a wrong one.
    """
    assert parse_version(text) is None


def test_version_prints_as_given() -> None:
    """
    A version never changes on its way through.
    """
    assert "2.9.0.2.11.19912+e48cd891" == str(parse_version("2.9.0.2.11.19912+e48cd891"))


@pytest.mark.parametrize(
    "ascending",
    [
        ("1.19.2", "2.3.0", "2.20.2", "2.21.0.beta", "2.21.0", "2.21.1"),
        ("2.9.4.0", "2.10.11.0", "2.26.5.0", "2.26.10.0"),
        ("2.0.0.2.0.0b0", "2.0.0.2.0.1b0", "2.0.0.2.0.1"),
        ("1.0.dev1", "1.0a1", "1.0b0", "1.0b1", "1.0rc1", "1.0", "1.0.post1", "1.1"),
        ("2.1b0.3", "2.1rc1.3", "2.1.3"),
        ("1.5.1.1.10.0.0", "1.5.1.1.10.39.0"),
    ],
)
def test_order(ascending: tuple[str, ...]) -> None:
    """
    Numbers are compared as numbers, and a pre-release comes before its release.
    """
    versions = [require_version(text) for text in ascending]

    assert versions == sorted(versions)
    assert all(one < other and one != other for one, other in itertools.pairwise(versions))


def test_missing_parts_are_zero() -> None:
    """
    2.1 and 2.1.0 are one version that is printed in two ways.
    """
    short, long = require_version("2.1"), require_version("2.1.0.0")

    assert short == long
    assert hash(short) == hash(long)
    assert ["2.1", "2.1.0.0"] == [str(short), str(long)]


def test_a_version_equals_no_text() -> None:
    """
    Only versions are compared with versions.
    """
    assert require_version("2.1") != "2.1"


def test_prerelease() -> None:
    """
    Betas and release candidates are pre-releases, post-releases are not.
    """
    told = {text: require_version(text).prerelease for text in ("2.0.0.2.0.1b0", "2.1rc1.0", "2.1", "2.1.post1")}

    assert {"2.0.0.2.0.1b0": True, "2.1rc1.0": True, "2.1": False, "2.1.post1": False} == told


# Specifier, versions inside, versions outside.
RANGES = [
    ("<=2.26", ["2.26.10.0", "2.26", "2.25.4.0", "1.9"], ["2.27.4.0", "2.27"]),
    (">2.26", ["2.27.0.0", "3.0"], ["2.26.10.0", "2.26", "2.25.4.0"]),
    ("<2.27", ["2.26.99", "2.26.10.0"], ["2.27.0.0", "2.27", "2.28"]),
    (">=2.27", ["2.27.4.0", "2.27"], ["2.26.99.0"]),
    (">=2.20.28", ["2.20.74", "2.20.28.0", "2.21"], ["2.20.27.9", "2.20"]),
    ("==2.26", ["2.26.5", "2.26", "2.26.10.0"], ["2.27", "2.2.6", "2.260"]),
    ("==2.26.*", ["2.26.5", "2.26"], ["2.27.1"]),
    ("==2.*", ["2.0", "2.99.1"], ["1.9", "3.0"]),
    ("!=2.26", ["2.27", "2.25.4.0"], ["2.26.5.0"]),
    ("!=2.26.*", ["2.27"], ["2.26.5.0"]),
    ("~=2.20.28", ["2.20.28.0", "2.20.74.0"], ["2.21.0.0", "2.20.27.0"]),
    ("~=2.20", ["2.20.1", "2.33"], ["3.0", "2.19"]),
    (">=2.16,<=2.26.1", ["2.16.0", "2.26.1", "2.20.2"], ["2.26.2", "2.15.2"]),
    ("<2.24.13 || >=2.25,<2.26.10", ["2.24.7.0", "2.25.4.0", "2.26.5.0"], ["2.24.13.0", "2.26.10.0", "2.27.4.0"]),
    ("==1.9.* || ==1.10.*", ["1.9.1", "1.10.2.2.11.13.0"], ["1.1", "1.11"]),
    ("==2.9.0.2.15.32035", ["2.9.0.2.15.32035+abc"], ["2.9.0.2.15.32036"]),
    ("*", ["0", "2.26"], []),
    ("", ["0", "2.26"], []),
    (" >= 2.20 , < 2.22 ", ["2.20", "2.21.37.0"], ["2.22.2.0"]),
    (">=2.1.1.2.0.1", ["2.1.1.2.0.1"], ["2.1.1.2.0.1b0"]),
    ("<2.1.1.2.0.1", ["2.1.1.2.0.1b0", "2.1.1.2.0.0"], ["2.1.1.2.0.1"]),
    ("==2.1.1.2.0.1b0", ["2.1.1.2.0.1b0"], ["2.1.1.2.0.1"]),
    ("==3.10", ["3.10.12"], ["3.1", "3.11"]),
]


@pytest.mark.parametrize(("specifier", "inside", "outside"), RANGES)
def test_range(specifier: str, inside: list[str], outside: list[str]) -> None:
    """
    A bound stands for its whole train: longer versions are compared truncated.
    """
    parsed = Range.parse(specifier)

    assert inside == [version for version in inside + outside if parsed.contains(version)]
    assert specifier == str(parsed)


@pytest.mark.parametrize(
    ("specifier", "offending"),
    [
        ("2.26", "'2.26'"),
        (">=2.x", "'>=2.x'"),
        ("=2.26", "'=2.26'"),
        (">=2.20,", "''"),
        ("==2.1 ||", "''"),
        ("==2.1 | ==2.2", "'==2.1 | ==2.2'"),
        ("~=2", "'~='"),
        ("<2.26.*", "'<'"),
        ("==2.5.1+cpu", "'==2.5.1+cpu'"),
        ("==4.15.0-66", "'==4.15.0-66'"),
        (">=*", "'>=*'"),
    ],
)
def test_bad_range_names_the_clause(specifier: str, offending: str) -> None:
    """
    What is wrong with a specifier is said with the clause and the whole.
    """
    with pytest.raises(ValueError, match=r"version range|cannot be used") as raised:
        Range.parse(specifier)

    assert offending in str(raised.value)
    assert repr(specifier) in str(raised.value)


def test_what_is_no_version_is_in_no_range_and_outside_none() -> None:
    """
    A build like 2.x.7693.0 gets no verdict from a range.
    """
    with pytest.raises(ValueError, match=r"not a version: '2\.x\.7693\.0'"):
        Range.parse(">=2.20").contains("2.x.7693.0")


@pytest.mark.parametrize(
    ("old", "new", "scheme", "expected"),
    [
        ("2.28.0", "2.28.0", Scheme.SDK, Step.SAME),
        ("2.28.0", "2.28.1", Scheme.SDK, Step.PATCH),
        ("2.28.1", "2.29.0", Scheme.SDK, Step.MINOR),
        ("1.19.2", "2.3.0", Scheme.SDK, Step.MAJOR),
        ("2.26.5.0", "2.26.10.0", Scheme.STANDALONE, Step.PATCH),
        ("2.26.5.0", "2.26.5.1", Scheme.STANDALONE, Step.PATCH),
        ("2.26.5.0", "2.31.7.0", Scheme.STANDALONE, Step.MINOR),
        ("1.6.24.0", "2.2.15.0", Scheme.STANDALONE, Step.MAJOR),
        ("2.26.5", "2.26.5.0-abc", Scheme.STANDALONE, Step.SAME),
        ("2.9.0.2.11.19912", "2.9.0.2.11.32035", Scheme.EXTENSION, Step.PATCH),
        ("2.9.0.2.11.19912", "2.9.0.2.15.32035", Scheme.EXTENSION, Step.MINOR),
        ("1.13.1.1.17.0", "1.13.1.2.0.0", Scheme.EXTENSION, Step.MAJOR),
        ("2.8.0.2.11.19912", "2.9.0.2.11.19912", Scheme.EXTENSION, Step.THIRD_PARTY),
        ("1.13.1.2.11.13.0", "1.13.1.2.11.14.0", Scheme.EXTENSION, Step.PATCH),  # seven parts
        ("2.13.3.0", "2.14.3.0", Scheme.EXTENSION, Step.THIRD_PARTY),  # native torch-neuronx
        ("2.14.3.0", "2.14.3.1", Scheme.EXTENSION, Step.MINOR),
        ("2.9.0.2.15.32035", "2.14.3.0.1", Scheme.EXTENSION, Step.THIRD_PARTY),
        ("0.1.1", "0.1.3", Scheme.EXTENSION, Step.PATCH),  # jax-neuronx before it followed JAX
        ("2.1.1.2.0.0b0", "2.1.1.2.0.1b0", Scheme.EXTENSION, Step.PATCH),
        ("2.0.0.2.0.1b0", "2.0.0.2.0.1", Scheme.EXTENSION, Step.PATCH),
        ("0.6.0", "0.7.0", Scheme.OTHER, Step.MINOR),
    ],
)
def test_step(old: str, new: str, scheme: Scheme, expected: Step) -> None:
    """
    The first part that differs says what a step means, in either direction.
    """
    assert (expected, expected) == (step(old, new, scheme=scheme), step(new, old, scheme=scheme))


def test_step_needs_versions() -> None:
    """
    There is no step from or to what is not a version.
    """
    with pytest.raises(ValueError, match=r"not a version: '2\.x\.7693\.0'"):
        step("2.x.7693.0", "2.26.5.0", scheme=Scheme.STANDALONE)


@pytest.mark.parametrize(
    ("name", "version", "scheme", "packaging", "expected"),
    [
        ("aws-neuronx-tools", "2.33.38.0", Scheme.STANDALONE, None, "aws-neuronx-tools=2.*"),
        ("aws-neuronx-tools", "2.33.38.0-abcdef", Scheme.STANDALONE, "deb", "aws-neuronx-tools=2.*"),
        ("aws-neuronx-tools", "2.33.38.0", Scheme.STANDALONE, "rpm", "aws-neuronx-tools-2.*"),
        ("neuronx-cc", "2.28.7631.0", Scheme.STANDALONE, None, "neuronx-cc==2.*"),
        ("torch-neuronx", "2.9.0.2.15.32035", Scheme.EXTENSION, None, "torch-neuronx==2.9.0.2.*"),
        ("torch-neuronx", "2.14.3.0+abc", Scheme.EXTENSION, None, "torch-neuronx==2.14.3.0.*"),
        ("torch-neuron", "1.13.1.2.11.13.0", Scheme.EXTENSION, None, "torch-neuron==1.13.1.2.*"),
        (
            "tensorflow-model-server-neuronx",
            "2.10.1.2.12.2.0",
            Scheme.EXTENSION,
            None,
            "tensorflow-model-server-neuronx=2.10.1.2.*",
        ),
        ("nki", "0.7.0+1.gabc", Scheme.OTHER, None, "nki==0.7.0"),
    ],
)
def test_pin(name: str, version: str, scheme: Scheme, packaging: str | None, expected: str) -> None:
    """
    A pin holds the major version in the package manager's own syntax.
    """
    assert expected == pin(name, version, scheme, packaging=packaging)
