"""
What lies between two SDK releases: packages, releases, rules and phases, as a mapping for JSON and as text.

It says what the package lists say, family by family. What a source that shows only a part of a list does not show is
not thereby dropped; a note says where that may be so.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

from ..versions import Scheme, parse_version, step
from .model import Catalog, CatalogError, Package, Release
from .rule import parse_rule
from .tables import LIFECYCLE

NONE = "-"


def find_release(catalog: Catalog, name: str) -> Release:
    """
    Return the release that *name* means; a minor such as ``2.29`` means its newest release with a package list.

    Raises `CatalogError` for one that the catalog does not have.
    """
    exact, number = catalog.release(name), parse_version(name)
    if exact is not None:
        return exact
    train = [r for r in catalog.releases if number and _is_of_minor(r.release, name)]
    if not train:
        message = f"no such release: {name!r}"
        raise CatalogError(message)
    listed = [release for release in train if release.package_list != "unknown"]
    return (listed or train)[-1]


def _is_of_minor(release: str, name: str) -> bool:
    own, minor = parse_version(release), parse_version(name)
    return own is not None and minor is not None and len(minor.release) == 2 and own.startswith(minor)


def describe_difference(catalog: Catalog, old: Release, new: Release) -> dict[str, Any]:
    """Return what is different in *new* from *old*, which may be the later one."""
    return {
        "from": _describe(old),
        "to": _describe(new),
        "notes": list(_notes(old, new)),
        "releases": [_describe(release) for release in _between(catalog, old, new)],
        "packages": list(_packages(catalog, old, new)),
        "rules": list(_rules(catalog, old, new)),
        "phases": list(_phases(catalog, old, new)),
    }


def _describe(release: Release) -> dict[str, Any]:
    return {
        "release": release.release,
        "date": release.date and release.date.isoformat(),
        "type": release.type,
        "package_list": release.package_list,
    }


def _notes(*releases: Release) -> Iterator[str]:
    """Say how far the comparison reaches."""
    for release in releases:
        if release.package_list == "unknown":
            yield f"nothing is known of the package list of {release.release}: packages are not compared"
        elif release.package_list == "partial":
            yield f"the package list of {release.release} is known in part: what is not in it may be there"


def _between(catalog: Catalog, old: Release, new: Release) -> list[Release]:
    """Return the releases after the earlier of the two, up to the later."""
    first, last = sorted((catalog.releases.index(old), catalog.releases.index(new)))
    return list(catalog.releases[first + 1 : last + 1])


def _packages(catalog: Catalog, old: Release, new: Release) -> Iterator[dict[str, Any]]:
    """Yield a row for each package, with the families for which the same happens to it."""
    if "unknown" in {old.package_list, new.package_list}:
        return
    for package in catalog.packages.values():
        rows: dict[tuple[Sequence[str], Sequence[str]], list[str]] = {}
        for family in sorted({*old.families, *new.families}):
            pair = _listed(catalog, old, package.name, family), _listed(catalog, new, package.name, family)
            rows.setdefault(pair, []).append(family)
        for (before, after), families in rows.items():
            # Listed with a placeholder in place of a version, it neither came nor went.
            unversioned = (not before and old.release in package.unversioned) or (
                not after and new.release in package.unversioned
            )
            if before != after and not unversioned:
                change = _change(catalog, package, (old, before), (new, after))
                yield {"change": change, **_package_row(package, families, before, after)}


def _listed(catalog: Catalog, release: Release, name: str, family: str) -> tuple[str, ...]:
    return catalog.versions_in(release.release, name, family=family) if family in release.families else ()


def _change(
    catalog: Catalog, package: Package, old: tuple[Release, Sequence[str]], new: tuple[Release, Sequence[str]]
) -> str:
    """Name what happened to *package*; only a whole list, or its last release, tells that it is not there."""
    (before, there), (after, here) = old, new
    if there and here:
        return "changed"
    if there:
        last = catalog.release(package.until) if package.until else None
        ended = last is not None and catalog.releases.index(last) < catalog.releases.index(after)
        return "dropped" if ended or after.package_list == "complete" else "not-seen"
    return "added" if before.package_list == "complete" else "first-seen"


def _package_row(
    package: Package, families: Sequence[str], before: Sequence[str], after: Sequence[str]
) -> dict[str, Any]:
    gone, come = [v for v in before if v not in after], [v for v in after if v not in before]
    return {
        "package": package.name,
        "class": package.component_class,
        "families": list(families),
        "from": list(before),
        "to": list(after),
        "step": _step(gone, come, package.scheme),
    }


def _step(gone: Sequence[str], come: Sequence[str], scheme: Scheme) -> str | None:
    """Name the step where one version takes the place of one other; of several it is not known which follows which."""
    return step(gone[0], come[0], scheme=scheme).value if len(gone) == len(come) == 1 else None


def _rules(catalog: Catalog, old: Release, new: Release) -> Iterator[dict[str, Any]]:
    """Yield the rules that became known after the earlier release, until the day of the later."""
    for rule in (parse_rule(json.loads(line)) for line in catalog.rule_records):
        if _lies_between(rule.known_from, old, new):
            yield {
                "id": rule.id,
                "check": rule.check,
                "severity": rule.severity,
                "known_from": rule.known_from.isoformat(),
                "expected": rule.expected,
                "source": rule.source,
            }


def _lies_between(day: dt.date, old: Release, new: Release) -> bool:
    if old.date is None or new.date is None:
        return False
    first, last = sorted((old.date, new.date))
    return first < day <= last


def _phases(catalog: Catalog, old: Release, new: Release) -> Iterator[dict[str, Any]]:
    """Yield what entered a phase with one of the releases in between, by the records that still stand."""
    names = {release.release for release in _between(catalog, old, new)}
    for record in catalog.tables.records(LIFECYCLE):
        release = record["effective"].get("release")
        if record.get("phase") in {None, "unknown"} or "superseded" in record or "repeats" in record:
            continue
        # An announcement that came about has a statement of its own.
        if release in names and "closed" not in record:
            yield {
                "subject": record["subject"]["name"],
                "class": record["subject"]["class"],
                "versions": record["subject"].get("version"),
                "families": list(record["when"].get("families", ())),
                "workload": record["when"].get("workload"),
                "phase": record["phase"],
                "release": release,
                "announced": record.get("announced"),
                "source": record["source"],
            }


def render_difference(catalog: Catalog, old: Release, new: Release) -> str:
    """Print what is different in *new* from *old*."""
    facts = describe_difference(catalog, old, new)
    head = [f"{label:5} {_say(facts[key])}" for label, key in (("from", "from"), ("to", "to"))]
    head += [f"note  {note}" for note in facts["notes"]]
    return "".join(f"{line}\n" for line in (*head, *_sections(facts)))


def _say(release: dict[str, Any]) -> str:
    return f"{release['release']} ({release['type']}) of {release['date'] or 'an unknown day'}"


def _sections(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of each table that has rows."""
    packages = [
        (
            row["change"],
            row["package"],
            _list(row["from"]),
            _list(row["to"]),
            row["step"] or NONE,
            _list(row["families"]),
        )
        for row in sorted(facts["packages"], key=lambda row: (row["change"], row["package"]))
    ]
    yield from _table("PACKAGES", ("CHANGE", "PACKAGE", "FROM", "TO", "STEP", "FAMILIES"), packages)
    releases = [(r["release"], r["date"] or "unknown", r["type"]) for r in facts["releases"]]
    yield from _table("RELEASES", ("RELEASE", "DATE", "TYPE"), releases)
    rules = [(r["id"], r["known_from"], r["severity"], r["expected"]) for r in facts["rules"]]
    yield from _table("RULES THAT BECAME KNOWN", ("RULE", "KNOWN FROM", "SEVERITY", "EXPECTED"), rules)
    phases = [
        (row["phase"], row["release"], " ".join(filter(None, (row["subject"], row["versions"]))), _where(row))
        for row in facts["phases"]
    ]
    yield from _table("PHASES THAT BEGAN", ("PHASE", "SINCE", "WHAT", "WHERE"), sorted(phases))


def _list(texts: Sequence[str]) -> str:
    return ", ".join(texts) or NONE


def _where(row: dict[str, Any]) -> str:
    return " ".join(filter(None, (", ".join(row["families"]), row["workload"]))) or "everywhere"


def _table(heading: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    yield from ("", f"{heading} ({len(rows)})")
    for row in (titles, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
