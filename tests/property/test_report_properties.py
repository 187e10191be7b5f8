"""Whatever the inventory: it is judged, and every renderer prints what came of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import neuron_validator
from neuron_collectors.facts import Inventory
from neuron_validator.catalog import load_catalog
from neuron_validator.compare import compare
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.renderers import html, junit, markdown, nagios, npd, sarif, terminal
from neuron_validator.renderers import json as json_renderer
from neuron_validator.renderers.style import Style
from neuron_validator.renderers.text import map_text, to_unicode
from neuron_validator.report import Report
from neuron_validator.report_file import loads_report

from .strategies import inventories

SCHEMA = Path(neuron_validator.__file__).parent / "data" / "report.schema.json"
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
CATALOG = load_catalog()


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Draw the report on any inventory, on any day since there is Neuron software."""
    day = draw(st.dates(min_value=date(2020, 1, 1), max_value=date(2029, 12, 31)))
    return diagnose(gather_evidence(draw(inventories()), CATALOG, day))


@given(reports())
def test_every_report_is_read_back(report: Report) -> None:
    """What the document says is the report again, but for bytes of names that are no Unicode."""
    read = loads_report(json_renderer.render(report))

    assert map_text(report, to_unicode) == read
    assert compare(read, map_text(report, to_unicode)).is_empty


@given(reports())
def test_every_report_has_every_format(report: Report) -> None:
    """XML and JSON parse back with a case and a result for each finding; a monitor's line is one line."""
    suite = ET.fromstring(junit.render(report))  # noqa: S314 - our own document
    results = json.loads(sarif.render(report))["runs"][0]["results"]
    lines = [nagios.render(report), npd.render(report)]

    assert {finding.id for finding in report.findings} <= {case.get("name") for case in suite.iter("testcase")}
    assert [finding.id for finding in report.findings] == [result["ruleId"] for result in results]
    assert [1, 1] == [len(line.splitlines()) for line in lines]
    assert len(lines[1].encode()) <= 81
    assert all(finding.severity.word.upper() in markdown.render(report) for finding in report.findings)
    assert html.render(report).endswith("</html>\n")


styles = st.builds(Style, color=st.booleans(), unicode=st.booleans(), width=st.integers(min_value=60, max_value=200))


@given(reports())
def test_every_report_is_valid_json(report: Report) -> None:
    """The document follows the schema, in ASCII, and says what the report says."""
    text = json_renderer.render(report)
    document = json.loads(text)

    assert text.isascii()
    assert [] == [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]
    assert len(report.findings) == len(document["findings"])


@given(reports(), styles, st.integers(min_value=-2, max_value=3))
def test_every_report_has_a_page(report: Report, style: Style, verbosity: int) -> None:
    """The page has text, every finding's word, no control character but line ends and our own colours."""
    page = terminal.render(report, style=style, verbosity=verbosity)
    plain = page if not style.color else page.replace("\x1b", "")

    assert page.strip()
    assert "\n" == page[-1]
    assert set() == {character for character in plain if ord(character) < 0x20} - {"\n"}
    assert style.unicode or page.isascii()
    assert all(finding.severity.word.upper() in page for finding in report.findings)


@given(inventories(), st.dates(min_value=date(2020, 1, 1), max_value=date(2029, 12, 31)))
def test_the_same_facts_give_the_same_report(inventory: Inventory, day: date) -> None:
    """Judging is a function of facts, catalog and date."""
    first, second = (diagnose(gather_evidence(inventory, CATALOG, day)) for _ in range(2))

    assert first == second
