"""Alerts and recording rules: each asks for what is exported, is explained, and is tested both ways."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.promql import SCRAPED, faults, selectors

from neuron_validator.checks import CHECKS
from neuron_validator.cli import main
from neuron_validator.findings import Severity

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
SEVERITIES = {"critical", "warning", "info"}

Rule = dict[str, Any]


def load(name: str) -> Any:
    """Return a file of the folder."""
    return yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))


def rules(name: str) -> list[Rule]:
    """Return the rules of a file."""
    return [rule for group in load(name)["groups"] for rule in group["rules"]]


def recorded() -> dict[str, frozenset[str]]:
    """Return the recorded series with their labels: those in the outermost ``by``, and those that the rule adds."""
    found = {}
    for rule in rules("recording.yml"):
        grouped = re.match(r"\w+ by \((.*?)\)", rule["expr"])
        assert grouped is not None, rule["expr"]
        found[rule["record"]] = frozenset(label.strip() for label in grouped[1].split(",")) | {*rule.get("labels", ())}
    return found


def promtool(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run Prometheus' own tool, where there is one."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool here: it comes with Debian's package prometheus")
    return subprocess.run([program, *arguments], input=stdin, capture_output=True, text=True, check=False)


ALERTS = rules("alerts.yml")
RECORDING = rules("recording.yml")


@pytest.mark.parametrize("rule", [*RECORDING, *ALERTS], ids=lambda rule: str(rule.get("alert") or rule.get("record")))
def test_rules_ask_for_what_is_exported(rule: Rule) -> None:
    """A query for a name, a label or a word that is not there is silent for ever."""
    assert [] == list(faults(rule["expr"], recorded()))


def test_a_misspelt_query_is_found() -> None:
    """The test above can fail: each kind of mistake is named."""
    assert ["no metric neuron_validator_checks_status", "no label check"] == list(
        faults('sum by (check) (neuron_validator_checks_status{check="a"})', {})
    )
    assert ["neuron_validator_verdict has no label status", "no label status"] == list(
        faults('neuron_validator_verdict{status="fail"}', {})
    )
    assert ["verdict is never failed"] == list(faults('neuron_validator_verdict{verdict=~"warn|failed"}', {}))
    assert ["no label release"] == list(faults("sum by (release) (neuron_validator_verdict)", {}))


def test_recorded_names_follow_the_convention() -> None:
    """``level:metric:operation``, where the level is the label that is left."""
    assert [] == [
        name
        for name, left in recorded().items()
        if name.partition(":")[0].split("_")[0] not in {label.split("_")[0] for label in left}
    ]


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_alerts_name_checks_that_exist(rule: Rule) -> None:
    """A check that was renamed would silence its alert."""
    named = {
        check
        for _, matchers in selectors(rule["expr"])
        for label, _, value in matchers
        if label == "check"
        for check in value.split("|")
    }

    assert named <= {check.id for check in CHECKS}


def test_a_critical_check_has_one_alert() -> None:
    """What other alerts name is left out of the one about all the rest, and no fault of a device is left to that."""
    critical = {
        rule["alert"]: (operator, set(value.split("|")))
        for rule in ALERTS
        for _, matchers in selectors(rule["expr"])
        if any(label == "status" and "critical" in value for label, _, value in matchers)
        for label, operator, value in matchers
        if label == "check"
    }
    operator, left_out = critical.pop("NeuronStackIncompatible")
    of_devices = {one.id for one in CHECKS if one.category == "health" and one.severity == Severity.CRITICAL}

    assert "!~" == operator
    assert left_out == {check for _, named in critical.values() for check in named}
    assert of_devices <= left_out


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_alerts_have_a_runbook(repository: Path, rule: Rule) -> None:
    """Who is woken is told what to do: the link leads to a section of that name."""
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    sections = re.findall(r"^## (\w+)$", (repository / page).read_text(encoding="utf-8"), re.MULTILINE)

    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["alert"].lower() == anchor
    assert rule["alert"] in sections


def test_alerts_about_checks_lead_to_their_pages(repository: Path) -> None:
    """Whatever check an alert is about, the page that it names is there."""
    links = {rule["annotations"]["check_url"] for rule in ALERTS if "check_url" in rule["annotations"]}
    pages = [link.replace("{{ $labels.check }}", check.id) for link in links for check in CHECKS]

    assert {"docs/checks/{{ $labels.check }}.md"} == links
    assert [] == [page for page in pages if not (repository / page).is_file()]


def test_runbooks_are_about_alerts(repository: Path) -> None:
    """The page has one section for each alert, in the same order."""
    page = (repository / "docs" / "runbooks.md").read_text(encoding="utf-8")

    assert [rule["alert"] for rule in ALERTS] == re.findall(r"^## (\w+)$", page, re.MULTILINE)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_alerts_are_tested_both_ways(rule: Rule) -> None:
    """There is a test in which it fires, for one host of several, and one in which it is silent."""
    tests = load("alerts_test.yml")["tests"]
    cases = [(test, case) for test in tests for case in test["alert_rule_test"] if case["alertname"] == rule["alert"]]
    firing = [(test, case) for test, case in cases if case["exp_alerts"]]

    assert firing
    assert any(not case["exp_alerts"] for _, case in cases)
    assert all(len(test["input_series"]) > len(case["exp_alerts"]) for test, case in firing)


def test_every_recorded_series_is_tested() -> None:
    """The test of recording rules asks for each."""
    cases = [case["expr"] for test in load("recording_test.yml")["tests"] for case in test["promql_expr_test"]]

    assert [*dict.fromkeys(rule["record"] for rule in RECORDING)] == cases


def test_promtool_accepts_the_rules() -> None:
    """Prometheus loads them."""
    files = [str(PROMETHEUS / name) for name in ("recording.yml", "alerts.yml")]
    checked = promtool("check", "rules", "--lint=all", "--lint-fatal", *files)

    assert (0, "") == (checked.returncode, checked.stderr)
    assert 0 == promtool("check", "config", str(PROMETHEUS / "prometheus.yml")).returncode


@pytest.mark.parametrize("name", ["alerts_test.yml", "recording_test.yml"])
def test_promtool_runs_the_tests(name: str) -> None:
    """Alerts fire and are silent as they must, by Prometheus' own evaluation."""
    tested = promtool("test", "rules", str(PROMETHEUS / name))

    assert 0 == tested.returncode, tested.stdout + tested.stderr


@pytest.mark.parametrize("host", ["trn1-driver-runtime-broken", "trn1-healthy", "no-neuron"])
def test_promtool_accepts_the_metrics(repository: Path, capfdbinary: pytest.CaptureFixture[bytes], host: str) -> None:
    """Names, types and help are as Prometheus' own linter wants them."""
    main(["metrics", "--root", str(repository / "tests" / "hosts" / host), "--as-of", "2026-11-21"])
    checked = promtool("check", "metrics", stdin=capfdbinary.readouterr().out.decode())

    assert (0, "", "") == (checked.returncode, checked.stdout, checked.stderr)


def test_labels_of_hosts_are_kept() -> None:
    """Alerts that join do so by what Prometheus calls a host."""
    joins = re.findall(r"\bon \(([^()]*)\)", " ".join(rule["expr"] for rule in (*ALERTS, *RECORDING)))

    assert joins
    assert all({label.strip() for label in join.split(",")} >= SCRAPED for join in joins)
