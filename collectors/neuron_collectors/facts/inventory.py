"""All facts of one host."""

from __future__ import annotations

from collections.abc import Mapping

from .boot import Boot, ModuleLoading, UdevRule
from .dkms import Dkms
from .driver import DriverFiles, LoadedDriver
from .frozen import dataclass
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .libraries import ExtensionLibrary, RuntimeLibrary
from .neff import CompileCache, Neff
from .neuron_ls import NeuronLs
from .package_hold import PackageHold
from .place import Container, Instance, Memory, OperatingSystem
from .processes import Process
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
    os: Reading[OperatingSystem] = NOT_COLLECTED
    container: Reading[Container] = NOT_COLLECTED
    """`None` when this is no container."""
    pci: Reading[tuple[PciFunction, ...]] = NOT_COLLECTED
    devices: Reading[tuple[NeuronDevice, ...]] = NOT_COLLECTED
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
    """Read only where the whole host is written down."""
    neffs: Reading[tuple[Neff, ...]] = NOT_COLLECTED
    compile_caches: Reading[tuple[CompileCache, ...]] = NOT_COLLECTED
    environment: Reading[Mapping[str, str]] = NOT_COLLECTED
    processes: Reading[tuple[Process, ...]] = NOT_COLLECTED
    """Those that use Neuron; unread where none was seen and some could not be looked at."""
    hidden_processes: Reading[int] = NOT_COLLECTED
    """How many processes could not be looked at: those of other users, unless this runs with the right to."""
    memory: Reading[Memory] = NOT_COLLECTED
    log_lines: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of an application's log."""
    kernel_log: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of this boot's kernel log that bear on Neuron, oldest first, as dmesg prints them; see `log_lines`."""
    failures: tuple[Failure, ...] = ()
