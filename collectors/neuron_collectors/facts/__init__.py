"""
Typed facts about a host, and nothing that reads one.

Checks import these and never the collectors that fill them in.
"""

from .boot import Boot, InstalledKernel, ModuleLoading, ModuleOverride, UdevRule
from .device_class import DeviceClass
from .device_status import CoreStatus, DeviceHealth, DeviceStatus
from .device_tree import DeviceTree
from .dkms import Dkms, DkmsBuild, DkmsFailure, DkmsModule
from .driver import DriverFiles, LoadedDriver, ModuleFile
from .efa import Efa, EfaDevice
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .inventory import Failure, Inventory
from .kubernetes import DevicePlugin, OciHook, PluginResource, Pod
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
from .package_hold import PackageHold
from .place import Container, Image, Instance, InstanceMetadata, Memory, OperatingSystem
from .processes import MappedLibrary, Process
from .resources import Disk, HugePagePool, ProcessLimits
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
    "CoreStatus",
    "DeviceAddress",
    "DeviceClass",
    "DeviceHealth",
    "DeviceNode",
    "DevicePlugin",
    "DeviceReset",
    "DeviceStatus",
    "DeviceTree",
    "Disk",
    "Dkms",
    "DkmsBuild",
    "DkmsFailure",
    "DkmsModule",
    "DriverFiles",
    "DriverStart",
    "DuplicateRoutingId",
    "Efa",
    "EfaDevice",
    "ExtensionLibrary",
    "Failure",
    "HardwareError",
    "HugePagePool",
    "Image",
    "InstalledKernel",
    "Instance",
    "InstanceMetadata",
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
    "OciHook",
    "OperatingSystem",
    "OsPackages",
    "OutOfMemoryKill",
    "PackageHold",
    "PciFunction",
    "PluginResource",
    "Pod",
    "Process",
    "ProcessAttachment",
    "ProcessLimits",
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
