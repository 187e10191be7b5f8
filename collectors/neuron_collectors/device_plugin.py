"""
Neuron's device plugin on a Kubernetes node, from the directory where plugins meet kubelet.

The directory is root's alone on most nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .facts import NOT_COLLECTED, DevicePlugin, PluginResource, Reading, Unread
from .host import CollectorError, Host

_DIRECTORY = "var/lib/kubelet/device-plugins"
_CHECKPOINT = f"{_DIRECTORY}/kubelet_internal_checkpoint"
_CHECKPOINT_LIMIT = 16 * 1024 * 1024  # a response for every container, mostly of other plugins
_RESOURCE = "aws.amazon.com/neuron"  # and neuroncore, and neurondevice until SDK 2.21


def collect_device_plugin(host: Host) -> Reading[DevicePlugin]:
    """Return what kubelet knows of the plugin; `None` where there is no kubelet."""
    names = host.list_directory(_DIRECTORY)
    if isinstance(names, Unread):
        return names
    if names is None:
        return None if host.live else NOT_COLLECTED
    sockets = tuple(name for name in names if "neuron" in name)
    return DevicePlugin(sockets=sockets, resources=_read_resources(host))


def parse_checkpoint(content: str) -> tuple[PluginResource, ...]:
    """
    Parse what kubelet writes down of device plugins (kubernetes, ``pkg/kubelet/cm/devicemanager/checkpoint``).

    .. code-block:: json

        {"Data": {"PodDeviceEntries": [{"PodUID": "3d0b1f2a-7c55-4c0e-9d3f-6a1b2c3d4e5f", "ContainerName": "app",
                                        "ResourceName": "aws.amazon.com/neuroncore",
                                        "DeviceIDs": {"-1": ["0", "1"]}, "AllocResp": "GhYKDC9kZXYvbmV1cm9uMA=="}],
                  "RegisteredDevices": {"aws.amazon.com/neuron": ["0"], "aws.amazon.com/neuroncore": ["0", "1"]}},
         "Checksum": 1337}

    Ids stand below the NUMA node, before Kubernetes 1.20 in a plain array.
    """
    data = _parse_data(content)
    registered = data.get("RegisteredDevices") or {}
    allocated: dict[str, list[str]] = {}
    for entry in data.get("PodDeviceEntries") or ():
        allocated.setdefault(entry["ResourceName"], []).extend(entry.get("DeviceIDs", ()))
    names = sorted(name for name in {*registered, *allocated} if name.startswith(_RESOURCE))
    return tuple(
        PluginResource(name=name, registered=_in_order(registered.get(name)), allocated=_in_order(allocated.get(name)))
        for name in names
    )


def _parse_data(content: str) -> Mapping[str, Any]:
    """Check the shape of the checkpoint and return its data; raises `CollectorError` with the spot that is wrong."""
    from .shapes import ShapeError, array, keys, mapping, nullable, parse_json, text  # noqa: PLC0415 - nodes only

    ids = nullable(array(text))
    ids_by_node = mapping(ids)

    def every_id(value: object) -> tuple[str, ...]:
        if value is None or isinstance(value, list):
            return ids(value) or ()
        return tuple(found for below in ids_by_node(value).values() for found in below or ())

    entry = keys({"ResourceName": text, "DeviceIDs": every_id}, required=("ResourceName",), lenient=True)
    data = keys({"PodDeviceEntries": nullable(array(entry)), "RegisteredDevices": nullable(mapping(ids))}, lenient=True)
    checkpoint = keys({"Data": data}, required=("Data",), lenient=True)
    try:
        found: Mapping[str, Any] = checkpoint(parse_json(content))["Data"]
    except ShapeError as error:
        raise CollectorError(f"{_CHECKPOINT}: {error}") from error
    return found


def _in_order(ids: Iterable[str] | None) -> tuple[str, ...]:
    """Order ids as a person counts, ``2`` before ``10``, each once."""
    return tuple(sorted(set(ids or ()), key=lambda found: (len(found), found)))


def _read_resources(host: Host) -> Reading[tuple[PluginResource, ...]]:
    """Read the checkpoint; one that makes no sense costs only the resources."""
    content = host.read_text(_CHECKPOINT, limit=_CHECKPOINT_LIMIT)
    if not isinstance(content, str):
        return content or (None if host.live else NOT_COLLECTED)
    try:
        return parse_checkpoint(content)
    except CollectorError as error:
        return Unread(str(error))
