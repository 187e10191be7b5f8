"""The report as one page for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from neuron_collectors.facts.frozen import dataclass

from ..findings import Finding, Severity
from ..report import ComponentRow, DeviceSummary, Report, SdkSummary
from .style import Style
from .text import map_text, to_ascii, to_line

_LABEL = 11
"""Columns of the words at the left edge: ``CRITICAL``, ``Devices`` …"""

_LONGEST_REASON = 120

_VERDICTS: Mapping[str, str] = {
    "pass": "no known fault or conflict.",
    "warn": "it may run, but something will go wrong or is no longer supported.",
    "fail": "something here cannot work as it is.",
    "unknown": "too little is known for a verdict.",
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
    return "; ".join(filter(None, (", ".join(said), f"not known: {', '.join(unknown)}" if unknown else "")))


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
            return f"SDK {span} (carried over)"
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
    return {"newer-than-catalog": "newer than known", "unlisted": "not listed"}.get(row.membership, "not known")


def _tables(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Yield a table of components for each scope."""
    scopes: dict[str, dict[tuple[str, str], list[ComponentRow]]] = {}
    for row in report.components:
        scopes.setdefault(row.scope, {}).setdefault((row.name, row.version), []).append(row)
    for scope, versions in scopes.items():
        yield _table(scope, list(versions.values()), page)


def _table(scope: str, components: Sequence[Sequence[ComponentRow]], page: _Page) -> Iterator[str]:
    """Yield a heading and a line for each component, with where it was seen when that matters."""
    yield page.style.paint(f"Installed, {scope}", "strong")
    names = [rows[0].name for rows in components]
    for rows, line in zip(components, _lines([rows[0] for rows in components], page.style.width), strict=True):
        yield line
        if page.verbosity > 0 or names.count(rows[0].name) > 1:
            for row in rows:
                yield from page.wrap(f"seen in {row.source}", indent=6)


def _lines(rows: Sequence[ComponentRow], width: int) -> list[str]:
    """
    Return one line for each component, in columns.

    How far behind it is stands there only where all lines have room for it. A newer version that has none goes below.
    """
    columns = [(row.name, row.version, _releases(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    left = ["".join(f"  {cell:{width}}" for cell, width in zip(cells, widths, strict=True)) for cells in columns]
    full = [f"{start}  {_newest(row)}{_behind(row)}".rstrip() for start, row in zip(left, rows, strict=True)]
    if max(map(len, full)) <= width:
        return full
    return [_fit(start, row, width) for start, row in zip(left, rows, strict=True)]


def _fit(start: str, row: ComponentRow, width: int) -> str:
    """Add the newest version to the line, or below it."""
    newest = _newest(row)
    if len(start) + 2 + len(newest) <= width:
        return f"{start}  {newest}".rstrip()
    return f"{start.rstrip()}\n      {newest}" if row.superseded_by else start.rstrip()


def _newest(row: ComponentRow) -> str:
    """Say which version is the newest of a component's line."""
    if row.superseded_by:
        return f"newest {row.superseded_by}"
    if not row.releases:
        return ""
    return "no newer version" if row.releases_behind else "newest"


def _behind(row: ComponentRow) -> str:
    """Say how far behind a component is that could be newer."""
    behind = row.releases_behind if row.superseded_by else None
    return f", {behind} release{'s' if behind > 1 else ''} behind" if behind else ""


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
    """Name check, rule and document; with -v also what was seen where, and on what record of the catalog it rests."""
    rule = finding.rule
    if page.verbosity > 0:
        for excerpt in finding.evidence:
            yield from _told(page, "Seen", f"{excerpt.text} in {excerpt.source}")
        if rule:
            yield from _told(page, "Rule", f"{rule.id}, {rule.confidence}, read {rule.retrieved}: {rule.source}")
    yield from _told(page, "Check", f"{finding.id}, rule {rule.id}" if rule else finding.id)
    if finding.docs:
        yield f"{' ' * (_LABEL + 2)}{finding.docs}"


def _gaps(report: Report, page: _Page) -> Iterator[str]:
    """Say what a verdict would need, and what could not be looked at."""
    for missing in report.missing:
        name, why = _reason(missing, report)
        yield from page.entry("Missing", f"{name}, needed for a verdict{why}")
    yield from _unread(report, page)


def _unread(report: Report, page: _Page) -> Iterator[str]:
    """Say which collectors failed and which checks could not run; with -v why."""
    for failure in report.failures:
        reason = failure.reason if page.verbosity > 0 else _shorten(failure.reason)
        yield from page.entry("Unread", f"{failure.collector}: {reason}")
    if page.verbosity > 0:
        for reason in dict.fromkeys(skip.reason for skip in report.skipped):
            checks = ", ".join(skip.check for skip in report.skipped if skip.reason == reason)
            name, why = _reason(reason, report)
            yield from page.entry("Skipped", f"{checks}: {name} not known{why}")
    elif report.skipped:
        yield from page.entry("Skipped", ", ".join(skip.check for skip in report.skipped) + " (-v says why)")


def _reason(text: str, report: Report) -> tuple[str, str]:
    """Split ``driver: permission`` into what it is about and why; a failed collector's reason stands elsewhere."""
    name, _, why = text.partition(": ")
    told = any(why == failure.reason for failure in report.failures)
    return name, f": {why}" if why and not told else ""


def _shorten(text: str) -> str:
    """Cut *text*: what a damaged file holds tells little."""
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _verdict(report: Report, page: _Page) -> Iterator[str]:
    """End with the verdict and the next thing to do."""
    counts = _counts(report.findings)
    word = report.verdict.upper() + (f" ({counts})" if counts else "")
    yield from page.entry("Verdict", f"{word}: {_VERDICTS[report.verdict]}", text_role=report.verdict)
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
    return "Nothing has to be done; what is above is good to know." if report.findings else "Nothing to do."
