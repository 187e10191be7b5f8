"""What a slow run says on a terminal while it runs."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from neuron_collectors.host import Host
from neuron_collectors.inventory import Collector
from neuron_validator.cli import progress
from neuron_validator.cli.progress import shown_progress


class Terminal(io.StringIO):
    """A terminal that keeps what is written, and tells when something is."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        self.written.set()
        return written


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal of a common kind."""
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def run(collectors: Mapping[str, Collector], root: Path, terminal: Terminal) -> None:
    with redirect_stderr(terminal), shown_progress(collectors) as watched:
        for collect in watched.values():
            collect(Host(root))


def test_slow_run(terminal: Terminal, tmp_path: Path) -> None:
    """After a while each collector is named as it starts, and in the end the line is taken away."""

    def slow(_: Host) -> bool:
        return terminal.written.wait(timeout=20)

    run({"os_packages": slow, "pci": str}, tmp_path, terminal)

    assert "\r\x1b[Kreading os packages\r\x1b[Kreading pci\r\x1b[K" == terminal.getvalue()


def test_quick_run(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is quick says nothing at all."""
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    run({"pci": str}, tmp_path, terminal)

    assert "" == terminal.getvalue()


@pytest.mark.parametrize("term", ["", "dumb"])
def test_no_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    """Where a line cannot be written over, the collectors stay as they are."""
    monkeypatch.setenv("TERM", term)
    collectors: Mapping[str, Collector] = {"pci": str}

    with redirect_stderr(terminal), shown_progress(collectors) as watched:
        assert collectors is watched
