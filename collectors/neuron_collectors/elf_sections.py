"""Sections of an ELF file, found by name."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from .host import CollectorError

if TYPE_CHECKING:
    from elftools.construct.lib.container import Container
    from elftools.elf.elffile import ELFFile

_MOST_SECTIONS = 4096
"""A kernel module has some 60; a debug build with a section per function has a few thousand."""


def find_section(content: bytes, name: str, source: str) -> bytes | None:
    """
    Return the section *name* of the ELF file *source*; `None` when there is none. Raises `CollectorError`.

    Only headers are parsed with pyelftools. Its own search by name makes an object of every section and follows the
    links between them, which a damaged file can turn into a very long way.
    """
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - takes 50 ms, and most hosts have no module file
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    try:
        elf = ELFFile(BytesIO(content))
        headers = _section_headers(elf, len(content), source)
    except ELFError as error:
        raise CollectorError(f"{source}: not an ELF file: {error}: {content[:16]!r}") from error
    names = _names(headers, elf.header["e_shstrndx"], content, source)
    wanted = name.encode()
    for header in headers:
        start = header["sh_name"]
        if names[start : start + len(wanted) + 1] == wanted + b"\0":
            return _content_of(header, content, f"{source}: section {name}")
    return None


def _section_headers(elf: ELFFile, length: int, source: str) -> list[Container]:
    """Parse the section headers of a file of *length* bytes; raises pyelftools' errors, too."""
    from elftools.common.utils import struct_parse  # noqa: PLC0415

    start, count, size = (elf.header[key] for key in ("e_shoff", "e_shnum", "e_shentsize"))
    if start == 0:
        return []
    if size != elf.structs.Elf_Shdr.sizeof() or not 0 < count <= _MOST_SECTIONS:
        raise CollectorError(f"{source}: not a table of sections: {count} of {size} bytes")
    if start + count * size > length:
        raise CollectorError(f"{source}: cut short: {count} sections described at {start}, the file ends at {length}")
    return [struct_parse(elf.structs.Elf_Shdr, elf.stream, start + index * size) for index in range(count)]


def _names(headers: list[Container], index: int, content: bytes, source: str) -> bytes:
    """Return the table that holds the sections' names; nothing when the file has no sections."""
    if not headers:
        return b""
    if index >= len(headers):
        raise CollectorError(f"{source}: no table of section names: number {index} of {len(headers)}")
    return _content_of(headers[index], content, f"{source}: section names")


def _content_of(header: Container, content: bytes, what: str) -> bytes:
    """Return the bytes that *header* describes."""
    from elftools.elf.constants import SH_FLAGS  # noqa: PLC0415

    start, end = header["sh_offset"], header["sh_offset"] + header["sh_size"]
    if header["sh_type"] == "SHT_NOBITS" or header["sh_flags"] & SH_FLAGS.SHF_COMPRESSED:
        raise CollectorError(f"{what}: holds no plain bytes: {header['sh_type']}, flags {header['sh_flags']:#x}")
    if end > len(content):
        raise CollectorError(f"{what}: ends at {end}, the file at {len(content)}")
    return content[start:end]
