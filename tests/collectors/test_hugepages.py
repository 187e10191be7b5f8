from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, HugePagePool, Unread
from neuron_collectors.hugepages import collect_huge_pages, parse_meminfo_pool, parse_size

from .conftest import AnotherUser, CollectLive, MakeHost

SIZES = "sys/kernel/mm/hugepages"
MEMINFO = """\
MemTotal:       16265976 kB
AnonHugePages:     20480 kB
ShmemHugePages:        0 kB
HugePages_Total:     128
HugePages_Free:      100
HugePages_Rsvd:        3
HugePages_Surp:        0
Hugepagesize:       2048 kB
Hugetlb:          262144 kB
"""
MIB = 2**20


def pool(size: str, *numbers: int) -> dict[str, str]:
    """Return the files of one pool: pages, free, reserved, surplus."""
    names = ("nr_hugepages", "free_hugepages", "resv_hugepages", "surplus_hugepages")
    return {f"{SIZES}/hugepages-{size}/{name}": f"{n}\n" for name, n in zip(names, numbers, strict=True)}


def test_every_size(make_host: MakeHost) -> None:
    """Small pages first, as a person counts; ``/proc/meminfo`` knows only one of the sizes."""
    files = {**pool("1048576kB", 4, 1, 2, 0), **pool("2048kB", 128, 100, 3, 1), "proc/meminfo": MEMINFO}

    assert (
        HugePagePool(size_bytes=2 * MIB, total=128, free=100, reserved=3, surplus=1),
        HugePagePool(size_bytes=1024 * MIB, total=4, free=1, reserved=2, surplus=0),
    ) == collect_huge_pages(make_host(files))


def test_the_default_size_alone(make_host: MakeHost) -> None:
    """A capture that has no such directory has the default size's pool in ``/proc/meminfo``."""
    assert (HugePagePool(size_bytes=2 * MIB, total=128, free=100, reserved=3, surplus=0),) == collect_huge_pages(
        make_host({"proc/meminfo": MEMINFO})
    )


def test_a_kernel_without_huge_pages(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Its ``/proc/meminfo`` does not speak of them."""
    assert collect_huge_pages(make_host({"proc/meminfo": "MemTotal: 1 kB\n"})) is None
    assert collect_live("hugepages", "collect_huge_pages", {"proc/meminfo": "MemTotal: 1 kB\n"}) is None


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_huge_pages(make_host({"proc/version": ""}))


def test_a_number_costs_only_itself(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What is missing, may not be read or makes no sense is one field of one pool."""
    files = pool("2048kB", 128, 100, 3, 1)
    del files[f"{SIZES}/hugepages-2048kB/surplus_hugepages"]
    host = make_host({**files, f"{SIZES}/hugepages-2048kB/resv_hugepages": "many\n"})
    Path(host.root, SIZES, "hugepages-2048kB/free_hugepages").chmod(0)

    with another_user():
        pools = collect_huge_pages(host)

    why = Unread(f"{SIZES}/hugepages-2048kB/resv_hugepages: not a number: 'many'")
    assert (HugePagePool(size_bytes=2 * MIB, total=128, free=PERMISSION, reserved=why, surplus=None),) == pools


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("hugepages-2048kB", 2 * MIB),
        ("hugepages-64kB", 65536),
        ("hugepages-kB", None),
        ("hugepages-2048", None),
        ("hugepages-9999999999999kB", None),
        ("", None),
    ],
)
def test_sizes(name: str, size: int | None) -> None:
    """Arm has pages of 64 KiB; what is no size is left out."""
    assert size == parse_size(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("HugePages_Total: 1\n", None),
        ("Hugepagesize: 2048\n", HugePagePool(size_bytes=2 * MIB, total=None, free=None, reserved=None, surplus=None)),
        ("Hugepagesize: big kB\n", None),
        ("xHugepagesize: 2048 kB\n", None),
    ],
)
def test_meminfo(text: str, found: HugePagePool | None) -> None:
    assert found == parse_meminfo_pool(text)
