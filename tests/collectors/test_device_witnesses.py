from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.facts import (
    NOT_COLLECTED,
    PERMISSION,
    Container,
    DeviceNode,
    Inventory,
    NeuronDevice,
    NeuronLs,
    NeuronLsDevice,
    PciFunction,
    Reading,
    Unread,
)
from neuron_collectors.facts.device_witnesses import UNTIED, join_witnesses
from neuron_collectors.facts.witnesses import DeviceWitness, Disagreement, Witnesses

NO_TOOL = Unread("neuron-ls is not installed")
# As on trn2.48xlarge: the driver's order is not that of the bus.
BUSES = ("cc", "b5", "b6", "cb")
FUNCTIONS = tuple(
    PciFunction(address=f"0000:{bus}:00.0", device_id="0x7364", numa_node=1, driver="neuron-driver")
    for bus in sorted(BUSES)
)
DEVICES = tuple(
    NeuronDevice(index=index, device_name="Trainium2", connected_devices=((index + 1) % 4,), dev=(246, index))
    for index in range(4)
)
LOG = tuple(
    f"[    8.428199] neuron:neuron_pci_get_device_id_v3: ** BDF: {bus}:00.0 => nd[{index}] (routing id: {index + 8})"
    for index, bus in enumerate(BUSES)
)
LISTING = NeuronLs(
    form="json array",
    devices=tuple(
        NeuronLsDevice(index=index, bdf=f"0000:{bus}:00.0", connected_to=((index + 1) % 4,))
        for index, bus in enumerate(BUSES)
    ),
)


def node(index: int, number: int | None = None, **more: Any) -> DeviceNode:
    """Return a node; its minor number is its own number unless it was numbered anew."""
    values = {"is_character_device": True, "major": 246, "minor": index if number is None else number, **more}
    return DeviceNode(index=index, accessible=True, **values)


NODES = tuple(node(index) for index in range(4))
HOST = Inventory(container=None, pci=FUNCTIONS, devices=DEVICES, device_nodes=NODES, neuron_ls=LISTING, kernel_log=LOG)


def witness(index: int, **changes: Any) -> DeviceWitness:
    """Return what all witnesses of that host call device *index*, but for *changes*."""
    values: dict[str, Any] = {
        "index": index,
        "pci": f"0000:{BUSES[index]}:00.0",
        "sysfs": f"neuron{index}",
        "node": f"/dev/neuron{index}",
        "neuron_ls": index,
        "kernel_log": f"{BUSES[index]}:00.0",
    }
    return DeviceWitness(**{**values, **changes})


ALL = tuple(witness(index) for index in range(4))


def changed(**changes: Any) -> tuple[DeviceWitness, ...]:
    """Return all devices, each with these *changes*."""
    return tuple(replace(device, **changes) for device in ALL)


def test_all_agree() -> None:
    """Each device has its function, directory, node, row and line, and there is nothing to say."""
    assert Witnesses(devices=ALL) == join_witnesses(HOST)


@pytest.mark.parametrize(
    ("absent", "devices"),
    [
        ({"kernel_log": NOT_COLLECTED}, changed(kernel_log=NOT_COLLECTED)),
        ({"kernel_log": ()}, changed(kernel_log=None)),
        ({"neuron_ls": PERMISSION}, changed(neuron_ls=PERMISSION)),
        ({"neuron_ls": None}, changed(neuron_ls=NO_TOOL)),
        ({"pci": PERMISSION}, changed(pci=PERMISSION)),
        ({"devices": NOT_COLLECTED}, changed(sysfs=NOT_COLLECTED)),
        ({"device_nodes": NOT_COLLECTED}, changed(node=NOT_COLLECTED)),
    ],
)
def test_a_witness_that_could_not_be_heard_disagrees_with_none(
    absent: dict[str, Any], devices: tuple[DeviceWitness, ...]
) -> None:
    """Not collected, not permitted and not installed are kept apart from absent, and are no disagreement."""
    assert Witnesses(devices=devices) == join_witnesses(replace(HOST, **absent))


def test_nothing_ties_devices_to_functions() -> None:
    """Without neuron-ls and log nobody knows which function is which device, when there are several."""
    functions = tuple(
        DeviceWitness(
            index=UNTIED, pci=one.address, sysfs=UNTIED, node=UNTIED, neuron_ls=NOT_COLLECTED, kernel_log=NOT_COLLECTED
        )
        for one in FUNCTIONS
    )
    untied = changed(pci=UNTIED, neuron_ls=NOT_COLLECTED, kernel_log=NOT_COLLECTED)
    inventory = replace(HOST, neuron_ls=NOT_COLLECTED, kernel_log=NOT_COLLECTED)

    assert Witnesses(devices=(*untied, *functions)) == join_witnesses(inventory)


def test_the_only_function_is_the_only_device() -> None:
    """On a machine with one device no other witness is needed to tie the two."""
    inventory = Inventory(container=None, pci=FUNCTIONS[:1], devices=DEVICES[:1], device_nodes=NODES[:1])
    (device,) = join_witnesses(inventory).devices

    assert ("0000:b5:00.0", "neuron0", "/dev/neuron0") == (device.pci, device.sysfs, device.node)


@pytest.mark.parametrize(
    ("change", "devices", "disagreements"),
    [
        (
            {"devices": DEVICES[:3]},
            (*ALL[:3], witness(3, sysfs=None)),
            (
                Disagreement(about="count", said={"pci": "4", "sysfs": "3", "dev": "4", "neuron-ls": "4"}),
                Disagreement(
                    about="presence",
                    index=3,
                    said={"pci": "0000:cb:00.0", "sysfs": None, "dev": "/dev/neuron3", "neuron-ls": "3"},
                ),
            ),
        ),
        (
            {"pci": FUNCTIONS[:3], "neuron_ls": PERMISSION},
            (witness(0, pci=None, neuron_ls=PERMISSION), *(replace(one, neuron_ls=PERMISSION) for one in ALL[1:])),
            (
                Disagreement(about="count", said={"pci": "3", "sysfs": "4", "dev": "4", "neuron-ls": PERMISSION}),
                Disagreement(
                    about="presence",
                    index=0,
                    said={
                        "pci": None,
                        "sysfs": "neuron0",
                        "dev": "/dev/neuron0",
                        "neuron-ls": PERMISSION,
                    },
                ),
            ),
        ),
        (
            {"devices": DEVICES[:3], "device_nodes": NODES[:3], "neuron_ls": None, "kernel_log": LOG[:3]},
            (
                *(replace(one, neuron_ls=NO_TOOL) for one in ALL[:3]),
                DeviceWitness(
                    index=UNTIED, pci="0000:cb:00.0", sysfs=None, node=None, neuron_ls=NO_TOOL, kernel_log=None
                ),
            ),
            (
                Disagreement(
                    about="count",
                    said={"pci": "4", "sysfs": "3", "dev": "3", "neuron-ls": NO_TOOL},
                ),
                Disagreement(
                    about="presence",
                    said={
                        "pci": "0000:cb:00.0",
                        "sysfs": None,
                        "dev": None,
                        "neuron-ls": NO_TOOL,
                    },
                ),
            ),
        ),
    ],
)
def test_a_device_that_one_witness_lacks(
    change: dict[str, Any], devices: tuple[DeviceWitness, ...], disagreements: tuple[Disagreement, ...]
) -> None:
    """It is named, with what every witness says of it; where all others have their function its lack is certain."""
    assert Witnesses(devices=devices, disagreements=disagreements) == join_witnesses(replace(HOST, **change))


def test_no_driver() -> None:
    """Without a driver the functions are there and the devices are not."""
    inventory = Inventory(container=None, pci=FUNCTIONS[:1], devices=None, device_nodes=(), kernel_log=())
    joined = join_witnesses(inventory)

    assert (DeviceWitness(index=UNTIED, pci="0000:b5:00.0", sysfs=None, node=None, kernel_log=None),) == joined.devices
    assert ["count", "presence"] == [one.about for one in joined.disagreements]
    assert joined.disagreements[0].said["sysfs"] is None


def test_a_machine_without_devices() -> None:
    """Where nobody has a device nobody disagrees, whether the driver is loaded or not."""
    nothing = Inventory(container=None, pci=(), devices=None, device_nodes=(), neuron_ls=None, kernel_log=())

    assert Witnesses() == join_witnesses(nothing)
    assert Witnesses() == join_witnesses(replace(nothing, devices=()))
    assert Witnesses() == join_witnesses(Inventory())


def test_a_device_that_only_the_log_remembers() -> None:
    """The line outlives the device: with its function on the bus it names that, without it is of the past."""
    gone = replace(HOST, devices=DEVICES[:3], device_nodes=NODES[:3], neuron_ls=None)

    assert witness(3, sysfs=None, node=None, neuron_ls=NO_TOOL) == join_witnesses(gone).devices[3]
    assert 3 == len(join_witnesses(replace(gone, pci=(*FUNCTIONS[:2], FUNCTIONS[3]))).devices)


def test_a_container_with_one_device() -> None:
    """It has /dev/neuron0 for the host's device 2, neuron-ls calls it 0, and /sys shows all: nothing to say."""
    row = NeuronLsDevice(index=0, bdf="0000:b6:00.0", connected_to=(3,))
    inventory = replace(
        HOST,
        container=Container(kind="docker"),
        device_nodes=(node(0, 2),),
        neuron_ls=NeuronLs(form="json array", devices=(row,)),
        kernel_log=NOT_COLLECTED,
    )
    joined = join_witnesses(inventory)
    others = tuple(
        replace(one, pci=UNTIED, node=None, neuron_ls=None, kernel_log=NOT_COLLECTED) for one in ALL if one.index != 2
    )
    mine = witness(2, node="/dev/neuron0", neuron_ls=0, kernel_log=NOT_COLLECTED)

    assert () == joined.disagreements
    assert (*others[:2], mine, others[2]) == joined.devices[:4]
    assert [one.address for one in FUNCTIONS if one.address != "0000:b6:00.0"] == [
        one.pci for one in joined.devices[4:]
    ]


def test_a_container_whose_node_tells_nothing() -> None:
    """When the node cannot be looked at, the log's address still ties the row of neuron-ls to its device."""
    row = NeuronLsDevice(index=0, bdf="b6:00.0")
    blind = node(0, is_character_device=PERMISSION, major=PERMISSION, minor=PERMISSION)
    inventory = replace(
        HOST,
        container=Container(kind="docker"),
        device_nodes=(blind,),
        neuron_ls=NeuronLs(form="table", devices=(row,)),
    )
    joined = join_witnesses(inventory)

    assert witness(2, node=UNTIED, neuron_ls=0) == joined.devices[2]
    assert witness(1, node=UNTIED, neuron_ls=None) == joined.devices[1]
    assert () == joined.disagreements


@pytest.mark.parametrize(
    ("change", "disagreement"),
    [
        (
            {"kernel_log": (LOG[1].replace("nd[1]", "nd[0]"), LOG[0].replace("nd[0]", "nd[1]"), *LOG[2:])},
            ("address", 0, {"neuron-ls": "0000:cc:00.0", "kernel log": "b5:00.0"}),
        ),
        (
            {"devices": (replace(DEVICES[0], device_name="Trainium1"), *DEVICES[1:])},
            ("chip", 0, {"pci": "Trainium2", "sysfs": "Trainium1"}),
        ),
        (
            {"devices": (replace(DEVICES[0], connected_devices=()), *DEVICES[1:])},
            ("neighbours", 0, {"sysfs": "none", "neuron-ls": "1"}),
        ),
        (
            {"device_nodes": (node(0, major=243), *NODES[1:])},
            ("device number", 0, {"sysfs": "246:0", "dev": "/dev/neuron0 is 243:0"}),
        ),
        (
            {"device_nodes": (node(0, is_character_device=False, major=None, minor=None), *NODES[1:])},
            ("node", 0, {"sysfs": "neuron0", "dev": "/dev/neuron0 is no character device"}),
        ),
    ],
)
def test_what_witnesses_say_differently(change: dict[str, Any], disagreement: tuple[Any, ...]) -> None:
    """Address, chip, neighbours, device number and kind of the node are compared where two witnesses tell them."""
    about, index, said = disagreement
    found = join_witnesses(replace(HOST, **change)).disagreements

    assert Disagreement(about=about, index=index, said=said) == found[0]
    assert {about} == {one.about for one in found}


def test_a_facts_file_counts_without_names() -> None:
    """Devices that somebody only counted are compared by number, and none of them is absent."""
    inventory = Inventory(
        container=None, pci=(PciFunction(),) * 16, devices=(NeuronDevice(),) * 15, device_nodes=(DeviceNode(),) * 15
    )
    said: dict[str, Reading[str]] = {"pci": "16", "sysfs": "15", "dev": "15", "neuron-ls": NOT_COLLECTED}

    assert Witnesses(disagreements=(Disagreement(about="count", said=said),)) == join_witnesses(inventory)


def test_functions_by_count_and_devices_by_name() -> None:
    """A function without address may be any device's: nobody says that it is absent."""
    inventory = Inventory(container=None, pci=(PciFunction(),), devices=DEVICES[:1], device_nodes=NODES[:1])
    joined = join_witnesses(inventory)

    assert UNTIED == joined.devices[0].pci
    assert () == joined.disagreements


readings = st.sampled_from([None, PERMISSION, NOT_COLLECTED])


@given(
    pci=st.one_of(readings, st.lists(st.sampled_from(FUNCTIONS), max_size=4).map(tuple)),
    devices=st.one_of(readings, st.lists(st.sampled_from(DEVICES), max_size=4, unique_by=id).map(tuple)),
    nodes=st.one_of(readings, st.lists(st.builds(node, st.integers(0, 5), st.integers(0, 5)), max_size=5).map(tuple)),
    listing=st.one_of(readings, st.just(LISTING)),
    log=st.one_of(readings, st.lists(st.sampled_from(LOG), max_size=5).map(tuple)),
    container=st.sampled_from([None, Container(kind="docker"), PERMISSION]),
)
def test_any_witnesses_are_joined(
    *, pci: Any, devices: Any, nodes: Any, listing: Any, log: Any, container: Any
) -> None:
    """No device is lost and none is there twice; a witness that was not heard is never called absent."""
    inventory = Inventory(
        container=container, pci=pci, devices=devices, device_nodes=nodes, neuron_ls=listing, kernel_log=log
    )
    joined = join_witnesses(inventory)
    indexes = [one.index for one in joined.devices if isinstance(one.index, int)]
    addresses = [one.pci for one in joined.devices if isinstance(one.pci, str)]

    assert sorted(set(indexes)) == indexes
    assert set(indexes) >= {one.index for one in (devices if isinstance(devices, tuple) else ())}
    assert {one.address for one in (pci if isinstance(pci, tuple) else ())} == set(addresses)
    if isinstance(devices, Unread):
        assert {devices} >= {one.sysfs for one in joined.devices}
