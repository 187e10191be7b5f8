"""The operating system's package database: dpkg's status file, or what rpm prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .commands import Completed
from .facts import RELEVANT_OS_PACKAGE, OsPackages, Reading, Unread
from .host import CollectorError, Host

RPM_QUERY = (
    "/usr/bin/rpm",
    "-qa",
    "--queryformat",
    r"%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n",
)
"""The command whose output a captured tree records for rpm: the backslashes are rpm's, and passed on as they stand."""

_DPKG = "var/lib/dpkg"
_RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm")
_STATUS_LIMIT = 64 * 1024 * 1024
_RPM_DEADLINE = 4.0
_CONFIGURED = ("installed", "triggers-pending", "triggers-awaited")  # dpkg(1): all of its own work is done
_ON_DISK = ("half-installed", "unpacked", "half-configured")
_NUMBER_OR_WORD = re.compile(r"[0-9]{1,18}|[A-Za-z]+")


def collect_os_packages(host: Host) -> Reading[OsPackages]:
    """
    Return the packages that bear on Neuron; `None` when the live machine has no package database.

    Where both managers have a database (rpm can be installed on Debian), the one that lists Neuron packages counts,
    and dpkg when neither does.
    """
    dpkg = read_dpkg(host)
    if isinstance(dpkg, OsPackages) and _lists_neuron(dpkg):
        return dpkg
    rpm = read_rpm(host)
    if dpkg is None or (isinstance(rpm, OsPackages) and _lists_neuron(rpm)):
        return rpm
    return dpkg


def read_dpkg(host: Host) -> Reading[OsPackages]:
    """Read dpkg's database; `None` when there is none."""
    status = host.read_bytes(f"{_DPKG}/status", limit=_STATUS_LIMIT)
    if isinstance(status, Unread):
        return status
    pieces = _read_pieces(host)
    if status is None and pieces is None:
        return None
    return parse_dpkg((status or b"") + b"\n\n" + (pieces or b""))


def read_rpm(host: Host) -> Reading[OsPackages]:
    """Ask rpm; `None` when the machine has no such database. In a captured tree the recorded output alone will do."""
    has_database = any(host.list_directory(place) for place in _RPM)
    if host.live and not has_database:
        return None
    completed = host.run(RPM_QUERY, deadline=_RPM_DEADLINE)
    if completed is None:
        return Unread("an rpm database, but no rpm to read it") if has_database else None
    if isinstance(completed, Unread):
        return completed if has_database else Unread("no package database in this tree")
    return parse_rpm(_output(completed))


def parse_dpkg(content: bytes) -> OsPackages:
    """
    Parse ``/var/lib/dpkg/status`` (dpkg-query(1), deb822(5)), stanzas with an empty line after each.

    .. code-block:: text

        Package: aws-neuronx-dkms
        Status: hold ok installed
        Maintainer: AWS Neuron <aws-neuron-support@amazon.com>
        Architecture: all
        Version: 2.26.5.0
        Description: aws-neuronx driver in DKMS format.

    The first word of the status is what is wanted, the last what is. Stanzas without one, in ``status.d`` of images
    that were built without dpkg, are installed.
    """
    versions: dict[str, str] = {}
    held = []
    incomplete = []
    for name, fields in _relevant_stanzas(content):
        want, _, state = fields.get("Status", "install ok installed").split(" ", 2)
        if state in _ON_DISK:
            incomplete.append(name)
        if state not in _CONFIGURED or name in versions:
            continue
        if "Version" not in fields:
            raise CollectorError(f"{_DPKG}/status: {name}: no Version")
        versions[name] = fields["Version"]
        if want == "hold":
            held.append(name)
    return OsPackages(
        manager="dpkg",
        versions=versions,
        held=tuple(sorted(held)),
        incomplete=tuple(sorted(set(incomplete))),
    )


def parse_rpm(text: str) -> OsPackages:
    """
    Parse what `RPM_QUERY` prints: name, epoch, version-release, architecture.

    .. code-block:: text

        aws-neuronx-runtime-lib	(none)	2.29.40.0_f954cd7a5-1	x86_64
        gpg-pubkey	(none)	c87f5b1a-593863f8	(none)

    Of a package that is installed several times, as kernels are, the newest counts.
    """
    versions: dict[str, str] = {}
    for line in filter(None, text.split("\n")):
        words = line.split("\t")
        if len(words) != 4 or not all(words):
            raise CollectorError(f"{' '.join(RPM_QUERY[:2])}: not a package: {line[:80]!r}")
        name, epoch, version, _ = words
        if RELEVANT_OS_PACKAGE.search(name):
            full = version if epoch in ("(none)", "0") else f"{epoch}:{version}"
            versions[name] = max(full, versions.get(name, ""), key=_order)
    return OsPackages(manager="rpm", versions=versions)


def _read_pieces(host: Host) -> bytes | None:
    """Read ``status.d``, one stanza per package, as distroless images have it in place of the status file."""
    names = host.list_directory(f"{_DPKG}/status.d")
    if not isinstance(names, tuple):
        return None
    pieces = (host.read_bytes(f"{_DPKG}/status.d/{name}") for name in names if not name.endswith(".md5sums"))
    return b"\n\n".join(piece for piece in pieces if isinstance(piece, bytes))


def _relevant_stanzas(content: bytes) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Return name and fields of each stanza that bears on Neuron: some ten of the two thousand of a large machine."""
    for piece in content.split(b"\n\n"):
        stanza = piece.strip(b"\n")
        if not stanza:
            continue
        if not stanza.startswith(b"Package: "):
            raise CollectorError(f"{_DPKG}/status: not a package: {stanza[:80]!r}")
        name = stanza[9 : stanza.find(b"\n") + 1 or None].decode("utf-8", "replace").strip()
        if RELEVANT_OS_PACKAGE.search(name):
            yield name, _parse_stanza(stanza, name)


def _parse_stanza(stanza: bytes, name: str) -> Mapping[str, str]:
    """Parse the one-line fields of a stanza."""
    lines = stanza.decode("utf-8", "replace").split("\n")
    pairs = (line.partition(": ") for line in lines if not line.startswith(" "))
    fields = {key: value.strip() for key, _, value in pairs}
    if "Status" in fields and len(fields["Status"].split(" ")) != 3:
        raise CollectorError(f"{_DPKG}/status: {name}: not a status: {fields['Status'][:80]!r}")
    return fields


def _output(completed: Completed) -> str:
    """Return what rpm printed, if all went well."""
    if completed.returncode != 0:
        why = (completed.stderr.strip().splitlines() or [f"exit status {completed.returncode}"])[-1]
        raise CollectorError(f"{' '.join(RPM_QUERY[:2])}: {why[:200]}")
    return completed.stdout


def _lists_neuron(packages: OsPackages) -> bool:
    """Tell whether a Neuron package is installed."""
    return any("neuron" in name for name in packages.versions)


def _order(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that orders the versions of one kernel package: numbers by value, above words."""
    words = _NUMBER_OR_WORD.findall(version)
    return tuple((1, int(word), "") if word.isdigit() else (0, 0, word) for word in words)
