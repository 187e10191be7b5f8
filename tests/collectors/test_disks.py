from __future__ import annotations

import os
from dataclasses import replace

import pytest

from neuron_collectors.disks import collect_disks, name_network
from neuron_collectors.facts import NOT_COLLECTED, Disk, Inventory, Unread
from neuron_collectors.host import DiskSpace, Host
from neuron_collectors.mounts import Mount
from neuron_collectors.redaction import redact

from .conftest import CollectLive, MakeHost

MOUNTS = """\
/dev/nvme0n1p1 / ext4 rw,relatime 0 0
tmpfs /tmp tmpfs rw 0 0
fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:/ /mnt/efs nfs4 rw,vers=4.1 0 0
"""
CACHE_PATH, TMP_PATH = "/var/tmp/neuron-compile-cache", "/tmp"  # noqa: S108 - looked at, never written
CACHE = Disk(path=CACHE_PATH, mount_point="/", file_system="ext4", network=None)
TMP = Disk(path=TMP_PATH, mount_point=TMP_PATH, file_system="tmpfs", network=None)


def test_a_captured_tree(make_host: MakeHost) -> None:
    """The mounts were captured; how full the disks were cannot be."""
    assert (TMP, CACHE) == collect_disks(make_host({"proc/self/mounts": MOUNTS}))


def test_the_cache_of_a_container(make_host: MakeHost) -> None:
    """A cache that a variable names is on a disk, too, here by way of a link; one in S3 is not."""
    host = make_host(
        {
            "proc/self/mounts": MOUNTS,
            ".dockerenv": "",
            "mnt/efs/cache": None,
            "proc/1/environ": "NEURON_COMPILE_CACHE_URL=/cache/neuron\0NEURON_CC_FLAGS=--cache_dir=s3://bucket/x\0",
        },
        {"cache": "/mnt/efs/cache"},
    )
    assert (TMP, CACHE) == collect_disks(host)

    host = make_host({"proc/1/environ": "NEURON_COMPILE_CACHE_URL=/cache/neuron\0"})
    assert (
        TMP,
        CACHE,
        Disk(path="/cache/neuron", mount_point="/mnt/efs", file_system="nfs4", network="efs"),
    ) == collect_disks(host)


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_disks(make_host({"tmp": None, "var/tmp": None}))


def test_the_running_machine(collect_live: CollectLive) -> None:
    """Of a directory that is not there yet, the disk that would hold it is told; every number is one of bytes."""
    disks = collect_live("disks", "collect_disks", {"proc/self/mounts": "/dev/vda / ext4 rw 0 0\n"})

    assert [TMP_PATH, CACHE_PATH] == [disk.path for disk in disks]
    for disk in disks:
        assert ("/", "ext4", None) == (disk.mount_point, disk.file_system, disk.network)
        assert 0 <= disk.free_bytes <= disk.total_bytes
        assert disk.total_bytes > 2**20


def test_a_machine_without_proc(collect_live: CollectLive) -> None:
    """The space is told, and the kind of file system is not collected."""
    disk = collect_live("disks", "collect_disks")[0]

    assert (NOT_COLLECTED, NOT_COLLECTED, NOT_COLLECTED) == (disk.mount_point, disk.file_system, disk.network)
    assert disk.total_bytes > 2**20


def test_a_path_that_no_mount_covers(make_host: MakeHost) -> None:
    """That is not a disk of this host without a kind: nobody knows."""
    why = Unread("not among the mounts")
    disks = collect_disks(make_host({"proc/self/mounts": "tmpfs /tmp tmpfs rw 0 0\n"}))

    assert (TMP, replace(CACHE, mount_point=why, file_system=why, network=why)) == disks


@pytest.mark.parametrize(
    ("source", "file_system", "network"),
    [
        ("/dev/nvme0n1p1", "ext4", None),
        ("overlay", "overlay", None),
        ("fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:/", "nfs4", "efs"),
        ("us-east-1a.fs-01234567.efs.us-east-1.amazonaws.com:/x", "nfs4", "efs"),
        ("127.0.0.1:/", "nfs4", "nfs"),
        ("filer:/fs-01234567.efs.", "nfs", "nfs"),
        ("fs-0123456789abcdef0.fsx.us-east-1.amazonaws.com:/fsx", "nfs", "nfs"),
        ("172.31.7.20@tcp:/ja5ivbev", "lustre", "lustre"),
        ("//filer/share", "cifs", "smb"),
    ],
)
def test_networks(source: str, file_system: str, network: str | None) -> None:
    """What the kernel calls the file system decides; EFS is an NFS with a name of its own."""
    assert network == name_network(Mount(source=source, mount_point="/x", file_system=file_system))


def test_homes_are_identifiers() -> None:
    """A cache in a home is on a disk whose path has the user's name."""
    disk = Disk(path="/home/alice/cache", mount_point="/home/alice")
    shared = redact(Inventory(disks=(disk, TMP)), key=b"0123456789abcdef").disks

    assert isinstance(shared, tuple)
    assert "alice" not in repr(shared)
    assert TMP == shared[1]


def test_the_space_of_a_host() -> None:
    """The running machine is asked; a path that cannot be is absent."""
    space, asked = Host().disk("usr"), os.statvfs("/usr")

    assert isinstance(space, DiskSpace)
    assert asked.f_blocks * asked.f_frsize == space.total_bytes
    assert Host().disk("no/such/place") is None
    assert Host().disk("a\0b") is None


def test_the_space_of_a_captured_tree(make_host: MakeHost) -> None:
    """The disk that holds the copy is not the one that was copied."""
    assert NOT_COLLECTED == make_host({"tmp/x": ""}).disk("tmp")
