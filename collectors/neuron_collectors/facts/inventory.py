"""All facts of one host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .driver import DriverFiles, LoadedDriver
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .place import Container, Instance, Memory, OperatingSystem
from .software import Neff, OsPackages, Process, PythonEnvironment, RuntimeLibrary
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
    driver: Reading[LoadedDriver] = NOT_COLLECTED
    """`None` when no Neuron driver is loaded."""
    driver_files: Reading[DriverFiles] = NOT_COLLECTED
    """`None` when there is no module file for any kernel."""
    os_packages: Reading[OsPackages] = NOT_COLLECTED
    python_environments: Reading[tuple[PythonEnvironment, ...]] = NOT_COLLECTED
    runtime_libraries: Reading[tuple[RuntimeLibrary, ...]] = NOT_COLLECTED
    neffs: Reading[tuple[Neff, ...]] = NOT_COLLECTED
    environment: Reading[Mapping[str, str]] = NOT_COLLECTED
    processes: Reading[tuple[Process, ...]] = NOT_COLLECTED
    memory: Reading[Memory] = NOT_COLLECTED
    log_lines: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of an application's log."""
    kernel_log: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Lines of the kernel's log."""
    failures: tuple[Failure, ...] = ()
