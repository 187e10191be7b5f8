"""The disks that fill up or are slow: those of the compile caches and of ``/tmp``, where the compiler works."""

from __future__ import annotations

import re

from .compile_cache import places_named_in
from .environment import collect_environment
from .facts import Disk, Reading, Unread, value_or_none
from .host import DiskSpace, Host
from .mounts import Mount, find_mount, read_mounts

_PLACES = ("tmp", "var/tmp/neuron-compile-cache")  # the second is the default of NEURON_COMPILE_CACHE_URL

# File systems that live on other hosts, by what the kernel calls them.
_NETWORK = {"nfs": "nfs", "nfs4": "nfs", "lustre": "lustre", "cifs": "smb", "smb3": "smb", "ceph": "ceph", "9p": "9p"}
_EFS = r"(?:[a-z0-9-]+\.)?fs-[0-9a-f]{8,17}\.efs\."
_NO_MOUNT = Unread("not among the mounts")


def collect_disks(host: Host) -> Reading[tuple[Disk, ...]]:
    """Return the disks below the default places, and below the caches that environment variables name."""
    mounts = read_mounts(host)
    if not host.live and isinstance(mounts, Unread):
        return mounts
    named = places_named_in(value_or_none(collect_environment(host)) or {})
    return tuple(_read_disk(host, place, mounts) for place in dict.fromkeys((*_PLACES, *named)))


def name_network(mount: Mount) -> str | None:
    """
    Name the kind of network file system that *mount* is; `None` when it is none.

    An EFS that amazon-efs-utils mounts through its own proxy comes from ``127.0.0.1:/`` and is just ``nfs``.
    """
    kind = _NETWORK.get(mount.file_system)
    return "efs" if kind == "nfs" and re.match(_EFS, mount.source) else kind


def _read_disk(host: Host, place: str, mounts: tuple[Mount, ...] | Unread) -> Disk:
    """Return the disk that holds the directory *place*, or would hold it."""
    total, free = _read_space(host, place)
    mount_point, file_system, network = _describe(host, place, mounts)
    return Disk(
        path=f"/{place}",
        mount_point=mount_point,
        file_system=file_system,
        network=network,
        total_bytes=total,
        free_bytes=free,
    )


def _describe(host: Host, place: str, mounts: tuple[Mount, ...] | Unread) -> tuple[Reading[str], ...]:
    """Return where the file system of *place* is mounted, its kind, and its kind of network."""
    if isinstance(mounts, Unread):
        return mounts, mounts, mounts
    mount = find_mount(mounts, f"/{host.real_path(place)}")
    if mount is None:
        return _NO_MOUNT, _NO_MOUNT, _NO_MOUNT
    return mount.mount_point, mount.file_system, name_network(mount)


def _read_space(host: Host, place: str) -> tuple[Reading[int], Reading[int]]:
    """Return the size of the file system and what is free, at the first directory on the way up that exists."""
    space = host.disk(place)
    while space is None and place:
        place = place.rpartition("/")[0]
        space = host.disk(place)
    return (space.total_bytes, space.free_bytes) if isinstance(space, DiskSpace) else (space, space)
