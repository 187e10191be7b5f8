"""The tables of life-cycle, classification, settings, policy and dependencies: what they refuse, and their overlays."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.agent.lifecycle_records import LIFECYCLE_RECORDS

from neuron_validator.catalog import CatalogError, load_catalog
from neuron_validator.catalog.dependencies import dependency, os_subject, python_subject
from neuron_validator.catalog.events import Subject
from neuron_validator.catalog.records import validate_records
from neuron_validator.catalog.tables import LIFECYCLE, LazyTables
from neuron_validator.lifecycle import phase_of

LATER = {"kind": "announcement", "phase": "end-of-support", "announced": "2024-07-03"}


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("lifecycle", {"kind": "rumour"}, "kind: not one of announcement, statement, postponement, correction,"),
        ("lifecycle", {"subject": {"class": "car", "name": "x"}}, "subject: class: not one of sdk, standalone,"),
        ("lifecycle", {"subject": {"class": "os"}}, "subject: name: missing"),
        (
            "lifecycle",
            {"subject": {"class": "os", "name": "x", "colour": "red"}},
            "subject: not a known field: 'colour'",
        ),
        (
            "lifecycle",
            {"when": {"families": ["gpu"]}},
            "when: families: not one of inf1, inf2, trn1, trn2, trn3: 'gpu'",
        ),
        ("lifecycle", {"when": {"except": ["no-such"]}}, "when: except: not a known package: 'no-such'"),
        ("lifecycle", {"phase": "dead"}, "phase: not one of beta, release-candidate, stable, maintenance,"),
        ("lifecycle", {"phase": "maintenance"}, "phase: os software has no phase 'maintenance'"),
        ("lifecycle", {"kind": "deprecation"}, "phase: not expected in a record of kind 'deprecation'"),
        ("lifecycle", {"known_from": "2024-07-32"}, "known_from: not a date: '2024-07-32'"),
        ("lifecycle", {"confidence": "high"}, "confidence: not one of documented, maintainer-confirmed,"),
        (
            "lifecycle",
            {"effective": {"release": "2.19.7"}},
            "effective: release: not a release, known or to come: '2.19.7'",
        ),
        ("lifecycle", {"effective": {"after": "2.99.0"}}, "effective: after: not a known release: '2.99.0'"),
        ("lifecycle", {"superseded": {"by": "nobody", "from": "2024-07-03"}}, "superseded: no such record: 'nobody'"),
        ("lifecycle", {"repeats": "nobody"}, "repeats: no such record: 'nobody'"),
        (
            "lifecycle",
            {"closed": {"by": "eos-python-3.8-3.8-2025-04-03", "from": "2025-04-04"}},
            "closed: known from 2025-04-03, not from 2025-04-04",
        ),
        (
            "lifecycle",
            {"closed": {"by": "eos-python-3.8-3.8-2025-04-03", "from": "2025-04-03"}},
            "closed: 'eos-python-3.8-3.8-2025-04-03' is about 'Python'",
        ),
        (
            "lifecycle",
            {**LATER, "effective": {"release": "2.19.0"}, "known_from": "2024-07-04"},
            "effective: begins on 2024-07-03, before it was announced on 2024-07-04",
        ),
        (
            "lifecycle",
            {**LATER, "effective": {"date": "2024-07-02"}},
            "effective: begins on 2024-07-02, before it was announced on 2024-07-03",
        ),
        ("classification", {"level": "gamma"}, "level: not one of alpha, beta, stable: 'gamma'"),
        ("classification", {"basis": "hearsay"}, "basis: not one of label, inherited, omission: 'hearsay'"),
        ("env_vars", {"status": "odd"}, "status: not one of active, deprecated, removed, renamed, legacy: 'odd'"),
        ("env_vars", {"removed": "2.99.0"}, "removed: not a known release: '2.99.0'"),
        (
            "compiler_flags",
            {"introduced": "2.20.0", "removed": "2.19.0"},
            "removed: before it was deprecated or introduced",
        ),
        ("policy", {"effective": {"release": "2.20.0"}}, "effective: date: missing"),
        ("policy", {"subject": {"name": "x", "classes": ["car"]}}, "subject: classes: not one of sdk, standalone,"),
        ("dependencies", {"effective": {"date": "soon"}}, "effective: date: not a day or a month: 'soon'"),
        ("dependencies", {"extended": {"date": "2032-01-01", "by": "me"}}, "extended: for_all: missing"),
    ],
)
def test_a_bad_field_is_named_with_its_text(tmp_path: Path, table: str, change: dict[str, Any], message: str) -> None:
    """A complaint names the file, the line, the field and the offending text."""
    path = tmp_path / f"{table}.jsonl"
    path.write_text(json.dumps({**LIFECYCLE_RECORDS[path.name], **change}) + "\n", encoding="utf-8")

    with pytest.raises(CatalogError) as raised:
        validate_records(path)

    assert str(raised.value).startswith(f"{path.name}:1: {message}")


@pytest.mark.parametrize("effective", [{"release": "2.34"}, {"release": "2.34.0"}, {"condition": "some day"}, {}])
def test_release_to_come_is_no_mistake(tmp_path: Path, effective: dict[str, str]) -> None:
    """What is announced for a release that is not out is valid."""
    path = tmp_path / LIFECYCLE
    path.write_text(json.dumps({**LIFECYCLE_RECORDS[LIFECYCLE], **LATER, "effective": effective}) + "\n")

    assert 1 == len(validate_records(path))


def test_overlay_replaces_a_record(tmp_path: Path) -> None:
    """A record of the same id takes the place of the package's; a new one is added."""
    moved = {**LIFECYCLE_RECORDS[LIFECYCLE], "known_from": "2025-01-01", "effective": {"date": "2025-01-02"}}
    other = {**moved, "id": "stable-example-os", "subject": {"class": "os", "name": "Example OS"}}
    (tmp_path / LIFECYCLE).write_text("".join(json.dumps(record) + "\n" for record in (moved, other)))
    catalog = load_catalog(overlays=[tmp_path])

    subjects = (Subject(kind="os", name="Ubuntu", version="24.04"), Subject(kind="os", name="Example OS"))
    standings = [phase_of(subject, catalog, date(2026, 11, 21)) for subject in subjects]
    assert [("stable", date(2025, 1, 2))] * 2 == [(standing.phase, standing.since) for standing in standings]
    ids = [record["id"] for record in catalog.tables.records(LIFECYCLE)]
    assert 1 == ids.count("stable-ubuntu-24.04")


def test_tables_are_read_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the catalog reads none of these tables; asking for one name reads one, once."""
    read: list[str] = []
    real = LazyTables.lines

    def spy(self: LazyTables, table: str) -> tuple[str, ...]:
        read.append(table)
        return real(self, table)

    monkeypatch.setattr(LazyTables, "lines", spy)

    catalog = load_catalog()
    assert not read
    for _ in range(2):
        assert catalog.tables.records_of(LIFECYCLE, "torch-neuronx")
    assert [LIFECYCLE] == read


@pytest.mark.parametrize("table", LIFECYCLE_RECORDS)
def test_tables_are_sorted(table: str) -> None:
    """Records stand in the order of their ids, one a line."""
    ids = [record["id"] for record in LazyTables().records(table)]

    assert sorted(ids) == ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("subject", "day", "expected"),
    [
        (python_subject("3.9.19"), "2026-11-21", ("2025-10-31", "2025-10-31")),
        (python_subject("3.10"), "2026-11-21", ("2026-10-31", "2026-10-31")),
        (os_subject("ubuntu", "22.04"), "2026-11-21", ("2027-06-01", "2027-06-01")),
        # After standard support Debian has its LTS for everybody, Amazon Linux 2023 its maintenance.
        (os_subject("debian", "12"), "2026-11-21", ("2026-07-11", "2028-06-30")),
        (os_subject("amzn", "2023"), "2026-11-21", ("2027-06-30", "2029-06-30")),
        (os_subject("amzn", "2"), "2026-11-21", ("2026-06-30", "2026-06-30")),
        # The last move of Amazon Linux 2's date was not known before.
        (os_subject("amzn", "2"), "2024-01-01", None),
        (os_subject("rocky", "9.4"), "2026-11-21", ("2032-05-31", "2032-05-31")),
        # Its day could not be read from Red Hat: better none than a wrong one.
        (os_subject("rhel", "10.0"), "2026-11-21", (None, None)),
        (os_subject("nixos", "24.05"), "2026-11-21", None),
    ],
)
def test_ends_set_by_the_makers(
    subject: Subject | None, day: str, expected: tuple[str | None, str | None] | None
) -> None:
    """Python and the systems end on the days that their makers set, in the standard support and for everybody."""
    found = dependency(subject, load_catalog(), date.fromisoformat(day)) if subject else None
    days = found and tuple(one.isoformat() if one else None for one in (found.last_day, found.last_day_for_all))

    assert expected == days
