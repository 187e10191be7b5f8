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
from neuron_validator.lifecycle import component_subject, notice_of_maintenance, phase_of
from neuron_validator.six_months import six_months

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
    assert 463 == len(facts["lifecycle_events"]["records"])
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


# What an event of the facts begins.
BEGINS = {
    "announce-maintenance": "maintenance",
    "enter-maintenance": "maintenance",
    "announce-eos": "end-of-support",
    "eos": "end-of-support",
    "beta-introduced": "beta",
    "alpha-introduced": "beta",
    "stable-introduced": "stable",
    "removed": "end-of-support",
    "package-removed": "end-of-support",
}
NOT_A_PHASE = {
    "package-removed": "that a package list, or a list of images, lacks something ends nothing: a note",
    "eos": "a requirement that was dropped, and an archived page, end nothing: a note",
    "renamed-to": "nothing more was released under the old name of a package: its end",
    "postponed": "the end that was postponed stands with its new date",
}
"""Where the catalog reads more, or less, than the event's kind says."""


def test_what_each_announcement_begins(catalog: Catalog, facts: Facts) -> None:
    """Each record begins the phase that its event does, or is told here with the reason."""
    records, left, wrong = events(catalog), Counter[str](), []
    for fact in facts["lifecycle_events"]["records"]:
        for record in records[fact["id"].removeprefix("le-")]:
            if record.get("phase") == BEGINS.get(fact["event"]):
                continue
            reason = NOT_A_PHASE.get(fact["event"], "")
            left[f"{fact['event']}: {reason}"] += 1
            wrong += [] if reason else [f"{fact['id']}: {record.get('phase')}"]

    tell("another phase", left)
    assert [] == wrong
    assert set(NOT_A_PHASE) == {line.partition(":")[0] for line in left}
    assert left.total() < 20


# Where the catalog bounds what a page says of "PyTorch/XLA", "2.8.4 and 2.9.3" and the like by versions.
OTHER_VERSIONS = {
    "os": "the version of a system is a part of its name in the facts",
    "stable-introduced-torch-neuronx-2022-10-10": "came with PyTorch 1.11",
    "enter-maintenance-tensorflow-neuron-2.8.4-2.9.3-2024-04-01": "names 2.8 and 2.9, the facts' range 2.8 only",
    "eos-linux-kernel-5.10-neuron-driver-5.10-2024-09-16": "the kernels below 5.10",
    "stable-introduced-rocky-linux-9.0-neuron-driver-9-2024-09-16": "the major version",
    "docs-archived-rocky-linux-9-install-guide-9-2026-05-15": "the major version",
    "beta-introduced-jax-0.6.2-2025-09-18": "the line of the version that is named",
    "beta-introduced-jax-0.8.2-0.9.0.1-2026-05-21": "the line of the version that is named",
    "beta-introduced-torchneuron-native-pytorch-2025-12-02": "native PyTorch begins with PyTorch 2.10",
    "announce-eos-pytorch-xla-for-training-2025-12-16": "PyTorch/XLA ends before PyTorch 2.10",
    "announce-eos-pytorch-xla-for-training-2026-02-26": "PyTorch/XLA ends before PyTorch 2.10",
    "eos-pytorch-xla-for-training-2026-05-20": "PyTorch/XLA ends before PyTorch 2.10",
    "eos-pytorch-xla-training-flow-torch-neuronx-2026-07-24": "PyTorch/XLA ends before PyTorch 2.10",
    "beta-introduced-neuron-kernel-interface-nki-0.1.0-beta-2-0.1.0-2025-12-19": "the line of the version",
    "eos-nki-0.2.0-kernels-0.2.0-2026-04-09": "the line of the version",
    "enter-maintenance-neuron-runtime-1.x-neuron-rtd-1.x-2021-10-27": "the package has no other versions",
    "eos-neuron-runtime-1.x-neuron-rtd-1.x-2022-10-10": "the package has no other versions",
}


def test_versions_of_each_announcement(catalog: Catalog, facts: Facts) -> None:
    """Each record is about the versions that the facts give, or about those told here with the reason."""
    records, left, wrong = events(catalog), Counter[str](), []
    for fact in facts["lifecycle_events"]["records"]:
        wanted = (fact.get("version_spec") or "").replace(" ", "")
        for record in records[fact["id"].removeprefix("le-")]:
            if record["subject"].get("version", "") == wanted:
                continue
            reason = OTHER_VERSIONS.get(record["subject"]["class"]) or OTHER_VERSIONS.get(plain(record["id"]), "")
            left[reason] += 1
            wrong += [] if reason else [f"{fact['id']}: {record['subject'].get('version')} and not {wanted!r}"]

    tell("other versions", left)
    assert [] == wrong
    assert left.total() < 40


def test_families_and_uses_of_each_announcement(catalog: Catalog, facts: Facts) -> None:
    """A record is for fewer families and uses than the whole only where the facts say so, and then for the same."""
    records, whole, wrong = events(catalog), Counter[str](), []
    for fact in facts["lifecycle_events"]["records"]:
        families = sorted({{"trn1n": "trn1"}.get(one, one) for one in fact.get("instance_families") or ()})
        for record in records[fact["id"].removeprefix("le-")]:
            for wanted, found in (
                (families, sorted(record["when"].get("families", ()))),
                (fact.get("workload") or "", record["when"].get("workload", "")),
            ):
                if not found and wanted:
                    whole["it is all that the subject ever was for"] += 1
                elif found != wanted:
                    wrong.append(f"{fact['id']}: {found} and not {wanted}")

    tell("families or use left out", whole)
    assert [] == wrong
    assert whole.total() < 100


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


# Each contradiction of the facts: the rule of the catalog that shows it, and what it says.
CONTRADICTIONS = {
    "X-01": ("CL-12", "alpha: major changes may come"),
    "X-02": ("CL-12", "beta: minor changes may come"),
    "X-03": ("CL-01", "components can be alpha, and know no release candidate"),
    "X-04": ("CL-09", "alpha: basic testing, basic functionality"),
    "X-05": ("CL-07", "ahead of time, no length given"),
    "X-06": ("LC-05", "full support"),
    "X-07": ("CL-10", "beta: performance is left open"),
    "X-08": ("CL-10", "alpha: named in its notes, and without a row in its table"),
    "X-09": ("UP-09", "no image on Rocky Linux is published"),
    "X-10": ("UP-04", "its own example for pip fits no supported version"),
    "X-11": ("VR-07", "in the patch: 2.0.0.2.0.1b0"),
    "X-12": ("CL-04", "developer preview is beta"),
    "X-13": ("CL-01", "the reference sdk-classification is the whole older document, and a section of the newer"),
    "X-14": ("CL-11", "a framework and a library"),
    "X-15": ("CL-05", "command-line tools too"),
    "X-16": ("CL-02", "no default is stated"),
}


def test_contradictions_are_shown(catalog: Catalog, facts: Facts) -> None:
    """Each contradiction that the facts know stands with its rule, where ``explain`` shows it."""
    records = {record["id"]: record for record in catalog.tables.records(POLICY)}
    shown = {
        one: says in {other["says"] for other in records[rule]["disagrees"]}
        for one, (rule, says) in CONTRADICTIONS.items()
    }

    assert dict.fromkeys((fact["id"] for fact in facts["policy_rules"]["contradictions"]), True) == shown


_CORRECTED = "LC-10 cs-library-nxd-inference-nxdi-on-trn1-inf2"
SHORTFALLS = {
    "UP-11": "nothing was announced, so there is no notice: the phase is unknown",
    _CORRECTED: "2.33.0 corrects: in maintenance, only its kernels ended",
}
"""Shortfalls of the facts that are no notice that was too short."""


def test_shortfalls_are_shown(catalog: Catalog, facts: Facts) -> None:
    """Where the vendor missed its own rule, the days are those of the facts, and whether the rule was in force."""
    by_id = {record["id"]: record for record in catalog.tables.records(LIFECYCLE)}
    components = {fact["id"]: fact for fact in facts["component_status"]["components"]}
    left, wrong = Counter[str](), []
    for fact in facts["policy_rules"]["observed_exceptions"]:
        component = components[fact["subject"]]
        found = list(_shown(fact, component, by_id, catalog))
        if fact["rule"] == "UP-11":
            assert {"unknown"} <= {standing.phase for standing in _standings(component, by_id, catalog)}
        reason = SHORTFALLS.get(fact["rule"]) or SHORTFALLS.get(f"{fact['rule']} {fact['subject']}", "")
        left.update([reason] if reason else [])
        if _shortfall(fact) not in found:
            wrong += [] if reason else [f"{fact['rule']} {fact['subject']}: {_shortfall(fact)} not in {found}"]

    tell("no notice", left)
    assert 53 == len(facts["policy_rules"]["observed_exceptions"])
    assert [] == wrong
    assert {SHORTFALLS["UP-11"]: 9, SHORTFALLS[_CORRECTED]: 1} == left


def _shortfall(fact: Facts) -> tuple[str, Any, bool | None]:
    """Return the rule, the days or the day on which it turns, and whether it was kept: not known before the rule."""
    detail = fact["detail"]
    kept = False if fact["rule_in_force_at_effective_date"] else None
    return fact["rule"], detail.get("notice_days", detail.get("required_until")), kept


def _shown(fact: Facts, component: Facts, by_id: dict[str, Any], catalog: Catalog) -> Iterator[tuple[str, Any, Any]]:
    """Yield what the catalog makes of it: the notices, and the rule of six months."""
    families = [{"trn1n": "trn1"}.get(one, one) for one in component.get("instance_families") or ()] or [None]
    workload = component.get("workload")
    for subject in _subjects(component, by_id, catalog):
        for family in families:
            standing = phase_of(subject, catalog, FACTS_DAY, family=family, workload=workload)
            for notice in (standing.notice, notice_of_maintenance(standing, catalog, FACTS_DAY)):
                if notice is not None:
                    yield {"maintenance": "LC-09"}.get(notice.phase, "LC-10"), notice.days, notice.kept
        rule = six_months(subject, catalog, FACTS_DAY) if fact["rule"] == "UP-06" else None
        if rule is not None:
            yield "UP-06", rule.until.isoformat(), rule.kept


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
