"""Every researched constraint is a rule of the catalog, or is left out for a reason: both ways, and all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog import Catalog, load_catalog
from neuron_validator.catalog.rule import Rule, parse_rule
from neuron_validator.catalog.tables import LIFECYCLE
from neuron_validator.versions import Range

pytestmark = pytest.mark.external

RULES: Mapping[str, Rule] = {rule.id: rule for rule in map(parse_rule, map(json.loads, load_catalog().rule_records))}

OWN = (
    "CC-TF-",
    "FAMILY-",
    "OPTIMUM-",
    "PY-JAX-",
    "TF-EXT-",
    "TORCH-EXT-",
    "VLLM-EXT-",
    "DRV-RT-010-RT",
)
"""Rules beside the researched ones, from documents that those do not cover; each names its source."""

SEEN_NOWHERE = "no fact of a host shows it"
PROCESS = "it is about what a program calls or does, and no fact of a host shows that"
IMAGES = "it is about published images, not about a host"
FLEET = "it compares several hosts"
IDENTIFICATION = "the components of a release are compared by their package lists; a set that strays is `mixed`"
ADVICE = "advice, not a requirement"
PACKAGE_MANAGER = "the package manager refuses it, and a snapshot does not hold that package"
HOST_STATE = "a state of the host, which its own checks judge"
LOG = "only the line that is printed shows it: it is among the known log lines"
TOOLS = "it is about how a tool is used"

LEFT_OUT: Mapping[str, str] = {
    "COL-002": FLEET,
    "COL-003": LOG,
    "COL-004": LOG,
    "COL-005": "whether a job runs on several nodes is not seen; on one node it does not matter",
    "COL-007": FLEET,
    "COL-008": SEEN_NOWHERE,
    "COL-010": PACKAGE_MANAGER,
    "COL-011": PACKAGE_MANAGER,
    "COL-012": PACKAGE_MANAGER,
    "COL-013": LOG,
    "COL-014": "a hint for those who parse file names",
    "COL-015": SEEN_NOWHERE,
    "COL-016": SEEN_NOWHERE,
    "COL-017": LOG,
    "COL-018": TOOLS,
    "COL-019": LOG,
    "COL-020": ADVICE,
    "COL-021": "from an unmerged pull request",
    "DRV-RT-016": HOST_STATE,
    "DRV-RT-017": ADVICE,
    "DRV-RT-022": PROCESS,
    "DRV-RT-029": "its end is in the life-cycle; another major than the driver's is a `major-step`",
    "DRV-RT-031": HOST_STATE,
    "DRV-RT-032": PROCESS,
    "DRV-RT-033": PROCESS,
    "DRV-RT-034": "the collectors read both layouts",
    "DRV-RT-035": IDENTIFICATION,
    "GLIBC-003": LOG,
    "GLIBC-004": "`platform-untested` says it, from the tables",
    "INF1-002": ADVICE,
    "INF1-003": "withdrawn by its authors",
    "INF1-005": "INF1-004 says the same of the runtime, whatever framework is on it",
    "INF1-007": IMAGES,
    "INF1-009": "`python-untested` says it, from the package lists",
    "INF1-010": ADVICE,
    "INF1-014": "NEFF-001 is the same",
    "INF1-015": "a compiled model does not say with which torch-neuron it was made",
    "INF1-016": TOOLS,
    "INF1-018": IDENTIFICATION,
    "INF1-019": "reports that it worked",
    "JAX-005": "which clients a plug-in supports is known only to the plug-in",
    "JAX-006": ADVICE,
    "JAX-007": PROCESS,
    "JAX-008": PROCESS,
    "K8S-003": LOG,
    "K8S-004": ADVICE,
    "K8S-007": IMAGES,
    "K8S-008": IMAGES,
    "K8S-009": TOOLS,
    "K8S-010": IMAGES,
    "NEFF-004": "NEFF-003 says it where the runtime's features are known",
    "NEFF-006": "said beside NEFF-005, as the setting that allows it",
    "NEFF-008": LOG,
    "NEFF-009": HOST_STATE,
    "NKI-001": PROCESS,
    "NKI-003": PROCESS,
    "NKI-004": PROCESS,
    "NKI-005": "the classification of compiler flags has it",
    "NUMPY-001": "sources disagree, and AWS's own images break it",
    "NUMPY-006": "optimum-neuron's metadata says it of each version",
    "NXD-001": IDENTIFICATION,
    "NXD-003": ADVICE,
    "NXD-004": IMAGES,
    "NXD-005": IMAGES,
    "NXD-006": IDENTIFICATION,
    "OS-002": HOST_STATE,
    "OS-007": SEEN_NOWHERE,
    "OS-008": "the sources contradict it",
    "OS-012": SEEN_NOWHERE,
    "OS-013": PACKAGE_MANAGER,
    "OS-014": SEEN_NOWHERE,
    "OS-017": IMAGES,
    "OS-018": "absent from a table: `platform-untested` says it, no alarm",
    "OS-019": "absent from a table: `platform-untested` says it, no alarm",
    "OS-020": LOG,
    "OS-023": LOG,
    "PROTO-002": "`>3` would exclude the 3.20 that the same page asks for",
    "TF-004": IMAGES,
    "TOOL-005": "TOOL-001 says it of the packages; the symbols of libraries are compared where they are read",
    "TOOL-009": TOOLS,
    "TOOL-010": TOOLS,
    "TOOL-011": TOOLS,
    "TOOL-013": TOOLS,
    "TOOL-014": LOG,
    "TOOL-015": TOOLS,
    "TOOL-016": TOOLS,
    "TOOL-017": TOOLS,
    "TOOL-018": "the collectors say what they may not read",
    "TOOL-019": "the collectors say what is not there",
    "TOOL-021": PACKAGE_MANAGER,
    "TOOL-023": PACKAGE_MANAGER,
    "TOOL-027": PROCESS,
    "TOOL-028": "the classification of settings has it",
    "TOOL-029": PROCESS,
    "TOOL-030": TOOLS,
    "TORCH-002": "it is about versions of pip",
    "TORCH-007": SEEN_NOWHERE,
    "TORCH-009": PROCESS,
    "TORCH-011": PROCESS,
    "TORCH-012": "no version is named",
    "TORCH-013": "a compiled model does not say with which torch-neuronx it was made",
    "TORCH-014": "sources disagree, and it is advice",
    "TORCH-020": "the life-cycle has it, for training alone; a host does not show what it is for",
    "TORCH-021": "the life-cycle has it",
    "TORCH-024": "PROTO-001 and PROTO-003 say it of the versions",
    "TORCH-027": "one function call, which every host of that version would be told of",
    "TORCH-028": LOG,
    "TORCH-029": LOG,
    "TORCH-031": PROCESS,
    "TORCH-035": "the local part of a version tells it, which facts may leave out",
    "TORCH-038": "there is an image for the system that it excludes",
    "VLLM-001": IDENTIFICATION,
    "VLLM-002": IDENTIFICATION,
    "VLLM-005": PROCESS,
    "VLLM-006": "a state of sources that has no version",
    "VLLM-007": "its metadata says it where it is read",
    "VLLM-009": PROCESS,
    "VLLM-010": "no version is named",
}

ENDED: Mapping[str, tuple[str, str]] = {
    "JAX-002": ("JAX", "0.7"),
    "K8S-006": ("Amazon Linux", "2"),
    "NXD-002": ("neuronx-distributed-inference", ""),
    "NXD-008": ("neuronx-distributed-inference", ""),
    "OS-015": ("Ubuntu", "18.04"),
    "OS-016": ("Ubuntu", "20.04"),
    "OS-024": ("Ubuntu", "16.04"),
    "PY-3.7": ("Python", "3.7"),
    "PY-3.8": ("Python", "3.8"),
    "PY-3.9": ("Python", "3.9"),
    "PY-3.10": ("Python", "3.10"),
    "TF-001": ("tensorflow-neuronx", ""),
    "TF-002": ("tensorflow-neuronx", "2.8"),
    "TF-003": ("tensorflow-neuron", "1.15"),
    "TF-005": ("torch-neuron", "1.9"),
    "TOOL-026": ("aws-neuronx-gpsimd-customop-lib", ""),
    "TORCH-016": ("torch-neuronx", "2.7"),
    "TORCH-017": ("torch-neuronx", "2.6"),
    "TORCH-018": ("torch-neuronx", "2.1"),
    "TORCH-019": ("torch-neuronx", "1.13"),
}
"""Ends of support, which the life-cycle tells with their dates: what the record there is about."""


@pytest.fixture(scope="module")
def constraints(shared: Path) -> dict[str, dict[str, Any]]:
    """The researched constraints by id."""
    document = json.loads((shared / "facts" / "constraints.json").read_text())
    return {constraint["id"]: constraint for constraint in document["constraints"]}


def test_every_constraint_is_accounted_for(constraints: dict[str, dict[str, Any]]) -> None:
    """A constraint is a rule, an end of support, or left out for a reason, and only one of these."""
    ways = [set(RULES), set(LEFT_OUT), set(ENDED)]

    assert 256 == len(constraints)
    assert [] == sorted(id_ for id_ in constraints if sum(id_ in way for way in ways) != 1)


def test_every_account_is_of_a_constraint(constraints: dict[str, dict[str, Any]]) -> None:
    """Nothing is left out that is not there, and a rule that is no constraint says whose it is."""
    assert [] == sorted((set(LEFT_OUT) | set(ENDED)) - set(constraints))
    assert [] == sorted(id_ for id_ in RULES if id_ not in constraints and not id_.startswith(OWN))


def test_rules_are_no_surer_than_their_constraints(constraints: dict[str, dict[str, Any]]) -> None:
    """A rule has the confidence of the constraint that it comes from."""
    differing = {i: rule.confidence for i, rule in RULES.items() if i in constraints and _differs(rule, constraints[i])}

    assert {} == differing


def _differs(rule: Rule, constraint: dict[str, Any]) -> bool:
    return rule.confidence != str(constraint["confidence"])


def test_only_what_may_is_critical(constraints: dict[str, dict[str, Any]]) -> None:
    """What the audit of the facts bars from alarms is none."""
    barred = {
        *("DRV-RT-005", "COL-001", "INF1-006", "OS-003", "OS-004", "OS-018", "OS-019", "TORCH-005", "TORCH-034"),
        *("TORCH-LX-2.1", "TORCH-LX-2.8", "TORCH-LX-2.9", "DRV-RT-007", "DRV-RT-023", "INF1-017"),
        *(f"DRV-RT-0{number}" for number in (18, 19, 20, 21, 25, 26, 27, 28)),
        *("JAX-002", "NUMPY-001", "INF1-007", "TORCH-014", "TORCH-036", "TORCH-037"),
    }
    ranges = {"numpy", "protobuf", "transformers", "vllm"}
    critical = [rule for rule in RULES.values() if rule.severity == "critical"]

    assert [] == [rule.id for rule in critical if rule.id in barred]
    assert [] == [rule.id for rule in critical for term in rule.others if term.component in ranges]
    assert [] == [i for i in RULES if i in constraints and constraints[i]["kind"] == "recommends" and _alarms(RULES[i])]


def _alarms(rule: Rule) -> bool:
    return rule.severity != "info"


@pytest.mark.parametrize("constraint", ENDED)
def test_ends_of_support_are_in_the_life_cycle(constraint: str) -> None:
    """What is left to the life-cycle has a record there."""
    name, version = ENDED[constraint]

    assert _life_cycle_has(load_catalog(), name, version)


def _life_cycle_has(catalog: Catalog, name: str, version: str) -> bool:
    records = catalog.tables.records_of(LIFECYCLE, name)
    ends = [r for r in records if r.get("phase") in {"end-of-support", "maintenance"}]
    ranges = [r["subject"].get("version") for r in ends]
    return any(not version or r is None or Range.parse(r).contains(version) for r in ranges)


SAME = {"linux-kernel": "kernel", "mxnet_neuron": "mxnet-neuron", "libtorch_neuronx_lite": "libtorch-neuronx-lite"}
READ_OTHERWISE: Mapping[str, str] = {
    "COL-009": "of the two that exclude each other, the old one is the subject",
    "INF1-013": "the symptom is of TensorFlow 1.15",
    "OS-009": "bounded below by the driver that the other source names",
    "OS-022": "a defect beside torch-neuronx, which training needs",
    "TOOL-001": "of the two that exclude each other, the old one is the subject",
    "TOOL-002": "of the two that exclude each other, the old one is the subject",
    "TOOL-003": "of the two that exclude each other, the old one is the subject",
    "TOOL-004": "of the two that exclude each other, the old one is the subject",
    "TOOL-008": "of the two that exclude each other, the old one is the subject",
    "TORCH-010": "a range has no local part",
}


def test_subjects_are_those_of_the_constraints(constraints: dict[str, dict[str, Any]]) -> None:
    """A rule is about the component and the versions of its constraint, but where it is said why not."""
    compared = {i: rule for i, rule in RULES.items() if i in constraints and rule.kind not in {"measured", "paired"}}

    assert set(READ_OTHERWISE) == {i for i, rule in compared.items() if not _is_about(rule, constraints[i]["subject"])}


def _is_about(rule: Rule, subject: dict[str, str]) -> bool:
    component = SAME.get(subject["component"], subject["component"])
    versions = {subject["version"].replace(" ", ""), "*" if subject["version"] == "X.Y" else ""}
    return rule.subject.component == component and rule.subject.range.text.replace(" ", "") in versions
