"""Remedies: the commands that end a finding, for the operating system of the host."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from neuron_collectors.facts import Unread, value_or_none

from .evidence import Component, Evidence
from .findings import Remedy
from .versions import parse_version, release_part

PIP_INDEX = "https://pip.repos.neuron.amazonaws.com"
"""The vendor's package index; the packages of the same names on the public index are placeholders."""

_APT = frozenset({"ubuntu", "debian"})
_DNF = frozenset({"amzn", "rocky", "rhel", "centos", "fedora", "almalinux"})
_PYTHON_DIRECTORY = re.compile(r"python3\.[0-9]+")
_OWN_INTERPRETER = ("venv", "conda", "pyenv")
_UV = "uv pip"
RELOAD = ("sudo modprobe -r neuron", "sudo modprobe neuron")
"""The driver's module, anew; nothing may hold a device open meanwhile."""


def package_tool(evidence: Evidence) -> str | None:
    """
    Name the host's package tool: ``apt``, ``yum`` (Amazon Linux 2) or ``dnf``; ``apt`` where the system is not known.

    `None` for a system for which the vendor has no packages: nothing that could be pasted there would be right.
    """
    os_id, version = evidence.os.id, evidence.os.version
    if os_id == "amzn" and version == "2":
        return "yum"
    if not isinstance(os_id, str) or os_id in _APT:
        return "apt"
    return "dnf" if os_id in _DNF else None


def install_commands(evidence: Evidence, versions: Mapping[str, str], *, then: Sequence[str] = ()) -> tuple[str, ...]:
    """
    Return the commands that install operating system packages at given versions, and *then* others.

    There are none at all where the system has no package tool that is known here.

    A version may end in ``*``, and gets one where it does not: the packages carry the build's hash behind the version
    that the vendor prints (``2.31.23.0-d1a2b3c4e``).
    """
    globs = {name: version.rstrip("*") + "*" for name, version in versions.items()}
    match package_tool(evidence):
        case None:
            return ()
        case "apt":
            return (*_with_apt(evidence, globs), *then)
        case tool:
            return (*_with_rpm(evidence, globs, tool), *then)


def _with_apt(evidence: Evidence, globs: Mapping[str, str]) -> tuple[str, ...]:
    names = " ".join(f"'{name}={glob}'" for name, glob in globs.items())
    held = " --allow-change-held-packages" if _are_held(evidence, globs) else ""
    return ("sudo apt-get update", f"sudo apt-get install --allow-downgrades{held} -y {names}")


def _with_rpm(evidence: Evidence, globs: Mapping[str, str], tool: str) -> tuple[str, ...]:
    verbs: dict[str, list[str]] = {}
    for name, glob in globs.items():
        verbs.setdefault(_rpm_verb(evidence, name, glob), []).append(f"'{name}-{glob}'")
    return tuple(f"sudo {tool} {verb} -y {' '.join(names)}" for verb, names in verbs.items())


def _rpm_verb(evidence: Evidence, name: str, glob: str) -> str:
    """Return what installs *name*; yum, unlike dnf, says "nothing to do" when `install` names an older version."""
    packages = value_or_none(evidence.inventory.os_packages)
    here = parse_version((packages.versions.get(name) if packages else None) or "")
    wanted = parse_version(glob.rstrip(".*"))
    if package_tool(evidence) != "yum" or here is None or wanted is None:
        return "install"
    return "downgrade" if here.truncated(len(wanted.release)) > wanted else "install"


def _are_held(evidence: Evidence, names: Iterable[str]) -> bool:
    """Tell whether the package manager is told to keep one of *names* as it is; apt-get refuses to touch it then."""
    packages = value_or_none(evidence.inventory.os_packages)
    held = value_or_none(packages.held) if packages else None
    return any(name in (held or ()) for name in names)


def remove_commands(evidence: Evidence, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that removes operating system packages."""
    tool = package_tool(evidence)
    return (f"sudo {'apt-get' if tool == 'apt' else tool} remove -y {' '.join(names)}",) if tool else ()


def pip_install(
    evidence: Evidence, scope: str, requirements: str, *, options: str = f"--extra-index-url {PIP_INDEX}"
) -> str:
    """Return the command that installs *requirements* into the Python environment of *scope*."""
    return f"{_pip(evidence, scope, 'install')} {options} {requirements}"


def pip_uninstall(evidence: Evidence, scope: str, names: Iterable[str]) -> str:
    """Return the command that removes packages from the Python environment of *scope*."""
    command = _pip(evidence, scope, "uninstall")
    return f"{command}{'' if command.startswith(_UV) else ' -y'} {' '.join(names)}"


def _pip(evidence: Evidence, scope: str, verb: str) -> str:
    """
    Return how pip's *verb* is run for the environment of *scope*.

    An environment, or an interpreter that pyenv keeps, has a pip of its own; what uv made is left to uv. Packages of
    the system or of a user are those of an interpreter on the path, whose version the name of their directory tells.
    """
    environment = next((s.environment for s in evidence.scopes if s.name == scope and s.environment), None)
    if environment is None:
        return f"{scope}/bin/python -m pip {verb}"
    if environment.kind == "uv":  # marked as managed by uv, which then refuses to touch it itself
        return f"{_UV} {verb} --break-system-packages --python {environment.path}/bin/python"
    if "uv" in environment.installers.values() and environment.version("pip") is None:
        return f"{_UV} {verb} --python {environment.path}/bin/python"
    if environment.kind in _OWN_INTERPRETER or isinstance(environment.kind, Unread):
        return f"{environment.path}/bin/python -m pip {verb}"
    named = _PYTHON_DIRECTORY.search(environment.path)
    return f"{named[0] if named else 'python3'} -m pip {verb}"


def matching_version(
    evidence: Evidence, name: str, partner: Component, *, fits: Callable[[str], bool] = lambda _version: True
) -> tuple[str, str] | None:
    """
    Return the version of package *name* that shipped with *partner* and *fits*, and that SDK release.

    The newest release that lists the partner's version is taken; `None` when the catalog knows none.
    """
    membership = evidence.catalog.releases_of(partner.name, partner.version, family=evidence.family)
    for release in reversed(membership.releases):
        version = evidence.catalog.newest_in(release, name, fits=fits)
        if version is not None:
            return version, release
    return None


def one_release(evidence: Evidence, odd: tuple[Component, ...], release: str) -> Remedy:
    """Return the remedy that brings the *odd* components of one scope to what SDK *release* has of them."""
    targets = {}
    for component in odd:
        if versions := evidence.catalog.versions_in(release, component.name, family=evidence.family):
            targets[component] = _closest(component.version, versions)
    summary = f"Bring the components to one release, e.g. SDK {release}."
    in_system = {c.name: version for c, version in targets.items() if not c.scope.startswith("env:")}
    in_environment = [(c, version) for c, version in targets.items() if c.scope.startswith("env:")]
    commands = install_commands(evidence, in_system) if in_system else ()
    if in_environment:
        requirements = " ".join(f"'{c.name}=={version}'" for c, version in in_environment)
        commands += (pip_install(evidence, in_environment[0][0].scope, requirements),)
    return Remedy(summary=summary, commands=commands)


def _closest(version: str, candidates: tuple[str, ...]) -> str:
    """Return the candidate that shares the most leading parts: a framework extension stays with its framework."""
    parts = version.split(".")

    def shared(candidate: str) -> int:
        pairs = zip(parts, candidate.split("."), strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(candidates, key=shared)


def change_version(evidence: Evidence, component: Component, version: str, *, why: str) -> Remedy:
    """Return the remedy that installs *version* of *component*, where it is: system package or Python environment."""
    if component.scope.startswith("env:"):
        requirement = f"'{component.name}=={release_part(version)}'"
        command = pip_install(evidence, component.scope, requirement)
        return Remedy(summary=f"Install {component.name} {version}: {why}.", commands=(command,))
    if evidence.in_container and component.scope == "host":
        return Remedy(summary=f"On the host of this container, install {component.name} {version}: {why}.")
    if component.component_class != "driver":
        commands = install_commands(evidence, {component.name: version})
        return Remedy(summary=f"Install {component.name} {version}: {why}.", commands=commands)
    return Remedy(
        summary=f"Install driver {version} ({why}), stop what uses the devices, and load it.",
        commands=install_commands(evidence, {component.name: version}, then=RELOAD),
    )
