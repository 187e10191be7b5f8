"""The report as one page for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..findings import Finding, Severity
from ..report import ComponentRow, DeviceSummary, Report, SdkSummary
from .style import Style
from .text import map_text, to_ascii, to_line

_LABEL = 11
"""Columns of the words at the left edge: ``CRITICAL``, ``Devices`` …"""

_VERDICTS: Mapping[str, str] = {
    "pass": "PASS: what is installed here fits together.",
    "warn": "WARNING: it may run, but something will go wrong or is no longer supported.",
    "fail": "FAIL: something here cannot work as it is.",
    "unknown": "UNKNOWN: too little is known for a verdict.",
}


def render(report: Report, *, style: Style, verbosity: int = 0) -> str:
    """
    Return *report* as a page.

    *verbosity* below 0 leaves findings and verdict; above 0 adds evidence, sources and why checks were skipped.
    """
    report = map_text(report, to_line if style.unicode else to_ascii)
    page = _Page(style=style, verbosity=verbosity)
    blocks = _blocks(report, page) if report.neuron_found or report.findings else _nothing(report, page)
    return "\n\n".join(text for text in map("\n".join, blocks) if text) + "\n"


def _blocks(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Yield the parts of the page, which stand apart."""
    if page.verbosity >= 0:
        yield _summary(report, page)
        yield from _tables(report, page)
    for finding in report.findings:
        yield _finding(finding, page)
    if page.verbosity >= 0:
        yield _gaps(report, page)
    yield _verdict(report, page)


def _nothing(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Say that there is nothing to judge, and what was looked at."""
    yield ["No Neuron device or software found on this host."]
    if page.verbosity >= 0:
        yield [*_headline(report, page), *page.entry("Looked at", ", ".join(report.looked_at)), *_unread(report, page)]
        yield page.entry("Judged", _judged(report))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """The paper: what it can show, and how much is wanted on it."""

    style: Style
    verbosity: int

    def entry(self, label: str, text: str, *, role: str = "faint", text_role: str | None = None) -> Iterator[str]:
        """Yield *text*, wrapped beside *label*; nothing when there is no text."""
        for number, line in enumerate(self.wrap(text, indent=_LABEL)):
            words = line.lstrip()
            left = "" if number else label
            painted = self.style.paint(words, text_role) if text_role else words
            yield f"{self.style.paint(left, role)}{' ' * (_LABEL - len(left))}{painted}"

    def wrap(self, text: str, *, indent: int, hang: int = 0) -> list[str]:
        """Wrap *text* into the page. Words are never broken, so that paths and links stay whole."""
        if indent + len(text) <= self.style.width:
            return [" " * indent + text] if text else []
        import textwrap  # noqa: PLC0415 - the other outputs do not need it

        return textwrap.wrap(
            text,
            self.style.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )


def _summary(report: Report, page: _Page) -> Iterator[str]:
    """Say what the host is, what its witnesses see, and which SDK release it has."""
    yield from _headline(report, page)
    yield from page.entry("Devices", _witnesses(report.devices))
    yield from page.entry("Driver", _driver(report))
    for number, summary in enumerate(report.sdk):
        place = f"{summary.scope}: " if len(report.sdk) > 1 else ""
        yield from page.entry("" if number else "SDK", place + _describe(summary, report))


def _headline(report: Report, page: _Page) -> Iterator[str]:
    """Name the host in one line."""
    host = report.host
    parts = (
        host.instance_type or host.family or "instance type not known",
        _devices(report.devices, page.style),
        host.os or "operating system not known",
        f"kernel {host.kernel}" if host.kernel else None,
        f"glibc {host.glibc}" if host.glibc and page.verbosity > 0 else None,
        "in a container" if host.in_container else None,
    )
    yield from page.entry("Host", ", ".join(part for part in parts if part))


def _devices(devices: DeviceSummary, style: Style) -> str | None:
    """Say how many of which chip there are, by the first witness that sees any."""
    if devices.chip is None:
        return None
    witnesses = (devices.pci, devices.driver, devices.nodes, devices.expected)
    count = next((number for number in witnesses if number), None)
    return f"{count} {style.times} {devices.chip}" if count else devices.chip


def _witnesses(devices: DeviceSummary) -> str:
    """Say how many devices each witness sees, in short where they agree."""
    counts = {
        "expected": devices.expected,
        "on PCI": devices.pci,
        "in the driver": devices.driver,
        "in /dev": devices.nodes,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    unknown = [name for name, count in counts.items() if count is None]
    if len(set(known.values())) == 1:
        said = [f"{next(iter(known.values()))} {_join(list(known))}"]
    else:
        said = [f"{count} {name}" for name, count in known.items()]
    return ", ".join([*said, *([f"not known {_join(unknown)}"] if unknown else [])])


def _join(words: Sequence[str]) -> str:
    """Join *words* as a sentence does."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _driver(report: Report) -> str:
    """Name the loaded driver and the SDK releases that it belongs to."""
    version = report.devices.driver_version
    if version is None:
        return "no loaded driver seen"
    row = next((r for r in report.components if r.component_class == "driver" and r.version == version), None)
    return f"{version} loaded, {_releases(row)}" if row else f"{version} loaded"


def _describe(summary: SdkSummary, report: Report) -> str:
    """Say in words how the components of one scope match the catalog."""
    span = _span(summary.releases)
    match summary.match:
        case "exact":
            return f"SDK {span}"
        case "range":
            return f"SDK {span} (carried over: the same components in each)"
        case "adjacent":
            return f"SDK {_join(summary.releases)} (neighbours, as after a partial update)"
        case "mixed":
            odd = (f"{one.package} {one.version} of SDK {_span(one.releases)}" for one in summary.odd_ones_out)
            return f"mixed: SDK {span}, and {'; '.join(odd)}"
        case "newer-than-catalog":
            return f"newer than the catalog, which ends with SDK {report.catalog_release}"
        case _:
            return "not known"


def _span(releases: Sequence[str]) -> str:
    """Print releases as their ends."""
    if not releases:
        return "not known"
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def _releases(row: ComponentRow) -> str:
    """Say which SDK releases list a component."""
    if row.releases:
        return f"SDK {_span(row.releases)}"
    return {"newer-than-catalog": "newer than the catalog", "unlisted": "in no SDK release"}.get(
        row.membership, "not known"
    )


def _tables(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Yield a table of components for each scope, with the same columns."""
    merged: dict[tuple[str, str, str], list[ComponentRow]] = {}
    for row in report.components:
        merged.setdefault((row.scope, row.name, row.version), []).append(row)
    names = [(scope, name) for scope, name, _ in merged]
    lines = [
        (scope, (name, version, _releases(rows[0]), _standing(rows, page, sourced=names.count((scope, name)) > 1)))
        for (scope, name, version), rows in merged.items()
    ]
    widths = [max(len(cells[column]) for _, cells in lines) for column in range(3)] if lines else []
    for wanted in dict.fromkeys(scope for scope, _ in lines):
        yield _table(wanted, [cells for scope, cells in lines if scope == wanted], widths, page)


def _table(scope: str, lines: Iterable[Sequence[str]], widths: Sequence[int], page: _Page) -> Iterator[str]:
    """Yield the heading and a line for each component; what has no room stands below it."""
    yield page.style.paint(f"Installed, {scope}", "strong")
    for *columns, standing in lines:
        row = "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(columns, widths, strict=True))
        if len(row) + 2 + len(standing) <= page.style.width:
            yield f"{row}  {standing}".rstrip()
        else:
            yield row.rstrip()
            yield from page.wrap(standing, indent=6)


def _standing(rows: Sequence[ComponentRow], page: _Page, *, sourced: bool) -> str:
    """Say how far behind a component is, and where it was seen when that matters."""
    row = rows[0]
    behind = row.releases_behind
    parts = [f"{behind} release{'s' if behind > 1 else ''} behind"] if behind else []
    if row.superseded_by:
        parts.append(f"newest {row.superseded_by}")
    elif row.releases:
        parts.append("no newer version" if behind else "newest")
    if sourced or page.verbosity > 0:
        parts.append(f"seen in {_join([row.source for row in rows])}")
    return ", ".join(parts)


def _finding(finding: Finding, page: _Page) -> Iterator[str]:
    """Say what was found, why it matters and what to do."""
    word = finding.severity.word
    place = "" if finding.scope == "host" else f"{finding.scope}: "
    yield from page.entry(word.upper(), place + finding.title, role=word, text_role="strong")
    yield from _told(page, "Found", finding.observed)
    yield from _told(page, "Expected", finding.expected)
    yield from _told(page, "Why", finding.why)
    for consequence in finding.consequences:
        yield from _told(page, "Explains", consequence)
    yield from _remedy(finding, page)
    yield from _sources(finding, page)


def _told(page: _Page, label: str, text: str) -> list[str]:
    """Return *text* after *label*, below a finding's title."""
    return page.wrap(f"{label}: {text}", indent=_LABEL, hang=2) if text else []


def _remedy(finding: Finding, page: _Page) -> Iterator[str]:
    """Say what to do; commands stand alone and unbroken, to be copied."""
    yield from _told(page, "Do", finding.remedy.summary)
    for command in finding.remedy.commands:
        yield f"{' ' * (_LABEL + 4)}{page.style.paint(command, 'strong')}"
    if finding.remedy.reboot:
        yield f"{' ' * (_LABEL + 2)}Then reboot."


def _sources(finding: Finding, page: _Page) -> Iterator[str]:
    """Say where it is written; with -v also what was seen where, and on which record of the catalog it rests."""
    rule = finding.rule
    if page.verbosity > 0:
        for excerpt in finding.evidence:
            yield from _told(page, "Seen", f"{excerpt.text} in {excerpt.source}")
        if rule:
            yield from _told(page, "Rule", f"{rule.id}, {rule.confidence}, read {rule.retrieved}: {rule.source}")
    ids = f"[{finding.id}, {rule.id}]" if rule else f"[{finding.id}]"
    yield from _told(page, "Source", f"{finding.docs} {ids}" if finding.docs else ids)


def _gaps(report: Report, page: _Page) -> Iterator[str]:
    """Say what could not be looked at."""
    for missing in report.missing:
        yield from page.entry("Missing", f"{missing} (needed for a verdict)")
    yield from _unread(report, page)


def _unread(report: Report, page: _Page) -> Iterator[str]:
    """Say which collectors failed and which checks could not run; with -v why."""
    for failure in report.failures:
        yield from page.entry("Unread", f"{failure.collector}: {failure.reason}")
    if page.verbosity > 0:
        for skip in report.skipped:
            yield from page.entry("Skipped", f"{skip.check}: {skip.reason}")
    elif report.skipped:
        yield from page.entry("Skipped", ", ".join(skip.check for skip in report.skipped) + " (-v says why)")


def _verdict(report: Report, page: _Page) -> Iterator[str]:
    """End with the verdict and the next thing to do."""
    counts = _counts(report.findings)
    verdict = _VERDICTS[report.verdict] + (f" Findings: {counts}." if counts else "")
    yield from page.entry("Verdict", verdict, text_role=report.verdict)
    if page.verbosity >= 0:
        yield from page.entry("Judged", _judged(report))
    yield from page.entry("Next", _next(report))


def _counts(findings: Sequence[Finding]) -> str:
    """Count the findings of each severity, worst first."""
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in reversed(Severity)}
    return ", ".join(f"{count} {severity.word}" for severity, count in counts.items() if count)


def _judged(report: Report) -> str:
    """Say by what the host was judged."""
    date = f" of {report.catalog_date.isoformat()}" if report.catalog_date else ""
    known = f"by the catalog up to SDK {report.catalog_release}{date}"
    return f"as of {report.as_of.isoformat()}, {known}; exit code {report.exit_code}"


def _next(report: Report) -> str:
    """Name the next best action: the first remedy that is due, else what is missing for a verdict."""
    due = next((finding for finding in report.findings if finding.severity > Severity.INFO), None)
    if due is not None:
        return due.remedy.summary
    if report.missing:
        names = _join([missing.partition(":")[0] for missing in report.missing])
        return f"Make known what a verdict needs: {names}."
    return "Nothing to do."
