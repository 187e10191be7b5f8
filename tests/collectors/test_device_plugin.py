from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.device_plugin import collect_device_plugin, parse_checkpoint
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DevicePlugin, PluginResource, Unread
from neuron_collectors.host import CollectorError

from .conftest import AnotherUser, CollectLive, MakeHost

DIRECTORY = "var/lib/kubelet/device-plugins"
CHECKPOINT = f"{DIRECTORY}/kubelet_internal_checkpoint"


def entry(resource: str, devices: object, **more: object) -> Mapping[str, object]:
    """Return what kubelet writes down of one container."""
    pod = {"PodUID": "3d0b1f2a-7c55-4c0e-9d3f-6a1b2c3d4e5f", "ContainerName": "app", "AllocResp": "CkI="}
    return {**pod, "ResourceName": resource, "DeviceIDs": devices, **more}


def checkpoint(entries: object, registered: object, **more: object) -> str:
    """Return kubelet's file."""
    return json.dumps({"Data": {"PodDeviceEntries": entries, "RegisteredDevices": registered}, "Checksum": 7, **more})


NODE = checkpoint(
    [
        entry("aws.amazon.com/neuroncore", {"0": ["10", "2"], "1": ["3"]}),
        entry("aws.amazon.com/neuroncore", {"-1": ["1"]}),
        entry("vpc.amazonaws.com/efa", {"0": ["rdmap0s6"]}),
    ],
    {"aws.amazon.com/neuroncore": ["1", "10", "2", "3"], "aws.amazon.com/neuron": ["0"], "vpc.amazonaws.com/efa": []},
)
RESOURCES = (
    PluginResource(name="aws.amazon.com/neuron", registered=("0",)),
    PluginResource(name="aws.amazon.com/neuroncore", registered=("1", "2", "3", "10"), allocated=("1", "2", "3", "10")),
)


def test_a_node(make_host: MakeHost) -> None:
    """Sockets of other plugins and their resources are no matter of ours."""
    host = make_host(
        {f"{DIRECTORY}/kubelet.sock": "", f"{DIRECTORY}/neuron.sock": "", f"{DIRECTORY}/efa.sock": "", CHECKPOINT: NODE}
    )

    assert DevicePlugin(sockets=("neuron.sock",), resources=RESOURCES) == collect_device_plugin(host)


def test_a_node_without_the_plugin(make_host: MakeHost) -> None:
    """Kubelet is there, and knows no Neuron device."""
    host = make_host({f"{DIRECTORY}/kubelet.sock": "", CHECKPOINT: checkpoint(None, {})})

    assert DevicePlugin(sockets=(), resources=()) == collect_device_plugin(host)


def test_a_node_whose_checkpoint_is_not_there(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Kubelet writes it with the first registration; a capture may just not hold it."""
    files = {f"{DIRECTORY}/kubelet.sock": ""}

    assert DevicePlugin(sockets=(), resources=NOT_COLLECTED) == collect_device_plugin(make_host(files))
    assert DevicePlugin(sockets=(), resources=None) == collect_live("device_plugin", "collect_device_plugin", files)


def test_no_node(make_host: MakeHost, collect_live: CollectLive) -> None:
    assert NOT_COLLECTED == collect_device_plugin(make_host({"etc/hostname": "x"}))
    assert collect_live("device_plugin", "collect_device_plugin") is None


def test_a_node_of_root(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Kubelet keeps its directory to root: that is not a node without the plugin."""
    host = make_host({f"{DIRECTORY}/neuron.sock": "", CHECKPOINT: NODE})
    Path(host.root, CHECKPOINT).chmod(0)
    with another_user():
        assert DevicePlugin(sockets=("neuron.sock",), resources=PERMISSION) == collect_device_plugin(host)
    Path(host.root, DIRECTORY).chmod(0)
    with another_user():
        assert PERMISSION == collect_device_plugin(host)


def test_a_damaged_checkpoint_costs_only_itself(make_host: MakeHost) -> None:
    """The sockets are still told."""
    host = make_host({f"{DIRECTORY}/neuron.sock": "", CHECKPOINT: '{"Data": 3}'})

    assert DevicePlugin(
        sockets=("neuron.sock",), resources=Unread(f"{CHECKPOINT}: Data: not an object: 3")
    ) == collect_device_plugin(host)


@pytest.mark.parametrize(
    ("content", "resources"),
    [
        (NODE, RESOURCES),
        (checkpoint(None, None), ()),
        (checkpoint([], {}), ()),
        ('{"Data": {}}', ()),
        (checkpoint([entry("aws.amazon.com/neuron", None)], {}), (PluginResource(name="aws.amazon.com/neuron"),)),
        (
            checkpoint([entry("aws.amazon.com/neurondevice", ["1", "0"])], {"aws.amazon.com/neurondevice": None}),
            (PluginResource(name="aws.amazon.com/neurondevice", allocated=("0", "1")),),
        ),
        (
            checkpoint([entry("aws.amazon.com/neuron", {"0": None, "1": ["0", "0"]}, New=1)], {}, BootID="x"),
            (PluginResource(name="aws.amazon.com/neuron", allocated=("0",)),),
        ),
    ],
)
def test_checkpoints(content: str, resources: tuple[PluginResource, ...]) -> None:
    """From before Kubernetes 1.20, when ids stood in an array, to what a later one may add."""
    assert resources == parse_checkpoint(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        (NODE[:-20], "not JSON"),
        ("[]", "not an object: an array"),
        ("{}", "Data: missing"),
        (checkpoint({}, {}), r"Data\.PodDeviceEntries: not an array: an object"),
        (checkpoint([{}], {}), r"Data\.PodDeviceEntries\[0\]\.ResourceName: missing"),
        (
            checkpoint([entry("aws.amazon.com/neuron", "0")], {}),
            r"PodDeviceEntries\[0\]\.DeviceIDs: not an object: '0'",
        ),
        (checkpoint([entry("aws.amazon.com/neuron", {"0": [0]})], {}), r"DeviceIDs\.0\[0\]: not text: 0"),
        (checkpoint([], {"aws.amazon.com/neuron": "0"}), "not an array: '0'"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_nonsense_is_named(content: str, message: str) -> None:
    """The message has the file and the spot."""
    with pytest.raises(CollectorError, match=f"^{CHECKPOINT}: .*{message}"):
        parse_checkpoint(content)


def test_nothing_of_the_containers_is_kept(make_host: MakeHost) -> None:
    """Names and ids of pods are nobody's business here."""
    plugin: Any = collect_device_plugin(make_host({CHECKPOINT: NODE}))

    assert "3d0b1f2a" not in repr(plugin)
