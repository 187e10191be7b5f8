"""Facts about what the host has to give: huge pages, limits, space on disks."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class HugePagePool:
    """Huge pages of one size, from ``/sys/kernel/mm/hugepages/hugepages-2048kB``."""

    size_bytes: int
    """Of one page, from the directory's name, e.g. 2097152."""
    total: Reading[int] = NOT_COLLECTED
    """``nr_hugepages``: pages, e.g. 128; ``HugePages_Total`` of ``/proc/meminfo``."""
    free: Reading[int] = NOT_COLLECTED
    """``free_hugepages``; ``HugePages_Free``."""
    reserved: Reading[int] = NOT_COLLECTED
    """``resv_hugepages``: promised, and still among the free; ``HugePages_Rsvd``."""
    surplus: Reading[int] = NOT_COLLECTED
    """``surplus_hugepages``: above the number that was asked for; ``HugePages_Surp``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessLimits:
    """What the process that collects may use, from ``/proc/self/limits``; its children inherit it. `None`: no limit."""

    locked_memory_bytes: Reading[int] = NOT_COLLECTED
    """``Max locked memory``, soft, e.g. 65536."""
    locked_memory_hard_bytes: Reading[int] = NOT_COLLECTED
    """The same, hard: what the soft limit may be raised to."""
    open_files: Reading[int] = NOT_COLLECTED
    """``Max open files``, soft, e.g. 1024."""
    open_files_hard: Reading[int] = NOT_COLLECTED
    """The same, hard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """The file system under a directory that fills up: a compile cache, ``/tmp``."""

    path: str
    """The directory, which need not exist yet, e.g. ``/var/tmp/neuron-compile-cache``."""
    mount_point: Reading[str] = NOT_COLLECTED
    """``/proc/self/mounts``, second word, e.g. ``/``."""
    file_system: Reading[str] = NOT_COLLECTED
    """``/proc/self/mounts``, third word, e.g. ``ext4``, ``nfs4``, ``lustre``."""
    network: Reading[str] = NOT_COLLECTED
    """``efs``, ``nfs``, ``lustre`` or another kind that other hosts share; `None` when it is local to this one."""
    total_bytes: Reading[int] = NOT_COLLECTED
    """``f_blocks`` of statvfs(3)."""
    free_bytes: Reading[int] = NOT_COLLECTED
    """``f_bavail`` of statvfs(3): what an ordinary user may still write."""
