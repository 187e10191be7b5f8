"""
Put the witnesses of Neuron devices side by side: PCI, sysfs, device nodes, neuron-ls and the kernel's log.

Nothing in sysfs ties ``neuron<N>`` to its PCI function: only neuron-ls and the driver's line ``** BDF:`` in the log do.
A container sees all the host's devices in ``/sys``, and in ``/dev`` those that it was given, numbered anew; the minor
number of a node is the driver's number of the device, and neuron-ls counts like the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from .frozen import dataclass
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .inventory import Inventory
from .log_lines import device_addresses
from .neuron_ls import NeuronLs, NeuronLsDevice
from .place import Container
from .state import Reading, Unread
from .witnesses import About, DeviceWitness, Disagreement, Witnesses

UNTIED = Unread("nothing ties it to this device")
"""The witness has devices, and none of them can be told to be this one."""

T = TypeVar("T")

_NOT_INSTALLED = Unread("neuron-ls is not installed")

_DEVICE_NAMES = {
    **dict.fromkeys(("0x7064", "0x7065", "0x7066", "0x7067"), "Inferentia"),
    "0x7164": "Trainium1",
    "0x7264": "Inferentia2",
    "0x7364": "Trainium2",
    **dict.fromkeys(("0x7564", "0x7565"), "Trainium3"),
}
"""What ``device_name`` says for a PCI device id, from the driver's tables (aws-neuronx-dkms 2.24.7.0 and 2.26.5.0)."""


def join_witnesses(inventory: Inventory) -> Witnesses:
    """Tell the devices that the facts in *inventory* show, each with all its witnesses, and where those disagree."""
    seen = _sort(inventory)
    joined = tuple(_witness(seen, index) for index in _indexes(seen))
    taken = {device.pci for device in joined}
    left = tuple(_function_alone(seen, address, joined) for address in seen.functions if address not in taken)
    about_devices = (one for device in (*joined, *left) for one in _compare(seen, device))
    return Witnesses(devices=(*joined, *left), disagreements=(*_compare_counts(inventory), *about_devices))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What each witness shows, by the driver's number of the device, and why that may not be all."""

    in_container: bool
    functions: Mapping[str, PciFunction]
    """By address."""
    no_function: Unread | None
    """Why nobody can say that a function is not there; `None` when it can be said."""
    devices: Mapping[int, NeuronDevice]
    no_device: Unread | None
    nodes: Mapping[int, DeviceNode]
    no_node: Unread | None
    listed: Mapping[int, NeuronLsDevice]
    no_listed: Unread | None
    logged: Mapping[int, str]
    """Addresses without domain."""
    no_logged: Unread | None


def _sort(inventory: Inventory) -> _Seen:
    """Sort the facts by device."""
    in_container = isinstance(inventory.container, Container)
    functions = {one.address: one for one in _values(inventory.pci) if isinstance(one.address, str)}
    devices = {one.index: one for one in _values(inventory.devices) if isinstance(one.index, int)}
    nodes = _numbered_nodes(_values(inventory.device_nodes), in_container=in_container)
    logged = {one.device: one.pci_address for one in device_addresses(_values(inventory.kernel_log)).values()}
    listing = inventory.neuron_ls
    rows = listing.devices if isinstance(listing, NeuronLs) else ()
    listed = _numbered_rows(rows, nodes, logged) if in_container else {row.index: row for row in rows}
    return _Seen(
        in_container=in_container,
        functions=functions,
        no_function=_why_unread(inventory.pci, all_told=len(functions) == len(_values(inventory.pci))),
        devices=devices,
        no_device=_why_unread(inventory.devices, all_told=len(devices) == len(_values(inventory.devices))),
        nodes=nodes,
        no_node=_why_unread(inventory.device_nodes, all_told=len(nodes) == len(_values(inventory.device_nodes))),
        listed=listed,
        no_listed=_NOT_INSTALLED if listing is None else _why_unread(listing, all_told=len(listed) == len(rows)),
        logged=logged,
        no_logged=_why_unread(inventory.kernel_log, all_told=True),
    )


def _numbered_nodes(nodes: tuple[DeviceNode, ...], *, in_container: bool) -> Mapping[int, DeviceNode]:
    """Return *nodes* by the number of the device: the minor number, which a container leaves as it is."""
    numbered: dict[int, DeviceNode] = {}
    for node in nodes:
        number = node.minor if node.is_character_device is True else None if in_container else node.index
        if isinstance(number, int):
            numbered.setdefault(number, node)
    return numbered


def _numbered_rows(
    rows: tuple[NeuronLsDevice, ...], nodes: Mapping[int, DeviceNode], logged: Mapping[int, str]
) -> Mapping[int, NeuronLsDevice]:
    """Return what neuron-ls lists in a container by the number of the device: it counts like the nodes."""
    numbers = {node.index: number for number, node in nodes.items()}
    addresses = {address: number for number, address in logged.items()}
    numbered: dict[int, NeuronLsDevice] = {}
    for row in rows:
        logged_number = next((addresses[one] for one in addresses if row.is_at(f"0000:{one}") is True), None)
        number = numbers.get(row.index, logged_number)
        if number is not None:
            numbered.setdefault(number, row)
    return numbered


def _indexes(seen: _Seen) -> tuple[int, ...]:
    """Return the numbers of the devices; the log outlives a device, so it counts where its function is there."""
    logged = {index for index in seen.logged if _function_at(seen, seen.logged[index])}
    return tuple(sorted({*seen.devices, *seen.nodes, *seen.listed, *logged}))


def _witness(seen: _Seen, index: int) -> DeviceWitness:
    """Return what each witness calls device *index*."""
    node, row = seen.nodes.get(index), seen.listed.get(index)
    return DeviceWitness(
        index=index,
        pci=_tie(seen, index),
        sysfs=f"neuron{index}" if index in seen.devices else seen.no_device,
        node=_path(node) if node else seen.no_node,
        neuron_ls=row.index if row else seen.no_listed,
        kernel_log=seen.logged.get(index, seen.no_logged),
    )


def _tie(seen: _Seen, index: int) -> Reading[str]:
    """Return the address of device *index* on the bus."""
    row = seen.listed.get(index)
    address = row.bdf if row and isinstance(row.bdf, str) else seen.logged.get(index)
    if address is not None:
        return _function_at(seen, address) or seen.no_function
    if not seen.functions:
        return seen.no_function
    only_one = len(seen.functions) == 1 and {index} == {*seen.devices, *seen.nodes, *seen.listed}
    return next(iter(seen.functions)) if only_one else UNTIED


def _function_at(seen: _Seen, address: str) -> str | None:
    """Return the function at *address*, which may lack the domain."""
    return next((one for one in seen.functions if one == address or one.endswith(f":{address}")), None)


def _function_alone(seen: _Seen, address: str, joined: tuple[DeviceWitness, ...]) -> DeviceWitness:
    """Return the function at *address* that no device is tied to; when all devices have theirs it has no device."""
    open_ties = any(device.pci == UNTIED for device in joined)
    return DeviceWitness(
        index=UNTIED,
        pci=address,
        sysfs=UNTIED if open_ties and seen.devices else seen.no_device,
        node=UNTIED if open_ties and seen.nodes else seen.no_node,
        neuron_ls=UNTIED if open_ties and seen.listed else seen.no_listed,
        kernel_log=seen.no_logged,
    )


def _compare(seen: _Seen, device: DeviceWitness) -> Iterator[Disagreement]:
    """Say what the witnesses of one device say differently."""
    yield from _compare_presence(device, in_container=seen.in_container)
    if not isinstance(device.index, int):
        return
    index = device.index
    row, node, registered = seen.listed.get(index), seen.nodes.get(index), seen.devices.get(index)
    function = seen.functions.get(device.pci) if isinstance(device.pci, str) else None
    if row and index in seen.logged and row.is_at(f"0000:{seen.logged[index]}") is False:
        yield _differ("address", index, {"neuron-ls": row.bdf, "kernel log": seen.logged[index]})
    if function and registered:
        name = _DEVICE_NAMES.get(function.device_id) if isinstance(function.device_id, str) else None
        if name and registered.device_name in _DEVICE_NAMES.values() and registered.device_name != name:
            yield _differ("chip", index, {"pci": name, "sysfs": registered.device_name})
    if row and registered:
        ours, theirs = registered.connected_devices, row.connected_to
        if isinstance(ours, tuple) and isinstance(theirs, tuple) and set(ours) != set(theirs):
            yield _differ("neighbours", index, {"sysfs": _list(ours), "neuron-ls": _list(theirs)})
    if node and registered:
        yield from _compare_node(index, node, registered)


def _compare_presence(device: DeviceWitness, *, in_container: bool) -> Iterator[Disagreement]:
    """Say which witnesses have *device* and which do not; a container is given what it is given."""
    said = {"pci": device.pci, "sysfs": device.sysfs, "dev": device.node, "neuron-ls": device.neuron_ls}
    bound = {name: value for name, value in said.items() if not (in_container and name in ("dev", "neuron-ls"))}
    present = any(value is not None and not isinstance(value, Unread) for value in said.values())
    if present and None in bound.values():
        index = device.index if isinstance(device.index, int) else None
        yield _differ("presence", index, bound)


def _compare_node(index: int, node: DeviceNode, registered: NeuronDevice) -> Iterator[Disagreement]:
    """Say where a node is not that of the registered device."""
    path = _path(node)
    if node.is_character_device is False:
        yield _differ("node", index, {"sysfs": f"neuron{index}", "dev": f"{path} is no character device"})
    elif isinstance(node.major, int) and isinstance(registered.dev, tuple):
        number = (node.major, node.minor)
        if number != registered.dev:
            numbers = [":".join(map(str, pair)) for pair in (registered.dev, number)]
            yield _differ("device number", index, {"sysfs": numbers[0], "dev": f"{path} is {numbers[1]}"})


def _compare_counts(inventory: Inventory) -> Iterator[Disagreement]:
    """Say which witnesses have different numbers of devices."""
    listing = inventory.neuron_ls
    counted: dict[str, Reading[tuple[object, ...]]] = {"pci": inventory.pci, "sysfs": inventory.devices}
    if not isinstance(inventory.container, Container):
        counted["dev"] = inventory.device_nodes
        counted["neuron-ls"] = listing.devices if isinstance(listing, NeuronLs) else listing or _NOT_INSTALLED
    said = {name: len(value) if isinstance(value, tuple) else value for name, value in counted.items()}
    if len({value or 0 for value in said.values() if not isinstance(value, Unread)}) > 1:
        yield _differ("count", None, said)


def _differ(about: About, index: int | None, said: Mapping[str, Reading[object]]) -> Disagreement:
    """Return a disagreement; numbers are said in words."""
    words = {name: value if value is None or isinstance(value, Unread) else str(value) for name, value in said.items()}
    return Disagreement(about=about, index=index, said=words)


def _path(node: DeviceNode) -> str:
    """Return the path of *node*."""
    return f"/dev/neuron{node.index}"


def _list(indexes: tuple[int, ...]) -> str:
    """Return *indexes* as the driver prints them."""
    return ", ".join(map(str, indexes)) or "none"


def _values(reading: Reading[tuple[T, ...]]) -> tuple[T, ...]:
    """Return the facts that there are."""
    return reading if isinstance(reading, tuple) else ()


def _why_unread(reading: Reading[object], *, all_told: bool) -> Unread | None:
    """Return why a device that a witness does not show may be there all the same."""
    return reading if isinstance(reading, Unread) else None if all_told else UNTIED
