"""
Typed facts about a host, and nothing that reads one.

Checks import these and never the collectors that fill them in.
"""

from .driver import DriverFiles, LoadedDriver
from .hardware import DeviceNode, NeuronDevice, PciFunction
from .inventory import Failure, Inventory
from .place import Container, Instance, Memory, OperatingSystem
from .software import (
    RELEVANT_OS_PACKAGE,
    Neff,
    OsPackages,
    Process,
    PythonEnvironment,
    RuntimeLibrary,
    fold_name,
    installed,
)
from .state import NOT_COLLECTED, NOT_GIVEN, PERMISSION, Reading, Unread, value_or_none

__all__ = [
    "NOT_COLLECTED",
    "NOT_GIVEN",
    "PERMISSION",
    "RELEVANT_OS_PACKAGE",
    "Container",
    "DeviceNode",
    "DriverFiles",
    "Failure",
    "Instance",
    "Inventory",
    "LoadedDriver",
    "Memory",
    "Neff",
    "NeuronDevice",
    "OperatingSystem",
    "OsPackages",
    "PciFunction",
    "Process",
    "PythonEnvironment",
    "Reading",
    "RuntimeLibrary",
    "Unread",
    "fold_name",
    "installed",
    "value_or_none",
]
