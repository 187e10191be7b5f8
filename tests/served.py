"""`neuron-validator serve` for tests: a process of its own, as users and systemd start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pytest
from tests.web_clients import Address


class Served:
    """
    A service in a process of its own, on a free port of the loopback address; killed at the end of its block.

    *inside* is a command that becomes it, with its own command line as arguments.
    """

    def __init__(
        self, *options: str, log: Path, environ: Mapping[str, str] | None = None, inside: Sequence[str] = ()
    ) -> None:
        self._log = log
        argv = [
            *inside,
            sys.executable,
            "-m",
            "neuron_validator",
            "serve",
            "--web.listen-address",
            "127.0.0.1:0",
            *options,
        ]
        with log.open("wb") as file:
            self.process = subprocess.Popen(argv, stderr=file, env={**os.environ, **(environ or {})})

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(encoding="utf-8")

    @property
    def address(self) -> Address:
        """Where it answers, waited for."""
        return "127.0.0.1", int(self.wait_for(r"127\.0\.0\.1:\d+").rpartition(":")[2])

    def wait_for(self, text: str, *, seconds: float = 20) -> str:
        """Wait until the log has a match of *text*, and return it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(text, self.log):
                return found[0]
            time.sleep(0.02)
        pytest.fail(f"{text!r} is not in {self.log!r}")

    def ask(self, path: str) -> str:
        """Return what is served at *path*."""
        host, port = self.address
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=5) as answer:
            text: str = answer.read().decode()
        return text

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """End it with signal *number*; return its exit code, and how long it took."""
        start = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(10)
        return code, time.monotonic() - start
