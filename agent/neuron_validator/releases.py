"""
Which SDK releases explain a set of versions that are installed together.

Components are carried over unchanged from one SDK release to the next, so a version belongs to several. What explains
the set is what explains every component of it: a set cover, never the release of one component alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, get_args

from neuron_collectors.facts.frozen import dataclass

from .catalog.model import Catalog

Match = Literal["exact", "range", "adjacent", "mixed", "newer-than-catalog", "unknown"]
MATCHES: tuple[Match, ...] = get_args(Match)


@dataclass(frozen=True, kw_only=True, slots=True)
class OddOneOut:
    """A component that the releases which explain the others do not explain."""

    package: str
    """The vendor's name, e.g. ``aws-neuronx-dkms``."""
    version: str
    releases: tuple[str, ...]
    """The SDK releases that it belongs to, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identification:
    """What explains a set of versions."""

    match: Match
    """
    ``exact``: one release. ``range``: each of several, as all components are the same in them. ``adjacent``: two
    neighbouring releases together, as after a partial update. ``mixed``: no release, nor two neighbours.
    ``newer-than-catalog``: some components are newer than the catalog, the others are not mixed. ``unknown``: nothing
    that counts.
    """
    releases: tuple[str, ...] = ()
    """In order. For ``mixed`` and ``newer-than-catalog``: what explains the other components."""
    odd_ones_out: tuple[OddOneOut, ...] = ()
    """The fewest components without which a release or two neighbours would explain the set."""


def identify(components: Iterable[tuple[str, str]], catalog: Catalog, *, family: str | None = None) -> Identification:
    """
    Identify the SDK releases behind *components*, pairs of package and version that are installed in one scope.

    Components of third parties do not count, nor do versions of which the catalog knows no release. The instance
    *family* rules nothing out; on Inf1 it lets the driver count that AWS documents to stay with later releases.
    """
    counting = [pair for pair in dict.fromkeys(components) if _counts(pair[0], catalog)]
    memberships = [(pair, catalog.releases_of(*pair, family=family)) for pair in counting]
    newer = any(membership.status == "newer-than-catalog" for _, membership in memberships)
    placed = [
        OddOneOut(package=package, version=version, releases=membership.releases)
        for (package, version), membership in memberships
        if membership.releases
    ]
    if not placed:
        return Identification(match="newer-than-catalog" if newer else "unknown")
    identification = _cover(placed, catalog.packaged)
    if newer and identification.match != "mixed":
        return replace(identification, match="newer-than-catalog")
    return identification


def _counts(name: str, catalog: Catalog) -> bool:
    package = catalog.package(name)
    return package is not None and not package.third_party


def _cover(placed: Sequence[OddOneOut], order: Sequence[str]) -> Identification:
    """Find what explains *placed*: releases in common, else the release or neighbours that leave out the fewest."""
    common = tuple(release for release in order if all(release in one.releases for one in placed))
    if common:
        return Identification(match="exact" if len(common) == 1 else "range", releases=common)
    # The newest come first and `min` takes the first of equals; one release before two that explain no more. Those that
    # explain nothing are none.
    explaining = frozenset(release for one in placed for release in one.releases)
    candidates: list[tuple[str, ...]] = [(release,) for release in reversed(order) if release in explaining]
    candidates += [pair for pair in [*itertools.pairwise(order)][::-1] if not explaining.isdisjoint(pair)]
    best = min(candidates, key=lambda releases: len(_left_out(placed, releases)))
    odd = _left_out(placed, best)
    return Identification(match="mixed" if odd else "adjacent", releases=best, odd_ones_out=odd)


def _left_out(placed: Iterable[OddOneOut], releases: Iterable[str]) -> tuple[OddOneOut, ...]:
    """Return the components that belong to none of *releases*."""
    wanted = frozenset(releases)
    return tuple(one for one in placed if wanted.isdisjoint(one.releases))
