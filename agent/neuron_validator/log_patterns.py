r"""
Known lines of logs, and what the runtime's return codes mean.

A pattern is a record of ``data/log_patterns.jsonl``:

.. code-block:: json

    {"id": "LOG-EX-006", "regex": "Inference completed with err: (?P<status>\\d+)",
     "literals": ["Inference completed with err: "], "origin": "runtime", "category": "runtime", "kind": "unhealthy",
     "severity": "warning", "components": ["aws-neuronx-runtime-lib"], "cause": "...", "remedy": "...",
     "confidence": "documented", "source": "...", "retrieved": "2026-11-21"}

Logs are long and nearly all of their lines say nothing here. So the text that a pattern cannot do without is looked for
first, in many lines at once, and an expression is compiled when a line has it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from itertools import accumulate, islice
from types import MappingProxyType
from typing import Any, cast

from neuron_collectors.facts.frozen import dataclass

from .catalog.files import parse_records, read_table
from .findings import Category, Kind, RuleReference, Severity

ORIGINS = ("kernel", "runtime", "compiler", "framework", "packaging")
"""Who writes the line. The runtime includes its collectives; packaging is dpkg, rpm, DKMS, pip and Kubernetes."""

GROUPS: Mapping[str, str] = {
    "device": "index of a device, as in /dev/neuron3",
    "core": "index of a core on its device, or in the process",
    "engine": "number or name of a DMA or compute engine",
    "pid": "process id on the host",
    "process": "name of a process",
    "status": "return code of the runtime",
    "status_name": "return code of the runtime, by name",
    "driver_version": "version of the loaded driver",
    "needed_driver": "oldest driver version that the runtime accepts",
    "runtime_version": "version of the runtime",
    "collectives_version": "version of the collectives",
    "compiler_version": "version of the compiler that is installed",
    "compiled_with": "version of the compiler that made a model",
    "compat_id": "compatibility id of the runtime",
    "compat_min": "smallest compatibility id that the driver accepts",
    "compat_max": "largest compatibility id that the driver accepts",
    "neff_version": "version of a model's file format",
    "supported_neff": "newest version of the format that the runtime reads",
    "needed_features": "bit mask of the features that a model needs",
    "supported_features": "bit mask of the features that the runtime has",
    "kernel": "version of a kernel",
    "package": "name of a package",
    "library": "file name of a shared library",
    "path": "path of a file",
    "pci_address": "bus, slot and function of a PCI function, without domain",
    "requested": "number or range of cores asked for",
    "available": "number of cores that are free",
    "needed_bytes": "bytes asked for",
    "available_bytes": "bytes that are free",
    "timeout_ms": "milliseconds after which an operation was given up",
}
"""The groups of the expressions that can be compared with facts, and what they hold. Others only inform."""

_LINES_AT_ONCE = 8192
# Letters and underscores stay, anything else becomes a space.
_TO_WORDS = bytes(byte if re.match("[A-Za-z_]", chr(byte)) else 32 for byte in range(256))
_WORD = re.compile("[A-Za-z_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPattern:
    """One kind of line, what it means and what to do."""

    id: str
    """E.g. ``LOG-NEFF-002``."""
    regex: str
    """Searched in a line; its groups hold what can be compared with facts (`GROUPS`)."""
    literals: tuple[str, ...]
    """Every line that matches contains one of these."""
    origin: str
    """One of `ORIGINS`."""
    category: Category
    kind: Kind
    severity: Severity
    """How much the line matters where nothing more is known."""
    components: tuple[str, ...]
    """Names of the packages concerned, the vendor's where it has one; empty when it is the hardware."""
    cause: str
    remedy: str
    status: int | None = None
    """Return code of the runtime that goes with it, where the line does not say it."""
    general: bool = False
    """Whether it only counts for lines that no other pattern recognises."""
    notes: str | None = None
    confidence: str
    """``documented``: by the vendor, or by the program whose message it is; see `catalog.rule` for the others."""
    source: str
    retrieved: str

    @property
    def reference(self) -> RuleReference:
        """What a finding cites."""
        return RuleReference(id=self.id, source=self.source, retrieved=self.retrieved, confidence=self.confidence)


@dataclass(frozen=True, kw_only=True, slots=True)
class NrtStatus:
    """One return code of the runtime's interface (``NRT_STATUS``)."""

    number: int
    """E.g. ``1006``."""
    name: str
    """E.g. ``NRT_EXEC_OOB``."""
    former_names: tuple[str, ...] = ()
    meaning: str
    cause: str
    remedy: str
    category: Category
    kind: Kind
    severity: Severity
    notes: str | None = None
    confidence: str
    source: str
    retrieved: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A line of a log that is known."""

    number: int
    """Which line of the log, from 1."""
    line: str
    pattern: LogPattern
    groups: Mapping[str, str] = field(default_factory=dict)
    """What the expression's groups hold, of those that took part."""

    @property
    def status(self) -> NrtStatus | None:
        """The runtime's return code that goes with the line, where it is a known one."""
        number, name = self.groups.get("status"), self.groups.get("status_name")
        if number is None and name is None:
            return None if self.pattern.status is None else find_nrt_status(str(self.pattern.status))
        return find_nrt_status(name or number or "")


class LogReader:
    """Recognises lines by a set of patterns; compiles what it needs when it first needs it."""

    def __init__(self, patterns: Sequence[LogPattern]) -> None:
        self._patterns = tuple(patterns)
        self._compiled: dict[str, re.Pattern[str]] = {}
        # The longest word of each literal: where no word of the log contains it, the literal is not there either.
        self._literals = tuple(
            (max(_WORD.findall(literal) or [""], key=len).encode(), literal, place)
            for place, pattern in enumerate(self._patterns)
            for literal in pattern.literals
        )

    def recognise(self, lines: Iterable[str]) -> Iterator[Recognised]:
        """Yield the known lines in their order; one that says two things once for each, by the patterns' order."""
        remaining, before = iter(lines), 0
        while batch := list(islice(remaining, _LINES_AT_ONCE)):
            for index, places in sorted(self._candidates(batch).items()):
                yield from self._matches(batch[index], before + index + 1, sorted(places))
            before += len(batch)

    def _candidates(self, batch: Sequence[str]) -> Mapping[int, set[int]]:
        """Return which patterns to try on which lines, by index: those whose literals they contain."""
        text = "\n".join(batch)
        words = b" ".join(set(text.encode("utf-8", "replace").translate(_TO_WORDS).split()))
        present = [(literal, place) for word, literal, place in self._literals if word in words and literal in text]
        starts = [0, *accumulate(len(line) + 1 for line in batch)]
        found: dict[int, set[int]] = {}
        for literal, place in present:
            position = text.find(literal)
            while position >= 0:
                index = bisect_right(starts, position) - 1
                found.setdefault(index, set()).add(place)
                position = text.find(literal, starts[index + 1])
        return found

    def _matches(self, line: str, number: int, places: Sequence[int]) -> Iterator[Recognised]:
        """Yield what *line* is by the patterns at *places*; a general one only if it is nothing else."""
        hits = [(self._patterns[place], self._search(self._patterns[place], line)) for place in places]
        known = [(pattern, groups) for pattern, groups in hits if groups is not None]
        special = [hit for hit in known if not hit[0].general]
        for pattern, groups in special or known[:1]:
            yield Recognised(number=number, line=line, pattern=pattern, groups=groups)

    def _search(self, pattern: LogPattern, line: str) -> Mapping[str, str] | None:
        """Return the groups of *pattern* in *line*; `None` when it is not there."""
        compiled = self._compiled.get(pattern.id)
        if compiled is None:
            compiled = self._compiled[pattern.id] = re.compile(pattern.regex)
        match = compiled.search(line)
        if match is None:
            return None
        return MappingProxyType({name: text for name, text in match.groupdict().items() if text is not None})


def recognise(lines: Iterable[str]) -> tuple[Recognised, ...]:
    """Return the known lines among *lines*, by the package's patterns."""
    return tuple(_package_reader().recognise(lines))


def find_nrt_status(text: str) -> NrtStatus | None:
    """Return the return code with that number or name, in any case of letters and with or without ``NRT_``."""
    wanted = text.strip().upper()
    for status in load_nrt_statuses():
        names = (status.name, *status.former_names)
        if wanted == str(status.number) or any(wanted in (name, name.removeprefix("NRT_")) for name in names):
            return status
    return None


@cache
def load_log_patterns() -> tuple[LogPattern, ...]:
    """Read the package's patterns, by id."""
    return tuple(map(parse_log_pattern, parse_records(read_table("log_patterns.jsonl"))))


@cache
def load_nrt_statuses() -> tuple[NrtStatus, ...]:
    """Read the runtime's return codes, by number."""
    return tuple(map(parse_nrt_status, parse_records(read_table("nrt_statuses.jsonl"))))


@cache
def _package_reader() -> LogReader:
    return LogReader(load_log_patterns())


def parse_log_pattern(record: Mapping[str, Any]) -> LogPattern:
    """Build a pattern from its record."""
    return LogPattern(
        id=record["id"],
        regex=record["regex"],
        literals=tuple(record["literals"]),
        origin=record["origin"],
        category=cast("Category", record["category"]),
        kind=cast("Kind", record["kind"]),
        severity=Severity[record["severity"].upper()],
        components=tuple(record["components"]),
        cause=record["cause"],
        remedy=record["remedy"],
        status=record.get("status"),
        general=record.get("general", False),
        notes=record.get("notes"),
        confidence=record["confidence"],
        source=record["source"],
        retrieved=record["retrieved"],
    )


def parse_nrt_status(record: Mapping[str, Any]) -> NrtStatus:
    """Build a return code from its record."""
    return NrtStatus(
        number=record["number"],
        name=record["name"],
        former_names=tuple(record.get("former_names", ())),
        meaning=record["meaning"],
        cause=record["cause"],
        remedy=record["remedy"],
        category=cast("Category", record["category"]),
        kind=cast("Kind", record["kind"]),
        severity=Severity[record["severity"].upper()],
        notes=record.get("notes"),
        confidence=record["confidence"],
        source=record["source"],
        retrieved=record["retrieved"],
    )
