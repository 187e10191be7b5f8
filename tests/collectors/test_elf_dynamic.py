"""Shared libraries; AWS's cannot be had here, so that a compiler and a few bytes of our own stand in for them."""

from __future__ import annotations

import errno
import io
import os
import struct
from pathlib import Path
from typing import BinaryIO

import pytest
from pytest_mock import MockerFixture
from tests.stand_in_library import NRT_FUNCTIONS, compile_library, compile_runtime, elf_library

from neuron_collectors import elf_dynamic
from neuron_collectors.captured import open_host
from neuron_collectors.elf_dynamic import SharedLibrary, highest_glibc, parse_shared_library, read_shared_library
from neuron_collectors.facts import PERMISSION, Unread
from neuron_collectors.host import CollectorError, Host, Stat

from .conftest import AnotherUser, MakeHost

SMALL = elf_library(exports={"nrt_init": 2, "nrt_close": 0, "unrelated": 2}, undefined={"nec_get_device_count": 4})


def parse(content: bytes) -> SharedLibrary:
    return parse_shared_library(io.BytesIO(content), "libnrt.so")


def patched(offset: int, layout: str, *values: int) -> bytes:
    """Return `SMALL` with other numbers at *offset*."""
    return SMALL[:offset] + struct.pack(layout, *values) + SMALL[offset + struct.calcsize(layout) :]


def retagged(tag: int, value: int, *, to: int | None = None) -> bytes:
    """Return `SMALL` with another *value* for the first *tag* of its dynamic section, or with another tag."""
    start = struct.unpack_from("<Q", SMALL, 64 + 56 + 8)[0]
    place = next(at for at in range(start, len(SMALL), 16) if struct.unpack_from("<Q", SMALL, at)[0] == tag)
    return patched(place, "<QQ", to or tag, value)


def stat_of(host: Host, path: str) -> Stat:
    found = host.stat(path)
    assert isinstance(found, Stat)
    return found


def test_a_stand_in_for_libnrt(tmp_path: Path) -> None:
    """Name, search path, versions and functions of what a compiler made with the version script of a libnrt."""
    library = compile_runtime(tmp_path / "libnrt.so.2.31.23.0")

    found = parse(library.read_bytes())

    assert "libnrt.so.1" == found.soname
    assert ("/opt/aws/neuron/lib",) == found.search_path
    assert ("NRT_2.0.0", "NRT_3.0.0") == found.defined_versions
    assert (
        "nec_get_device_count@NRT_2.0.0",
        "nrt_init@NRT_2.0.0",
        "nrt_tensor_copy@NRT_2.0.0",
        "nrta_execute_schedule@NRT_3.0.0",
    ) == found.exports
    assert () == found.undefined


def test_a_stand_in_for_a_frameworks_extension(tmp_path: Path) -> None:
    """What it needs of the runtime is told with the version that the linker has seen."""
    runtime = compile_runtime(tmp_path / "libnrt.so.1")
    library = compile_library(
        tmp_path / "libtorchneuron.so", calls=("nrt_tensor_copy", "nrta_execute_schedule"), against=[runtime]
    )

    found = parse(library.read_bytes())

    assert None is found.soname
    assert "libnrt.so.1" in found.needed
    assert ("nrt_tensor_copy@NRT_2.0.0", "nrta_execute_schedule@NRT_3.0.0") == found.undefined
    assert {"NRT_2.0.0", "NRT_3.0.0"} <= set(found.needed_versions)
    assert () == found.exports


def test_what_may_be_missing_is_not_needed(tmp_path: Path) -> None:
    """A weak symbol without a definition loads all the same, and one without a version may come from anywhere."""
    source = tmp_path / "weak.h"
    source.write_text("void nrt_get_version(void) __attribute__((weak));\n")
    library = compile_library(
        tmp_path / "lib.so", calls=("nrt_get_version", "nrt_init"), flags=["-include", str(source)]
    )

    assert ("nrt_init",) == parse(library.read_bytes()).undefined


def test_a_version_that_may_be_missing() -> None:
    """What only weak symbols need of the C library is no reason for the loader to refuse the library."""
    content = elf_library(needed_versions=("GLIBC_2.17", "GLIBC_2.38"), weak_versions=("GLIBC_2.38",))

    assert ("GLIBC_2.17",) == parse(content).needed_versions


@pytest.mark.parametrize("style", ["gnu", "sysv", "both"])
def test_every_kind_of_hash_table(tmp_path: Path, style: str) -> None:
    """The number of symbols is known from the classic table and from GNU's."""
    many = [f"nrt_function_{number}" for number in range(300)]
    library = compile_library(tmp_path / "lib.so", exports=many, flags=[f"-Wl,--hash-style={style}"])

    assert tuple(sorted(many)) == parse(library.read_bytes()).exports


def test_a_library_that_exports_nothing(tmp_path: Path) -> None:
    """Where the hash table has no symbols at all, those that are needed are found nevertheless."""
    runtime = compile_runtime(tmp_path / "libnrt.so.1")
    library = compile_library(
        tmp_path / "lib.so", calls=NRT_FUNCTIONS, against=[runtime], script="{ local: *; };", flags=["-nostdlib"]
    )

    assert 4 == len(parse(library.read_bytes()).undefined)


def test_without_section_headers(tmp_path: Path) -> None:
    """The loader does without them, and so does this."""
    content = bytearray(compile_runtime(tmp_path / "libnrt.so").read_bytes())
    struct.pack_into("<Q", content, 40, 2**64 - 1)
    struct.pack_into("<HHH", content, 58, 0, 0, 65535)

    assert "libnrt.so.1" == parse(bytes(content)).soname


def test_the_smallest_library() -> None:
    """The bytes alone are understood, too, where there is no compiler."""
    assert SharedLibrary(
        soname="libnrt.so.1",
        needed=("libc.so.6",),
        search_path=(),
        defined_versions=("NRT_2.0.0",),
        needed_versions=("GLIBC_2.2.5", "GLIBC_2.28"),
        exports=("nrt_close", "nrt_init@NRT_2.0.0"),
        undefined=("nec_get_device_count@GLIBC_2.28",),
    ) == parse(SMALL)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not an ELF file of 64 bits: b''"),
        (b"\x7fELF", "not an ELF file of 64 bits"),
        (b"INPUT ( libnrt.so.1 )\n", "not an ELF file of 64 bits: b'INPUT ( libnrt.s'"),
        (patched(4, "<B", 1), "not an ELF file of 64 bits"),
        (SMALL[:60], "not an ELF file of 64 bits"),
        (SMALL[:100], "cut short: program header ends at 176, the file at 100"),
        (SMALL[:-1], "cut short: dynamic section ends at"),
        (patched(32, "<Q", 2**64 - 1), "cut short: program header"),
        (patched(54, "<HH", 56, 65535), "not a program header: 65535 entries of 56 bytes"),
        (patched(54, "<HH", 0, 2), "not a program header: 2 entries of 0 bytes"),
        (patched(54, "<HH", 56, 1), "not a shared library: no dynamic section"),
        (retagged(5, 1), "strings is nowhere in the file: address 0x1"),
        (retagged(10, 2**63), f"strings of {2**63} bytes"),
        (retagged(10, 2**20), "cut short: strings ends at"),
        (retagged(14, 2**40), f"no string at {2**40}"),
        (retagged(6, 2**64 - 8), "symbols is nowhere in the file"),
        (retagged(0x6FFFFFF0, 0), "versions of symbols is nowhere in the file"),
    ],
)
def test_what_is_no_whole_library(content: bytes, why: str) -> None:
    """Whatever a file claims, only what it has is read; the reason names it."""
    with pytest.raises(CollectorError) as error:
        parse(content)

    assert f"libnrt.so: {why}" in str(error.value)


def test_claims_of_too_much() -> None:
    """A table that would take for ever is not read: more symbols, functions or buckets than any library has."""
    hash_at = 64 + 2 * 56 + SMALL[176:].index(struct.pack("<4I", 1, 5, 0, 0))
    bucketed = bytearray(retagged(4, 0x1000 + hash_at, to=0x6FFFFEF5))

    with pytest.raises(CollectorError, match=r"^libnrt\.so: 4294967295 symbols$"):
        parse(patched(hash_at + 4, "<I", 2**32 - 1))
    with pytest.raises(CollectorError, match=r"^libnrt\.so: more than 2000 functions of the runtime$"):
        parse(elf_library(exports={f"nrt_{number}": 2 for number in range(2001)}))
    with pytest.raises(CollectorError, match=r"^libnrt\.so: more than 200000 names like those of the runtime$"):
        parse(elf_library(exports={"nrt_" * 200_001: 2}))
    struct.pack_into("<4I", bucketed, hash_at, 2**32 - 1, 1, 1, 0)
    with pytest.raises(CollectorError, match=r"^libnrt\.so: a hash table of 4294967295 buckets and 1 words$"):
        parse(bytes(bucketed))


@pytest.mark.parametrize(
    ("versions", "highest"),
    [
        ((), None),
        (("GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.4"), "2.34"),
        (("GLIBC_2.9", "GLIBC_2.28", "GLIBCXX_3.4.30", "CXXABI_1.3.13", "NRT_2.0.0"), "2.28"),
        (("GLIBC_2.2.5", "GLIBC_2.2"), "2.2.5"),
        (("GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"), None),
        (("GLIBC_2", "GLIBC_2.x", "GLIBC_2.3.4.5"), None),
    ],
)
def test_the_highest_version_of_the_c_library(versions: tuple[str, ...], highest: str | None) -> None:
    """Versions are compared number by number, and names that are no numbers do not count."""
    assert highest == highest_glibc(versions)


def test_a_file_is_parsed_once(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it stays the same; a later change, or another file in its place, is read anew."""
    host = make_host({"libnrt.so.1": SMALL})
    path = Path(host.root, "libnrt.so.1")
    calls = []

    def parse_once_more(_: BinaryIO, source: str) -> Unread:
        calls.append(source)
        return Unread(source)

    monkeypatch.setattr(elf_dynamic, "_parse_or_say_why", parse_once_more)

    read_shared_library(host, "libnrt.so.1", stat_of(host, "libnrt.so.1"))
    read_shared_library(open_host(host.root), "libnrt.so.1", stat_of(host, "libnrt.so.1"))
    assert 1 == len(calls)

    os.utime(path, ns=(1, 1))
    read_shared_library(host, "libnrt.so.1", stat_of(host, "libnrt.so.1"))
    assert 2 == len(calls)


def test_no_more_is_remembered_than_there_is_use_for(make_host: MakeHost) -> None:
    """A host that changes for years does not fill the memory."""
    names = [f"lib{number}.so" for number in range(300)]
    host = make_host(dict.fromkeys(names, b"no library"))
    for name in names:
        read_shared_library(host, name, stat_of(host, name))

    assert len(elf_dynamic._remembered) <= 256


class BrokenDisk(io.RawIOBase):
    """A file of which no place can be read."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        raise OSError(errno.EIO, f"Input/output error at {offset} from {whence}")


def test_a_file_that_cannot_be_read_any_further(make_host: MakeHost, mocker: MockerFixture) -> None:
    """A broken disk is the reason why it is unread."""
    host = make_host({"libnrt.so.1": SMALL})
    mocker.patch.object(host, "open_regular", return_value=BrokenDisk())

    assert Unread("not readable: Input/output error at 0 from 2") == read_shared_library(
        host, "libnrt.so.1", stat_of(host, "libnrt.so.1")
    )


def test_a_damaged_file_is_unread(make_host: MakeHost, another_user: AnotherUser) -> None:
    """The reason does not repeat the path; what may not be read is not remembered."""
    host = make_host({"text.so": b"INPUT(-lnrt)", "secret.so": SMALL, "gone.so": SMALL})
    secret = stat_of(host, "secret.so")
    Path(host.root, "secret.so").chmod(0)
    gone = stat_of(host, "gone.so")
    Path(host.root, "gone.so").unlink()

    with another_user():
        assert PERMISSION == read_shared_library(host, "secret.so", secret)
    assert Unread("not an ELF file of 64 bits: b'INPUT(-lnrt)'") == read_shared_library(
        host, "text.so", stat_of(host, "text.so")
    )
    assert Unread("went away") == read_shared_library(host, "gone.so", gone)
    if os.geteuid() == 0:
        assert isinstance(read_shared_library(host, "secret.so", secret), SharedLibrary)
