"""
What ``/opt/aws/neuron/bin/neuron-ls`` says: the one program here that opens the device nodes itself.

It is no part of `inventory.COLLECTORS`, which a service runs as well: who takes one inventory, in person, adds it.
"""

from __future__ import annotations

import re

from .commands import Completed
from .facts import NOT_COLLECTED, Reading, Unread
from .facts.neuron_ls import NeuronLs
from .host import CollectorError, Host
from .neuron_ls_json import parse_neuron_ls_json
from .neuron_ls_table import holds_table, parse_neuron_ls_table
from .shapes import describe

NEURON_LS = "/opt/aws/neuron/bin/neuron-ls"

JSON_OUTPUT = (NEURON_LS, "-j")
"""Prints JSON with tools that are older than SDK 2.34."""
OUTPUT_FORMAT_JSON = (NEURON_LS, "--output-format", "json")
"""
Prints JSON from SDK 2.34 on, as AWS announced on 2026-10-16; older tools refuse it.

https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/neuron2.x/announce-intent-eos-neuron-ls-json.html
"""
TABLE = (NEURON_LS,)
"""Prints a table, with every version that was seen; the oldest have no other form."""

_DEADLINE = 3.0
_INITSTATE = "sys/module/neuron/initstate"
_TOOLS_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.")
_FIRST_WITH_OUTPUT_FORMAT = (2, 34)  # the tools of SDK 2.33.0 are 2.33.38.0: their minor is that of the SDK
_REFUSAL = re.compile(r"unknown (?:shorthand )?(?:flag|option)|json-output|output-format")
_LOGGED = re.compile(r'level=fatal msg="((?:[^"\\]|\\.)*)"(?: error="((?:[^"\\]|\\.)*)")?')


def collect_neuron_ls(host: Host, *, tools_version: Reading[str] = NOT_COLLECTED) -> Reading[NeuronLs]:
    """
    Run ``neuron-ls`` and return what it prints; `None` when the machine has no such program.

    *tools_version* is that of the package ``aws-neuronx-tools``, e.g. ``2.28.23.0-f1c114a9d``, and decides which flag
    is tried first; without it, the price is one refused flag with tools of SDK 2.34 and newer. A live machine is asked
    only when the driver is through with registering its devices; of a captured tree, the recorded output counts.
    """
    if host.live and host.read_line(_INITSTATE) != "live":
        return Unread(f"{NEURON_LS} was not run: the driver is not live")
    outcome: Reading[Completed] = NOT_COLLECTED
    for argv in _commands(tools_version):
        outcome = host.run(argv, deadline=_DEADLINE)
        if outcome != NOT_COLLECTED and not _refuses(outcome):
            break
    return parse_neuron_ls(_output(outcome)) if isinstance(outcome, Completed) else outcome


def parse_neuron_ls(output: str) -> NeuronLs:
    """
    Parse what ``neuron-ls`` printed, in any of its forms.

    .. code-block:: text

        +--------+--------+--------+---------+
        | NEURON | NEURON | NEURON |   PCI   |
        | DEVICE | CORES  | MEMORY |   BDF   |
        +--------+--------+--------+---------+
        | 0      | 2      | 32 GB  | 00:1e.0 |
        +--------+--------+--------+---------+
    """
    if holds_table(output):
        return parse_neuron_ls_table(output)
    start = output.strip()
    if not start.startswith(("[", "{")):
        raise CollectorError(f"neuron-ls: neither a table nor JSON: {describe(start)}")
    return parse_neuron_ls_json(output)


def parse_log_line(line: str) -> str:
    """
    Return the message and the error of a line that the tool logs when it gives up; any other line as it is.

    .. code-block:: text

        time="2026-09-12T02:42:06Z" level=fatal msg="Failed to load MLA system information" error="failed to discover Neuron devices"
    """  # noqa: E501 - one line of the tool
    found = _LOGGED.search(line)
    return ": ".join(filter(None, found.groups())) if found else line


def _commands(tools_version: Reading[str]) -> tuple[tuple[str, ...], ...]:
    """Return the commands to try, the one that the installed version is known to take first."""
    found = _TOOLS_VERSION.match(tools_version) if isinstance(tools_version, str) else None
    if found and (int(found[1]), int(found[2])) >= _FIRST_WITH_OUTPUT_FORMAT:
        return OUTPUT_FORMAT_JSON, JSON_OUTPUT, TABLE
    return JSON_OUTPUT, OUTPUT_FORMAT_JSON, TABLE


def _refuses(outcome: Reading[Completed]) -> bool:
    """Tell whether the tool did not take its flag. Tools 2.28.23 say so on standard output: unknown flag `badflag'."""
    if not isinstance(outcome, Completed) or outcome.returncode == 0:
        return False
    return _REFUSAL.search(outcome.stdout + outcome.stderr) is not None


def _output(completed: Completed) -> str:
    """Return what the tool printed, if all went well."""
    if completed.returncode == 0:
        return completed.stdout
    said = (completed.stderr.strip() or completed.stdout.strip()).split("\n")[-1]
    why = parse_log_line(said)[:200] or f"exit status {completed.returncode}"
    raise CollectorError(f"{NEURON_LS}: {why}")
