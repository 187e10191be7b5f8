"""
The device nodes ``/dev/neuron<index>``, by stat(2) and access(2) alone.

They are never opened: an open attaches the process to the device and waits for a reset to end.
"""

from __future__ import annotations

import re
import stat
from dataclasses import replace

from .facts import NOT_COLLECTED, DeviceNode, Reading, Unread
from .host import Host, Stat

_NODE = re.compile(r"neuron(0|[1-9][0-9]{0,4})")  # not the NVMe nodes, ng0n1


def collect_device_nodes(host: Host) -> Reading[tuple[DeviceNode, ...]]:
    """Return the device nodes by index. A captured tree without ``dev`` did not collect them."""
    names = host.list_directory("dev")
    if isinstance(names, Unread):
        return names
    if names is None:
        return () if host.live else NOT_COLLECTED
    indexes = sorted(int(found[1]) for name in names if (found := _NODE.fullmatch(name)))
    nodes = (read_device_node(host, index) for index in indexes)
    return tuple(node for node in nodes if node is not None)


def collect_device_nodes_for_everyone(host: Host) -> Reading[tuple[DeviceNode, ...]]:
    """
    Return the device nodes as everyone finds them, whoever runs this.

    A service has a user of its own and a sandbox that opens no device (``DevicePolicy=closed`` makes access(2) fail
    too): what it may do itself says nothing of the applications.
    """
    nodes = collect_device_nodes(host)
    if not isinstance(nodes, tuple):
        return nodes
    return tuple(replace(node, accessible=_open_to_everyone(node.mode)) for node in nodes)


def _open_to_everyone(mode: Reading[int]) -> Reading[bool]:
    """Tell whether permission bits *mode* let everyone read and write; who they leave out is not known."""
    if not isinstance(mode, int):
        return mode
    return True if mode & 0o006 == 0o006 else Unread("depends on the user")


def read_device_node(host: Host, index: int) -> DeviceNode | None:
    """Describe ``/dev/neuron<index>``; `None` when it went away, or is a link that leads nowhere."""
    path = f"dev/neuron{index}"
    found = host.stat(path)
    if found is None:
        return None
    if isinstance(found, Unread):
        return _unread(index, found)
    return DeviceNode(
        index=index,
        is_character_device=stat.S_ISCHR(found.mode),
        major=_device_number(found, 0),
        minor=_device_number(found, 1),
        mode=found.permissions,
        uid=found.uid,
        gid=found.gid,
        accessible=host.may_read_and_write(path),
    )


def _device_number(found: Stat, part: int) -> int | None:
    """Return the major (0) or minor (1) number; a file that is no device has none."""
    return found.rdev[part] if stat.S_ISCHR(found.mode) or stat.S_ISBLK(found.mode) else None


def _unread(index: int, why: Unread) -> DeviceNode:
    """Return a node of which only the name is known."""
    return DeviceNode(
        index=index, is_character_device=why, major=why, minor=why, mode=why, uid=why, gid=why, accessible=why
    )
