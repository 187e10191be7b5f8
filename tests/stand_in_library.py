"""
Stand-ins for AWS's shared libraries, which cannot be had here.

`compile_library` has the machine's own compiler make one with real symbol versions; `elf_library` puts the few bytes
together that a loader reads, for what a compiler would not write and for machines without one.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

NRT_SCRIPT = "NRT_2.0.0 { global: nrt_*; nec_*; local: *; };\nNRT_3.0.0 { global: nrta_*; } NRT_2.0.0;\n"
"""Versions of symbols as libnrt 2.31.24.0 has them: the asynchronous functions are in a version of their own."""

NRT_FUNCTIONS = ("nrt_init", "nrt_tensor_copy", "nec_get_device_count", "nrta_execute_schedule")

_BASE = 0x1000


def compile_library(
    path: Path,
    *,
    exports: Iterable[str] = (),
    calls: Iterable[str] = (),
    soname: str | None = None,
    script: str | None = None,
    against: Sequence[Path] = (),
    flags: Sequence[str] = (),
) -> Path:
    """
    Compile a library at *path* that defines *exports* and calls *calls*; skips the test where there is no compiler.

    *script* gives its symbols versions; it is linked *against* other libraries.
    """
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no compiler to make a stand-in for AWS's libraries")
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_name(f"{path.name}.c")
    body = "".join(f"void {name}(void) {{}}\n" for name in exports)
    body += "".join(f"void {name}(void);\n" for name in calls)
    body += "void stand_in_calls(void) { " + " ".join(f"{name}();" for name in calls) + " }\n"
    source.write_text(body)
    argv = [compiler, "-shared", "-fPIC", "-o", str(path), str(source), *(str(library) for library in against), *flags]
    if soname is not None:
        argv.append(f"-Wl,-soname,{soname}")
    if script is not None:
        versions = path.with_name(f"{path.name}.map")
        versions.write_text(script)
        argv.append(f"-Wl,--version-script={versions}")
    subprocess.run(argv, check=True, timeout=60)
    for rest in (source, path.with_name(f"{path.name}.map")):
        rest.unlink(missing_ok=True)
    return path


def compile_runtime(path: Path, *, exports: Iterable[str] = NRT_FUNCTIONS) -> Path:
    """Compile a stand-in for libnrt at *path*."""
    flags = ("-Wl,-rpath,/opt/aws/neuron/lib", "-Wl,--enable-new-dtags")
    return compile_library(path, exports=exports, soname="libnrt.so.1", script=NRT_SCRIPT, flags=flags)


def elf_library(
    *,
    soname: str = "libnrt.so.1",
    needed: Iterable[str] = ("libc.so.6",),
    versions: Iterable[str] = ("NRT_2.0.0",),
    needed_versions: Iterable[str] = ("GLIBC_2.2.5", "GLIBC_2.28"),
    exports: Mapping[str, int] | None = None,
    undefined: Mapping[str, int] | None = None,
    weak_versions: Iterable[str] = (),
) -> bytes:
    """
    Return the smallest shared library that says all this, with a hash table of the classic kind.

    *exports* and *undefined* give the index of each symbol's version: 2 and up for *versions*, then *needed_versions*.
    Of those, *weak_versions* may be missing.
    """
    table = _Strings()
    entries = [(1, table.add(name)) for name in needed] + [(14, table.add(soname))]
    own = [(index, table.add(name)) for index, name in enumerate((soname, *versions), start=1)]
    theirs = [(index, table.add(name)) for index, name in enumerate(needed_versions, start=len(own) + 1)]
    weak = [name in tuple(weak_versions) for name in needed_versions]
    names = [("", 0, 0), *((n, i, 1) for n, i in (exports or {}).items())]
    names += [(n, i, 0) for n, i in (undefined or {}).items()]
    symbols = b"".join(
        struct.pack("<IBBHQQ", table.add(n), 0x12 if n else 0, 0, section, 0, 0) for n, _, section in names
    )
    parts = {
        5: table.content,
        6: symbols,
        4: struct.pack("<4I", 1, len(names), 0, 0),
        0x6FFFFFF0: struct.pack(f"<{len(names)}H", *(index for _, index, _ in names)),
        0x6FFFFFFC: _definitions(own),
        0x6FFFFFFE: _needs(theirs, table.add("libc.so.6"), weak),
    }
    parts[5] = table.content
    body = bytearray()
    for tag, content in parts.items():
        entries.append((tag, _BASE + 64 + 2 * 56 + len(body)))
        body += content + b"\0" * (-len(content) % 8)
    entries += [(10, len(table.content)), (0x6FFFFFFD, len(own)), (0x6FFFFFFF, 1 if theirs else 0), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", tag, value) for tag, value in entries)
    place = 64 + 2 * 56 + len(body)
    size = place + len(dynamic)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, _BASE, _BASE, size, size, 0x1000)
    section = struct.pack("<IIQQQQQQ", 2, 4, place, _BASE + place, _BASE + place, len(dynamic), len(dynamic), 8)
    return head + load + section + bytes(body) + dynamic


class _Strings:
    """A table of strings that grows."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, text: str) -> int:
        """Add *text* and return its place."""
        place = len(self.content)
        self.content += text.encode() + b"\0"
        return place if text else 0


def _definitions(versions: Sequence[tuple[int, int]]) -> bytes:
    """Return the table of the versions that are defined, of which the first one stands for the file."""
    last = len(versions) - 1
    return b"".join(
        struct.pack("<HHHHIII", 1, 0 if number else 1, index, 1, 0, 20, 28 if number < last else 0)
        + struct.pack("<II", name, 0)
        for number, (index, name) in enumerate(versions)
    )


def _needs(versions: Sequence[tuple[int, int]], file: int, weak: Sequence[bool]) -> bytes:
    """Return the table of the versions that are needed, all of one *file*."""
    if not versions:
        return b""
    last = len(versions) - 1
    return struct.pack("<HHIII", 1, len(versions), file, 16, 0) + b"".join(
        struct.pack("<IHHII", 0, 2 if weak[number] else 0, index, name, 16 if number < last else 0)
        for number, (index, name) in enumerate(versions)
    )
