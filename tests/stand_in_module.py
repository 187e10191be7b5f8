"""
A stand-in for ``neuron.ko``: the vendor's driver cannot be had here, so this writes what its readers look at.

It is an ELF file of the kind that a kernel module is, made by hand and without a compiler: with the section
``.modinfo``, and no code at all.
"""

from __future__ import annotations

import gzip
import lzma
import struct
import sys
from collections.abc import Mapping

FIELDS = {
    "version": "2.26.5.0",
    "license": "GPL",
    "description": "Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c",
    "alias": "pci:v00001d0fd00007064sv*sd*bc*sc*i*",
    "srcversion": "8818F61F4109E2E9CE9BA2E",
    "vermagic": "6.8.0-1021-aws SMP preempt mod_unload modversions ",
}
"""What the driver of SDK 2.28.0 says of itself on Bottlerocket, with a kernel of Ubuntu's in its place."""

_HEADER = "<16sHHIQQQIHHHHHH"
_SECTION = "<IIQQQQIIQQ"


def module_file(**changed: str | None) -> bytes:
    """Return a module file with `FIELDS`, changed by *changed*; `None` leaves a field out."""
    fields = {key: value for key, value in {**FIELDS, **changed}.items() if value is not None}
    return elf_file({".text": b"", ".modinfo": section_of(fields)})


def section_of(fields: Mapping[str, str]) -> bytes:
    """Return the content of ``.modinfo``."""
    return b"".join(f"{key}={value}\0".encode() for key, value in fields.items())


def elf_file(sections: Mapping[str, bytes], *, flags: int = 0) -> bytes:
    """Return a relocatable ELF file for x86-64 with *sections*, each with the section flags *flags*."""
    names = b"\0" + b"".join(f"{name}\0".encode() for name in [*sections, ".shstrtab"])
    contents = [*sections.values(), names]
    table = [struct.pack(_SECTION, *(0,) * 10)]
    offset = struct.calcsize(_HEADER)
    for name, content in zip([*sections, ".shstrtab"], contents, strict=True):
        kind = 3 if name == ".shstrtab" else 1  # SHT_STRTAB, SHT_PROGBITS
        start = names.index(f"{name}\0".encode())
        table.append(struct.pack(_SECTION, start, kind, flags, 0, offset, len(content), 0, 0, 1, 0))
        offset += len(content)
    identification = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    sizes = (struct.calcsize(_HEADER), 0, 0, struct.calcsize(_SECTION), len(table), len(table) - 1)
    header = struct.pack(_HEADER, identification, 1, 62, 1, 0, 0, offset, 0, *sizes)
    return header + b"".join(contents) + b"".join(table)


def compress(content: bytes, compression: str | None) -> bytes:
    """Return *content* as the file with that suffix holds it; zstd needs a library for it."""
    match compression:
        case None:
            return content
        case "gz":
            return gzip.compress(content)
        case "xz":
            return lzma.compress(content)
        case _:
            if sys.version_info >= (3, 14):
                from compression import zstd

                return zstd.compress(content)
            import zstandard

            return zstandard.ZstdCompressor().compress(content)
