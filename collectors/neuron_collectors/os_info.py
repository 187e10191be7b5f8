"""Operating system, kernel and C library."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from .facts import NOT_COLLECTED, OperatingSystem, Reading, Unread, value_or_none
from .host import CollectorError, Host
from .os_packages import collect_os_packages

_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")
_OLD_RELEASE = ("etc/redhat-release", "etc/system-release")
_ASSIGNMENT = re.compile(r"""([A-Za-z_][A-Za-z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'`$]*))""")
_ESCAPE = re.compile(r"\\(.)")
_LIBRARIES = (
    *("lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"),
    *("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"),
    *("lib64", "usr/lib64", "lib", "usr/lib"),
)
_LIBRARY_LIMIT = 16 * 1024 * 1024  # 2 MB as distributed, more with debug symbols

_KERNEL = re.compile(r"Linux version ([^\s]+)")
_LINK = re.compile(r"libc-([0-9]{1,4}\.[0-9]{1,4})\.so")
_BANNER = b"GNU C Library ("
_RELEASE = re.compile(rb"release version ([0-9]{1,4}\.[0-9]{1,4})")
_PACKAGED = re.compile(r"(?:[0-9]+:)?([0-9]{1,4}\.[0-9]{1,4})(?![0-9])")


def collect_os(host: Host) -> Reading[OperatingSystem]:
    """
    Return operating system, kernel and C library.

    Every machine has them, so a captured tree without one of them did not collect it.
    """
    release = read_os_release(host)
    found = OperatingSystem(
        id=_field(release, "id"),
        version=_field(release, "version_id"),
        name=_field(release, "pretty_name"),
        kernel=read_kernel(host),
        glibc=read_glibc(host),
    )
    nothing = all(field == NOT_COLLECTED for field in (release, found.kernel, found.glibc))
    return NOT_COLLECTED if nothing else found


def read_os_release(host: Host) -> Reading[Mapping[str, str]]:
    """Read ``/etc/os-release``, or ``/usr/lib/os-release``, or what came before it, its keys in lower case."""
    for path in _OS_RELEASE:
        content = host.read_bytes(path)
        if isinstance(content, Unread):
            return content
        if content is not None:
            return parse_os_release(content, path)
    for path in _OLD_RELEASE:
        if isinstance(host.read_bytes(path), bytes):
            return _ask_distro(host, path)
    return None if host.live else NOT_COLLECTED


def read_kernel(host: Host) -> Reading[str]:
    """Read the kernel's release; in a container it is the host's."""
    release = host.read_line("proc/sys/kernel/osrelease")
    if isinstance(release, str):
        return release
    version = host.read_line("proc/version")
    if isinstance(version, str):
        return parse_kernel(version)
    return release or version or NOT_COLLECTED


def parse_kernel(text: str) -> str:
    """
    Parse ``/proc/version``.

    .. code-block:: text

        Linux version 6.8.0-1021-aws (buildd@lcy02-amd64-009) (x86_64-linux-gnu-gcc-13 …) #23-Ubuntu SMP …
    """
    found = _KERNEL.match(text)
    if not found:
        raise CollectorError(f"proc/version: no kernel release: {text[:80]!r}")
    return found[1]


def read_glibc(host: Host) -> Reading[str]:
    """
    Read the version of the GNU C library; `None` when the machine has another one.

    On the live machine the library that this process runs on knows it (a Python linked with another C library does
    not). Otherwise the library on disk says it, or the package it came from.
    """
    if host.live and (running := _running_glibc()):
        return running
    readings = [_read_library(host, f"{directory}/libc.so.6") for directory in _real_directories(host)]
    versions = [reading for reading in readings if isinstance(reading, str)]
    if versions:
        return max(versions, key=lambda version: tuple(map(int, version.split("."))))
    packaged = _read_packaged_glibc(host)
    if packaged is not None:
        return packaged
    unread = next((reading for reading in readings if isinstance(reading, Unread)), None)
    return unread or (None if host.live or _has_musl(host) else NOT_COLLECTED)


def parse_glibc_link(text: str) -> str | None:
    """
    Parse where the link ``libc.so.6`` leads to; since 2.34 it is no link.

    .. code-block:: text

        libc-2.31.so
    """
    found = _LINK.fullmatch(text.rpartition("/")[2])
    return found[1] if found else None


def parse_glibc(content: bytes) -> str | None:
    """
    Find the banner in the library ``libc.so.6``, which it prints when it is run.

    .. code-block:: text

        GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.
    """
    start = content.find(_BANNER)
    found = _RELEASE.search(content, start, start + 300) if start >= 0 else None
    return found[1].decode() if found else None


def parse_os_release(content: bytes, source: str) -> Mapping[str, str]:
    """
    Parse os-release(5), assignments as a shell reads them, its keys in lower case.

    .. code-block:: text

        PRETTY_NAME="Ubuntu 22.04.4 LTS"
        VERSION_ID="22.04"
        ID=ubuntu

    Every supported system has this file, and the import of distro takes a tenth of a one-shot run: distro is asked
    where the file is missing.
    """
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CollectorError(f"{source}: {error}: {content[:80]!r}") from error
    fields = {}
    for line in lines:
        if found := _ASSIGNMENT.fullmatch(line.strip()):
            fields[found[1].lower()] = _ESCAPE.sub(r"\1", next(filter(None, found.groups()[1:]), ""))
        elif "=" in line and not line.lstrip().startswith("#"):
            raise CollectorError(f"{source}: not an assignment: {line[:80]!r}")
    return fields


def _ask_distro(host: Host, path: str) -> Mapping[str, str]:
    """
    Let distro parse the file *path* of a system older than os-release.

    distro opens the file itself: it follows links out of a captured tree and waits for a FIFO. So `Host` has read it
    first, and distro is given the path without links.
    """
    import distro  # noqa: PLC0415 - with what it imports itself it takes a tenth of a one-shot run

    real = os.path.join(host.root, host.real_path(path))  # noqa: PTH118 - distro takes strings
    try:
        found = distro.LinuxDistribution(
            include_lsb=False, include_uname=False, include_oslevel=False, distro_release_file=real, root_dir=host.root
        ).distro_release_info()
    except ValueError as error:  # not UTF-8
        raise CollectorError(f"{path}: {error}") from error
    return {**found, "pretty_name": found.get("name", "")}


def _field(release: Reading[Mapping[str, str]], key: str) -> Reading[str]:
    """Return the field *key* of os-release; an empty one is absent."""
    return (release.get(key) or None) if isinstance(release, Mapping) else release


def _running_glibc() -> str | None:
    """Return the version of the GNU C library that this process runs on; `None` when it runs on another one."""
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return None
    return name.removeprefix("glibc ") if name.startswith("glibc ") else None


def _real_directories(host: Host) -> Iterable[str]:
    """Return the library directories, each once: ``/lib`` is ``/usr/lib`` on most systems."""
    return dict.fromkeys(host.real_path(directory) for directory in _LIBRARIES)


def _read_library(host: Host, path: str) -> Reading[str]:
    """Read the version from the C library *path*."""
    link = host.read_link(path)
    if isinstance(link, str) and (version := parse_glibc_link(link)):
        return version
    content = host.read_bytes(path, limit=_LIBRARY_LIMIT)
    return parse_glibc(content) if isinstance(content, bytes) else content


def _read_packaged_glibc(host: Host) -> str | None:
    """Return the version in the package's version, e.g. ``2.35-0ubuntu3.8``; damage there is not ours to report."""
    try:
        packages = value_or_none(collect_os_packages(host))
    except CollectorError:
        return None
    versions = [packages.version(name) for name in ("libc6", "glibc")] if packages else []
    found = [_PACKAGED.match(version) for version in versions if isinstance(version, str)]
    return next((match[1] for match in found if match), None)


def _has_musl(host: Host) -> bool:
    """Tell whether the machine runs on the musl C library, as Alpine does."""
    return any(name.startswith("ld-musl-") for name in value_or_none(host.list_directory("lib")) or ())
