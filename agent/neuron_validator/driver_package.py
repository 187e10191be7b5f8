"""The driver's package, and the commands around its module."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import Unread, value_or_none

from .evidence import DRIVER, Component, Evidence
from .remedies import package_tool
from .versions import release_part

NAMES = (DRIVER, "aws-neuron-dkms")
"""The driver's package, by its name and by the one that it had until SDK 2.3."""


def driver_package(evidence: Evidence) -> Component | None:
    """Return the driver's package as the package manager lists it; `None` when it lists none."""
    packages = value_or_none(evidence.inventory.os_packages)
    if packages is None:
        return None
    source = value_or_none(packages.manager) or "package database"
    listed = ((name, packages.versions.get(name)) for name in NAMES)
    found = next(((name, version) for name, version in listed if isinstance(version, str)), None)
    return found and Component(
        name=found[0],
        version=release_part(found[1]),
        component_class="driver",
        scope=evidence.system.name,
        source=f"{source}: {found[0]} {found[1]}",
    )


def dkms_version(evidence: Evidence) -> tuple[str, str] | None:
    """Return name and version under which DKMS knows the driver, the newest where it knows several."""
    dkms = value_or_none(evidence.inventory.dkms)
    modules = (value_or_none(dkms.modules) if dkms else None) or ()
    return (modules[-1].name, modules[-1].version) if modules else None


def build_commands(evidence: Evidence, kernel: str, *, headers: bool) -> Iterator[str]:
    """Yield the commands that build the module for *kernel*, with its *headers* installed first where they lack."""
    if headers and (command := headers_command(evidence, kernel)) is not None:
        yield f"sudo {command}"
    known = dkms_version(evidence)
    package = driver_package(evidence)
    if known is not None:
        yield f"sudo dkms install {known[0]}/{known[1]} -k {kernel}"
    elif package is not None:
        yield f"sudo dkms install {package.name.removesuffix('-dkms')}/{package.version} -k {kernel}"
    else:
        yield f"sudo dkms autoinstall -k {kernel}"


def headers_command(evidence: Evidence, kernel: str) -> str | None:
    """Return the command that installs what a module for *kernel* is built with; `None` without a tool for it."""
    tool = package_tool(evidence)
    if tool is None:
        return None
    if tool == "apt":
        return f"apt-get install -y linux-headers-{kernel}"
    return f"{tool} install -y kernel-devel-{kernel} kernel-headers"


def headers_are_there(evidence: Evidence, kernel: str) -> bool | None:
    """Tell whether what a module for *kernel* is built with is installed; `None` when that is not known."""
    boot = value_or_none(evidence.inventory.boot)
    for installed in (value_or_none(boot.kernels) if boot else None) or ():
        if installed.release == kernel:
            return None if isinstance(installed.headers, Unread) else installed.headers is not None
    return None


def kernels_with_module(evidence: Evidence) -> tuple[str, ...] | None:
    """Return the kernels that have a module of the driver; `None` when that is not known."""
    files = evidence.inventory.driver_files
    if files is None:
        return ()
    known = value_or_none(files)
    return value_or_none(known.built_for_kernels) if known else None


def has_devices(evidence: Evidence) -> bool | None:
    """Tell whether this machine has Neuron devices: by PCI, else by its instance type; `None` when not known."""
    functions = evidence.inventory.pci
    if functions is None or isinstance(functions, tuple):
        return bool(functions)
    return True if evidence.instance_type is not None else None
