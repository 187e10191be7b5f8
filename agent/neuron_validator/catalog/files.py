"""
The catalog's files as they lie on disk: JSON objects, one a line, beside a header that names the schema.

Nothing here looks into a record: the package's own are validated when they are tested, overlays by `records`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from .model import CatalogError

Record = Mapping[str, Any]

HEADER = "catalog.json"
DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
"""The folder of the package's own tables; a plain string, as pathlib takes a fortieth of a one-shot run to import."""
SCHEMA_VERSION = "1.0"

_MAJOR, _MINOR = map(int, SCHEMA_VERSION.split("."))


def read_text(path: str | os.PathLike[str]) -> str:
    """Read the file at *path*; as bytes at once, which takes half as long as text by lines."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{os.fspath(path)}: {error}"
        raise CatalogError(message) from error


def read_table(table: str) -> str:
    """Read one of the package's own tables."""
    return read_text(f"{DATA}/{table}")


def lines_of(text: str) -> tuple[str, ...]:
    """
    Return the lines of a table that hold records.

    `str.splitlines` would break records too: at characters that JSON leaves as they are inside a text.
    """
    return tuple(filter(str.strip, text.split("\n")))


def parse_records(text: str) -> list[Record]:
    """Parse a whole table that is known to be good, at once: a line at a time takes twice as long."""
    records: list[Record] = json.loads(f"[{','.join(lines_of(text))}]")
    return records


def read_header(path: str | os.PathLike[str]) -> dict[str, Any]:
    """
    Read a ``catalog.json`` and refuse a schema that is newer in its major version.

    One that is newer in its minor version is read, with a warning in ``warnings``: fields that it adds are passed over.
    """
    name = os.path.basename(path)
    try:
        header = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        message = f"{name}: not JSON: {error}"
        raise CatalogError(message) from error
    written = header.get("schema_version") if isinstance(header, dict) else None
    match = re.fullmatch(r"([0-9]+)\.([0-9]+)", written) if isinstance(written, str) else None
    if match is None:
        message = f"{name}: schema_version: not a version like {SCHEMA_VERSION}: {written!r}"
        raise CatalogError(message)
    if int(match[1]) != _MAJOR:
        message = f"{name}: schema_version: {written} cannot be read by this program, which reads {_MAJOR}.*"
        raise CatalogError(message)
    newer = int(match[2]) > _MINOR
    warnings = [
        f"{os.fspath(path)}: schema {written} is newer than {SCHEMA_VERSION}: fields that it adds are passed over"
    ]
    return {**header, "warnings": warnings if newer else []}
