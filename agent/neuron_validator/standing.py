"""What a life-cycle has come to on a day: phase, what follows, and how well it was announced."""

from __future__ import annotations

import datetime as dt

from neuron_collectors.facts.frozen import dataclass

from .catalog.events import Event, Phase, Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A phase that is announced and has not begun."""

    phase: Phase
    date: dt.date | None
    """The day, where it is known; it is never derived from a release that is not out."""
    release: str | None
    """The SDK release, in the vendor's words, e.g. ``2.34``."""
    after: str | None
    """The last SDK release before it, where the vendor names that one."""
    condition: str | None
    announced: dt.date | None
    record: Event

    @property
    def when(self) -> str:
        """When it will be, in words: ``2027-03-01``, ``SDK 2.34``, ``the release after SDK 2.26.0``."""
        if self.date is not None:
            return self.date.isoformat()
        if self.release is not None:
            return f"SDK {self.release}"
        return f"the release after SDK {self.after}" if self.after else self.condition or "a date not named"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """How long before it began a phase was announced."""

    phase: Phase
    announced: dt.date
    """The first announcement, whether or not it was held to."""
    binding: dt.date | None
    """The first announcement of the release with which it began."""
    begins: dt.date
    days: int
    kept: bool | None
    """Whether the policy's month was kept; `None` where the policy of that day asked for none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """The phase of the same line for another instance family or workload."""

    families: tuple[str, ...]
    workload: str | None
    phase: Phase
    since: dt.date | None
    record: Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a subject stands on a day."""

    subject: Subject
    phase: Phase
    since: dt.date | None = None
    since_release: str | None = None
    next: Change | None = None
    """What is announced next."""
    end_of_support: dt.date | None = None
    """Since when, or from when on; `None` where no day is known."""
    end_of_support_release: str | None = None
    """The SDK release that an end without a day is announced for, e.g. ``2.34``."""
    ending: Change | None = None
    """The end of support that is announced."""
    notice: Notice | None = None
    """Of the phase if it is maintenance or end of support, else of what is announced."""
    candidates: tuple[Phase, ...] = ()
    """The phases that the sources allow, where they disagree; empty where they agree."""
    contradicted: bool = False
    """Whether a source says another phase, or another date."""
    corrected: bool = False
    postponed: bool = False
    presumed: bool = False
    """Whether the phase rests on an announcement whose release is out, with no notice that it came about."""
    deprecated: Event | None = None
    renamed: Event | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    record: Event | None = None
    """The record that decides the phase."""
    records: tuple[Event, ...] = ()
    """Every record about the subject that was known, oldest first."""

    @property
    def certain(self) -> bool:
        """Whether the phase is stated by the vendor, with no source that allows another."""
        return self.record is not None and self.record.confidence == "documented" and not self.candidates

    @property
    def replacement(self) -> str | None:
        """What the vendor names in its place."""
        named = (event.replacement for event in (self.record, self.next and self.next.record) if event)
        return next(filter(None, named), None)
