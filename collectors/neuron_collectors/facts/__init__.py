"""
Typed facts about a host, and nothing that reads one.

Checks import these and never the collectors that fill them in. A module of facts is read when a name of it is first
asked for: a collector needs two or three, and all together take a third of what reading Python environments does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_NAMES = {
    "boot": ("Boot", "InstalledKernel", "ModuleLoading", "ModuleOverride", "UdevRule"),
    "device_class": ("DeviceClass",),
    "device_status": ("CoreStatus", "DeviceHealth", "DeviceStatus"),
    "device_tree": ("DeviceTree",),
    "dkms": ("Dkms", "DkmsBuild", "DkmsFailure", "DkmsModule"),
    "driver": ("DriverFiles", "LoadedDriver", "ModuleFile"),
    "efa": ("Efa", "EfaDevice"),
    "hardware": ("DeviceNode", "NeuronDevice", "PciFunction"),
    "inventory": ("Failure", "Inventory"),
    "kubernetes": ("DevicePlugin", "OciHook", "PluginResource", "Pod"),
    "libraries": ("ExtensionLibrary", "RuntimeLibrary"),
    "logs": (
        "DeviceAddress",
        "DeviceReset",
        "DriverStart",
        "DuplicateRoutingId",
        "HardwareError",
        "InvalidDevice",
        "KernelEvent",
        "KernelLine",
        "OutOfMemoryKill",
        "ProcessAttachment",
        "RuntimeMessage",
    ),
    "neff": ("CachedModules", "CompileCache", "Neff"),
    "neuron_ls": ("NeuronLs", "NeuronLsDevice", "NeuronLsProcess"),
    "package_hold": ("PackageHold",),
    "place": ("Container", "Image", "Instance", "InstanceMetadata", "Memory", "OperatingSystem"),
    "processes": ("MappedLibrary", "Process"),
    "resources": ("Disk", "HugePagePool", "ProcessLimits"),
    "software": ("OsPackages", "PythonEnvironment", "RELEVANT_OS_PACKAGE", "fold_name", "installed"),
    "state": ("NOT_COLLECTED", "NOT_GIVEN", "PERMISSION", "Reading", "Unread", "value_or_none"),
}
"""What each module defines, for what is not known before it is asked for; a test compares it with the imports above."""

_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Read the module that defines *name* (PEP 562), once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
