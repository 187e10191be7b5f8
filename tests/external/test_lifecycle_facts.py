"""
Life-cycle, classification, settings and policy against the research facts beside the checkout, record by record.

Both ways: nothing may be lost on the way from the facts to the catalog, and nothing may have been added. What differs
on purpose stands here with its reason, and each run prints how much that is (``pytest -rA`` shows it).
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog import Catalog, load_catalog
from neuron_validator.catalog.dependencies import os_subject, python_subject
from neuron_validator.catalog.events import Subject
from neuron_validator.catalog.tables import (
    CLASSIFICATION,
    COMPILER_FLAGS,
    DEPENDENCIES,
    ENV_VARS,
    LIFECYCLE,
    POLICY,
)
from neuron_validator.lifecycle import component_subject, phase_of

pytestmark = pytest.mark.external

Facts = dict[str, Any]
FACTS_DAY = date(2026, 8, 21)
"""Up to this day the facts were read from the documentation; what came later is in sdk_2_33_0.json."""

GIT_BEGINS = "2022-10-10"
"""The first commit of the documentation: pages of Neuron 1 were published earlier, on the day that they bear."""

PHASES = {"eos": "end-of-support", "rc": "release-candidate", "unresolved": "unknown"}
KINDS = {
    "announce-eos": "announcement",
    "announce-maintenance": "announcement",
    "postponed": "postponement",
    "correction": "correction",
    "deprecated": "deprecation",
    "announce-deprecation": "deprecation",
    "renamed-to": "rename",
    "changed": "change",
    "announce-change": "change",
    "compat-requirement": "change",
    "docs-archived": "note",
    "info": "note",
    "maintenance-update": "note",
}

# Records of the catalog that no record of lifecycle_events.json has, by the beginning of their id.
ADDED = {
    "published-": "images that component_status.json knows from the list of images",
    "stable-": "component_status.json and sdk_2_33_0.json: in force without an announcement",
    "beta-": "the same, of betas",
    "unresolved-": "component_status.json calls them unresolved, or guesses with low confidence: candidates, no phase",
    "unlisted-": "only the package list, or the list of images, tells of them: candidates, no phase",
    "eos-of-group-": "images that ended with their group (system or framework)",
    "announce-eos-n": "sdk_2_33_0.json: announced on 2026-10-16",
    "maintenance-": "sdk_2_33_0.json: in maintenance since 2.33.0",
    "change-sysfs": "sdk_2_33_0.json: changed",
    "eos-ubuntu-22.04-for-torchneuron": "sdk_2_33_0.json: two sources differ",
    "note-": "sdk_2_33_0.json and component_status.json: notes that begin no phase",
    "repeat-": "sdk_2_33_0.json: says again what an earlier page said",
}

# Where the facts' reading of a date or release is not the catalog's.
OTHER_RELEASE = {
    "beta-introduced-trn2-2024-12-03": "written 2.21.0.beta in the catalog of releases",
    "eos-mxnet-neuron-1.5-2023-05-01": "names 2.11 itself, so nothing was derived",
}

# Components whose phase is another in the catalog than in component_status.json.
OTHER_PHASE = {
    "manifest-only": "a package in or out of the package list has no phase by that: unknown",
    "docs-archive": "that a page was archived ends nothing: unknown",
    "low": "the facts guess with low confidence: unknown, or the phase of the whole",
    "cs-library-nxd-inference-nxdi-on-trn1-inf2": "2.33.0 corrects: in maintenance, only its kernels ended",
    "cs-component-nki-library-experimental-kernels": "experimental is a word of the documentation, and no level",
    "cs-python-python-3.14": "supported since 2.33.0; in 2.32.0 one page named it for a beta",
    "cs-instance-family-inf1": "called legacy, and nothing was announced for the family: unknown",
    "cs-dlc-native-pytorch-on-neuron-dlc-torchneuron": "a name of the documentation for images that have others",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, Any]:
    names = ("lifecycle_events", "component_status", "classification", "env_vars", "policy_rules", "os_support")
    return {name: json.loads((shared / "facts" / f"{name}.json").read_text(encoding="utf-8")) for name in names}


def tell(what: str, counts: Counter[str]) -> None:
    """Print what was left out or added, and why."""
    for reason, number in counts.items():
        sys.stdout.write(f"{what}: {number} x {reason}\n")


def plain(record_id: str) -> str:
    """Return the id without the number of a record that one of the facts was split into."""
    return re.sub(r"~[0-9]+$", "", record_id)


def events(catalog: Catalog) -> dict[str, list[Facts]]:
    """Return the life-cycle records by the id of the fact that they come from."""
    found: dict[str, list[Facts]] = {}
    for record in catalog.tables.records(LIFECYCLE):
        found.setdefault(plain(record["id"]), []).append(dict(record))
    return found


def test_every_announcement_is_there(catalog: Catalog, facts: Facts) -> None:
    """Each record of the facts is in the catalog, under its id, with its dates, releases and source."""
    records = events(catalog)
    wrong = []
    for fact in facts["lifecycle_events"]["records"]:
        found = records.get(fact["id"].removeprefix("le-"), [])
        wrong += [f"{fact['id']}: {complaint}" for record in found for complaint in _differences(record, fact)]
        wrong += [] if found else [f"{fact['id']}: missing"]

    tell("release read otherwise", Counter(OTHER_RELEASE.values()))
    assert [] == wrong


def _differences(record: Facts, fact: Facts) -> Iterator[str]:
    effective = record["effective"]
    if record.get("announced") != fact.get("announced"):
        yield f"announced {record.get('announced')}"
    if plain(record["id"]) not in OTHER_RELEASE:
        if effective.get("release") != fact.get("effective_release"):
            yield f"release {effective.get('release')}"
        if fact.get("effective_release_derived") and effective.get("after") != fact.get("last_supported_release"):
            yield f"after {effective.get('after')}"
    if fact["source"] not in record["source"]:
        yield f"source {record['source']}"
    if _first_day(fact) not in {None, record["known_from"]}:
        yield f"known from {record['known_from']}"
    # Notes of the facts that end something without a word of the vendor begin nothing in the catalog.
    if record["kind"] != "note" and record["kind"] != KINDS.get(fact["event"], "statement"):
        yield f"kind {record['kind']}"


def _first_day(fact: Facts) -> str | None:
    """Return the day on which a fact could be read first: its page's, unless that bears a later one."""
    first, announced = fact.get("first_published"), fact.get("announced")
    if first is None:
        return None
    return announced if announced and (first < announced or first == GIT_BEGINS) else str(first)


def test_no_announcement_was_made_up(catalog: Catalog, facts: Facts) -> None:
    """Each record of the catalog is one of the facts, or of a kind that is told here with its reason."""
    known = {fact["id"].removeprefix("le-") for fact in facts["lifecycle_events"]["records"]}
    added = [record_id for record_id in events(catalog) if record_id not in known]
    reasons = {one: next((reason for start, reason in ADDED.items() if one.startswith(start)), "") for one in added}

    tell("added", Counter(reasons.values()))
    assert [] == [one for one, reason in reasons.items() if not reason]
    assert all(any(one.startswith(start) for one in added) for start in ADDED)


def test_repeated_and_closed_announcements(catalog: Catalog) -> None:
    """What was said twice is kept as a repeat, and printed: it decides nothing."""
    records = catalog.tables.records(LIFECYCLE)

    tell("kept beside", Counter("repeats another record" for record in records if record.get("repeats")))
    tell("kept beside", Counter("an announcement that a notice closed" for record in records if record.get("closed")))
    assert any(record.get("repeats") for record in records)


def test_every_component_has_its_phase(catalog: Catalog, facts: Facts) -> None:
    """On the day of the facts each component is in the phase that they say, or that is told here with its reason."""
    by_id = {record["id"]: record for record in catalog.tables.records(LIFECYCLE)}
    left, wrong = Counter[str](), []
    for fact in facts["component_status"]["components"]:
        wanted = PHASES.get(fact["phase"], fact["phase"])
        found = {standing.phase for standing in _standings(fact, by_id, catalog)}
        if wanted in found:
            continue
        keys = (fact["id"], fact["basis"], fact["confidence"])
        reason = next((OTHER_PHASE[key] for key in keys if key in OTHER_PHASE), "")
        left[reason] += 1
        wrong += [] if reason else [f"{fact['id']}: {wanted} and not {sorted(found)}"]

    tell("another phase", left)
    assert [] == wrong
    assert left.total() < 30


def _standings(fact: Facts, by_id: dict[str, Any], catalog: Catalog) -> Iterator[Any]:
    workload = fact.get("workload")
    families = [{"trn1n": "trn1"}.get(one, one) for one in fact.get("instance_families") or ()] or [None]
    for subject in _subjects(fact, by_id, catalog):
        for family in families:
            yield phase_of(subject, catalog, FACTS_DAY, family=family, workload=workload)


def _subjects(fact: Facts, by_id: dict[str, Any], catalog: Catalog) -> list[Subject]:
    """Return what the catalog calls a component of the facts: by its package, else by the records about it."""
    if fact["kind"] in {"os", "python"}:
        return [Subject(kind=fact["kind"], name=fact["name"], version=fact.get("version", ""))]
    if fact["kind"] == "instance_family":
        return [Subject(kind="instance-family", name=fact["name"])]
    found = []
    version = re.match(r"[0-9][0-9.]*", fact.get("version") or "")
    if fact["kind"] in {"framework", "library", "component", "package"}:
        names = [name for package in fact.get("packages", ()) if (name := catalog.canonical(package))]
        found = [component_subject(name, version[0] if version else "", catalog) for name in names]
    for event in fact.get("events", ()):
        record = by_id.get(event.removeprefix("le-"), {})
        if record.get("phase"):
            subject = record["subject"]
            line = re.sub(r"^==(.*?)(\.\*)?$", r"\1", subject.get("version", ""))
            found.append(Subject(kind=subject["class"], name=subject["name"], version=line))
    kind: str = {"cli_tool": "tool", "component": "standalone"}.get(fact["kind"]) or fact["kind"]
    return found or [Subject(kind=kind, name=fact["name"])]


# Classified as experimental on a page that puts the word on another feature.
LABEL_OF_ANOTHER = {"NEURON_FSDP_CC_MULTISTREAM", "NEURON_NXD_FSDP_CC_MULTISTREAM"}


# What was announced with SDK 2.33.0, by the subject that sdk_2_33_0.json gives.
SINCE_THEN = {
    "neuron-ls JSON output (--json-output, -j)": ["announce-eos-neuron-ls-json-2026-10-16"],
    "NxD Inference library and NxD Core Inference APIs": [
        "announce-eos-nxd-inference-2026-10-16",
        "announce-eos-nxd-core-inference-2026-10-16",
    ],
    "aws-neuronx-gpsimd-customop-lib (Neuron Custom C++ Operators)": ["maintenance-gpsimd-customop-lib-2.33.0"],
    "Neuron DLC base OS": ["note-dlc-ubuntu-26.04"],
    "TorchNeuron (native torch-neuronx)": ["beta-torch-neuronx-2.13"],
    "Neuron Observer": ["beta-neuron-observer-2.33.0"],
    "TorchTitan Neuron": ["beta-torchtitan-neuron-2.33.0"],
    "sysfs tree of driver 2.31": ["change-sysfs-tree-driver-2.31"],
    "Ubuntu 22.04 for TorchNeuron": ["eos-ubuntu-22.04-for-torchneuron"],
}


def test_what_came_with_the_newest_release(catalog: Catalog, shared: Path) -> None:
    """Each announcement since the facts were read has its records, of its release and its day."""
    by_id = {record["id"]: record for record in catalog.tables.records(LIFECYCLE)}
    told = json.loads((shared / "facts" / "sdk_2_33_0.json").read_text(encoding="utf-8"))
    announcements = told["announcements_since_2026_08_21"]
    wrong = [
        one
        for fact in announcements
        for one in SINCE_THEN[fact["subject"]]
        if by_id[one]["effective"]["release"] != fact["effective_release"]
        or by_id[one]["known_from"] != (fact.get("posted") or "2026-10-19")
    ]

    assert set(SINCE_THEN) == {fact["subject"] for fact in announcements}
    assert [] == wrong


def test_every_variable_and_flag(catalog: Catalog, facts: Facts) -> None:
    """Each variable and flag of the facts is there with its status, level and releases, and no other is."""
    records = {record["id"]: record for table in (ENV_VARS, COMPILER_FLAGS) for record in catalog.tables.records(table)}
    wanted = {_setting_id(fact): fact for key in ("env_vars", "compiler_flags") for fact in facts["env_vars"][key]}
    differing = [(one, why) for one, fact in wanted.items() for why in _setting_differences(records[one], fact)]

    tell("no level", Counter("the label is that of another feature" for one in wanted if one in LABEL_OF_ANOTHER))
    assert set(wanted) == set(records)
    assert [] == differing


def _setting_id(fact: Facts) -> str:
    if fact["kind"] == "env_var":
        return str(fact["name"])
    compiler = "NEURON_CC_FLAGS" if "NEURON_CC_FLAGS" in fact["compiler"] else fact["compiler"].partition(" ")[0]
    return f"{compiler} {fact['name']}"


def _setting_differences(record: Any, fact: Facts) -> Iterator[str]:
    if record["status"] != fact["status"]:
        yield f"status {record['status']}"
    for mine, theirs in (("introduced", "introduced"), ("deprecated", "deprecated"), ("removed", "removed")):
        if record.get(mine) != (fact[theirs] or {}).get("release"):
            yield f"{mine} {record.get(mine)}"
    label = None if fact["name"] in LABEL_OF_ANOTHER else fact["classification"]
    if label == "experimental" and (record["level"], record.get("label")) != (None, "experimental"):
        yield f"level {record['level']}"
    if label in {"alpha", "beta", "stable"} and record["level"] != label:
        yield f"level {record['level']}"
    if label is None and record["level"] not in {None, "stable"}:
        yield f"level {record['level']}"


def test_every_label(catalog: Catalog, facts: Facts) -> None:
    """Each label of the facts is there with its level; what the documentation calls experimental has none."""
    records: dict[str, Any] = {}
    for record in catalog.tables.records(CLASSIFICATION):
        records.setdefault(plain(record["id"]), record)
    settings = {"compiler_flag", "env_var"}
    labels = [fact for fact in facts["classification"]["classified"] if fact["kind"] not in settings]
    levels = {fact["id"]: records[fact["id"].removeprefix("cl-")]["level"] for fact in labels}

    tell("left out", Counter(f"{fact['kind']}: in the tables of settings" for fact in _settings_classified(facts)))
    assert {fact["id"]: None if fact["level"] == "experimental" else fact["level"] for fact in labels} == levels


def _settings_classified(facts: Facts) -> list[Facts]:
    return [fact for fact in facts["classification"]["classified"] if fact["kind"] in {"compiler_flag", "env_var"}]


def test_every_model(catalog: Catalog, facts: Facts) -> None:
    """Each row of the tables of models is there for each library, and no other model is."""
    rows = {
        (record["subject"]["name"], record["when"]["workload"])
        for record in catalog.tables.records(CLASSIFICATION)
        if record["id"].startswith("model-") and not record["id"].startswith("model-class-")
    }

    assert {(fact["model"], fact["workload"]) for fact in facts["classification"]["model_tables"]} == rows


# Rules of the catalog beside those of policy_rules.json.
ADDED_RULES = {
    "CL-12": "what a level of an API means, a table of the policy; the facts have those of the other classes",
    "OLD-01": "policy_history: the policy until 2.19.1",
    "OLD-02": "policy_history: the policy until 2.19.1",
    "OLD-03": "policy_history: the policy until 2.19.1",
    "OLD-04": "the table of the older document, which the facts have beside that of CL-08",
    "OLD-05": "the table of the older document, which the facts have beside that of CL-09",
    "OLD-06": "the table of the older document, which the facts have beside that of CL-10",
    "OLD-07": "the table of the older document, which the facts have in X-01 and X-02",
}


def test_every_rule_of_the_policy(catalog: Catalog, facts: Facts) -> None:
    """Each rule has the era that the facts give it."""
    records = {record["id"]: record for record in catalog.tables.records(POLICY)}
    published = {fact["id"]: fact["published"] for fact in facts["policy_rules"]["rules"]}
    wanted = {one: (era["first_tag"].lstrip("v"), era["from_date"], era["current"]) for one, era in published.items()}
    eras = {
        one: (record["effective"]["release"], record["effective"]["date"], record["until"] is None)
        for one, record in records.items()
        if one not in ADDED_RULES
    }

    tell("added", Counter(ADDED_RULES.values()))
    assert wanted == eras
    assert set(ADDED_RULES) < set(records)


def test_contradictions_are_shown(catalog: Catalog, facts: Facts) -> None:
    """As many disagreements stand in the policy as the facts know contradictions, at least."""
    shown = sum(len(record["disagrees"]) for record in catalog.tables.records(POLICY))

    assert len(facts["policy_rules"]["contradictions"]) <= shown


WHOLE_SYSTEM = {"all", "runtime", "base os"}
"""Scopes that are not about images only."""


def test_ends_of_systems_and_pythons(catalog: Catalog, facts: Facts) -> None:
    """What the facts say of the end of an operating system's or Python's support is what the life-cycle says."""
    rows = [
        *((python_subject(row["python"]), row) for row in facts["os_support"]["python_lifecycle"]),
        *((_system(row), row) for row in facts["os_support"]["os_lifecycle"] if row["scope"] in WHOLE_SYSTEM),
    ]
    wanted, found = {}, {}
    for subject, row in rows:
        release = catalog.release(row.get("ended_in_sdk", ""))
        if subject is not None and release is not None:
            standing = phase_of(subject, catalog, FACTS_DAY)
            wanted[subject] = (release.release, release.date)
            found[subject] = (standing.since_release, standing.end_of_support)

    assert wanted == found
    assert len(wanted) == 7


def _system(row: Facts) -> Subject | None:
    system = row.get("os", "")
    return os_subject("amzn" if system == "amazonlinux" else system, row.get("os_version", ""))


def test_every_system_and_python_has_its_makers_end(catalog: Catalog) -> None:
    """The ends that the makers set are there for all that the vendor has supported, but for those told here."""
    subjects = [record["subject"] for record in catalog.tables.records(DEPENDENCIES)]
    names = {f"{subject['name']} {subject['version']}" for subject in subjects}
    wanted = {
        *(f"Python 3.{minor}" for minor in range(6, 15)),
        *(f"Ubuntu {year}.04" for year in (18, 20, 22, 24, 26)),
        *(f"Debian {number}" for number in (11, 12, 13)),
        *("Amazon Linux 2", "Amazon Linux 2023"),
        *(f"{name} {number}" for name in ("Rocky Linux", "Red Hat Enterprise Linux") for number in (8, 9, 10)),
    }
    open_ones = [record["id"] for record in catalog.tables.records(DEPENDENCIES) if not record["effective"]]

    tell("no date", Counter(f"{one}: could not be read at its source" for one in open_ones))
    assert wanted == names
    assert ["red-hat-enterprise-linux-10"] == open_ones
