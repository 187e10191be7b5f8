"""
Compiled models: NEFF files.

The format has no mark to know it by; what says of itself that it has a header of 1024 bytes, in a package format that
exists, is one. It is described in AWS's "Work with NEFF files". Where that is silent, as about the order of the hash's
bytes, the files themselves were followed: models that neuronx-cc 2.18 to 2.23 compiled for Trainium1 and 2.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from .facts import NOT_COLLECTED, Neff, Reading, Unread
from .host import CollectorError, Host
from .input_error import InputMissing

if TYPE_CHECKING:
    from .neff_payload import Payload

T = TypeVar("T")

HEADER_SIZE = 1024
"""Bytes of the header, in every file seen."""

HASH_LIMIT = 256 * 1024 * 1024
"""Bytes of a payload whose hash is verified. That may take a second, on top of what else is asked."""

MOST_NAMES = 200_000
"""Names below one directory that a scan looks at."""

_HEADER = struct.Struct("<5Q128sI32s16s256sI64sQI468s")
_PACKAGE_FORMATS = (1, 2)
_MD5_FORMAT = 2
_ZERO_PAD = bytes(468)
_DEEPEST = 32


def read_neff(host: Host, path: str, *, metadata: bool = False, verify: bool = False) -> Reading[Neff]:
    """
    Read the NEFF file *path*; raises `CollectorError` when it is none.

    Only its header is read, unless *metadata* asks for what its payload says or *verify* for a check of its hash.
    """
    head = host.read_head(path, HEADER_SIZE)
    if head is None or isinstance(head, Unread):
        return head
    neff = parse_header(head.content, absolute_path(path), file_size=head.file_size)
    if metadata:
        from .neff_metadata import with_metadata  # noqa: PLC0415 - the headers of a whole cache need none

        neff = with_metadata(neff, _read_payload(host, path, neff, _parse_payload))
    if verify and neff.hash is not None:
        neff = replace(neff, hash_verified=_read_payload(host, path, neff, _verify_hash))
    return neff


def scan_neffs(host: Host, paths: Iterable[str], *, metadata: bool = False) -> Iterator[Neff]:
    """
    Yield the NEFF files among *paths* and, by their suffix ``.neff``, below the directories among them.

    Only headers are read, unless *metadata* asks for what the payloads say. A file or directory that could not be read
    stands among them, with the reason in all its fields. Raises `InputMissing` for a path that is not there.
    """
    for path in paths:
        found = host.stat(path)
        if found is None:
            raise InputMissing(f"{absolute_path(path)}: no such file or directory")
        if not isinstance(found, Unread) and stat.S_ISDIR(found.mode):
            yield from _scan_directory(host, path, metadata=metadata)
        else:
            yield _neff_at(host, path, metadata=metadata)


def parse_header(content: bytes, path: str, *, file_size: int) -> Neff:
    """
    Parse the first 1024 bytes of the file *path*, which has *file_size* bytes in all.

    All numbers are little endian. A model for Trainium2 begins with

    .. code-block:: text

        02 00 00 00 00 00 00 00  pkg_version 2
        00 04 00 00 00 00 00 00  header_size 1024
        00 f0 00 00 00 00 00 00  data_size 61440
        02 00 00 00 00 00 00 00  neff_version_major 2
        00 00 00 00 00 00 00 00  neff_version_minor 0
    """
    if len(content) < HEADER_SIZE:
        raise CollectorError(f"{path}: not a NEFF: {len(content)} bytes, the header alone has {HEADER_SIZE}")
    header = _HEADER.unpack_from(content)
    package, header_size, data_size, major, minor, build, num_tpb, digest, uuid, name = header[:10]
    requested, per_node, feature_bits, lnc_size, pad = header[10:]
    if header_size != HEADER_SIZE:
        raise CollectorError(f"{path}: not a NEFF: header_size is {header_size}, not {HEADER_SIZE}")
    if package not in _PACKAGE_FORMATS:
        raise CollectorError(f"{path}: not a NEFF: pkg_version is {package}, neither 1 nor 2")
    digest = digest[:16] if package == _MD5_FORMAT else digest
    return Neff(
        path=path,
        pkg_version=package,
        header_size=header_size,
        data_size=data_size,
        payload_size=file_size - HEADER_SIZE,
        neff_version=f"{major}.{minor}",
        neff_build_version=_text(build),
        num_tpb=num_tpb,
        hash=digest.hex() if any(digest) else None,
        hash_verified=NOT_COLLECTED if any(digest) else None,
        uuid=_uuid(uuid),
        name=_text(name),
        requested_tpb_count=requested,
        tpb_per_node=tuple(per_node.rstrip(b"\0")),
        feature_bits=feature_bits,
        lnc_size=lnc_size or None,
        pad_is_zero=pad == _ZERO_PAD,
        compiler_version=NOT_COLLECTED,
        target=NOT_COLLECTED,
    )


def _text(field: bytes) -> str | None:
    """Return the NUL-terminated text in *field*; `None` when there is none."""
    return field.partition(b"\0")[0].decode("utf-8", "replace") or None


def _uuid(field: bytes) -> str | None:
    """Return the 16 bytes of a UUID as they are usually written; `None` when all are zero."""
    digits = field.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])) if any(field) else None


def _scan_directory(host: Host, top: str, *, metadata: bool) -> Iterator[Neff]:
    """Yield the NEFF files below directory *top* by name; links to directories are not followed."""
    pending = [(top, 0)]
    names = 0
    while pending:
        path, depth = pending.pop()
        entries = host.stat_directory(path) if depth < _DEEPEST else Unread(f"more than {_DEEPEST} directories deep")
        if not isinstance(entries, Mapping):
            yield _unread_neff(path, entries or Unread("went away"))
            continue
        names += len(entries)
        if names > MOST_NAMES:
            yield _unread_neff(path, Unread(f"more than {MOST_NAMES} files below {absolute_path(top)}"))
            return
        directories = {name for name, found in entries.items() if stat.S_ISDIR(found.mode)}
        files = [name for name in entries if name.endswith(".neff") and name not in directories]
        yield from (_neff_at(host, f"{path}/{name}", metadata=metadata) for name in files)
        pending += [(f"{path}/{name}", depth + 1) for name in sorted(directories, reverse=True)]


def _neff_at(host: Host, path: str, *, metadata: bool) -> Neff:
    """Read the NEFF file *path*; the reason stands in every field when that cannot be done."""
    try:
        neff = read_neff(host, path, metadata=metadata)
    except CollectorError as error:
        return _unread_neff(path, Unread(str(error).removeprefix(f"{absolute_path(path)}: ")))
    return neff if isinstance(neff, Neff) else _unread_neff(path, neff or Unread("went away"))


def _unread_neff(path: str, why: Unread) -> Neff:
    """Return a NEFF of which only the place is known."""
    return Neff(path=absolute_path(path), **{field.name: why for field in fields(Neff)[1:]})


def absolute_path(path: str) -> str:
    """Return *path*, relative to the host's root, as it is on the host; bytes that are not UTF-8 are replaced."""
    return f"/{path.strip('/')}".encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _read_payload(host: Host, path: str, neff: Neff, read: Callable[[BinaryIO, Neff], T]) -> T | Unread:
    """Open *path* at the payload of *neff* and *read* that."""
    stream = host.open_regular(path)
    if stream is None or isinstance(stream, Unread):
        return stream or Unread("went away")
    with stream:
        try:
            stream.seek(HEADER_SIZE)
            return read(stream, neff)
        except OSError as error:
            return Unread(error.strerror or str(error))


def _parse_payload(stream: BinaryIO, neff: Neff) -> Payload:
    """Look through the payload of *neff*; a file that was cut off has more to say than is seen."""
    from .neff_payload import parse_payload, read_pieces  # noqa: PLC0415 - the headers of a whole cache need neither

    payload = parse_payload(read_pieces(stream, _size(neff)))
    return replace(payload, end=payload.end or _truncation(neff))


def _verify_hash(stream: BinaryIO, neff: Neff) -> bool | Unread:
    """
    Tell whether the payload has the hash that the header says.

    The compiler stores the MD5 with the bytes of each 32-bit word in reverse. A file with plain order was seen, too.
    """
    from hashlib import md5  # noqa: PLC0415 - the headers of a whole cache need neither

    from .neff_payload import read_pieces  # noqa: PLC0415

    if neff.pkg_version != _MD5_FORMAT:
        return Unread(f"not known how package format {neff.pkg_version} is hashed")
    if truncation := _truncation(neff):
        return truncation
    if _size(neff) > HASH_LIMIT:
        return Unread(f"larger than {HASH_LIMIT} bytes")
    digest = md5(usedforsecurity=False)
    for piece in read_pieces(stream, _size(neff)):
        digest.update(piece)
    plain = digest.digest()
    swapped = struct.pack("<4I", *struct.unpack(">4I", plain))
    return neff.hash in (swapped.hex(), plain.hex())


def _truncation(neff: Neff) -> Unread | None:
    """Say that the file has less than its header says; `None` when it has not."""
    cut = isinstance(neff.payload_size, int) and neff.payload_size < _size(neff)
    return Unread(f"truncated: {neff.payload_size} of {neff.data_size} bytes") if cut else None


def _size(neff: Neff) -> int:
    """Return the size of the payload as the header says."""
    return neff.data_size if isinstance(neff.data_size, int) else 0
