"""
What the loader reads of a shared library: its dynamic section and the tables that this names.

They are found from the program header, as the loader does, and nothing else is read: a libnrt has 120 MB, of which its
symbols take 60 KB. The formats are those of the "System V Application Binary Interface" and, for versions of symbols,
of the "Linux Standard Base Core Specification", chapter "Symbol Versioning".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from .elf_image import ElfImage, parse
from .facts import Unread
from .facts.frozen import dataclass
from .host import CollectorError, Host, Stat

_INTERFACE = re.compile(rb"n(?:rta?|ec)_")
"""How the functions of the runtime are called that its headers ``nrt.h``, ``nrt_async.h`` and ``nec.h`` declare."""

_MOST_VERSIONS = 4096
_MOST_SYMBOLS = 1_000_000
_MOST_NAMES = 200_000  # parts of other names, too, of which a framework in C++ has thousands
_MOST_FUNCTIONS = 2000  # of the runtime's interface, which has 145
_LONGEST_STRING = 8192  # of those that are kept; a search path may name many directories
_LONGEST_CHAIN = 16 * 1024
_STRINGS_LIMIT = 64 * 1024 * 1024  # the symbols of a framework in C++ have names of tens of megabytes
_VERSIONS_LIMIT = 256 * 1024
_MOST_REMEMBERED = 256
_SYMBOL = struct.Struct("<IBBHQQ")  # pyelftools takes 50 µs for one, and a framework has a hundred thousand
_NAME_OF_SYMBOL = struct.Struct("<I20x")
_TABLES = ("DT_STRTAB", "DT_VERSYM", "DT_VERDEF", "DT_VERNEED", "DT_GNU_HASH", "DT_HASH", "DT_RELA", "DT_JMPREL")
_WEAK = 2  # STB_WEAK of a symbol, and VER_FLG_WEAK of a version: the loader does without it
_OF_THE_FILE = 1  # VER_FLG_BASE: not a version of symbols, but the library's own name
_INDEX = 0x7FFF
_GLIBC = re.compile(r"GLIBC_([0-9]{1,4}(?:\.[0-9]{1,4}){1,2})")

_remembered: dict[tuple[str, int, int], SharedLibrary | Unread] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedLibrary:
    """What the dynamic section of a library says. Names are ASCII in practice; other bytes are replaced."""

    soname: str | None
    needed: tuple[str, ...]
    search_path: tuple[str, ...]
    """``DT_RUNPATH``, or ``DT_RPATH`` where there is none."""
    defined_versions: tuple[str, ...]
    """Versions of its own symbols, in the order of its table, without the one that stands for the file."""
    needed_versions: tuple[str, ...]
    """Versions of symbols in other libraries without which it does not load, sorted."""
    exports: tuple[str, ...]
    """What it defines of the runtime's interface, as ``nrt_init@NRT_2.0.0``, sorted."""
    undefined: tuple[str, ...]
    """What it cannot do without of the runtime's interface, likewise; a weak symbol may be missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _NeededVersion:
    """One version of symbols in another library."""

    index: int
    name: str
    is_weak: bool


def read_shared_library(host: Host, path: str, found: Stat) -> SharedLibrary | Unread:
    """
    Read the ELF file *path*, of which stat(2) says *found*; one that is damaged is unread, with the reason.

    As long as path, inode and time of the last change stay the same, a file is parsed once.
    """
    key = (f"{host.root}/{path}", found.inode, found.mtime_ns)
    if key in _remembered:
        return _remembered[key]
    stream = host.open_regular(path)
    if stream is None or isinstance(stream, Unread):
        return stream or Unread("went away")
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    with stream:
        _remembered[key] = _parse_or_say_why(stream, f"/{path}")
    return _remembered[key]


def parse_shared_library(stream: BinaryIO, source: str) -> SharedLibrary:
    """
    Parse the ELF file *source*, open as *stream*; raises `CollectorError`, and what reading raises.

    .. code-block:: text

        $ readelf -dV libnrt.so.2.31.24.0
         0x000000000000000e (SONAME)             Library soname: [libnrt.so.1]
         0x000000000000001d (RUNPATH)            Library runpath: [/opt/aws/neuron/lib]
          000000: Rev: 1  Flags: BASE  Index: 1  Cnt: 1  Name: libnrt.so.1
          0x001c: Rev: 1  Flags: none  Index: 2  Cnt: 1  Name: NRT_2.0.0
          0x0038: Rev: 1  Flags: none  Index: 3  Cnt: 2  Name: NRT_3.0.0
    """
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - takes 10 ms, and many hosts have no library

    try:
        return _Tables(ElfImage(stream, source)).describe()
    except ELFError as error:
        raise CollectorError(f"{source}: not a shared library: {error}") from error


def highest_glibc(versions: Iterable[str]) -> str | None:
    """
    Return the highest ``x.y`` among *versions* of symbols.

    .. code-block:: text

        GLIBC_2.2.5  GLIBC_2.28  GLIBC_PRIVATE  GLIBCXX_3.4.22
    """
    numbers = [found[1] for version in versions if (found := _GLIBC.fullmatch(version))]
    return max(numbers, key=lambda number: [int(part) for part in number.split(".")], default=None)


def _parse_or_say_why(stream: BinaryIO, source: str) -> SharedLibrary | Unread:
    """Parse *stream*; what is wrong with it is the reason why it is unread."""
    try:
        return parse_shared_library(stream, source)
    except CollectorError as error:
        return Unread(str(error).removeprefix(f"{source}: "))
    except OSError as error:
        return Unread(f"not readable: {error.strerror}")


class _Tables:
    """The tables that the dynamic section names."""

    def __init__(self, image: ElfImage) -> None:
        self._image = image
        self._values: dict[object, list[int]] = {}
        for entry in _parse_entries(image):
            self._values.setdefault(entry["d_tag"], []).append(entry["d_val"])
        self._strings = self._read_strings()

    def describe(self) -> SharedLibrary:
        """Return what they say of the library."""
        defined, needs = self._parse_definitions(), tuple(self._parse_needs())
        exports, undefined = self._find_symbols(defined | {need.index: need.name for need in needs})
        paths = self._texts("DT_RUNPATH") or self._texts("DT_RPATH")
        return SharedLibrary(
            soname=next(iter(self._texts("DT_SONAME")), None),
            needed=self._texts("DT_NEEDED"),
            search_path=tuple(path for text in paths for path in text.split(":") if path),
            defined_versions=tuple(defined.values()),
            needed_versions=tuple(sorted({need.name for need in needs if not need.is_weak})),
            exports=tuple(sorted(exports)),
            undefined=tuple(sorted(undefined)),
        )

    def _value(self, tag: str) -> int | None:
        """Return the value of the entry *tag*; `None` when there is none."""
        return next(iter(self._values.get(tag, ())), None)

    def _read_strings(self) -> bytes:
        """Read the table of strings."""
        address, size = self._value("DT_STRTAB"), self._value("DT_STRSZ") or 0
        if size > _STRINGS_LIMIT:
            raise CollectorError(f"{self._image.source}: strings of {size} bytes")
        return b"" if address is None else self._image.load(address, size, "strings")

    def _text(self, offset: int) -> str:
        """Return the string at *offset* of the table."""
        end = self._strings.find(b"\0", offset, offset + _LONGEST_STRING)
        if end < 0:
            raise CollectorError(f"{self._image.source}: no string at {offset} of {len(self._strings)} bytes")
        return self._strings[offset:end].decode("utf-8", "replace")

    def _texts(self, tag: str) -> tuple[str, ...]:
        """Return the strings that the entries *tag* name."""
        return tuple(self._text(offset) for offset in self._values.get(tag, ()))

    def _parse_definitions(self) -> dict[int, str]:
        """Parse the versions of the library's own symbols: name by index."""
        names = {}
        layout = self._image.structs.Elf_Verdaux
        for entry, table, offset in self._walk("DT_VERDEF", self._image.structs.Elf_Verdef, "vd_next"):
            if not entry["vd_flags"] & _OF_THE_FILE:
                name = parse(layout, table, offset + entry["vd_aux"])["vda_name"]
                names[entry["vd_ndx"] & _INDEX] = self._text(name)
        return names

    def _parse_needs(self) -> Iterator[_NeededVersion]:
        """Parse the versions of symbols in other libraries."""
        for version in islice(self._walk_needs(), _MOST_VERSIONS):
            yield _NeededVersion(
                index=version["vna_other"] & _INDEX,
                name=self._text(version["vna_name"]),
                is_weak=bool(version["vna_flags"] & _WEAK),
            )

    def _walk_needs(self) -> Iterator[Mapping[str, Any]]:
        """Yield the versions that are needed of each of the other libraries."""
        layout = self._image.structs.Elf_Vernaux
        for entry, table, place in self._walk("DT_VERNEED", self._image.structs.Elf_Verneed, "vn_next"):
            offset = place + entry["vn_aux"]
            for _ in range(entry["vn_cnt"]):
                version = parse(layout, table, offset)
                yield version
                offset += version["vna_next"]

    def _walk(self, tag: str, layout: Any, link: str) -> Iterator[tuple[Mapping[str, Any], bytes, int]]:
        """Yield the linked entries of the table *tag*, each with the table and its own place there."""
        address = self._value(tag)
        if address is None:
            return
        table = self._image.load_most(address, _VERSIONS_LIMIT, tag)
        place = 0
        for _ in range(min(self._value(f"{tag}NUM") or 0, _MOST_VERSIONS)):
            entry = parse(layout, table, place)
            yield entry, table, place
            place += entry[link]
            if not entry[link]:
                return

    def _find_symbols(self, versions: Mapping[int, str]) -> tuple[list[str], list[str]]:
        """Return what the library defines, and what it cannot do without, of the runtime's interface."""
        address, count, names = self._value("DT_SYMTAB"), self._count_symbols(), self._find_names()
        if address is None or not count or not names:
            return [], []
        table = self._image.load(address, count * _SYMBOL.size, "symbols")
        numbers = [number for number, (name,) in enumerate(_NAME_OF_SYMBOL.iter_unpack(table)) if name in names]
        if len(numbers) > _MOST_FUNCTIONS:
            raise CollectorError(f"{self._image.source}: more than {_MOST_FUNCTIONS} functions of the runtime")
        indexes = self._read_version_indexes(count)
        exports, undefined = [], []
        for number in numbers:
            name, info, _, section, _, _ = _SYMBOL.unpack_from(table, number * _SYMBOL.size)
            binding = info >> 4
            version = versions.get(indexes[number] & _INDEX)
            text = f"{self._text(name)}@{version}" if version else self._text(name)
            if binding and section:
                exports.append(text)
            elif binding and binding != _WEAK:
                undefined.append(text)
        return exports, undefined

    def _find_names(self) -> set[int]:
        """Return the places in the table of strings at which names of the runtime's interface may begin."""
        found = islice(_INTERFACE.finditer(self._strings), _MOST_NAMES + 1)
        places = {match.start() for match in found}
        if len(places) > _MOST_NAMES:
            raise CollectorError(f"{self._image.source}: more than {_MOST_NAMES} names like those of the runtime")
        return places

    def _read_version_indexes(self, count: int) -> Sequence[int]:
        """Read the index of each symbol's version; 0 where the library has no versions."""
        address = self._value("DT_VERSYM")
        if address is None:
            return bytes(count)
        return struct.unpack(f"<{count}H", self._image.load(address, 2 * count, "versions of symbols"))

    def _count_symbols(self) -> int:
        """Count the symbols, which only the tables for their search tell."""
        gnu, classic = self._value("DT_GNU_HASH"), self._value("DT_HASH")
        count = 0
        if gnu is not None:
            count = self._count_hashed(gnu)
        elif classic is not None:
            count = int.from_bytes(self._image.load(classic + 4, 4, "hash table"), "little")
        if count > _MOST_SYMBOLS:
            raise CollectorError(f"{self._image.source}: {count} symbols")
        return count

    def _count_hashed(self, address: int) -> int:
        """
        Count the symbols by the GNU hash table at *address*.

        It has the number of the first symbol of each bucket. From the highest one on, the last bit of a symbol's hash
        says whether another one follows.
        """
        buckets, first, bloom, _ = struct.unpack("<4I", self._image.load(address, 16, "hash table"))
        if buckets > _MOST_SYMBOLS or bloom > _MOST_SYMBOLS:
            raise CollectorError(f"{self._image.source}: a hash table of {buckets} buckets and {bloom} words")
        start = address + 16 + 8 * bloom
        heads = struct.unpack(f"<{buckets}I", self._image.load(start, 4 * buckets, "hash table"))
        last = max(heads, default=0)
        if last < first:
            return self._count_by_place()
        chain = self._image.load_most(start + 4 * (buckets + last - first), 4 * _LONGEST_CHAIN, "hash table")
        for number, (value,) in enumerate(struct.iter_unpack("<I", chain[: len(chain) & ~3]), start=1):
            if value & 1:
                return last + number
        raise CollectorError(f"{self._image.source}: the hash table has no end")

    def _count_by_place(self) -> int:
        """Count the symbols by where the next table begins: a hash table without symbols may leave them all out."""
        start = self._value("DT_SYMTAB") or 0
        following = [place for tag in _TABLES if (place := self._value(tag)) is not None and place > start]
        return (min(following) - start) // _SYMBOL.size if following else 0


def _parse_entries(image: ElfImage) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of the dynamic section, up to the one that ends it."""
    layout = image.structs.Elf_Dyn
    size = layout.sizeof()
    for offset in range(0, len(image.dynamic) - size + 1, size):
        entry = parse(layout, image.dynamic, offset)
        if entry["d_tag"] == "DT_NULL":
            return
        yield entry
