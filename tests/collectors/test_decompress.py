from __future__ import annotations

import sys

import pytest
from tests.stand_in_module import compress

from neuron_collectors.decompress import decompress
from neuron_collectors.facts import Unread
from neuron_collectors.host import CollectorError

CONTENT = b"neuron " * 1000
LIMIT = 100_000
BOMB = b"\0" * 5_000_000

if sys.version_info < (3, 14):
    pytest.importorskip("zstandard")

COMPRESSIONS = ["gz", "xz", "zst"]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_was_packed_comes_back(compression: str) -> None:
    assert CONTENT == decompress(compress(CONTENT, compression), compression, "neuron.ko", limit=LIMIT)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_limit_is_met_exactly(compression: str) -> None:
    """The limit itself is allowed, and one byte more is not."""
    packed = compress(CONTENT, compression)

    assert CONTENT == decompress(packed, compression, "neuron.ko", limit=len(CONTENT))
    assert Unread("larger than 6999 bytes unpacked") == decompress(packed, compression, "neuron.ko", limit=6999)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_bomb_is_not_unpacked(compression: str) -> None:
    """A few bytes that stand for millions are given up at the limit."""
    assert Unread("larger than 1000 bytes unpacked") == decompress(
        compress(BOMB, compression), compression, "neuron.ko", limit=1000
    )


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("content", [b"\x7fELF" * 50, b"\0" * 50])
def test_what_is_not_packed_so(compression: str, content: bytes) -> None:
    """A file whose suffix lies is damaged, and the message says how it begins."""
    with pytest.raises(CollectorError, match=r"^neuron\.ko: not (gzip|xz|zstd): "):
        decompress(content, compression, "neuron.ko", limit=LIMIT)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_file_that_ends_early(compression: str) -> None:
    """Half of a file is not half of its content."""
    packed = compress(bytes(range(256)) * 200, compression)

    with pytest.raises(CollectorError, match=r"^neuron\.ko: (cut short|not )"):
        decompress(packed[: len(packed) // 2], compression, "neuron.ko", limit=LIMIT)


def test_zstd_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python before 3.14 has no zstd of its own; without the extra the reason names what is missing."""
    packed = compress(CONTENT, "zst")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)

    assert Unread("needs zstandard") == decompress(packed, "zst", "neuron.ko", limit=LIMIT)
