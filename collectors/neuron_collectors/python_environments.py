"""Python environments and the packages in them, read from their files: no interpreter is run."""

from __future__ import annotations

from collections.abc import Mapping

from .direct_url import DirectUrl
from .distribution import Distribution, read_distribution
from .facts import NOT_COLLECTED, PythonEnvironment, Reading, Unread
from .host import Host
from .python_locations import Location, Search
from .site_packages import Metadata, neuron_related, read_listing

_MOST_UNREAD = 16
"""Unread directories that are listed one by one. Beyond, their parents stand for them: a cluster has many homes."""

_BROKEN = Unread("no readable metadata")


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
    versions: dict[str, Reading[str]] = {}
    records: dict[str, str] = {}
    leftovers: list[str] = []
    editable: set[str] = set()
    for directory in location.directories:
        listing = read_listing(host, directory)
        if isinstance(listing, Unread):
            return _unread(location.path, listing)
        if listing is not None:
            versions = {**listing.versions, **versions}
            records = {**listing.records, **records}
            leftovers += listing.leftovers
            editable.update(listing.editable)
    if not versions and not leftovers:
        return None
    related = {name: read_distribution(host, records[name]) for name in sorted(neuron_related(records))}
    return _describe(location, versions, related, leftovers=leftovers, editable=editable)


def _describe(
    location: Location,
    versions: Mapping[str, Reading[str]],
    related: Mapping[str, Distribution],
    *,
    leftovers: list[str],
    editable: set[str],
) -> PythonEnvironment:
    """Put together what is known of the environment at *location*: names and versions, and of some packages more."""
    broken = [name for name, found in related.items() if found.metadata is None]
    metadata = {name: found.metadata for name, found in related.items() if isinstance(found.metadata, Metadata)}
    urls = {name: found.direct_url for name, found in related.items() if found.direct_url is not None}
    known = {name: url for name, url in urls.items() if isinstance(url, DirectUrl)}
    editable.update(name for name, url in known.items() if url.editable)
    origins = {name: _origin(versions[name], found) for name, found in related.items()}
    return PythonEnvironment(
        path=_absolute(location.path),
        python=location.python,
        kind=location.kind,
        packages={**versions, **dict.fromkeys(broken, _BROKEN)},
        partial=location.partial,
        requires={name: found.requires for name, found in metadata.items() if found.requires},
        requires_python={name: found.requires_python for name, found in metadata.items() if found.requires_python},
        placeholders=tuple(name for name, found in metadata.items() if found.placeholder),
        broken=tuple(sorted([*leftovers, *(related[name].entry for name in broken)])),
        installers={name: found.installer for name, found in related.items() if found.installer},
        direct_urls={name: url.url if isinstance(url, DirectUrl) else url for name, url in urls.items()},
        origins={name: origin for name, origin in origins.items() if origin is not None},
        editable=tuple(sorted(editable)),
    )


def _origin(version: Reading[str], found: Distribution) -> str | None:
    """Return where a package came from, if that is certain, in the words of `PythonEnvironment.origins`."""
    if isinstance(found.direct_url, DirectUrl):
        return "url"
    if isinstance(found.metadata, Metadata) and found.metadata.placeholder:
        return "public index"
    # PyPI refuses what the specification of versions calls a local version.
    is_local = found.direct_url is None and found.metadata is not None and isinstance(version, str) and "+" in version
    return "not the public index" if is_local else None


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
