"""Programs on the host: run for real on a live machine, replayed from a recording for a captured tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING

from .facts.frozen import dataclass
from .facts.state import Reading, Unread

if TYPE_CHECKING:
    import subprocess

OUTPUT_LIMIT = 16 * 1024 * 1024
"""Bytes of standard output that are kept; a program that writes more is ended."""

_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """A program that ran to its end."""

    returncode: int
    stdout: str
    stderr: str


Runner = Callable[[Sequence[str], float], Reading[Completed]]
"""Runs an argument list with a deadline in seconds; `None` when there is no such program."""


def run_command(argv: Sequence[str], deadline: float) -> Reading[Completed]:
    """
    Run *argv* on this machine, without a shell, in the C locale and with no standard input.

    *argv* starts with an absolute path. The program is killed after *deadline* seconds, or when it writes more than
    `OUTPUT_LIMIT` bytes; both give `Unread`.
    """
    import subprocess  # noqa: PLC0415 - most runs start no program, and the import takes 5 ms

    if not os.path.isabs(argv[0]):
        raise ValueError(f"not an absolute path: {argv[0]}")
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unread(f"{argv[0]}: {error.strerror}")
    with process:
        return _await(process, argv[0], deadline)


def _await(process: subprocess.Popen[bytes], program: str, deadline: float) -> Reading[Completed]:
    """Read both streams of *process* until it ends, the deadline passes or the output is too long."""
    import selectors  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    import time  # noqa: PLC0415

    output: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    end = time.monotonic() + deadline
    with selectors.DefaultSelector() as selector:
        for name in output:
            stream: IO[bytes] = getattr(process, name)
            selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                _kill(process)
                return Unread(f"{program}: no answer within {deadline:g} s")
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                output[key.data] += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
                elif len(output[key.data]) > OUTPUT_LIMIT:
                    _kill(process)
                    return Unread(f"{program}: more than {OUTPUT_LIMIT} bytes of output")
    try:  # a program may close its streams and run on
        returncode = process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        _kill(process)
        return Unread(f"{program}: no answer within {deadline:g} s")
    return Completed(
        returncode=returncode,
        stdout=output["stdout"].decode("utf-8", "replace"),
        stderr=output["stderr"].decode("utf-8", "replace"),
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End *process* and all that it started."""
    import signal  # noqa: PLC0415

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
