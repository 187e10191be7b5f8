from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION
from neuron_collectors.mounts import Mount, find_mount, parse_mounts, read_mounts

from .conftest import AnotherUser, MakeHost

EFS = "fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:/"
MOUNTS = f"""\
/dev/nvme0n1p1 / ext4 rw,relatime,discard,errors=remount-ro 0 0
tmpfs /scratch tmpfs rw,nosuid,nodev 0 0
{EFS} /mnt/efs nfs4 rw,relatime,vers=4.1,hard,proto=tcp 0 0
172.31.7.20@tcp:/ja5ivbev /fsx lustre rw,seclabel,noatime,flock,lazystatfs 0 0
/dev/nvme1n1 /mnt/two\\040words xfs rw 0 0
/dev/nvme2n1 /mnt/efs/local xfs rw 0 0
overlay /scratch overlay rw,lowerdir=/a:/b 0 0
"""
ROOT = Mount(source="/dev/nvme0n1p1", mount_point="/", file_system="ext4")


def test_mounts(make_host: MakeHost) -> None:
    """In the order in which they were made, names as they are."""
    mounts = read_mounts(make_host({"proc/self/mounts": MOUNTS}))

    assert isinstance(mounts, tuple)
    assert ROOT == mounts[0]
    assert Mount(source=EFS, mount_point="/mnt/efs", file_system="nfs4") == mounts[2]
    assert "/mnt/two words" == mounts[4].mount_point
    assert 7 == len(mounts)


def test_nobody_looked(make_host: MakeHost, another_user: AnotherUser) -> None:
    assert NOT_COLLECTED == read_mounts(make_host({"proc/version": ""}))
    host = make_host({"proc/self/mounts": MOUNTS})
    Path(host.root, "proc/self/mounts").chmod(0)
    with another_user():
        assert PERMISSION == read_mounts(host)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "a b", "a /b ext4", "a b ext4 rw 0 0\n", "a /b  rw 0 0\n", "\0\ufffd / \\"]
)
def test_lines_that_are_none(text: str) -> None:
    assert () == parse_mounts(text)


def test_escapes() -> None:
    """Blank, tab, newline and backslash are written in octal; another backslash stays."""
    (mount,) = parse_mounts("a\\134b /x\\040\\011\\012\\9\u2028y ext4 rw 0 0")

    assert ("a\\b", "/x \t\n\\9\u2028y") == (mount.source, mount.mount_point)


@pytest.mark.parametrize(
    ("path", "file_system"),
    [
        ("/", "ext4"),
        ("/scratch", "overlay"),
        ("/scratch2", "ext4"),
        ("/mnt/efs/cache", "nfs4"),
        ("/mnt/efs/local/cache", "xfs"),
        ("/mnt/efs-not", "ext4"),
        ("/fsx", "lustre"),
        ("/mnt/two words/x", "xfs"),
    ],
)
def test_the_innermost_mount_counts(path: str, file_system: str) -> None:
    """Of two at one place the later hides the earlier; a name that begins alike is another directory."""
    mount = find_mount(parse_mounts(MOUNTS), path)

    assert file_system == (mount and mount.file_system)


def test_no_mount() -> None:
    """A process may see a part of the mounts only."""
    assert find_mount((), "/c") is None
    assert find_mount(parse_mounts("a /b ext4 rw 0 0"), "/c") is None
