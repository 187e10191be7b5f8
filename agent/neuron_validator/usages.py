"""
Settings in use, with their level and phase: environment variables, and flags given to the compiler.

Where they are found: the processes' environment (of which only harmless values are read), ``NEURON_CC_FLAGS`` in it,
and the flags that compile caches keep beside what they compiled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from neuron_collectors.facts import CompileCache, Inventory, value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.events import Phase, Subject
from .catalog.model import Catalog
from .catalog.settings import Setting, settings_named
from .classification import Level, level_of
from .effect import released
from .findings import RuleReference
from .lifecycle import phase_of
from .standing import Standing

FLAGS_VARIABLE = "NEURON_CC_FLAGS"

Ageing = Literal["removed", "renamed", "deprecated"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One setting that something here uses."""

    subject: Subject
    where: str
    """``environment``, ``process 4711``, ``NEURON_CC_FLAGS in environment`` or the path of a compile cache."""
    phase: Phase
    level: Level
    ageing: Ageing | None = None
    """What has become of it by the newest release; `None` while nothing has."""
    since_release: str | None = None
    """The SDK release with which that happened, where one is named."""
    replacement: str | None = None
    of: tuple[str, ...] = ()
    """Packages that read it."""
    reference: RuleReference


def usages(inventory: Inventory, catalog: Catalog, as_of: dt.date) -> tuple[Usage, ...]:
    """Return every setting in use of which the catalog knows something, by kind and name."""
    found: dict[tuple[str, str], Usage] = {}
    for subject, where in _seen(inventory):
        key = (subject.kind, subject.name)
        usage = None if key in found else usage_of(subject, where, catalog, as_of)
        if usage is not None:
            found[key] = usage
    return tuple(found[key] for key in sorted(found))


def _seen(inventory: Inventory) -> Iterator[tuple[Subject, str]]:
    """Yield each setting with where it was seen."""
    yield from _of_environment(value_or_none(inventory.environment), "environment")
    for process in value_or_none(inventory.processes) or ():
        yield from _of_environment(value_or_none(process.environment), f"process {process.pid}")
    for cache in value_or_none(inventory.compile_caches) or ():
        for flag in flags_in(_flags_of(cache)):
            yield flag, cache.path


def _of_environment(environment: Mapping[str, str] | None, where: str) -> Iterator[tuple[Subject, str]]:
    """Yield the variables, and the flags in that of the compiler."""
    for name in environment or ():
        yield Subject(kind="env", name=name), where
    for flag in flags_in((environment or {}).get(FLAGS_VARIABLE, "").split()):
        yield flag, f"{FLAGS_VARIABLE} in {where}"


def _flags_of(cache: CompileCache) -> Iterator[str]:
    """Yield the flags of everything in *cache*."""
    for modules in value_or_none(cache.compilers) or ():
        for flags in modules.flags.values():
            yield from value_or_none(flags) or ()


def flags_in(words: Iterable[str]) -> Iterator[Subject]:
    """
    Yield the flags among the words of a command line, each by itself and with its value.

    >>> [flag.name for flag in flags_in(["--model-type=transformer", "-O1", "-O", "2"])]
    ['--model-type=transformer', '--model-type', '-O1', '-O', '-O=2']
    """
    previous = None
    for word in words:
        if not word.startswith("-"):
            if previous is not None:
                yield Subject(kind="flag", name=f"{previous}={word}")
            previous = None
            continue
        yield Subject(kind="flag", name=word)
        name, equals, _ = word.partition("=")
        previous = None if equals else name
        if equals:
            yield Subject(kind="flag", name=name)


def usage_of(subject: Subject, where: str, catalog: Catalog, as_of: dt.date) -> Usage | None:
    """Judge one setting; `None` if neither its documentation nor an announcement is known."""
    settings = settings_named(subject, catalog, as_of)
    standing = phase_of(subject, catalog, as_of)
    if not settings and not standing.records:
        return None
    setting = settings[0] if settings else None
    ageing, release = _ageing(setting, standing, catalog)
    return Usage(
        subject=subject,
        where=where,
        phase="end-of-support" if ageing == "removed" else _phase(setting, standing),
        level=level_of(subject, catalog, as_of),
        ageing=ageing,
        since_release=release,
        replacement=standing.replacement or _named(standing) or (setting.replacement if setting else None),
        of=setting.subject.of if setting else standing.records[-1].subject.of,
        reference=_reference(ageing, setting, standing),
    )


def _ageing(setting: Setting | None, standing: Standing, catalog: Catalog) -> tuple[Ageing | None, str | None]:
    """Say what has become of a setting, and with which release: by the announcements, else by its documentation."""
    if standing.phase == "end-of-support" and standing.certain and not standing.presumed:
        return "removed", standing.since_release
    documented = _documented_ageing(setting, catalog) if setting is not None else (None, None)
    if documented[0] in {"removed", "renamed"}:
        return documented
    if standing.renamed is not None:
        return "renamed", standing.renamed.effective.release
    if standing.deprecated is not None:
        return "deprecated", standing.deprecated.effective.release
    return documented if standing.phase != "end-of-support" else ("deprecated", documented[1])


def _documented_ageing(setting: Setting, catalog: Catalog) -> tuple[Ageing | None, str | None]:
    """Say what its documentation tells of it, the gravest first."""
    if _is_out(setting.removed, catalog):
        return "removed", setting.removed
    if setting.status == "renamed" and _is_out(setting.effective.release, catalog):
        return "renamed", setting.effective.release
    if setting.status == "deprecated" or _is_out(setting.deprecated, catalog):
        return "deprecated", setting.deprecated
    return None, None


def _is_out(release: str | None, catalog: Catalog) -> bool:
    """Tell whether SDK *release* is one that the catalog knows."""
    return release is not None and released(release, catalog) is not None


def _phase(setting: Setting | None, standing: Standing) -> Phase:
    """Return the phase: as announced, else as documented; that of a setting that is only in archives is not known."""
    if standing.phase != "unknown" or standing.candidates or setting is None:
        return standing.phase
    if setting.level in {"alpha", "beta"}:
        return "beta"
    return "stable" if setting.level == "stable" else "unknown"


def _named(standing: Standing) -> str | None:
    """Return what the records about a deprecation or a new name give in its place."""
    events = (standing.renamed, standing.deprecated)
    return next((event.replacement for event in events if event and event.replacement), None)


def _reference(ageing: Ageing | None, setting: Setting | None, standing: Standing) -> RuleReference:
    """Name the record that decides: an announcement before the documentation."""
    said = {"renamed": standing.renamed, "deprecated": standing.deprecated}.get(ageing or "", standing.record)
    record = said or setting or standing.record or standing.records[-1]
    return RuleReference(id=record.id, source=record.source, retrieved=record.retrieved, confidence=record.confidence)
