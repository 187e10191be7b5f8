from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuron_collectors.device_class import collect_device_class, parse_modes, parse_node_id, parse_server_id
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DeviceClass, Inventory, Reading, Unread
from neuron_collectors.redaction import redact
from neuron_collectors.tree_redaction import TreeRedactor

from .conftest import AnotherUser, CollectLive, MakeHost
from .sysfs_devices import CLASS, device

KEY = b"0123456789abcdef"
ALONE = {
    "ultraserver_mode": "\n",
    "node_id_2": "-1\n",
    "node_id_4": "-1\n",
    "server_id_2": "0000000000000000\n",
    "server_id_4": "0000000000000000\n",
}
IN_NONE = DeviceClass(
    ultraserver_mode=(),
    node_id=None,
    node_id_2=None,
    node_id_4=None,
    server_id=None,
    server_id_2=None,
    server_id_4=None,
)
EMPTY = Unread("empty: no device is set up")
BUSY = Unread("busy")


def files(values: dict[str, str]) -> dict[str, str]:
    """Return the files of the class."""
    return {f"{CLASS}/{name}": text for name, text in values.items()}


def test_a_host_alone(make_host: MakeHost) -> None:
    """A host that is in no UltraServer has no id and no mode; its devices are no attributes of the class."""
    assert IN_NONE == collect_device_class(make_host({**files(ALONE), **device()}))


def test_one_of_four(make_host: MakeHost) -> None:
    """Its place among two and among four, and which UltraServers these are."""
    values = {
        "ultraserver_mode": "4,2\n",
        "node_id_2": "1\n",
        "node_id_4": "3\n",
        "server_id_2": "00aabbccddeeff00\n",
        "server_id_4": "1122334455667788\n",
    }

    assert DeviceClass(
        ultraserver_mode=(4, 2),
        node_id=None,
        node_id_2=1,
        node_id_4=3,
        server_id=None,
        server_id_2="00aabbccddeeff00",
        server_id_4="1122334455667788",
    ) == collect_device_class(make_host(files(values)))


def test_driver_2_22(make_host: MakeHost) -> None:
    """The first driver with these files had two of them, and before there were none."""
    host = make_host(files({"node_id": "0\n", "server_id": "1122334455667788\n"}))

    assert DeviceClass(
        ultraserver_mode=None,
        node_id=0,
        node_id_2=None,
        node_id_4=None,
        server_id="1122334455667788",
        server_id_2=None,
        server_id_4=None,
    ) == collect_device_class(host)


def test_before_the_devices_are_set_up(make_host: MakeHost) -> None:
    """Until then the driver gives no byte, and during the election a word: neither is an empty list."""
    empty = collect_device_class(make_host(files(dict.fromkeys(ALONE, ""))))
    busy = collect_device_class(make_host(files({**dict.fromkeys(ALONE, "busy\n"), "node_id_4": "invalid\n"})))

    assert isinstance(empty, DeviceClass)
    assert (EMPTY, EMPTY, EMPTY) == (empty.ultraserver_mode, empty.node_id_2, empty.server_id_4)
    assert isinstance(busy, DeviceClass)
    assert (BUSY, BUSY, BUSY) == (busy.ultraserver_mode, busy.node_id_2, busy.server_id_4)
    assert Unread("invalid") == busy.node_id_4


def test_what_this_user_may_not_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A closed file costs only itself."""
    host = make_host(files(ALONE))
    Path(host.root, CLASS, "node_id_2").chmod(0)
    with another_user():
        found = collect_device_class(host)

    assert isinstance(found, DeviceClass)
    assert (PERMISSION, None, ()) == (found.node_id_2, found.node_id_4, found.ultraserver_mode)


def test_no_driver(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Without the class no driver is loaded, if somebody looked at classes at all."""
    assert NOT_COLLECTED == collect_live("device_class", "collect_device_class")
    assert collect_device_class(make_host({"sys/class/net/lo": ""})) is None


def test_the_live_machine(collect_live: CollectLive) -> None:
    """On the running machine the same files say the same."""
    assert IN_NONE == collect_live("device_class", "collect_device_class", files(ALONE))


def test_without_identifiers(make_host: MakeHost) -> None:
    """Which UltraServer a host is in identifies it: in a snapshot and in a tree that are given away it is hidden."""
    values = {**ALONE, "node_id_4": "3\n", "server_id_4": "1122334455667788\n"}
    redactor = TreeRedactor(KEY)
    tree = {path: redactor.content(path, text.encode()) for path, text in files(values).items()}
    written = collect_device_class(make_host(tree))
    redacted = redact(Inventory(device_class=replace(IN_NONE, node_id_4=3, server_id_4="1122334455667788")), key=KEY)

    assert redacted.device_class == written
    assert isinstance(written, DeviceClass)
    assert (3, None) == (written.node_id_4, written.server_id_2)
    assert isinstance(written.server_id_4, str)
    assert "1122334455667788" != written.server_id_4


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\n", ()),
        (b"4\n", (4,)),
        (b"4,2\n", (4, 2)),
        (b"4, 2, 1", (4, 2, 1)),
        (b"four\n", Unread("not a list of modes: 'four'")),
        (b"4,\n", Unread("not a list of modes: '4,'")),
        (None, None),
    ],
)
def test_modes(content: Reading[bytes], value: Reading[tuple[int, ...]]) -> None:
    assert value == parse_modes(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"-1\n", None),
        (b"0\n", 0),
        (b"3", 3),
        (b"-2\n", Unread("not a node id: '-2'")),
        (b"\n", Unread("not a node id: ''")),
        (b"12345\n", Unread("not a node id: '12345'")),
        (PERMISSION, PERMISSION),
    ],
)
def test_node_ids(content: Reading[bytes], value: Reading[int]) -> None:
    assert value == parse_node_id(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"0000000000000000\n", None),
        (b"00aabbccddeeff00\n", "00aabbccddeeff00"),
        (b"00AABBCCDDEEFF00\n", Unread("not a server id: '00AABBCCDDEEFF00'")),
        (b"1122\n", Unread("not a server id: '1122'")),
        (PERMISSION, PERMISSION),
    ],
)
def test_server_ids(content: Reading[bytes], value: Reading[str]) -> None:
    assert value == parse_server_id(content)
