from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from neuron_validator.cli import main

FACTS = {"instance_type": "trn1.2xlarge", "driver": {"loaded": "2.26.5.0"}, "runtime": {"version": "2.32.31.0"}}
BROKEN = "driver-runtime-incompatible"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that writes configuration files and runs a command with them, and returns code and both outputs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")
    (tmp_path / "etc/config.d").mkdir(parents=True)
    monkeypatch.setenv("NEURON_VALIDATOR_CONFIG", str(tmp_path / "etc"))

    def call(*arguments: str, **files: str) -> tuple[int, str, str]:
        for name, content in files.items():
            path = f"{name}.toml" if name == "config" else f"config.d/{name}.toml"
            (tmp_path / "etc" / path).write_text(content, encoding="utf-8")
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def diagnose(run: Run, *arguments: str, **files: str) -> tuple[int, str, str]:
    """Judge the broken host of `FACTS` with the configuration in *files*."""
    return run("diagnose", "--facts", "facts.json", "--as-of", "2026-11-21", *arguments, **files)


def test_without_configuration(run: Run) -> None:
    """A place with nothing in it changes nothing."""
    assert 2 == diagnose(run)[0]
    assert (0, "files: none\n", "") == run("config", "check")


def test_precedence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags before the environment, before config.d with its last name first, before config.toml."""
    never, critical = '[diagnose]\nfail-on = "never"\n', '[diagnose]\nfail-on = "critical"\n'

    assert 0 == diagnose(run, config=never)[0]
    assert 2 == diagnose(run, a=critical)[0]
    assert 0 == diagnose(run, b=never)[0]
    monkeypatch.setenv("NEURON_VALIDATOR_FAIL_ON", "warning")
    assert 2 == diagnose(run)[0]
    assert 0 == diagnose(run, "--fail-on", "never")[0]


def test_every_kind_of_flag(run: Run) -> None:
    """Words, lists, switches, counts, durations and days are as on the command line."""
    config = """
        [diagnose]
        format = "json"
        only = ["driver-runtime-incompatible"]
        no-neuron-ls = true
        imds = false
        timeout = 5
        lookahead = "180d"
        as-of = 2026-01-01
        verbose = 1
    """
    code, out, _ = run("diagnose", "--facts", "facts.json", config=config)
    report = json.loads(out)

    assert (0, "2026-01-01") == (code, report["as_of"])  # nobody knew of it then
    assert [BROKEN] == [status["check"] for status in report["checks"]]


def test_a_list_of_flags_replaces_the_configured_one(run: Run) -> None:
    """What is given on the command line is not added to what is configured."""
    config = '[diagnose]\nskip = ["driver-runtime-incompatible"]\n'

    assert BROKEN not in diagnose(run, config=config)[1]
    assert BROKEN in diagnose(run, "--skip", "category:catalog")[1]


def test_a_flag_rules_out_its_configured_rival(run: Run, tmp_path: Path) -> None:
    """Of two that cannot stand together, the one that is given counts."""
    (tmp_path / "facts.neff").write_bytes(b"")
    code, _, err = run("neff", "check", ".", "--header-only", config="[neff.check]\nmetadata = true\n")

    assert (3, "") == (code, err)


@pytest.mark.parametrize("command", ["diagnose", "metrics"])
def test_production(run: Run, tmp_path: Path, command: str) -> None:
    """By flag or by configuration, what is beta on a host that people rely on is a warning, as it is nowhere else."""
    packages = {"jax-neuronx": "0.10.0.1.0.11459"}
    facts = {"instance_type": "trn2", "python_envs": [{"path": "/opt/jax", "packages": packages}]}
    (tmp_path / "beta.json").write_text(json.dumps(facts), encoding="utf-8")
    form = ("--format", "json") if command == "diagnose" else ()
    arguments = (command, "--facts", str(tmp_path / "beta.json"), "--as-of", "2026-11-21", *form)
    warned = '"check": "beta-in-use", "status": "warning"', 'check_status{check="beta-in-use",status="warning"} 1'
    said = [
        any(one in " ".join(run(*arguments, *flag, config=config)[1].split()) for one in warned)
        for flag, config in (((), ""), (("--production",), ""), ((), f"[{command}]\nproduction = true"))
    ]

    assert [False, True, True] == said


def test_variables(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list has commas between its words, a switch is true or false."""
    monkeypatch.setenv("NEURON_VALIDATOR_ONLY", "category:lifecycle, driver-runtime-incompatible")
    monkeypatch.setenv("NEURON_VALIDATOR_NO_NEURON_LS", "yes")
    monkeypatch.setenv("NEURON_VALIDATOR_VERBOSE", "1")
    code, out, _ = diagnose(run)

    assert (2, True) == (code, "Rule: DRV-RT-001" in out)


@pytest.mark.parametrize(
    ("config", "spot"),
    [
        ("[diagnose]\nfial-on = 'never'", "config.toml: diagnose.fial-on: unknown key, did you mean 'fail-on'?"),
        ("[diagnoze]", "config.toml: diagnoze: unknown key, did you mean 'diagnose'?"),
        ("diagnose = 1", "config.toml: diagnose: not a table: 1"),
        ("[diagnose]\nfail-on = 'nevr'", "config.toml: diagnose.fail-on: none of never, warning, critical: 'nevr'"),
        (
            "[diagnose]\nlookahead = 'soon'",
            "config.toml: diagnose.lookahead: not a duration (90d, 12w, 6m, 1y): 'soon'",
        ),
        ("[diagnose]\ntimeout = true", "config.toml: diagnose.timeout: not text: true"),
        ("[diagnose]\nimds = 'yes'", "config.toml: diagnose.imds: neither true nor false: 'yes'"),
        ("[diagnose]\nskip = [1.5, []]", "config.toml: diagnose.skip[1]: not text: an array"),
        ("[diagnose]\nroot = '/'", "config.toml: diagnose.root: unknown key"),
        ("[diagnose", "config.toml: not TOML"),
        ("[[silence]]\ncheck = 'end-of-support'\nuntil = 2026-12-31", "config.toml: silence[0].reason: missing"),
        (
            "[[silence]]\ncheck = 'x'\nreason = 'y'\nuntil = 2026-12-31",
            "config.toml: silence[0].check: no such check: 'x'",
        ),
        (
            "[[silence]]\ncheck = 'end-of-suport'\nreason = 'y'\nuntil = 2026-12-31",
            "config.toml: silence[0].check: no such check: 'end-of-suport', did you mean 'end-of-support'?",
        ),
        (
            "[[silence]]\ncheck = 'end-of-support'\nreason = 'y'\nuntil = 'soon'",
            "config.toml: silence[0].until: not a date (YYYY-MM-DD): 'soon'",
        ),
        (
            "[[silence]]\ncheck = 'end-of-support'\nreason = ' '\nuntil = 2026-12-31",
            "config.toml: silence[0].reason: empty",
        ),
    ],
)
def test_mistakes(run: Run, config: str, spot: str) -> None:
    """A mistake ends the run with 78 and one line that names the spot, also when it is only checked."""
    code, out, err = diagnose(run, config=config)

    assert (78, "", 1) == (code, out, len(err.splitlines()))
    assert spot in err
    assert (78, "", err) == run("config", "check")


def test_check_knows_every_command(run: Run) -> None:
    """A run looks at its own table only; the check looks at all."""
    assert 2 == diagnose(run, config="[lifecycle]\nlookahed = '90d'\n[neff.chek]\nformat = 'json'\n")[0]

    checked, _, err = run("config", "check")
    assert (78, True) == (checked, "did you mean 'lookahead'?" in err)
    code, _, err = run("config", "check", config="[neff.chek]\nformat = 'json'\n")
    assert (78, True) == (code, "neff.chek: no such command, did you mean 'neff.check'?" in err)


def test_a_wrong_variable(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is configuration, too."""
    monkeypatch.setenv("NEURON_VALIDATOR_IMDS", "maybe")

    assert (78, "", "neuron-validator: NEURON_VALIDATOR_IMDS: neither true nor false: 'maybe'\n") == diagnose(run)


def test_a_place_that_is_not_there(run: Run) -> None:
    """What the command line names has to be there."""
    assert 66 == diagnose(run, "--config", "nowhere")[0]


def test_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """What is in the place and is no file of text is a bad configuration."""
    (tmp_path / "etc/config.d/x.toml").mkdir()
    (tmp_path / "etc/config.d/.hidden.toml").write_text("[", encoding="utf-8")

    code, _, err = diagnose(run)
    assert (78, True) == (code, "x.toml: is a directory" in err)


def test_check_says_what_is_in_force(run: Run) -> None:
    """Each setting with its file, and silences with their last day."""
    silence = "[[silence]]\ncheck = 'end-of-support'\nscope = 'host'\nreason = 'OPS-1'\nuntil = {}\n"
    code, out, _ = run(
        "config",
        "check",
        "--as-of",
        "2026-11-21",
        config='[diagnose]\nfail-on = "never"\n' + silence.format("2026-11-21"),
        a='[diagnose]\nfail-on = "critical"\n' + silence.format("2026-11-20"),
    )

    assert 0 == code
    assert [
        '[diagnose] fail-on = "critical"',
        "silence end-of-support (host) until 2026-11-21: OPS-1",
        "silence end-of-support (host) ENDED 2026-11-20: OPS-1",
    ] == [line.partition(" (/")[0] for line in out.splitlines()[1:]]


SILENCE = "[[silence]]\ncheck = 'driver-runtime-incompatible'\nreason = 'OPS-1'\n"


@pytest.mark.parametrize(
    ("narrowed", "code"),
    [
        ("until = 2026-11-21", 0),
        ("until = '2026-11-21'", 0),
        ("until = 2026-11-20", 2),
        ("until = 2027-01-01\ncomponent = 'aws-neuronx-dkms'", 0),
        ("until = 2027-01-01\ncomponent = 'aws-neuronx-tools'", 2),
        ("until = 2027-01-01\nscope = 'host'", 0),
        ("until = 2027-01-01\nscope = 'env:x'", 2),
        ("until = 2027-01-01\nrule = 'DRV-RT-001'", 0),
        ("until = 2027-01-01\nrule = 'DRV-RT-002'", 2),
    ],
)
def test_what_a_silence_holds(run: Run, narrowed: str, code: int) -> None:
    """It holds up to its last day, where component, scope and rule fit; the finding stays in either case."""
    exit_code, out, _ = diagnose(run, "--only", BROKEN, config=SILENCE + narrowed)

    assert (code, True) == (exit_code, BROKEN in out)
    assert (code == 0) == ("SILENCED" in out)


def test_a_silenced_cause_explains_nothing(run: Run, tmp_path: Path) -> None:
    """What would be told as its consequence counts by itself."""
    facts = {
        "instance_type": "trn1.32xlarge",
        "in_container": False,
        "driver": None,
        "devices": {"pci": 16, "nodes": 0},
    }
    (tmp_path / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    silence = "[[silence]]\ncheck = 'driver-not-loaded'\nreason = 'OPS-1'\nuntil = 2027-01-01\n"
    before = [finding["id"] for finding in json.loads(diagnose(run, "--format", "json")[1])["findings"]]
    after = [finding["id"] for finding in json.loads(diagnose(run, "--format", "json", config=silence)[1])["findings"]]

    assert ["driver-not-loaded"] == before
    assert ["device-nodes-missing", "driver-not-loaded"] == after


@pytest.mark.parametrize("arguments", [["config"], ["config", "chek"], ["config", "check", "x"]])
def test_usage_errors(run: Run, arguments: list[str]) -> None:
    """What the command does not understand is a usage error."""
    assert 64 == run(*arguments)[0]
