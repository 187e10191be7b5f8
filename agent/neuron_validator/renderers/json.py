"""
The report as one JSON document, for programs.

This mapping is the public one, ``schema_version`` "1.0": keys are added freely and never renamed or removed.
``data/report.schema.json`` describes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from .. import __version__
from ..findings import Finding, Silence
from ..report import ComponentRow, DeviceSummary, HostSummary, Report, SdkSummary, UsageRow
from .text import map_text, to_unicode

SCHEMA_VERSION = "1.0"

Value = str | int | bool | None | list["Value"] | Mapping[str, "Value"]


def render(report: Report) -> str:
    """Return *report* as JSON. It is written in ASCII, so that no output can spoil it."""
    return json.dumps(to_mapping(map_text(report, to_unicode)), indent=2) + "\n"


def to_mapping(report: Report) -> Mapping[str, Value]:
    """Return what the document says, in the order of its keys."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "neuron-validator", "version": __version__},
        "catalog": {
            "latest_release": report.catalog_release,
            "date": _day(report.catalog_date),
        },
        "as_of": report.as_of.isoformat(),
        "host": _host(report.host),
        "devices": _devices(report.devices),
        "sdk": [_sdk(summary) for summary in report.sdk],
        "components": [_component(row) for row in report.components],
        "foundations": [_component(row) for row in report.foundations],
        "usages": [_usage(row) for row in report.usages],
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [{"check": skip.check, "reason": skip.reason} for skip in report.skipped],
        "failures": [{"collector": failure.collector, "reason": failure.reason} for failure in report.failures],
        "checks": [{"check": status.check, "status": status.status} for status in report.checks],
        "missing": list(report.missing),
        "looked_at": list(report.looked_at),
        "neuron_found": report.neuron_found,
        "verdict": report.verdict,
        "fail_on": report.fail_on.word if report.fail_on else "never",
        "exit_code": report.exit_code,
    }


def _host(host: HostSummary) -> Mapping[str, Value]:
    return {
        "instance_type": host.instance_type,
        "family": host.family,
        "os": host.os,
        "kernel": host.kernel,
        "glibc": host.glibc,
        "in_container": host.in_container,
    }


def _devices(devices: DeviceSummary) -> Mapping[str, Value]:
    return {
        "expected": devices.expected,
        "pci": devices.pci,
        "driver": devices.driver,
        "nodes": devices.nodes,
        "chip": devices.chip,
        "driver_version": devices.driver_version,
    }


def _sdk(summary: SdkSummary) -> Mapping[str, Value]:
    return {
        "scope": summary.scope,
        "releases": list(summary.releases),
        "match": summary.match,
        "odd_ones_out": [
            {"component": odd.package, "version": odd.version, "releases": list(odd.releases)}
            for odd in summary.odd_ones_out
        ],
    }


def _component(row: ComponentRow) -> Mapping[str, Value]:
    return {
        "name": row.name,
        "version": row.version,
        "class": row.component_class,
        "scope": row.scope,
        "source": row.source,
        "releases": list(row.releases),
        "phase": row.phase,
        "phase_since": _day(row.phase_since),
        "end_of_support": _day(row.end_of_support),
        "releases_behind": row.releases_behind,
        "superseded_by": row.superseded_by,
        "level": row.level,
        "membership": row.membership,
        "end_of_support_release": row.end_of_support_release,
        "next_phase": row.next_phase,
        "next_phase_when": row.next_phase_when,
    }


def _usage(row: UsageRow) -> Mapping[str, Value]:
    return {"kind": row.kind, "name": row.name, "level": row.level, "phase": row.phase, "where": row.where}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _finding(finding: Finding) -> Mapping[str, Value]:
    remedy, rule = finding.remedy, finding.rule
    return {
        "id": finding.id,
        "severity": finding.severity.word,
        "category": finding.category,
        "kind": finding.kind,
        "components": list(finding.components),
        "scope": finding.scope,
        "title": finding.title,
        "observed": finding.observed,
        "expected": finding.expected,
        "why": finding.why,
        "remedy": {"summary": remedy.summary, "commands": list(remedy.commands), "reboot": remedy.reboot},
        "evidence": [{"source": excerpt.source, "excerpt": excerpt.text} for excerpt in finding.evidence],
        "rule": None
        if rule is None
        else {
            "id": rule.id,
            "source": rule.source,
            "retrieved": rule.retrieved,
            "confidence": rule.confidence,
        },
        "docs": finding.docs,
        "consequences": list(finding.consequences),
        "silenced": _silence(finding.silence),
        "expired_silence": _silence(finding.expired_silence),
    }


def _silence(silence: Silence | None) -> Mapping[str, Value] | None:
    return None if silence is None else {"reason": silence.reason, "until": silence.until.isoformat()}
