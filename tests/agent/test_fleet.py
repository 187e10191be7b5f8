"""Many hosts together."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports import ODD, devices, finding, report, row, sdk

from neuron_validator.cli import main
from neuron_validator.findings import Severity
from neuron_validator.fleet import Fleet, FleetHost, UnreadFile, host_of, summarise
from neuron_validator.renderers import fleet_csv, fleet_html, fleet_json, fleet_text
from neuron_validator.renderers import json as report_json


def host(name: str, **fields: Any) -> FleetHost:
    """Return a small healthy host, changed by *fields*."""
    common: dict[str, Any] = {
        "instance_type": "trn1.2xlarge",
        "devices": "1 Trainium1",
        "os": "Ubuntu 22.04.5 LTS",
        "kernel": "6.8.0-1044-aws",
        "sdk": "2.28.0",
        "driver": "2.26.5.0",
        "runtime": "2.30.51.0",
        "verdict": "pass",
        "findings": (),
        "endings": (),
        "fingerprint": "00000000",
        "as_of": date(2026, 11, 21),
    }
    return FleetHost(name=name, **{**common, **fields})


def test_host_of_a_report() -> None:
    """A report is made small: what counts over a fleet is kept, for versions of environments their ends only."""
    small = host_of(
        "a",
        report(
            components=(
                row(end_of_support=date(2027, 1, 1)),
                row(name="aws-neuronx-runtime-lib", version="2.30.51.0", component_class="runtime"),
                row(name="nki", version="0.4.0", scope="env:x", end_of_support_release="2.34"),
                row(name="nki", version="0.4.0", scope="env:y", end_of_support_release="2.34"),
            ),
            sdk=(sdk("range", "2.27.0", "2.27.1", "2.28.0"), sdk("mixed", "2.28.0", odd_ones_out=(ODD,))),
            findings=(finding(),),
        ),
    )

    assert ("trn1.2xlarge", "1 Trainium1", "2.27.0 to 2.28.0", "2.26.5.0", "2.30.51.0") == (
        *(small.instance_type, small.devices, small.sdk, small.driver, small.runtime),
    )
    assert [
        ("aws-neuronx-dkms", date(2027, 1, 1), None),
        ("nki", None, "2.34"),
    ] == [(ending.component, ending.date, ending.release) for ending in small.endings]
    assert [("some-check", Severity.WARNING)] == [(one.id, one.severity) for one in small.findings]


@pytest.mark.parametrize(
    ("fields", "sdk_words", "driver"),
    [
        ({"sdk": ()}, "", "2.26.5.0"),
        ({"sdk": (sdk("mixed", "2.28.0", odd_ones_out=(ODD,)),)}, "mixed", "2.26.5.0"),
        ({"sdk": (sdk("newer-than-catalog"),)}, "newer-than-catalog", "2.26.5.0"),
        ({"devices": devices(1, 1, 1, 1, driver_version=None)}, "2.28.0", "2.26.5.0"),
        ({"devices": devices(1, 1, 1, 1, driver_version=None), "components": ()}, "2.28.0", ""),
    ],
)
def test_what_is_not_known(fields: dict[str, Any], sdk_words: str, driver: str) -> None:
    """What is not known is empty; the driver's package stands in for a driver that is not loaded."""
    small = host_of("a", report(**fields))

    assert (sdk_words, driver) == (small.sdk, small.driver)


def test_outliers() -> None:
    """Who differs from two thirds of its instance type is named; unknown values and small groups name nobody."""
    fleet = summarise(
        [
            *(host(name) for name in "abc"),
            host("d", driver="2.28.0.0", kernel=""),
            host("e", instance_type="inf2.xlarge", driver="2.28.0.0"),
            host("f", instance_type=""),
        ]
    )

    assert [("d", "driver", "2.28.0.0", "2.26.5.0", 3, 4)] == [
        (o.host, o.property, o.value, o.majority, o.hosts, o.of) for o in fleet.outliers
    ]


@pytest.mark.parametrize(("drivers", "expected"), [("1112", ["d"]), ("1122", []), ("11122", []), ("123", [])])
def test_majority(drivers: str, expected: list[str]) -> None:
    """Below two thirds nobody is right, so nobody stands out."""
    fleet = summarise(host(name, driver=driver) for name, driver in zip("abcde", drivers, strict=False))

    assert expected == [outlier.host for outlier in fleet.outliers]


def test_findings_and_endings() -> None:
    """Findings are counted by host, the worst first; ends by when, those without a day last."""
    old = row(name="nki", version="0.4.0", scope="env:x", end_of_support=date(2027, 1, 1))
    new = row(name="nki", version="0.5.0", scope="env:x", end_of_support=date(2027, 1, 1))
    planned = row(name="neuronx-distributed", version="0.19", end_of_support_release="2.34")
    bad = finding(severity=Severity.CRITICAL, title="Worse")
    fleet = summarise(
        [
            host_of("b", report(findings=(bad, finding(id="other")), components=(new, planned))),
            host_of("a", report(findings=(finding(), finding(scope="env:x")), components=(old,))),
        ]
    )

    assert [("some-check", Severity.CRITICAL, 2, "Worse", "b"), ("other", Severity.WARNING, 1)] == [
        (fleet.findings[0].id, fleet.findings[0].severity, 2, fleet.findings[0].example, fleet.findings[0].first),
        (fleet.findings[1].id, fleet.findings[1].severity, fleet.findings[1].hosts),
    ]
    assert [("2027-01-01", "nki", ("0.4.0", "0.5.0"), 2), ("SDK 2.34", "neuronx-distributed", ("0.19",), 1)] == [
        (one.when, one.component, one.versions, one.hosts) for one in fleet.endings
    ]


VALUES = st.sampled_from(["", "2.28.0", "2.30.0", "<b>&\"'", "=1+1", "\x1b[2J"])
HOSTS = st.lists(
    st.builds(host, name=st.text(max_size=8), driver=VALUES, sdk=VALUES, instance_type=VALUES, os=VALUES), max_size=8
)


class Page(HTMLParser):
    """Collects what a page has open at its end, and all that it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.references += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


@given(HOSTS)
def test_any_fleet_is_rendered(hosts: list[FleetHost]) -> None:
    """Every format takes any fleet: text without commands for the terminal, whole CSV and JSON, HTML with its tags."""
    fleet = summarise(hosts, [UnreadFile(name="x<y", reason="junk")])
    rows = list(csv.reader(io.StringIO(fleet_csv.render(fleet))))
    page = Page()
    page.feed(fleet_html.render(fleet))

    assert len(hosts) == len(rows) - 1
    assert {len(fleet_csv.COLUMNS)} == set(map(len, rows))
    assert not any(cell.startswith("=") for line in rows for cell in line)
    assert len(hosts) == len(json.loads(fleet_json.render(fleet))["hosts"])
    assert ([], []) == (page.open, page.references)
    assert "\x1b" not in fleet_text.render(fleet)


def test_page() -> None:
    """The page for a person says how many there are, what they have, and what stands out."""
    fleet = summarise([*(host(name) for name in "abc"), host("d", driver="2.28.0.0", verdict="fail", fingerprint="1")])

    assert [
        "4 hosts: 1 fail, 3 pass",
        "2 different sets of software; judged as of 2026-11-21",
        "",
        "SDK release",
        "  2.28.0  4  100%",
        "",
        "driver",
        "  2.26.5.0  3  75%",
        "  2.28.0.0  1  25%",
    ] == fleet_text.render(fleet).splitlines()[:9]
    assert [
        "Hosts that differ from most of their instance type",
        "  d  driver  2.28.0.0  3 of 4 trn1.2xlarge: 2.26.5.0",
    ] == fleet_text.render(fleet).splitlines()[-2:]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Return a directory with two reports, one of them deeper, and a file that is none."""
    (tmp_path / "rack").mkdir()
    (tmp_path / "a.json").write_text(report_json.render(report()), encoding="utf-8")
    (tmp_path / "rack" / "b.json").write_text(report_json.render(report(verdict="unknown", exit_code=3)))
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not looked at", encoding="utf-8")
    return tmp_path


def test_command(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Directories are searched, hosts called by their files, and a file that is no report costs only itself."""
    assert 0 == main(["fleet", str(reports), "--format", "json"])
    printed = json.loads(capsys.readouterr().out)

    assert ["a", "rack/b"] == [one["name"] for one in printed["hosts"]]
    assert [str(reports / "bad.json")] == [one["file"] for one in printed["unread"]]


def test_many_files(reports: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes read what one does."""
    main(["fleet", str(reports)])
    alone = capsys.readouterr().out
    monkeypatch.setattr("neuron_validator.cli.fleet.FEW", 1)
    main(["fleet", str(reports), "--jobs", "2"])

    assert alone == capsys.readouterr().out


def test_snapshots_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A snapshot is judged as of the day that is asked for."""
    sample = Path(__file__).resolve().parent.parent / "hosts" / "trn1-driver-runtime-broken"
    main(["collect", "--root", str(sample), "--output", str(tmp_path / "one.json")])
    assert 0 == main(["fleet", str(tmp_path / "one.json"), "--as-of", "2026-11-21", "--format", "csv"])
    line = next(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert ("one", "fail", "driver-runtime-incompatible", "2026-11-21") == (
        *(line["host"], line["verdict"], line["first_finding"], line["as_of"]),
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["/nowhere.json"], 66), (["{empty}"], 66), ([], 64), (["x", "--jobs", "0"], 64)],
)
def test_nothing_to_read(tmp_path: Path, arguments: list[str], code: int) -> None:
    """Without a single report there is nothing to say; a wrong command line is told apart."""
    assert code == main(["fleet", *(argument.format(empty=tmp_path) for argument in arguments)])


def test_empty_fleet() -> None:
    """No host at all is a fleet, too, for who builds one by hand."""
    fleet: Fleet = summarise([])

    assert ((), 0) == (fleet.days, fleet.kinds)
