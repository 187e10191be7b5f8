"""
Write an inventory as JSON and read it back without loss: a snapshot.

.. code-block:: json

    {
      "snapshot_version": "1.0",
      "facts": {
        "driver": {"version": "2.26.5.0", "refcnt": {"unread": "permission"}},
        "driver_files": null,
        "device_nodes": {"unread": "not collected"}
      },
      "failures": [{"collector": "pci", "reason": "no answer within 5 s"}]
    }

The keys are the fields of `facts.Inventory`; null is absent, ``{"unread": reason}`` is unread. A field that is left out
keeps its default. Text that is not Unicode (a file name can hold any byte) is written with escapes, the one thing that
does not come back as it was.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .facts import Inventory, Unread
from .input_error import InputError
from .input_file import read_input
from .shapes import (
    Shape,
    ShapeError,
    array,
    boolean,
    describe,
    fixed_array,
    integer,
    is_unicode,
    keys,
    mapping,
    number,
    parse_json,
    text,
)

SNAPSHOT_VERSION = "1.0"
"""The minor number grows with every field that is added, the major number when an old reader would go wrong."""

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})", re.ASCII)
_SCALARS: Mapping[type, Shape[Any]] = {bool: boolean, float: number, int: integer(), str: text}


class SnapshotError(InputError):
    """A snapshot is damaged, or written by a version of this program that is too new."""


def load_snapshot(path: str | os.PathLike[str]) -> Inventory:
    """Read the snapshot file *path*; raises `InputError` with the spot that is wrong."""
    source = read_input(path)
    try:
        return loads_inventory(source)
    except SnapshotError as error:
        raise SnapshotError(f"{os.fspath(path)}: {error}") from error


def dumps_inventory(inventory: Inventory) -> str:
    """Return *inventory* as the text of a snapshot."""
    return json.dumps(encode_inventory(inventory), indent=1) + "\n"


def loads_inventory(source: str) -> Inventory:
    """Parse the text of a snapshot; raises `SnapshotError` with the spot that is wrong."""
    try:
        return _inventory(parse_json(source))
    except ShapeError as error:
        raise SnapshotError(str(error)) from error


def encode_inventory(inventory: Inventory) -> dict[str, Any]:
    """Return *inventory* as the mapping that a snapshot holds."""
    facts = _encode(inventory)
    failures = facts.pop("failures")
    return {"snapshot_version": SNAPSHOT_VERSION, "facts": facts, "failures": failures}


def decode_inventory(data: object) -> Inventory:
    """Return the inventory in *data*, a parsed snapshot; raises `SnapshotError` with the spot that is wrong."""
    try:
        return _inventory(data)
    except ShapeError as error:
        raise SnapshotError(str(error)) from error


def _encode(value: Any) -> Any:
    """Return *value*, a fact or a part of one, as JSON has it."""
    match value:
        case str():
            return _encode_text(value)
        case None | bool() | int() | float():
            return value
        case Unread():
            return {"unread": _encode_text(value.reason)}
        case tuple():
            return [_encode(item) for item in value]
        case Mapping():
            return {_escape(_encode_text(key)): _encode(item) for key, item in value.items()}
        case _:
            return {field.name: _encode(getattr(value, field.name)) for field in fields(value)}


def _encode_text(value: str) -> str:
    """Return *value* with an escape for every byte of a file name that is not Unicode."""
    return value if is_unicode(value) else value.encode("utf-8", "backslashreplace").decode()


def _escape(key: str) -> str:
    """Return *key* of a mapping, told apart from the mark of an unread fact: ``unread`` becomes ``=unread``."""
    return f"={key}" if key.lstrip("=") == "unread" else key


def _unescape(key: str) -> str:
    """Return what `_escape` was given."""
    return key[1:] if key.startswith("=") and key.lstrip("=") == "unread" else key


def _inventory(data: object) -> Inventory:
    """Decode a whole snapshot; raises `ShapeError`."""
    lenient = _is_newer(data)
    table = dict(_table(Inventory, lenient=lenient))
    failures = table.pop("failures")
    document = keys(
        {"snapshot_version": text, "facts": keys(table, lenient=lenient), "failures": failures},
        required=("facts",),
        lenient=lenient,
    )(data)
    return Inventory(**document["facts"], failures=document.get("failures", ()))


def _is_newer(data: object) -> bool:
    """Tell whether *data* was written by a newer minor version; raises `ShapeError` when it cannot be read at all."""
    version = keys({"snapshot_version": text}, required=("snapshot_version",), lenient=True)(data)["snapshot_version"]
    written = _VERSION.fullmatch(version)
    if written is None:
        raise ShapeError(f"not a version: {describe(version)}", path="snapshot_version")
    major, minor = (int(part) for part in SNAPSHOT_VERSION.split("."))
    if int(written[1]) != major:
        raise ShapeError(f"{version} cannot be read by this program, only {major}.x", path="snapshot_version")
    return int(written[2]) > minor


@cache
def _table(cls: type, *, lenient: bool) -> Mapping[str, Shape[Any]]:
    """Return the shape of each field of dataclass *cls*; its type hints are resolved here, when they are needed."""
    return {name: _shape_of(hint, lenient=lenient) for name, hint in get_type_hints(cls).items()}


def _shape_of(hint: Any, *, lenient: bool) -> Shape[Any]:
    """Return the shape that a value of type *hint* has in a snapshot."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (value,) = (argument for argument in arguments if argument not in (NoneType, Unread))
        return _reading(_shape_of(value, lenient=lenient), lenient=lenient)
    if origin is tuple and arguments[-1] is ...:
        return array(_shape_of(arguments[0], lenient=lenient))
    if origin is tuple:
        return fixed_array(tuple(_shape_of(argument, lenient=lenient) for argument in arguments))
    if origin is not None:
        return _unescaped_mapping(_shape_of(arguments[1], lenient=lenient))
    return _record(hint, lenient=lenient) if is_dataclass(hint) else _SCALARS[hint]


def _reading(shape: Shape[Any], *, lenient: bool) -> Shape[Any]:
    """Make the shape of a `facts.Reading`."""
    unread = keys({"unread": text}, lenient=lenient)

    def decode(value: object) -> Any:
        if value is None:
            return None
        if isinstance(value, dict) and "unread" in value:
            return Unread(unread(value)["unread"])
        return shape(value)

    return decode


def _record(cls: Any, *, lenient: bool) -> Shape[Any]:
    """Make the shape of dataclass *cls*."""
    required = [field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING]
    return lambda value: cls(**keys(_table(cls, lenient=lenient), required=required, lenient=lenient)(value))


def _unescaped_mapping(item: Shape[Any]) -> Shape[Any]:
    """Make the shape of a mapping whose keys `_escape` wrote."""
    entries = mapping(item)
    return lambda value: {_unescape(key): entry for key, entry in entries(value).items()}
