"""
The report as a JUnit test suite, for what shows test results: Jenkins, GitLab, GitHub actions.

A test case for each check, in the form of the Jenkins plug-in's schema (``junit-10.xsd``): a failure where a finding is
one that the exit code tells of, skipped with the reason where the check could not run. A finding below ``--fail-on`` is
printed and fails nothing. The case ``verdict`` is in error where there is none, so that a suite that judged nothing is
not green.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from ..findings import Finding
from ..report import Report
from .text import map_text, to_line
from .words import say_facts, say_gap, say_judged, say_place, say_told, say_weight

_CLASS = "neuron-validator"
_NO_CHARACTERS = dict.fromkeys((0xFFFE, 0xFFFF), "?")
_EXPLAINED = "explained by a finding of another check"


def render(report: Report) -> str:
    """Return *report* as an XML document."""
    report = map_text(report, lambda text: to_line(text).translate(_NO_CHARACTERS))
    suite = _suite(report)
    ET.indent(suite, space=" ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suite, encoding="unicode")}\n'


def _suite(report: Report) -> ET.Element:
    """Build the suite; its counts are of the cases in it."""
    cases = [*_cases(report), _verdict(report)]
    suite = ET.Element("testsuite", name=_CLASS)
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    properties = ET.SubElement(suite, "properties")
    for name, value in (*say_facts(report), ("Judged", say_judged(report))):
        ET.SubElement(properties, "property", name=name, value=value)
    suite.extend(cases)
    if report.failures:
        lines = (f"{failure.collector}: {failure.reason}" for failure in report.failures)
        ET.SubElement(suite, "system-err").text = "\n".join(lines)
    return suite


def _cases(report: Report) -> Iterator[ET.Element]:
    """Yield a case for each check that was asked for, and for any other that spoke."""
    statuses = {status.check: status.status for status in report.checks}
    reasons = {skip.check: skip.reason for skip in report.skipped}
    for check in dict.fromkeys((*statuses, *reasons, *(finding.id for finding in report.findings))):
        case = ET.Element("testcase", classname=_CLASS, name=check)
        findings = [finding for finding in report.findings if finding.id == check]
        _tell(case, findings, report)
        if check in reasons:
            ET.SubElement(case, "skipped", message=say_gap(reasons[check]))
        elif not findings and statuses.get(check) != "pass":
            ET.SubElement(case, "skipped", message=_EXPLAINED)
        yield case


def _tell(case: ET.Element, findings: Sequence[Finding], report: Report) -> None:
    """Add what the check has to say: one failure for all that fails, as readers look for one, then what is printed."""
    failing = [finding for finding in findings if report.fails(finding)]
    if failing:
        worst = max(finding.severity for finding in failing)
        message = "; ".join(say_place(finding) + finding.title for finding in failing)
        failure = ET.SubElement(case, "failure", type=worst.word, message=message)
        failure.text = "\n\n".join(map(_text, failing))
    printed = [finding for finding in findings if not report.fails(finding)]
    if printed:
        ET.SubElement(case, "system-out").text = "\n\n".join(map(_text, printed))


def _text(finding: Finding) -> str:
    """Return the finding in lines; its commands last, as they are."""
    head = f"{say_weight(finding)}: {say_place(finding)}{finding.title}"
    told = (f"{label}: {text}" for label, text in say_told(finding))
    return "\n".join([head, *told, *finding.remedy.commands])


def _verdict(report: Report) -> ET.Element:
    case = ET.Element("testcase", classname=_CLASS, name="verdict")
    if report.verdict == "unknown":
        why = "; ".join(report.missing) or "no Neuron device or software found"
        ET.SubElement(case, "error", type="unknown", message=why)
    return case
