"""
The vendor's release manifest as it is written; nothing here judges what it says.

It is ``src/helperscripts/n2-manifest.json`` of aws-neuron/aws-neuron-sdk; each new one holds all releases since 2.3.0:

.. code-block:: json

    {"manifest_date": "08/17/2026", "manifest_version": "2.32.0",
     "package_properties": [{"name": "nki", "component": "NKI", "package_type": "pip"}],
     "neuron_releases": [
       {"neuron_version": "2.32.0", "packages": [
         {"name": "aws-neuronx-dkms", "version": "2.30.2.0", "supported_instances": ["trn1", "inf2", "trn2", "trn3"],
          "supported_python_versions": []}]}]}
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.input_error import InputError

from ..versions import parse_version, require_version


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One package of one release, as printed."""

    name: str
    """E.g. ``torch_xla``, in one of the vendor's spellings."""
    version: str
    """E.g. ``2.30.2.0``, or ``na`` or ``14.09.x``."""
    instances: tuple[str, ...]
    """E.g. ``("trn1", "inf2")``, or ``inf.``."""
    pythons: tuple[str, ...]
    """E.g. ``("3.10", "3.11")``, or ``3.7,``; none for packages of the operating system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestRelease:
    """One SDK release with its packages."""

    release: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The whole manifest."""

    version: str
    """The release that it was published with, e.g. ``2.32.0``."""
    date: dt.date
    """Its day, which is that release's."""
    releases: tuple[ManifestRelease, ...]
    """In version order."""
    components: Mapping[str, str]
    """The vendor's word for what a package is by its name, e.g. ``Driver``; not every package has one."""


def parse_manifest(text: str) -> Manifest:
    """Parse the manifest's *text*; raises `InputError` with the spot that is not as it should be."""
    try:
        whole = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from error
    releases = [
        _parse_release(record, f"neuron_releases[{index}]")
        for index, record in enumerate(_list(whole, "neuron_releases", ""))
    ]
    if not releases:
        raise InputError("neuron_releases: none")
    return Manifest(
        version=_text(whole, "manifest_version", ""),
        date=_parse_date(_text(whole, "manifest_date", "")),
        releases=tuple(sorted(releases, key=lambda release: require_version(release.release))),
        components=dict(_components(whole)),
    )


def _parse_release(record: object, where: str) -> ManifestRelease:
    release = _text(record, "neuron_version", f"{where}.")
    if parse_version(release) is None:
        raise InputError(f"{where}.neuron_version: not a version: {release!r}")
    rows = enumerate(_list(record, "packages", f"{where}."))
    return ManifestRelease(
        release=release, rows=tuple(_parse_row(row, f"{where}.packages[{index}].") for index, row in rows)
    )


def _parse_row(record: object, where: str) -> Row:
    return Row(
        name=_text(record, "name", where),
        version=_text(record, "version", where),
        instances=_texts(record, "supported_instances", where),
        pythons=_texts(record, "supported_python_versions", where),
    )


def _components(whole: object) -> Iterator[tuple[str, str]]:
    for index, record in enumerate(_list(whole, "package_properties", "")):
        where = f"package_properties[{index}]."
        yield _text(record, "name", where), _text(record, "component", where)


def _parse_date(text: str) -> dt.date:
    """Parse a day in the vendor's form, month first: ``08/17/2026``."""
    month, _, rest = text.partition("/")
    day, _, year = rest.partition("/")
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError as error:
        raise InputError(f"manifest_date: not a date like 08/17/2026: {text!r}") from error


def _field(record: object, name: str, where: str) -> Any:
    if not isinstance(record, dict):
        raise InputError(f"{where.rstrip('.') or 'the whole'}: not an object: {str(record)[:40]!r}")
    if name not in record:
        raise InputError(f"{where}{name}: missing")
    return record[name]


def _text(record: object, name: str, where: str) -> str:
    value = _field(record, name, where)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}{name}: not a text: {str(value)[:40]!r}")
    return value.strip()


def _list(record: object, name: str, where: str) -> list[object]:
    value = _field(record, name, where)
    if not isinstance(value, list):
        raise InputError(f"{where}{name}: not a list: {str(value)[:40]!r}")
    return value


def _texts(record: object, name: str, where: str) -> tuple[str, ...]:
    values = _list(record, name, where)
    if not all(isinstance(value, str) for value in values):
        raise InputError(f"{where}{name}: not a list of texts: {str(values)[:40]!r}")
    return tuple(map(str, values))
