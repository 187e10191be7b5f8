from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, PciFunction, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.pci import NEURON_DEVICE_IDS, collect_pci, parse_id

from .conftest import AnotherUser, CollectLive, MakeHost

DEVICES = "sys/bus/pci/devices"


def function(address: str, device: str, vendor: str = "0x1d0f", numa_node: str = "-1") -> Mapping[str, str]:
    """Return the files of one PCI function."""
    return {
        f"{DEVICES}/{address}/vendor": f"{vendor}\n",
        f"{DEVICES}/{address}/device": f"{device}\n",
        f"{DEVICES}/{address}/numa_node": f"{numa_node}\n",
    }


def test_only_neuron_devices_count(make_host: MakeHost) -> None:
    """Amazon's disks and network cards have the same vendor, and others may have the same device id."""
    host = make_host(
        {
            **function("0000:00:03.0", "0x1111"),
            **function("0000:00:04.0", "0x8061"),  # NVMe
            **function("0000:00:05.0", "0xec20"),  # ENA
            **function("0000:00:1d.0", "0xefa1"),  # EFA
            **function("0000:00:1e.0", "0x7164", numa_node="1"),
            **function("0000:00:1f.0", "0x7164", vendor="0x10de"),
        },
        {f"{DEVICES}/0000:00:1e.0/driver": "../../../bus/pci/drivers/neuron-driver"},
    )

    assert (
        PciFunction(address="0000:00:1e.0", device_id="0x7164", numa_node=1, driver="neuron-driver"),
    ) == collect_pci(host)


@pytest.mark.parametrize("device", NEURON_DEVICE_IDS)
def test_every_generation_is_known(make_host: MakeHost, device: str) -> None:
    """From the first Inferentia to Trainium3; a node of -1 is none, and a function without a driver has none."""
    host = make_host(function("0000:cc:00.0", device))

    assert (PciFunction(address="0000:cc:00.0", device_id=device, numa_node=None, driver=None),) == collect_pci(host)


def test_functions_come_by_address(make_host: MakeHost) -> None:
    """As the bus numbers them, whatever the order of the directory."""
    addresses = ["0000:f7:00.0", "0000:10:1c.0", "0000:a0:00.0"]
    host = make_host({path: text for address in addresses for path, text in function(address, "0x7364").items()})
    functions = collect_pci(host)

    assert isinstance(functions, tuple)
    assert sorted(addresses) == [found.address for found in functions]


def test_a_function_without_a_numa_node_file(make_host: MakeHost) -> None:
    """A kernel without NUMA has no such file; a function that is going away may have no vendor any more."""
    files = {**function("0000:cc:00.0", "0x7264"), f"{DEVICES}/0000:cd:00.0/numa_node": "0\n"}
    del files[f"{DEVICES}/0000:cc:00.0/numa_node"]

    assert (PciFunction(address="0000:cc:00.0", device_id="0x7264", numa_node=None, driver=None),) == collect_pci(
        make_host(files)
    )


def test_a_tree_with_the_bus_and_no_device(make_host: MakeHost) -> None:
    """Where the bus was captured and no device is, there was none; without the bus nobody looked."""
    assert () == collect_pci(make_host({"sys/bus/pci/drivers/neuron-driver/module": "x"}))
    assert () == collect_pci(make_host({DEVICES: None}))


def test_a_tree_without_the_bus(make_host: MakeHost) -> None:
    """A captured tree that lacks ``sys/bus/pci`` does not say that there is no device."""
    assert NOT_COLLECTED == collect_pci(make_host({"sys/bus/usb/x": "", "proc/version": ""}))


def test_a_machine_without_a_bus(collect_live: CollectLive) -> None:
    """On the live machine a kernel without PCI has no device, and without ``/sys`` nobody can say."""
    assert NOT_COLLECTED == collect_live("pci", "collect_pci")
    assert () == collect_live("pci", "collect_pci", {"sys/bus/platform/x": ""})


def test_an_unreadable_vendor_leaves_the_number_open(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A function that cannot be told may be a Neuron device: the whole is unread, and says by which file."""
    host = make_host({**function("0000:cc:00.0", "0x7264"), **function("0000:cd:00.0", "0x7264")})
    Path(host.root, DEVICES, "0000:cd:00.0/vendor").chmod(0)

    with another_user():
        functions = collect_pci(host)

    assert Unread("sys/bus/pci/devices/0000:cd:00.0/vendor: permission") == functions


def test_an_unreadable_detail_costs_no_device(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What is not readable beside the ids is unread, and the device still counts."""
    host = make_host(function("0000:cc:00.0", "0x7264"))
    Path(host.root, DEVICES, "0000:cc:00.0/numa_node").chmod(0)

    with another_user():
        functions = collect_pci(host)

    assert (PciFunction(address="0000:cc:00.0", device_id="0x7264", numa_node=PERMISSION, driver=None),) == functions


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("vendor", "amazon\n", r"^sys/bus/pci/devices/0000:cc:00\.0/vendor: not a PCI id: 'amazon'$"),
        ("vendor", "0x1d0f1d0f\n", "not a PCI id"),
        ("device", "7264\n", r"^sys/bus/pci/devices/0000:cc:00\.0/device: not a PCI id: '7264'$"),
    ],
)
def test_nonsense_is_named(make_host: MakeHost, file: str, text: str, message: str) -> None:
    """The message has the file and what stands in it, not more of it than a line holds."""
    host = make_host({**function("0000:cc:00.0", "0x7264"), f"{DEVICES}/0000:cc:00.0/{file}": text})

    with pytest.raises(CollectorError, match=message) as caught:
        collect_pci(host)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize(
    ("text", "shown"), [("none\n", "none"), ("9" * 5000, "9" * 40), ("0x1", "0x1"), ("1 0", "1 0")]
)
def test_nonsense_beside_the_ids_costs_one_field(make_host: MakeHost, text: str, shown: str) -> None:
    """A NUMA node that is no number is unread and says why; device, driver and the other devices are there."""
    files = {**function("0000:cc:00.0", "0x7264"), **function("0000:cd:00.0", "0x7264")}
    functions = collect_pci(make_host({**files, f"{DEVICES}/0000:cc:00.0/numa_node": text}))

    assert isinstance(functions, tuple)
    bad, good = functions
    assert Unread(f"{DEVICES}/0000:cc:00.0/numa_node: not a number: '{shown}'") == bad.numa_node
    assert ("0000:cc:00.0", "0x7264") == (bad.address, bad.device_id)
    assert ("0000:cd:00.0", None) == (good.address, good.numa_node)


@pytest.mark.parametrize("text", ["", "0x", "0x1D0F", "1d0f", "0x1d0f\n", "0x1d0g", "0x01d0f"])
def test_ids_that_are_none(text: str) -> None:
    """The kernel prints four lower-case digits, and nothing else is an id."""
    with pytest.raises(CollectorError, match=r"^here: not a PCI id"):
        parse_id(text, "here")
