"""What the payload of a NEFF says of itself, in ``info.json``, ``kelf-0.json`` … and ``neff.json``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from .facts import Neff, Reading, Unread
from .facts.frozen import dataclass
from .neff_payload import Payload
from .shapes import ShapeError, array, describe, integer, keys, parse_json, text

T = TypeVar("T")

_KELF = re.compile(r"kelf-([0-9]+)\.json")
_LONGEST_WORD = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Kelf:
    """One ``kelf-*.json``."""

    target: str | None
    """E.g. ``cayman``."""
    graphs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensors:
    """The tensors that ``neff.json`` names."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def with_metadata(neff: Neff, payload: Payload | Unread) -> Neff:
    """Return *neff* with what its *payload* says; what was not reached in it is `Unread`."""
    if isinstance(payload, Unread):
        payload = Payload(compressed=False, contents={}, members=0, graph_directories=0, end=payload)
    kelfs = _kelfs(payload)
    tensors = _parsed(payload, "neff.json", parse_tensors)
    targets = tuple(kelf.target for kelf in kelfs if kelf.target) or None if isinstance(kelfs, tuple) else kelfs
    return replace(
        neff,
        payload_format=("gzip tar" if payload.compressed else "tar") if payload.members else payload.end,
        members=payload.end or payload.members,
        compiler_version=_parsed(payload, "info.json", parse_tool_version),
        target=_single(targets) if isinstance(targets, tuple) else targets,
        kelf_targets=targets,
        graph_count=sum(kelf.graphs for kelf in kelfs) if isinstance(kelfs, tuple) else kelfs,
        graph_directories=payload.end or payload.graph_directories,
        inputs=tensors.inputs if isinstance(tensors, Tensors) else tensors,
        outputs=tensors.outputs if isinstance(tensors, Tensors) else tensors,
    )


def parse_tool_version(content: bytes) -> str | None:
    """
    Return the compiler's version from ``info.json``; raises `ShapeError`.

    .. code-block:: json

        {"tool_version": "2.23.6484.0+3b612583", "kelp_version": "Dynamic", "name": "file.neff", "num_tpb": 1}
    """
    found: str | None = keys({"tool_version": _word}, lenient=True)(_parse_json(content)).get("tool_version")
    return found


def parse_kelf(content: bytes) -> Kelf:
    """
    Parse ``kelf-0.json``; raises `ShapeError`.

    .. code-block:: json

        {"graphs": [{"definition": "sg00/def.json", "name": "sg00"}], "version": "0.5", "target": "cayman"}
    """
    found = keys({"target": _word, "graphs": _length}, lenient=True)(_parse_json(content))
    return Kelf(target=found.get("target"), graphs=found.get("graphs", 0))


def parse_tensors(content: bytes) -> Tensors:
    """
    Parse ``neff.json``, a graph as TVM writes it; raises `ShapeError`.

    .. code-block:: json

        {"nodes": [{"op": "null", "name": "x", "output_names": ["x"]},
                   {"op": "tvm_op", "name": "sg_coreV10", "output_names": ["output0"]}],
         "arg_nodes": [0],
         "heads": [[1, 0, 0]]}
    """
    number = integer(least=0)
    node = keys({"name": text, "output_names": array(text)}, required=("name", "output_names"), lenient=True)
    table = {"nodes": array(node), "arg_nodes": array(number), "heads": array(array(number))}
    found = keys(table, required=tuple(table), lenient=True)(_parse_json(content))
    nodes = found["nodes"]
    try:
        inputs = tuple(nodes[index]["name"] for index in found["arg_nodes"])
        outputs = tuple(nodes[head[0]]["output_names"][head[1]] for head in found["heads"])
    except IndexError as error:
        raise ShapeError("arg_nodes or heads names a node that is not there") from error
    return Tensors(inputs=inputs, outputs=outputs)


def _kelfs(payload: Payload) -> Reading[tuple[Kelf, ...]]:
    """Parse every ``kelf-*.json``, in the order of their numbers."""
    names = [name for name in payload.contents if _KELF.fullmatch(name)]
    if not names:
        return payload.end
    kelfs = [_parsed(payload, name, parse_kelf) for name in sorted(names, key=_kelf_number)]
    unread = next((kelf for kelf in kelfs if isinstance(kelf, Unread)), None)
    return unread or tuple(kelf for kelf in kelfs if isinstance(kelf, Kelf))


def _kelf_number(name: str) -> int:
    """Return the number in the name of a ``kelf-*.json``."""
    return int(name[len("kelf-") : -len(".json")])


def _single(targets: Sequence[str]) -> str | Unread:
    """Return the target that all ``kelf-*.json`` name."""
    different = sorted(set(targets))
    return different[0] if len(different) == 1 else Unread(f"different ones: {', '.join(different)}")


def _parsed(payload: Payload, name: str, parse: Callable[[bytes], T | None]) -> Reading[T]:
    """Parse the member *name*; `None` when the payload has none."""
    content = payload.contents.get(name, payload.end)
    if not isinstance(content, bytes):
        return content
    try:
        return parse(content)
    except ShapeError as error:
        return Unread(f"{name}: {error}")


def _parse_json(content: bytes) -> object:
    """Parse JSON, nested no deeper than Python allows; raises `ShapeError`."""
    try:
        return parse_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ShapeError(f"not UTF-8 text at byte {error.start}") from error


def _length(value: object) -> int:
    """Return the number of entries in *value* if it is an array."""
    if not isinstance(value, list):
        raise ShapeError(f"not an array: {describe(value)}")
    return len(value)


def _word(value: object) -> str | None:
    """Return *value* if it is a short word; `None` when it is empty."""
    word = text(value)
    if len(word) > _LONGEST_WORD or not word.isprintable():
        raise ShapeError(f"not a word: {describe(value)}")
    return word or None
