"""
Settings in use, with their level and phase: environment variables, flags given to the compiler, and features.

Where they are found: the processes' environment (of which only harmless values are read), ``NEURON_CC_FLAGS`` in it,
and the flags that compile caches keep beside what they compiled. Of the features those are seen that a variable turns
on; what programs call, and which models they run, shows nowhere on a host.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from neuron_collectors.facts import CompileCache, Inventory, value_or_none
from neuron_collectors.facts.frozen import dataclass

from .catalog.events import Event, Phase, Subject
from .catalog.labels import Classified
from .catalog.model import Catalog
from .catalog.settings import Setting, settings_named
from .classification import Level, labels_of, level_of, shown_phase
from .effect import released
from .findings import RuleReference
from .lifecycle import phase_of
from .standing import Standing

FLAGS_VARIABLE = "NEURON_CC_FLAGS"

Ageing = Literal["removed", "renamed", "deprecated"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """One setting or feature that something here uses."""

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
    """Packages that read it, or that it is a part of."""
    reference: RuleReference


def usages(inventory: Inventory, catalog: Catalog, as_of: dt.date) -> tuple[Usage, ...]:
    """Return every setting and feature in use of which the catalog knows something, by kind and name."""
    found: dict[tuple[str, str], Usage] = {}
    for subject, where in _seen(inventory, catalog, as_of):
        key = (subject.kind, subject.name)
        usage = None if key in found else usage_of(subject, where, catalog, as_of)
        if usage is not None:
            found[key] = usage
    return tuple(found[key] for key in sorted(found))


def _seen(inventory: Inventory, catalog: Catalog, as_of: dt.date) -> Iterator[tuple[Subject, str]]:
    """Yield each setting and feature with where it was seen."""
    processes = value_or_none(inventory.processes) or ()
    environments = (
        (inventory.environment, "environment"),
        *((process.environment, f"process {process.pid}") for process in processes),
    )
    for reading, where in environments:
        environment = value_or_none(reading) or {}
        yield from _of_environment(environment, where)
        yield from ((feature, where) for feature in _features(environment, catalog, as_of))
    for cache in value_or_none(inventory.compile_caches) or ():
        for flag in flags_in(_flags_of(cache)):
            yield flag, cache.path


def _of_environment(environment: Mapping[str, str], where: str) -> Iterator[tuple[Subject, str]]:
    """Yield the variables, and the flags in that of the compiler."""
    for name in environment:
        yield Subject(kind="env", name=name), where
    for flag in flags_in(environment.get(FLAGS_VARIABLE, "").split()):
        yield flag, f"{FLAGS_VARIABLE} in {where}"


def _features(environment: Mapping[str, str], catalog: Catalog, as_of: dt.date) -> Iterator[Subject]:
    """Yield the features that a variable turns on; 0 leaves them off."""
    for name, value in environment.items():
        for setting in settings_named(Subject(kind="env", name=name), catalog, as_of):
            if setting.turns_on is not None and value.strip() not in {"", "0"}:
                yield Subject(kind="feature", name=setting.turns_on)


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
    """Judge one setting or feature; `None` if neither its documentation nor an announcement is known."""
    said = settings_named(subject, catalog, as_of)
    setting = said[0] if said else None
    standing = phase_of(subject, catalog, as_of)
    level = level_of(subject, catalog, as_of, standing=standing)
    known: tuple[Event | Classified | None, ...]
    known = (setting, standing.record, *reversed(standing.records), *labels_of(subject, catalog, as_of))
    record = next((one for one in known if one is not None), None)
    if record is None:
        return None
    ageing, release = _ageing(setting, standing, catalog)
    return Usage(
        subject=subject,
        where=where,
        phase="end-of-support" if ageing == "removed" else shown_phase(standing, level),
        level=level,
        ageing=ageing,
        since_release=release,
        replacement=standing.replacement or _named(standing) or (setting.replacement if setting else None),
        of=record.subject.of,
        reference=_reference(_remark(ageing, standing) or record),
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
    undated = setting.status == "deprecated" and setting.deprecated is None
    if undated or _is_out(setting.deprecated, catalog):
        return "deprecated", setting.deprecated
    return None, None


def _is_out(release: str | None, catalog: Catalog) -> bool:
    """Tell whether SDK *release* is one that the catalog knows."""
    return release is not None and released(release, catalog) is not None


def _named(standing: Standing) -> str | None:
    """Return what the records about a deprecation or a new name give in its place."""
    events = (standing.renamed, standing.deprecated)
    return next((event.replacement for event in events if event and event.replacement), None)


def _remark(ageing: Ageing | None, standing: Standing) -> Event | None:
    """Return the announcement that decides, if one does."""
    return {"renamed": standing.renamed, "deprecated": standing.deprecated}.get(ageing or "", standing.record)


def _reference(record: Event | Classified) -> RuleReference:
    """Name a record."""
    return RuleReference(id=record.id, source=record.source, retrieved=record.retrieved, confidence=record.confidence)
