"""
Environment variables and compiler flags, as ``data/env_vars.jsonl`` and ``data/compiler_flags.jsonl`` have them.

.. code-block:: json

    {"id": "NEURON_RT_INSPECT_DURATION_NSEC", "kind": "setting",
     "subject": {"class": "env", "name": "NEURON_RT_INSPECT_DURATION_NSEC", "of": ["aws-neuronx-runtime-lib"]},
     "when": {}, "status": "removed", "level": "beta", "basis": "label", "removed": "2.22.0",
     "documented": {"from": "2.21.0", "until": null}, "effective": {}, "known_from": "2024-12-20", "disagrees": [],
     "confidence": "documented", "source": "...", "retrieved": "2026-11-21"}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from neuron_collectors.facts.frozen import dataclass

from .events import Subject
from .labels import Classified, classified_fields
from .model import Catalog
from .tables import COMPILER_FLAGS, ENV_VARS

Status = Literal["active", "deprecated", "removed", "renamed", "legacy"]
STATUSES: tuple[Status, ...] = ("active", "deprecated", "removed", "renamed", "legacy")

_TABLES: Mapping[str, str] = {"env": ENV_VARS, "flag": COMPILER_FLAGS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting(Classified):
    """One environment variable or compiler flag: its subject is of class ``env`` or ``flag``."""

    status: Status
    """As of the documentation that was read; ``legacy``: what it belongs to has ended, or only its archive names it."""
    introduced: str | None
    """SDK release, where one is named."""
    deprecated: str | None
    removed: str | None
    announced_end: str | None
    """An SDK release for which its end was announced and did not come."""
    replacement: str | None
    documented_from: str | None
    """First SDK release whose documentation names it."""
    documented_until: str | None
    """Last one; `None` while it is named."""
    turns_on: str | None
    """The feature that is in use where it is set to anything but 0, e.g. ``NKI CPU Simulator``."""


def parse_setting(record: Mapping[str, Any]) -> Setting:
    """Build a setting from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    return Setting(
        status=record["status"],
        introduced=record.get("introduced"),
        deprecated=record.get("deprecated"),
        removed=record.get("removed"),
        announced_end=record.get("announced_end"),
        replacement=record.get("replacement"),
        documented_from=record["documented"]["from"],
        documented_until=record["documented"]["until"],
        turns_on=record.get("turns_on"),
        **classified_fields(record),
    )


def settings_named(subject: Subject, catalog: Catalog, day: dt.date) -> tuple[Setting, ...]:
    """Return what was known on *day* of the variable or flag *subject*: a flag may be one of two compilers."""
    table = _TABLES.get(subject.kind)
    if table is None:
        return ()
    settings = map(parse_setting, catalog.tables.records_of(table, subject.name))
    return tuple(s for s in settings if s.known_from <= day and (not subject.of or subject.of == s.subject.of))


def all_settings(catalog: Catalog, day: dt.date) -> tuple[Setting, ...]:
    """Return every variable and flag that was known on *day*."""
    records = (*catalog.tables.records(ENV_VARS), *catalog.tables.records(COMPILER_FLAGS))
    return tuple(setting for setting in map(parse_setting, records) if setting.known_from <= day)
