"""How each collector fared: what an operator watches, beside the facts themselves."""

from __future__ import annotations

from .facts.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectorRun:
    """The last run of one collector."""

    collector: str
    """Its name in `inventory.COLLECTORS`, e.g. ``device_health``."""
    success: bool
    """Whether it came back with a fact; what the fact says, even that it could not be read, does not matter."""
    duration_seconds: float
    """How long it took, e.g. 0.004; for one without an answer, how long it was waited for."""
    finished_at: float
    """When it came back or was given up, in seconds since the epoch, UTC."""
    stuck: bool = False
    """Whether it has not answered within its deadline, and has not come back since."""
