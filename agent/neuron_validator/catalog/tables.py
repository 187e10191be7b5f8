"""
Tables of which one diagnosis needs a few records, or none.

They are life-cycle, classification, settings, policy, dependencies, the drivers' compatibility ids and the packages'
Pythons. Each is read when it is first asked for and kept as text; a record is parsed when its name is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from .files import Record, lines_of, read_table

T = TypeVar("T")

LIFECYCLE = "lifecycle.jsonl"
CLASSIFICATION = "classification.jsonl"
ENV_VARS = "env_vars.jsonl"
COMPILER_FLAGS = "compiler_flags.jsonl"
POLICY = "policy.jsonl"
DEPENDENCIES = "dependencies.jsonl"
COMPATIBILITY_IDS = "compatibility_ids.jsonl"
PYTHONS = "pythons.jsonl"
LAZY = (LIFECYCLE, CLASSIFICATION, ENV_VARS, COMPILER_FLAGS, POLICY, DEPENDENCIES, COMPATIBILITY_IDS, PYTHONS)

_NAME = '"name": "'


class LazyTables:
    """The package's lazy tables, with the records of overlays on top of them."""

    def __init__(self, added: Mapping[str, Sequence[Record]] | None = None) -> None:
        self._added = dict(added or {})
        self._lines: dict[str, tuple[str, ...]] = {}
        self._records: dict[str, list[Record]] = {}
        self._by_name: dict[str, dict[str, list[str]]] = {}
        self._remembered: dict[Hashable, Any] = {}

    def with_records(self, added: Mapping[str, Sequence[Record]]) -> LazyTables:
        """Return these tables with the records *added*, by table; one replaces another of the same id."""
        return LazyTables({table: (*self._added.get(table, ()), *added.get(table, ())) for table in LAZY})

    def lines(self, table: str) -> tuple[str, ...]:
        """Return every record of *table* as JSON."""
        if table not in self._lines:
            self._lines[table] = _laid_over(lines_of(read_table(table)), self._added.get(table, ()))
        return self._lines[table]

    def records(self, table: str) -> Sequence[Record]:
        """Return every record of *table*."""
        if table not in self._records:
            self._records[table] = json.loads(f"[{','.join(self.lines(table))}]")
        return self._records[table]

    def records_of(self, table: str, name: str) -> Sequence[Record]:
        """Return the records of *table* whose subject has exactly this *name*."""
        if table not in self._by_name:
            self._by_name[table] = _grouped(self.lines(table))
        records: list[Record] = json.loads(f"[{','.join(self._by_name[table].get(name, ()))}]")
        return records

    def record(self, table: str, record_id: str) -> Record | None:
        """Return the record *record_id* of *table*."""
        records = (json.loads(line) for line in self.lines(table) if f'"id": "{record_id}"' in line)
        return next((record for record in records if record["id"] == record_id), None)

    def remembered(self, question: Hashable, answer: Callable[[], T]) -> T:
        """
        Return the *answer* to *question*, worked out once.

        One diagnosis asks where the same few components stand in every environment. The question has to name all that
        its answer depends on beside these tables.
        """
        if question not in self._remembered:
            self._remembered[question] = answer()
        found: T = self._remembered[question]
        return found


def _laid_over(lines: Sequence[str], added: Sequence[Record]) -> tuple[str, ...]:
    if not added:
        return tuple(lines)
    # Of two records with one id the later counts.
    newest = {record["id"]: json.dumps(record, ensure_ascii=False) for record in added}
    return (*(line for line in lines if json.loads(line)["id"] not in newest), *newest.values())


def _grouped(lines: Iterable[str]) -> dict[str, list[str]]:
    """Sort lines by the name of their subject, which is the first name in them, without parsing them."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        start = line.find(_NAME) + len(_NAME)
        groups.setdefault(line[start : line.find('"', start)], []).append(line)
    return groups
