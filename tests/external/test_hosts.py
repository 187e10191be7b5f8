"""The trees that were captured from the real driver, against what was read in them by eye."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.facts import NOT_COLLECTED, Instance, Inventory, LoadedDriver, NeuronDevice, PciFunction, Unread
from neuron_collectors.inventory import take_inventory

pytestmark = pytest.mark.external

DRIVER = LoadedDriver(
    version="2.24.7.0",
    srcversion="581D17543E4AA798F2CC707",
    initstate="live",
    taint="OE",
    refcnt=0,
    parameters={
        "dev_nc_map": "1",
        "dup_helper_enable": "1",
        "force_die_flip": "0",
        "force_userver": "0",
        "mempool_host_memory_size": "33554432",
        "mempool_min_alloc_size": "4096",
        "mempool_small_alloc_max": "524288",
        "mempool_small_pool_size": "1073741824",
        "nc_per_dev_param": "1",
        "nmetric_log_posts": "1",
        "nmetric_metric_post_delay": "150000",
        "no_reset": "0",
        "userver_ctl": "0",
        "userver_etimeout": "600",
        "wc_enable": "1",
    },
)

TRN_ADDRESSES = (
    *("0000:58:00.0", "0000:59:00.0", "0000:6e:00.0", "0000:6f:00.0"),
    *("0000:84:00.0", "0000:85:00.0", "0000:9a:00.0", "0000:9b:00.0"),
    *("0000:b5:00.0", "0000:b6:00.0", "0000:cb:00.0", "0000:cc:00.0"),
    *("0000:e1:00.0", "0000:e2:00.0", "0000:f7:00.0", "0000:f8:00.0"),
)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a person sees in one tree."""

    instance_type: str
    device_id: str
    addresses: tuple[str, ...]
    devices: int
    samples: Mapping[int, NeuronDevice]
    """Two devices, or all that there are."""


def device(index: int, chip: tuple[str, str, str], cores: int, connected: tuple[int, ...]) -> NeuronDevice:
    """Return a device as its files have it, all of which are 0400 or 0644 there, and readable in the copy."""
    name, arch_type, family = chip
    return NeuronDevice(
        index=index,
        device_name=name,
        arch_type=arch_type,
        instance_family=family,
        serial_number=f"00112233aabb{index:04x}",
        core_count=cores,
        connected_devices=connected,
        dev=(246, index),
    )


INFERENTIA2 = ("Inferentia2", "NDv3", "Inf2")
TRAINIUM1 = ("Trainium1", "NDv2", "Trn1")
TRAINIUM2 = ("Trainium2", "NDv3", "Trn2")

HOSTS = {
    "none-driver-2.24.7.0": Expected(instance_type="c5.large", device_id="", addresses=(), devices=0, samples={}),
    "inf2-1-driver-2.24.7.0": Expected(
        instance_type="inf2.xlarge",
        device_id="0x7264",
        addresses=("0000:cc:00.0",),
        devices=1,
        samples={0: device(0, INFERENTIA2, 2, ())},
    ),
    "trn1-16-driver-2.24.7.0": Expected(
        instance_type="trn1.32xlarge",
        device_id="0x7164",
        addresses=TRN_ADDRESSES,
        devices=16,
        samples={0: device(0, TRAINIUM1, 2, (12, 3, 4, 1)), 5: device(5, TRAINIUM1, 2, (1, 4, 9, 6))},
    ),
    "trn2-16-driver-2.24.7.0": Expected(
        instance_type="trn2.48xlarge",
        device_id="0x7364",
        addresses=TRN_ADDRESSES,
        devices=16,
        samples={1: device(1, TRAINIUM2, 8, (0, 13, 5, 2)), 5: device(5, TRAINIUM2, 8, (4, 9, 1, 6))},
    ),
}


@pytest.fixture(scope="module", params=sorted(HOSTS))
def captured(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack one tree."""
    name: str = request.param
    root = tmp_path_factory.mktemp("captured") / name
    with tarfile.open(shared / "hosts" / f"{name}.tar.gz") as archive:
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)  # not in every 3.10
        archive.extractall(root)  # noqa: S202 - material of our own
    return root


@pytest.fixture(scope="module")
def inventory(captured: Path) -> Inventory:
    """What all collectors read in it."""
    return take_inventory(open_host(captured))


@pytest.fixture(scope="module")
def expected(captured: Path) -> Expected:
    """What is to be seen in it."""
    return HOSTS[captured.name]


def test_every_tree_has_its_expectations(shared: Path) -> None:
    """A tree that is added to the material is not forgotten here."""
    assert set(HOSTS) == {path.name.removesuffix(".tar.gz") for path in (shared / "hosts").glob("*.tar.gz")}


def test_nothing_fails(inventory: Inventory) -> None:
    assert () == inventory.failures


def test_instance(inventory: Inventory, expected: Expected) -> None:
    assert Instance(instance_type=expected.instance_type, instance_id="i-0123456789abcdef0") == inventory.instance


def test_driver(inventory: Inventory) -> None:
    """One build of the driver was loaded everywhere, out of tree and unsigned, and nobody used it."""
    assert DRIVER == inventory.driver


def test_pci(inventory: Inventory, expected: Expected) -> None:
    """All functions are bound to the driver, and have no NUMA node on the stand-in machine."""
    functions = tuple(
        PciFunction(address=address, device_id=expected.device_id, numa_node=None, driver="neuron-driver")
        for address in expected.addresses
    )

    assert functions == inventory.pci


def test_devices(inventory: Inventory, expected: Expected) -> None:
    """As many as the name of the tree says, and in each what a person reads in its files."""
    devices = inventory.devices

    assert isinstance(devices, tuple)
    assert list(range(expected.devices)) == [found.index for found in devices]
    assert dict(expected.samples) == {index: devices[index] for index in expected.samples}


def test_neighbours_know_each_other(inventory: Inventory) -> None:
    """In the ring or torus a connection has two ends."""
    assert isinstance(inventory.devices, tuple)
    links = {
        (found.index, other)
        for found in inventory.devices
        if isinstance(found.connected_devices, tuple)
        for other in found.connected_devices
    }

    assert {(b, a) for a, b in links} == links


def test_the_kernel(inventory: Inventory) -> None:
    """``/proc/version`` was captured, and nothing else that tells the operating system."""
    assert inventory.os is not None
    assert not isinstance(inventory.os, Unread)
    assert ("6.1.0-56-amd64", NOT_COLLECTED) == (inventory.os.kernel, inventory.os.id)


def test_what_was_not_captured(inventory: Inventory) -> None:
    """No device nodes, no package database, no environments: nobody looked, which is not that there are none."""
    places = (
        inventory.device_nodes,
        inventory.container,
        inventory.os_packages,
        inventory.python_environments,
        inventory.memory,
    )

    assert [Unread] * 5 == [type(place) for place in places]
