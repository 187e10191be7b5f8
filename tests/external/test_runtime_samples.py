"""The libraries that AWS's packages bring, where the lists of their files say that they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.facts import Inventory, RuntimeLibrary
from neuron_collectors.inventory import take_inventory
from neuron_collectors.libraries import collect_runtime_libraries
from neuron_collectors.library_places import HOME

pytestmark = pytest.mark.external

RUNTIME = "rpm-ql-aws-neuronx-runtime-lib-2.29.40.0.txt"
COLLECTIVES = "rpm-ql-aws-neuronx-collectives-2.29.41.0.txt"
LEGACY = "rpm-ql-aws-neuron-runtime-1.6.24.0.txt"
LEGACY_BASE = "rpm-ql-aws-neuron-runtime-base-1.6.21.0.txt"
CUSTOM_OPERATORS = "rpm-ql-aws-neuronx-gpsimd-tools-0.19.1.0.txt"

LIBRARIES: Mapping[str, Mapping[str, tuple[str | None, tuple[str, ...]]]] = {
    RUNTIME: {
        "/opt/aws/neuron/lib/libncfw.so": (None, ("libncfw.so",)),
        "/opt/aws/neuron/lib/libnrt.so.2.29.40.0": ("2.29.40.0", ("libnrt.so", "libnrt.so.1", "libnrt.so.2.29.40.0")),
    },
    COLLECTIVES: {
        "/opt/aws/neuron/lib/libnccom.so.2.29.41": (
            "2.29.41",
            ("libnccom.so", "libnccom.so.2", "libnccom.so.2.29.41"),
        ),
    },
    LEGACY: {},
    LEGACY_BASE: {},
    CUSTOM_OPERATORS: {},
}
"""Version and names of each file. Until runtime 2, a daemon of its own had what libnrt has now."""

USED_SAMPLES: frozenset[str] = frozenset(LIBRARIES)


def install(shared: Path, name: str, root: Path) -> None:
    """
    Make the files of the package *name* below *root*, empty.

    The list does not tell links from files: of the names of one library the longest is the file, as it is in AWS's
    packages, and the others are links to it.
    """
    paths = [path for path in (shared / "samples" / name).read_text().splitlines() if path.startswith("/")]
    files: dict[str, str] = {}
    for path in sorted(paths, key=len, reverse=True):
        place = root / path.strip("/")
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        library, suffix, _ = path.partition(".so")
        if suffix and files.setdefault(library, path) != path:
            place.symlink_to(Path(files[library]).name)
        elif not path.endswith("/"):
            place.touch()


def found_in(root: Path) -> dict[str, RuntimeLibrary]:
    libraries = collect_runtime_libraries(open_host(root))
    assert isinstance(libraries, tuple)
    return {str(library.real_path): library for library in libraries}


def names_of(library: RuntimeLibrary) -> tuple[str, ...]:
    assert isinstance(library.paths, tuple)
    return tuple(path.rpartition("/")[2] for path in library.paths)


@pytest.mark.parametrize("name", sorted(LIBRARIES))
def test_the_libraries_of_a_package(shared: Path, name: str, tmp_path: Path) -> None:
    """Those of the runtime are found with all their names and with the package's version; nothing else is one."""
    install(shared, name, tmp_path)
    (tmp_path / HOME).mkdir(parents=True, exist_ok=True)
    found = found_in(tmp_path)

    assert LIBRARIES[name] == {path: (library.version, names_of(library)) for path, library in found.items()}


def test_both_packages_together(shared: Path, tmp_path: Path) -> None:
    """An inventory has the libraries of the runtime and of the collectives beside each other."""
    install(shared, RUNTIME, tmp_path)
    install(shared, COLLECTIVES, tmp_path)
    inventory = take_inventory(open_host(tmp_path))

    assert isinstance(inventory, Inventory)
    assert isinstance(inventory.runtime_libraries, tuple)
    assert [("libnccom", "2.29.41"), ("libncfw", None), ("libnrt", "2.29.40.0")] == [
        (library.name, library.version) for library in inventory.runtime_libraries
    ]
