from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.device_nodes import collect_device_nodes, collect_device_nodes_for_everyone
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DeviceNode, Unread

from .conftest import AnotherUser, CollectLive, MakeHost


def described(**nodes: dict[str, Any]) -> dict[str, str]:
    """Return a description of device nodes, by their names."""
    return {".host.json": json.dumps({f"dev/{name}": node for name, node in nodes.items()})}


def character(minor: int = 0, mode: str = "0666") -> dict[str, Any]:
    return {"type": "char", "mode": mode, "uid": 0, "gid": 0, "major": 246, "minor": minor}


def test_a_node(make_host: MakeHost) -> None:
    """Everything that stat(2) and access(2) say of a node, without an open."""
    assert (
        DeviceNode(index=0, is_character_device=True, major=246, minor=0, mode=0o666, uid=0, gid=0, accessible=True),
    ) == collect_device_nodes(make_host(described(neuron0=character())))


def test_nodes_come_by_number(make_host: MakeHost) -> None:
    """The tenth node is after the ninth; NVMe nodes and other names are none of ours."""
    names = ("neuron10", "neuron9", "neuron0", "ng0n1", "neuron", "neuron01", "neuron_0", "neurons1")
    nodes = collect_device_nodes(make_host(described(**{name: character() for name in names})))

    assert isinstance(nodes, tuple)
    assert [0, 9, 10] == [node.index for node in nodes]


def test_a_renumbered_node_keeps_its_minor_number(make_host: MakeHost) -> None:
    """In a container the name counts from zero, and the minor number is the host's index."""
    nodes = collect_device_nodes(make_host(described(neuron0=character(minor=7))))

    assert isinstance(nodes, tuple)
    assert (0, 7) == (nodes[0].index, nodes[0].minor)


def test_a_node_for_root_alone(make_host: MakeHost) -> None:
    """Without the package's udev rule the kernel's 0600 stands; who may use it depends on who asks."""
    nodes = collect_device_nodes(make_host(described(neuron0=character(mode="0600"))))

    assert isinstance(nodes, tuple)
    assert (0o600, Unread("depends on the user")) == (nodes[0].mode, nodes[0].accessible)


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, os.mkfifo])
def test_what_only_has_the_name(make_host: MakeHost, make: Any) -> None:
    """A file, a directory or a FIFO in place of a node is told apart, and never opened."""
    host = make_host({"dev/null": ""})
    make(Path(host.root, "dev/neuron0"))
    nodes = collect_device_nodes(host)

    assert isinstance(nodes, tuple)
    assert (False, None, None) == (nodes[0].is_character_device, nodes[0].major, nodes[0].minor)


def test_a_link_that_leads_nowhere_is_no_node(make_host: MakeHost) -> None:
    """What a removed device leaves behind."""
    assert () == collect_device_nodes(make_host({"dev/null": ""}, {"dev/neuron0": "neuron7"}))


def test_a_machine_without_nodes(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A ``dev`` that was looked at and has none; one that a captured tree lacks says nothing."""
    assert NOT_COLLECTED == collect_device_nodes(make_host({"sys/class/x": ""}))
    assert () == collect_live("device_nodes", "collect_device_nodes")
    assert () == collect_device_nodes(make_host({"dev/null": ""}))


def test_an_unreadable_node_directory(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Without the right to list ``/dev`` nothing is known; without the right to enter it, no more than the names."""
    host = make_host({"dev/neuron0": ""})
    dev = Path(host.root, "dev")
    dev.chmod(0)
    with another_user():
        closed = collect_device_nodes(host)
    dev.chmod(0o444)
    with another_user():
        names = collect_device_nodes(host)

    assert PERMISSION == closed
    assert (
        DeviceNode(
            index=0,
            is_character_device=PERMISSION,
            major=PERMISSION,
            minor=PERMISSION,
            mode=PERMISSION,
            uid=PERMISSION,
            gid=PERMISSION,
            accessible=PERMISSION,
        ),
    ) == names


@pytest.mark.parametrize(("mode", "accessible"), [(0o666, True), (0o600, False), (0o644, False)])
def test_who_may_use_a_real_node(public_path: Path, collect_live: CollectLive, mode: int, *, accessible: bool) -> None:
    """On the live machine access(2) answers for the user who runs this. The node is of the null device's kind."""
    node = public_path / "root/dev/neuron0"
    node.parent.mkdir(parents=True)
    try:
        os.mknod(node, stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this machine lets nobody make a device node")
    node.chmod(mode)
    nodes = collect_live("device_nodes", "collect_device_nodes", uid=65534)

    assert (
        DeviceNode(
            index=0,
            is_character_device=True,
            major=1,
            minor=3,
            mode=mode,
            uid=0,
            gid=0,
            accessible=accessible,
        ),
    ) == nodes


@pytest.mark.parametrize(
    ("mode", "accessible"),
    [(0o666, True), (0o660, Unread("depends on the user")), (0o600, Unread("depends on the user"))],
)
def test_who_asks_does_not_count_for_everyone(
    public_path: Path, collect_live: CollectLive, mode: int, accessible: object
) -> None:
    """A service that may open nothing itself says of a node only what its mode says."""
    node = public_path / "root/dev/neuron0"
    node.parent.mkdir(parents=True)
    try:
        os.mknod(node, stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this machine lets nobody make a device node")
    node.chmod(mode)
    (found,) = collect_live("device_nodes", "collect_device_nodes_for_everyone", uid=65534)

    assert (mode, accessible) == (found.mode, found.accessible)


def test_no_nodes_for_everyone(make_host: MakeHost) -> None:
    """A tree without nodes says the same, whoever asks."""
    assert NOT_COLLECTED == collect_device_nodes_for_everyone(make_host({"etc/os-release": ""}))
