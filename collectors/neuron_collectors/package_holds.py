"""
Packages that an update leaves as they are: locked versions of yum, dnf and dnf5, their excludes, and pins of apt.

What dpkg itself holds is in its database, which `os_packages` reads.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping

from .facts import NOT_COLLECTED, RELEVANT_OS_PACKAGE, Reading, Unread, value_or_none
from .facts.lazy_pattern import lazy_pattern
from .facts.package_hold import PackageHold
from .host import CollectorError, Host

_LIMIT = 1024 * 1024
_PLACES = ("etc/dnf", "etc/yum", "etc/yum.conf", "etc/apt")
_MOST_FILES = 200
_LOCK_OF_DNF = lazy_pattern(r"(!?)(.+?)-((?:[0-9]+:)?[0-9][^-:]*(?:-[^-:]+)?)")
_LOCK_OF_YUM = lazy_pattern(r"(!?)([0-9]+):(.+)-([^-]+-[^-]+)")
_EXCLUDE = lazy_pattern(r"^(?:exclude|excludepkgs|exclude_pkgs)[ \t]*=(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_PREFERENCES_NAME = lazy_pattern(r"[A-Za-z0-9_.-]+")
_PRIORITY = lazy_pattern(r"[+-]?[0-9]{1,6}")


def collect_package_holds(host: Host) -> Reading[tuple[PackageHold, ...]]:
    """Return what is held; a file that could not be read, or is damaged, stands in the list with its reason."""
    if not any(host.holds(place) for place in _PLACES):
        return NOT_COLLECTED
    return tuple(hold for path, parse in _list_files(host) for hold in read_holds(host, path, parse))


def read_holds(host: Host, path: str, parse: Callable[[str, str], tuple[PackageHold, ...]]) -> tuple[PackageHold, ...]:
    """Read the file *path* with its parser."""
    text = host.read_text(path, limit=_LIMIT)
    if isinstance(text, Unread):
        return (_unread(path, text),)
    try:
        return parse(text, f"/{path}") if text is not None else ()
    except CollectorError as error:
        return (_unread(path, Unread(str(error))),)


def parse_versionlock(text: str, path: str) -> tuple[PackageHold, ...]:
    """
    Parse ``versionlock.list`` of dnf (name-epoch:version-release.arch) and of yum (epoch:name-version-release.arch).

    .. code-block:: text

        # Added lock on Tue Jun  3 10:00:00 2025
        aws-neuronx-dkms-0:2.21.37.0-dkms.*
        0:kernel-5.10.157-139.675.amzn2.*

    An exclamation mark holds off that version alone. What has no version is a pattern of names.
    """
    lines = (line.strip() for line in text.splitlines())
    holds = (_parse_lock(line, path) for line in lines if line and not line.startswith("#"))
    return tuple(hold for hold in holds if _is_relevant(hold.name))


def parse_versionlock_toml(text: str, path: str) -> tuple[PackageHold, ...]:
    """
    Parse ``versionlock.toml`` of dnf5, whose command ``versionlock`` writes it.

    .. code-block:: toml

        version = "1.0"

        [[packages]]
        name = "aws-neuronx-dkms"
        [[packages.conditions]]
        key = "evr"
        comparator = "="
        value = "0:2.21.37.0-dkms"
    """
    packages = _parse_toml(text, path).get("packages", [])
    if not isinstance(packages, list):
        raise CollectorError(f"{path}: packages: not a list: {str(packages)[:80]!r}")
    holds = (_parse_package(package, path) for package in packages)
    return tuple(hold for hold in holds if _is_relevant(hold.name))


def parse_excludes(text: str, path: str) -> tuple[PackageHold, ...]:
    """
    Parse ``exclude`` in ``dnf.conf`` or ``yum.conf``: patterns of packages that are never updated.

    .. code-block:: ini

        [main]
        gpgcheck=1
        exclude=kernel* aws-neuronx-dkms
    """
    patterns = (pattern for found in _EXCLUDE.findall(text) for pattern in found.replace(",", " ").split())
    return tuple(PackageHold(path=path, name=pattern) for pattern in patterns if _is_relevant(pattern))


def parse_preferences(text: str, path: str) -> tuple[PackageHold, ...]:
    """
    Parse a file of apt_preferences(5): stanzas with an empty line after each.

    .. code-block:: text

        Explanation: the last driver for Inf1
        Package: aws-neuronx-dkms
        Pin: version 2.24.*
        Pin-Priority: 1001

    A pin for all packages counts when it names a source of the vendor's.
    """
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    return tuple(hold for stanza in re.split(r"\n[ \t]*\n", text) for hold in _parse_stanza(stanza, path))


def _list_files(host: Host) -> Iterator[tuple[str, Callable[[str, str], tuple[PackageHold, ...]]]]:
    """Yield the files to read, each once, with their parsers."""
    lists = ("etc/dnf/plugins/versionlock.list", "etc/yum/pluginconf.d/versionlock.list")
    yield from ((path, parse_versionlock) for path in {host.real_path(path): path for path in lists}.values())
    yield "etc/dnf/versionlock.toml", parse_versionlock_toml
    configurations = ("etc/dnf/dnf.conf", "etc/yum.conf")
    yield from ((path, parse_excludes) for path in {host.real_path(path): path for path in configurations}.values())
    yield "etc/apt/preferences", parse_preferences
    for name in (value_or_none(host.list_directory("etc/apt/preferences.d")) or ())[:_MOST_FILES]:
        if _PREFERENCES_NAME.fullmatch(name) and ("." not in name or name.endswith(".pref")):
            yield f"etc/apt/preferences.d/{name}", parse_preferences


def _parse_lock(line: str, path: str) -> PackageHold:
    """Parse one line of ``versionlock.list``."""
    if found := _LOCK_OF_YUM.fullmatch(line):
        return PackageHold(path=path, name=found[3], version=f"{found[1]}{found[2]}:{found[4]}")
    if found := _LOCK_OF_DNF.fullmatch(line):
        return PackageHold(path=path, name=found[2], version=found[1] + found[3])
    return PackageHold(path=path, name=line[:200])


def _parse_toml(text: str, path: str) -> Mapping[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - dnf5 alone writes TOML
    else:
        import tomli as tomllib  # noqa: PLC0415
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CollectorError(f"{path}: not TOML: {error}: {text[:80]!r}") from error


def _parse_package(package: object, path: str) -> PackageHold:
    """Parse one package of ``versionlock.toml``."""
    if not isinstance(package, dict) or not isinstance(package.get("name"), str):
        raise CollectorError(f"{path}: not a package with a name: {str(package)[:80]!r}")
    conditions = package.get("conditions", [])
    if not isinstance(conditions, list) or not all(isinstance(condition, dict) for condition in conditions):
        raise CollectorError(f"{path}: {package['name'][:80]}: not conditions: {str(conditions)[:80]!r}")
    words = (" ".join(str(c.get(key, "?")) for key in ("key", "comparator", "value")) for c in conditions)
    return PackageHold(path=path, name=package["name"], version=", ".join(words)[:200] or None)


def _parse_stanza(stanza: str, path: str) -> Iterator[PackageHold]:
    """Yield a hold for each package that a stanza of apt's names."""
    fields = {
        key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in stanza.split("\n"))
    }
    pin, priority = fields.get("pin"), fields.get("pin-priority", "")
    for name in fields.get("package", "").split():
        if pin and (RELEVANT_OS_PACKAGE.search(name) or (name == "*" and "neuron" in pin.lower())):
            yield PackageHold(
                path=path,
                name=name,
                version=pin,
                priority=int(priority) if _PRIORITY.fullmatch(priority) else Unread(f"no number: {priority[:40]!r}"),
            )


def _is_relevant(name: Reading[str]) -> bool:
    """Tell whether a package bears on Neuron; a pattern for all packages does."""
    return isinstance(name, str) and (name == "*" or RELEVANT_OS_PACKAGE.search(name) is not None)


def _unread(path: str, why: Unread) -> PackageHold:
    return PackageHold(path=f"/{path}", name=why, version=why, priority=why)
