"""The page for a person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.reports import ODD, devices, finding, report, row, sdk

from neuron_collectors.facts import Failure
from neuron_validator.findings import Excerpt, Remedy, Severity
from neuron_validator.fingerprint import fingerprint
from neuron_validator.renderers.style import Style
from neuron_validator.renderers.terminal import render
from neuron_validator.report import DeviceSummary, Report, SdkSummary, Skip

COMMAND = "sudo apt-get install --allow-downgrades -y " + " ".join(
    f"'package-{number}=1.2.3.4*'" for number in range(9)
)


def page(judged: Report, *, verbosity: int = 0, **style: Any) -> str:
    """Render without colour."""
    return render(judged, style=Style(**style), verbosity=verbosity)


def line(text: str, label: str) -> str:
    """Return the line of *text* that begins with *label*, without it."""
    return next(found.removeprefix(label).strip() for found in text.splitlines() if found.startswith(label))


def test_healthy_host() -> None:
    """A healthy host is told in one screen: what it is, what is installed, and that there is nothing to do."""
    assert [
        "Host       trn1.2xlarge, 1 \u00d7 Trainium1, SDK 2.28.0, catalog of 2026-11-11",
        "System     Ubuntu 22.04.5 LTS, kernel 6.8.0-1044-aws",
        "Devices    1 expected, on PCI, in the driver and in /dev",
        "Driver     2.26.5.0 loaded, SDK 2.28.0",
        "SDK        SDK 2.28.0",
        "",
        "host                version   SDK     phase  next",
        "  aws-neuronx-dkms  2.26.5.0  2.28.0         newest 2.31.7.0, 5 releases behind",
        "",
        "Judged     as of 2026-11-21, by the catalog up to SDK 2.33.1 of 2026-11-11; exit code 0",
        f"Paste      {fingerprint(report())}",
        "Verdict    PASS: no known fault or conflict.",
        "Next       Nothing to do.",
    ] == page(report()).splitlines()


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (devices(16, 16, 16, 16), "16 expected, on PCI, in the driver and in /dev"),
        (devices(16, 15, 15, 15), "16 expected, 15 on PCI, 15 in the driver, 15 in /dev"),
        (devices(1, 1, 0, None), "1 expected, 1 on PCI, 0 in the driver; not known: in /dev"),
        (devices(16, None, None, None), "16 expected; not known: on PCI, in the driver, in /dev"),
        (devices(None, None, None, None), "not known: expected, on PCI, in the driver, in /dev"),
    ],
)
def test_devices(seen: DeviceSummary, expected: str) -> None:
    """Where the witnesses agree one number says it all; where they differ each has its own; unknown is not zero."""
    assert expected == line(page(report(devices=seen)), "Devices")


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        (sdk("exact", "2.28.0"), "SDK 2.28.0"),
        (sdk("range", "2.27.0", "2.27.1", "2.28.0"), "SDK 2.27.0 to 2.28.0 (the same in each)"),
        (sdk("adjacent", "2.27.1", "2.28.0"), "SDK 2.27.1 and 2.28.0 (neighbours, as after a partial update)"),
        (sdk("mixed", "2.28.0", odd_ones_out=(ODD,)), "mixed: SDK 2.28.0, and neuronx-cc 2.25.3371.0 of SDK 2.30.0"),
        (sdk("newer-than-catalog"), "newer than the catalog, which ends with SDK 2.33.1"),
        (sdk("unknown"), "not known"),
    ],
)
def test_sdk_in_words(summary: SdkSummary, expected: str) -> None:
    """How a scope matches the catalog is said in plain words."""
    assert expected == line(page(report(sdk=(summary,))), "SDK")


def test_scopes_are_named_where_there_are_several() -> None:
    """With more than one scope each line of the summary and each table says which it is about."""
    scopes = (sdk("exact", "2.28.0"), sdk("exact", "2.30.0", scope="env:train"))
    text = page(report(sdk=scopes, components=(row(), row(name="nki", version="0.4.0", scope="env:train"))))

    assert "SDK        host: SDK 2.28.0\n           env:train: SDK 2.30.0\n" in text
    assert "\n\nenv:train\n  nki  0.4.0  2.28.0" in text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "2.28.0         newest 2.31.7.0, 5 releases behind"),
        ({"releases_behind": 1}, "2.28.0         newest 2.31.7.0, 1 release behind"),
        ({"superseded_by": None, "phase": "stable"}, "2.28.0  stable"),
        ({"releases": ("2.27.0", "2.27.1")}, "2.27.0 to 2.27.1         newest 2.31.7.0, 5 releases behind"),
        ({"releases": (), "membership": "unlisted", "releases_behind": None}, "not listed         newest 2.31.7.0"),
        ({"releases": (), "membership": "newer-than-catalog", "superseded_by": None}, "newer than known"),
        ({"releases": (), "membership": "unknown", "superseded_by": None}, "not known"),
        (
            {"phase": "end-of-support", "end_of_support": date(2026, 4, 9)},
            "2.28.0  end-of-support  ended 2026-04-09",
        ),
        ({"phase": "end-of-support", "superseded_by": None}, "2.28.0  end-of-support"),
        (
            {"phase": "maintenance", "end_of_support": date(2027, 1, 31), "superseded_by": None},
            "2.28.0  maintenance  ends 2027-01-31",
        ),
        (
            {"phase": "maintenance", "end_of_support_release": "2.34", "superseded_by": None},
            "2.28.0  maintenance  ends with SDK 2.34",
        ),
        (
            {
                "phase": "stable",
                "next_phase": "maintenance",
                "next_phase_when": "SDK 2.34",
                "superseded_by": None,
            },
            "2.28.0  stable  maintenance from SDK 2.34",
        ),
    ],
)
def test_component(fields: dict[str, Any], expected: str) -> None:
    """A component's line says which releases it is of, its phase, and what changes next."""
    assert expected == line(page(report(components=(row(**fields),))), "  aws-neuronx-dkms  2.26.5.0")


def test_sources_of_one_component() -> None:
    """One version from two sources is one line; two versions say where each was seen."""
    package = row(source="dpkg: aws-neuronx-dkms 2.26.5.0")
    same = page(report(components=(row(), package)))
    different = page(report(components=(row(), row(version="2.28.0.0", source="dpkg: aws-neuronx-dkms 2.28.0.0"))))

    assert (1, 0) == (same.count("  aws-neuronx-dkms"), same.count("seen in"))
    assert "2.28.0         newest 2.31.7.0, 5 releases behind\n      seen in /sys/module/neuron/version\n" in different
    assert "      seen in dpkg: aws-neuronx-dkms 2.28.0.0\n" in different


def test_finding() -> None:
    """A finding says what was found, why it matters, what else it explains, what to do and where that is written."""
    told = finding(scope="env:train", consequences=("No device",), remedy=Remedy(summary="Do it.", reboot=True))

    assert [
        "WARNING    env:train: Driver and runtime do not fit",
        "           Found: driver 2.26.5.0",
        "           Expected: driver 2.27 or newer",
        "           Why: It does not start.",
        "           Explains: No device",
        "           Do: Do it.",
        "             Then reboot.",
        "           Check: some-check, rule DRV-RT-001",
        "             https://docs.example/driver.html",
    ] == page(report(findings=(told,)), verbosity=-1).split("\n\n")[0].splitlines()


def test_findings_keep_their_order() -> None:
    """The order was decided in the report; the page keeps it."""
    titles = ("first", "second", "third")
    severities = (Severity.INFO, Severity.CRITICAL, Severity.WARNING)
    told = tuple(finding(title=title, severity=severity) for title, severity in zip(titles, severities, strict=True))
    text = page(report(findings=told), verbosity=1)

    assert sorted(titles, key=text.index) == list(titles)
    assert [text.index(word) for word in ("INFO  ", "CRITICAL  ", "WARNING  ")] == sorted(
        text.index(word) for word in ("INFO  ", "CRITICAL  ", "WARNING  ")
    )


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_commands_and_links_are_never_broken(width: int) -> None:
    """What is to be copied stands on a line of its own, whole; everything else keeps to the width."""
    link = "https://docs.example/" + "x" * 90
    long = finding(observed="many words " * 40, docs=link, remedy=Remedy(summary="Do.", commands=(COMMAND, "true")))
    judged = report(findings=(long,))
    lines = page(judged, width=width).splitlines()
    whole = (COMMAND, link, fingerprint(judged))

    assert {f"{' ' * 15}{COMMAND}", f"{' ' * 15}true", f"{' ' * 13}{link}"} <= set(lines)
    assert [] == [text for text in lines if len(text) > width and not any(w in text for w in whole)]


def test_narrow_table() -> None:
    """What has no room in the last column goes below; where the columns have none, everything but the version does."""
    long = row(name="b" * 30, version="2.9.0.2.14.27725", superseded_by="2.9.0.2.15.32035")
    old = row(name="c" * 30, version="1.13.1.2.11.13.0", superseded_by=None, releases=("2.20.2", "2.32.0"))
    components = (row(name="a" * 20), long, old)

    assert [
        f"host{' ' * 30}version           SDK               phase",
        f"  {'a' * 20}            2.26.5.0          2.28.0",
        "      newest 2.31.7.0",
        f"  {'b' * 30}  2.9.0.2.14.27725  2.28.0",
        "      newest 2.9.0.2.15.32035",
        f"  {'c' * 30}  1.13.1.2.11.13.0  2.20.2 to 2.32.0",
    ] == page(report(components=components), width=80).split("\n\n")[1].splitlines()
    assert [
        f"host{' ' * 30}version",
        f"  {'a' * 20}            2.26.5.0",
        "      SDK 2.28.0, newest 2.31.7.0",
        f"  {'b' * 30}  2.9.0.2.14.27725",
        "      SDK 2.28.0, newest 2.9.0.2.15.32035",
        f"  {'c' * 30}  1.13.1.2.11.13.0",
        "      SDK 2.20.2 to 2.32.0",
    ] == page(report(components=components), width=60).split("\n\n")[1].splitlines()
    short = page(report(components=(row(name="a" * 28), row(name="d", superseded_by=None))), width=80)
    assert f"  {'a' * 28}  2.26.5.0  2.28.0         newest 2.31.7.0\n" in short


def test_heading_longer_than_names() -> None:
    """A scope's long name does not push the columns apart."""
    table = page(report(components=(row(scope="env:" + "x" * 40, name="nki"),))).split("\n\n")[1]

    assert ["env:" + "x" * 40, "  nki  2.26.5.0  2.28.0    newest 2.31.7.0, 5 releases behind"] == table.splitlines()


def test_what_is_good_to_know_is_short() -> None:
    """Findings without a need to act stand together, two lines each; with -v they are told in full."""
    told = tuple(finding(title=title, severity=Severity.INFO) for title in ("One", "Two"))
    short, long = page(report(findings=told), verbosity=-1), page(report(findings=told), verbosity=1)

    assert [
        "INFO       One",
        "           Install another driver. [some-check]",
        "INFO       Two",
        "           Install another driver. [some-check]",
    ] == short.split("\n\n")[0].splitlines()
    assert 2 == long.count("Why: It does not start.")
    note = page(report(findings=(finding(severity=Severity.INFO, kind="note", why="Data are lost. Or not."),)))
    assert (
        "INFO       Driver and runtime do not fit\n           Data are lost. Install another driver. [some-check]"
        in note
    )


def test_gaps() -> None:
    """What is missing for a verdict, unread and skipped is said in a line each, and every reason once."""
    gaps = report(
        missing=("driver: not a version", "runtime library: not collected"),
        failures=(Failure(collector="driver", reason="not a version"),),
        skipped=(
            Skip(check="one", reason="driver: not a version"),
            Skip(check="two", reason="device nodes: permission"),
        ),
        verdict="unknown",
        exit_code=3,
    )

    assert [
        "Missing    driver, needed for a verdict",
        "Missing    runtime library, needed for a verdict: not collected",
        "Unread     driver: not a version",
        "Skipped    2 checks whose facts are not known here (-v names them)",
    ] == page(gaps).split("\n\n")[2].splitlines()
    assert "Skipped    one: driver not known\nSkipped    two: device nodes not known: permission\n" in page(
        gaps, verbosity=1
    )
    assert "Give or make readable what a verdict needs: driver and runtime library." == line(page(gaps), "Next")


def test_verbosity() -> None:
    """Quiet leaves findings, verdict and what is next; verbose adds evidence, record and sources."""
    judged = report(findings=(finding(),), verdict="warn", exit_code=1)
    quiet, loud = page(judged, verbosity=-1), page(judged, verbosity=1)

    assert ["WARNING", "Verdict", "Next"] == [
        text.split()[0] for text in quiet.splitlines() if text.strip() == text != ""
    ]
    assert "Seen: 2.26.5.0 in /sys/module/neuron/version\n" in loud
    assert "Rule: DRV-RT-001, documented, read 2026-11-21: notes.rst#L435\n" in loud
    assert "glibc 2.35" in loud
    assert "seen in /sys/module/neuron/version" in loud


@pytest.mark.parametrize(
    ("verdict", "severity", "verdict_line", "next_line"),
    [
        (
            "fail",
            Severity.CRITICAL,
            "FAIL (1 critical): something here cannot work as it is.",
            "Install another driver.",
        ),
        (
            "warn",
            Severity.WARNING,
            "WARN (1 warning): it may run, but something will go wrong or is no longer supported.",
            "Install another driver.",
        ),
        (
            "pass",
            Severity.INFO,
            "PASS (1 info): no known fault or conflict.",
            "Nothing has to be done; the findings are good to know.",
        ),
    ],
)
def test_last_lines(verdict: str, severity: Severity, verdict_line: str, next_line: str) -> None:
    """The page ends with the verdict in words and the next best action."""
    text = page(report(findings=(finding(severity=severity),), verdict=verdict))

    assert (verdict_line, next_line) == (line(text, "Verdict"), line(text, "Next"))


def test_host_without_neuron() -> None:
    """A host without Neuron is told so in a friendly line, with what was looked at."""
    nothing = report(
        neuron_found=False,
        devices=DeviceSummary(expected=None, pci=0, driver=0, nodes=0, chip=None, driver_version=None),
        sdk=(),
        components=(),
        missing=("driver: not installed",),
        looked_at=("PCI devices", "driver"),
        verdict="unknown",
        exit_code=3,
    )
    lines = page(nothing).splitlines()

    assert "No Neuron device or software found on this host." == lines[0]
    assert "Looked at  PCI devices, driver" in lines
    assert "No Neuron device or software found on this host.\n" == page(nothing, verbosity=-1)
    assert "Missing" not in page(nothing)


def test_color_only_repeats() -> None:
    """With colour the page says the same: without the codes it is the page without colour."""
    judged = report(
        findings=(finding(), finding(severity=Severity.CRITICAL), finding(severity=Severity.INFO)), verdict="fail"
    )
    colored = page(judged, color=True)
    stripped = colored
    for code in ("0", "1", "2", "1;31", "1;32", "1;33", "1;35", "1;36"):
        stripped = stripped.replace(f"\x1b[{code}m", "")

    assert page(judged) == stripped
    assert "\x1b[1;31mCRITICAL\x1b[0m" in colored


def test_host_cannot_drive_the_terminal() -> None:
    """Control characters, line breaks and turned writing from the host do nothing on the page."""
    evil = "one\x1b[2J\ntwo\x9b1m\u202ethree\udcff"
    text = page(report(findings=(finding(observed=evil, evidence=(Excerpt(source=evil, text=evil),)),)), verbosity=1)

    assert "Found: one?[2J two?1m?three?\n" in text
    assert text.isprintable() or {"\n"} == {character for character in text if not character.isprintable()}


def test_ascii_page() -> None:
    """Where the output is not Unicode, everything is still there in ASCII."""
    text = page(report(findings=(finding(observed="na\u00efve \u2013 \u201cquoted\u201d\u2026"),)), unicode=False)

    assert text.isascii()
    assert "1 x Trainium1" in text
    assert 'Found: na\\xefve - "quoted"...\n' in text
