"""Whatever the files that tell of the place hold, their parsers bring back a fact or say what makes no sense."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuron_collectors import pod
from neuron_collectors.captured import open_host
from neuron_collectors.device_plugin import parse_checkpoint
from neuron_collectors.efa import parse_installed_packages
from neuron_collectors.environment import PREFIXES, parse_variables
from neuron_collectors.facts import InstanceMetadata, Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.hugepages import parse_meminfo_pool, parse_size
from neuron_collectors.image import parse_banner
from neuron_collectors.imds import parse_answer
from neuron_collectors.inventory import COLLECTORS, take_inventory
from neuron_collectors.limits import parse_limits
from neuron_collectors.mounts import find_mount, parse_mounts
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

PARSERS: tuple[tuple[Callable[[str], Any], str], ...] = (
    (parse_variables, "NEURON_RT_VISIBLE_CORES=0-3\0FI_PROVIDER=efa\0"),
    (
        lambda text: parse_banner(text, "etc/motd"),
        "       _|  (     /   Deep Learning AMI (Ubuntu 18.04) Version 40.0\n",
    ),
    (pod.parse_cgroup, "0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-" + "0a" * 32 + ".scope\n"),
    (parse_installed_packages, "# EFA installer version: 1.47.0\n# Packages installed:\nefa-config_1.18_all\n"),
    (parse_size, "hugepages-2048kB"),
    (parse_meminfo_pool, "HugePages_Total: 128\nHugePages_Free: 100\nHugepagesize: 2048 kB\n"),
    (parse_limits, "Max open files  1024  unlimited  files\nMax locked memory  65536  65536  bytes\n"),
    (parse_mounts, "/dev/vda / ext4 rw 0 0\nfs-01234567.efs.x:/ /mnt/a\\040b nfs4 rw 0 0\n"),
    (
        parse_checkpoint,
        '{"Data": {"PodDeviceEntries": [{"ResourceName": "aws.amazon.com/neuron", "DeviceIDs": {"0": ["1"]}}]}}',
    ),
)

NOISE = st.one_of(st.text(), st.text("0123456789 \n\t\0:=/#kBunlimited{}[]\"',_-."))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Nonsense(str):
    """What a parser says of text that makes no sense."""

    __slots__ = ()


def outcome(parse: Callable[[str], Any], text: str) -> Any:
    """Return the fact, or what is wrong with *text*."""
    try:
        return parse(text)
    except CollectorError as error:
        return Nonsense(error)


@pytest.mark.parametrize(("parse", "sample"), PARSERS)
@given(data=st.data())
def test_parsers_are_total(parse: Callable[[str], Any], sample: str, data: st.DataObject) -> None:
    """Noise, and a real text with noise in it, make a fact or the one error; the same text the same fact."""
    cut = data.draw(st.integers(0, len(sample)))
    noise = data.draw(NOISE)
    text = data.draw(st.sampled_from((noise, sample[:cut] + noise + sample[cut:], sample[:cut])))
    told = outcome(parse, text)

    assert told == outcome(parse, text)
    assert not isinstance(told, Nonsense) or told.isprintable()


@given(st.lists(st.fixed_dictionaries({}, optional={"ResourceName": JSON, "DeviceIDs": JSON})), JSON)
def test_checkpoints_of_any_shape(entries: list[Any], registered: Any) -> None:
    """Valid JSON of another shape is named with its spot."""
    content = json.dumps({"Data": {"PodDeviceEntries": entries, "RegisteredDevices": registered}})
    told = outcome(parse_checkpoint, content)

    if isinstance(told, Nonsense):
        assert told.startswith("var/lib/kubelet/device-plugins/kubelet_internal_checkpoint: Data.")
    else:
        assert sorted(resource.name for resource in told) == [resource.name for resource in told]


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\0="), min_size=1), st.text(st.characters(exclude_characters="\0"))
    )
)
def test_variables_come_back(variables: dict[str, str]) -> None:
    """What is kept has the value that it was set to, and nothing that is the vendor's is lost."""
    environ = "".join(f"{name}={value}\0" for name, value in variables.items())

    assert {name: value for name, value in variables.items() if name.startswith(PREFIXES)} == parse_variables(environ)


@given(st.lists(st.text(st.characters(exclude_characters="\n \\/"), min_size=1), max_size=6))
def test_a_path_is_on_the_mount_above_it(names: list[str]) -> None:
    """With a mount at each directory on the way, the innermost has the file."""
    points = ["/" + "/".join(names[:depth]) for depth in range(len(names) + 1)]
    mounts = parse_mounts("".join(f"/dev/x {point} ext4 rw 0 0\n" for point in points))
    mount = find_mount(mounts, points[-1].rstrip("/") + "/file")

    assert mount is not None
    assert points[-1] == mount.mount_point


@given(st.sampled_from(sorted(InstanceMetadata.__dataclass_fields__)), st.text())
def test_answers_of_the_metadata_service(field: str, answer: str) -> None:
    """One that is kept is a plain word; nothing else gets into a fact."""
    told = parse_answer(field, answer)

    assert isinstance(told, Unread) or (told == answer and answer.isascii() and answer.isprintable())


TREE: Mapping[str, bytes] = {
    "etc/motd": b"       _|  (     /   Deep Learning AMI Neuron (Ubuntu 24.04)\n",
    "etc/docker/daemon.json": b'{"runtimes": {"neuron": {"path": "/opt/aws/neuron/bin/oci_neuron_hook_wrapper.sh"}}}',
    "opt/aws/neuron/bin/oci_neuron_hook": b"",
    "opt/amazon/efa_installed_packages": b"# EFA installer version: 1.47.0\nefa-config_1.18_all\n",
    "proc/1/environ": b"KUBERNETES_SERVICE_HOST=10.0.0.1\0NEURON_COMPILE_CACHE_URL=/cache\0",
    "proc/self/cgroup": b"0::/kubepods/burstable/pod1/2\n",
    "proc/self/limits": b"Max open files  1024  unlimited  files\nMax locked memory  65536  65536  bytes\n",
    "proc/self/mounts": b"/dev/vda / ext4 rw 0 0\n",
    "proc/meminfo": b"HugePages_Total: 128\nHugepagesize: 2048 kB\n",
    "proc/modules": b"efa 110592 2 - Live 0x0000000000000000\n",
    "sys/class/infiniband/rdmap0s6/device/vendor": b"0x1d0f\n",
    "sys/class/infiniband/rdmap0s6/device/device": b"0xefa1\n",
    "sys/class/infiniband/rdmap0s6/device/numa_node": b"0\n",
    "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": b"128\n",
    "sys/module/efa/version": b"2.17.3g\n",
    "var/lib/kubelet/device-plugins/kubelet_internal_checkpoint": b'{"Data": {"RegisteredDevices": {}}}',
    "var/run/secrets/kubernetes.io/serviceaccount/namespace": b"default\n",
}

OF_THE_PLACE = {
    name: COLLECTORS[name]
    for name in ("image", "pod", "device_plugin", "oci_hook", "efa", "environment", "huge_pages", "limits", "disks")
}


def build(root: Path, files: Mapping[str, bytes | None]) -> Host:
    """Write *files* below *root*; nothing makes a directory in the file's place."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            place.mkdir()
        else:
            place.write_bytes(content)
    return open_host(root)


def test_the_tree_is_whole(tmp_path: Path) -> None:
    """Each collector finds something in the tree that the property damages: a control for it."""
    inventory = take_inventory(build(tmp_path, TREE), collectors=OF_THE_PLACE)

    assert () == inventory.failures
    assert [] == [name for name in OF_THE_PLACE if not has_value(getattr(inventory, name))]


def has_value(fact: object) -> bool:
    return fact is not None and not isinstance(fact, Unread)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(TREE)), st.none() | st.binary(max_size=80), min_size=1, max_size=4))
def test_damage_costs_the_fact_that_it_is_of(damage: Mapping[str, bytes | None]) -> None:
    """Whatever stands in the files, only the limits are lost as a whole; what is told can be written down and read."""
    with tempfile.TemporaryDirectory() as directory:
        inventory = take_inventory(build(Path(directory), {**TREE, **damage}), collectors=OF_THE_PLACE)

    assert {failure.collector for failure in inventory.failures} <= {"limits"}
    assert inventory == loads_inventory(dumps_inventory(inventory))
