"""Python environments and the packages in them, read from their files: no interpreter is run."""

from __future__ import annotations

from collections.abc import Mapping

from .facts import NOT_COLLECTED, PythonEnvironment, Reading, Unread
from .host import Host
from .python_locations import Location, Search
from .site_packages import Distribution, is_neuron_related, read_listing, read_metadata

_MOST_UNREAD = 16
"""Unread directories that are listed one by one. Beyond, their parents stand for them: a cluster has many homes."""


def collect_python_environments(host: Host) -> Reading[tuple[PythonEnvironment, ...]]:
    """
    Return the environments that hold packages, by path.

    A directory that could not be read stands among them as one of unread kind: what is in it is not known. A captured
    tree with none of the places where environments are has not collected them.
    """
    search = Search(host)
    environments = [read_environment(host, location) for location in search.locations]
    environments += [_unread(path, why) for path, why in _merge(search.unread).items()]
    if not search.looked:
        return NOT_COLLECTED
    return tuple(sorted(filter(None, environments), key=lambda environment: environment.path))


def read_environment(host: Host, location: Location) -> PythonEnvironment | None:
    """Read the packages of the environment at *location*; `None` when it has none."""
    packages: dict[str, Distribution] = {}
    leftovers: list[str] = []
    for directory in location.directories:
        listing = read_listing(host, directory)
        if isinstance(listing, Unread):
            return _unread(location.path, listing)
        if listing is not None:
            packages = {**listing.distributions, **packages}
            leftovers += listing.leftovers
    return _describe(host, location, packages, leftovers) if packages or leftovers else None


def _describe(
    host: Host, location: Location, packages: Mapping[str, Distribution], leftovers: list[str]
) -> PythonEnvironment:
    """Put together what is known of the environment at *location*, with the metadata of what bears on Neuron."""
    readings = {name: read_metadata(host, packages[name]) for name in sorted(packages) if is_neuron_related(name)}
    related = {name: found for name, found in readings.items() if found is not None and not isinstance(found, Unread)}
    broken = [name for name, found in readings.items() if found is None]
    versions = {name: found.version for name, found in packages.items()}
    return PythonEnvironment(
        path=_absolute(location.path),
        python=location.python,
        kind=location.kind,
        packages=versions | dict.fromkeys(broken, Unread("no readable metadata")),
        partial=location.partial,
        requires={name: found.requires for name, found in related.items() if found.requires},
        requires_python={name: found.requires_python for name, found in related.items() if found.requires_python},
        placeholders=tuple(name for name, found in related.items() if found.placeholder),
        broken=tuple(sorted(leftovers + [packages[name].path.rpartition("/")[2] for name in broken])),
    )


def _merge(unread: Mapping[str, Unread]) -> Mapping[str, Unread]:
    """Return *unread* by path, or by the directories above when there are many."""
    if len(unread) <= _MOST_UNREAD:
        return unread
    return {path.partition("/")[0]: why for path, why in unread.items()}


def _unread(path: str, why: Unread) -> PythonEnvironment:
    """Return what is known of an environment that could not be read."""
    return PythonEnvironment(path=_absolute(path), python=why, kind=why, partial=True)


def _absolute(path: str) -> str:
    """Return *path* as it is on the host, bytes that are not UTF-8 replaced."""
    return f"/{path}".encode("utf-8", "surrogateescape").decode("utf-8", "replace")
