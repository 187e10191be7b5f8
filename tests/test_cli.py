"""The program as a user runs it: arguments, exit codes, streams."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuron_validator.cli import COMMANDS, main

HEALTHY = "tests/hosts/trn2-healthy"
BROKEN = "tests/hosts/trn1-driver-runtime-broken"
DAY = ("--as-of", "2026-11-21")


def run(*arguments: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "neuron_validator", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("diagnose", "--root", HEALTHY, *DAY), 0),
        (("diagnose", "--root", BROKEN, *DAY), 2),
        (("diagnose", "--root", BROKEN, *DAY, "--fail-on", "never"), 0),
        (("diagnose", "--root", "tests/hosts/legacy-beside-new", *DAY), 1),
        (("diagnose", "--root", "tests/hosts/legacy-beside-new", *DAY, "--fail-on", "critical"), 0),
        (("diagnose", "--root", "tests/hosts/no-neuron", *DAY), 3),
        (("diagnose", "--root", "tests/hosts/no-neuron", *DAY, "--fail-on", "never"), 3),
        (("diagnose", "--root", BROKEN, *DAY, "--skip", "driver-runtime-incompatible"), 0),
        (("diagnose", "--root", BROKEN, *DAY, "--only", "category:os"), 0),
        (("collect", "--root", BROKEN), 0),
        (("catalog", "show"), 0),
        (("catalog", "verify"), 0),
        (("list-checks",), 0),
        (("version",), 0),
        (("--version",), 0),
        (("--help",), 0),
        (("diagnose", "--help"), 0),
    ],
)
def test_exit_codes_of_verdicts(repository: Path, arguments: tuple[str, ...], code: int) -> None:
    """Every outcome has its exit code, and standard error stays silent."""
    done = run(*arguments, cwd=repository)

    assert (code, "") == (done.returncode, done.stderr)
    assert done.stdout


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "said"),
    [
        ((), "", 64, ""),
        (("diagnoze",), "", 64, "did you mean 'diagnose'?"),
        (("diagnose", "--format", "yaml"), "", 64, "invalid choice: 'yaml'"),
        (("diagnose", "--as-of", "yesterday"), "", 64, "not a date"),
        (("diagnose", "--as-of", "2018-01-01", "--root", HEALTHY), "", 64, "nothing is known of 2018-01-01"),
        (("diagnose", "--only", "driver-not-loadet"), "", 64, "did you mean 'driver-not-loaded'?"),
        (("diagnose", "--root", HEALTHY, "--facts", "x"), "", 64, "not allowed with"),
        (("diagnose", "--root", "no/such/tree"), "", 66, "no/such/tree: not a directory"),
        (("diagnose", "--facts", "no-such.json"), "", 66, "no-such.json"),
        (("diagnose", "--snapshot", "no-such.json"), "", 66, "no-such.json"),
        (("diagnose", "--facts", "-"), '{"devices": {"pci": "sixteen"}}', 66, "devices.pci: not"),
        (("diagnose", "--facts", "-"), '{"instance_typ": "trn1"}', 66, "did you mean 'instance_type'?"),
        (("diagnose", "--facts", "-"), "{", 66, "JSON"),
        (("diagnose", "--snapshot", "-"), "[]", 66, "standard input: not an object"),
        (("diagnose", "--root", HEALTHY, "--catalog", "no/such/catalog"), "", 78, "no/such/catalog"),
        (("diagnose", "--root", HEALTHY, "--output", "no/such/folder/report"), "", 74, "no/such/folder"),
        (("catalog", "show", "--release", "2.99"), "", 64, "no such release: '2.99'"),
    ],
)
def test_failures_are_one_line(repository: Path, arguments: tuple[str, ...], stdin: str, code: int, said: str) -> None:
    """A mistake is told in one line on standard error, with its exit code and without a traceback."""
    done = run(*arguments, stdin=stdin, cwd=repository)

    assert code == done.returncode
    assert said.lower() in done.stderr.lower()
    assert done.stderr.count("\n") <= 1
    assert "Traceback" not in done.stdout + done.stderr


def test_closed_pipe_is_quiet(repository: Path) -> None:
    """A reader that has seen enough, as in `| head`, is no error."""
    shell = f"{sys.executable} -m neuron_validator catalog show | head -1"

    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, cwd=repository)

    assert (0, "") == (done.returncode, done.stderr)


def test_a_reader_who_goes_changes_no_verdict(repository: Path) -> None:
    """A pipe that is closed early, as by `| grep -q`, leaves the exit code of the verdict."""
    shell = f"({sys.executable} -m neuron_validator diagnose --root {BROKEN} -v; echo $? >&2) | true"

    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, cwd=repository)

    assert "2\n" == done.stderr


@pytest.mark.parametrize("streams", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_are_closed_from_the_start_are_no_error(repository: Path, streams: str) -> None:
    """Whoever closes the standard streams wants the exit code alone."""
    shell = f"{sys.executable} -m neuron_validator diagnose --root {BROKEN} {streams}"

    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, cwd=repository)

    assert (2, "") == (done.returncode, done.stderr)


def test_a_file_that_cannot_be_written_is_called_as_the_user_calls_it(repository: Path) -> None:
    """The message names what `--output` named and the system's reason, not the draft beside it."""
    done = run("diagnose", "--root", BROKEN, "--output", "no/such/report", cwd=repository)

    assert "neuron-validator: I/O error: no/such/report: No such file or directory\n" == done.stderr


def test_output_is_written_whole(repository: Path, tmp_path: Path) -> None:
    """`--output` leaves the report and nothing else; a snapshot is its owner's alone."""
    report, snapshot = tmp_path / "report.json", tmp_path / "host.json"
    run("diagnose", "--root", BROKEN, *DAY, "--format", "json", "--output", str(report), cwd=repository)
    run("collect", "--root", BROKEN, "--output", str(snapshot), cwd=repository)

    assert "1.0" == json.loads(report.read_text())["schema_version"]
    assert 0o600 == snapshot.stat().st_mode & 0o777
    assert {"report.json", "host.json"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("host", ["trn1-healthy", "trn1-driver-runtime-broken", "container-without-devices"])
def test_a_snapshot_gives_the_same_report(repository: Path, tmp_path: Path, host: str) -> None:
    """A snapshot with identifiers is judged elsewhere as the host itself is."""
    root, snapshot = f"tests/hosts/{host}", tmp_path / "host.json"
    run("collect", "--root", root, "--include-identifiers", "--output", str(snapshot), cwd=repository)

    from_host = run("diagnose", "--root", root, *DAY, "--format", "json", cwd=repository)
    from_snapshot = run("diagnose", "--snapshot", str(snapshot), *DAY, "--format", "json", cwd=repository)

    assert json.loads(from_host.stdout) == json.loads(from_snapshot.stdout)


def test_every_command_has_a_module(repository: Path) -> None:
    """Each command of the help can be asked for its own."""
    for name in COMMANDS:
        assert 0 == run(name, "--help", cwd=repository).returncode


garbage = st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
PLACES = (
    "sys/module/neuron/version",
    "sys/module/neuron/initstate",
    "sys/class/neuron_device/neuron0/core_count",
    "sys/class/neuron_device/neuron0/info/architecture/device_name",
    "sys/bus/pci/devices/0000:00:1e.0/vendor",
    "sys/devices/virtual/dmi/id/product_name",
    "proc/modules",
    "proc/version",
    "proc/meminfo",
    "etc/os-release",
    "var/lib/dpkg/status",
    "opt/venv/pyvenv.cfg",
    "opt/venv/lib/python3.10/site-packages/torch_neuronx-2.9.dist-info/METADATA",
    "lib/modules/6.8.0-1021-aws/updates/dkms/neuron.ko",
    "boot/grub/grub.cfg",
    ".host.json",
    ".commands/index.json",
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(files=st.dictionaries(st.sampled_from(PLACES), garbage, max_size=8))
def test_no_tree_is_an_internal_error(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], files: dict[str, bytes]
) -> None:
    """Whatever a captured tree holds, the program judges it or says in one line why not."""
    root = tmp_path_factory.mktemp("tree")
    for place, content in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    code = main(["diagnose", "--root", str(root), *DAY])

    assert code in (0, 1, 2, 3, 66)
    assert "Traceback" not in capsys.readouterr().err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=garbage)
def test_no_facts_file_is_an_internal_error(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """Whatever a facts file holds, the program judges it or says in one line why not."""
    path = tmp_path_factory.mktemp("facts") / "facts"
    path.write_bytes(content)

    code = main(["diagnose", "--facts", str(path), *DAY])

    assert code in (0, 1, 2, 3, 66)
    assert "Traceback" not in capsys.readouterr().err
