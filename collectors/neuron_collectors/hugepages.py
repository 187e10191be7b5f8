"""Huge pages: every size's pool in ``/sys/kernel/mm/hugepages``, or the default size's in ``/proc/meminfo``."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, HugePagePool, Reading, Unread
from .host import Host
from .sysfs import read_number

_DIRECTORY = "sys/kernel/mm/hugepages"
_MEMINFO = "proc/meminfo"
_COUNTS = ("HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp")


def collect_huge_pages(host: Host) -> Reading[tuple[HugePagePool, ...]]:
    """Return the pools, small pages first; `None` when the kernel has no huge pages."""
    names = host.list_directory(_DIRECTORY)
    if isinstance(names, Unread):
        return names
    if names is not None:
        sizes = {size: name for name in names if (size := parse_size(name)) is not None}
        return tuple(_read_pool(host, f"{_DIRECTORY}/{sizes[size]}", size) for size in sorted(sizes))
    text = host.read_text(_MEMINFO)
    if not isinstance(text, str):
        return text or NOT_COLLECTED
    pool = parse_meminfo_pool(text)
    return None if pool is None else (pool,)


def parse_size(name: str) -> int | None:
    """
    Parse a directory's name into bytes.

    .. code-block:: text

        hugepages-2048kB
    """
    found = re.fullmatch(r"hugepages-([0-9]{1,12})kB", name)
    return int(found[1]) * 1024 if found else None


def parse_meminfo_pool(text: str) -> HugePagePool | None:
    """
    Parse the default size's pool in ``/proc/meminfo`` (proc_meminfo(5)); `None` when the kernel has none.

    .. code-block:: text

        HugePages_Total:     128
        HugePages_Free:      100
        HugePages_Rsvd:        0
        HugePages_Surp:        0
        Hugepagesize:       2048 kB
    """
    found = dict(re.findall(r"^(HugePages_\w+|Hugepagesize):[ \t]+([0-9]{1,15})(?: kB)?$", text, re.MULTILINE))
    if "Hugepagesize" not in found:
        return None
    total, free, reserved, surplus = (int(found[name]) if name in found else None for name in _COUNTS)
    return HugePagePool(
        size_bytes=int(found["Hugepagesize"]) * 1024, total=total, free=free, reserved=reserved, surplus=surplus
    )


def _read_pool(host: Host, pool: str, size_bytes: int) -> HugePagePool:
    """Read the directory *pool*."""
    return HugePagePool(
        size_bytes=size_bytes,
        total=read_number(host, f"{pool}/nr_hugepages"),
        free=read_number(host, f"{pool}/free_hugepages"),
        reserved=read_number(host, f"{pool}/resv_hugepages"),
        surplus=read_number(host, f"{pool}/surplus_hugepages"),
    )
