"""No sample and no captured tree of the hardware is left without a test; a table of what is used is printed."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.external

# What another module answers for: test_software_coverage.
SOFTWARE_SIDE = {
    "apt-list-hyperpod-sdk2.21.txt": "packages of the system",
    "dpkg-internal-dev-builds.txt": "packages of the system",
    "dpkg-l-trn1.32xlarge-sdk2.28.txt": "packages of the system",
    "dpkg-remove-in-use.txt": "words of dpkg when the driver is in use",
    "license-paths-driver2.7.33.txt": "files of packages",
    "ls-opt-venvs-dlami-20260227.txt": "Python environments",
    "neuronx-cc-version-2.27.txt": "version of the compiler",
    "nrt-errors-no-driver.txt": "words of the runtime",
    "nrt-infodump-trn.txt": "words of the runtime",
    "pip-list-trn1-sdk2.28.txt": "Python packages",
    "rpm-nevra-all-yum-repo.txt": "packages of the system",
    "rpm-ql-aws-neuron-runtime-1.6.24.0.txt": "files of packages",
    "rpm-ql-aws-neuron-runtime-base-1.6.21.0.txt": "files of packages",
    "rpm-ql-aws-neuron-tools-2.1.4.0.txt": "files of packages",
    "rpm-ql-aws-neuronx-collectives-2.29.41.0.txt": "files of packages",
    "rpm-ql-aws-neuronx-gpsimd-tools-0.19.1.0.txt": "files of packages",
    "rpm-ql-aws-neuronx-k8-plugin-2.29.16.0.txt": "files of packages",
    "rpm-ql-aws-neuronx-oci-hook-2.13.52.0.txt": "files of packages",
    "rpm-ql-aws-neuronx-runtime-lib-2.29.40.0.txt": "files of packages",
}
# What says where the samples come from, and is none.
NO_SAMPLES = {"samples/SOURCES.tsv", "samples/neff/SOURCES.txt", "hosts/README.md"}


def is_software(name: str) -> bool:
    """Tell whether another module answers for the sample *name*."""
    return name.startswith("neff/") or name in SOFTWARE_SIDE


def uses() -> dict[str, list[str]]:
    """Return the modules that use each file, as they say themselves."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.external.{path.stem}")
        used = {f"samples/{name}" for name in getattr(module, "USED_SAMPLES", ())}
        used |= {f"hosts/{name}" for name in getattr(module, "USED_HOSTS", ())}
        for file in used:
            found.setdefault(file, []).append(path.stem)
    return found


def material(shared: Path) -> set[str]:
    """Return the files that are there."""
    folders = (shared / "samples", shared / "hosts")
    there = {str(path.relative_to(shared)) for folder in folders for path in folder.rglob("*") if path.is_file()}
    return there - NO_SAMPLES


def test_the_table(shared: Path, coverage_table: list[tuple[str, str]]) -> None:
    """Each file stands in the table with the modules that use it; the table is printed when the tests are over."""
    used = uses()
    coverage_table[:] = [(file, ", ".join(used.get(file, ["unused"]))) for file in sorted(material(shared))]

    assert set() == set(used) - material(shared)
    assert len(coverage_table) == len(material(shared))


def test_every_sample_of_the_hardware_is_used(shared: Path) -> None:
    """A sample that is added to the material and not to a test is found here."""
    files = {file for file in material(shared) if not is_software(file.removeprefix("samples/"))}

    assert set() == files - set(uses())
    assert {f"samples/{name}" for name in SOFTWARE_SIDE} <= material(shared)


def test_every_host_is_used(shared: Path) -> None:
    """All captured trees, and all that was noted beside them."""
    hosts = {file for file in material(shared) if file.startswith("hosts/")}

    assert 15 == len(hosts)
    assert set() == hosts - set(uses())
