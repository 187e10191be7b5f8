"""The witnesses of the devices one by one: which device PCI, sysfs, /dev or neuron-ls lack, or tell differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from neuron_collectors.facts import Container, Inventory, Reading, Unread, value_or_none
from neuron_collectors.facts.device_witnesses import join_witnesses
from neuron_collectors.facts.witnesses import DeviceWitness, Disagreement

from ..evidence import Evidence, NotKnown
from ..findings import Check, Excerpt, Finding, Remedy, Severity
from ..remedies import RELOAD

_SYSFS_GUIDE = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-sysfs-user-guide.html"
)
_NAMES: Mapping[str, str] = {
    "pci": "PCI",
    "sysfs": "sysfs",
    "dev": "/dev",
    "neuron-ls": "neuron-ls",
    "kernel log": "the kernel log",
}
_SOURCES: Mapping[str, str] = {
    "pci": "sys/bus/pci/devices",
    "sysfs": "sys/class/neuron_device",
    "dev": "dev",
    "neuron-ls": "neuron-ls",
    "kernel log": "kernel log",
}
# No document says that sysfs and neuron-ls print the same neighbours, and `device-nodes-inaccessible` tells of nodes
# that are none.
_ONE_BY_ONE = ("presence", "address", "chip", "device number")
_MOST_NAMED = 4
_HIDDEN = Unread("shows no Neuron device at all")


def devices_disagree(evidence: Evidence) -> Iterator[Finding]:
    """Say which devices are missing from which witness, or told differently; where none is registered others do."""
    wait_for_driver(evidence)
    if not value_or_none(evidence.inventory.devices):
        return
    found = join_witnesses(_without_doubts(evidence.inventory)).disagreements
    told = [one for one in found if one.about in _ONE_BY_ONE] or [one for one in found if one.about == "count"]
    if told:
        yield _disagreement(told, evidence)


def wait_for_driver(evidence: Evidence) -> None:
    """Raise `NotKnown` while the module comes or goes: its devices and their nodes come and go with it."""
    driver = value_or_none(evidence.inventory.driver)
    state = value_or_none(driver.initstate) if driver else None
    if state not in (None, "live"):
        raise NotKnown(f"devices: the driver is not live: {state}")


def name_device(device: DeviceWitness) -> str:
    """Name a device by its number, else by the address of its function."""
    if isinstance(device.index, int):
        return f"neuron{device.index}"
    return device.pci if isinstance(device.pci, str) else "a device"


def without(names: Sequence[str]) -> str:
    """Say which devices are not among those that were counted before; nothing when none is known by name."""
    return f", without {_list(names)}" if names else ""


def _without_doubts(inventory: Inventory) -> Inventory:
    """Return *inventory* as that of a container where it may be one, and without a bus that some sandbox hides."""
    if isinstance(inventory.container, Unread):
        inventory = replace(inventory, container=Container())  # it may have fewer devices than /sys shows
    return replace(inventory, pci=_HIDDEN) if inventory.pci == () and inventory.devices else inventory


def _disagreement(told: Sequence[Disagreement], evidence: Evidence) -> Finding:
    missing = any(one.about in ("presence", "count") for one in told)
    words = [_describe(one) for one in told]
    return Finding(
        id="devices-disagree",
        severity=Severity.WARNING,
        category="device",
        kind="missing" if missing else "misconfigured",
        scope=evidence.system.name,
        title=words[0] if len(words) == 1 else f"{words[0]}, and {len(words) - 1} more devices are not told alike",
        observed=_list(words, "; "),
        expected="the same devices in PCI, sysfs, /dev and neuron-ls",
        why="Software finds devices by different ways: the runtime opens the nodes, tools ask the driver. One that a "
        "witness lacks, or has under another number, is lost to some of it, or taken for another one.",
        remedy=Remedy(
            summary="Read the kernel log for the device. Reload the driver while nothing uses it, or reboot; make a "
            "container anew whose host's driver was reloaded.",
            commands=() if evidence.in_container else ("sudo dmesg | grep -i neuron", *RELOAD),
        ),
        evidence=tuple(_excerpts(told[0])),
        docs=_SYSFS_GUIDE,
    )


def _describe(one: Disagreement) -> str:
    """Say in one line what the witnesses tell: who lacks the device, who has it, and who could not be heard."""
    device = "the devices" if one.index is None else f"neuron{one.index}"
    if one.about == "count":
        return "Devices counted: " + ", ".join(f"{_NAMES[name]} {_word(said)}" for name, said in one.said.items())
    if one.about != "presence":
        pairs = " and ".join(f"{said} in {_NAMES[name]}" for name, said in one.said.items())
        return f"{device} has two values for its {one.about}: {pairs}"
    if one.index is None:
        device = str(one.said["pci"])
    lacking = [_NAMES[name] for name, said in one.said.items() if said is None]
    having = [_NAMES[name] for name, said in one.said.items() if isinstance(said, str)]
    unheard = [f"{_NAMES[name]}: {said.reason}" for name, said in one.said.items() if isinstance(said, Unread)]
    heard = f"{device} is missing from {_list(lacking)}, and is in {_list(having)}"
    return f"{heard} (not heard: {', '.join(unheard)})" if unheard else heard


def _word(said: Reading[str]) -> str:
    return "none" if said is None else f"not heard ({said.reason})" if isinstance(said, Unread) else said


def _excerpts(one: Disagreement) -> Iterator[Excerpt]:
    """Yield what each witness that was heard says."""
    for name, said in one.said.items():
        if not isinstance(said, Unread):
            yield Excerpt(source=_SOURCES[name], text=_word(said))


def _list(names: Sequence[str], separator: str = ", ") -> str:
    """List the first names, and say how many there are beside them."""
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return separator.join((*names[:_MOST_NAMED], *more))


CHECKS = (
    Check(
        id="devices-disagree",
        category="device",
        title="PCI, sysfs, /dev and neuron-ls have the same devices",
        severity=Severity.WARNING,
        needs=("driver's devices",),
        run=devices_disagree,
        docs=_SYSFS_GUIDE,
    ),
)
