"""All facts of one host."""

from __future__ import annotations

from collections.abc import Mapping

from .boot import Boot, ModuleLoading, UdevRule
from .device_class import DeviceClass
from .device_status import DeviceHealth, DeviceStatus
from .device_tree import DeviceTree
from .dkms import Dkms
from .driver import DriverFiles, LoadedDriver
from .efa import Efa
from .frozen import dataclass
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .kubernetes import DevicePlugin, OciHook, Pod
from .libraries import ExtensionLibrary, RuntimeLibrary
from .neff import CompileCache, Neff
from .neuron_ls import NeuronLs
from .package_hold import PackageHold
from .place import Container, Image, Instance, InstanceMetadata, Memory, OperatingSystem
from .processes import Process
from .resources import Disk, HugePagePool, ProcessLimits
from .software import OsPackages, PythonEnvironment
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A collector that gathered nothing, and why."""

    collector: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """
    The facts of one host, each as its own source shows it.

    Sources that witness the same thing (PCI, driver, device nodes) stay apart: where they disagree is for the checks
    to say.
    """

    instance: Reading[Instance] = NOT_COLLECTED
    instance_metadata: Reading[InstanceMetadata] = NOT_COLLECTED
    """A second witness of the instance, that no check may need: the network is asked only when the user says so."""
    os: Reading[OperatingSystem] = NOT_COLLECTED
    image: Reading[Image] = NOT_COLLECTED
    """`None` when the host was not made from an image of AWS's for deep learning, or nothing in it tells."""
    container: Reading[Container] = NOT_COLLECTED
    """`None` when this is no container."""
    pod: Reading[Pod] = NOT_COLLECTED
    """`None` when this is no pod of Kubernetes."""
    device_plugin: Reading[DevicePlugin] = NOT_COLLECTED
    """`None` when this is no node of Kubernetes."""
    oci_hook: Reading[OciHook] = NOT_COLLECTED
    """`None` when it is neither installed nor configured."""
    efa: Reading[Efa] = NOT_COLLECTED
    """`None` when there is no adapter, no driver and no software of EFA."""
    pci: Reading[tuple[PciFunction, ...]] = NOT_COLLECTED
    devices: Reading[tuple[NeuronDevice, ...]] = NOT_COLLECTED
    device_class: Reading[DeviceClass] = NOT_COLLECTED
    """`None` when no driver is loaded."""
    device_status: Reading[tuple[DeviceStatus, ...]] = NOT_COLLECTED
    """Of each core the counters that a check judges; all of them where the whole host is written down."""
    device_health: Reading[tuple[DeviceHealth, ...]] = NOT_COLLECTED
    """Apart from the rest, because a device whose firmware is stuck does not answer for longer than anyone waits."""
    device_trees: Reading[tuple[DeviceTree, ...]] = NOT_COLLECTED
    """All that the driver counts: many files, so only ``collect`` and now and then the service read them."""
    device_nodes: Reading[tuple[DeviceNode, ...]] = NOT_COLLECTED
    neuron_ls: Reading[NeuronLs] = NOT_COLLECTED
    """A second witness, that no check may need; `None` when the vendor's tools are not installed."""
    driver: Reading[LoadedDriver] = NOT_COLLECTED
    """`None` when no Neuron driver is loaded."""
    driver_files: Reading[DriverFiles] = NOT_COLLECTED
    """`None` when there is no module file for any kernel."""
    dkms: Reading[Dkms] = NOT_COLLECTED
    """`None` when DKMS has nothing of the driver and there is no source for it."""
    boot: Reading[Boot] = NOT_COLLECTED
    """`None` where there is nothing to boot, as in a container."""
    module_loading: Reading[ModuleLoading] = NOT_COLLECTED
    udev_rules: Reading[tuple[UdevRule, ...]] = NOT_COLLECTED
    package_holds: Reading[tuple[PackageHold, ...]] = NOT_COLLECTED
    os_packages: Reading[OsPackages] = NOT_COLLECTED
    python_environments: Reading[tuple[PythonEnvironment, ...]] = NOT_COLLECTED
    runtime_libraries: Reading[tuple[RuntimeLibrary, ...]] = NOT_COLLECTED
    extension_libraries: Reading[tuple[ExtensionLibrary, ...]] = NOT_COLLECTED
    neffs: Reading[tuple[Neff, ...]] = NOT_COLLECTED
    compile_caches: Reading[tuple[CompileCache, ...]] = NOT_COLLECTED
    environment: Reading[Mapping[str, str]] = NOT_COLLECTED
    """Variables that Neuron's software heeds, by name: those of the process that collects, e.g. of its container."""
    processes: Reading[tuple[Process, ...]] = NOT_COLLECTED
    """Those that use Neuron; unread where none was seen and some could not be looked at."""
    hidden_processes: Reading[int] = NOT_COLLECTED
    """How many processes could not be looked at: those of other users, unless this runs with the right to."""
    memory: Reading[Memory] = NOT_COLLECTED
    huge_pages: Reading[tuple[HugePagePool, ...]] = NOT_COLLECTED
    """`None` when the kernel has none."""
    limits: Reading[ProcessLimits] = NOT_COLLECTED
    disks: Reading[tuple[Disk, ...]] = NOT_COLLECTED
    log_lines: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of an application's log."""
    kernel_log: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of this boot's kernel log that bear on Neuron, oldest first, as dmesg prints them; see `log_lines`."""
    failures: tuple[Failure, ...] = ()
