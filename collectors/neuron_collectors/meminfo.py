"""Host memory, from ``/proc/meminfo``."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, Memory, Reading
from .host import CollectorError, Host

_PATH = "proc/meminfo"
_LINE = re.compile(r"^(MemTotal|MemAvailable):[ \t]+([0-9]{1,15})[ \t]+kB$", re.MULTILINE)


def collect_memory(host: Host) -> Reading[Memory]:
    """Return the host's memory. Every machine has some: without ``/proc/meminfo`` nobody looked."""
    text = host.read_text(_PATH)
    if text is None:
        return NOT_COLLECTED
    return parse_meminfo(text) if isinstance(text, str) else text


def parse_meminfo(text: str) -> Memory:
    """
    Parse ``/proc/meminfo`` (proc_meminfo(5)); kernels before 3.14 have no ``MemAvailable``.

    .. code-block:: text

        MemTotal:       16265976 kB
        MemFree:         9837648 kB
        MemAvailable:   14720196 kB
    """
    sizes = {name: int(size) * 1024 for name, size in _LINE.findall(text)}
    if "MemTotal" not in sizes:
        raise CollectorError(f"{_PATH}: no MemTotal: {text[:80]!r}")
    return Memory(total_bytes=sizes["MemTotal"], available_bytes=sizes.get("MemAvailable"))
