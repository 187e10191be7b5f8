from __future__ import annotations

import time
from pathlib import Path

import pytest

from neuron_collectors.commands import OUTPUT_LIMIT, Completed, run_command
from neuron_collectors.facts import Unread

SH = "/bin/sh"


def test_both_streams_and_the_status_come_back() -> None:
    """A program's output, its complaints and its exit status, whatever they are."""
    script = r"echo out; echo err >&2; printf 'caf\351' ; exit 3"

    assert Completed(returncode=3, stdout="out\ncaf\ufffd", stderr="err\n") == run_command([SH, "-c", script], 5)


def test_arguments_are_no_shell_words() -> None:
    """What is in an argument reaches the program as it is."""
    completed = run_command(["/bin/echo", "-n", "$HOME; `id` *", r"\t"], 5)

    assert Completed(returncode=0, stdout=r"$HOME; `id` * \t", stderr="") == completed


def test_the_environment_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program sees the C locale and the system's own directories, and nothing that the user has set."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LD_PRELOAD", "")
    completed = run_command(["/usr/bin/env"], 5)

    assert isinstance(completed, Completed)
    assert {"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"} == set(completed.stdout.split())


def test_a_program_gets_no_input_and_no_directory_of_ours() -> None:
    """It reads an empty input and stands in the root directory, so that it keeps nothing busy."""
    assert Completed(returncode=0, stdout="/\n", stderr="") == run_command([SH, "-c", "cat; pwd"], 5)


def test_a_missing_program_is_absent(tmp_path: Path) -> None:
    """No such program is an answer, not a failure."""
    assert run_command([str(tmp_path / "nothing")], 5) is None
    assert run_command([str(tmp_path / "no" / "directory")], 5) is None


def test_a_program_that_cannot_be_run_says_why(tmp_path: Path) -> None:
    """A file that is no program, or may not be executed, is unread with the kernel's words."""
    (tmp_path / "plain").write_text("x", encoding="utf-8")

    assert Unread(f"{tmp_path}: Permission denied") == run_command([str(tmp_path)], 5)
    assert Unread(f"{tmp_path}/plain: Permission denied") == run_command([str(tmp_path / "plain")], 5)


def test_a_name_without_its_directory_is_a_bug() -> None:
    """Programs are named by their absolute path, never searched for."""
    with pytest.raises(ValueError, match="not an absolute path: rpm"):
        run_command(["rpm", "-qa"], 5)


@pytest.mark.parametrize(
    "script",
    [
        "sleep 60",
        "sleep 60 & echo started",
        "exec >&- 2>&-; sleep 60",
        "trap '' TERM; sleep 60",
        "while :; do echo .; sleep 0.02; done",
    ],
)
def test_the_deadline_holds(script: str) -> None:
    """Quiet or chatty, in the foreground or not, with its output closed: a program is ended in time."""
    start = time.monotonic()
    outcome = run_command([SH, "-c", script], 0.2)

    assert Unread("/bin/sh: no answer within 0.2 s") == outcome
    assert time.monotonic() - start < 5


def test_endless_output_is_ended() -> None:
    """A program that does not stop writing is not waited for."""
    assert Unread(f"/usr/bin/yes: more than {OUTPUT_LIMIT} bytes of output") == run_command(["/usr/bin/yes"], 30)


def test_much_output_on_both_streams_does_not_block() -> None:
    """More than a pipe holds, on both streams at once."""
    script = "head -c 300000 /dev/zero | tr '\\0' e >&2; head -c 300000 /dev/zero | tr '\\0' o"
    completed = run_command([SH, "-c", script], 10)

    assert Completed(returncode=0, stdout="o" * 300_000, stderr="e" * 300_000) == completed
