"""What holds for every subject on every day, whatever the records say."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import Instance, Inventory, OsPackages, PythonEnvironment
from neuron_validator.catalog import Catalog, load_catalog
from neuron_validator.catalog.events import Subject, has_phase
from neuron_validator.catalog.tables import (
    CLASSIFICATION,
    COMPILER_FLAGS,
    DEPENDENCIES,
    ENV_VARS,
    LIFECYCLE,
    POLICY,
    LazyTables,
)
from neuron_validator.checks.catalog import CHECKS as CATALOG_CHECKS
from neuron_validator.checks.dependencies import CHECKS as DEPENDENCY_CHECKS
from neuron_validator.checks.lifecycle import CHECKS as LIFECYCLE_CHECKS
from neuron_validator.checks.settings import CHECKS as SETTING_CHECKS
from neuron_validator.classification import level_of
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.lifecycle import FAMILIES, WORKLOADS, phase_of
from neuron_validator.renderers.calendar import escape, fold
from neuron_validator.subjects import subjects_known
from neuron_validator.usages import flags_in

FIRST, LAST = date(2019, 12, 20), date(2027, 12, 31)


@functools.cache
def catalog() -> Catalog:
    return load_catalog()


@functools.cache
def subjects() -> tuple[Subject, ...]:
    return subjects_known(catalog(), LAST)


class KnownOn(LazyTables):
    """The tables as they could have been written on a day."""

    def __init__(self, day: date) -> None:
        """Keep what was known on *day*."""
        super().__init__()
        self.day = day.isoformat()

    def records(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Return the records of *table* that were known."""
        return [record for record in super().records(table) if record["known_from"] <= self.day]

    def records_of(self, table: str, name: str) -> Sequence[Mapping[str, Any]]:
        """Return those of this *name*."""
        return [record for record in super().records_of(table, name) if record["known_from"] <= self.day]


SUBJECTS = st.deferred(lambda: st.sampled_from(subjects()))
DAYS = st.dates(FIRST, LAST)
FAMILY = st.none() | st.sampled_from(FAMILIES)
WORKLOAD = st.none() | st.sampled_from(WORKLOADS)


@given(SUBJECTS, DAYS, FAMILY, WORKLOAD)
def test_standing_is_of_its_day(subject: Subject, day: date, family: str | None, workload: str | None) -> None:
    """A phase exists for its class, has begun by the day, and what is announced comes later; no day is made up."""
    standing = phase_of(subject, catalog(), day, family=family, workload=workload)
    ended = standing.phase == "end-of-support"

    assert standing.phase == "unknown" or has_phase(subject.kind, standing.phase)
    assert standing.since is None or (standing.since <= day and standing.phase != "unknown")
    assert standing.next is None or standing.next.date is None or standing.next.date > day
    assert standing.end_of_support is None or ended == (standing.end_of_support <= day)
    assert standing.end_of_support is None or standing.end_of_support_release is None
    assert all(event.known_from <= day for event in standing.records)
    assert standing.notice is None or standing.notice.days >= 0


@given(SUBJECTS, DAYS, FAMILY)
def test_later_knowledge_changes_no_answer(subject: Subject, day: date, family: str | None) -> None:
    """Every record that became known after the day can be taken away."""
    then = replace(catalog(), tables=KnownOn(day))
    now, past = (phase_of(subject, one, day, family=family) for one in (catalog(), then))

    assert (past.phase, past.since, past.next, past.notice) == (now.phase, now.since, now.next, now.notice)
    assert level_of(subject, then, day, family=family) == level_of(subject, catalog(), day, family=family)


@given(st.deferred(lambda: st.sampled_from(catalog().known_versions("torch-neuronx"))), DAYS)
def test_build_has_the_phase_of_its_line(version: Any, day: date) -> None:
    """A phase belongs to the line, never to a build."""
    line = ".".join(map(str, version.number.release[:2]))
    build, whole = (
        phase_of(Subject(kind="extension", name="torch-neuronx", version=one), catalog(), day, family="trn1")
        for one in (version.version, line)
    )

    assert version.number.prerelease or (whole.phase, whole.since) == (build.phase, build.since)


def _python_of(day: date) -> str:
    """Return an interpreter that the vendor's setup pages of that day name."""
    if day < date(2025, 4, 3):
        return "3.8.10"
    return "3.10.12" if day < date(2026, 5, 21) else "3.12.3"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_was_released_together_raises_no_alarm(family: str) -> None:
    """Two weeks after each release, what it lists for a family has nothing but an end of support to be told of."""
    checks = (*DEPENDENCY_CHECKS, *SETTING_CHECKS, *LIFECYCLE_CHECKS, *CATALOG_CHECKS)
    alarms = {}
    for release in catalog().releases:
        listed = catalog().listed(release.release, family=family)
        if release.date is None or not listed:
            continue
        pip = {v.package: v.version for v in listed if "pip" in catalog().packages[v.package].packaging}
        deb = {v.package: v.version for v in listed if "deb" in catalog().packages[v.package].packaging}
        day = release.date + timedelta(days=14)
        inventory = Inventory(
            instance=Instance(instance_type=family),
            os_packages=OsPackages(manager="dpkg", versions=deb),
            python_environments=(PythonEnvironment(path="/opt/venv", python=_python_of(day), packages=pip),),
        )
        report = diagnose(gather_evidence(inventory, catalog(), day), checks=checks)
        if alarm := [finding.title for finding in report.findings if finding.category not in {"lifecycle", "catalog"}]:
            alarms[release.release] = alarm

    assert {} == alarms


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=200), max_size=1))
def test_folding_loses_nothing(lines: list[str]) -> None:
    """Folded lines have at most 75 octets, and give the line again when they are put together."""
    for line in lines:
        pieces = list(fold(line))

        assert all(len(piece.encode()) <= 75 for piece in pieces)
        assert line == pieces[0] + "".join(piece[1:] for piece in pieces[1:])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_escaping_can_be_undone(text: str) -> None:
    """An escaped value has no bare separator in it, and says the same."""
    value = escape(text)
    undone, rest = "", value
    while rest:
        undone += rest[1] if rest[0] == "\\" else rest[0]
        rest = rest[2:] if rest[0] == "\\" else rest[1:]

    assert text == undone


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12)))
def test_flags_of_any_words(words: list[str]) -> None:
    """Whatever stands on a command line, flags are what begins with a dash."""
    assert all(flag.name.startswith("-") for flag in flags_in(words))


@pytest.mark.parametrize("table", [LIFECYCLE, CLASSIFICATION, ENV_VARS, COMPILER_FLAGS, POLICY, DEPENDENCIES])
def test_every_record_is_found_by_its_name(table: str) -> None:
    """What is looked up by name, without parsing the rest, is what parsing everything gives."""
    tables = LazyTables()
    records = tables.records(table)
    names = {record["subject"]["name"] for record in records}

    found = [record for name in sorted(names) for record in tables.records_of(table, name)]
    assert sorted(record["id"] for record in records) == sorted(record["id"] for record in found)
