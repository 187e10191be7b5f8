from __future__ import annotations

import pytest

from neuron_collectors.facts import Unread
from neuron_collectors.site_packages import (
    Listing,
    Metadata,
    is_neuron_related,
    parse_listing,
    parse_metadata,
    read_listing,
    read_metadata,
)

from .conftest import MakeHost

UNVERSIONED = Unread("no version in the name of its directory")
WRONG = "WRONG PACKAGE. Please install the package from Neuron Repository - pip.repos.neuron.amazonaws.com"

# As pip installed it from the public index, 2026-11-22.
PLACEHOLDER = f"""\
Metadata-Version: 2.1
Name: neuronx-cc
Version: 1.0.post1
Summary: UNKNOWN
Home-page: UNKNOWN
Maintainer: Amazon Web Services, Inc.
Maintainer-email: aws-neuron-support@amazon.com
License: Proprietary
Platform: UNKNOWN
Description-Content-Type: text/markdown

{WRONG}


"""


def versions(*names: str) -> dict[str, object]:
    """Return what is installed, by the names in a directory."""
    return dict(parse_listing(names, "lib").versions)


@pytest.mark.parametrize(
    ("entry", "name", "version"),
    [
        ("torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info", "torch-neuronx", "2.9.0.2.11.19912+e48cd891"),
        ("neuronx_cc-1.0.post1.dist-info", "neuronx-cc", "1.0.post1"),
        ("PyYAML-6.0.dist-info", "pyyaml", "6.0"),
        ("lazr.uri-1.0.6.egg-info", "lazr-uri", "1.0.6"),
        ("six-1.16.0-py3.10.egg-info", "six", "1.16.0"),
        ("torch_neuron-1.13.1-py3.7-linux-x86_64.egg-info", "torch-neuron", "1.13.1"),
        ("importlib_metadata-8.0.0rc1.dist-info", "importlib-metadata", "8.0.0rc1"),
        ("foo-2-bar-1.0.dist-info", "foo-2-bar", "1.0"),
        ("pytz-2024.1.dist-info", "pytz", "2024.1"),
        ("epoch-1!2.0.dist-info", "epoch", "1!2.0"),
        ("cryptography.egg-info", "cryptography", UNVERSIONED),
    ],
)
def test_names(entry: str, name: str, version: object) -> None:
    """Name and version, of every form of directory that an installer has made."""
    assert {name: version} == versions(entry)


@pytest.mark.parametrize(
    "entry",
    [
        "torch",
        "torch.py",
        "__pycache__",
        ".dist-info",
        "-1.0.dist-info",
        "~orch-2.1.dist-info",
        "caf\udce9-1.dist-info",
    ],
)
def test_what_is_no_package(entry: str) -> None:
    assert {} == versions(entry)


def test_a_half_done_upgrade() -> None:
    """The newer of two versions counts, by their order as versions; the other one was left behind."""
    names = ("neuronx_cc-2.9.0.dist-info", "neuronx_cc-2.21.0.dist-info", "neuronx_cc-2.10.0.dist-info")
    listing = parse_listing(names, "lib")

    assert "2.21.0" == listing.versions["neuronx-cc"]
    assert ("neuronx_cc-2.10.0.dist-info", "neuronx_cc-2.9.0.dist-info") == listing.leftovers


def test_a_package_twice_for_good_reason() -> None:
    """Two records of one version, or one that names none, are no leftovers; nor are other people's packages."""
    names = ("torch-2.9.0.dist-info", "torch-2.9.0.egg-info", "cryptography-38.0.4.dist-info", "cryptography.egg-info")
    others = ("idna-3.4.dist-info", "idna-3.10.dist-info", "odd-1_x_2.dist-info", "odd-0.1.dist-info")
    listing = parse_listing((*names, *others), "lib")

    assert () == listing.leftovers
    assert "lib/torch-2.9.0.dist-info" == listing.records["torch"]
    assert "38.0.4" == listing.versions["cryptography"]
    assert "3.10" == listing.versions["idna"]
    assert "0.1" == listing.versions["odd"]


def test_editable_packages() -> None:
    """As setuptools marks them today, and as it linked to them once; other ``.pth`` files mean something else."""
    names = (
        "__editable__.torch_neuronx-2.9.0.pth",
        "__editable___torch_neuronx_2_9_0_finder.py",
        "neuronx-distributed.egg-link",
        "easy-install.pth",
        "distutils-precedence.pth",
        "torch_neuronx-2.9.0.dist-info",
    )

    assert ("neuronx-distributed", "torch-neuronx") == parse_listing(names, "lib").editable


def test_what_an_interrupted_pip_leaves() -> None:
    """A tilde in place of the first character, of a Neuron-related package."""
    names = ("~orch_neuronx-2.8.0.2.10.16998+e9bf8a50.dist-info", "~umpy-1.26.4.dist-info", "~euronx_cc-2.2.dist-info")

    assert (names[2], names[0]) == parse_listing(names, "lib").leftovers


def test_listing_a_directory(make_host: MakeHost) -> None:
    """Packages by folded name with the path of their record; a directory that is not there is absent."""
    host = make_host({"lib/Torch_XLA-2.9.0.dist-info/METADATA": "", "lib/torch_xla/__init__.py": ""})

    assert Listing(
        versions={"torch-xla": "2.9.0"}, records={"torch-xla": "lib/Torch_XLA-2.9.0.dist-info"}
    ) == read_listing(host, "lib")
    assert read_listing(host, "lib64") is None


@pytest.mark.parametrize(
    "name",
    [
        "aws-neuronx-runtime-discovery",
        "libneuronxla",
        "libtorch-neuronx-lite",
        "neuronx-cc",
        "nki",
        "nki-library",
        "nkipy",
        "optimum-neuron",
        "tensorboard-plugin-neuronx",
        "torch",
        "torch-xla",
        "vllm",
    ],
)
def test_what_bears_on_neuron(name: str) -> None:
    assert is_neuron_related(name)


@pytest.mark.parametrize("name", ["numpy", "torchmetrics", "jaxtyping", "pytorch-lightning", "tokenizers", "unkind"])
def test_what_does_not_bear_on_neuron(name: str) -> None:
    assert not is_neuron_related(name)


def test_metadata() -> None:
    """Requirements as they are written, in their order, and nothing of the description."""
    text = (
        "Metadata-Version: 2.1\r\nName: torch-neuronx\r\nVersion: 2.9.0\r\nRequires-Python: >=3.10\r\n"
        "Requires-Dist: torch==2.9.*\r\nRequires-Dist: torch-xla (==2.9.*) ; extra == 'x'\r\n"
        "License: one\r\n        two: three\r\n\tRequires-Dist: not this\r\n\r\nRequires-Dist: nor this\r\n"
    )

    assert Metadata(
        requires=("torch==2.9.*", "torch-xla (==2.9.*) ; extra == 'x'"), requires_python=">=3.10", placeholder=False
    ) == parse_metadata(text)


@pytest.mark.parametrize("text", ["", "\n\nName: late", "<html></html>", "\0\0\0", "Metadata-Version: 2.1\n"])
def test_metadata_of_nothing(text: str) -> None:
    """What names no package is no metadata."""
    assert parse_metadata(text) is None


@pytest.mark.parametrize(
    "text",
    [
        PLACEHOLDER,
        f"Name: nki\nVersion: 0.0.1\nDynamic: license\n\n{WRONG}",
        "Name: nkipy\n\nWRONG PACKAGE. Please install the package from GitHub - https://github.com/aws-neuron/nkipy",
        "Name: nki-library\n\nNKI Library does not publish installable wheels to PyPI. Access it either directly …",
    ],
)
def test_placeholders(text: str) -> None:
    """What the public index holds under AWS's names says so as the first thing in its description."""
    metadata = parse_metadata(text)

    assert metadata is not None
    assert metadata.placeholder


@pytest.mark.parametrize(
    "text",
    [
        f"Name: optimum-neuron\n\n# Help\nIf you see\n{WRONG}\nthen add the index.",
        f"Name: x\nSummary: {WRONG}\n\nThe real thing.",
        "Name: torch-neuronx\nVersion: 1.0\n",
        "Name: neuronx-cc\n\nUNKNOWN",
    ],
)
def test_no_placeholders(text: str) -> None:
    """A description that only speaks of placeholders is none, and a low version is no proof."""
    metadata = parse_metadata(text)

    assert metadata is not None
    assert not metadata.placeholder


@pytest.mark.parametrize(
    ("entry", "file"),
    [("nki-1.0.dist-info", "/METADATA"), ("nki-1.0.egg-info", "/PKG-INFO"), ("nki-1.0.egg-info", "")],
)
def test_where_metadata_is(make_host: MakeHost, entry: str, file: str) -> None:
    """In a wheel's directory, in an egg's, or in a file of that name, as distutils wrote it."""
    host = make_host({f"lib/{entry}{file}": "Name: nki\nRequires-Dist: numpy\n"})
    found = read_metadata(host, f"lib/{entry}")

    assert Metadata(requires=("numpy",), requires_python=None, placeholder=False) == found


def test_no_metadata(make_host: MakeHost) -> None:
    """An empty directory, or one that is gone, has none; a description without end is not read."""
    host = make_host({"lib/nki-1.0.dist-info/RECORD": "", "lib/nki-2.0.dist-info/METADATA": b"x" * (1024 * 1024 + 1)})

    for path in ("lib/nki-1.0.dist-info", "lib/nki-3.0.dist-info", "lib/nki-3.0.egg-info"):
        assert read_metadata(host, path) is None
    assert Unread("larger than 1048576 bytes") == read_metadata(host, "lib/nki-2.0.dist-info")
