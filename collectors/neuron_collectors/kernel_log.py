"""
The kernel's log: the lines of this boot that bear on Neuron, from the journal or the kernel's own buffer.

What the lines say is for `facts.log_lines`; they are kept as dmesg(1) prints them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .commands import Completed
from .facts import NOT_COLLECTED, PERMISSION, Reading, Unread
from .facts.logs import LEVELS, left_out_line
from .host import CollectorError, Host

KEPT_LINES = 5000
"""How many lines are kept. A device that is opened often fills thousands with nothing but that."""

RELEVANT = (
    r"neuron|\bnd ?\[?[0-9]|routing id|hw architecture|device index|genpool|mempool|udma|sdma|\bhbm\b|ultraserver|"
    r"dereg_mr|dkms|sysfs failed to read|sysfs metrics|readless read|out of memory: kill|oom-kill:|"
    r"unsigned module|module with unavailable key"
)
"""
What the lines that bear on Neuron contain, in any case of letters. Not all of the driver's lines name it. All lower
case, which makes journalctl's search blind to case, and of the syntax that Python and PCRE share.
"""

JOURNAL = (
    "/usr/bin/journalctl",
    "-k",
    "-b",
    "-o",
    "json",
    "--output-fields=MESSAGE,PRIORITY",
    "--no-pager",
    f"--grep={RELEVANT}",
)
"""
The command whose output a captured tree records first of all.

No ``-n``: until systemd 254 it counts lines before the search, and would lose the driver's start on any busy machine.
"""

WHOLE_JOURNAL = ("/usr/bin/journalctl", "-k", "-o", "json", "--no-pager", "-b")
"""The same where journalctl cannot search: before systemd 237, or built without PCRE."""

BUFFER = (("/usr/bin/dmesg",), ("/bin/dmesg",))

BOOT_LOG = "var/log/dmesg"
"""What some distributions write at boot; read in captured trees alone, where it is as old as everything else."""

_LOG_LIMIT = 16 * 1024 * 1024
_JOURNAL_DEADLINE = 1.5
_BUFFER_DEADLINE = 1.0
_ROUTINE = r"npid_(?:attach|detach)|initiating .{0,10}reset request|reset request \d+ completed|Installing neuron"
_DENIED = r"not permitted|permission denied|insufficient permissions|not seeing messages"


def collect_kernel_log(host: Host) -> Reading[tuple[str, ...]]:
    """
    Return the lines of the kernel's log that bear on Neuron; ``()`` when there are none.

    The journal has the whole boot where the kernel's buffer may have lost its beginning, so it is asked first. It may
    hold no lines of the kernel at all, so that silence is believed of the buffer only, or where that cannot be read.
    """
    searched = read_journal(host, JOURNAL)
    if searched and isinstance(searched, tuple):
        return searched
    buffer = read_buffer(host)
    if buffer and isinstance(buffer, tuple):
        return buffer
    if isinstance(searched, tuple) or isinstance(buffer, tuple):
        return ()
    whole = read_journal(host, WHOLE_JOURNAL)
    if isinstance(whole, tuple):
        return whole
    written = None if host.live else read_boot_log(host)
    return written if isinstance(written, tuple) else _why_unread(host, (searched, buffer, whole))


def read_journal(host: Host, command: tuple[str, ...]) -> Reading[tuple[str, ...]]:
    """Ask journalctl; `None` when there is none."""
    completed = host.run(command, deadline=_JOURNAL_DEADLINE)
    if not isinstance(completed, Completed):
        return completed
    lines = parse_kernel_log(completed.stdout)
    # Without a match journalctl has said so by its exit status since systemd 243, and by nothing else.
    return lines if lines or not completed.stderr.strip() else _refusal(completed, command[0])


def read_buffer(host: Host) -> Reading[tuple[str, ...]]:
    """Ask dmesg; `None` when there is none. Where ``kernel.dmesg_restrict`` is set it answers root alone."""
    nothing: Unread | None = None
    for command in BUFFER:
        completed = host.run(command, deadline=_BUFFER_DEADLINE)
        if isinstance(completed, Completed):
            return _refusal(completed, command[0]) if completed.returncode else parse_kernel_log(completed.stdout)
        nothing = nothing or completed
    return nothing


def read_boot_log(host: Host) -> Reading[tuple[str, ...]]:
    """Read the file that holds the log of the boot."""
    text = host.read_text(BOOT_LOG, limit=_LOG_LIMIT)
    return parse_kernel_log(text) if isinstance(text, str) else text


def parse_kernel_log(text: str) -> tuple[str, ...]:
    """
    Return the lines that bear on Neuron, oldest first, from what dmesg prints, in any of its forms, or journalctl.

    .. code-block:: text

        [    8.264282] Neuron Driver Started with Version:2.24.7.0-bab563e32c62d9dd615a42079e5bbd8e1a6327b1 at: …
        [    8.284806] ** BDF: 58:00.0 => nd[5] (routing id: 3)

    journalctl's JSON has an object on each line (see `parse_journal`). Of more lines than `KEPT_LINES` those go first
    that only tell of routine, then the oldest; a line in front says how many.
    """
    is_journal = text.lstrip()[:1] == "{"
    lines = parse_journal(text) if is_journal else [line.rstrip() for line in text.split("\n")]
    relevant = re.compile(RELEVANT, re.IGNORECASE)
    return _newest([line for line in lines if relevant.search(line)])


def parse_journal(text: str) -> list[str]:
    """
    Turn what journalctl prints as JSON into lines as ``dmesg -x --time-format iso`` prints them, oldest first.

    .. code-block:: text

        {"__REALTIME_TIMESTAMP":"1795299377305885","PRIORITY":"3","MESSAGE":"duplicate routing id 0 found"}

    A message that is not UTF-8 is an array of bytes, and one that is too long is null
    (https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format). Newest first is how systemd 254 and later print
    what ``--grep`` and ``-n`` select together.
    """
    entries = [_parse_entry(line, number) for number, line in enumerate(text.split("\n"), start=1) if line[:1] == "{"]
    times = [time for time, _ in entries if time is not None]
    if times and times[0] > times[-1]:
        entries.reverse()
    return [line for _, line in entries]


def _parse_entry(text: str, number: int) -> tuple[int | None, str]:
    """Parse one entry of the journal into its time, in microseconds since 1970, and its line."""
    import json  # noqa: PLC0415 - a captured tree may have no journal

    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CollectorError(f"kernel log: line {number}: not JSON: {text[:80]!r}") from error
    time = _number(entry.get("__REALTIME_TIMESTAMP"), most=4_102_444_800_000_000)  # the year 2100
    priority = _number(entry.get("PRIORITY"), most=len(LEVELS) - 1)
    level = "" if priority is None else f"{'kern':<6}:{LEVELS[priority]:<6}: "
    stamp = "" if time is None else f"{_iso_time(time)} "
    return time, f"{level}{stamp}{_message(entry)}"


def _message(entry: Mapping[str, Any]) -> str:
    """Return the message of an entry, on one line; empty when the journal does not give it."""
    message = entry.get("MESSAGE")
    if isinstance(message, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in message):
        message = bytes(message).decode("utf-8", "replace")
    elif isinstance(message, list):  # the field stands there several times
        message = " ".join(part for part in message if isinstance(part, str))
    return " ".join(message.split("\n")).rstrip() if isinstance(message, str) else ""


def _number(value: object, *, most: int) -> int | None:
    """Return the number that the journal writes as text."""
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,16}", value) else None
    return number if number is not None and number <= most else None


def _iso_time(microseconds: int) -> str:
    """Write a time as dmesg does: ``2026-11-21T22:16:17,305885+00:00``."""
    import time  # noqa: PLC0415

    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))},{fraction:06}+00:00"


def _newest(lines: list[str]) -> tuple[str, ...]:
    """Keep `KEPT_LINES` lines: the newest of those that matter, and of routine what room is left for."""
    if len(lines) <= KEPT_LINES:
        return tuple(lines)
    order = sorted(range(len(lines)), key=lambda place: (not re.search(_ROUTINE, lines[place]), place))
    kept = sorted(order[-KEPT_LINES:])
    return (left_out_line(len(lines) - KEPT_LINES), *(lines[place] for place in kept))


def _refusal(completed: Completed, program: str) -> Unread:
    """Say why a program gave no log."""
    if re.search(_DENIED, completed.stderr, re.IGNORECASE):
        return PERMISSION
    words = completed.stderr.strip().splitlines() or [f"exit status {completed.returncode}"]
    return Unread(f"{program}: {words[-1][:200]}")


def _why_unread(host: Host, readings: tuple[Reading[tuple[str, ...]], ...]) -> Unread:
    """Say why there is no log to read: first of all a refusal, which somebody can lift."""
    reasons = [reading for reading in readings if isinstance(reading, Unread) and reading != NOT_COLLECTED]
    if PERMISSION in reasons:
        return PERMISSION
    return reasons[0] if reasons else Unread("neither journalctl nor dmesg") if host.live else NOT_COLLECTED
