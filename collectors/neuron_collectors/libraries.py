"""
The libraries of the Neuron runtime on a host: libnrt, libnccom and libncfw, wherever a loader would look for them.

AWS's package has ``libnrt.so`` and ``libnrt.so.1`` lead to ``libnrt.so.2.31.23.0``: the product version is in the name of
the file, which no other name and nothing that a loader reads gives. What is inside the files is read only on demand.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from .elf_dynamic import SharedLibrary, highest_glibc, read_shared_library
from .facts import NOT_COLLECTED, Reading, RuntimeLibrary, Unread
from .host import Host, Stat
from .library_places import HOME, Place, package_places, site_places, system_places
from .neff import absolute_path

LIBRARY = re.compile(r"lib(?:nrt|nccom|ncfw)\.so(?:\..+)?", re.DOTALL)
"""A name that a library of the runtime has; not that of libnccom's network plugin, ``libnccom-net.so``."""

_PRODUCT = re.compile(r"[0-9]{1,9}\.(?:[0-9]{1,9}|x)(?:\.[0-9]{1,9}){1,2}")
_ABI = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MOST_FILES = 1000
_INSIDE = ("soname", "symbol_versions", "exports", "needed_glibc")
_OF_THE_FILE = ("real_path", "size", "version", *_INSIDE)
_NOT_A_FILE = Unread("not a regular file")


def collect_runtime_libraries(host: Host, *, detail: bool = False) -> Reading[tuple[RuntimeLibrary, ...]]:
    """
    Return the runtime's libraries, those of the system before those in Python environments.

    What is inside them is read only with *detail*. A directory that may have some and could not be read stands among
    them. A captured tree without AWS's directory and without any library has not collected them.
    """
    names: dict[str, list[tuple[str, Place]]] = {}
    unread: dict[str, RuntimeLibrary] = {}
    for place in (*system_places(host), *package_places(site_places(host))):
        found = list_libraries(host, place.directory, LIBRARY)
        if isinstance(found, Unread):
            unread.setdefault(place.directory, _unread(place, found))
        else:
            for path in found[: _MOST_FILES - len(names)]:
                names.setdefault(host.real_path(path), []).append((path, place))
    if not host.holds(HOME):
        if not names and not unread:
            return NOT_COLLECTED
        unread[HOME] = _unread(Place(directory=HOME), NOT_COLLECTED)
    libraries = [_describe(host, real_path, found, detail=detail) for real_path, found in names.items()]
    return (*libraries, *unread.values())


def list_libraries(host: Host, directory: str, pattern: re.Pattern[str]) -> tuple[str, ...] | Unread:
    """Return the paths in *directory* whose last part is like *pattern*, the directory's own links resolved."""
    names = host.list_directory(directory)
    if isinstance(names, Unread):
        return names
    matches = [name for name in names or () if ".so" in name and pattern.fullmatch(name)]
    base = host.real_path(directory) if matches else ""
    return tuple(f"{base}/{name}" for name in matches)


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
    if not suffix or _ABI.fullmatch(suffix):
        return None
    return suffix if _PRODUCT.fullmatch(suffix) else Unread(f"no version: {name[:80]!r}")


def _describe(host: Host, real_path: str, names: Sequence[tuple[str, Place]], *, detail: bool) -> RuntimeLibrary:
    """Return what is known of the file *real_path*, to which *names* lead; it may be gone."""
    paths = tuple(dict.fromkeys(absolute_path(path) for path, _ in names))
    library = RuntimeLibrary(
        name=paths[0].rpartition("/")[2].partition(".so")[0],
        path=paths[0],
        paths=paths,
        environment=names[0][1].environment,
        named_by=tuple(dict.fromkeys(place.named_by for _, place in names if place.named_by is not None)),
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
        **(_contents(read_shared_library(host, real_path, found)) if detail else {}),
    )


def _contents(library: SharedLibrary | Unread) -> dict[str, Any]:
    """Return the fields that say what is inside the file."""
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
