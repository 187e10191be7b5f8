"""
Typed facts about a host, and nothing that reads one.

Checks import these and never the collectors that fill them in.
"""

from .boot import Boot, InstalledKernel, ModuleLoading, ModuleOverride, UdevRule
from .dkms import Dkms, DkmsBuild, DkmsFailure, DkmsModule
from .driver import DriverFiles, LoadedDriver, ModuleFile
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .inventory import Failure, Inventory
from .libraries import ExtensionLibrary, RuntimeLibrary
from .logs import (
    DeviceAddress,
    DeviceReset,
    DriverStart,
    DuplicateRoutingId,
    HardwareError,
    InvalidDevice,
    KernelEvent,
    KernelLine,
    OutOfMemoryKill,
    ProcessAttachment,
    RuntimeMessage,
)
from .neff import CachedModules, CompileCache, Neff
from .neuron_ls import NeuronLs, NeuronLsDevice, NeuronLsProcess
from .neuron_monitor import NeuronMonitorSample
from .package_hold import PackageHold
from .place import Container, Instance, Memory, OperatingSystem
from .processes import MappedLibrary, Process
from .software import (
    RELEVANT_OS_PACKAGE,
    OsPackages,
    PythonEnvironment,
    fold_name,
    installed,
)
from .state import NOT_COLLECTED, NOT_GIVEN, PERMISSION, Reading, Unread, value_or_none

__all__ = [
    "NOT_COLLECTED",
    "NOT_GIVEN",
    "PERMISSION",
    "RELEVANT_OS_PACKAGE",
    "Boot",
    "CachedModules",
    "CompileCache",
    "Container",
    "DeviceAddress",
    "DeviceNode",
    "DeviceReset",
    "Dkms",
    "DkmsBuild",
    "DkmsFailure",
    "DkmsModule",
    "DriverFiles",
    "DriverStart",
    "DuplicateRoutingId",
    "ExtensionLibrary",
    "Failure",
    "HardwareError",
    "InstalledKernel",
    "Instance",
    "InvalidDevice",
    "Inventory",
    "KernelEvent",
    "KernelLine",
    "LoadedDriver",
    "MappedLibrary",
    "Memory",
    "ModuleFile",
    "ModuleLoading",
    "ModuleOverride",
    "Neff",
    "NeuronDevice",
    "NeuronLs",
    "NeuronLsDevice",
    "NeuronLsProcess",
    "NeuronMonitorSample",
    "OperatingSystem",
    "OsPackages",
    "OutOfMemoryKill",
    "PackageHold",
    "PciFunction",
    "Process",
    "ProcessAttachment",
    "PythonEnvironment",
    "Reading",
    "RuntimeLibrary",
    "RuntimeMessage",
    "UdevRule",
    "Unread",
    "fold_name",
    "installed",
    "value_or_none",
]
