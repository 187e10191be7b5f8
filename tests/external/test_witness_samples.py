"""The witnesses of captured devices, put side by side: which function is which device, against the vendor's table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, Container, DeviceNode, Inventory, Unread
from neuron_collectors.facts.device_witnesses import join_witnesses
from neuron_collectors.facts.witnesses import DeviceWitness, Disagreement, Witnesses
from neuron_collectors.host import Host
from neuron_collectors.kernel_log import parse_kernel_log
from neuron_collectors.neuron_ls import parse_neuron_ls
from neuron_collectors.pci import collect_pci
from neuron_collectors.sysfs import collect_devices

from .conftest import CapturedHost

pytestmark = pytest.mark.external

# Buses of devices 0 to 15 on trn2.48xlarge, from AWS's documentation of neuron-ls; the stand-ins of trn1 have them too.
TRAINIUM = ("cc", "b5", "b6", "cb", "6f", "58", "59", "6e", "9b", "84", "85", "9a", "f8", "e1", "e2", "f7")
BUSES = {"none": (), "inf2-1": ("cc",), "trn1-16": TRAINIUM, "trn2-16": TRAINIUM}
LISTING = "neuron-ls-text-trn2n.48xlarge-2025-07.txt"
CONTAINER = "neuron-ls-text-trn1-container-2022.txt"

USED_HOSTS: frozenset[str] = frozenset(
    {*(f"{name}-dmesg.txt" for name in BUSES), *(f"{name}-driver-2.24.7.0.tar.gz" for name in BUSES), "live.txt"}
)
USED_SAMPLES: frozenset[str] = frozenset({LISTING, CONTAINER})


def inventory(shared: Path, host: Host, name: str) -> Inventory:
    """Return what PCI, sysfs and the kernel's log say of a captured *host*."""
    log = parse_kernel_log((shared / "hosts" / f"{name}-dmesg.txt").read_text(encoding="utf-8"))
    return Inventory(container=None, pci=collect_pci(host), devices=collect_devices(host), kernel_log=log)


@pytest.mark.parametrize("name", BUSES)
def test_the_log_ties_devices_to_functions(shared: Path, captured_host: CapturedHost, name: str) -> None:
    """Every device has the function that the vendor's table gives it, and no witness disagrees."""
    devices = tuple(
        DeviceWitness(
            index=index,
            pci=f"0000:{bus}:00.0",
            sysfs=f"neuron{index}",
            node=NOT_COLLECTED,
            neuron_ls=NOT_COLLECTED,
            kernel_log=f"{bus}:00.0",
        )
        for index, bus in enumerate(BUSES[name])
    )

    assert Witnesses(devices=devices) == join_witnesses(inventory(shared, captured_host(name), name))


def test_neuron_ls_ties_them_alike(shared: Path, captured_host: CapturedHost) -> None:
    """What neuron-ls lists of the documented machine fits the captured one: address, number, neighbours."""
    listing = parse_neuron_ls((shared / "samples" / LISTING).read_text(encoding="utf-8"))
    captured = replace(inventory(shared, captured_host("trn2-16"), "trn2-16"), neuron_ls=listing)
    joined = join_witnesses(captured)

    assert () == joined.disagreements
    assert list(range(16)) == [one.neuron_ls for one in joined.devices]
    without_log = join_witnesses(replace(captured, kernel_log=())).devices
    assert [f"0000:{bus}:00.0" for bus in TRAINIUM] == [one.pci for one in without_log]


def test_a_container_of_a_captured_host(shared: Path, captured_host: CapturedHost) -> None:
    """Its /dev/neuron0 is the host's device 13: the minor number says so, and neuron-ls says where it is."""
    listing = parse_neuron_ls((shared / "samples" / CONTAINER).read_text(encoding="utf-8"))
    (row,) = listing.devices
    node = DeviceNode(index=0, is_character_device=True, major=246, minor=13, accessible=True)
    captured = replace(
        inventory(shared, captured_host("trn2-16"), "trn2-16"),
        container=Container(kind="docker"),
        device_nodes=(node,),
        neuron_ls=replace(listing, devices=(replace(row, bdf="e1:00.0"),)),
        kernel_log=NOT_COLLECTED,
    )
    joined = join_witnesses(captured)

    assert () == joined.disagreements
    assert 0 == row.index
    assert (
        DeviceWitness(
            index=13,
            pci="0000:e1:00.0",
            sysfs="neuron13",
            node="/dev/neuron0",
            neuron_ls=0,
            kernel_log=NOT_COLLECTED,
        )
        == joined.devices[13]
    )


def test_a_device_that_did_not_come_back(shared: Path, captured_host: CapturedHost) -> None:
    """With the function on the bus the device is named by the log, and its lack in sysfs and /dev is a disagreement."""
    text = (shared / "hosts" / "live.txt").read_text(encoding="utf-8")
    log = parse_kernel_log(text.partition("### bind again\n")[2])
    pci = collect_pci(captured_host("inf2-1"))
    joined = join_witnesses(
        Inventory(container=None, pci=pci, devices=(), device_nodes=(), kernel_log=log, neuron_ls=None)
    )
    said = {
        "pci": "0000:cc:00.0",
        "sysfs": None,
        "dev": None,
        "neuron-ls": Unread("neuron-ls is not installed"),
    }

    assert (0, "cc:00.0") == (joined.devices[0].index, joined.devices[0].kernel_log)
    assert Disagreement(about="presence", index=0, said=said) == joined.disagreements[1]
