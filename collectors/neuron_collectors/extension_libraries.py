"""
The libraries with which frameworks call the Neuron runtime, and what they need of it and of the C library.

Where libnrt is older than they are, they do not load: ``undefined symbol: nrt_tensor_copy, version NRT_2.0.0``; where
the C library is, neither: ``version `GLIBC_2.35' not found (required by …/_XLAC.cpython-310-x86_64-linux-gnu.so)``.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .facts import NOT_COLLECTED, ExtensionLibrary, Reading, Unread
from .host import Host, Stat
from .libraries import is_runtime_library, list_libraries
from .library_places import Place, package_places, site_places
from .neff import absolute_path

if TYPE_CHECKING:
    from .elf_dynamic import SharedLibrary

_SHARED = re.compile(r".+\.so(?:\.[0-9][0-9.]*)?", re.DOTALL)
_XLA = "_XLAC"  # of torch-xla, beside its package
_EXTENSIONS = (_XLA, "libtorchneuron", "libneuronpjrt", "libtfneuron")
_MOST_FILES = 200  # of one directory
_INSIDE = ("needed", "search_path", "runtime_symbols", "exports", "needed_glibc")


def collect_extension_libraries(host: Host) -> Reading[tuple[ExtensionLibrary, ...]]:
    """
    Return the libraries of frameworks that use the runtime, by environment.

    One that could not be read, and may use the runtime, stands among them. A captured tree without any of the packages
    has not collected them: what installers write of packages may be all that it holds.
    """
    sites = tuple(site_places(host))
    libraries: dict[str, ExtensionLibrary] = {}
    for place, path in _find(host, sites):
        library = read_extension_library(host, path, environment=place.environment or "")
        if library is not None:
            libraries.setdefault(path, library)
    if not libraries and not host.live and not _holds_packages(host, sites):
        return NOT_COLLECTED
    return tuple(sorted(libraries.values(), key=lambda library: (library.environment, library.path)))


def read_extension_library(host: Host, path: str, *, environment: str) -> ExtensionLibrary | None:
    """Read the library *path* in *environment*; `None` when it is gone, or has nothing to do with the runtime."""
    found = host.stat(path)
    if found is None or (isinstance(found, Stat) and not stat.S_ISREG(found.mode)):
        return None
    from .elf_dynamic import read_shared_library  # noqa: PLC0415 - many hosts have no such library

    contents = read_shared_library(host, path, found) if isinstance(found, Stat) else found
    library = ExtensionLibrary(
        path=absolute_path(path),
        environment=environment,
        size=found.size if isinstance(found, Stat) else found,
        **_contents(contents),
    )
    return library if isinstance(contents, Unread) or _uses_runtime(contents, path) else None


def _find(host: Host, sites: Iterable[Place]) -> Iterator[tuple[Place, str]]:
    """Yield the libraries in *sites* and in the packages there that may be such, without the runtime's own."""
    places = [(site, _is_of_xla) for site in sites]
    places += [(package, _is_no_runtime) for package in package_places(sites)]
    for place, wanted in places:
        paths = list_libraries(host, place.directory, wanted)
        yield from ((place, path) for path in (paths[:_MOST_FILES] if isinstance(paths, tuple) else ()))


def _holds_packages(host: Host, sites: Iterable[Place]) -> bool:
    """Tell whether a package that may have such libraries is there."""
    return any(host.holds(place.directory) for place in package_places(sites))


def _is_of_xla(name: str) -> bool:
    return name.startswith(_XLA) and _SHARED.fullmatch(name) is not None


def _is_no_runtime(name: str) -> bool:
    return _SHARED.fullmatch(name) is not None and not is_runtime_library(name)


def _uses_runtime(library: SharedLibrary, path: str) -> bool:
    """Tell whether *library* is a framework's own, or loads or calls libnrt or stands in for a part of it."""
    loads = any(name.startswith("libnrt.so") for name in library.needed)
    return loads or bool(library.undefined or library.exports) or path.rpartition("/")[2].startswith(_EXTENSIONS)


def _contents(library: SharedLibrary | Unread) -> dict[str, Any]:
    """Return the fields that say what is inside the file."""
    if isinstance(library, Unread):
        return dict.fromkeys(_INSIDE, library)
    from .elf_dynamic import highest_glibc  # noqa: PLC0415

    return {
        "needed": library.needed,
        "search_path": library.search_path,
        "runtime_symbols": library.undefined,
        "exports": library.exports,
        "needed_glibc": highest_glibc(library.needed_versions),
    }
