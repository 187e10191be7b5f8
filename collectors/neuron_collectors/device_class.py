"""What the driver says of all Neuron devices together, from the files in ``/sys/class/neuron_device``."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, DeviceClass, Reading, Unread
from .host import Host
from .sysfs import DEVICE_CLASS
from .sysfs_search import shown

_NODE_ID = r"-1|[0-9]{1,4}"
_SERVER_ID = r"[0-9a-f]{16}|sn-[0-9a-f]{12}"  # the second in a tree without identifiers
_MODES = r"[0-9]{1,4}(?:, ?[0-9]{1,4}){0,15}"
_NOT_YET = ("busy", "invalid")
_EMPTY = Unread("empty: no device is set up")


def collect_device_class(host: Host) -> Reading[DeviceClass]:
    """Return what the class says; `None` when there is none: no driver is loaded."""
    if host.list_directory(DEVICE_CLASS) is None:
        return NOT_COLLECTED if host.stat("sys/class") is None else None
    directory = host.open_directory(DEVICE_CLASS)
    if directory is None or isinstance(directory, Unread):
        return directory
    with directory:
        content = directory.read(
            ["ultraserver_mode", *(f"{kind}_id{of}" for kind in ("node", "server") for of in ("", "_2", "_4"))]
        )
    return DeviceClass(
        ultraserver_mode=parse_modes(content["ultraserver_mode"]),
        node_id=parse_node_id(content["node_id"]),
        node_id_2=parse_node_id(content["node_id_2"]),
        node_id_4=parse_node_id(content["node_id_4"]),
        server_id=parse_server_id(content["server_id"]),
        server_id_2=parse_server_id(content["server_id_2"]),
        server_id_4=parse_server_id(content["server_id_4"]),
    )


def parse_modes(content: Reading[bytes]) -> Reading[tuple[int, ...]]:
    """
    Parse ``ultraserver_mode``: the numbers of hosts that this one can work with as one UltraServer.

    .. code-block:: text

        4,2
    """
    text = _parse_text(content)
    if not isinstance(text, str):
        return text
    if not text:
        return ()
    return tuple(map(int, text.split(","))) if re.fullmatch(_MODES, text) else _nonsense("a list of modes", content)


def parse_node_id(content: Reading[bytes]) -> Reading[int]:
    """
    Parse ``node_id_2`` and its like; -1 is what a host prints that is in no UltraServer.

    .. code-block:: text

        -1
    """
    text = _parse_text(content)
    if not isinstance(text, str):
        return text
    if not re.fullmatch(_NODE_ID, text):
        return _nonsense("a node id", content)
    return None if text == "-1" else int(text)


def parse_server_id(content: Reading[bytes]) -> Reading[str]:
    """
    Parse ``server_id_2`` and its like; zeros are what a host prints that is in no UltraServer.

    .. code-block:: text

        0000000000000000
    """
    text = _parse_text(content)
    if not isinstance(text, str):
        return text
    if not re.fullmatch(_SERVER_ID, text):
        return _nonsense("a server id", content)
    return text if text.strip("0") else None


def _parse_text(content: Reading[bytes]) -> Reading[str]:
    """Return the line in *content*; the driver gives nothing at all until it has set up a device."""
    if content == b"":
        return _EMPTY
    if not isinstance(content, bytes):
        return content
    text = content.decode("utf-8", "replace").strip()
    return Unread(text) if text in _NOT_YET else text


def _nonsense(what: str, content: Reading[bytes]) -> Unread:
    """Say that *content* is not what it should be."""
    return Unread(f"not {what}: {shown(content) if isinstance(content, bytes) else ''}")
