"""
Compiled models as a page or as JSON, for ``neff inspect``.

.. code-block:: text

    model.neff
      neff_version         2.0
      feature_bits         0xc00 (bits 10, 11)
      hash_verified        yes
      target               cayman
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from neuron_collectors.facts import NOT_COLLECTED, Neff, Reading, Unread

from .text import to_ascii, to_line, to_unicode

SCHEMA_VERSION = "1.0"
"""Grows in its minor number with every field that is added."""

_INDENT = "  "
_BYTES = ("header_size", "data_size", "payload_size")


def render_text(neffs: Iterable[Neff], *, unicode: bool = True) -> str:
    """Return a block of lines for each of *neffs*, without what nobody asked for."""
    show = to_line if unicode else to_ascii
    return "\n".join("".join(f"{show(line)}\n" for line in _lines(neff)) for neff in neffs)


def describe_inspection(neffs: Iterable[Neff], errors: Mapping[str, str]) -> dict[str, Any]:
    """Return *neffs*, and the reasons in *errors* why other files could not be read, as a mapping for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "neffs": [_describe(neff) for neff in neffs],
        "errors": [{"path": to_unicode(path), "reason": to_unicode(reason)} for path, reason in errors.items()],
    }


def _lines(neff: Neff) -> list[str]:
    """Return the lines about *neff*; neighbours that could not be read for one reason share theirs."""
    rows = [(name, value) for name, value in _values(neff).items() if value != NOT_COLLECTED]
    lines = []
    for _, group in groupby(rows, key=lambda row: row[1] if isinstance(row[1], Unread) else row[0]):
        neighbours = list(group)
        (name, value), last = neighbours[0], neighbours[-1][0]
        lines.append((name if name == last else f"{name} … {last}", _show(name, value)))
    width = max(len(label) for label, _ in lines)
    return [neff.path, *(f"{_INDENT}{label:{width}}  {text}" for label, text in lines)]


def _show(name: str, value: Reading[Any]) -> str:
    """Return *value* of the field *name* as text."""
    match value:
        case None:
            return "none"
        case Unread():
            return f"not read: {value.reason}"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value)) or "none"
    if name == "feature_bits":
        bits = [str(bit) for bit in range(64) if value >> bit & 1]
        return f"{value:#x} (bits {', '.join(bits)})" if bits else f"{value:#x}"
    return f"{value} bytes" if name in _BYTES else str(value)


def _describe(neff: Neff) -> dict[str, Any]:
    """Return *neff* as a mapping for JSON; a bit mask is text, for not every reader of JSON has numbers of 64 bits."""
    values = {name: _plain(value) for name, value in _values(neff).items()}
    if isinstance(neff.feature_bits, int):
        values["feature_bits"] = f"{neff.feature_bits:#x}"
    return {"path": to_unicode(neff.path), **values}


def _plain(value: Reading[Any]) -> Any:
    """Return *value* as JSON has it."""
    match value:
        case Unread():
            return {"unread": to_unicode(value.reason)}
        case tuple():
            return [_plain(item) for item in value]
        case str():
            return to_unicode(value)
    return value


def _values(neff: Neff) -> dict[str, Reading[Any]]:
    """Return what is known of *neff*, in the order in which it is shown: the header's, then the payload's."""
    return {
        "pkg_version": neff.pkg_version,
        "header_size": neff.header_size,
        "data_size": neff.data_size,
        "payload_size": neff.payload_size,
        "neff_version": neff.neff_version,
        "neff_build_version": neff.neff_build_version,
        "num_tpb": neff.num_tpb,
        "hash": neff.hash,
        "hash_verified": neff.hash_verified,
        "uuid": neff.uuid,
        "name": neff.name,
        "requested_tpb_count": neff.requested_tpb_count,
        "tpb_per_node": neff.tpb_per_node,
        "feature_bits": neff.feature_bits,
        "lnc_size": neff.lnc_size,
        "pad_is_zero": neff.pad_is_zero,
        "payload_format": neff.payload_format,
        "members": neff.members,
        "compiler_version": neff.compiler_version,
        "target": neff.target,
        "kelf_targets": neff.kelf_targets,
        "graph_count": neff.graph_count,
        "graph_directories": neff.graph_directories,
        "inputs": neff.inputs,
        "outputs": neff.outputs,
    }
