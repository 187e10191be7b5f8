"""
The container that this runs in, from the marks that container runtimes leave.

Each mark is certain where it is; no mark is everywhere. The order is from what a person calls the place (a pod) to
what happens to run it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import NOT_COLLECTED, Container, Reading
from .facts.lazy_pattern import lazy_pattern
from .host import Host, Stat

_MOUNTINFO_LIMIT = 4 * 1024 * 1024  # a node of a cluster has thousands of mounts
_PROC_ROOT_INODE = 1  # PROC_ROOT_INO of linux/proc_ns.h; a directory of a copy has another
_PLACES = ("proc/1", "proc/self", "run")  # a captured tree with one of them has looked for marks

_FILES = (
    ("var/run/secrets/kubernetes.io", "kubernetes"),
    (".dockerenv", "docker"),
    ("run/.containerenv", "podman"),
)

# Names that runtimes give to control groups, not the daemons' own: /system.slice/docker.service is on the host.
_CGROUPS = (
    (lazy_pattern(r"/kubepods(?:[./-]|$)", re.MULTILINE), "kubernetes"),
    (lazy_pattern(r"/ecs/[^/\n]+/[^/\n]+"), "ecs"),
    (lazy_pattern(r"/docker[/-][0-9a-f]{64}"), "docker"),
    (lazy_pattern(r"/libpod-[0-9a-f]{64}"), "podman"),
    (lazy_pattern(r"/(?:cri-)?containerd-[0-9a-f]{64}"), "containerd"),
    (lazy_pattern(r"/lxc(?:\.payload[./]|/)[^/\n]+"), "lxc"),
    (lazy_pattern(r"/machine\.slice/systemd-nspawn@"), "nspawn"),
)

# Where a runtime keeps the layers of the root file system.
_LAYERS = (
    ("/var/lib/docker/", "docker"),
    ("/containers/storage/", "podman"),
    ("containerd", "containerd"),
)


def collect_container(host: Host) -> Reading[Container]:
    """Return the container; `None` when nothing marks one. A captured tree without the marks' places has not looked."""
    kind = _find_mark(host)
    if kind is not None:
        return Container(kind=kind)
    looked = host.live or any(host.holds(place) for place in _PLACES)
    return None if looked else NOT_COLLECTED


def parse_environ(text: str) -> str | None:
    r"""
    Find the container's kind in the first process's environment, ``/proc/1/environ``, a list ended by NUL.

    .. code-block:: text

        PATH=/usr/sbin:/usr/bin:/sbin:/bin\0container=systemd-nspawn\0
    """
    variables = _parse_variables(text)
    if "KUBERNETES_SERVICE_HOST" in variables:
        return "kubernetes"
    if "ECS_CONTAINER_METADATA_URI_V4" in variables or "ECS_CONTAINER_METADATA_URI" in variables:
        return "ecs"
    return parse_kind(variables.get("container", ""))


def parse_kind(text: str) -> str | None:
    """
    Parse the name that systemd's container interface gives, also in ``/run/systemd/container``.

    .. code-block:: text

        systemd-nspawn

    `None` for anything that is no plain word.
    """
    name = text.strip().removeprefix("systemd-")
    return name if re.fullmatch(r"[a-z][a-z0-9_-]{1,30}", name) else None


def parse_cgroup(text: str) -> str | None:
    """
    Find a runtime's name in ``/proc/<pid>/cgroup`` (cgroups(7)).

    .. code-block:: text

        0::/system.slice/docker-4b0e2f5cf3c4d7a0b9b8f0c3c6c6b8a4b1f4f3a2d1c0e9f8a7b6c5d4e3f2a1b0.scope
    """
    return next((kind for pattern, kind in _CGROUPS if pattern.search(text)), None)


def parse_mountinfo(text: str) -> str | None:
    """
    Find whose layers the root file system is made of, in ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)).

    .. code-block:: text

        601 456 0:53 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/56/fs

    In a pod without a service account and with a control group namespace this is the only mark.
    """  # noqa: E501 - one line of the file
    for line in text.splitlines():
        mount, _, file_system = line.partition(" - ")
        if mount.split(" ")[4:5] == ["/"] and file_system.startswith("overlay "):
            return next((kind for layers, kind in _LAYERS if layers in file_system), None)
    return None


def _find_mark(host: Host) -> str | None:
    """Return the kind that the first mark names."""
    for path, kind in _FILES:
        if isinstance(host.stat(path), Stat):
            return kind
    sources = (
        ("run/systemd/container", parse_kind),
        ("proc/1/environ", parse_environ),
        ("proc/self/cgroup", parse_cgroup),
        ("proc/1/cgroup", parse_cgroup),
        ("proc/self/mountinfo", parse_mountinfo),
    )
    foreign_self = _is_mounted_proc(host)
    for path, parse in sources:
        if foreign_self and path.startswith("proc/self/"):
            continue
        text = host.read_text(path, limit=_MOUNTINFO_LIMIT)
        if isinstance(text, str) and (found := parse(text)):
            return found
    return None


def _is_mounted_proc(host: Host) -> bool:
    """Tell whether a tree's ``proc`` is the kernel's own, as in a DaemonSet: ``self`` is this process in its pod."""
    proc = host.stat("proc")
    return not host.live and isinstance(proc, Stat) and proc.inode == _PROC_ROOT_INODE


def _parse_variables(text: str) -> Mapping[str, str]:
    """Split an environment as the kernel shows it."""
    return {name: value for name, _, value in (entry.partition("=") for entry in text.split("\0"))}
