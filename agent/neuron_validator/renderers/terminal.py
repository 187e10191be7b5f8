"""The report as one page for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from neuron_collectors.facts.frozen import dataclass

from ..findings import Finding, Severity, Silence
from ..fingerprint import fingerprint
from ..report import ComponentRow, Report
from ..silences import counted
from .component_table import table
from .style import Style
from .text import map_text, to_ascii, to_line
from .words import (
    say_counts,
    say_devices,
    say_driver,
    say_judged,
    say_next,
    say_sdk,
    say_sdk_briefly,
    say_verdict,
    say_witnesses,
)

_LABEL = 11
"""Columns of the words at the left edge: ``CRITICAL``, ``Devices`` …"""

_LONGEST_REASON = 120


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
    yield from _findings(report, page)
    if page.verbosity >= 0:
        yield _gaps(report, page)
    yield _verdict(report, page)


def _nothing(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Say that there is nothing to judge, and what was looked at."""
    yield ["No Neuron device or software found on this host."]
    if page.verbosity >= 0:
        yield [*_system(report, page), *page.entry("Looked at", ", ".join(report.looked_at)), *_unread(report, page)]
        yield page.entry("Judged", say_judged(report))


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

    def line(self, label: str, text: str) -> str:
        """Return *text* beside *label*, unbroken: it is to be copied."""
        return f"{self.style.paint(label, 'faint')}{' ' * (_LABEL - len(label))}{text}"

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
    yield from _system(report, page)
    yield from page.entry("Devices", say_witnesses(report.devices))
    yield from page.entry("Driver", say_driver(report))
    for number, summary in enumerate(report.sdk):
        place = f"{summary.scope}: " if len(report.sdk) > 1 else ""
        yield from page.entry("" if number else "SDK", place + say_sdk(summary, report))


def _headline(report: Report, page: _Page) -> Iterator[str]:
    """Name the host, its SDK release and the catalog in one line."""
    host = report.host
    summary = report.sdk[0] if report.sdk else None
    parts = (
        host.instance_type or host.family or "instance type not known",
        say_devices(report.devices, times=page.style.times),
        say_sdk_briefly(summary) if summary else None,
        f"catalog of {report.catalog_date}" if report.catalog_date else None,
    )
    yield from page.entry("Host", ", ".join(part for part in parts if part), text_role="strong")


def _system(report: Report, page: _Page) -> Iterator[str]:
    """Name the operating system that everything runs on."""
    host = report.host
    parts = (
        host.os or "operating system not known",
        f"kernel {host.kernel}" if host.kernel else None,
        f"glibc {host.glibc}" if host.glibc and page.verbosity > 0 else None,
        "in a container" if host.in_container else None,
    )
    yield from page.entry("System", ", ".join(part for part in parts if part))


def _tables(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Yield a table of components for each scope."""
    scopes: dict[str, dict[tuple[str, str], list[ComponentRow]]] = {}
    for row in report.installed:
        scopes.setdefault(row.scope, {}).setdefault((row.name, row.version), []).append(row)
    for scope, versions in scopes.items():
        yield _table(scope, list(versions.values()), page)


def _table(scope: str, components: Sequence[Sequence[ComponentRow]], page: _Page) -> Iterator[str]:
    """Yield the titles and a text for each component, with where it was seen when that matters."""
    titles, texts = table(scope, [rows[0] for rows in components], page.style.width)
    yield page.style.paint(titles, "strong")
    names = [rows[0].name for rows in components]
    for rows, text in zip(components, texts, strict=True):
        yield text
        if page.verbosity > 0 or names.count(rows[0].name) > 1:
            for row in rows:
                yield from page.wrap(f"seen in {row.source}", indent=6)


def _findings(report: Report, page: _Page) -> Iterator[Iterable[str]]:
    """Yield each finding; what is only good to know in short and together, unless more is wanted."""
    short = [f for f in counted(report.findings) if f.severity is Severity.INFO and page.verbosity <= 0]
    for finding in counted(report.findings):
        if finding not in short:
            yield _finding(finding, page)
    yield [line for finding in short for line in _in_short(finding, page)]
    for finding in report.findings:
        if finding.silence is not None:
            yield _silenced(finding, finding.silence, page)


def _in_short(finding: Finding, page: _Page) -> Iterator[str]:
    """Say what was found and what to do."""
    yield from _title(finding, page)
    yield from _ended(finding, page)
    first = f"{finding.why.partition('. ')[0].rstrip('.')}. " if finding.kind == "note" else ""
    yield from page.wrap(f"{first}{finding.remedy.summary} [{finding.id}]", indent=_LABEL)


def _title(finding: Finding, page: _Page) -> Iterator[str]:
    word = finding.severity.word
    place = "" if finding.scope == "host" else f"{finding.scope}: "
    yield from page.entry(word.upper(), place + finding.title, role=word, text_role="strong")


def _finding(finding: Finding, page: _Page) -> Iterator[str]:
    """Say what was found, why it matters and what to do."""
    yield from _title(finding, page)
    yield from _told(page, "Found", finding.observed)
    yield from _told(page, "Expected", finding.expected)
    yield from _told(page, "Why", finding.why)
    yield from _ended(finding, page)
    for consequence in finding.consequences:
        yield from _told(page, "Explains", consequence)
    yield from _remedy(finding, page)
    yield from _sources(finding, page)


def _ended(finding: Finding, page: _Page) -> list[str]:
    """Say that a silence has ended."""
    silence = finding.expired_silence
    return _told(page, "Silence", f"ended on {silence.until.isoformat()} ({silence.reason})") if silence else []


def _silenced(finding: Finding, silence: Silence, page: _Page) -> Iterator[str]:
    """Say what does not count, and why."""
    place = "" if finding.scope == "host" else f"{finding.scope}: "
    yield from page.entry("SILENCED", place + finding.title)
    yield from _told(page, "Found", finding.observed)
    yield from _told(page, "Silence", f"{finding.severity.word} until {silence.until.isoformat()} ({silence.reason})")
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
        count = len(report.skipped)
        checks = "1 check" if count == 1 else f"{count} checks"
        yield from page.entry("Skipped", f"{checks} whose facts are not known here (-v names them)")


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
    if page.verbosity >= 0:
        yield from page.entry("Judged", say_judged(report))
        yield page.line("Paste", fingerprint(report))
    counts = say_counts(report.findings)
    word = report.verdict.upper() + (f" ({counts})" if counts else "")
    yield from page.entry("Verdict", f"{word}: {say_verdict(report)}", text_role=report.verdict)
    yield from page.entry("Next", say_next(report), text_role="strong")
