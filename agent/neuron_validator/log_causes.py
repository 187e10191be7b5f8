"""
From the known lines of a log to what caused them.

A failure is told several times over: the runtime says what is wrong, then the framework gives the runtime's return
code, and each worker says all of it again. What has one cause is one `Cause`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from neuron_collectors.facts.frozen import dataclass

from .findings import Severity
from .log_patterns import LogPattern, Recognised

_FIRM = ("documented", "maintainer-confirmed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """What several known lines have as their cause."""

    lines: tuple[Recognised, ...]
    """One line of each pattern, the one that says most about the cause first; of its pattern the last in the log."""
    count: int
    """How many lines there are of all these patterns."""

    @property
    def leader(self) -> Recognised:
        """The line that says most."""
        return self.lines[0]

    @property
    def severity(self) -> Severity:
        """How severe the worst of the lines is."""
        return max(severity_of(line.pattern) for line in self.lines)

    @property
    def groups(self) -> Mapping[str, str]:
        """What all the lines' groups hold together; the leader's count."""
        together: dict[str, str] = {}
        for line in self.lines:
            together = {**line.groups, **together}
        return together


def find_causes(lines: Iterable[Recognised]) -> tuple[Cause, ...]:
    """Gather known *lines* by cause, the worst cause first; lines that only inform have none."""
    last: dict[str, Recognised] = {}
    count: dict[str, int] = {}
    for line in lines:
        if line.pattern.kind != "note":
            last[line.pattern.id] = line
            count[line.pattern.id] = count.get(line.pattern.id, 0) + 1
    gathered: list[list[Recognised]] = []
    for line in sorted(last.values(), key=_says_less):
        group = next((group for group in gathered if _is_same(group[0].pattern, line)), None)
        if group is None:
            gathered.append([line])
        else:
            group.append(line)
    return tuple(Cause(lines=tuple(group), count=sum(count[line.pattern.id] for line in group)) for group in gathered)


def severity_of(pattern: LogPattern) -> Severity:
    """Return how severe a line is: what is only reported or inferred is at most a warning."""
    return pattern.severity if pattern.confidence in _FIRM else min(pattern.severity, Severity.WARNING)


def _says_less(line: Recognised) -> tuple[bool, int, bool, int]:
    """Order lines: those that name a cause before those with nothing but a return code, then by severity and place."""
    return _is_code(line), -severity_of(line.pattern), line.pattern.general, line.number


def _is_code(line: Recognised) -> bool:
    """Tell whether a line says little more than the runtime's return code."""
    return "status" in line.groups or "status_name" in line.groups


def _is_same(leader: LogPattern, line: Recognised) -> bool:
    """Tell whether *line* goes back to the cause that *leader* names."""
    pattern, status = line.pattern, line.status
    if _is_code(line) and (
        (status is not None and status.number == leader.status) or pattern.category == leader.category
    ):
        return True
    if pattern.category != leader.category:
        return False
    shared = set(pattern.components) & set(leader.components)
    return bool(shared) or not (pattern.components and leader.components)
