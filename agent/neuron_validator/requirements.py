"""
What the packages of one Python environment require of each other and of Python, by their own metadata.

Extras are passed over: nobody knows whether they were asked for. What cannot be told, of a marker, a version or a
package that may be there, violates nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from neuron_collectors.facts import PythonEnvironment, Reading, fold_name, value_or_none
from neuron_collectors.facts.frozen import dataclass

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_COMPARISON = re.compile(r"[<>=!~]")
_EXTRA = re.compile(r"\bextra\b")
_MACHINE = re.compile(r"\bplatform_(machine|release|version)\b")
_LONGEST = 1000
"""Of a version or of specifiers: Python refuses to read numbers of some thousand digits."""
_COMPLETE = ("venv", "conda")
"""Kinds of environments outside which nothing is imported; the system's and a user's add up to one another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirer:
    """One package with what it requires."""

    name: str
    version: Reading[str]
    requires: str
    """The specifiers, e.g. ``<3.20,>=3.9.2``; empty for any version."""

    def __str__(self) -> str:
        version = value_or_none(self.version)
        return f"{self.name} {version}" if version else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmet:
    """A package that is not as others require it."""

    name: str
    """Folded name of the package that is required."""
    found: str | None
    """Its version here; `None` where it is missing, or where no version could be right."""
    requirers: tuple[Requirer, ...]
    """Those whose requirement is not met."""
    possible: bool = True
    """Whether there is a version that all of them accept."""


def unmet_requirements(environment: PythonEnvironment) -> tuple[Unmet, ...]:
    """Return every package of *environment* that others require otherwise, by name."""
    required: dict[str, list[Requirer]] = {}
    for owner, texts in sorted(environment.requires.items()):
        for text in texts:
            requirement = _requirement_in_force(text, environment)
            if requirement is not None:
                name, specifiers = requirement
                version = environment.packages.get(owner)
                required.setdefault(name, []).append(Requirer(name=owner, version=version, requires=specifiers))
    found = (_unmet(name, requirers, environment) for name, requirers in sorted(required.items()))
    return tuple(unmet for unmet in found if unmet is not None)


def unmet_pythons(environment: PythonEnvironment) -> tuple[Requirer, ...]:
    """Return every package of *environment* that is not made for its Python."""
    python = value_or_none(environment.python)
    if python is None:
        return ()
    return tuple(
        Requirer(name=name, version=environment.packages.get(name), requires=specifiers)
        for name, specifiers in sorted(environment.requires_python.items())
        if accepts(specifiers, python) is False
    )


def accepts(specifiers: str, version: str) -> bool | None:
    """
    Tell whether *specifiers* accept *version*; `None` when that cannot be told.

    A version that is given with fewer parts than the bound that it meets stands for many.

    >>> accepts("<3.20,>=3.9.2", "3.20.3"), accepts("==2.9.*", "2.9.1+cpu"), accepts(">=3.10.5", "3.10")
    (False, True, None)
    """
    wanted, given = _parse_specifiers(specifiers), _parse_version(version)
    if wanted is None or given is None:
        return None
    if any(_is_too_short(given, specifier.version) for specifier in wanted):
        return None
    return wanted.contains(given, prereleases=True)


def are_compatible(one: str, other: str) -> bool:
    """
    Tell whether some version satisfies both *one* and *other*.

    >>> are_compatible(">=3.20.3,<4", "<=3.20.1"), are_compatible(">=3.20", "<4"), are_compatible("==1.*", "==1.4")
    (False, True, True)
    """
    first, second = _parse_specifiers(one), _parse_specifiers(other)
    if first is None or second is None:
        return True
    both = first & second
    return any(both.contains(version, prereleases=True) for version in _candidates(both))


def _unmet(name: str, requirers: Sequence[Requirer], environment: PythonEnvironment) -> Unmet | None:
    found = environment.packages.get(name)
    if isinstance(found, str):
        wrong = tuple(one for one in requirers if accepts(one.requires, found) is False)
        possible = all(are_compatible(one.requires, other.requires) for one in wrong for other in requirers)
        return Unmet(name=name, found=found, requirers=wrong, possible=possible) if wrong else None
    clash = next(_clashes(requirers), None)
    if clash is not None:
        return Unmet(name=name, found=None, requirers=clash, possible=False)
    if found is None and _is_complete(environment):
        return Unmet(name=name, found=None, requirers=tuple(requirers))
    return None


def _clashes(requirers: Sequence[Requirer]) -> Iterator[tuple[Requirer, Requirer]]:
    """Yield pairs whose requirements no version satisfies."""
    bound = [one for one in requirers if one.requires]
    for number, one in enumerate(bound):
        for other in bound[number + 1 :]:
            if one.name != other.name and not are_compatible(one.requires, other.requires):
                yield one, other


def _is_complete(environment: PythonEnvironment) -> bool:
    return environment.kind in _COMPLETE and not environment.partial


def _requirement_in_force(text: str, environment: PythonEnvironment) -> tuple[str, str] | None:
    """Parse *text* and return folded name and specifiers; `None` where it asks nothing of this environment."""
    marker = text.partition(";")[2]
    if _EXTRA.search(marker) or not _may_matter(text, environment):
        return None
    requirement = _parse_requirement(text)
    if requirement is None or (requirement.marker is not None and not _marker_holds(text, environment)):
        return None
    return fold_name(requirement.name), str(requirement.specifier)


def _may_matter(text: str, environment: PythonEnvironment) -> bool:
    """Tell, without parsing it, whether *text* could be unmet: a package that is here, any version of it, never is."""
    name = _NAME.match(text)
    if name is None:
        return False
    if _COMPARISON.search(text.partition(";")[0]):
        return True
    return _is_complete(environment) and fold_name(name[1]) not in environment.packages


def _marker_holds(text: str, environment: PythonEnvironment) -> bool:
    """Tell whether the marker of *text* is known to hold."""
    marker = text.partition(";")[2]
    python = value_or_none(environment.python)
    if _MACHINE.search(marker) or ("python" in marker and python is None):
        return False
    parts = (python or "3.0").split(".")
    if "python_full_version" in marker and len(parts) < 3:
        return False
    requirement = _parse_requirement(text)
    assert requirement is not None  # noqa: S101 - whoever asks has parsed it
    assert requirement.marker is not None  # noqa: S101
    return requirement.marker.evaluate(_marker_environment(parts))


def _marker_environment(python: Sequence[str]) -> dict[str, str]:
    """Return what markers ask for, of a Linux host with CPython."""
    return {
        "implementation_name": "cpython",
        "implementation_version": ".".join(python),
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": ".".join(python),
        "python_version": ".".join(python[:2]),
        "sys_platform": "linux",
    }


def _is_too_short(given: Version, bound: str) -> bool:
    """Tell whether *given* may be before or after *bound*, as its further parts are not known."""
    wanted = _parse_version(bound.removesuffix(".*"))
    if wanted is None:
        return False
    length = len(given.release)
    return length < len(wanted.release) and wanted.release[:length] == given.release and any(wanted.release[length:])


def _candidates(specifiers: SpecifierSet) -> Iterator[str]:
    """Yield versions on every bound of *specifiers* and close to it: an intersection that is not empty has one."""
    for specifier in specifiers:
        bound = _parse_version(specifier.version.removesuffix(".*"))
        if bound is None:
            continue
        text = ".".join(map(str, bound.release))
        yield from (specifier.version.removesuffix(".*"), text, f"{text}.0.0.1", f"{text}.1", f"{text}.999")
        yield from _neighbours(bound.release)


def _neighbours(release: Sequence[int]) -> Iterator[str]:
    """Yield *release* with each of its parts one more or one less."""
    for position, part in enumerate(release):
        for changed in (part + 1, part - 1):
            if changed >= 0:
                yield ".".join(map(str, (*release[:position], changed)))
                yield ".".join(map(str, (*release[:position], changed, 999)))


@functools.lru_cache(maxsize=4096)
def _parse_requirement(text: str) -> Requirement | None:
    # Imported here: few environments need it, and it takes longer than all else that a diagnosis imports.
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415

    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


@functools.lru_cache(maxsize=4096)
def _parse_specifiers(text: str) -> SpecifierSet | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    try:
        return SpecifierSet(text) if len(text) <= _LONGEST else None
    except InvalidSpecifier:
        return None


@functools.lru_cache(maxsize=4096)
def _parse_version(text: str) -> Version | None:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    try:
        return Version(text) if len(text) <= _LONGEST else None
    except InvalidVersion:
        return None


def join(requirers: Iterable[Requirer]) -> str:
    """Join the specifiers of *requirers* as pip reads them, each once."""
    clauses = (clause.strip() for one in requirers for clause in one.requires.split(","))
    return ",".join(dict.fromkeys(filter(None, clauses)))
