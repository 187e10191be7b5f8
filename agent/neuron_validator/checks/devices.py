"""The witnesses of the devices: instance type, PCI, driver, device nodes and neuron-ls should see the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import DeviceNode, Unread, value_or_none
from neuron_collectors.facts.device_witnesses import join_witnesses

from ..evidence import DRIVER, NEURON_FAMILIES, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity
from .witnesses import name_device, wait_for_driver, without

_SYSFS_GUIDE = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-sysfs-user-guide.html"
)
_CONTAINERS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/containers/index.html"
_READ_WRITE = 0o006
_UDEV_RULE = "/lib/udev/rules.d/neuron-udev.rules"


def no_neuron_device(evidence: Evidence) -> Iterator[Finding]:
    """Say that the driver is installed or loaded on a machine that has no Neuron device."""
    if evidence.in_container or _has_device(evidence) is not False:
        return
    component = next((c for c in evidence.system.seen if c.component_class == "driver"), None)
    if component is None:
        return
    name = evidence.instance_type_name
    yield Finding(
        id="no-neuron-device",
        severity=Severity.WARNING,
        category="device",
        kind="missing",
        components=(component.name,),
        title=f"The Neuron driver is here, but {name or 'this machine'} has no Neuron device",
        observed=f"{component.name} {component.version}; no Neuron PCI function",
        expected="an instance of the inf or trn families",
        why="Without a device the driver has nothing to drive: the runtime finds none, and only compiling works.",
        remedy=Remedy(summary="Run the workload on an Inferentia or Trainium instance, or remove the driver here."),
        evidence=(Excerpt(source=component.source, text=component.version),),
        docs=_SYSFS_GUIDE,
    )


def _has_device(evidence: Evidence) -> bool | None:
    """Tell whether there is a Neuron device: from PCI, else from an instance type of another family."""
    functions = evidence.inventory.pci
    if not isinstance(functions, Unread):
        return bool(functions) or evidence.instance_type is not None
    name = evidence.instance_type_name
    if name is None or name.startswith(NEURON_FAMILIES):
        return None
    return False


def devices_missing(evidence: Evidence) -> Iterator[Finding]:
    """Say where a witness sees fewer devices than the one before it."""
    wait_for_driver(evidence)
    kind = evidence.instance_type
    expected = kind.devices if kind else None
    functions = value_or_none(evidence.inventory.pci)
    devices = value_or_none(evidence.inventory.devices)
    # A device that the driver has is on the bus, whatever a sandbox shows of that.
    on_bus = None if functions is None else max(len(functions), len(devices or ()))
    wanted = expected if on_bus is None else on_bus
    if expected is not None and on_bus is not None and on_bus < expected:
        yield _fewer_on_pci(evidence, expected, on_bus)
    elif devices is not None and wanted is not None and len(devices) < wanted:
        yield _fewer_in_driver(evidence, wanted, len(devices))


def _fewer_on_pci(evidence: Evidence, expected: int, seen: int) -> Finding:
    name = evidence.instance_type_name or "this instance type"
    return Finding(
        id="devices-missing",
        severity=Severity.CRITICAL,
        category="device",
        kind="missing",
        title=f"{seen} of {expected} Neuron devices are on the PCI bus",
        observed=f"{seen} Neuron PCI functions",
        expected=f"{expected} on {name}",
        why="A device that the PCI bus does not show is out of the driver's reach; work placed on it cannot start.",
        remedy=Remedy(
            summary="Stop and start the instance, so that it moves to other hardware; tell AWS support if that fails."
        ),
        evidence=(Excerpt(source="sys/bus/pci/devices", text=f"{seen} of vendor 0x1d0f with a Neuron device id"),),
        docs=_SYSFS_GUIDE,
    )


def _fewer_in_driver(evidence: Evidence, expected: int, seen: int) -> Finding:
    lacking = [name_device(device) for device in join_witnesses(evidence.inventory).devices if device.sysfs is None]
    return Finding(
        id="devices-missing",
        severity=Severity.CRITICAL,
        category="device",
        kind="missing",
        components=(DRIVER,),
        title=f"The driver registered {seen} of {expected} Neuron devices",
        observed=f"{seen} devices in /sys/class/neuron_device{without(lacking)}",
        expected=f"{expected}",
        why="A device that the driver could not initialise has no device node; work placed on it cannot start.",
        remedy=Remedy(
            summary="Read the kernel log for the device's error; reload the driver or reboot.",
            commands=("sudo dmesg | grep -i neuron", "sudo modprobe -r neuron", "sudo modprobe neuron"),
        ),
        evidence=(Excerpt(source="sys/class/neuron_device", text=f"{seen} entries"),),
        docs=_SYSFS_GUIDE,
    )


def device_nodes_missing(evidence: Evidence) -> Iterator[Finding]:
    """Say that devices have no node in /dev."""
    wait_for_driver(evidence)
    nodes = known(evidence.inventory.device_nodes, "device nodes") or ()
    devices = value_or_none(evidence.inventory.devices)
    if evidence.in_container:
        if not nodes and (devices or evidence.instance_type):
            yield _no_nodes_in_container()
        return
    kind = evidence.instance_type
    # Where only the family is known, or AWS does not say how many: a type of it has one device at least.
    expected = len(devices) if devices is not None else (kind.devices or 1) if kind else None
    if expected is not None and len(nodes) < expected:
        yield _nodes_missing(evidence, expected, len(nodes))


def _no_nodes_in_container() -> Finding:
    return Finding(
        id="device-nodes-missing",
        severity=Severity.CRITICAL,
        category="device",
        kind="missing",
        scope="container",
        title="No /dev/neuron* is visible in this container",
        observed="no device node",
        expected="one /dev/neuron<N> for each device that the container may use",
        why="The runtime opens /dev/neuron<N>; without a node it finds no device.",
        remedy=Remedy(
            summary="Pass the devices to the container: --device for Docker, the Neuron device plugin for Kubernetes.",
            commands=("docker run --device=/dev/neuron0 IMAGE",),
        ),
        evidence=(Excerpt(source="dev", text="no neuron*"),),
        docs=_CONTAINERS,
    )


def _nodes_missing(evidence: Evidence, expected: int, seen: int) -> Finding:
    lacking = [name_device(device) for device in join_witnesses(evidence.inventory).devices if device.node is None]
    seen_words = "no /dev/neuron* device node" if not seen else f"{seen} of {expected} /dev/neuron* device nodes"
    return Finding(
        id="device-nodes-missing",
        severity=Severity.CRITICAL,
        category="device",
        kind="missing",
        components=(DRIVER,),
        title=f"There {'is' if seen < 2 else 'are'} {seen_words} on this host",
        observed=seen_words + (without(lacking) if seen else ""),
        expected=f"{expected}",
        why="The driver makes a node for every device when its module loads; the runtime opens them.",
        remedy=Remedy(
            summary="Load the driver module; if it is loaded, let udev make the nodes again.",
            commands=("sudo modprobe neuron", "sudo udevadm trigger --subsystem-match=neuron_device"),
        ),
        evidence=(Excerpt(source="dev", text=f"{seen} neuron*"),),
        docs=_SYSFS_GUIDE,
    )


def device_nodes_inaccessible(evidence: Evidence) -> Iterator[Finding]:
    """Say that device nodes are there and cannot be used."""
    nodes = known(evidence.inventory.device_nodes, "device nodes") or ()
    if any(node.is_character_device is False for node in nodes):
        yield _inaccessible(evidence, "is not a character device", Severity.CRITICAL, "misconfigured node")
    elif any(node.accessible is False for node in nodes):
        yield _inaccessible(evidence, "may not be opened by this user", Severity.CRITICAL, _owner(nodes))
    elif any(_only_root(node) for node in nodes):
        yield _inaccessible(evidence, "may be opened by root only", Severity.WARNING, _owner(nodes))


def _inaccessible(evidence: Evidence, what: str, severity: Severity, seen: str) -> Finding:
    return Finding(
        id="device-nodes-inaccessible",
        severity=severity,
        category="device",
        kind="misconfigured",
        components=(DRIVER,),
        scope=evidence.system.name,
        title=f"/dev/neuron* {what}",
        observed=seen,
        expected="a character device, readable and writable for the user of the application",
        why="The runtime opens the node for reading and writing. The kernel makes it 0600; a udev rule that comes with "
        "the driver package opens it.",
        remedy=Remedy(
            summary=f"Put the driver package's udev rule in place ({_UDEV_RULE}) and apply it.",
            commands=(
                f'echo \'KERNEL=="neuron*", MODE="0666"\' | sudo tee {_UDEV_RULE}',
                "sudo udevadm control --reload-rules",
                "sudo udevadm trigger --subsystem-match=neuron_device",
            ),
        ),
        evidence=(Excerpt(source="dev/neuron0", text=seen),),
        docs=_SYSFS_GUIDE,
    )


def _only_root(node: DeviceNode) -> bool:
    """Tell whether mode and owner shut everyone out but root."""
    if not isinstance(node.mode, int) or node.uid != 0:
        return False
    group_may = node.gid != 0 and node.mode & 0o060 == 0o060
    return node.mode & _READ_WRITE != _READ_WRITE and not group_may


def _owner(nodes: tuple[DeviceNode, ...]) -> str:
    """Describe mode and owner of the first node that has them."""
    node = next((n for n in nodes if isinstance(n.mode, int)), None)
    return f"mode {node.mode:04o}, uid {node.uid}, gid {node.gid}" if node else "not accessible"


CHECKS = (
    Check(
        id="no-neuron-device",
        category="device",
        title="The driver is on a machine with Neuron devices",
        severity=Severity.WARNING,
        run=no_neuron_device,
        docs=_SYSFS_GUIDE,
    ),
    Check(
        id="devices-missing",
        category="device",
        title="PCI bus and driver show as many devices as the instance type has",
        severity=Severity.CRITICAL,
        needs=(),
        run=devices_missing,
        docs=_SYSFS_GUIDE,
        consequences=("device-nodes-missing", "devices-disagree"),
    ),
    Check(
        id="device-nodes-missing",
        category="device",
        title="Every device has its node in /dev",
        severity=Severity.CRITICAL,
        needs=("device nodes",),
        run=device_nodes_missing,
        docs=_SYSFS_GUIDE,
        consequences=("devices-disagree",),
    ),
    Check(
        id="device-nodes-inaccessible",
        category="device",
        title="The device nodes may be opened",
        severity=Severity.CRITICAL,
        needs=("device nodes",),
        run=device_nodes_inaccessible,
        docs=_SYSFS_GUIDE,
    ),
)
