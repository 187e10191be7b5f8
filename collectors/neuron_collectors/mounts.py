"""What is mounted where, from ``/proc/self/mounts``."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, Unread
from .facts.frozen import dataclass
from .host import Host

_PATH = "proc/self/mounts"
_LIMIT = 4 * 1024 * 1024  # a node of a cluster has thousands of mounts


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """One mounted file system."""

    source: str
    """First word: a device, or ``fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:/``."""
    mount_point: str
    """Second word, e.g. ``/var``."""
    file_system: str
    """Third word, e.g. ``ext4``."""


def read_mounts(host: Host) -> tuple[Mount, ...] | Unread:
    """Return the mounts as this process sees them, in the order in which they were made."""
    text = host.read_text(_PATH, limit=_LIMIT)
    return parse_mounts(text) if isinstance(text, str) else text or NOT_COLLECTED


def parse_mounts(text: str) -> tuple[Mount, ...]:
    r"""
    Parse ``/proc/self/mounts`` (fstab(5)); a blank in a name is written ``\040``. Lines that are none are left out.

    .. code-block:: text

        /dev/nvme0n1p1 / ext4 rw,relatime,discard,errors=remount-ro 0 0
        fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:/ /mnt/efs nfs4 rw,relatime,vers=4.1,hard,proto=tcp 0 0
        172.31.7.20@tcp:/ja5ivbev /fsx lustre rw,seclabel,noatime,flock,lazystatfs 0 0
    """
    lines = (line.split(" ") for line in text.split("\n"))
    return tuple(
        Mount(source=_unescape(words[0]), mount_point=_unescape(words[1]), file_system=words[2])
        for words in lines
        if len(words) >= 4 and words[1].startswith("/") and words[2]
    )


def find_mount(mounts: tuple[Mount, ...], path: str) -> Mount | None:
    """Return the mount that the absolute *path*, which holds no link, is on: the innermost, of two the later one."""
    found = None
    for mount in mounts:
        covers = mount.mount_point == "/" or f"{path}/".startswith(f"{mount.mount_point}/")
        if covers and (found is None or len(mount.mount_point) >= len(found.mount_point)):
            found = mount
    return found


def _unescape(word: str) -> str:
    """Undo what the kernel does to blanks, tabs, newlines and backslashes."""
    return re.sub(r"\\([0-3][0-7]{2})", lambda found: chr(int(found[1], 8)), word) if "\\" in word else word
