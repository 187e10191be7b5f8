"""
Read a report back from the JSON that `renderers.json` writes, without loss.

.. code-block:: json

    {
      "schema_version": "1.0",
      "as_of": "2026-11-21",
      "host": {"instance_type": "trn1.32xlarge", "...": "..."},
      "findings": [{"id": "driver-runtime-incompatible", "severity": "critical", "...": "..."}],
      "verdict": "fail",
      "exit_code": 2
    }

Values are read strictly; keys that a later 1.x added are passed over, and those that an earlier one lacks have the
defaults of the `Report`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from neuron_collectors.facts import Failure
from neuron_collectors.input_error import InputError
from neuron_collectors.input_file import read_input
from neuron_collectors.shapes import (
    Shape,
    ShapeError,
    array,
    boolean,
    describe,
    integer,
    keys,
    nullable,
    parse_json,
    text,
)

from .catalog.events import PHASES
from .catalog.labels import LEVELS
from .findings import CATEGORIES, KINDS, Excerpt, Finding, Remedy, RuleReference, Severity, Silence
from .releases import MATCHES, OddOneOut
from .report import VERDICTS, CheckStatus, ComponentRow, DeviceSummary, HostSummary, Report, SdkSummary, Skip, UsageRow

T = TypeVar("T")

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})", re.ASCII)
_MAJOR = "1"


class ReportError(InputError):
    """A report is damaged, or written by a version of this program that is too new."""


def load_report(path: str | os.PathLike[str]) -> Report:
    """Read the report file *path*; raises `InputError` with the spot that is wrong."""
    source = read_input(path)
    try:
        return loads_report(source)
    except ReportError as error:
        raise ReportError(f"{os.fspath(path)}: {error}") from error


def loads_report(source: str) -> Report:
    """Parse the text of a report; raises `ReportError` with the spot that is wrong."""
    try:
        return _report(parse_json(source))
    except ShapeError as error:
        raise ReportError(str(error)) from error


def decode_report(data: object) -> Report:
    """Return the report in *data*, a parsed document; raises `ReportError` with the spot that is wrong."""
    try:
        return _report(data)
    except ShapeError as error:
        raise ReportError(str(error)) from error


def _day(value: object) -> date:
    """Return *value* if it is a day as the report writes it; Python reads more forms than that."""
    written = text(value)
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise ShapeError(f"not a date: {describe(value)}") from error
    if day.isoformat() != written:
        raise ShapeError(f"not a date: {describe(value)}")
    return day


def _one_of(table: Mapping[str, T]) -> Shape[T]:
    """Make the shape of a word of *table*."""

    def parse(value: object) -> T:
        word = text(value)
        if word not in table:
            raise ShapeError(f"not one of {', '.join(table)}: {describe(value)}")
        return table[word]

    return parse


def _word(*words: str) -> Shape[Any]:
    """Make the shape of one of *words*."""
    return _one_of({word: word for word in words})


def _record(
    make: Callable[..., T],
    required: Mapping[str, Shape[Any]],
    optional: Mapping[str, Shape[Any]] | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Shape[T]:
    """Make the shape of an object that stands for what *make* makes; *names* has the keys that it calls otherwise."""
    entries = keys({**required, **(optional or {})}, required=required, lenient=True)
    renamed = names or {}
    return lambda value: make(**{renamed.get(key, key): fact for key, fact in entries(value).items()})


_NAMES = array(text)
_OPTIONAL_TEXT = nullable(text)
_OPTIONAL_DAY = nullable(_day)
_OPTIONAL_COUNT = nullable(integer(least=0))
_PHASE = _word(*PHASES, "unknown")
_LEVEL = nullable(_word(*LEVELS))
_SEVERITIES = {severity.word: severity for severity in Severity}
_FAIL_ON: Mapping[str, Severity | None] = {"never": None, **_SEVERITIES}

_HOST = _record(
    HostSummary,
    {
        **dict.fromkeys(("instance_type", "family", "os", "kernel", "glibc"), _OPTIONAL_TEXT),
        "in_container": nullable(boolean),
    },
)
_DEVICES = _record(
    DeviceSummary,
    {
        **dict.fromkeys(("expected", "pci", "driver", "nodes"), _OPTIONAL_COUNT),
        "chip": _OPTIONAL_TEXT,
    },
    {"driver_version": _OPTIONAL_TEXT},
)
_ODD_ONE_OUT = _record(
    OddOneOut, {"component": text, "version": text, "releases": _NAMES}, names={"component": "package"}
)
_SDK = _record(
    SdkSummary, {"scope": text, "releases": _NAMES, "match": _word(*MATCHES), "odd_ones_out": array(_ODD_ONE_OUT)}
)
_COMPONENT = _record(
    ComponentRow,
    {
        **dict.fromkeys(("name", "version", "class", "scope", "source"), text),
        "releases": _NAMES,
        "phase": _PHASE,
        "phase_since": _OPTIONAL_DAY,
        "end_of_support": _OPTIONAL_DAY,
        "releases_behind": _OPTIONAL_COUNT,
        "superseded_by": _OPTIONAL_TEXT,
        "level": _LEVEL,
    },
    {
        "membership": _word("known", "unlisted", "newer-than-catalog", "unknown"),
        "end_of_support_release": _OPTIONAL_TEXT,
        "next_phase": nullable(_PHASE),
        "next_phase_when": _OPTIONAL_TEXT,
    },
    names={"class": "component_class"},
)
_USAGE = _record(UsageRow, {"kind": text, "name": text, "level": _LEVEL, "phase": _PHASE, "where": text})
_REMEDY = _record(Remedy, {"summary": text, "commands": _NAMES, "reboot": boolean})
_EXCERPT = _record(Excerpt, {"source": text, "excerpt": text}, names={"excerpt": "text"})
_RULE = _record(RuleReference, dict.fromkeys(("id", "source", "retrieved", "confidence"), text))
_SILENCE = _record(Silence, {"reason": text, "until": _day})
_FINDING = _record(
    Finding,
    {
        **dict.fromkeys(("id", "scope", "title", "observed", "expected", "why", "docs"), text),
        "severity": _one_of(_SEVERITIES),
        "category": _word(*CATEGORIES),
        "kind": _word(*KINDS),
        "components": _NAMES,
        "remedy": _REMEDY,
        "evidence": array(_EXCERPT),
        "rule": nullable(_RULE),
    },
    {"consequences": _NAMES, "silenced": nullable(_SILENCE), "expired_silence": nullable(_SILENCE)},
    names={"silenced": "silence"},
)
_SKIP = _record(Skip, {"check": text, "reason": text})
_FAILURE = _record(Failure, {"collector": text, "reason": text})
_STATUS = _record(
    CheckStatus,
    {"check": text, "status": _word("pass", "info", "warning", "critical", "skipped", "silenced")},
)
_CATALOG = keys({"latest_release": text, "date": _OPTIONAL_DAY}, required=("latest_release", "date"), lenient=True)
_TOOL = keys({"name": _word("neuron-validator"), "version": text}, required=("name", "version"), lenient=True)

_REQUIRED: Mapping[str, Shape[Any]] = {
    "tool": _TOOL,
    "catalog": _CATALOG,
    "as_of": _day,
    "host": _HOST,
    "devices": _DEVICES,
    "sdk": array(_SDK),
    "components": array(_COMPONENT),
    "usages": array(_USAGE),
    "findings": array(_FINDING),
    "skipped": array(_SKIP),
    "failures": array(_FAILURE),
    "verdict": _word(*VERDICTS),
    "exit_code": integer(least=0, most=3),
}
_ADDED: Mapping[str, tuple[Shape[Any], Any]] = {
    "foundations": (array(_COMPONENT), ()),
    "checks": (array(_STATUS), ()),
    "missing": (_NAMES, ()),
    "looked_at": (_NAMES, ()),
    "neuron_found": (boolean, True),
    "fail_on": (_one_of(_FAIL_ON), Severity.WARNING),
}
"""Keys that a report of 1.0 may lack, each with what it then stands for."""

_DOCUMENT = keys(
    {**_REQUIRED, **{name: shape for name, (shape, _) in _ADDED.items()}}, required=_REQUIRED, lenient=True
)


def _report(data: object) -> Report:
    """Decode a whole report; raises `ShapeError`."""
    _refuse_other_version(data)
    document = {**{name: default for name, (_, default) in _ADDED.items()}, **_DOCUMENT(data)}
    catalog = document.pop("catalog")
    del document["tool"]
    return Report(catalog_release=catalog["latest_release"], catalog_date=catalog["date"], **document)


def _refuse_other_version(data: object) -> None:
    """Raise `ShapeError` for what is no report, or one that this program would misread."""
    version = keys({"schema_version": text}, required=("schema_version",), lenient=True)(data)["schema_version"]
    written = _VERSION.fullmatch(version)
    if written is None:
        raise ShapeError(f"not a version: {describe(version)}", path=".schema_version")
    if written[1] != _MAJOR:
        raise ShapeError(f"{version} cannot be read by this program, only {_MAJOR}.x", path=".schema_version")
