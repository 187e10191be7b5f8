"""
The payload of a NEFF: a tar archive, gzip-compressed as a rule, read as a stream and never unpacked.

.. code-block:: text

    info.json            compiler
    kelf-0.json          target and graphs
    sg00/def.json        one directory for each graph
    sg00/PE.bin
    neff.json            tensors

A compiled model may come from anywhere, so all that is in it is bounded: what is read, what comes out of the
compression, how many members there are and how much of them is kept. This is why it is no use of `tarfile`: that keeps
an entry for every member and reads extended headers whole, one inside another as often as they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import BinaryIO

from .facts import Unread
from .facts.frozen import dataclass

PIECE = 64 * 1024
"""Bytes that are read, and that are decompressed, at a time."""

COMPRESSED_LIMIT = 32 * 1024 * 1024
"""Bytes of a compressed payload that are read."""

ARCHIVE_LIMIT = 128 * 1024 * 1024
"""Bytes of the archive that are looked at: what is beyond, weights as a rule, is not known."""

MEMBER_LIMIT = 20_000
"""Members of the archive that are looked at. Real ones have some 70."""

CONTENT_LIMIT = 1024 * 1024
"""Bytes of a member that is kept. ``neff.json`` takes 700 for each tensor."""

KEPT_LIMIT = 4 * CONTENT_LIMIT
"""Bytes of all members that are kept."""

_BLOCK = 512
_GZIP = b"\x1f"  # with 0x8b after it; no name of a member begins so
_OCTAL = re.compile(rb"[ \0]*([0-7]{1,12})[ \0]*")
_KEPT = re.compile(rb"info\.json|neff\.json|kelf-[0-9]{1,4}\.json")
_GRAPH = re.compile(rb"(sg[0-9]{2,6})/")
_FILE_TYPES = (b"0", b"\0", b"7")


class PayloadError(Exception):
    """The payload is damaged, or holds more than is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """What was found in a payload."""

    compressed: bool
    contents: Mapping[str, bytes | Unread]
    """The members ``info.json``, ``neff.json`` and ``kelf-0.json`` …; `Unread` is one that could not be kept."""
    members: int
    graph_directories: int
    end: Unread | None
    """Why there may be more that was not seen; `None` when it was read to its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One entry of the archive."""

    name: bytes
    size: int
    is_file: bool
    """Whether it is a file: no link, directory or extended header."""


def read_pieces(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the next *size* bytes of *stream*, or all that there are, piece by piece. Raises `OSError`."""
    while size > 0 and (piece := stream.read(min(size, PIECE))):
        size -= len(piece)
        yield piece


def parse_payload(pieces: Iterable[bytes]) -> Payload:
    """Look through the archive in *pieces*; where it is damaged or too long, keep what came before."""
    remaining = iter(pieces)
    first = next(remaining, b"")
    compressed = first.startswith(_GZIP)
    whole = chain([first], remaining)
    survey = _Survey()
    end = None
    try:
        survey.look_through(_Blocks(_decompress(whole) if compressed else whole))
    except PayloadError as error:
        end = Unread(str(error))
    return Payload(
        compressed=compressed,
        contents=survey.contents,
        members=survey.members,
        graph_directories=len(survey.graphs),
        end=end,
    )


def parse_member(block: bytes) -> Member:
    """
    Parse the header of a member (POSIX, "ustar Interchange Format"); raises `PayloadError`.

    At their offsets stand name, mode, size, time, checksum, type, magic, and what comes before the name in a long path.

    .. code-block:: text

        0 info.json | 100 000664 | 124 00000001146 | 136 00000000000 | 148 013477 | 156 0 | 257 ustar | 345
    """
    checksum = _OCTAL.fullmatch(block[148:156])
    if checksum is None or int(checksum[1], 8) != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise PayloadError("not a tar archive, or damaged: wrong checksum of a member's header")
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return Member(
        name=(prefix + b"/" + name if prefix else name).removeprefix(b"./"),
        size=_parse_size(block[124:136]),
        is_file=block[156:157] in _FILE_TYPES,
    )


def _parse_size(field: bytes) -> int:
    """Parse a member's size: octal digits, or from 8 GiB on binary ones after a byte 0x80."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = _OCTAL.fullmatch(field)
    if digits is None:
        raise PayloadError(f"damaged tar archive: not a member's size: {field!r}")
    return int(digits[1], 8)


def _decompress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what the gzip stream in *pieces* holds. Raises `PayloadError`; zeros that follow the stream are padding."""
    import zlib  # noqa: PLC0415 - most runs look into no payload

    engine = zlib.decompressobj(wbits=31)
    consumed = 0
    for piece in pieces:
        consumed += len(piece)
        if consumed > COMPRESSED_LIMIT:
            raise PayloadError(f"only the first {COMPRESSED_LIMIT} bytes were read")
        rest = piece
        while rest:
            try:
                yield engine.decompress(rest, PIECE)
            except zlib.error as error:
                raise PayloadError(f"damaged gzip stream: {error}") from error
            if engine.eof:
                return
            rest = engine.unconsumed_tail
    raise PayloadError("truncated gzip stream")


class _Blocks:
    """A stream of bytes that is taken in exact portions."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""
        self._position = 0
        self._seen = 0

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes, or the fewer that there are."""
        while len(self._buffer) - self._position < size and (piece := self._next()) is not None:
            self._buffer = self._buffer[self._position :] + piece
            self._position = 0
        taken = self._buffer[self._position : self._position + size]
        self._position += len(taken)
        return taken

    def skip(self, size: int) -> None:
        """Leave out the next *size* bytes. Raises `PayloadError` when there are not as many."""
        while (available := len(self._buffer) - self._position) < size:
            size -= available
            piece = self._next()
            if piece is None:
                raise PayloadError("truncated tar archive")
            self._buffer, self._position = piece, 0
        self._position += size

    def _next(self) -> bytes | None:
        """Return the next piece, `None` after the last one. Raises `PayloadError` when it was enough."""
        piece = next(self._pieces, None)
        self._seen += len(piece or b"")
        if self._seen > ARCHIVE_LIMIT:
            raise PayloadError(f"only the first {ARCHIVE_LIMIT} bytes of the archive were looked at")
        return piece


class _Survey:
    """What was found so far in an archive."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes | Unread] = {}
        self.graphs: set[bytes] = set()
        self.members = 0
        self._kept = 0

    def look_through(self, blocks: _Blocks) -> None:
        """Look at all members. Raises `PayloadError` where that cannot go on."""
        while (header := blocks.take(_BLOCK)).strip(b"\0"):
            if len(header) < _BLOCK:
                raise PayloadError("truncated tar archive")
            if self.members == MEMBER_LIMIT:
                raise PayloadError(f"only the first {MEMBER_LIMIT} members were looked at")
            self._look_at(parse_member(header), blocks)

    def _look_at(self, member: Member, blocks: _Blocks) -> None:
        """Take note of *member*, keep its content if it is one of those that are wanted, and go to the next one."""
        self.members += 1
        if graph := _GRAPH.match(member.name):
            self.graphs.add(graph[1])
        padded = -(-member.size // _BLOCK) * _BLOCK
        if not _KEPT.fullmatch(member.name):
            blocks.skip(padded)
            return
        refusal = self._refusal(member)
        if refusal is None:
            content = blocks.take(padded)
            if len(content) < padded:
                raise PayloadError("truncated tar archive")
            self._kept += member.size
            self.contents[member.name.decode()] = content[: member.size]
        else:
            self.contents[member.name.decode()] = refusal
            blocks.skip(padded)

    def _refusal(self, member: Member) -> Unread | None:
        """Say why the content of *member* is not kept; `None` when it is."""
        if not member.is_file:
            return Unread(f"{member.name.decode()}: not a file")
        if member.size > CONTENT_LIMIT or self._kept + member.size > KEPT_LIMIT:
            return Unread(f"{member.name.decode()}: too large: {member.size} bytes")
        return None
