"""
Take identifiers out of the files of a host, so that reading what is left gives the redacted facts.

What a file holds beside the facts goes with them: a package database keeps the packages that bear on Neuron, a kernel
log its lines that do, a unit file no arguments of programs. Files with bytes that are no text stay as they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import partial

from .commands import Completed
from .direct_url import parse_direct_url
from .facts import RELEVANT_OS_PACKAGE
from .facts.state import Reading
from .kernel_log import parse_kernel_log
from .process_search import parse_node
from .redaction import REDACTED, program_name
from .redaction_text import Redactor, host_names, is_harmless

_IDENTIFIERS = (
    (re.compile(r"(?:^|/)(?:serial_number|product_serial|board_serial|chassis_serial|product_uuid)$"), "sn"),
    (re.compile(r"^(?:etc/hostname|proc/sys/kernel/hostname)$"), "host"),
    (re.compile(r"/serviceaccount/namespace$"), "ns"),
)
"""Files that hold an identifier and nothing else, and its kind."""

_SERVER_ID = re.compile(r"/neuron_device/server_id(?:_[24])?$")
_GIVEN_ID = re.compile(r"^(?!0*$)[0-9a-f]{16}$", re.MULTILINE)
_PRIVATE_PLACE = re.compile(r"^(?:.*/)?home/[^/]+$|^root$|^tmp$", re.DOTALL)
_PROCESS = re.compile(r"^proc/(?:[0-9]+|self)/(cmdline|environ|maps)$")
_RUNTIME = "/libn"  # libnrt, libnccom, libncfw
_OPEN_FILE = re.compile(r"^proc/(?:[0-9]+|self)/fd/[0-9]+$")
_MOUNTS = re.compile(r"^proc/.*/(?:mounts|mountinfo)$")
_FILE_SYSTEM = re.compile(r"(?<![0-9A-Za-z-])fs-[0-9a-f]{8,17}(?![0-9a-f])")
_ADDRESS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_NO_ADDRESS = "192.0.2.0"  # of RFC 5737, for documentation
_CGROUP = re.compile(r"^proc/(?:[0-9]+|self)/cgroup$")
_INSTANCE_OF_UNIT = re.compile(r"@([^@/\n]+)(?=\.[a-z]+(?:/|$))", re.MULTILINE)
_UNIT = re.compile(r"\.(?:service|conf|timer|slice|scope)$")
_DPKG = re.compile(r"^var/lib/dpkg/status(?:$|\.d/)")
_KEPT_IN_DPKG = ("Package", "Status", "Architecture", "Version")
_EXECUTES = re.compile(r"^([ \t]*Exec\w+[ \t]*=[ \t]*[-@:+!|]*)(\S+)[^\n]*", re.MULTILINE)
_ASSIGNS = re.compile(r"^([ \t]*Environment[ \t]*=)([^\n]*)", re.MULTILINE)
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_ASSIGNMENT = re.compile(rf"""(")({_WORD})=([^"\n]*)|(')({_WORD})=([^'\n]*)|()({_WORD})=([^\s"']*)""")
_KERNEL_LOG = ("journalctl", "dmesg")


class TreeRedactor:
    """Redacts paths, contents and outputs; without a `Redactor` all stay as they are."""

    def __init__(self, key: bytes | None) -> None:
        """Take the host's key, or `None` to keep identifiers."""
        self._key = key
        self._redactor = None if key is None else Redactor(key)

    def path(self, path: str) -> str:
        """Return the path that *path* has in the tree."""
        return path if self._redactor is None else self._redactor.path(path)

    def target(self, path: str, target: str) -> str:
        """
        Return where the link *path* to *target* leads in the tree.

        Home names are found in whole paths alone. Of the files that a process has open only devices are told.
        """
        if self._redactor is None:
            return target
        if _OPEN_FILE.match(path) and parse_node(target) is None:
            return REDACTED
        whole = target if target.startswith("/") else f"/{os.path.normpath(f'{os.path.dirname(path)}/{target}')}"  # noqa: PTH120
        redacted = self._redactor.path(whole)
        return target if redacted == whole else redacted

    def entry(self, path: str, *, known: bool) -> str:
        """Return the path of something that was listed; of what users keep in private places, only that it is there."""
        directory, _, name = path.rpartition("/")
        if self._redactor is None or known or not _PRIVATE_PLACE.fullmatch(directory):
            return self.path(path)
        return f"{self.path(directory)}/{self._redactor.pseudonym('entry', name)}"

    def content(self, path: str, content: bytes) -> bytes:
        """Return what the file *path* holds in the tree."""
        if self._redactor is None:
            return content
        if process := _PROCESS.match(path):
            return self._process(process[1], content)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return content
        return content if "\0" in text else self._text(path, text).encode()

    def commands(
        self, commands: Mapping[tuple[str, ...], Reading[Completed]]
    ) -> Mapping[tuple[str, ...], Reading[Completed]]:
        """Return what the programs printed in the tree."""
        return {argv: self._completed(argv, outcome) for argv, outcome in commands.items()}

    def _text(self, path: str, text: str) -> str:
        assert self._redactor is not None  # noqa: S101 - for mypy; `content` has looked
        redactor = self._redactor
        for pattern, kind in _IDENTIFIERS:
            if pattern.search(path):
                return _each_line(text, partial(redactor.pseudonym, kind))
        if _SERVER_ID.search(path):  # zeros stand for none, and a word for an id that is not yet known
            return _GIVEN_ID.sub(lambda found: redactor.serial_number(found[0]), text)
        if path.endswith("/direct_url.json"):
            return redact_direct_url(text, redactor)
        if path.startswith("var/log/"):
            return self._log(text)
        return _each_line(_reduce(path, text, redactor), redactor.text)

    def _process(self, name: str, content: bytes) -> bytes:
        """Redact ``cmdline`` to the program's name, ``environ`` to harmless values, ``maps`` to the runtime's files."""
        if name == "maps":
            lines = content.decode("utf-8", "replace").split("\n")
            return "".join(f"{self.path(line)}\n" for line in lines if _RUNTIME in line).encode()
        parts = content.decode("utf-8", "replace").split("\0")
        if name == "cmdline":
            return f"{program_name(parts[0])}\0".encode() if content else content
        pairs = (part.partition("=") for part in parts)
        kept = (f"{key}={value if is_harmless(key, value) else REDACTED}" if sign else "" for key, sign, value in pairs)
        return "\0".join(kept).encode()

    def _completed(self, argv: tuple[str, ...], outcome: Reading[Completed]) -> Reading[Completed]:
        if self._redactor is None or not isinstance(outcome, Completed):
            return outcome
        program = argv[0].rpartition("/")[2]
        stderr = "\n".join(map(self._redactor.line, outcome.stderr.split("\n")))
        return Completed(returncode=outcome.returncode, stdout=self._stdout(program, outcome.stdout), stderr=stderr)

    def _stdout(self, program: str, text: str) -> str:
        assert self._redactor is not None  # noqa: S101 - for mypy
        if program in _KERNEL_LOG:
            return self._log("\n".join(parse_kernel_log(text)))
        if program == "rpm":
            return "".join(f"{line}\n" for line in text.split("\n") if RELEVANT_OS_PACKAGE.search(line.split("\t")[0]))
        if program == "neuron-ls":
            text = redact_neuron_ls(text)
        return "\n".join(map(self._redactor.text, text.split("\n")))

    def _log(self, text: str) -> str:
        """Redact the lines of a log; the name of a host is looked for in all of them."""
        assert self._key is not None  # noqa: S101 - for mypy
        lines = text.split("\n")
        redactor = Redactor(self._key, host_names(lines))
        return "\n".join(map(redactor.line, lines))


def _each_line(text: str, redact: Callable[[str], str]) -> str:
    """Redact each line of *text* that holds something."""
    return "\n".join(redact(line) if line else "" for line in text.split("\n"))


def _reduce(path: str, text: str, redactor: Redactor) -> str:
    """Take out of *text* what the form of the file *path* shows to be nobody else's business."""
    if _DPKG.match(path):
        return redact_dpkg(text)
    if _MOUNTS.match(path):
        named = _FILE_SYSTEM.sub(lambda found: redactor.pseudonym("fs", found[0]), text)
        return _ADDRESS.sub(_NO_ADDRESS, named)
    if _CGROUP.match(path):
        return _INSTANCE_OF_UNIT.sub(lambda found: f"@{redactor.pseudonym('user', found[1])}", text)
    return redact_unit(text) if _UNIT.search(path) and "systemd/" in path else text


def redact_dpkg(text: str) -> str:
    """Keep of dpkg's database the packages that bear on Neuron, and of each its name, state and version."""
    stanzas = []
    for stanza in text.split("\n\n"):
        lines = stanza.strip("\n").split("\n")
        if lines[0].startswith("Package: ") and not RELEVANT_OS_PACKAGE.search(
            lines[0].removeprefix("Package: ").strip()
        ):
            continue
        if lines[0].startswith("Package: "):
            lines = [line for line in lines if line.partition(":")[0] in _KEPT_IN_DPKG]
        stanzas.append("\n".join(lines))
    return "\n\n".join(stanzas) + "\n"


def redact_unit(text: str) -> str:
    """Keep of a unit file's programs their names, and of its environment the search path and what is harmless."""
    programs = _EXECUTES.sub(lambda found: f"{found[1]}{found[2]}", text)
    return _ASSIGNS.sub(lambda found: found[1] + _ASSIGNMENT.sub(_redact_assignment, found[2]), programs)


def redact_direct_url(text: str, redactor: Redactor) -> str:
    """Keep of ``direct_url.json`` what is told of it; of one that makes no sense nothing."""
    import json  # noqa: PLC0415 - few packages have the file

    from .shapes import ShapeError  # noqa: PLC0415

    try:
        found = parse_direct_url(text)
    except ShapeError:
        return "{}"
    return json.dumps({"url": redactor.url(found.url), "dir_info": {"editable": found.editable}})


def redact_neuron_ls(text: str) -> str:
    """
    Keep of each command line that ``neuron-ls`` printed the program's name, in its table or in its JSON.

    .. code-block:: text

        | 0      | 2      | 32 GB  | 00:1e.0 | 23518 | python serve.py --token=… | 2.30.51 |
        | 0      | 2      | 32 GB  | 00:1e.0 | 23518 | python                    | 2.30.51 |
    """
    import json  # noqa: PLC0415 - most hosts print a table or nothing

    from .host import CollectorError  # noqa: PLC0415
    from .neuron_ls import parse_neuron_ls  # noqa: PLC0415

    try:
        devices = parse_neuron_ls(text).devices
    except CollectorError:
        return text
    listed = [
        process.command
        for device in devices
        for process in (device.processes if isinstance(device.processes, tuple) else ())
    ]
    for command in sorted({found for found in listed if isinstance(found, str)}, key=len, reverse=True):
        name = program_name(command)
        text = text.replace(json.dumps(command), json.dumps(name)).replace(
            f" {command} ", f" {name.ljust(len(command))} "
        )
    return text


def _redact_assignment(found: re.Match[str]) -> str:
    quote, name, value = (part for part in found.groups() if part is not None)
    return found[0] if name == "LD_LIBRARY_PATH" or is_harmless(name, value) else f"{quote}{name}={REDACTED}"
