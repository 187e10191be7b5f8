"""NEFF files made for tests: no compiler's output, but the same layout."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

HEADER = struct.Struct("<5Q128sI32s16s256sI64sQI468s")
UUID = bytes.fromhex("0123456789ab4def8123456789abcdef")

INFO = {"tool_version": "2.23.6484.0+3b612583", "kelp_version": "Dynamic", "name": "file.neff", "num_tpb": 1}
KELF = {
    "graphs": [{"definition": "sg00/def.json", "name": "sg00"}, {"definition": "sg01/def.json", "name": "sg01"}],
    "version": "0.5",
    "target": "cayman",
}
GRAPH = {
    "nodes": [
        {"op": "null", "name": "x", "inputs": [], "output_names": ["x"]},
        {"op": "null", "name": "y", "inputs": [], "output_names": ["y"]},
        {"op": "tvm_op", "name": "sg_coreV10", "inputs": [[0, 0, 0], [1, 0, 0]], "output_names": ["sum", "product"]},
    ],
    "arg_nodes": [0, 1],
    "heads": [[2, 0, 0], [2, 1, 0]],
}


def model_members() -> dict[str, bytes]:
    """Return the members of a model of two graphs."""
    return {
        "info.json": json.dumps(INFO).encode(),
        "kelf-0.json": json.dumps(KELF).encode(),
        "sg00/def.json": b"{}",
        "sg00/PE.bin": b"\0" * 700,
        "sg01/def.json": b"{}",
        "neff.json": json.dumps(GRAPH).encode(),
    }


def tar(members: Mapping[str, bytes]) -> bytes:
    """Return a tar archive of *members*."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def member_header(name: str, *, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    """Return the header of one member, which may promise more than follows."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = size, kind, link
    return entry.tobuf(tarfile.GNU_FORMAT)


def gzip(content: bytes, *, level: int = 1) -> bytes:
    """Compress *content* as one gzip stream."""
    engine = zlib.compressobj(level, wbits=31)
    return engine.compress(content) + engine.flush()


def pad(payload: bytes) -> bytes:
    """Add the zeros with which the compiler fills up a payload."""
    return payload + bytes(-len(payload) % 10240)


def swapped_md5(payload: bytes) -> bytes:
    """Return the MD5 of *payload* with the bytes of each 32-bit word in reverse."""
    digest = hashlib.md5(payload, usedforsecurity=False).digest()
    return b"".join(digest[at : at + 4][::-1] for at in range(0, 16, 4))


def header(payload: bytes = b"", **changes: Any) -> bytes:
    """Return the header for *payload* as neuronx-cc 2.23 writes it for Trainium2, changed by *changes*."""
    values = {
        "pkg_version": 2,
        "header_size": 1024,
        "data_size": len(payload),
        "neff_version_major": 2,
        "neff_version_minor": 0,
        "neff_build_version": b"",
        "num_tpb": 1,
        "hash": swapped_md5(payload),
        "uuid": UUID,
        "name": b"file.neff",
        "requested_tpb_count": 1,
        "tpb_per_node": b"\1",
        "feature_bits": 0xC00,
        "lnc_size": 2,
        "pad": b"",
    }
    unknown = changes.keys() - values.keys()
    assert not unknown
    return HEADER.pack(*(values | changes).values())


def model(members: Mapping[str, bytes] | None = None, **changes: Any) -> bytes:
    """Return a whole file of *members*, its header changed by *changes*."""
    payload = pad(gzip(tar(model_members() if members is None else members)))
    return header(payload, **changes) + payload


def with_payload(payload: bytes) -> bytes:
    """Return a file with *payload* as it is."""
    return header(payload) + payload


def compile_cache(
    modules: Sequence[tuple[str, Sequence[str]]], *, compiler: str = "neuronxcc-2.16.372.0+4a9b2326"
) -> dict[str, bytes]:
    """Return the files of the default compile cache: for each module its directory and the names of its files."""
    contents = {"model.neff": model(), "compile_flags.json": b'["--target=trn1", "--model-type=transformer"]'}
    return {
        f"var/tmp/neuron-compile-cache/{compiler}/{module}/{name}": contents.get(name, b"")
        for module, names in modules
        for name in names
    }
