"""
Turn the vendor's release manifest into the records of an overlay.

Only what is new counts: what the catalog has of a release comes from better sources than the manifest, which is written
by hand. What is in it and cannot be understood is left out; `oddities` tells what that is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from neuron_collectors.facts.frozen import dataclass

from ..versions import Scheme, Step, parse_version, require_version, step
from .fields import FAMILIES
from .files import SCHEMA_VERSION, Record
from .manifest import Manifest, ManifestRelease
from .model import Catalog, Disagreement, Listing, Package, PackageVersion, fold_name
from .oddities import find_oddities
from .overlay import COVERS

_OS_NAMES = ("aws-neuron", "tensorflow-model-server-neuron")
_CLASSES = {
    "Driver": "driver",
    "Runtime Library": "runtime",
    "Collective Communication Library": "collectives",
    "Compiler": "compiler",
    "PyTorch": "framework-extension",
    "TensorFlow": "framework-extension",
    "Jax": "framework-extension",
    "System Tools": "tools",
}
_UNSEEN = "class, packaging and scheme are derived from the manifest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """What a manifest adds to a catalog."""

    releases: tuple[str, ...]
    """The releases that are new, or get packages that they did not have, in version order."""
    tables: Mapping[str, tuple[Record, ...]]
    """The records of the overlay by file name; none if nothing is new."""
    header: Record
    """The overlay's ``catalog.json``."""
    oddities: tuple[str, ...]
    """What is odd in the manifest, a sentence each."""


def plan_import(manifest: Manifest, catalog: Catalog, *, retrieved: dt.date, everything: bool = False) -> Import:
    """
    Return what *manifest*, read on the day *retrieved*, adds to *catalog*.

    That is the releases after the catalog's newest one; with *everything*, also what the catalog lacks of older ones.
    """
    newest = require_version(catalog.latest.release)
    chosen = [r for r in manifest.releases if everything or require_version(r.release) > newest]
    additions = _Additions(manifest, catalog, retrieved)
    for release in chosen:
        additions.add(release)
    tables = additions.tables()
    header: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "manifest": additions.source}
    if chosen and not everything:
        header[COVERS] = chosen[-1].release
    return Import(
        releases=tuple(release.release for release in chosen if release.release in additions.touched),
        tables=tables,
        header=header,
        oddities=find_oddities(manifest, catalog),
    )


class _Additions:
    """Collects what releases of a manifest add to a catalog, and writes it as records."""

    def __init__(self, manifest: Manifest, catalog: Catalog, retrieved: dt.date) -> None:
        self._manifest = manifest
        self._catalog = catalog
        self._provenance = {"source": _source(manifest), "retrieved": retrieved.isoformat()}
        self._releases: dict[str, dict[str, Any]] = {}
        # By package and version: the families of each release that is added.
        self._versions: dict[tuple[str, str], dict[str, set[str]]] = {}
        self._unversioned: dict[str, set[str]] = {}
        self._spellings: dict[str, str] = {}
        self.touched: set[str] = set()

    @property
    def source(self) -> str:
        """Where the records come from."""
        return self._provenance["source"]

    def add(self, release: ManifestRelease) -> None:
        """Take in what *release* adds."""
        for row in release.rows:
            name = self._name(row.name)
            families = {family for family in row.instances if family in FAMILIES}
            if parse_version(row.version) is None:
                if not self._is_unversioned(name, release.release):
                    self._unversioned.setdefault(name, set()).add(release.release)
                    self.touched.add(release.release)
            elif not self._is_listed(name, row.version, release.release):
                listed = self._versions.setdefault((name, row.version), {})
                listed.setdefault(release.release, set()).update(families)
                self.touched.add(release.release)
        own = self._catalog.release(release.release)
        if own is None or (release.release in self.touched and own.package_list != "complete"):
            self._releases[release.release] = self._release(release)
            self.touched.add(release.release)

    def tables(self) -> dict[str, tuple[Record, ...]]:
        """Return the records, sorted as the package's own are."""
        order = self._order()
        versions = sorted(self._versions, key=lambda key: (key[0], require_version(key[1]), key[1]))
        names = sorted({name for name, _ in versions} | set(self._unversioned))
        tables: dict[str, tuple[Record, ...]] = {
            "releases.jsonl": tuple(self._releases[name] for name in sorted(self._releases, key=require_version)),
            "packages.jsonl": tuple(record for name in names for record in self._package(name, order)),
            "versions.jsonl": tuple(self._version(*key, order) for key in versions),
        }
        return {table: records for table, records in tables.items() if records}

    def _name(self, printed: str) -> str:
        """Return the catalog's name of a package; of a new one the spelling that the manifest has first."""
        return self._catalog.canonical(printed) or self._spellings.setdefault(fold_name(printed), fold_name(printed))

    def _is_listed(self, name: str, version: str, release: str) -> bool:
        return release in self._catalog.releases_of(name, version).releases

    def _is_unversioned(self, name: str, release: str) -> bool:
        package = self._catalog.package(name)
        return package is not None and release in package.unversioned

    def _order(self) -> list[str]:
        """Return the releases with a package list, with those that are added, in order."""
        return sorted({*self._catalog.packaged, *self._releases}, key=require_version)

    def _release(self, release: ManifestRelease) -> dict[str, Any]:
        own = self._catalog.release(release.release)
        # The manifest has one date, that of the release it was published with.
        day = self._manifest.date if release.release == self._manifest.version else None
        day = own.date if own is not None else day
        families = {family for row in release.rows for family in row.instances if family in FAMILIES}
        return {
            "release": release.release,
            "date": day and day.isoformat(),
            "type": own.type if own is not None else self._type(release.release),
            "packages": "complete",
            "families": sorted(families),
            **self._provenance,
        }

    def _type(self, release: str) -> str:
        """Name the step to *release* from the one before it."""
        number = require_version(release)
        if number.prerelease:
            return "beta"
        older = [name for name in self._order() if require_version(name) < number]
        kind = step(older[-1], release, scheme=Scheme.SDK) if older else Step.MAJOR
        return kind.value if kind in {Step.MAJOR, Step.MINOR} else "patch"

    def _package(self, name: str, order: list[str]) -> Iterator[Record]:
        """Yield the record of package *name* if it is new, is listed again, or once more without a version."""
        added = {release for (n, _), listed in self._versions.items() if n == name for release in listed}
        unversioned = self._unversioned.get(name, set())
        package = self._catalog.package(name)
        if package is None:
            yield self._new_package(name, order, min(added | unversioned, key=require_version))
            return
        last = self._last(package, added | unversioned)
        if unversioned or last != package.until:
            yield {
                **_package_record(package, until=last),
                **_unversioned([*package.unversioned, *unversioned], order),
                "source": f"{package.source}; {self.source}",
                "retrieved": self._provenance["retrieved"],
            }

    def _last(self, package: Package, added: set[str]) -> str | None:
        """Return the last release that lists *package*; none while the newest one does."""
        newest = max((require_version(name), name) for name in added)[1]
        if package.until is None or require_version(newest) <= require_version(package.until):
            return package.until
        return None if newest == self._order()[-1] else newest

    def _new_package(self, name: str, order: list[str], since: str) -> dict[str, Any]:
        """Describe a package that nobody has looked at; the manifest's ``package_type`` is wrong too often to help."""
        versions = [require_version(version) for n, version in self._versions if n == name]
        parts = max((len(version.release) for version in versions), default=0)
        is_os = name.startswith(_OS_NAMES)
        component = {fold_name(n): what for n, what in self._manifest.components.items()}.get(name, "")
        return {
            "package": name,
            "class": _CLASSES.get(component, "library"),
            "packaging": ["deb", "rpm"] if is_os else ["pip"],
            "scheme": "extension" if parts >= 6 else "standalone" if parts == 4 and is_os else "other",
            "third_party": False,
            "aliases": [],
            "successors": [],
            "since": since,
            "until": None,
            **_unversioned(self._unversioned.get(name, set()), order),
            "notes": _UNSEEN,
            **self._provenance,
        }

    def _version(self, name: str, version: str, order: list[str]) -> dict[str, Any]:
        known = next((v for v in self._catalog.known_versions(name) if v.version == version), None)
        families: dict[str, set[str]] = {
            release: set(given) for release, given in self._versions[name, version].items()
        }
        by_families: dict[str, set[str]] = {}
        for listing in known.listings if known else ():
            by_families.setdefault(" ".join(sorted(listing.families)) or "*", set()).update(listing.releases)
        for release, given in families.items():
            by_families.setdefault(" ".join(sorted(given)) or "*", set()).add(release)
        releases = {names: collapse(found, order) for names, found in by_families.items()}
        record = {"package": name, "version": version, "releases": releases}
        if known is None:
            return {**record, **self._provenance}
        return {**record, **_remarks(known, order), **self._provenance, "source": f"{known.source}; {self.source}"}


def _source(manifest: Manifest) -> str:
    return f"n2-manifest.json {manifest.version} of {manifest.date.isoformat()}"


def collapse(releases: set[str] | frozenset[str] | list[str], order: list[str]) -> str:
    """
    Write *releases* as ranges over *order*; `load.expand` reads them.

    >>> collapse({"2.33.0", "2.32.0", "2.30.0"}, ["2.30.0", "2.31.0", "2.32.0", "2.33.0"])
    '2.30.0,2.32.0..2.33.0'
    """
    spans: list[list[str]] = [[]]
    for name in order:
        if name in releases:
            spans[-1].append(name)
        elif spans[-1]:
            spans.append([])
    return ",".join(span[0] if len(span) == 1 else f"{span[0]}..{span[-1]}" for span in spans if span)


def _unversioned(releases: set[str] | list[str], order: list[str]) -> dict[str, str]:
    return {"unversioned": collapse(set(releases), order)} if releases else {}


def _package_record(package: Package, *, until: str | None) -> dict[str, Any]:
    """Write a package as its record."""
    record = {
        "package": package.name,
        "class": package.component_class,
        "packaging": list(package.packaging),
        "scheme": package.scheme.value,
        "third_party": package.third_party,
        "aliases": list(package.aliases),
        "successors": list(package.successors),
        "since": package.since,
        "until": until,
    }
    optional = {"extends": package.extends, "notes": package.notes}
    return record | {name: value for name, value in optional.items() if value is not None}


def _remarks(version: PackageVersion, order: list[str]) -> dict[str, Any]:
    """Write the optional fields of a version's record."""
    record: dict[str, Any] = {}
    if version.kept:
        record["kept"] = {_families(listing): collapse(set(listing.releases), order) for listing in version.kept}
    if version.train:
        record["train"] = True
    if version.known_from is not None:
        record["known_from"] = version.known_from.isoformat()
    if version.disagrees:
        record["disagrees"] = [_disagreement(other) for other in version.disagrees]
    if version.notes is not None:
        record["notes"] = version.notes
    return record


def _families(listing: Listing) -> str:
    return " ".join(sorted(listing.families)) or "*"


def _disagreement(other: Disagreement) -> dict[str, str]:
    release = {"release": other.release} if other.release is not None else {}
    return {"says": other.says, "source": other.source, **release}
