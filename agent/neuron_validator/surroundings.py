"""
What a rule can name, and what stands for it in a scope: packages, and what they run on.

Besides the vendor's components these are the other packages of a Python environment, and what is no package: the
kernel, the C library, the operating system, Python, and the SDK releases that explain the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neuron_collectors.facts import Reading, Unread, installed, value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.model import RuleOutline
from .catalog.rule import Term
from .evidence import Component, Evidence, Scope
from .versions import Range, release_part

KERNEL = "kernel"
GLIBC = "glibc"
PYTHON = "python"
SDK = "neuron-sdk"

_OS = "os:"
_RELEASE_IS_KNOWN = ("exact", "range", "adjacent")
_RPM_SYSTEMS = frozenset({"amzn", "rhel", "rocky", "centos", "almalinux", "fedora"})
_DEB_SYSTEMS = frozenset({"ubuntu", "debian"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What stands for a name in a scope."""

    component: Component
    versions: tuple[str, ...]
    """One version, or the several releases that all explain the scope."""

    def within(self, term: Term) -> bool | None:
        """Tell whether this is in the range of *term*; `None` when that cannot be told, or depends on the release."""
        answers = {term.judge(version) for version in self.versions}
        return answers.pop() if len(answers) == 1 else None


def find(name: str, scope: Scope, evidence: Evidence) -> Found | None:
    """Find what *name* stands for in *scope*, or below it in the operating system's; `None` when nothing is known."""
    reader = _READERS.get(name)
    if reader is not None:
        return reader(scope, evidence)
    if name.startswith(_OS):
        return _operating_system(name, evidence)
    component = scope.components.get(name) or _package(name, scope) or evidence.system.components.get(name)
    if component is None and name in evidence.names and evidence.catalog.canonical(name) is None:
        component = _system_package(name, scope, evidence)
    return Found(component=component, versions=(component.version,)) if component is not None else None


def find_package(name: str, scope: Scope, evidence: Evidence) -> Found | None:
    """Find the package that is installed in *scope* under exactly this *name*: a former name is another package."""
    component = _package(name, scope) or _system_package(name, scope, evidence)
    return Found(component=component, versions=(component.version,)) if component is not None else None


Finder = Callable[[str, Scope, Evidence], Found | None]
"""How to find what a name stands for in a scope: `find`, or a variant of it."""


def may_concern(outline: RuleOutline, evidence: Evidence, *, finder: Finder = find) -> bool:
    """
    Tell whether the rule of *outline* can have anything to say here.

    Its subject is here, in its range, and so is one of the others.
    """
    subject = outline.subject
    if not _is_here(subject, evidence):
        return False
    families, others = outline.families, outline.others
    if families and evidence.family not in families:
        return False
    if others and not any(_is_here(name, evidence) for name in others):
        return False
    if outline.range == "*" or outline.kind == "beside":
        return True
    term = Term(component=subject, range=Range.parse(outline.range))
    found = (finder(subject, scope, evidence) for scope in evidence.scopes)
    return any(one is not None and one.within(term) is True for one in found)


def _is_here(name: str, evidence: Evidence) -> bool:
    """Tell whether *name* may be found in some scope, without looking for it."""
    return name in evidence.names or name in _READERS or name.startswith(_OS)


def package_format(evidence: Evidence) -> str | None:
    """Name the format of the operating system's packages, ``deb`` or ``rpm``; `None` when it is not known."""
    packages = value_or_none(evidence.inventory.os_packages)
    manager = value_or_none(packages.manager) if packages else None
    if manager is not None:
        return {"dpkg": "deb", "rpm": "rpm"}.get(manager)
    os_id = value_or_none(evidence.os.id)
    return "rpm" if os_id in _RPM_SYSTEMS else "deb" if os_id in _DEB_SYSTEMS else None


def describe(component: Component) -> str:
    """Print a component as people name it: ``torch 2.9.1``, ``kernel 6.8.0-1021-aws``, ``SDK 2.28.0``."""
    name = _WORDS.get(component.name, component.name.removeprefix(_OS))
    return f"{name} {component.version}"


def _package(name: str, scope: Scope) -> Component | None:
    """Find a package of others in the environment of *scope*."""
    environment = scope.environment
    if environment is None:
        return None
    version = environment.packages.get(name)
    if not isinstance(version, str):
        return None
    return Component(name=name, version=version, component_class="package", scope=scope.name, source=environment.path)


def _system_package(name: str, scope: Scope, evidence: Evidence) -> Component | None:
    """Find a package of the operating system."""
    packages = value_or_none(evidence.inventory.os_packages)
    version = packages.versions.get(name) if packages and scope is evidence.system else None
    if not isinstance(version, str):
        return None
    manager = value_or_none(packages.manager) if packages else None
    source = f"{manager or 'package database'}: {name} {version}"
    version = release_part(version)
    return Component(name=name, version=version, component_class="package", scope=scope.name, source=source)


def _kernel(_scope: Scope, evidence: Evidence) -> Found | None:
    # A container has its host's kernel.
    return _known(KERNEL, evidence.os.kernel, scope="host", source="/proc/sys/kernel/osrelease")


def _glibc(_scope: Scope, evidence: Evidence) -> Found | None:
    return _known(GLIBC, evidence.os.glibc, scope=evidence.system.name, source="the C library")


def _python(scope: Scope, _evidence: Evidence) -> Found | None:
    environment = scope.environment
    if environment is None:
        return None
    return _known(PYTHON, environment.python, scope=scope.name, source=environment.path)


def _operating_system(name: str, evidence: Evidence) -> Found | None:
    os = evidence.os
    if value_or_none(os.id) != name.removeprefix(_OS):
        return None
    return _known(name, os.version, scope=evidence.system.name, source="/etc/os-release")


def _sdk(scope: Scope, _evidence: Evidence) -> Found | None:
    """Find the releases that explain *scope*; none where no release does, or something is newer than all."""
    identification = scope.identification
    if identification.match not in _RELEASE_IS_KNOWN:
        return None
    first, last = identification.releases[0], identification.releases[-1]
    component = Component(
        name=SDK,
        version=first if first == last else f"{first} to {last}",
        component_class="sdk",
        scope=scope.name,
        source=scope.environment.path if scope.environment else "the installed packages",
    )
    return Found(component=component, versions=identification.releases)


def _known(name: str, version: Reading[str], *, scope: str, source: str) -> Found | None:
    if not installed(version) or isinstance(version, Unread) or version is None:
        return None
    component = Component(name=name, version=version, component_class="platform", scope=scope, source=source)
    return Found(component=component, versions=(version,))


_READERS: Mapping[str, Callable[[Scope, Evidence], Found | None]] = {
    KERNEL: _kernel,
    GLIBC: _glibc,
    PYTHON: _python,
    SDK: _sdk,
}
_WORDS: Mapping[str, str] = {
    SDK: "SDK",
    PYTHON: "Python",
    "os:amzn": "Amazon Linux",
    "os:ubuntu": "Ubuntu",
    "os:rhel": "Red Hat Enterprise Linux",
    "os:rocky": "Rocky Linux",
    "os:debian": "Debian",
}
