"""What all tests share: where the material beside the checkout is, and which copy of the package is tested."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

import neuron_validator
from neuron_validator.catalog.places import PLACES_VARIABLE
from neuron_validator.cli.configured import PLACE_VARIABLE

# How long an example takes says more of the machine that runs the tests than of the code.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

ROOT = Path(__file__).resolve().parent.parent

# Captured trees are data: they may hold Python files, and symlinks that go in circles.
collect_ignore = ["hosts", "golden"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that accepts what the program prints now."""
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite tests/golden; read the difference before you keep it"
    )


def pytest_configure() -> None:
    """
    Keep overlays and configuration of the machine that runs the tests out of them, in programs that they start too.

    Stop when the wheel is to be tested and the source tree is imported in its place.
    """
    os.environ[PLACES_VARIABLE] = ""
    os.environ[PLACE_VARIABLE] = ""
    package = Path(neuron_validator.__file__).resolve().parent
    if os.environ.get("NEURON_VALIDATOR_TEST_INSTALLED") and "site-packages" not in package.parts:
        message = f"the installed wheel is to be tested, but neuron_validator comes from {package}"
        raise pytest.UsageError(message)


@pytest.fixture(scope="session")
def shared() -> Path:
    """
    Return the folder of shared research material, which is no part of this repository.

    It stands beside the checkout, or where NEURON_VALIDATOR_SHARED says.
    """
    given = os.environ.get("NEURON_VALIDATOR_SHARED")
    path = Path(given) if given else ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"no shared material at {path}")
    return path


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the checkout, or of the unpacked source distribution."""
    return ROOT
