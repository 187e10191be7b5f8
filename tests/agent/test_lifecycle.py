"""
The maintenance policy as a clock.

The tables are written by hand from the vendor's announcements, release notes and policy, not from what the program
says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from neuron_validator.catalog import Catalog
from neuron_validator.catalog.events import COMPONENT_CLASSES, SUBJECT_CLASSES, Phase, Subject, has_phase
from neuron_validator.catalog.policy import policy_rule, policy_rules
from neuron_validator.catalog.tables import LIFECYCLE, LazyTables
from neuron_validator.lifecycle import component_subject, phase_of
from neuron_validator.notice import add_months
from neuron_validator.six_months import SixMonths, six_months
from neuron_validator.standing import Standing

ENDED = "end-of-support"
TODAY = "2026-11-21"
AFTER = "end-of-support the release after SDK"

Question = tuple[str, str, str, str, str | None, str | None]

# Day, class, name and version (after a slash), phase, since, and what is announced next.
QUESTIONS: list[Question] = [
    # The days of Neuron 1: no notice was asked for, and none was given.
    ("2020-07-16", "extension", "torch-neuron/1.3", ENDED, "2020-07-16", None),
    ("2021-03-01", "python", "Python/3.5", ENDED, "2021-02-24", None),
    ("2021-05-10", "os", "Ubuntu/16.04", "unknown", None, "end-of-support SDK 1.14.0"),
    ("2021-05-28", "os", "Ubuntu/16.04", ENDED, "2021-05-28", None),
    ("2021-11-01", "standalone", "aws-neuron-runtime", "maintenance", "2021-10-27", None),
    ("2022-10-10", "standalone", "aws-neuron-runtime", ENDED, "2022-10-10", None),
    ("2022-03-01", "extension", "tensorflow-neuron/2.3", "maintenance", "2022-02-18", None),
    ("2022-04-01", "extension", "tensorflow-neuron/2.3", ENDED, "2022-03-25", None),
    # What was announced for the release after the latest had no number yet.
    ("2022-12-01", "extension", "torch-neuron/1.8", "unknown", None, f"{AFTER} 2.5.0"),
    ("2022-12-12", "extension", "torch-neuron/1.8", ENDED, "2022-12-12", None),
    # 2023, replayed.
    ("2023-01-01", "instance-family", "Inf2", "unknown", None, None),
    ("2023-06-01", "instance-family", "Inf2", "stable", "2023-02-24", None),
    ("2023-05-05", "extension", "mxnet-neuron/1.5", "maintenance", "2021-10-27", "end-of-support SDK 2.11.0"),
    ("2023-06-14", "extension", "mxnet-neuron/1.5", ENDED, "2023-06-14", None),
    ("2023-06-01", "extension", "torch-neuronx/1.13", "stable", "2023-02-08", None),
    ("2023-06-01", "extension", "torch-neuronx/2.0", "unknown", None, None),
    ("2023-06-01", "extension", "torch-neuronx/2.8", "unknown", None, None),
    ("2023-06-01", "library", "transformers-neuronx", "beta", "2023-02-08", None),
    ("2023-06-01", "library", "neuronx-distributed", "unknown", None, None),
    ("2023-08-01", "library", "neuronx-distributed", "beta", "2023-06-14", None),
    ("2023-07-18", "os", "Ubuntu/18.04", "unknown", None, None),
    ("2023-07-20", "os", "Ubuntu/18.04", "unknown", None, f"{AFTER} 2.12.0"),
    ("2023-09-01", "os", "Ubuntu/18.04", ENDED, "2023-08-28", None),
    ("2023-08-10", "python", "Python/3.7", "unknown", None, f"{AFTER} 2.12.0"),
    ("2023-08-28", "python", "Python/3.7", ENDED, "2023-08-28", None),
    ("2023-08-28", "os", "Ubuntu/20.04", "unknown", None, None),
    # PyTorch 1.9 for Inf1: announced to end with 2.14, in maintenance with 2.20 after all, ended with 2.21.
    ("2023-10-01", "extension", "torch-neuron/1.9", ENDED, "2023-09-15", None),
    ("2024-11-01", "extension", "torch-neuron/1.9", "maintenance", "2024-09-16", None),
    ("2024-12-20", "extension", "torch-neuron/1.9", ENDED, "2024-12-20", None),
    # A beta that ended without having been stable.
    (
        "2024-01-15",
        "extension",
        "torch-neuronx/2.0",
        "beta",
        "2023-10-26",
        f"{AFTER} 2.16.0",
    ),
    ("2024-02-13", "extension", "torch-neuronx/2.0", ENDED, "2024-02-13", None),
    # The new policy of SDK 2.20.0.
    ("2024-07-04", "extension", "mx-neuron/1.8", "maintenance", "2024-07-03", None),
    ("2024-07-02", "os", "Amazon Linux/2", "unknown", None, None),
    ("2024-07-15", "os", "Amazon Linux/2", "unknown", None, f"{AFTER} 2.19.0"),
    ("2024-09-16", "os", "Amazon Linux/2", ENDED, "2024-09-16", None),
    (
        "2024-07-15",
        "extension",
        "tensorflow-neuron/1.15",
        "maintenance",
        "2024-04-01",
        f"{AFTER} 2.19.0",
    ),
    ("2024-09-16", "extension", "tensorflow-neuron/1.15", ENDED, "2024-09-16", None),
    ("2024-09-16", "library", "neuronx-distributed", "stable", "2023-08-28", None),
    (
        "2025-01-15",
        "extension",
        "torch-neuronx/2.1",
        "stable",
        "2024-04-01",
        f"{AFTER} 2.21.0",
    ),
    ("2025-04-03", "extension", "torch-neuronx/2.1.2.2.4.0", ENDED, "2025-04-03", None),
    ("2025-01-15", "python", "Python/3.8", "unknown", None, "end-of-support a future release"),
    ("2025-04-03", "python", "Python/3.8", ENDED, "2025-04-03", None),
    # April had come and gone, and nothing was said: no date is made up.
    ("2025-05-01", "os", "Ubuntu/20.04", "unknown", None, "end-of-support April 2025"),
    ("2025-05-20", "os", "Ubuntu/20.04", ENDED, "2025-05-20", None),
    ("2025-06-01", "library", "transformers-neuronx", "beta", "2023-02-08", "maintenance SDK 2.24.0"),
    ("2025-07-01", "library", "transformers-neuronx", "maintenance", "2025-06-24", "end-of-support SDK 2.26.0"),
    ("2025-09-18", "library", "transformers-neuronx", ENDED, "2025-09-18", None),
    (
        "2025-12-01",
        "extension",
        "torch-neuronx/2.6",
        "stable",
        "2025-05-20",
        f"{AFTER} 2.26.0",
    ),
    ("2025-12-19", "extension", "torch-neuronx/2.6", ENDED, "2025-12-19", None),
    # Announced for 2.29, postponed to 2.30.
    ("2026-01-15", "tool", "Neuron Profiler", "beta", "2024-12-20", "end-of-support SDK 2.29.0"),
    ("2026-04-10", "tool", "Neuron Profiler", "beta", "2024-12-20", "end-of-support SDK 2.30.0"),
    ("2026-05-21", "tool", "Neuron Profiler", ENDED, "2026-05-21", None),
    # Announced to end, then put into maintenance.
    ("2026-03-01", "library", "neuronx-distributed-training", "beta", "2024-09-16", "end-of-support SDK 2.29.0"),
    ("2026-04-10", "library", "neuronx-distributed-training", "beta", "2024-09-16", "maintenance SDK 2.30.0"),
    ("2026-06-01", "library", "neuronx-distributed-training", "maintenance", "2026-05-21", None),
    ("2026-05-20", "python", "Python/3.10", "unknown", None, None),
    ("2026-05-21", "python", "Python/3.10", ENDED, "2026-05-21", None),
    ("2026-09-01", "standalone", "aws-neuronx-gpsimd-customop-lib", "beta", "2023-02-08", "maintenance SDK 2.33.0"),
    (TODAY, "standalone", "aws-neuronx-gpsimd-customop-lib", "maintenance", "2026-10-19", None),
    (TODAY, "dlc", "Neuron DLCs on Ubuntu 22.04", ENDED, "2026-05-21", None),
    (TODAY, "dlami", "Neuron DLAMIs on Ubuntu 22.04", ENDED, "2026-05-21", None),
    # A beta since 2024, in a line that came with SDK 2.30.0.
    (TODAY, "extension", "jax-neuronx/0.10.0.1.0.11459", "beta", "2026-05-21", None),
    (TODAY, "extension", "jax-neuronx/0.1.3", "beta", "2024-09-16", None),
    # A private beta since 2025-12-02; with PyTorch 2.13 since SDK 2.33.0.
    (TODAY, "extension", "torch-neuronx/2.13", "beta", "2026-10-19", None),
    (TODAY, "env", "NEURON_RT_ASYNC_EXEC_MAX_INFLIGHT_REQUESTS", ENDED, "2026-07-07", None),
    # SDK 1.20.0, for which this one was announced, never came.
    (TODAY, "env", "NEURONCORE_GROUP_SIZES", "unknown", None, "end-of-support a date not named"),
    # Releases of the SDK itself.
    ("2026-04-08", "sdk", "Neuron SDK/2.29.0", "unknown", None, None),
    ("2026-04-09", "sdk", "Neuron SDK/2.29.0", "stable", "2026-04-09", None),
    ("2024-12-05", "sdk", "Neuron SDK/2.21.0.beta", "beta", "2024-12-03", None),
    (TODAY, "sdk", "Neuron SDK/1.19.0", "unknown", None, None),
    # In package lists, with nothing said about support.
    (TODAY, "standalone", "aws-neuronx-oci-hook/2.18.25.0", "unknown", None, None),
    (TODAY, "extension", "torch-neuron/1.12", "unknown", None, None),
    # Not known at all.
    (TODAY, "standalone", "numpy/2.2.6", "unknown", None, None),
    (TODAY, "os", "NixOS/24.05", "unknown", None, None),
]


def subject_of(kind: str, text: str) -> Subject:
    """Return the subject that a row of a table names."""
    name, _, version = text.partition("/")
    return Subject(kind=kind, name=name, version=version)


def ask(catalog: Catalog, day: str, kind: str, text: str, **fields: Any) -> Standing:
    """Ask where a subject stood on a day."""
    return phase_of(subject_of(kind, text), catalog, date.fromisoformat(day), **fields)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q[0]}-{q[2]}")
def test_phase(catalog: Catalog, question: Question) -> None:
    """Each question has the answer that could be given on its day."""
    day, kind, text, *expected = question
    standing = ask(catalog, day, kind, text)
    following = f"{standing.next.phase} {standing.next.when}" if standing.next else None

    assert expected == [standing.phase, standing.since.isoformat() if standing.since else None, following]


@pytest.mark.parametrize(
    "row",
    [
        # The driver for Inf1: 2.21 was to be the last, 2.24 was, and that was said half a year later.
        ("2025-07-01", "aws-neuronx-dkms/2.22", "inf1", None, ("stable", "2022-10-10")),
        ("2025-10-01", "aws-neuronx-dkms/2.24", "inf1", None, (ENDED, "2025-09-18")),
        ("2026-03-12", "aws-neuronx-dkms/2.24", "inf1", None, ("maintenance", "2025-09-18")),
        ("2026-03-12", "aws-neuronx-dkms/2.25", "inf1", None, (ENDED, "2025-09-18")),
        ("2026-03-12", "aws-neuronx-dkms/2.25", "trn1", None, ("stable", "2022-10-10")),
        (TODAY, "torch-neuronx/2.9", "trn1", "inference", ("maintenance", "2026-07-07")),
        (TODAY, "torch-neuronx/2.9", "trn1", "training", (ENDED, "2026-05-21")),
        (TODAY, "torch-neuronx/2.9", "trn2", "inference", ("unknown", None)),
        (TODAY, "neuronx-distributed-inference", "trn2", None, ("maintenance", "2026-05-21")),
    ],
)
def test_phase_for_family_and_workload(
    catalog: Catalog, row: tuple[str, str, str, str | None, tuple[str, str | None]]
) -> None:
    """A phase may hold for some instance families, or for training and not for inference."""
    day, text, family, workload, expected = row
    kind = component_subject(text.partition("/")[0], "", catalog).kind
    standing = ask(catalog, day, kind, text, family=family, workload=workload)

    assert expected == (standing.phase, standing.since.isoformat() if standing.since else None)


def test_other_families_are_told_beside(catalog: Catalog) -> None:
    """Asked without a family, the most favourable phase stands, and the others are told with theirs."""
    standing = ask(catalog, TODAY, "extension", "torch-neuronx/2.9")
    elsewhere = {(other.phase, other.families, other.workload) for other in standing.elsewhere}

    assert "unknown" == standing.phase
    assert {"stable", "maintenance", ENDED} == set(standing.candidates)
    assert ("maintenance", ("inf2", "trn1"), "inference") in elsewhere


@pytest.mark.parametrize(
    "row",
    [
        # Before SDK 2.20.0 the policy asked for no notice before an end.
        ("2023-06-14", "extension", "mxnet-neuron/1.5", "2023-05-01", 44, None),
        ("2023-09-01", "os", "Ubuntu/18.04", "2023-07-13", 46, None),
        ("2024-07-04", "extension", "mx-neuron/1.8", "2024-06-28", 5, None),
        # The first that the new policy was asked about: announced before it stood, ended after.
        ("2024-09-16", "os", "Amazon Linux/2", "2024-06-28", 80, True),
        ("2025-04-03", "extension", "torch-neuronx/2.1", "2024-12-20", 104, True),
        ("2025-09-18", "library", "transformers-neuronx", "2025-06-24", 86, True),
        ("2025-07-01", "library", "transformers-neuronx", "2025-05-15", 40, True),
        ("2025-12-19", "extension", "torch-neuronx/2.6", "2025-07-31", 141, True),
        (TODAY, "standalone", "aws-neuronx-gpsimd-customop-lib", "2026-08-13", 67, True),
        # Missed by the vendor.
        ("2024-11-01", "extension", "torch-neuron/1.9", "2024-09-16", 0, False),
        ("2026-05-21", "python", "Python/3.10", "2026-05-20", 1, False),
        (TODAY, "dlc", "Neuron DLCs on Ubuntu 22.04", "2026-05-21", 0, False),
    ],
)
def test_notice(catalog: Catalog, row: tuple[str, str, str, str, int, bool | None]) -> None:
    """The notice counts from the first announcement; whether it was long enough, by the policy of the day."""
    day, kind, text, *expected = row
    notice = ask(catalog, day, kind, text).notice

    assert notice is not None
    assert expected == [notice.announced.isoformat(), notice.days, notice.kept]


def test_notice_of_what_is_to_come_waits_for_its_day(catalog: Catalog) -> None:
    """A release that has no date yet has no notice to measure."""
    standing = ask(catalog, "2026-01-15", "tool", "Neuron Profiler")

    assert standing.notice is None
    assert standing.next is not None
    assert (None, "2.29.0") == (standing.next.date, standing.next.release)


def test_notice_of_a_release_that_is_dated(catalog: Catalog) -> None:
    """The end is announced for a release, and counts from the day of that release on."""
    before, after = (ask(catalog, day, "library", "transformers-neuronx") for day in ("2025-09-17", "2025-09-18"))

    assert ("maintenance", None, "2.26.0") == (before.phase, before.end_of_support, before.end_of_support_release)
    assert (ENDED, date(2025, 9, 18), None) == (after.phase, after.end_of_support, after.end_of_support_release)


@pytest.mark.parametrize(
    ("day", "text", "expected"),
    [
        # torch-neuronx 2.1: PyTorch 2.5 came on 2024-12-20, so regular updates were due until 2025-06-20.
        ("2025-03-01", "torch-neuronx/2.1", ("2.5", "2024-12-20", "2025-06-20", None, None)),
        ("2025-04-03", "torch-neuronx/2.1", ("2.5", "2024-12-20", "2025-06-20", "2025-04-03", False)),
        ("2025-08-01", "torch-neuronx/2.5", ("2.6", "2025-05-20", "2025-11-20", "2025-07-31", False)),
        (TODAY, "torch-neuronx/2.6", ("2.7", "2025-06-24", "2025-12-24", "2025-12-19", False)),
        (TODAY, "torch-neuronx/2.7", ("2.8", "2025-09-18", "2026-03-18", "2026-04-09", True)),
        (TODAY, "torch-neuronx/2.8", ("2.9", "2025-12-19", "2026-06-19", "2026-04-09", False)),
        # Nothing tells how PyTorch 1.12 ended, so nothing tells whether the rule was kept.
        (TODAY, "torch-neuronx/1.12", ("1.13", "2023-02-08", "2023-08-08", None, None)),
        # Before SDK 2.20.0 there was no such rule, and these six months were over by then.
        (TODAY, "torch-neuron/1.10", ("1.13", "2023-03-28", "2023-09-28", "2024-09-16", None)),
        ("2024-04-01", "torch-neuronx/1.13", ("2.1", "2024-04-01", "2024-10-01", None, None)),
        (TODAY, "torch-neuronx/2.9", None),
        (TODAY, "neuronx-cc/2.21.33363.0", None),
    ],
)
def test_six_months(
    catalog: Catalog, day: str, text: str, expected: tuple[str, str, str, str | None, bool | None]
) -> None:
    """The version of a framework before the newest has six months of regular updates, by the policy since 2.20.0."""
    kind = component_subject(text.partition("/")[0], "", catalog).kind
    found = six_months(subject_of(kind, text), catalog, date.fromisoformat(day))

    assert expected == (found and _told(found))


def _told(found: SixMonths) -> tuple[str, str, str, str | None, bool | None]:
    ended = found.ended.isoformat() if found.ended else None
    return found.successor, found.since.isoformat(), found.until.isoformat(), ended, found.kept


@pytest.mark.parametrize(
    ("day", "kind", "text", "marks"),
    [
        ("2026-04-10", "tool", "Neuron Profiler", {"postponed"}),
        ("2026-01-15", "tool", "Neuron Profiler", set()),
        ("2023-09-01", "os", "Ubuntu/18.04", {"presumed"}),
        ("2026-03-12", "standalone", "aws-neuronx-dkms/2.25", {"corrected"}),
        ("2026-03-11", "standalone", "aws-neuronx-dkms/2.25", set()),
        (TODAY, "dlami", "Neuron DLAMIs on Ubuntu 22.04", {"contradicted"}),
        (TODAY, "env", "XLA_USE_BF16", {"contradicted", "presumed"}),
    ],
)
def test_marks(catalog: Catalog, day: str, kind: str, text: str, marks: set[str]) -> None:
    """It is told whether an announcement was moved, corrected or contradicted, and whether it is all there is."""
    standing = ask(catalog, day, kind, text)

    told = {mark for mark in ("contradicted", "corrected", "postponed", "presumed") if getattr(standing, mark)}
    assert marks == told


def test_disputed_announcement_decides_nothing(catalog: Catalog) -> None:
    """XLA_USE_BF16 was to end with 2.25, and later documentation says that it works: that is left open."""
    standing = ask(catalog, TODAY, "env", "XLA_USE_BF16")

    assert ("unknown", {"stable", ENDED}, False) == (standing.phase, set(standing.candidates), standing.certain)


@pytest.mark.parametrize(
    ("day", "release"), [("2026-10-15", None), ("2026-10-16", "2.34"), (TODAY, "2.34")], ids=["before", "on", "after"]
)
def test_release_to_come_has_no_date(catalog: Catalog, day: str, release: str | None) -> None:
    """An end that is announced for SDK 2.34 has that release and no day."""
    standing = ask(catalog, day, "library", "neuronx-distributed-inference", family="trn2")

    assert (None, release) == (standing.end_of_support, standing.end_of_support_release)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.9.0.2.14.27725b0", "beta"),
        ("2.9.0.2.14.27725rc1", "release-candidate"),
        ("2.9.0.2.14.27725+abc", "unknown"),
        ("2.6.0.2.9.9357b1", ENDED),
    ],
)
def test_build_that_calls_itself_a_preview(catalog: Catalog, version: str, expected: str) -> None:
    """A ``b`` in the version is a beta and ``rc`` a release candidate, until the line ends."""
    assert expected == ask(catalog, TODAY, "extension", f"torch-neuronx/{version}").phase


@pytest.mark.parametrize("phase", ["beta", "stable", ENDED])
@pytest.mark.parametrize("kind", SUBJECT_CLASSES)
def test_phases_that_everything_has(kind: str, phase: str) -> None:
    """Beta, stable and end of support exist for all classes."""
    assert has_phase(kind, phase)


@pytest.mark.parametrize(
    ("phase", "kinds"),
    [
        ("release-candidate", {"sdk", *COMPONENT_CLASSES}),
        ("maintenance", {"sdk", *COMPONENT_CLASSES, "model", "instance-family", "sample"}),
    ],
)
def test_phases_that_some_have(phase: str, kinds: set[str]) -> None:
    """Release candidates are components; features, APIs, images and dependencies have no maintenance."""
    assert kinds == {kind for kind in SUBJECT_CLASSES if has_phase(kind, phase)}


@pytest.mark.parametrize(
    ("rule", "before", "since", "until"),
    [
        ("LC-09", "2024-09-15", "2024-09-16", None),
        ("LC-10", "2024-09-15", "2024-09-16", None),
        ("UP-06", "2024-09-15", "2024-09-16", None),
        ("CL-12", "2024-09-15", "2024-09-16", None),
        ("OLD-07", "2023-10-25", "2023-10-26", "2024-09-16"),
        ("OLD-01", "2021-02-23", "2021-02-24", "2024-09-16"),
    ],
)
def test_eras(catalog: Catalog, rule: str, before: str, since: str, until: str | None) -> None:
    """A rule of the policy holds from the release that published it until the one that dropped it."""
    holds = [policy_rule(rule, catalog, date.fromisoformat(day)) is not None for day in (before, since, TODAY)]

    assert [False, True, until is None] == holds


def test_policy_of_a_day(catalog: Catalog) -> None:
    """The whole policy of a day is a set of rules with one id each."""
    rules = [rule.id for rule in policy_rules(catalog, date(2023, 12, 1))]

    assert len(rules) == len(set(rules))
    assert {"OLD-01", "CL-01"} <= set(rules)
    assert not {"LC-09", "LC-10", "UP-06"} & set(rules)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2025-12-19", 1, "2026-01-19")],
)
def test_months_are_of_the_calendar(day: str, months: int, expected: str) -> None:
    """A month ends on the same day of the next, or on its last."""
    assert date.fromisoformat(expected) == add_months(date.fromisoformat(day), months)


def test_class_of_a_package(catalog: Catalog) -> None:
    """A package is standalone, an extension or a library; one that is not known is taken for standalone."""
    names = ("aws-neuronx-dkms", "torch-neuronx", "neuronx-distributed", "no-such-package")

    kinds = [component_subject(name, "1.0", catalog).kind for name in names]
    assert ["standalone", "extension", "library", "standalone"] == kinds


def with_record(catalog: Catalog, **fields: Any) -> Catalog:
    """Return the catalog with one more record, of a feature that nobody else speaks of."""
    record = {
        "id": "made-up",
        "kind": "statement",
        "subject": {"class": "feature", "name": "Made up"},
        "when": {},
        "phase": "stable",
        "effective": {},
        "known_from": "2025-01-10",
        "disagrees": [],
        "confidence": "documented",
        "source": "https://example.com/",
        "retrieved": "2026-12-11",
        **fields,
    }
    tables = catalog.tables
    assert isinstance(tables, LazyTables)
    return replace(catalog, tables=tables.with_records({LIFECYCLE: [record]}))


@pytest.mark.parametrize(("day", "phase"), [("2025-01-09", "unknown"), ("2025-01-10", "stable")])
def test_record_is_not_known_before_its_day(catalog: Catalog, day: str, phase: Phase) -> None:
    """What became known later does not exist."""
    assert phase == ask(with_record(catalog), day, "feature", "Made up").phase


@pytest.mark.parametrize(("day", "phase"), [("2025-02-28", "unknown"), ("2025-03-01", ENDED)])
def test_date_that_is_named(catalog: Catalog, day: str, phase: Phase) -> None:
    """An end on a day is announced with that day, and begins on it."""
    changed = with_record(
        catalog, kind="announcement", phase=ENDED, announced="2025-01-10", effective={"date": "2025-03-01"}
    )
    standing = ask(changed, day, "feature", "Made up")

    assert (phase, date(2025, 3, 1)) == (standing.phase, standing.end_of_support)
    assert standing.notice is None or (50, True) == (standing.notice.days, standing.notice.kept)


def test_statement_under_a_condition_is_not_in_force(catalog: Catalog) -> None:
    """What holds once something else has happened does not hold yet."""
    changed = with_record(catalog, effective={"condition": "once it is ready"})
    standing = ask(changed, TODAY, "feature", "Made up")

    assert "unknown" == standing.phase
    assert standing.next is not None
    assert "once it is ready" == standing.next.when
