"""The log: one event a line, for people, journald and machines."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_validator.service.log import REPEAT_AFTER, Log, Repeats, Stream, render_logfmt, render_time
from neuron_validator.service.standard_logging import Forwarder


def written(
    *, journal: bool = False, form: str = "logfmt", level: str = "info"
) -> tuple[Log, io.StringIO, list[float]]:
    """Return a log, where it is written to, and its clock."""
    file, now = io.StringIO(), [0.0]
    log = Log(
        Stream(file=file, journal=journal),
        level=level,
        form=form,
        monotonic=lambda: now[0],
        wall=lambda: 1_795_231_440.25,
    )
    return log, file, now


def test_terminal() -> None:
    """
    Outside of journald a line has its time and no priority.
    """
    log, file, _ = written()
    log.warning("collector stuck", collector="device_health", reason="no answer within 5 s", of=None)

    assert (
        'ts=2026-11-21T03:24:00.250Z level=warning msg="collector stuck" collector=device_health'
        ' reason="no answer within 5 s"\n'
    ) == file.getvalue()


@pytest.mark.parametrize(("level", "priority"), [("error", 3), ("warning", 4), ("info", 6), ("debug", 7)])
def test_journal(level: str, priority: int) -> None:
    """
    Below journald each line has the priority that it reads, and no time, which it keeps itself.
    """
    log, file, _ = written(journal=True, level="debug")
    getattr(log, level)("ready")

    assert f"<{priority}>level={level} msg=ready\n" == file.getvalue()


def test_json() -> None:
    """
    As JSON a line is one object.
    """
    log, file, _ = written(form="json")
    log.info("listening", address="127.0.0.1:10979", number=3)

    assert {
        "ts": "2026-11-21T03:24:00.250Z",
        "level": "info",
        "msg": "listening",
        "address": "127.0.0.1:10979",
        "number": 3,
    } == json.loads(file.getvalue())


def test_level() -> None:
    """
    What is below the level is not written; the level can be changed.
    """
    log, file, _ = written(level="warning")
    log.info("one")
    log.configure(level="info", form="logfmt")
    log.info("two")

    assert ["two"] == [line.rpartition("=")[2] for line in file.getvalue().splitlines()]


def test_repeats() -> None:
    """
    A line that comes every 15 seconds is written once an hour, with how often it came.
    """
    log, file, now = written()
    for _ in range(241):
        log.warning("the state could not be saved")
        now[0] += 15.0

    lines = file.getvalue().splitlines()
    assert 2 == len(lines)
    assert lines[1].endswith("repeated=239")


def test_repeats_are_bounded() -> None:
    """
    Lines that are all different do not fill the memory.
    """
    repeats = Repeats(after=REPEAT_AFTER)
    for number in range(10_000):
        repeats.admit(f"line {number}", 0.0)

    assert len(repeats._seen) <= 512


class FullDisk(io.StringIO):
    """A file that cannot be written."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_stops_nothing() -> None:
    """
    A log that cannot be written is no reason to stop.
    """
    Log(Stream(file=FullDisk(), journal=False)).error("no judgement")


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text() | st.integers() | st.booleans()))
def test_one_event_is_one_line(fields: dict[str, str | int | bool]) -> None:
    """Whatever a host's files say, an event is one line of ASCII."""
    line = render_logfmt(fields)

    assert 1 >= len(line.splitlines())
    assert line.isascii()


@given(st.floats())
def test_any_time_is_told(seconds: float) -> None:
    """A clock that shows nonsense does not end the log."""
    assert render_time(seconds)


def test_libraries() -> None:
    """
    What the web server logs is in the same form, and a traceback with it.
    """
    log, file, _ = written(journal=True)
    error = TypeError("oops")
    record = logging.LogRecord("web", logging.ERROR, "web.py", 1, "request %s", (7,), (TypeError, error, None))
    Forwarder(log).handle(record)

    first, second = file.getvalue().splitlines()
    assert '<3>level=error msg="request 7" logger=web' == first
    assert "TypeError: oops" in second
