"""What a check has to say."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, get_args

from neuron_collectors.facts.frozen import dataclass

if TYPE_CHECKING:
    from .evidence import Evidence

Category = Literal[
    "driver",
    "runtime",
    "collectives",
    "compiler",
    "neff",
    "framework",
    "python",
    "os",
    "device",
    "packages",
    "environment",
    "process",
    "health",
    "resources",
    "lifecycle",
    "catalog",
]
Kind = Literal["incompatible", "unsupported", "untested", "missing", "misconfigured", "unhealthy", "ageing", "note"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
KINDS: tuple[Kind, ...] = get_args(Kind)

MAX_COMPONENTS = 4
"""A finding that is about more components than this is about none of them."""


class Severity(enum.IntEnum):
    """How much a finding matters, worst last."""

    INFO = 10
    """Worth knowing; nothing to do now."""
    WARNING = 20
    """Something will go wrong, or support has ended."""
    CRITICAL = 30
    """It cannot start, load or compute right, by a documented or maintainer-confirmed rule."""

    @property
    def word(self) -> str:
        """The name in reports, e.g. ``critical``."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """The action that ends a finding."""

    summary: str
    commands: tuple[str, ...] = ()
    """Shell commands to paste, for this host's operating system, in order."""
    reboot: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """What was seen, and where."""

    source: str
    """Path or command, e.g. ``/sys/module/neuron/version``."""
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReference:
    """The catalog record that a finding rests on."""

    id: str
    source: str
    """Document and anchor."""
    retrieved: str
    """Day on which the document was read, ``YYYY-MM-DD``."""
    confidence: str
    """``documented``, ``maintainer-confirmed``, ``user-report`` or ``inferred``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Why somebody decided to live with a finding for a while, which does not count then."""

    reason: str
    until: dt.date
    """Last day on which it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that a check has to say."""

    id: str
    """The check's id: permanent and public."""
    severity: Severity
    category: Category
    kind: Kind
    components: tuple[str, ...] = ()
    """The vendor's canonical names, at most `MAX_COMPONENTS`."""
    scope: str = "host"
    title: str
    observed: str
    expected: str
    why: str
    remedy: Remedy
    evidence: tuple[Excerpt, ...] = ()
    rule: RuleReference | None = None
    docs: str = ""
    consequences: tuple[str, ...] = ()
    """Titles of what else was seen and ends with the same remedy."""
    silence: Silence | None = None
    """Why it does not count; `None` when it does."""
    expired_silence: Silence | None = None
    """The silence after whose last day it counts again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One named rule of the compatibility engine."""

    id: str
    category: Category
    title: str
    """What it looks at, in one line."""
    severity: Severity
    """The worst that it can say."""
    needs: tuple[str, ...] = ()
    """What must be known for it to run: names of `evidence.NEEDS`."""
    run: Callable[[Evidence], Iterable[Finding]]
    docs: str = ""
    consequences: tuple[str, ...] = ()
    """Checks whose findings are explained by a finding of this one."""
    witness: bool = False
    """Whether a finding of another check, about the same matter, explains its findings."""
    baseline: bool = False
    """Whether it compares with a known-good host: it runs only where one is given."""
