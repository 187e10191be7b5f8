"""What has a life-cycle of its own, and how people name it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from .catalog.dependencies import OS_NAMES, parse_dependency
from .catalog.events import SUBJECT_CLASSES, Subject, parse_event
from .catalog.labels import parse_label
from .catalog.model import Catalog, Release, fold_name
from .catalog.settings import all_settings
from .catalog.tables import CLASSIFICATION, DEPENDENCIES, LIFECYCLE
from .effect import released
from .lifecycle import component_subject
from .versions import Scheme, parse_version

SDK = "Neuron SDK"

_VERSION_AT_END = re.compile(r"(.*?)\s*(?:==|\s|(?<=[A-Za-z]))v?([0-9][0-9A-Za-z.+]*)")
_LINE = re.compile(r"==([0-9.]+?)(\.\*)?")
_SDK_NAMES = frozenset({"sdk", "neuron-sdk", "neuron", "aws-neuron-sdk"})


def subjects_known(catalog: Catalog, as_of: dt.date) -> tuple[Subject, ...]:
    """Return everything of which *catalog* knew something on the day *as_of*, a line of versions each."""
    lines: dict[tuple[str, str], dict[str, None]] = {}
    aliases: dict[tuple[str, str], dict[str, None]] = {}
    for subject in _mentioned(catalog, as_of):
        key = (subject.kind, subject.name)
        lines.setdefault(key, {})[_line(subject.version)] = None
        aliases.setdefault(key, {}).update(dict.fromkeys(subject.aliases))
    order = sorted(lines, key=lambda key: (SUBJECT_CLASSES.index(key[0]), key[1].lower()))
    that_day = catalog.as_of(as_of)
    wholes = (Subject(kind=kind, name=name, aliases=tuple(aliases[kind, name])) for kind, name in order)
    return tuple(
        replace(whole, version=version)
        for whole in wholes
        for version in _versions(whole, lines[whole.kind, whole.name], that_day)
    )


def subjects_named(text: str, catalog: Catalog, as_of: dt.date) -> tuple[Subject, ...]:
    """
    Return what *text* can mean: a name, a name with a version, a class such as ``dlami``, or words of names.

    ``torch-neuronx``, ``torch-neuronx 2.9``, ``Python 3.10``, ``2.29.1`` (of the SDK), ``--model-type``, ``llama``.
    """
    text = text.strip()
    known = subjects_known(catalog, as_of)
    match = _VERSION_AT_END.fullmatch(text)
    name, version = (match[1], match[2]) if match else (text, "")
    sdk = _release_named(text, name, version, catalog.as_of(as_of))
    if sdk is not None:
        return (Subject(kind="sdk", name=SDK, version=sdk.release),)
    exact = _exactly(text, known) or (_with_version(name, version, known, catalog) if version else ())
    return exact or tuple(s for s in known if s.kind == text.lower()) or _with_words(text, known)


def close_names(text: str, catalog: Catalog, as_of: dt.date) -> list[str]:
    """Return names that look like *text*."""
    names = {name.lower(): name for subject in subjects_known(catalog, as_of) for name in _names(subject)}
    return [names[close] for close in get_close_matches(text.lower(), names, n=3)]


def _release_named(text: str, name: str, version: str, catalog: Catalog) -> Release | None:
    """Return the SDK release that is meant: by its number, with or without the word SDK, or by the word alone."""
    if fold_name(text) in _SDK_NAMES:
        return catalog.latest
    number = version if fold_name(name) in _SDK_NAMES else text
    return released(number, catalog) if parse_version(number) is not None else None


def _mentioned(catalog: Catalog, as_of: dt.date) -> Iterator[Subject]:
    """Yield the subject of every record that could be read on the day *as_of*."""
    day = as_of.isoformat()
    tables = catalog.tables
    for record in tables.records(LIFECYCLE):
        if record["known_from"] <= day:
            yield parse_event(record).subject
    for record in tables.records(CLASSIFICATION):
        if record["known_from"] <= day:
            yield parse_label(record).subject
    for record in tables.records(DEPENDENCIES):
        if record["known_from"] <= day:
            yield parse_dependency(record).subject
    for setting in all_settings(catalog, as_of):
        yield setting.subject
    released_by_then = catalog.as_of(as_of)
    for package in catalog.packages.values():
        if released_by_then.release(package.since):
            yield component_subject(package.name, "", catalog)


def _line(version: str) -> str:
    """
    Return the version of a line as people write it; a range that is no line stays.

    >>> _line("==2.6.*"), _line("==22.04"), _line(">=2.7,<2.9")
    ('2.6', '22.04', '>=2.7,<2.9')
    """
    match = _LINE.fullmatch(version)
    return match[1] if match else version


def _versions(whole: Subject, mentioned: Iterable[str], catalog: Catalog) -> list[str]:
    """Return the lines of one thing, oldest first; no more than the whole where it has no lines of its own."""
    package = catalog.package(whole.name)
    if package is not None:
        extension = package.scheme is Scheme.EXTENSION and whole.kind == "extension"
        versions = _released_lines(package.name, catalog) if extension else []
    else:
        versions = list(filter(None, mentioned))
        versions.sort(key=lambda v: (number.release if (number := parse_version(v)) else (), v))
    return versions or [""]


def _released_lines(name: str, catalog: Catalog) -> list[str]:
    """Return the ``X.Y`` of every released version of an extension."""
    lines = dict.fromkeys(version.number.release[:2] for version in catalog.known_versions(name))
    return [".".join(map(str, line)) for line in lines]


def _names(subject: Subject) -> tuple[str, ...]:
    return (subject.name, *subject.aliases)


def _exactly(text: str, known: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the subjects of just this name, all lines of it."""
    wanted = fold_name(text)
    return tuple(s for s in known if wanted in {fold_name(n) for n in (*_names(s), f"{s.name} {s.version}")})


def _with_version(name: str, version: str, known: Sequence[Subject], catalog: Catalog) -> tuple[Subject, ...]:
    """Return the subjects of this name, asked about one version of them."""
    wanted = fold_name(OS_NAMES.get(name.lower(), name))
    named = {catalog.canonical(name), *(s.name for s in known if wanted in map(fold_name, _names(s)))}
    kinds = dict.fromkeys((s.kind, s.name, s.aliases) for s in known if s.name in named)
    return tuple(Subject(kind=kind, name=one, version=version, aliases=aliases) for kind, one, aliases in kinds)


def _with_words(text: str, known: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the subjects with every word of *text* in their class, names or version."""
    words = text.lower().split()
    texts = ((s, " ".join((s.kind, *_names(s), s.version)).lower()) for s in known)
    return tuple(subject for subject, said in texts if words and all(word in said for word in words))
