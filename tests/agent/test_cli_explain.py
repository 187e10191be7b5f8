"""``explain``, and the logs of ``diagnose``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog import load_catalog
from neuron_validator.catalog.policy import all_policy_rules
from neuron_validator.checks import CHECKS
from neuron_validator.cli import main
from neuron_validator.policy_words import POLICY_OF_CHECKS

LINE = "NRT:nrt_init This runtime requires Neuron Driver version 2.27 or greater"
KERNEL = "[   12.3] neuron:ncdev_open: nd0 is in an invalid state"


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run ``explain`` and return its JSON."""
    assert main(["explain", "--format", "json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("driver-not-loaded", "check", "driver-not-loaded"),
        ("1006", "nrt-status", "NRT_EXEC_OOB (1006)"),
        ("NRT_EXEC_OOB", "nrt-status", "NRT_EXEC_OOB (1006)"),
        ("exec_oob", "nrt-status", "NRT_EXEC_OOB (1006)"),
        ("log-rt-004", "log-pattern", "LOG-RT-004"),
    ],
)
def test_what_can_be_explained(capsys: pytest.CaptureFixture[str], name: str, kind: str, shown: str) -> None:
    """A check, a return code by number or name, and a kind of line are explained."""
    (entry,) = explained(capsys, name)["explained"]

    assert (kind, shown) == (entry["kind"], entry["name"])


def test_a_rule_is_explained_by_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    """The id that a finding ends with leads to the check, and to this rule of it alone."""
    (entry,) = explained(capsys, "drv-rt-001")["explained"]

    assert "driver-runtime-incompatible" == entry["name"]
    assert ["DRV-RT-001"] == [rule["id"] for rule in entry["rules"]]


def test_the_text_has_cause_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person reads names what to do."""
    code = main(["explain", "1006", "device-nodes-missing"])

    shown = capsys.readouterr().out
    assert code == 0
    assert "  remedy " in shown
    assert "Every device has its node in /dev" in shown


def test_every_known_line_of_a_log(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Known lines are explained with the places where they stand, lines that say the same once."""
    log = tmp_path / "app.log"
    log.write_text(f"start\n{LINE}\nsomething\n{LINE}\n", encoding="utf-8")

    (entry,) = explained(capsys, "--log", str(log))["log"]["known"]

    assert ("LOG-RT-003", [2, 4], 2) == (entry["pattern"], entry["lines"], entry["count"])
    assert {"needed_driver": "2.27"} == entry["values"]
    assert main(["explain", "--log", str(log)]) == 0
    assert "line 2 and 1 more: critical, driver (LOG-RT-003)" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"\xff\xfe\x00\n", b"\x1b[31mred\n"])
def test_a_log_with_nothing_known(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes) -> None:
    """A log that says nothing is said to, whatever bytes it holds."""
    log = tmp_path / "app.log"
    log.write_bytes(content)

    assert main(["explain", "--log", str(log)]) == 0
    assert "lines is known" in capsys.readouterr().out


def test_a_log_on_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{LINE}\n".encode())))

    assert "LOG-RT-003" == explained(capsys, "--log", "-")["log"]["known"][0]["pattern"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 64, "name a check or a return code"),
        (["driver-not-loadet"], 64, "did you mean 'driver-not-loaded'?"),
        (["--log", "nowhere.log"], 66, "nowhere.log: No such file or directory"),
    ],
)
def test_what_cannot_be_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    """A name that nothing has, and a log that is not there, end with their own exit codes."""
    assert main(["explain", *arguments]) == code
    assert said in capsys.readouterr().err


def judged(capsys: pytest.CaptureFixture[str], tmp_path: Path, *logs: str) -> set[str]:
    """Diagnose an empty facts file with *logs* and return the findings' ids."""
    (tmp_path / "facts.json").write_text("{}", encoding="utf-8")
    arguments: list[str] = []
    for number, text in enumerate(logs):
        path = tmp_path / f"{number}.log"
        path.write_text(text, encoding="utf-8")
        arguments += ["--log", str(path)]
    main(["diagnose", "--facts", str(tmp_path / "facts.json"), "--as-of", "2026-11-21", "--format", "json", *arguments])
    return {finding["id"] for finding in json.loads(capsys.readouterr().out)["findings"]}


def test_diagnose_reads_logs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The application's log and the kernel's are told apart, and both are judged."""
    assert {"known-log-line"} == judged(capsys, tmp_path, f"{LINE}\n")
    assert {"device-reset-failed"} == judged(capsys, tmp_path, f"{KERNEL}\n")
    assert {"known-log-line", "device-reset-failed"} == judged(capsys, tmp_path, f"{LINE}\n", f"{KERNEL}\n")
    assert set() == judged(capsys, tmp_path)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "beta",
            [
                "    LC-04, since SDK 2.20.0 of 2024-09-16: Beta software is unsupported and for early trials",
                "        beta: contract major changes may come, not compatible with later releases",
                "      differs: beta: minor changes may come",
                "      differs: beta: performance is left open",
                "the newer counts",
            ],
        ),
        ("alpha", ["      differs: alpha: major changes may come", "        aws-neuron-sdk@v2.19.1:general/"]),
        ("release candidate", ["A release candidate is short-lived and is supported as"]),
        ("maintenance", ["Maintenance is announced at least one month before it"]),
        ("end-of-support", ["The end of support is announced at least one month"]),
        ("up-06", ["UP-06, since SDK 2.20.0 of 2024-09-16: Once a newer version"]),
        ("OLD-02", ["OLD-02, since SDK 1.12.1 of 2021-02-24 until 2024-09-16: The end of support of an SDK"]),
    ],
)
def test_what_the_policy_says(name: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A check, a phase, a level or a rule is explained by the policy, with what its other document says."""
    code = main(["explain", name])
    printed = capsys.readouterr().out

    assert 0 == code
    assert [] == [line for line in lines if line not in printed]


def test_policy_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the rules with their source, and where two documents differ."""
    main(["explain", "release-candidate", "--format", "json"])
    (entry,) = json.loads(capsys.readouterr().out)["explained"]
    rules = {rule["id"]: rule for rule in entry["policy"]}

    assert "policy" == entry["kind"]
    assert "full support" == rules["LC-05"]["differs"][0]["says"]
    assert "2024-09-16" == rules["LC-02"]["since"]


def test_every_check_named_by_the_policy_is_one() -> None:
    """The rules of the policy are told with checks that there are, and are rules that there are."""
    named = {rule for rules in POLICY_OF_CHECKS.values() for rule in rules}

    assert set(POLICY_OF_CHECKS) <= {check.id for check in CHECKS}
    assert named <= {rule.id for rule in all_policy_rules(load_catalog())}
