"""
What the catalog holds, and the questions it answers.

Everything here is a pure function of the records; `load` reads them. A version's *releases* are the SDK releases whose
package list names it, which says what AWS shipped together, not what is supported.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import json
import math
import re
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Literal, Protocol, TypeVar

from neuron_collectors.facts.frozen import dataclass

from ..versions import Scheme, Version, parse_version
from .platform import TestedPlatform, parse_platforms
from .rule import Rule, parse_rule

T = TypeVar("T")

PackageList = Literal["complete", "partial", "unknown"]
MembershipStatus = Literal["known", "unlisted", "newer-than-catalog", "unknown"]

_NAME_SEPARATORS = re.compile(r"[-_.]+")
_OUTLINE_OF_RULE = re.compile(
    r'"check": "([^"]+)", "kind": "([^"]+)", "subject": \{"component": "([^"]+)", "version": "([^"]*)"\}'
)
_OTHERS_OF_RULE = re.compile(r'"others": \[([^\]]*)\]')
_COMPONENT_OF_RULE = re.compile(r'"component": "([^"]+)"')
_FAMILIES_OF_RULE = re.compile(r'"families": \[([^\]]*)\]')
_WORD = re.compile(r'"([^"]+)"')
_AMAZON = "1d0f"


class CatalogError(Exception):
    """Catalog data that cannot be used; the message names the file, the line, the field and the offending text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """What another source says against a record."""

    says: str
    """The other source's value, e.g. ``2026-05-21``, or ``absent`` or ``listed``."""
    source: str
    release: str | None = None
    """The SDK release that the two sources disagree about, where a record is about several."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """One release of the Neuron SDK."""

    release: str
    """As the vendor prints it, e.g. ``2.28.1`` or ``2.21.0.beta``."""
    date: dt.date | None
    """UTC day of the release; `None` where no source gives one (1.12.3)."""
    type: str
    """``major``, ``minor``, ``patch`` or ``beta``."""
    package_list: PackageList
    """Whether its whole package list is known, or a part of it, or nothing."""
    families: tuple[str, ...]
    """Instance families that its package list names, e.g. ``("inf2", "trn1")``."""
    disagrees: tuple[Disagreement, ...] = ()
    notes: str | None = None
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One package of the Neuron SDK, under the vendor's name for it."""

    name: str
    component_class: str
    """``driver``, ``runtime``, ``compiler``, ``framework-extension``, ``tools`` …"""
    packaging: tuple[str, ...]
    """How it is installed: ``deb``, ``rpm``, ``pip``, ``container``, ``embedded`` or ``tarball``."""
    scheme: Scheme
    third_party: bool
    """Whether others build it and AWS only lists it (torch-xla, islpy, efa-installer)."""
    extends: str | None = None
    """The third-party package whose version leads its own, e.g. ``torch``."""
    aliases: tuple[str, ...] = ()
    """Other names for it that differ in more than case and separators."""
    successors: tuple[str, ...] = ()
    since: str
    """First SDK release that lists it."""
    until: str | None
    """Last SDK release that lists it; `None` while it is listed."""
    unversioned: tuple[str, ...] = ()
    """SDK releases that list it without a usable version."""
    notes: str | None = None
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """SDK releases that list a version for the same instance families."""

    families: tuple[str, ...]
    """Empty where the source does not say for which."""
    releases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageVersion:
    """One version of a package, and the SDK releases it belongs to."""

    package: str
    version: str
    """As the vendor prints it, without build hash, e.g. ``2.26.5.0``."""
    number: Version
    """The same, parsed."""
    listings: tuple[Listing, ...]
    """None for a build that no SDK release lists, such as one seen in the package repository only."""
    kept: tuple[Listing, ...] = ()
    """Later SDK releases with which AWS documents that this version stays, by family (Inf1 drivers)."""
    train: bool = False
    """Whether AWS documents it as ``version.*``, so that every build that begins with it counts."""
    known_from: dt.date | None = None
    """Day from which a version without SDK release is known: of the build, or of the announcement."""
    disagrees: tuple[Disagreement, ...] = ()
    notes: str | None = None
    source: str
    retrieved: str
    releases: frozenset[str] = field(init=False, repr=False, compare=False)
    """SDK releases that list this version, for whatever family."""

    def __post_init__(self) -> None:
        releases = frozenset(release for listing in self.listings for release in listing.releases)
        object.__setattr__(self, "releases", releases)

    def families(self, release: str) -> tuple[str, ...]:
        """Return the instance families for which *release* lists this version; none where its source names none."""
        return tuple(
            sorted({name for listing in self.listings if release in listing.releases for name in listing.families})
        )

    def kept_with(self, family: str | None) -> frozenset[str]:
        """Return the SDK releases with which this version stays on *family*."""
        listings = (listing for listing in self.kept if family in listing.families)
        return frozenset(release for listing in listings for release in listing.releases)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """One kind of Neuron device."""

    device_name: str
    """As the driver prints it in ``info/architecture/device_name``, e.g. ``Trainium1``."""
    family: str
    """Instance family, e.g. ``trn1``."""
    aliases: tuple[str, ...] = ()
    """Other names for it, e.g. ``Trainium`` in ``pci.ids``."""
    pci_ids: tuple[str, ...]
    """``vendor:device`` in lower-case hexadecimal, e.g. ``1d0f:7164``."""
    neuroncore: str
    """Core generation, e.g. ``NeuronCore-v2``."""
    cores_per_device: int
    """Physical cores, as ``core_count`` in sysfs."""
    lnc_supported: tuple[int, ...] | None = None
    """Physical cores per logical core that can be configured; `None` where there is no choice."""
    lnc_default: int | None = None
    """Physical cores per logical core unless configured; `None` where it is not documented, or does not exist."""
    memory_bytes: int | None = None
    """Device memory; `None` where the exact size is not known."""
    driver_from: str
    """First driver with its PCI ids."""
    driver_until: str | None = None
    """Last driver train with its PCI ids, e.g. ``2.24``; `None` while it is supported."""
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceType:
    """One EC2 instance type with Neuron devices, or a family standing for all its types."""

    name: str
    """As in ``/sys/devices/virtual/dmi/id/product_name``, e.g. ``trn1.32xlarge``."""
    family: str
    """``trn1`` for trn1n too: the chip decides."""
    chip: str
    devices: int | None = None
    """Neuron devices; `None` where AWS does not document their number."""
    cores: int | None = None
    """Physical cores of all devices together; `None` where *devices* is."""
    memory_bytes: int | None = None
    """The host's memory; `None` where AWS does not document it."""
    notes: str | None = None
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """The SDK releases that a version belongs to."""

    status: MembershipStatus
    """
    ``known``: at least one SDK release lists it. ``unlisted``: between versions that the catalog knows, or a build that
    it knows and no SDK release lists. ``newer-than-catalog``: newer than every version of its line that the catalog
    knows. ``unknown``: not a version, or not of a package that the catalog knows.
    """
    releases: tuple[str, ...] = ()
    """In order; several where a component was carried over unchanged."""
    versions: tuple[PackageVersion, ...] = ()
    """The records it stands for; several where it is given with fewer parts than the vendor prints."""


class Tables(Protocol):
    """Tables that are read when they are first asked for; `tables.LazyTables` reads the package's."""

    def records(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Return every record of *table*."""

    def records_of(self, table: str, name: str) -> Sequence[Mapping[str, Any]]:
        """Return the records of *table* whose subject has this *name*."""

    def record(self, table: str, record_id: str) -> Mapping[str, Any] | None:
        """Return the record *record_id* of *table*."""

    def remembered(self, question: Hashable, answer: Callable[[], T]) -> T:
        """Return the *answer* to *question*, worked out once."""


class NoTables:
    """The tables of a catalog that was put together by hand: none."""

    def records(self, _table: str) -> Sequence[Mapping[str, Any]]:
        """Return nothing."""
        return ()

    def records_of(self, _table: str, _name: str) -> Sequence[Mapping[str, Any]]:
        """Return nothing."""
        return ()

    def record(self, _table: str, _record_id: str) -> None:
        """Return nothing."""

    def remembered(self, _question: Hashable, answer: Callable[[], T]) -> T:
        """Return the *answer*, worked out anew."""
        return answer()


class Versions(Mapping[str, tuple[PackageVersion, ...]]):
    """The versions of every package, in order, by its name; `load.LazyVersions` parses those that are asked for."""

    @abstractmethod
    def named(self, name: str, version: str) -> PackageVersion | None:
        """Return the *version* of package *name* that is written exactly so."""

    @abstractmethod
    def newest_first(self, name: str) -> Iterator[PackageVersion]:
        """Yield the versions of package *name*, the newest first."""


class RuleOutline:
    """What the text of a rule tells before it is parsed, which takes a hundred times as long."""

    __slots__ = ("check", "kind", "range", "subject", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        """The record, as JSON."""
        self.check, self.kind, self.subject, self.range = _outline(text)

    @property
    def others(self) -> tuple[str, ...]:
        """The other components; none where the text does not tell."""
        others = _OTHERS_OF_RULE.search(self.text)
        return tuple(_COMPONENT_OF_RULE.findall(others[1])) if others else ()

    @property
    def families(self) -> tuple[str, ...]:
        """The instance families that it is about; none for all."""
        families = _FAMILIES_OF_RULE.search(self.text)
        return tuple(_WORD.findall(families[1])) if families else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """The releases known to us, with a schema version and a date."""

    schema_version: str
    date: dt.date
    """Day of the newest release that it covers."""
    releases: tuple[Release, ...]
    """In version order, at least one."""
    packages: Mapping[str, Package]
    """By the vendor's name."""
    versions: Versions
    """By the vendor's name for the package, in version order."""
    chips: tuple[Chip, ...] = ()
    instance_types: Mapping[str, InstanceType] = field(default_factory=dict)
    """By name."""
    rule_records: tuple[str, ...] = ()
    """The rules as JSON, parsed when a check asks for its own."""
    platform_records: tuple[str, ...] = ()
    """The rows of the tested platforms as JSON, parsed for one package and family."""
    tables: Tables = field(default_factory=NoTables, repr=False, compare=False)
    """Life-cycle, classification, settings, policy and dependencies, read when they are asked for."""
    warnings: tuple[str, ...] = ()
    """What the loader could not use, and why."""
    horizon: dt.date | None = None
    """The day that this view ends with; `None` for everything."""
    _positions: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _names: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _known: dict[str, tuple[PackageVersion, ...]] = field(init=False, repr=False, compare=False)
    """What `known_versions` has found: a diagnosis asks for the same few packages again and again."""
    _memberships: dict[tuple[str, str, str | None], Membership] = field(init=False, repr=False, compare=False)
    """What `releases_of` has found."""

    def __post_init__(self) -> None:
        names = {
            fold_name(name): package.name
            for package in self.packages.values()
            for name in (*package.aliases, package.name)
        }
        object.__setattr__(self, "_known", {})
        object.__setattr__(self, "_memberships", {})
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_positions", {release.release: i for i, release in enumerate(self.releases)})

    @property
    def latest(self) -> Release:
        """The newest release."""
        return self.releases[-1]

    @property
    def packaged(self) -> tuple[str, ...]:
        """The releases of whose package list at least a part is known, in order."""
        return tuple(release.release for release in self.releases if release.package_list != "unknown")

    def release(self, name: str) -> Release | None:
        """Return the SDK release *name*, e.g. ``2.28.1``."""
        position = self._positions.get(name)
        return None if position is None else self.releases[position]

    def position(self, release: str) -> float:
        """Return where SDK *release* stands in the order of releases: one that this view does not know, after all."""
        return self._positions.get(release, math.inf)

    def canonical(self, name: str) -> str | None:
        """Return the vendor's name for package *name*, in whatever spelling; `None` if it is not a Neuron package."""
        return self._names.get(fold_name(name))

    def package(self, name: str) -> Package | None:
        """Return package *name*, in whatever spelling."""
        canonical = self.canonical(name)
        return None if canonical is None else self.packages[canonical]

    def known_versions(self, name: str) -> tuple[PackageVersion, ...]:
        """Return the versions of package *name* that this view knows, in order."""
        canonical = self.canonical(name) or ""
        if canonical not in self._known:
            versions = self.versions.get(canonical, ())
            self._known[canonical] = versions if self.horizon is None else tuple(filter(self._is_known, versions))
        return self._known[canonical]

    def listed(self, release: str, *, family: str | None = None) -> tuple[PackageVersion, ...]:
        """Return what SDK *release* lists, by package and version; with *family*, without what is for others only."""
        return tuple(
            version for name in self.versions for version in self._listed_of(name, release=release, family=family)
        )

    def versions_in(self, release: str, name: str, *, family: str | None = None) -> tuple[str, ...]:
        """Return the versions of package *name* that SDK *release* lists, oldest first; with *family*, as `listed`."""
        return tuple(version.version for version in self._listed_of(name, release=release, family=family))

    def newest_in(
        self,
        release: str,
        name: str,
        *,
        family: str | None = None,
        kept: bool = False,
        fits: Callable[[str], bool] = lambda _version: True,
    ) -> str | None:
        """
        Return the newest version of package *name* that SDK *release* lists and that *fits*; `None` without one.

        With *family*, as `listed`; with *kept*, those count too of which AWS documents that they stay on it.
        """
        if release not in self._positions:
            return None
        for version in self.versions.newest_first(self.canonical(name) or ""):
            is_there = _is_listed(version, release, family) or (kept and release in version.kept_with(family))
            if is_there and fits(version.version):
                return version.version
        return None

    def releases_of(self, name: str, version: str, *, family: str | None = None) -> Membership:
        """
        Say which SDK releases *version* of package *name* belongs to.

        Suffixes such as build hashes do not matter. A version with fewer parts than the vendor prints stands for all
        that begin with it. With *family*, the releases count too with which AWS documents that the version stays on
        that family. Whether it is newer than the catalog is decided within its line: the third party's ``X.Y`` for
        extensions, else the major version.
        """
        question = (name, version, family)
        if question not in self._memberships:
            self._memberships[question] = self._membership(name, version, family)
        return self._memberships[question]

    def _membership(self, name: str, version: str, family: str | None) -> Membership:
        package, number = self.package(name), parse_version(version)
        if package is None or number is None:
            return Membership(status="unknown")
        exact = self.versions.named(package.name, version.strip())
        is_known = exact is not None and self._is_known(exact)
        known = () if is_known else self.known_versions(package.name)
        matches = (exact,) if exact is not None and is_known else _matching(known, number, is_local="+" in version)
        releases = self._in_order({name for match in matches for name in match.releases | match.kept_with(family)})
        status: MembershipStatus = "known"
        if not releases:
            newer = not matches and _is_newer(number, known, package.scheme)
            status = "newer-than-catalog" if newer and not self._lost_track_of(package, known) else "unlisted"
        return Membership(status=status, releases=releases, versions=matches)

    def newest_in_line(self, name: str, version: str, *, family: str | None = None) -> str | None:
        """
        Return the version that superseded *version* of package *name*; `None` if none did, or nothing is known.

        It is the newest of the same line that an SDK release lists, and a later release than the last that lists
        *version*: some packages have gone back to lower numbers.
        """
        package, number = self.package(name), parse_version(version)
        if package is None or number is None:
            return None
        own = self.releases_of(name, version).releases
        last = self._positions[own[-1]] if own else -1
        above = itertools.takewhile(lambda other: other.number > number, self.versions.newest_first(package.name))
        newer = (
            other.version
            for other in above
            if _is_in_line(other, number, package.scheme)
            and self._is_known(other)
            and self._last_listed(other, family=family) > last
        )
        return next(newer, None)

    def minors_behind(self, releases: Sequence[str]) -> int | None:
        """Count the SDK minors after the newest of *releases*; `None` if the catalog knows none of them."""
        positions = [self._positions[name] for name in releases if name in self._positions]
        if not positions:
            return None
        minors = {tuple(release.release.split(".")[:2]) for release in self.releases[max(positions) :]}
        return len(minors) - 1

    def as_of(self, day: dt.date) -> Catalog:
        """
        Return the catalog as it could have been on *day*: what was released or known later does not exist.

        A release without date stays if a later one in version order had been released by then. Names of packages,
        chips and instance types stay: to recognise a name says nothing about its time. A day before the first release
        is a `CatalogError`.
        """
        dated = [i for i, release in enumerate(self.releases) if release.date is not None and release.date <= day]
        if not dated:
            first = self.releases[0]
            message = f"nothing is known of {day}: the first release is {first.release} of {first.date}"
            raise CatalogError(message)
        releases = tuple(
            release
            for i, release in enumerate(self.releases)
            if (i < dated[-1] if release.date is None else release.date <= day)
        )
        there = {release.release for release in releases}
        packages = {
            name: package if package.until is None or package.until in there else replace(package, until=None)
            for name, package in self.packages.items()
        }
        return replace(self, releases=releases, packages=packages, horizon=day)

    def chip_for_pci(self, pci_id: str) -> Chip | None:
        """Return the chip with a PCI id: ``0x7164`` as in sysfs, or ``1d0f:7164`` as ``lspci -n`` prints it."""
        vendor, _, device = pci_id.strip().lower().replace("0x", "").rpartition(":")
        wanted = f"{vendor or _AMAZON}:{device}"
        return next((chip for chip in self.chips if wanted in chip.pci_ids), None)

    def chip_for_name(self, name: str) -> Chip | None:
        """Return the chip that calls itself *name*, e.g. ``Trainium1``, in whatever case."""
        wanted = name.strip().lower()
        return next((c for c in self.chips if wanted in map(str.lower, (c.device_name, *c.aliases))), None)

    def chip_for_family(self, family: str) -> Chip | None:
        """Return the chip of instance family *family*, e.g. ``trn1``."""
        return next((chip for chip in self.chips if chip.family == family), None)

    def instance_type(self, name: str) -> InstanceType | None:
        """Return instance type *name*; a bare family, such as ``trn1`` or ``trn1n``, stands for all its types."""
        exact = self.instance_types.get(name)
        if exact is not None or "." in name:
            return exact
        one = next((kind for kind in self.instance_types.values() if kind.name.startswith(f"{name}.")), None)
        return one and replace(one, name=name, devices=None, cores=None, memory_bytes=None, notes=None)

    def rules_for(self, check: str, *, concerns: Callable[[RuleOutline], bool] | None = None) -> tuple[Rule, ...]:
        """
        Return the rules that check *check* judges by and that this view knows.

        Those that by *concerns* can have nothing to say are left out unread.
        """
        outlines = _rules_by_check(self.rule_records).get(check, ())
        rules = (_rule(outline.text) for outline in outlines if concerns is None or concerns(outline))
        return tuple(rule for rule in rules if self._is_past(rule.known_from))

    def tested_platforms(self, name: str, version: str, family: str) -> tuple[TestedPlatform, ...]:
        """Return the platforms on which AWS tested *version* of package *name* for *family*; none without a table."""
        canonical, number = self.canonical(name), parse_version(version)
        if canonical is None or number is None:
            return ()
        lines = (line for line in self.platform_records if f'"package": "{canonical}"' in line)
        return parse_platforms(lines, number=number, family=family, day=self.horizon or dt.date.max)

    def _listed_of(self, name: str, *, release: str, family: str | None) -> Iterator[PackageVersion]:
        if release not in self._positions:
            return
        for version in self.known_versions(name):
            if _is_listed(version, release, family):
                yield version

    def _in_order(self, releases: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted((name for name in releases if name in self._positions), key=self._positions.__getitem__))

    def _is_past(self, day: dt.date | None) -> bool:
        return day is None or self.horizon is None or day <= self.horizon

    def _is_known(self, version: PackageVersion) -> bool:
        if self.horizon is None:
            return True
        if version.listings:
            return not version.releases.isdisjoint(self._positions)
        return self._is_past(version.known_from)

    def _last_listed(self, version: PackageVersion, *, family: str | None = None) -> int:
        """Return the position of the last release that lists *version*, for *family* if given; -1 if none does."""
        listings = (x for x in version.listings if family is None or not x.families or family in x.families)
        return max((self._positions.get(name, -1) for listing in listings for name in listing.releases), default=-1)

    def _lost_track_of(self, package: Package, known: Iterable[PackageVersion]) -> bool:
        """Tell whether the newest releases list *package* without a version, so that a newer one proves nothing."""
        last = max((self._positions.get(name, -1) for name in package.unversioned), default=-1)
        return last > max(map(self._last_listed, known), default=-1)


@functools.lru_cache(maxsize=4)
def _rules_by_check(records: tuple[str, ...]) -> Mapping[str, Sequence[RuleOutline]]:
    """Sort rules by check, without parsing them."""
    by_check: dict[str, list[RuleOutline]] = {}
    for outline in map(RuleOutline, records):
        by_check.setdefault(outline.check, []).append(outline)
    return by_check


def _outline(text: str) -> tuple[str, str, str, str]:
    """Return check, kind, subject and range of a rule: from its text if its keys are in the order of ours."""
    match = _OUTLINE_OF_RULE.search(text)
    if match is not None:
        return match[1], match[2], match[3], match[4]
    record = json.loads(text)
    subject = record["subject"]
    return record["check"], record["kind"], subject["component"], subject["version"]


@functools.lru_cache(maxsize=512)
def _rule(text: str) -> Rule:
    """Parse a rule; one process judges by the same again and again."""
    return parse_rule(json.loads(text))


def fold_name(name: str) -> str:
    """Fold a package name as PEP 503 does: ``Torch_NeuronX`` is ``torch-neuronx``."""
    if name.islower() and name.replace("-", "").isalnum() and "--" not in name:
        return name  # most names are folded already, and a host has thousands
    return _NAME_SEPARATORS.sub("-", name.strip()).lower()


def _matching(known: Sequence[PackageVersion], number: Version, *, is_local: bool) -> tuple[PackageVersion, ...]:
    """Find the records that *number* stands for: the same version, else its train, else all that it is short for."""
    # A local part that the vendor prints (0.2.2+neuron.1) is a part of the version, not a build hash.
    same = tuple(v for v in known if v.number == number and not ("+" in v.version and is_local))
    trains = tuple(version for version in known if version.train and number.startswith(version.number))
    if same or trains or number.prerelease:
        return same or trains
    return tuple(v for v in known if v.number.startswith(number) and len(v.number.release) > len(number.release))


def _is_listed(version: PackageVersion, release: str, family: str | None) -> bool:
    """Tell whether SDK *release* lists *version*, for *family* if given; a listing without families is for any."""
    if release not in version.releases:
        return False
    return family in {None, *(version.families(release) or (family,))}


def _is_in_line(version: PackageVersion, number: Version, scheme: Scheme) -> bool:
    """Tell whether *version* is of the line of *number*: the third party's ``X.Y`` for extensions, else the major."""
    length = 2 if scheme is Scheme.EXTENSION else 1
    return version.number.release[:length] == number.release[:length]


def _is_newer(number: Version, known: Sequence[PackageVersion], scheme: Scheme) -> bool:
    """Tell whether *number* is newer than all of its line, or than everything if its line is new."""
    line = [version for version in known if _is_in_line(version, number, scheme)]
    return all(number > version.number for version in line or known)
