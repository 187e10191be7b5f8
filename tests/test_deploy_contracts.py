"""What Kubernetes' detector and Slurm run, run as they run it: exit codes, length of the line, time."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.reports import finding, report

from neuron_validator.checks import CHECKS
from neuron_validator.findings import Severity
from neuron_validator.renderers.json import render
from neuron_validator.report import Report
from neuron_validator.selection import select_checks

AWS_CONDITIONS = {"NeuronHealth", "AcceleratedHardwareReady"}
"""Conditions of AWS's own agents."""
KERNEL = finding(id="kernel-without-module", severity=Severity.WARNING, title="Kernel 6.8.0-1 has no module")
DRIVER = finding(
    id="driver-runtime-incompatible", severity=Severity.CRITICAL, title="Runtime needs another driver " * 9
)
PROLOG = "deploy/slurm/neuron-validator-prolog"


@pytest.fixture
def detector(repository: Path) -> Any:
    """The configuration of the detector's plug-in."""
    path = repository / "deploy/kubernetes/node-problem-detector/neuron-validator.json"
    return json.loads(path.read_text(encoding="utf-8"))


def program(folder: Path, script: str) -> Path:
    """Write an executable that stands for neuron-validator, or starts it."""
    path = folder / "neuron-validator"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def of_service(folder: Path, judged: Report | None) -> Path:
    """Return what starts the real program, on a machine whose service judged so."""
    if judged is not None:
        (folder / "report.json").write_text(render(judged), encoding="utf-8")
    facts = folder / "facts.json"
    facts.write_text("{}", encoding="utf-8")
    start = shlex.join([sys.executable, "-m", "neuron_validator"])
    # Where it would read this machine, it reads one of which nothing is known.
    return program(
        folder,
        f"export STATE_DIRECTORY={shlex.quote(str(folder))}\n"
        f'case "$*" in *--from-service*) exec {start} "$@" ;; *) exec {start} "$@" --facts {facts} ;; esac',
    )


def ask_detector(detector: Any, plugin: Path) -> dict[str, tuple[int, str]]:
    """Run every rule as the detector does; return its exit code and line by condition."""
    answers = {}
    for rule in detector["rules"]:
        command = [str(plugin), *rule["args"]]
        seconds = float(rule["timeout"].removesuffix("s"))
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 5, check=False)
        answers[rule["condition"]] = (done.returncode, done.stdout)
        assert "" == done.stderr
    return answers


def test_detector_configuration(detector: Any) -> None:
    """Each rule sets a condition of its own, which no agent of AWS's sets, with its own reason in CamelCase."""
    conditions = [condition["type"] for condition in detector["conditions"]]
    reasons = [entry["reason"] for entry in (*detector["conditions"], *detector["rules"])]

    assert conditions == [rule["condition"] for rule in detector["rules"]]
    assert not AWS_CONDITIONS & set(conditions)
    assert len(set(reasons)) == len(reasons)
    assert all(word[0].isupper() and word.isalnum() for word in (*conditions, *reasons))
    assert 80 == detector["pluginConfig"]["max_output_length"]
    assert detector["pluginConfig"]["skip_initial_status"]
    assert {"permanent"} == {rule["type"] for rule in detector["rules"]}
    assert {"/usr/bin/neuron-validator"} == {rule["path"] for rule in detector["rules"]}


def test_detector_misses_nothing_critical(detector: Any) -> None:
    """Every check that can be critical is part of exactly one condition."""
    parts: list[str] = []
    for rule in detector["rules"]:
        arguments = rule["args"]
        only = [value for name, value in pairwise(arguments) if name == "--only"]
        parts += [check.id for check in select_checks(CHECKS, only=only, skip=()) if check.severity >= Severity.WARNING]
    critical = {check.id for check in CHECKS if check.severity is Severity.CRITICAL}

    assert dict.fromkeys(critical, 1) == {check: parts.count(check) for check in critical}


def test_detector_healthy(detector: Any, tmp_path: Path) -> None:
    """On a node without findings every condition is good."""
    answers = ask_detector(detector, of_service(tmp_path, report()))

    assert {0} == {code for code, _ in answers.values()}


def test_detector_findings(detector: Any, tmp_path: Path) -> None:
    """A finding makes its own condition bad and no other; what the detector shows of it is whole."""
    judged = report(findings=(DRIVER, KERNEL), verdict="fail", exit_code=2)
    answers = ask_detector(detector, of_service(tmp_path, judged))

    assert {
        "NeuronStackIncompatible": 1,
        "NeuronDevicesMissing": 0,
        "NeuronHardwareFault": 0,
        "NeuronDriverLostAtReboot": 1,
    } == {condition: code for condition, (code, _) in answers.items()}
    assert "Kernel 6.8.0-1 has no module\n" == answers["NeuronDriverLostAtReboot"][1]
    assert answers["NeuronStackIncompatible"][1].startswith("Runtime needs another driver ")
    assert all(0 < len(line.rstrip("\n").encode()) <= 80 and line.count("\n") == 1 for _, line in answers.values())


def test_detector_without_service(detector: Any, tmp_path: Path) -> None:
    """Where the service is silent nothing is known, and the line says so."""
    answers = ask_detector(detector, of_service(tmp_path, None))

    assert {2} == {code for code, _ in answers.values()}
    assert {"no report of a running service"} == {line.partition(":")[0] for _, line in answers.values()}


def prolog(repository: Path, plugin: Path, *options: str) -> tuple[int, str, float]:
    """Run the prolog as slurmd does, which reads until nobody can write any more; return also how long it took."""
    environment = {
        **os.environ,
        "NEURON_VALIDATOR": str(plugin),
        "SLURMD_NODENAME": "trn1-7",
        "TMPDIR": str(plugin.parent),
    }
    began = time.monotonic()
    done = subprocess.run(
        ["/bin/sh", str(repository / PROLOG), *options],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )
    assert "" == done.stderr or done.returncode == 64
    return done.returncode, done.stdout, time.monotonic() - began


def left_behind(folder: Path) -> list[str]:
    """Return temporary folders of the prolog that are still there."""
    return [path.name for path in folder.glob("neuron-validator-prolog.*")]


def test_prolog_lets_a_healthy_node_run(repository: Path, tmp_path: Path) -> None:
    """A good report of the service is enough; it does not wait for its budget."""
    code, printed, seconds = prolog(repository, of_service(tmp_path, report()), "--drain-on", "warning")

    assert (0, "neuron-validator: ok: ") == (code, printed[:22])
    assert seconds < 8
    assert [] == left_behind(tmp_path)


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--drain-on", "critical"), 1), (("--drain-on", "never"), 0)])
def test_prolog_prints_the_command(repository: Path, tmp_path: Path, options: Sequence[str], code: int) -> None:
    """What would drain the node is printed and not run; the prolog fails only where it was asked to."""
    (tmp_path / "scontrol").write_text(f"#!/bin/sh\ntouch {tmp_path}/drained\n")
    (tmp_path / "scontrol").chmod(0o755)
    judged = report(findings=(DRIVER,), verdict="fail", exit_code=2)
    ended, printed, _ = prolog(repository, of_service(tmp_path, judged), *options)

    command = printed.splitlines()[1]
    assert code == ended
    assert ["scontrol", "update", "NodeName=trn1-7", "State=DRAIN"] == shlex.split(command)[:4]
    assert shlex.split(command)[4].startswith("Reason=neuron-validator: Runtime needs another driver")
    assert not (tmp_path / "drained").exists()


def test_prolog_quotes_nothing_that_a_shell_runs(repository: Path, tmp_path: Path) -> None:
    """What is found cannot break out of the printed command, whatever it is called."""
    nasty = finding(severity=Severity.CRITICAL, title='x"; touch y; `touch y` $(touch y) \\')
    judged = report(findings=(nasty,), verdict="fail", exit_code=2)
    _, printed, _ = prolog(repository, of_service(tmp_path, judged))

    assert 5 == len(shlex.split(printed.splitlines()[1]))
    assert not set("`$\\") & set(printed)


@pytest.mark.parametrize(("drain_on", "code"), [("warning", 1), ("critical", 0)])
def test_prolog_drains_from_a_severity_on(repository: Path, tmp_path: Path, drain_on: str, code: int) -> None:
    """A warning drains only where that was asked for."""
    judged = report(findings=(KERNEL,), verdict="warn", exit_code=1)

    assert code == prolog(repository, of_service(tmp_path, judged), "--drain-on", drain_on)[0]


def test_prolog_judges_itself_without_a_service(repository: Path, tmp_path: Path) -> None:
    """Without a service it judges in its own time; without a verdict the job starts."""
    code, printed, _ = prolog(repository, of_service(tmp_path, None), "--drain-on", "warning")

    assert (0, "neuron-validator: no verdict: no Neuron device or software found; the job starts\n") == (code, printed)


@pytest.mark.parametrize(
    "script", ["exec sleep 300", "trap '' TERM INT HUP; while :; do sleep 1; done", "sleep 300 & wait"]
)
def test_prolog_keeps_its_budget(repository: Path, tmp_path: Path, script: str) -> None:
    """A validator that hangs, also one that heeds no signal, costs the budget and no more, and drains no node."""
    code, printed, seconds = prolog(repository, program(tmp_path, script), "--budget", "2", "--drain-on", "warning")

    assert (0, "neuron-validator: no verdict within 2 s; the job starts\n") == (code, printed)
    assert 1.9 < seconds < 6  # a busy machine starts and ends processes late
    assert [] == left_behind(tmp_path)


@pytest.mark.parametrize("script", ["exit 127", "echo broken >&2; exit 70", "kill -9 $$"])
def test_prolog_outlives_a_broken_program(repository: Path, tmp_path: Path, script: str) -> None:
    """A program that is missing or fails drains no node."""
    code, printed, _ = prolog(repository, program(tmp_path, script), "--drain-on", "warning")

    assert 0 == code
    assert printed.startswith("neuron-validator: no verdict: ")


@pytest.mark.parametrize(
    "options", [("--budget", "11"), ("--budget", "0"), ("--drain-on", "info"), ("--wait", "1"), ("--budget",)]
)
def test_prolog_usage(repository: Path, tmp_path: Path, options: Sequence[str]) -> None:
    """A mistake in the options says so at once."""
    assert 64 == prolog(repository, program(tmp_path, "exit 0"), *options)[0]
