"""
Write the reference pages beside this file from the catalog and the program's own tables.

A page is a pure function of them; `tests/test_docs.py` says when one has drifted. Usage: python docs/generate.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from neuron_validator.catalog import Catalog, Release, load_catalog
from neuron_validator.catalog.tables import DEPENDENCIES, LIFECYCLE
from neuron_validator.check_pages import load_check_pages
from neuron_validator.checks import CHECKS
from neuron_validator.findings import Check
from neuron_validator.lifecycle import FAMILIES
from neuron_validator.log_causes import severity_of
from neuron_validator.log_patterns import load_log_patterns, load_nrt_statuses
from neuron_validator.metrics.table import METRICS, Metric
from neuron_validator.overview import Row, all_rows
from neuron_validator.renderers.explanation import describe_check, render_check_markdown
from neuron_validator.versions import parse_version, require_version

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

RECENT = 6
"""Releases whose packages are printed."""

_RELEASES = """\
A package count is that of the package list as far as it is known. `neuron-validator catalog show --release X` prints
any release with its sources, `neuron-validator catalog diff A B` what lies between two."""
_LIFECYCLE = """\
What AWS announced and stated, in the order of the releases and days that it names. Where one package has different
phases by instance family or workload, the column *where* says so. `neuron-validator lifecycle` tells what all of it
comes to on a day."""
_METRICS = """\
`neuron-validator metrics` prints them, `neuron-validator serve` serves them. `docs/generate.py` writes this page:
change `agent/neuron_validator/metrics/table.py` in its place.

What is not known has no sample: no 0, -1 or NaN stands for it. A metric whose last label is a state has a sample for
each state, 1 for the one that holds and 0 for the others. Versions are in `_info` metrics only; join them, as in
`neuron_validator_component_releases_behind * on (instance, component, scope) group_left (version)
neuron_validator_component_info{source="dpkg"}`. A host has at most 90 series, and 4 for each collector, 14 for each
device, 8 for each check, 10 for each component and 4 for each scope.

*Stable*: a dashboard may rest on it. *Experimental*: the meaning of its labels or its value may still change in a minor
release. A name that has to change is exported with the new one for one minor release."""

_CHECKS = """\
In the order in which a person should look at them: causes stand before what they explain. `neuron-validator explain ID`
prints the page of a check."""
_RETURN_CODES = "`neuron-validator explain 1006` or `explain NRT_EXEC_OOB` prints one of them."
_LOG_LINES = "`neuron-validator explain --log FILE` finds them in a log, `diagnose --log FILE` judges with them."
_SHORTFALLS = """\
By the rules that stood in the policy on that day, and as far as announcements were found: a month of notice before
maintenance and end of support, and six months of regular updates for a version of a framework after the next one. Both
date from SDK 2.20.0. Single APIs and settings are left out."""
_SINGLE = frozenset({"api", "env", "flag", "feature"})


def render_releases(catalog: Catalog) -> str:
    """Return the page of all releases, and of what the recent ones consist of."""
    rows = [
        (r.release, r.date or "unknown", r.type, ", ".join(r.families), _count(catalog, r), r.package_list)
        for r in reversed(catalog.releases)
    ]
    recent = [release for release in catalog.releases if release.package_list != "unknown"][-RECENT:]
    return _page(
        "Neuron SDK releases",
        catalog,
        _RELEASES,
        _table(("release", "date", "type", "instance families", "packages", "package list"), rows),
        *(_release(catalog, release) for release in reversed(recent)),
    )


def _count(catalog: Catalog, release: Release) -> int:
    return len({version.package for version in catalog.listed(release.release)})


def _release(catalog: Catalog, release: Release) -> Iterator[str]:
    """Yield the section of one release."""
    yield from (f"## {release.release} of {release.date}", "")
    if release.notes:
        yield from (f"{release.notes[0].upper()}{release.notes[1:]}.", "")
    rows = [
        (
            version.package,
            version.version,
            catalog.packages[version.package].component_class,
            ", ".join(version.families(release.release)) or "not stated",
        )
        for version in catalog.listed(release.release)
    ]
    yield from _table(("package", "version", "class", "instance families"), rows)


def render_lifecycle(catalog: Catalog) -> str:
    """Return the calendar: what is announced, what began with which release, and when systems end."""
    records = [record for record in catalog.tables.records(LIFECYCLE) if _begins_a_phase(record)]
    coming = [record for record in records if _is_coming(record, catalog)]
    begun: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if record not in coming:
            begun.setdefault(_when(record), []).append(record)
    dated = {name: _day(name, catalog) for name in begun if _day(name, catalog)}
    newest_first = sorted(dated, key=lambda name: (dated[name], name), reverse=True)
    return _page(
        "Life-cycle calendar",
        catalog,
        _LIFECYCLE,
        _section("Announced", coming, (lambda record: record["effective"].get("release", _when(record)))),
        _systems(catalog),
        _shortfalls(catalog),
        *(_section(f"{name}{_of(dated[name], name)}", begun[name], None) for name in newest_first),
    )


def _begins_a_phase(record: Mapping[str, Any]) -> bool:
    """Tell whether *record* stands, and says that a known phase begins."""
    replaced = {"superseded", "repeats", "closed"} & record.keys()
    return record.get("phase") not in {None, "unknown"} and not replaced and record["effective"].get("published", True)


def _is_coming(record: Mapping[str, Any], catalog: Catalog) -> bool:
    """Tell whether what *record* says depends on a release that is not out, or on words."""
    effective = record["effective"]
    if "date" in effective or record["kind"] == "statement":
        return bool(effective.get("date", "") > catalog.date.isoformat())
    return "release" not in effective or not _day(effective["release"], catalog)


def _when(record: Mapping[str, Any]) -> str:
    effective = record["effective"]
    return str(effective.get("date") or effective.get("release") or effective.get("condition") or record["known_from"])


def _day(when: str, catalog: Catalog) -> str:
    """Return the day of a release or day *when*; nothing for a release that is not out, and for words."""
    if _DAY.fullmatch(when):
        return when
    release, number = catalog.release(when), parse_version(when)
    if release is None and number is not None and len(number.release) == 2:
        train = [r for r in catalog.releases if require_version(r.release).startswith(number)]
        release = train[0] if train else None
    return release.date.isoformat() if release and release.date else ""


def _of(day: str, name: str) -> str:
    return "" if day == name else f" of {day}"


def _section(
    title: str, records: Sequence[Mapping[str, Any]], when: Callable[[Mapping[str, Any]], str] | None
) -> Iterator[str]:
    """Yield a section with a row for each of *records*; with a column that says *when*, if asked."""
    if not records:
        return
    yield from (f"## {title}", "")
    rows = sorted(
        (
            *([when(record)] if when else []),
            record["phase"],
            " ".join(filter(None, (record["subject"]["name"], record["subject"].get("version")))),
            record["subject"]["class"],
            " ".join(filter(None, (", ".join(record["when"].get("families", ())), record["when"].get("workload")))),
            record.get("announced") or "",
            record["source"],
        )
        for record in records
    )
    yield from _table((*(["when"] if when else []), "phase", "what", "class", "where", "announced", "source"), rows)


def _systems(catalog: Catalog) -> Iterator[str]:
    """Yield the section about operating systems and Python."""
    yield from ("## End of life of systems and Python", "")
    by_version = sorted(
        catalog.tables.records(DEPENDENCIES),
        key=lambda record: (record["subject"]["name"], require_version(record["subject"]["version"])),
    )
    rows = [
        (
            f"{record['subject']['name']} {record['subject']['version']}",
            record["released"] or "",
            record["effective"].get("date", ""),
            " ".join((record["extended"]["date"], record["extended"]["by"])) if record["extended"] else "",
            record["source"],
        )
        for record in by_version
    ]
    yield from _table(("system", "released", "end of life", "extended", "source"), rows)


def _shortfalls(catalog: Catalog) -> Iterator[str]:
    """Yield the section about notices that were too short, and framework versions that had no six months."""
    yield from ("## Notices shorter than the policy asks for", "", _SHORTFALLS, "")
    rows = (row for family in (None, *FAMILIES) for row in all_rows(catalog, catalog.date, family=family))
    said = {shortfall for row in rows if row.subject.kind not in _SINGLE for shortfall in _shortfalls_of(row)}
    yield from _table(("since", "what", "class", "rule", "was"), sorted(said, reverse=True))


def _shortfalls_of(row: Row) -> Iterator[tuple[str, str, str, str, str]]:
    for notice in (row.maintenance, row.standing.notice):
        if notice is not None and notice.kept is False:
            was = f"announced on {notice.announced}, {notice.days} day{'' if notice.days == 1 else 's'} before"
            yield notice.begins.isoformat(), row.name, row.subject.kind, f"{notice.phase}: a month of notice", was
    rule = row.six_months
    if rule is not None and rule.kept is False:
        was = f"{rule.successor} came on {rule.since}: due until {rule.until}"
        yield str(rule.ended), row.name, row.subject.kind, "six months of regular updates", was


def render_metrics(_: Catalog) -> str:
    """Return the page of all metrics."""
    lines = ["# Metrics", "", *_METRICS.splitlines(), ""]
    for metric in METRICS:
        lines += [f"## `{metric.name}`", "", f"{metric.help}.", "", *_facts(metric), ""]
    return "\n".join(lines).rstrip() + "\n"


def _facts(metric: Metric) -> Iterator[str]:
    """Yield what is to know of *metric*, a line each."""
    yield f"- type: {metric.type}"
    yield f"- stability: {metric.stability}"
    for label in metric.labels:
        words = ", ".join(f"`{word}`" for word in metric.words.get(label, ()))
        yield f"- label `{label}`{': ' * bool(words)}{words}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _row(titles)
    yield _row(["---"] * len(titles))
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[object]) -> str:
    # `<3.20` would begin a tag, and `||` a cell.
    texts = (str(cell).replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(texts)} |"


def _page(title: str, catalog: Catalog, introduction: str, *parts: Iterable[str]) -> str:
    lines = [*_head(title, catalog, introduction), *(line for part in parts for line in part)]
    return "\n".join(lines).rstrip() + "\n"


def _head(title: str, catalog: Catalog, introduction: str) -> Sequence[str]:
    return (
        f"# {title}",
        "",
        f"Of the catalog of {catalog.date}, up to SDK {catalog.latest.release}. `docs/generate.py` writes this page:",
        "change the records in `agent/neuron_validator/data` in its place.",
        "",
        introduction,
        "",
    )


def render_checks(catalog: Catalog) -> str:
    """Return the list of all checks, which links to the page of each."""
    rows = [(f"[`{c.id}`]({c.id}.md)", c.category, c.severity.word, c.title) for c in CHECKS]
    return _page("Checks", catalog, _CHECKS, _table(("check", "category", "worst severity", "looks at"), rows))


def render_check_page(check: Check, catalog: Catalog) -> str:
    """Return the page of one check: what ``explain`` prints."""
    return render_check_markdown(describe_check(check, load_check_pages()[check.id], catalog.rules_for(check.id)))


def render_return_codes(catalog: Catalog) -> str:
    """Return the page of the runtime's return codes."""
    rows = [(s.number, s.name, s.meaning, s.cause, s.remedy, s.source) for s in load_nrt_statuses()]
    titles = ("number", "name", "meaning", "cause", "remedy", "source")
    return _page("Return codes of the Neuron runtime", catalog, _RETURN_CODES, _table(titles, rows))


def render_log_lines(catalog: Catalog) -> str:
    """Return the page of the lines of logs that are known."""
    rows = [
        (
            p.id,
            " or ".join(dict.fromkeys(map(str.strip, p.literals))),
            p.origin,
            severity_of(p).word,
            p.cause,
            p.remedy,
            p.source,
        )
        for p in load_log_patterns()
    ]
    titles = ("id", "says", "written by", "severity", "cause", "remedy", "source")
    return _page("Known lines of logs", catalog, _LOG_LINES, _table(titles, rows))


PAGES: Mapping[str, Callable[[Catalog], str]] = {
    "releases.md": render_releases,
    "lifecycle.md": render_lifecycle,
    "metrics.md": render_metrics,
    "return-codes.md": render_return_codes,
    "log-lines.md": render_log_lines,
    "checks/README.md": render_checks,
    **{f"checks/{check.id}.md": partial(render_check_page, check) for check in CHECKS},
}


def main() -> None:
    """Write every page."""
    catalog = load_catalog()
    for name, render in PAGES.items():
        page = Path(__file__).parent / name
        page.parent.mkdir(exist_ok=True)
        page.write_text(render(catalog), encoding="utf-8")


if __name__ == "__main__":
    main()
