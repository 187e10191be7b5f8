"""Compressed files, as the kernel's modules are, unpacked up to a limit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from io import BytesIO

from .facts import Reading, Unread
from .host import CollectorError

_MOST_MEMORY = 128 * 1024 * 1024
"""Bytes of dictionary that a file may ask for; the kernel's build asks for 1 MiB (xz) and 8 MiB (zstd -19)."""


def decompress(content: bytes, compression: str, source: str, *, limit: int) -> Reading[bytes]:
    """
    Unpack *content* of the file *source*; *compression* is one of `COMPRESSIONS`. Raises `CollectorError` for damage.

    More than *limit* bytes are `Unread`, and so is a compression that this Python has no library for.
    """
    try:
        unpacked = COMPRESSIONS[compression](content, limit + 1)
    except ImportError:
        return Unread(f"needs {_LIBRARIES[compression]}")
    except ValueError as error:
        raise CollectorError(f"{source}: {error}: {content[:16]!r}") from error
    return Unread(f"larger than {limit} bytes unpacked") if len(unpacked) > limit else unpacked


def _gunzip(content: bytes, most: int) -> bytes:
    """Unpack gzip; raises `ValueError`."""
    import zlib  # noqa: PLC0415

    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, most)
    except zlib.error as error:
        raise ValueError(f"not gzip: {error}") from error
    return _whole(unpacked, most, complete=unpacker.eof)


def _unxz(content: bytes, most: int) -> bytes:
    """Unpack xz; raises `ValueError`."""
    import lzma  # noqa: PLC0415

    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)
    try:
        unpacked = unpacker.decompress(content, most)
    except lzma.LZMAError as error:
        raise ValueError(f"not xz: {error}") from error
    return _whole(unpacked, most, complete=unpacker.eof)


def _unzstd(content: bytes, most: int) -> bytes:
    """Unpack zstd with Python's own library (3.14) or zstandard; raises `ValueError`."""
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415

        unpacker = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 27})
        try:
            unpacked = unpacker.decompress(content, most)
        except zstd.ZstdError as error:
            raise ValueError(f"not zstd: {error}") from error
        return _whole(unpacked, most, complete=unpacker.eof)
    import zstandard  # noqa: PLC0415

    try:
        promised = zstandard.frame_content_size(content)  # -1 where the file does not say
        with zstandard.ZstdDecompressor(max_window_size=_MOST_MEMORY).stream_reader(BytesIO(content)) as reader:
            unpacked = reader.read(most)
    except zstandard.ZstdError as error:
        raise ValueError(f"not zstd: {error}") from error
    return _whole(unpacked, most, complete=len(unpacked) >= promised)


def _whole(unpacked: bytes, most: int, *, complete: bool) -> bytes:
    """Return *unpacked* unless the packed file ended before its end."""
    if not complete and len(unpacked) < most:
        raise ValueError("cut short")
    return unpacked


COMPRESSIONS: Mapping[str, Callable[[bytes, int], bytes]] = {"gz": _gunzip, "xz": _unxz, "zst": _unzstd}
"""What unpacks a file, by its suffix: given the content, it returns at most so many bytes."""

_LIBRARIES = {"gz": "Python's zlib", "xz": "Python's lzma", "zst": "zstandard"}
