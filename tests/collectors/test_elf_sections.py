from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from tests.stand_in_module import elf_file

from neuron_collectors.elf_sections import find_section
from neuron_collectors.host import CollectorError

FILE = elf_file({".text": b"\x90\x90", ".modinfo": b"version=2.26.5.0\0", ".empty": b""})
SECTIONS_AT, COUNT_AT, NAMES_AT = 40, 60, 62  # of e_shoff, e_shnum and e_shstrndx in the header


def patched(offset: int, layout: str, value: int) -> bytes:
    """Return `FILE` with another number at *offset*."""
    return FILE[:offset] + struct.pack(layout, value) + FILE[offset + struct.calcsize(layout) :]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".modinfo", b"version=2.26.5.0\0"),
        (".text", b"\x90\x90"),
        (".empty", b""),
        (".mod", None),
        (".data", None),
    ],
)
def test_a_section_is_found_by_its_whole_name(name: str, content: bytes | None) -> None:
    """The beginning of a name is not the name."""
    assert content == find_section(FILE, name, "neuron.ko")


def test_what_a_compiler_writes(tmp_path: Path) -> None:
    """A section of an object file that the machine's own compiler made is found as well."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler")
    source = 'static const char v[] __attribute__((section(".modinfo"), used)) = "version=2.26.5.0";'
    (tmp_path / "module.c").write_text(source)
    subprocess.run([compiler, "-g", "-c", "module.c", "-o", "module.o"], cwd=tmp_path, check=True, timeout=60)

    assert b"version=2.26.5.0\0" == find_section((tmp_path / "module.o").read_bytes(), ".modinfo", "module.o")


def test_a_file_without_sections() -> None:
    assert find_section(patched(SECTIONS_AT, "<Q", 0), ".modinfo", "neuron.ko") is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not an ELF file"),
        (b"\x7fELF", "not an ELF file"),
        (b"#!/bin/sh\n" * 20, "not an ELF file"),
        (FILE[:200], "cut short"),
        (patched(SECTIONS_AT, "<Q", 2**63), "cut short"),
        (patched(COUNT_AT, "<H", 0), "not a table of sections: 0 of 64 bytes"),
        (patched(COUNT_AT, "<H", 65535), "not a table of sections: 65535 of 64 bytes"),
        (patched(COUNT_AT - 2, "<H", 0), "not a table of sections: 5 of 0 bytes"),
        (patched(NAMES_AT, "<H", 9), "no table of section names: number 9 of 5"),
        (elf_file({".modinfo": b"x"}, flags=0x800), "holds no plain bytes"),
    ],
)
def test_what_is_no_whole_file(content: bytes, why: str) -> None:
    """Anything else, and a table that would take for ever to read, costs the fact, with the reason."""
    with pytest.raises(CollectorError, match=f"^neuron.ko: .*{why}"):
        find_section(content, ".modinfo", "neuron.ko")
