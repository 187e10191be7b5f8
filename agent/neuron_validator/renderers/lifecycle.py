"""The life-cycle of things for a person: a table, or a page for each thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..catalog.events import Event
from ..catalog.labels import Label
from ..classification import promised_words
from ..overview import Overview, Row
from ..standing import Change, Elsewhere, Notice
from .style import Style
from .text import to_ascii, to_line

_KEPT = {
    True: "the policy's month was kept",
    False: "the policy asks for a month",
    None: "the policy of that day asked for none",
}
_SIX_MONTHS_KEPT = {True: "kept", False: "not kept", None: "not decided, or not the policy then"}
_BASIS = {"inherited": ", after what it belongs to", "omission": ", as nothing else is said"}
_CLASSES = {
    "sdk": "SDK",
    "standalone": "standalone components",
    "extension": "framework extensions",
    "library": "libraries",
    "tool": "tools",
    "model": "model classes",
    "feature": "features",
    "api": "APIs",
    "env": "environment variables",
    "flag": "compiler flags",
    "dlami": "machine images (DLAMI)",
    "dlc": "container images (DLC)",
    "os": "operating systems",
    "python": "Python",
    "dependency": "other dependencies",
    "instance-family": "instance families",
    "sample": "samples",
}
_WORDS = {"end-of-support": "end of support", "release-candidate": "release candidate"}


def render_table(overview: Overview, style: Style) -> str:
    """Return one line for each row, in columns: phase, since when, and what changes next."""
    groups: dict[str, list[Row]] = {}
    for row in overview.rows:
        for place in row.scopes if overview.by_scope else (_CLASSES.get(row.subject.kind, row.subject.kind),):
            groups.setdefault(place, []).append(row)
    blocks = [[_judged(overview)]]
    if not groups:
        blocks.append(["No component of Neuron is known here; --all lists what the catalog knows."])
    for place, rows in groups.items():
        blocks.append([style.paint(_clean(place, style), "strong"), *_lines(rows, overview, style)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _judged(overview: Overview) -> str:
    catalog = f"the catalog up to SDK {overview.catalog_release} of {overview.catalog_date}"
    return f"Life-cycle as of {overview.as_of}, by {catalog}"


def _clean(text: str, style: Style) -> str:
    return to_line(text) if style.unicode else to_ascii(text)


def _lines(rows: Sequence[Row], overview: Overview, style: Style) -> Iterator[str]:
    """Yield the lines of one table; what does not fit beside the columns goes below."""
    cells = [(_clean(row.name, style), _phase(row), _since(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    widths[0] = min(widths[0], style.width // 2)
    for row, columns in zip(rows, cells, strict=True):
        left = "  " + "  ".join(f"{cell:{width}}" for cell, width in zip(columns, widths, strict=True))
        coming = _clean(_coming(row, overview), style)
        role = _role(row, overview)
        if len(left) + 2 + len(coming) <= style.width:
            yield f"{left}  {style.paint(coming, role) if role else coming}".rstrip()
        else:
            yield left.rstrip()
            yield from _wrap(coming, style, indent=6, role=role)


def _wrap(text: str, style: Style, *, indent: int, hang: int = 0, role: str | None = None) -> Iterator[str]:
    """Yield *text* in lines of the page's width; words are never broken."""
    import textwrap  # noqa: PLC0415 - JSON and the calendar do not need it

    lines = textwrap.wrap(text, style.width - indent, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield " " * (indent + (hang if number else 0)) + (style.paint(line, role) if role else line)


def _role(row: Row, overview: Overview) -> str | None:
    """Return the colour: of a warning for what has ended or is about to."""
    ended = row.standing.end_of_support is not None and row.standing.end_of_support <= overview.as_of
    return "warning" if ended or row.is_soon(overview.as_of, overview.lookahead) else None


def _phase(row: Row) -> str:
    alpha = row.phase == "beta" and row.level.level == "alpha"
    return "alpha" if alpha else _worded(row.phase)


def _worded(phase: str) -> str:
    """Name a phase as people do."""
    return _WORDS.get(phase, phase)


def _since(row: Row) -> str:
    return f"since {row.standing.since}" if row.standing.since else ""


def _coming(row: Row, overview: Overview) -> str:
    """Say what changes next, what has taken its place, and what holds elsewhere."""
    said = [*_exempt(row), *_became(row), *_announced(row, overview)]
    if row.makers is not None and row.makers.standard is not None:
        said.append(_makers(row))
    said += [_elsewhere(other) for other in row.standing.elsewhere]
    soon = ["soon"] if row.is_soon(overview.as_of, overview.lookahead) else []
    return "; ".join([*soon, *said])


def _announced(row: Row, overview: Overview) -> list[str]:
    """Say what is announced."""
    said = [_change(row.standing.next)] if row.standing.next is not None else []
    if row.subject.kind == "sdk" and row.subject.version != overview.catalog_release:
        said.append(f"fixes come with SDK {overview.catalog_release} only")
    return said


def _exempt(row: Row) -> Iterator[str]:
    """Say which packages the phase leaves out."""
    record = row.standing.record
    if record is not None and record.exempt:
        yield f"not for {', '.join(record.exempt)}"


def _became(row: Row) -> Iterator[str]:
    """Say what has become of a setting."""
    usage = row.usage
    if usage is not None and usage.ageing is not None:
        since = f" with SDK {usage.since_release}" if usage.since_release else ""
        yield f"{usage.ageing}{since}" + (f", use {usage.replacement}" if usage.replacement else "")


def _change(change: Change) -> str:
    """Say what is announced: ``end of support on 2027-03-01``, ``maintenance with SDK 2.34``."""
    phase = _worded(change.phase)
    if change.date is not None:
        return f"{phase} on {change.date}"
    return f"{phase} with {change.when}" if change.release or change.after else f"{phase} announced: {change.when}"


def _makers(row: Row) -> str:
    makers = row.makers
    assert makers is not None  # noqa: S101 - asked for only where there are some
    more = makers.extended
    extended = f", {more.by} until {more.until}{'' if more.for_all else ' under contract'}" if more else ""
    return f"its makers' support until {makers.standard}{extended}"


def render_pages(overview: Overview, style: Style) -> str:
    """Return all that is known of each row."""
    pages = ["\n".join(_page(row, overview, style)) for row in overview.rows]
    return "\n\n".join([_judged(overview), *pages]) + "\n"


def _page(row: Row, overview: Overview, style: Style) -> Iterator[str]:
    """Yield the page of one thing."""
    yield style.paint(_clean(f"{row.name} ({row.subject.kind})", style), "strong")
    for label, text in _entries(row, overview):
        first, *rest = _wrap(_clean(text, style), style, indent=15)
        yield f"  {label:13}{first.lstrip()}"
        yield from rest
    if row.standing.records:
        yield "  What was said, by the day on which it could be read:"
        for event in row.standing.records:
            yield from _wrap(_clean(_said(event), style), style, indent=4, hang=12)


def _entries(row: Row, overview: Overview) -> Iterator[tuple[str, str]]:
    """Yield what there is to tell, with a label each."""
    yield from _course(row, overview)
    for notice in filter(None, (row.maintenance, row.standing.notice)):
        yield "Notice", _notice(notice)
    yield from _six_months(row)
    yield from _level(row)
    yield from _grounds(row)


def _course(row: Row, overview: Overview) -> Iterator[tuple[str, str]]:
    """Yield the phase, what holds beside it, and what comes next."""
    standing = row.standing
    since = f" since {standing.since}" if standing.since else ""
    release = f" (SDK {standing.since_release})" if standing.since_release else ""
    presumed = ", as announced; that it came about is not said" if standing.presumed and standing.since else ""
    yield "Phase", f"{_phase(row)}{since}{release}{presumed}"
    for other in standing.elsewhere:
        yield "", _elsewhere(other)
    if standing.candidates:
        yield "Open", f"sources allow {' and '.join(map(_worded, standing.candidates))}"
    for exempt in _exempt(row):
        yield "", exempt
    for became in _became(row):
        yield "Became", became
    if coming := _announced(row, overview):
        yield "Next", "; ".join(coming)
    if standing.next is not None and standing.next.announced is not None:
        month = f": with the policy's month not before {row.earliest}" if row.earliest else ""
        yield "", f"announced on {standing.next.announced}{month}"
    if row.makers is not None and row.makers.standard is not None:
        yield "Makers", _makers(row)
    if standing.replacement:
        yield "In its place", standing.replacement


def _grounds(row: Row) -> Iterator[tuple[str, str]]:
    """Yield how well the sources agree, and the record that decides."""
    standing = row.standing
    if marks := [word for word in ("contradicted", "corrected", "postponed") if getattr(standing, word)]:
        yield "Sources", ", ".join(marks)
    if standing.record is not None:
        yield "Record", f"{standing.record.id}, {standing.record.confidence}, read {standing.record.retrieved}"
        yield "", standing.record.source
        if standing.record.notes:
            yield "", standing.record.notes


def _elsewhere(other: Elsewhere) -> str:
    since = f" since {other.since}" if other.since else ""
    use = f", {other.workload}" if other.workload else ""
    return f"{_worded(other.phase)}{since} for {', '.join(other.families)}{use}"


def _notice(notice: Notice) -> str:
    kept = _KEPT[notice.kept]
    phase = _worded(notice.phase)
    days = f"{notice.days} day{'' if notice.days == 1 else 's'}"
    return f"{phase} of {notice.begins} announced on {notice.announced}, {days} before: {kept}"


def _six_months(row: Row) -> Iterator[tuple[str, str]]:
    rule = row.six_months
    if rule is None:
        return
    kept = _SIX_MONTHS_KEPT[rule.kept]
    ended = f", left on {rule.ended}" if rule.ended else ""
    text = f"{rule.successor} is stable since {rule.since}: regular updates due until {rule.until}{ended}; {kept}"
    yield "Six months", text


def _level(row: Row) -> Iterator[tuple[str, str]]:
    level = row.level
    if level.level is not None:
        basis = _BASIS.get(level.basis or "", "")
        production = "for production" if level.for_production else "not for production"
        yield "Level", f"{level.level}{basis}: {production}"
    elif level.word:
        yield "Level", f"none; called {level.word!r}"
    if row.promise is not None:
        words = "; ".join(promised_words(row.promise.words)) or f"the policy's table has no {level.level}"
        yield "Promise", f"{words} ({row.promise.source})"
        for other in row.promise.differs:
            yield "", f"the older document says of {other.says} ({other.source})"
    for label in row.labels:
        yield "Called", _label(label)
    for whole in row.part_of:
        if whole.phase not in {"stable", "unknown"}:
            since = f" since {whole.since}" if whole.since else ""
            yield "Part of", f"{whole.subject.name}: {_worded(whole.phase)}{since}"


def _label(label: Label) -> str:
    """Say what the vendor calls a thing, where, and whether it still does."""
    of = f" in {', '.join(label.subject.of)}" if label.subject.of else ""
    where = "".join(f" for {text}" for text in (", ".join(label.families), label.workload) if text)
    since = f" since SDK {label.effective.release}" if label.effective.release else ""
    gone = "" if label.current else ", not by the latest documentation"
    return f"{label.level or label.word}{of}{where}{since}{gone} ({label.source})"


def _said(event: Event) -> str:
    """Say one record in a line."""
    effective = event.effective
    when = [
        f"SDK {effective.release}" if effective.release else "",
        effective.date.isoformat() if effective.date else "",
        f"after SDK {effective.after}" if effective.after and not effective.release else "",
        effective.condition or "",
    ]
    gone = next((f" [see {one.by}]" for one in (event.superseded, event.closed) if one), "")
    where = f" for {', '.join(event.families)}" if event.families else ""
    line = f" {event.subject.version}" if event.subject.version else ""
    phase = f" {_worded(event.phase)}" if event.phase else ""
    at = ", ".join(filter(None, when))
    return f"{event.known_from}  {event.kind}{line}:{phase}{where}{f' ({at})' if at else ''}{gone} {event.source}"
