"""
The libraries of the Neuron runtime on a host: libnrt, libnccom and libncfw, wherever a loader would look for them.

In AWS's package ``libnrt.so`` and ``libnrt.so.1`` lead to ``libnrt.so.2.31.23.0``: the product version is in the name
of the file, and in nothing else that a loader sees.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from .facts import NOT_COLLECTED, Reading, RuntimeLibrary, Unread
from .host import Host, Stat
from .library_places import HOME, Place, package_places, site_places, system_places
from .neff import absolute_path

_NAMES = ("libnrt", "libnccom", "libncfw")
_PRODUCT = r"[0-9]{1,9}\.(?:[0-9]{1,9}|x)(?:\.[0-9]{1,9}){1,2}"
_ABI = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_MOST_FILES = 1000
_INSIDE = ("soname", "symbol_versions", "exports", "needed_glibc")
_OF_THE_FILE = ("real_path", "size", "version", *_INSIDE)
_NOT_A_FILE = Unread("not a regular file")


def collect_runtime_libraries(host: Host) -> Reading[tuple[RuntimeLibrary, ...]]:
    """
    Return the runtime's libraries, those of the system before those in Python environments.

    A directory that may have some and could not be read stands among them. A captured tree without AWS's directory and
    without any library has not collected them.
    """
    places: dict[str, list[Place]] = {}
    for place in (*system_places(host), *package_places(site_places(host))):
        places.setdefault(place.directory, []).append(place)
    files: dict[str, list[tuple[str, Place]]] = {}
    unread = []
    for directory, here in places.items():
        paths = list_libraries(host, directory, is_runtime_library)
        if isinstance(paths, Unread):
            unread.append(_unread(here[0], paths))
        else:
            for path in paths[: _MOST_FILES - len(files)]:
                files.setdefault(host.real_path(path), []).extend((path, place) for place in here)
    if not host.holds(HOME):
        if not files and not unread:
            return NOT_COLLECTED
        unread.append(_unread(Place(directory=HOME), NOT_COLLECTED))
    return (*(_describe(host, file, names) for file, names in files.items()), *unread)


def is_runtime_library(name: str) -> bool:
    """Tell whether a file called *name* is one of the runtime's libraries; ``libnccom-net.so`` is a plugin."""
    if not name.startswith(_NAMES):
        return False
    stem, suffix, rest = name.partition(".so")
    return stem in _NAMES and bool(suffix) and (not rest or rest.startswith("."))


def list_libraries(host: Host, directory: str, wanted: Callable[[str], bool]) -> tuple[str, ...] | Unread:
    """Return the paths in *directory* of the names that are *wanted*."""
    names = host.list_directory(directory)
    if isinstance(names, Unread):
        return names
    return tuple(f"{directory}/{name}" for name in names or () if wanted(name))


def parse_version(name: str) -> Reading[str]:
    """
    Return the product version in the *name* of a library's file; `None` when it has none.

    .. code-block:: text

        libnrt.so.2.31.23.0   2.31.23.0
        libnccom.so.2.29.41   2.29.41
        libnrt.so.1           a link, or a copy under its SONAME
        libncfw.so            never has a version in its name
        libnccom.so.2.y.y     as aws-neuronx-collectives 2.21.46 shipped it

    The last one has a version that nobody can read.
    """
    suffix = name.partition(".so")[2].removeprefix(".")
    if not suffix or re.fullmatch(_ABI, suffix):
        return None
    return suffix if re.fullmatch(_PRODUCT, suffix) else Unread(f"no version: {name[:80]!r}")


def _describe(host: Host, real_path: str, names: Sequence[tuple[str, Place]]) -> RuntimeLibrary:
    """Return what is known of the file *real_path*, to which *names* lead; it may be gone."""
    paths = tuple(dict.fromkeys(absolute_path(path) for path, _ in names))
    library = RuntimeLibrary(
        name=paths[0].rpartition("/")[2].partition(".so")[0],
        path=paths[0],
        paths=paths,
        environment=names[0][1].environment,
        named_by=tuple(dict.fromkeys(place.named_by for _, place in names if place.named_by is not None)),
        supported_feature_bits=NOT_COLLECTED,
        compatibility_id=NOT_COLLECTED,
        **dict.fromkeys(_INSIDE, NOT_COLLECTED),
    )
    found = host.stat(real_path)
    if isinstance(found, Stat) and not stat.S_ISREG(found.mode):
        found = _NOT_A_FILE
    if not isinstance(found, Stat):
        return replace(library, **dict.fromkeys(_OF_THE_FILE, found))
    return replace(
        library,
        real_path=absolute_path(real_path),
        size=found.size,
        version=parse_version(real_path.rpartition("/")[2]),
        **_read_contents(host, real_path, found),
    )


def _read_contents(host: Host, path: str, found: Stat) -> dict[str, Any]:
    """Read the fields that say what is inside the file *path*."""
    from .elf_dynamic import highest_glibc, read_shared_library  # noqa: PLC0415 - many hosts have no library

    library = read_shared_library(host, path, found)
    if isinstance(library, Unread):
        return dict.fromkeys(_INSIDE, library)
    return {
        "soname": library.soname,
        "symbol_versions": library.defined_versions,
        "exports": library.exports,
        "needed_glibc": highest_glibc(library.needed_versions),
    }


def _unread(place: Place, why: Unread) -> RuntimeLibrary:
    """Return what is known of the libraries in a directory that could not be read."""
    known = {"path": absolute_path(place.directory), "environment": place.environment}
    unread: dict[str, Any] = {field.name: why for field in fields(RuntimeLibrary)}
    return RuntimeLibrary(**{**unread, **known})
