"""What is odd in a release manifest: typing slips, placeholders, rows that stand twice, names in other spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..versions import parse_version
from .fields import FAMILIES
from .manifest import Manifest, ManifestRelease, Row
from .model import Catalog, fold_name

_PYTHON = re.compile(r"3\.[0-9]+")


def find_oddities(manifest: Manifest, catalog: Catalog) -> tuple[str, ...]:
    """Return what is odd in *manifest*, beside what *catalog* knows, each with the releases that have it."""
    releases: dict[str, list[str]] = {}
    for release in manifest.releases:
        for oddity in dict.fromkeys(_of_release(release, catalog)):
            releases.setdefault(oddity, []).append(release.release)
    found = [f"{oddity} ({_spans(names, manifest)})" for oddity, names in releases.items()]
    return (*_of_head(manifest), *found)


def _of_head(manifest: Manifest) -> Iterator[str]:
    names = [release.release for release in manifest.releases]
    if manifest.version != names[-1]:
        yield f"manifest_version: {manifest.version!r} is not the newest release, {names[-1]}"
    yield from (f"{name}: stands twice" for name in dict.fromkeys(names) if names.count(name) > 1)


def _of_release(release: ManifestRelease, catalog: Catalog) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for row in release.rows:
        yield from _of_row(row, catalog)
        if (row.name, row.version) in seen:
            yield f"{row.name} {row.version}: stands twice"
        seen.add((row.name, row.version))


def _of_row(row: Row, catalog: Catalog) -> Iterator[str]:
    """Say what is odd in one row by itself."""
    canonical, where = catalog.canonical(row.name), f"{row.name} {row.version}"
    if canonical is None:
        yield f"{row.name}: not a package that the catalog knows"
    elif fold_name(row.name) != fold_name(canonical):
        yield f"{row.name}: another name of {canonical}"
    number = parse_version(row.version)
    if number is None:
        yield f"{row.name}: not a version: {row.version!r}"
    elif other := _whole_version(catalog, row):
        yield f"{where}: cut short, {other} elsewhere"
    yield from (f"{where}: not an instance family: {name!r}" for name in row.instances if name not in FAMILIES)
    yield from (f"{where}: not a Python version: {text!r}" for text in row.pythons if not _PYTHON.fullmatch(text))
    if not row.instances:
        yield f"{where}: for no instance family"


def _whole_version(catalog: Catalog, row: Row) -> str | None:
    """Return the one known version that a row's version is the beginning of, where it is not known itself."""
    matches = catalog.releases_of(row.name, row.version).versions
    whole = [version.version for version in matches if version.version != row.version and not version.train]
    return whole[0] if len(matches) == len(whole) == 1 and whole[0].startswith(f"{row.version}.") else None


def _spans(names: list[str], manifest: Manifest) -> str:
    """Write *names*, which are in order, as ranges over the manifest's releases."""
    order = [release.release for release in manifest.releases]
    spans: list[list[str]] = []
    for name in names:
        if spans and order.index(spans[-1][-1]) + 1 == order.index(name):
            spans[-1].append(name)
        else:
            spans.append([name])
    return ", ".join(span[0] if len(span) == 1 else f"{span[0]}..{span[-1]}" for span in spans)
