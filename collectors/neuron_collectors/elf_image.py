"""
An ELF file as the loader sees it: by the addresses that the program header gives its parts.

Only what is asked for is read, and nothing beyond what the file has. The headers are parsed with the structures of
pyelftools. Its `ELFFile` would look at the section headers, too, which stand at the end of 120 MB, and no loader needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from .host import CollectorError

_IDENTITY = b"\x7fELF\x02\x01"  # 64 bits, little endian: Neuron's software is there for x86-64 alone
_HEADER_SIZE = 64
_MOST_SEGMENTS = 256
_MOST_ENTRIES = 4096


class ElfImage:
    """A file, by offset and by the address that its parts are loaded at."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        self.source = source
        self._stream = stream
        self._size = stream.seek(0, 2)
        head = self.read(0, min(self._size, _HEADER_SIZE), "header")
        if not head.startswith(_IDENTITY) or len(head) < _HEADER_SIZE:
            raise CollectorError(f"{source}: not an ELF file of 64 bits: {head[:16]!r}")
        from elftools.elf.structs import ELFStructs  # noqa: PLC0415 - takes 10 ms, and what is no library needs none

        self.structs = ELFStructs(little_endian=True, elfclass=64)
        self.structs.create_basic_structs()
        header = parse(self.structs.Elf_Ehdr, head)
        self.structs.create_advanced_structs(header["e_type"], header["e_machine"])
        segments = self._parse_segments(header)
        self._loaded = [segment for segment in segments if segment["p_type"] == "PT_LOAD"]
        self.dynamic = self._read_dynamic(segments)

    def read(self, offset: int, size: int, what: str) -> bytes:
        """Return *size* bytes at *offset*; raises `CollectorError` when the file ends before."""
        if offset + size > self._size:
            raise CollectorError(f"{self.source}: cut short: {what} ends at {offset + size}, the file at {self._size}")
        self._stream.seek(offset)
        chunks = []
        while size > 0 and (chunk := self._stream.read(size)):
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)

    def load(self, address: int, size: int, what: str) -> bytes:
        """Return the *size* bytes that are loaded at *address*."""
        return self.read(self._place(address, what)[0], size, what)

    def load_most(self, address: int, most: int, what: str) -> bytes:
        """Return *most* of the bytes that are loaded from *address* on, or as many as there are."""
        offset, left = self._place(address, what)
        return self.read(offset, max(0, min(most, left, self._size - offset)), what)

    def _place(self, address: int, what: str) -> tuple[int, int]:
        """Return the offset of what is loaded at *address*, and how many bytes there are from there on."""
        for segment in self._loaded:
            inside = address - segment["p_vaddr"]
            if 0 <= inside < segment["p_filesz"]:
                return segment["p_offset"] + inside, segment["p_filesz"] - inside
        raise CollectorError(f"{self.source}: {what} is nowhere in the file: address {address:#x}")

    def _parse_segments(self, header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Parse the program header."""
        count, size, layout = header["e_phnum"], header["e_phentsize"], self.structs.Elf_Phdr
        if size != layout.sizeof() or count > _MOST_SEGMENTS:
            raise CollectorError(f"{self.source}: not a program header: {count} entries of {size} bytes")
        table = self.read(header["e_phoff"], count * size, "program header")
        return [parse(layout, table, index * size) for index in range(count)]

    def _read_dynamic(self, segments: Iterable[Mapping[str, Any]]) -> bytes:
        """Read the dynamic section; an object file and a program that is linked statically have none."""
        segment = next((segment for segment in segments if segment["p_type"] == "PT_DYNAMIC"), None)
        if segment is None:
            raise CollectorError(f"{self.source}: not a shared library: no dynamic section")
        size = min(segment["p_filesz"], _MOST_ENTRIES * self.structs.Elf_Dyn.sizeof())
        return self.read(segment["p_offset"], size, "dynamic section")


def parse(layout: Any, content: bytes, offset: int = 0) -> Mapping[str, Any]:
    """Parse the structure at *offset* of *content*; raises pyelftools' error when it is not there."""
    from elftools.common.utils import struct_parse  # noqa: PLC0415

    parsed: Mapping[str, Any] = struct_parse(layout, BytesIO(content), offset)
    return parsed
