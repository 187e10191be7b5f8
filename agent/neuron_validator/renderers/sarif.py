"""
The report as SARIF 2.1.0, for what collects the results of analysers: GitHub code scanning, Azure DevOps, viewers.

Rules are the checks that spoke, results their findings. What is judged is a host and no source file, so locations are
logical: a component in a scope. https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from .. import __version__
from ..findings import Finding, Severity
from ..report import Report
from .json import Value
from .text import map_text, to_line
from .words import say_facts, say_gap, say_judged, say_place

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Mapping[Severity, str] = {
    Severity.CRITICAL: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_FINGERPRINT = "neuronValidatorFinding/v1"


def render(report: Report) -> str:
    """Return *report* as a SARIF log of one run."""
    report = map_text(report, to_line)
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, indent=2) + "\n"


def _run(report: Report) -> Mapping[str, Value]:
    first = {finding.id: finding for finding in reversed(report.findings)}
    rules = [first[check] for check in dict.fromkeys(finding.id for finding in report.findings)]
    positions = {finding.id: number for number, finding in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "neuron-validator",
                "version": __version__,
                "rules": [_rule(finding) for finding in rules],
            }
        },
        "invocations": [_invocation(report)],
        "results": [_result(finding, positions[finding.id]) for finding in report.findings],
        "properties": {
            "verdict": report.verdict,
            "judged": say_judged(report),
            "host": [f"{label}: {text}" for label, text in say_facts(report)],
        },
    }


def _rule(finding: Finding) -> Mapping[str, Value]:
    """Describe a check by what its first finding says of it."""
    named = finding.id.replace("-", " ").capitalize()
    page = {"helpUri": finding.docs} if finding.docs.startswith("https://") else {}
    return {
        "id": finding.id,
        "shortDescription": {"text": named},
        "fullDescription": {"text": finding.why or named},
        **page,
        "help": {"text": finding.remedy.summary},
        "properties": {"category": finding.category},
    }


def _result(finding: Finding, rule: int) -> Mapping[str, Value]:
    told = (f"{say_place(finding)}{finding.title}.", f"Found: {finding.observed}." if finding.observed else "")
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": " ".join(filter(None, (*told, finding.remedy.summary)))},
        "locations": [{"logicalLocations": _places(finding)}],
        "partialFingerprints": {_FINGERPRINT: _fingerprint(finding)},
        "properties": _properties(finding),
        **_suppressions(finding),
    }


def _suppressions(finding: Finding) -> Mapping[str, Value]:
    """Say that a finding is silenced, and why; a reader does not count it then."""
    silence = finding.silence
    if silence is None:
        return {}
    words = f"{silence.reason} (until {silence.until.isoformat()})"
    return {"suppressions": [{"kind": "external", "justification": words}]}


def _places(finding: Finding) -> list[Value]:
    """Return where a finding is: its components in its scope, or the scope."""
    scope: Mapping[str, Value] = {"name": finding.scope, "fullyQualifiedName": finding.scope, "kind": "namespace"}
    components: list[Value] = [
        {"name": name, "fullyQualifiedName": f"{finding.scope}/{name}", "kind": "package"}
        for name in finding.components
    ]
    return components or [scope]


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same as long as the finding does: check, rule, scope and components."""
    parts = (finding.id, finding.rule.id if finding.rule else "", finding.scope, *finding.components)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _properties(finding: Finding) -> Mapping[str, Value]:
    rule = finding.rule
    source: Mapping[str, Value] = (
        {"rule": rule.id, "source": rule.source, "confidence": rule.confidence} if rule else {}
    )
    return {
        "severity": finding.severity.word,
        "kind": finding.kind,
        "expected": finding.expected,
        "commands": list(finding.remedy.commands),
        "reboot": finding.remedy.reboot,
        **source,
        "evidence": [f"{excerpt.source}: {excerpt.text}" for excerpt in finding.evidence],
    }


def _invocation(report: Report) -> Mapping[str, Value]:
    """Tell of the run: its exit code, what could not be read and which checks could not run."""
    unread = [f"{failure.collector}: {failure.reason}" for failure in report.failures]
    skipped = [f"{skip.check} skipped: {say_gap(skip.reason)}" for skip in report.skipped]
    return {
        "executionSuccessful": True,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [
            *({"level": "warning", "message": {"text": text}} for text in unread),
            *({"level": "note", "message": {"text": text}} for text in skipped),
        ],
    }
