from __future__ import annotations

import pytest

from neuron_collectors.facts import NOT_COLLECTED, Memory
from neuron_collectors.host import CollectorError
from neuron_collectors.meminfo import collect_memory, parse_meminfo

from .conftest import CollectLive, MakeHost

MEMINFO = """\
MemTotal:       16265976 kB
MemFree:         9837648 kB
MemAvailable:   14720196 kB
HugePages_Total:       0
Hugepagesize:       2048 kB
"""


def test_memory(make_host: MakeHost) -> None:
    """The kernel counts in kibibytes, the fact in bytes."""
    assert Memory(total_bytes=16_656_359_424, available_bytes=15_073_480_704) == collect_memory(
        make_host({"proc/meminfo": MEMINFO})
    )


def test_nobody_looked(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Every machine has memory, so without the file it is not absent but not collected."""
    assert NOT_COLLECTED == collect_memory(make_host({"proc/version": ""}))
    assert NOT_COLLECTED == collect_live("meminfo", "collect_memory")


def test_an_old_kernel() -> None:
    """Kernels before 3.14 do not say what is available."""
    assert Memory(total_bytes=1024, available_bytes=None) == parse_meminfo("MemTotal: 1 kB\nMemFree: 1 kB\n")


@pytest.mark.parametrize(
    "text", ["", "MemTotal:", "MemTotal: 1\n", "MemTotal: lots kB\n", "\0" * 100, "memtotal: 1 kB"]
)
def test_nonsense_is_named(text: str) -> None:
    """Without the one number that is always there the file is not what it should be."""
    with pytest.raises(CollectorError, match=r"^proc/meminfo: no MemTotal: '"):
        parse_meminfo(text)
