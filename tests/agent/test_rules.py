"""Every rule of the catalog, broken and kept; and the critical ones by facts written from the source."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.rule_facts import NoFacts, breaking, elsewhere, keeping

from neuron_collectors.facts import Instance, Inventory, OperatingSystem
from neuron_collectors.facts_file import parse_facts
from neuron_validator.catalog import Catalog, CatalogError, load_catalog
from neuron_validator.catalog.records import validate_records
from neuron_validator.catalog.rule import ALARMING_CONFIDENCE, Rule, Term, parse_rule
from neuron_validator.checks import CHECKS
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Finding, Severity
from neuron_validator.versions import Range

AS_OF = date(2026, 11, 21)
RULES = tuple(parse_rule(json.loads(text)) for text in load_catalog().rule_records)
MEASURED = {rule.id for rule in RULES if rule.kind == "measured"}
OWN_EVALUATION = MEASURED | {"NEFF-001", "NEFF-002"}
"""Rules that compare numbers of one file or library: facts for them are written by hand below."""


def judged_by(check: str, inventory: Inventory, catalog: Catalog, *, as_of: date = AS_OF) -> tuple[Finding, ...]:
    """Run one check."""
    checks = tuple(one for one in CHECKS if one.id == check)
    assert checks, f"no check {check}"
    return diagnose(gather_evidence(inventory, catalog, as_of), checks=checks).findings


def tells(findings: tuple[Finding, ...], rule: Rule) -> bool:
    """Tell whether a finding rests on *rule*, alone or beside a worse one of the same cause."""
    return any(rule.why in finding.why for finding in findings)


GENERIC = [pytest.param(rule, id=rule.id) for rule in RULES if rule.id not in OWN_EVALUATION]


@pytest.mark.parametrize("rule", GENERIC)
def test_a_broken_rule_is_told(rule: Rule, catalog: Catalog) -> None:
    """The smallest facts that break a rule draw its finding, with its severity, a way out and its source."""
    findings = judged_by(rule.check, breaking(rule, catalog), catalog)

    assert tells(findings, rule)
    worst = findings[0]
    assert Severity[rule.severity.upper()] <= worst.severity
    assert worst.remedy.summary
    assert worst.components
    assert worst.rule is not None
    assert worst.rule.source


@pytest.mark.parametrize("rule", GENERIC)
def test_a_kept_rule_is_silent(rule: Rule, catalog: Catalog) -> None:
    """The same facts with the other side right, or with another subject, draw nothing."""
    assert not tells(judged_by(rule.check, keeping(rule, catalog), catalog), rule)
    other = elsewhere(rule, catalog)
    assert other is None or not tells(judged_by(rule.check, other, catalog), rule)


@pytest.mark.parametrize("rule", GENERIC)
def test_a_rule_has_its_time(rule: Rule, catalog: Catalog) -> None:
    """The day before a rule became known it does not exist."""
    day_before = date.fromordinal(rule.known_from.toordinal() - 1)
    findings = judged_by(rule.check, breaking(rule, catalog), catalog, as_of=day_before)

    assert not tells(findings, rule)


def unexercised(rules: Sequence[Rule], catalog: Catalog) -> list[str]:
    """Report every one of *rules* that no facts break, or that none keep, and why."""
    return [f"{rule.id}: {why}" for rule in rules if (why := _why_unexercised(rule, catalog)) is not None]


def _why_unexercised(rule: Rule, catalog: Catalog) -> str | None:
    if rule.id in OWN_EVALUATION:
        return None if any(case["rule"] == rule.id for case in CRITICAL) else "no facts are written by hand"
    if rule.check not in {check.id for check in CHECKS}:
        return f"no check {rule.check}"
    try:
        facts = {"broken": breaking(rule, catalog), "kept": keeping(rule, catalog)}
    except NoFacts as error:
        return str(error)
    told = {state: tells(judged_by(rule.check, inventory, catalog), rule) for state, inventory in facts.items()}
    return None if told == {"broken": True, "kept": False} else f"told of: {told}"


def test_every_rule_is_exercised(catalog: Catalog) -> None:
    """No rule escapes: each is broken and kept, by the smallest facts or by facts written by hand."""
    assert [] == unexercised(RULES, catalog)


def test_a_rule_that_nothing_exercises_is_reported(catalog: Catalog) -> None:
    """A rule is listed that no check judges by, that cannot be broken, that says nothing, or that lacks its facts."""
    rule = next(rule for rule in RULES if rule.id == "DRV-RT-001")
    mute = (
        replace(rule, id="A", check="no-such-check"),
        replace(rule, id="B", subject=Term(component=rule.subject.component, range=Range.parse("<2.0,>=2.1"))),
        replace(rule, id="C", why="not in the catalog, so that nothing is told of it"),
    )

    assert ["A", "B", "C"] == [line.partition(":")[0] for line in unexercised((rule, *mute), catalog)]


def test_every_critical_rule_is_proved_by_hand() -> None:
    """Every rule that may raise a critical finding has facts of its own, written from the source."""
    by_hand = {case["rule"] for case in CRITICAL}

    assert [] == sorted(rule.id for rule in RULES if rule.severity == "critical" and rule.id not in by_hand)
    assert all(rule.confidence in ALARMING_CONFIDENCE for rule in RULES if rule.severity == "critical")


def test_rules_name_checks_that_exist() -> None:
    """A rule that no check judges by would be dead."""
    assert set() == {rule.check for rule in RULES} - {check.id for check in CHECKS}


def test_weak_rules_say_what_they_rest_on(catalog: Catalog) -> None:
    """A finding that rests on users' reports, or is inferred, says so in its reason."""
    for id_, words in (("OS-004", "users' reports"), ("COL-001", "inferred")):
        rule = next(rule for rule in RULES if rule.id == id_)

        assert words in judged_by(rule.check, breaking(rule, catalog), catalog)[0].why


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"confidence": "inferred"}, "severity: critical, with confidence 'inferred'"),
        ({"disagrees": ["a page says otherwise"]}, "severity: critical, although sources disagree"),
        ({"others": []}, "others: none in a rule of kind 'conflicts'"),
        ({"kind": "unsupported", "others": []}, "families: none in a rule of kind 'unsupported'"),
        ({"kind": "paired"}, "pairs: missing in a rule of kind 'paired'"),
        ({"pairs": {"2.9": "2.9"}}, "pairs: not expected in a rule of kind 'conflicts'"),
        ({"pairs": {"2.9": "any"}}, "pairs: not a major and minor like 2.9: 'any'"),
        ({"fixed_in": "2.27"}, "fixed_in: not expected in a rule of kind 'conflicts'"),
        ({"when": {"neuron-sdk": "new"}}, "when: neuron-sdk: not a range of versions: 'new'"),
        ({"when": {"package_format": "msi"}}, "when: package_format: not one of deb, rpm: 'msi'"),
        ({"when": {"environment": "SET"}}, "when: environment: not settings like NAME=VALUE || NAME=VALUE: 'SET'"),
    ],
)
def test_bad_rules_are_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    """The catalog names what a rule may not say."""
    record = json.loads(next(text for text in load_catalog().rule_records if '"DRV-RT-001"' in text))
    path = tmp_path / "rules.jsonl"
    path.write_text(json.dumps({**record, **changes}), encoding="utf-8")

    with pytest.raises(CatalogError, match=re.escape(f"rules.jsonl:1: {complaint}")):
        validate_records(path)


def test_no_rule_rests_on_less_than_it_says() -> None:
    """What users report or somebody inferred is at most a warning, and the finding says so."""
    weak = [rule for rule in RULES if rule.confidence not in ALARMING_CONFIDENCE]

    assert {"info", "warning"} >= {rule.severity for rule in weak}
    assert weak


@pytest.mark.parametrize(
    ("range_", "version", "expected"),
    [
        ("<2.23.112", "2.23.110.0", True),
        ("<2.23.112", "2.23.112.0", False),
        ("<2.23.112", "2.23", None),
        ("<2.23.112", "2.22", True),
        (">=2.20.28", "2.20", None),
        (">=2.20.28", "2.21", True),
        ("==2.20.28.0", "2.20.28.0", True),
        ("==2.0.* || ==2.1.*", "2", None),
        (">=2.0", "2", True),
        ("<2.24.13 || >=2.25,<2.26.10", "2.24.7.0", True),
        ("<2.24.13 || >=2.25,<2.26.10", "2.24", None),
        ("<2.24.13 || >=2.25,<2.26.10", "2.26.10.0", False),
        ("*", "2.x.7693.0", True),
        (">=2.0", "2.x.7693.0", None),
    ],
)
def test_terms_are_three_valued(range_: str, version: str, *, expected: bool | None) -> None:
    """A version too short to tell, or none at all, is neither inside a range nor outside."""
    assert expected is Term(component="x", range=Range.parse(range_)).judge(version)


def env(**packages: str) -> list[dict[str, Any]]:
    """Return one Python environment with *packages* (underscores for dashes)."""
    return [{"path": "/opt/env", "packages": {name.replace("_", "-"): v for name, v in packages.items()}}]


def pair(driver: str, runtime: str, **more: Any) -> dict[str, Any]:
    """Return a host with this loaded driver and runtime package."""
    return {
        "driver": {"loaded": driver},
        "os_packages": {"aws-neuronx-dkms": driver, "aws-neuronx-runtime-lib": runtime},
        **more,
    }


def old_pair(driver: str, **more: Any) -> dict[str, Any]:
    """Return a host with the driver's former package, loaded."""
    return {"driver": {"loaded": driver}, "os_packages": {"aws-neuron-dkms": driver}, **more}


def unbuilt(package: str, version: str, kernel: str) -> dict[str, Any]:
    """Return a host whose driver package could not be built for its kernel."""
    return {"os": {"kernel": kernel}, "os_packages": {package: version}, "in_container": False}


UNCHECKED_NEFF = {"path": "model.neff", "neff_version": "2.0", "feature_bits": "0x100"}

# For each rule: what its source says does not work, and the nearest that does. Written from the sources, not from the
# records; the finding of the broken host is the first, and the healthy twin has no finding of that check.
CRITICAL: list[dict[str, Any]] = [
    # SDK 2.30.0, runtime, known issues: 2.32 does not initialise with drivers up to 2.26.
    {"rule": "DRV-RT-001", "broken": pair("2.26.10.0", "2.32.31.0"), "healthy": pair("2.27.4.0", "2.32.31.0")},
    # SDK 2.31.0, runtime, known issues: driver 2.29 needs runtime 2.33.
    {"rule": "DRV-RT-002", "broken": pair("2.29.0.0", "2.32.31.0"), "healthy": pair("2.29.0.0", "2.33.10.0")},
    # Runtime 2.26.42.0: on Trn2 driver 2.22 or newer.
    {
        "rule": "DRV-RT-003",
        "broken": pair("2.21.37.0", "2.26.42.0", instance_type="trn2"),
        "healthy": pair("2.22.2.0", "2.26.42.0", instance_type="trn2"),
    },
    # Driver 2.20.28.0: needed on Trn2 by runtime 2.24 and newer.
    {
        "rule": "DRV-RT-004",
        "broken": pair("2.19.64.0", "2.24.53.0", instance_type="trn2"),
        "healthy": pair("2.20.28.0", "2.24.53.0", instance_type="trn2"),
    },
    # Runtime 2.9.64.0 and 2.10.15.0: driver 2.5 or newer.
    {"rule": "DRV-RT-008", "broken": pair("2.3.26.0", "2.9.64.0"), "healthy": pair("2.5.41.0", "2.9.64.0")},
    {"rule": "DRV-RT-009", "broken": pair("2.3.26.0", "2.10.15.0"), "healthy": pair("2.6.5.0", "2.10.15.0")},
    # Runtime troubleshooting: SDK 2.5 and newer with aws-neuron-dkms 2.4 and older.
    {
        "rule": "DRV-RT-010",
        "broken": old_pair(
            "2.3.26.0",
            python_envs=env(neuronx_cc="2.3.0.4", torch_neuronx="1.12.0.1.4.0"),
        ),
        "healthy": old_pair("2.3.26.0", python_envs=env(neuron_cc="1.11.4.0")),
    },
    {
        "rule": "DRV-RT-010-RT",
        "broken": {
            "driver": {"loaded": "2.3.26.0"},
            "os_packages": {"aws-neuron-dkms": "2.3.26.0", "aws-neuronx-runtime-lib": "2.12.23.0"},
        },
        "healthy": pair("2.8.4.0", "2.12.23.0"),
    },
    # Neuron 1.16.0: the runtime library needs driver 2.1.
    {
        "rule": "DRV-RT-011",
        "broken": old_pair("2.0.450.0", runtime={"version": "2.2.15.0"}),
        "healthy": old_pair("2.1.5.0", runtime={"version": "2.2.15.0"}),
    },
    {
        "rule": "DRV-RT-012",
        "broken": old_pair("1.5.0.0", runtime={"version": "2.2.0.0"}),
        "healthy": old_pair("2.0.450.0", runtime={"version": "2.2.0.0"}),
    },
    # Neuron 1.19.2 notes: releases after 1.19 need driver 2.3.11.
    {
        "rule": "DRV-RT-014",
        "broken": old_pair("2.3.3.0", python_envs=env(neuronx_cc="2.1.0.76")),
        "healthy": old_pair("2.3.26.0", python_envs=env(neuronx_cc="2.1.0.76")),
    },
    # Driver source 2.3.26.0 reports 2 to 4, 2.5.7.0 reports 2 to 6 on Inf1; issue 655 prints a runtime of id 6.
    {
        "rule": "DRV-RT-015",
        "broken": old_pair("2.3.26.0", instance_type="inf1", runtime={"compatibility_id": 6}),
        "healthy": {
            "instance_type": "inf1",
            "driver": {"loaded": "2.5.41.0"},
            "os_packages": {"aws-neuronx-dkms": "2.5.41.0"},
            "runtime": {"compatibility_id": 6},
        },
    },
    # Containers, 1.16: the host's driver has to be 2.1 or newer.
    {
        "rule": "K8S-002",
        "broken": old_pair("2.0.450.0", in_container=True, python_envs=env(neuron_cc="1.7.3.0")),
        "healthy": old_pair("2.2.6.0", in_container=True, python_envs=env(neuron_cc="1.7.3.0")),
    },
    # Containers, 2.30.0: images need driver 2.27 on the host.
    {
        "rule": "K8S-005",
        "broken": {
            "instance_type": "trn1",
            "in_container": True,
            "driver": {"loaded": "2.26.5.0"},
            "python_envs": env(neuronx_cc="2.25.3371.0", torch_neuronx="2.9.0.2.14.27725"),
        },
        "healthy": {
            "instance_type": "trn1",
            "in_container": True,
            "driver": {"loaded": "2.28.0.0"},
            "python_envs": env(neuronx_cc="2.25.3371.0", torch_neuronx="2.9.0.2.14.27725"),
        },
    },
    # Announcement (correction) of the driver's end on Inf1: 2.24 is the last line.
    {
        "rule": "INF1-001",
        "broken": {"instance_type": "inf1", "driver": {"loaded": "2.25.4.0"}},
        "healthy": {"instance_type": "inf1", "driver": {"loaded": "2.24.13.0"}},
    },
    # SDK 2.21.0, runtime: Inf1 is no longer supported.
    {
        "rule": "INF1-004",
        "broken": {"instance_type": "inf1", "runtime": {"version": "2.23.112.0"}},
        "healthy": {"instance_type": "inf1", "runtime": {"version": "2.22.19.0"}},
    },
    # Issues 192, 179 and the rpm's Requires: runtime 1.1 needs runtime-base 1.1.
    {
        "rule": "DRV-RT-030",
        "broken": {"os_packages": {"aws-neuron-runtime": "1.2.5.0", "aws-neuron-runtime-base": "1.0.8126.0"}},
        "healthy": {"os_packages": {"aws-neuron-runtime": "1.2.5.0", "aws-neuron-runtime-base": "1.2.0.0"}},
    },
    # Announcement about Amazon Linux 2: driver 2.18 and newer need kernel 5.10.
    {
        "rule": "OS-001",
        "broken": unbuilt("aws-neuronx-dkms", "2.18.20.0", "5.4.0-1057-aws"),
        "healthy": unbuilt("aws-neuronx-dkms", "2.18.20.0", "5.10.226-214.880.amzn2.x86_64"),
    },
    # Issue 945: aws-neuron-dkms 2.3.26 does not build on 6.5.
    {
        "rule": "OS-005",
        "broken": unbuilt("aws-neuron-dkms", "2.3.26.0", "6.5.0-1024-aws"),
        "healthy": unbuilt("aws-neuron-dkms", "2.3.26.0", "5.15.0-1021-aws"),
    },
    # Issue 843 and driver 2.16.7.0: 2.15.9 does not build on 6.3 and newer.
    {
        "rule": "OS-006",
        "broken": unbuilt("aws-neuronx-dkms", "2.15.9.0", "6.5.0-1015-aws"),
        "healthy": unbuilt("aws-neuronx-dkms", "2.16.7.0", "6.5.0-1015-aws"),
    },
    # SDK 2.26.0: driver 2.24.7 builds on 6.13 and newer.
    {
        "rule": "OS-010",
        "broken": unbuilt("aws-neuronx-dkms", "2.23.9.0", "6.14.0-1010-aws"),
        "healthy": unbuilt("aws-neuronx-dkms", "2.24.7.0", "6.14.0-1010-aws"),
    },
    # SDK 2.28.1: driver 2.26.10 builds on 6.18; on Inf1 2.24.13.
    {
        "rule": "OS-011",
        "broken": unbuilt("aws-neuronx-dkms", "2.26.5.0", "6.18.3-1.amzn2023.x86_64"),
        "healthy": unbuilt("aws-neuronx-dkms", "2.24.13.0", "6.18.3-1.amzn2023.x86_64"),
    },
    # PyTorch 2.9 introduction: glibc 2.35, which Amazon Linux 2023 (2.34) does not have.
    {
        "rule": "GLIBC-001",
        "broken": {
            "os": {"id": "amzn", "version": "2023", "glibc": "2.34"},
            "python_envs": env(torch_neuronx="2.9.0.2.12.22436"),
        },
        "healthy": {
            "os": {"id": "ubuntu", "version": "22.04", "glibc": "2.35"},
            "python_envs": env(torch_neuronx="2.9.0.2.12.22436"),
        },
    },
    # PyTorch 2.x introduction: not on Amazon Linux 2, which has glibc 2.26.
    {
        "rule": "GLIBC-002",
        "broken": {
            "os": {"id": "amzn", "version": "2", "glibc": "2.26"},
            "python_envs": env(torch_neuronx="2.1.2.2.2.0"),
        },
        "healthy": {
            "os": {"id": "ubuntu", "version": "20.04", "glibc": "2.31"},
            "python_envs": env(torch_neuronx="2.1.2.2.2.0"),
        },
    },
    # NxD Training installation, training troubleshooting: torch, torch-xla and torch-neuronx of one X.Y.
    {
        "rule": "TORCH-003",
        "broken": {"python_envs": env(torch="2.2.0", torch_xla="2.1.4")},
        "healthy": {"python_envs": env(torch="2.1.2", torch_xla="2.1.4")},
    },
    {
        "rule": "TORCH-004",
        "broken": {"python_envs": env(torch="2.10.0", torch_neuronx="2.9.0.2.13.26312+8e870898")},
        "healthy": {"python_envs": env(torch="2.9.1+cpu", torch_neuronx="2.9.0.2.13.26312+8e870898")},
    },
    # Issue 686: `Invalid dependency version torch==2.0.1+cu117. Expected torch==1.13.1`.
    {
        "rule": "TORCH-EXT-001",
        "broken": {"python_envs": env(torch="1.12.1", torch_neuron="1.13.1.2.9.1.0")},
        "healthy": {"python_envs": env(torch="1.13.1", torch_neuron="1.13.1.2.9.1.0")},
    },
    # transformers-neuronx issue 33: 0.6 needs the torch-neuronx of SDK 2.13.
    {
        "rule": "TORCH-030",
        "broken": {"python_envs": env(transformers_neuronx="0.6.106", torch_neuronx="1.13.1.1.9.1")},
        "healthy": {"python_envs": env(transformers_neuronx="0.6.106", torch_neuronx="1.13.1.1.10.1")},
    },
    # Table of NEFF versions in the runtime's notes: 1.0 from 1.0.6905.0, 2.0 from 1.6.5.0.
    {
        "rule": "NEFF-001",
        "broken": {
            "os_packages": {"aws-neuron-runtime": "1.0.6222.0"},
            "neffs": [{"path": "a.neff", "neff_version": "1.0"}],
        },
        "healthy": {
            "os_packages": {"aws-neuron-runtime": "1.0.6905.0"},
            "neffs": [{"path": "a.neff", "neff_version": "1.0"}],
        },
    },
    {
        "rule": "NEFF-002",
        "broken": {
            "os_packages": {"aws-neuron-runtime": "1.5.0.0"},
            "neffs": [{"path": "a.neff", "neff_version": "2.0"}],
        },
        "healthy": {
            "os_packages": {"aws-neuron-runtime": "1.6.24.0"},
            "neffs": [{"path": "a.neff", "neff_version": "2.0"}],
        },
    },
    # Issues 820 and 823: bit 8 against a runtime that supports bits 0 to 7 (and prints bit 63).
    {
        "rule": "NEFF-003",
        "broken": {"runtime": {"supported_feature_bits": "0x80000000000000ff"}, "neffs": [UNCHECKED_NEFF]},
        "healthy": {"runtime": {"supported_feature_bits": "0x1ff"}, "neffs": [UNCHECKED_NEFF]},
    },
    # SDK 2.30.0, runtime: the file's revision has to be the device's.
    {
        "rule": "NEFF-005",
        "broken": {"instance_type": "trn1", "neffs": [{"path": "a.neff", "target": "cayman"}]},
        "healthy": {"instance_type": "inf2", "neffs": [{"path": "a.neff", "target": "sunda"}]},
    },
    # SDK 2.30.0, runtime: logical core size at compile time and at run time.
    {
        "rule": "NEFF-007",
        "broken": {
            "instance_type": "trn2",
            "environment": {"NEURON_LOGICAL_NC_CONFIG": "1"},
            "neffs": [{"path": "a.neff", "lnc_size": 2}],
        },
        "healthy": {
            "instance_type": "trn2",
            "environment": {"NEURON_LOGICAL_NC_CONFIG": "2"},
            "neffs": [{"path": "a.neff", "lnc_size": 2}],
        },
    },
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["rule"]) for case in CRITICAL])
def test_critical_rules_by_hand(case: dict[str, Any], catalog: Catalog) -> None:
    """The broken host's first finding is that rule's, and critical; its healthy twin has none of that check."""
    rule = next(rule for rule in RULES if rule.id == case["rule"])
    broken, healthy = (
        diagnose(gather_evidence(parse_facts(json.dumps(case[key]), toml=False), catalog, AS_OF)).findings
        for key in ("broken", "healthy")
    )

    assert (rule.check, Severity.CRITICAL) == (broken[0].id, broken[0].severity)
    assert rule.why in broken[0].why
    assert rule.check not in {finding.id for finding in healthy if finding.severity is not Severity.INFO}


def test_rules_of_one_cause_are_one_finding(catalog: Catalog) -> None:
    """A driver that three rules rule out is told once, with every reason."""
    inventory = parse_facts(json.dumps(old_pair("1.5.0.0", runtime={"version": "2.12.23.0"})), toml=False)
    findings = judged_by("driver-runtime-incompatible", inventory, catalog)

    assert 1 == len(findings)
    assert "2.x line" in findings[0].why
    assert "cannot program the engines" in findings[0].why


def test_what_is_to_be_changed_is_the_cause_of_all(catalog: Catalog) -> None:
    """A torch that was replaced is one finding, though torchvision, too, does not fit it."""
    packages = env(torch="2.10.0", torch_xla="2.9.0", torch_neuronx="2.9.0.2.13.26312", torchvision="0.24.0")
    inventory = parse_facts(json.dumps({"python_envs": packages}), toml=False)
    findings = judged_by("torch-version-mismatch", inventory, catalog)

    assert 1 == len(findings)
    assert {"torch", "torch-xla", "torch-neuronx", "torchvision"} == set(findings[0].components)
    assert any("'torch==2.9.*'" in command for command in findings[0].remedy.commands)


def test_environments_that_suffer_from_one_cause_are_one_finding(catalog: Catalog) -> None:
    """A C library that is too old for two environments is one finding, of the system."""
    envs = [{"path": f"/opt/{name}", "packages": {"torch-neuronx": "2.9.0.2.12.22436"}} for name in "ab"]
    inventory = parse_facts(json.dumps({"os": {"glibc": "2.34"}, "python_envs": envs}), toml=False)
    findings = judged_by("glibc-too-old", inventory, catalog)

    assert ["host"] == [finding.scope for finding in findings]


def test_a_module_that_was_built_can_be_built(catalog: Catalog) -> None:
    """What is loaded on the running kernel builds there, whatever a rule says."""
    host = unbuilt("aws-neuronx-dkms", "2.23.9.0", "6.14.0-1010-aws") | {"driver": {"loaded": "2.23.9.0"}}
    inventory = parse_facts(json.dumps(host), toml=False)

    assert () == judged_by("driver-kernel-incompatible", inventory, catalog)


def test_an_unknown_driver_accepts_nobody_knows_what(catalog: Catalog) -> None:
    """A driver whose source was not seen has no range, and no finding."""
    host = pair("2.28.0.0", "2.32.31.0") | {"runtime": {"version": "2.32.31.0", "compatibility_id": 99}}
    inventory = parse_facts(json.dumps(host), toml=False)

    assert () == judged_by("driver-runtime-incompatible", inventory, catalog)


def test_a_release_in_doubt_breaks_no_rule(catalog: Catalog) -> None:
    """A rule for some SDK releases is not applied to components that were carried over from older ones."""
    rule = next(rule for rule in RULES if rule.id == "NUMPY-002")
    carried = {"path": "/opt/e", "packages": {"neuron-cc": "1.24.0.0", "numpy": "1.20.0"}}
    inventory = parse_facts(json.dumps({"python_envs": [carried]}), toml=False)

    assert not tells(judged_by(rule.check, inventory, catalog), rule)


def test_rules_for_other_software_of_the_same_purpose(catalog: Catalog) -> None:
    """A host with environments for several families, as the vendor's images have, is no fault."""
    both = [
        {
            "path": "/opt/aws_neuron_venv_pytorch_inf1",
            "packages": {"torch-neuron": "1.13.1.2.9.1.0", "neuron-cc": "1.19.0.0"},
        },
        {
            "path": "/opt/aws_neuronx_venv_pytorch",
            "packages": {"torch-neuronx": "1.13.1.1.11.0", "neuronx-cc": "2.10.0.35"},
        },
    ]
    inventory = parse_facts(json.dumps({"instance_type": "inf1", "python_envs": both}), toml=False)

    assert () == judged_by("compiler-family-unsupported", inventory, catalog)
    assert () == judged_by("framework-family-unsupported", inventory, catalog)


def test_without_a_family_only_rules_for_all_speak(catalog: Catalog) -> None:
    """On an unknown instance a rule for some families says nothing."""
    rule = next(rule for rule in RULES if rule.id == "DRV-RT-003")
    inventory = replace(breaking(rule, catalog), instance=None)

    assert not tells(judged_by(rule.check, inventory, catalog), rule)


def test_update_is_blocked_where_no_driver_is_known(catalog: Catalog) -> None:
    """The newest driver is judged in the place of the one here, also where nothing is known of that."""
    os = OperatingSystem(id="amzn", version="2", kernel="4.14")
    evidence = gather_evidence(Inventory(instance=Instance(instance_type="inf1"), os=os), catalog, date(2024, 9, 20))

    assert "driver-update-blocked" in [finding.id for finding in diagnose(evidence).findings]
