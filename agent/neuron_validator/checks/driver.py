"""The kernel driver is there at all."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import DriverFiles, value_or_none

from ..evidence import DRIVER, OLD_DRIVER, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity
from ..remedies import install_commands

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"


def driver_not_loaded(evidence: Evidence) -> Iterator[Finding]:
    """Say that there are Neuron devices and no driver for them."""
    if known(evidence.inventory.driver, "driver") is not None or not _has_devices(evidence):
        return
    components = evidence.system.components
    package = components.get(DRIVER) or components.get(OLD_DRIVER)
    yield Finding(
        id="driver-not-loaded",
        severity=Severity.CRITICAL,
        category="driver",
        kind="missing",
        components=(package.name if package else DRIVER,),
        title="The Neuron driver is not loaded" + ("" if package else ", and its package is not known to be installed"),
        observed="no kernel module `neuron`" + (f"; package {package.version} is installed" if package else ""),
        expected=f"the module of {package.name if package else DRIVER}, loaded",
        why="Without the driver there is no /dev/neuron*, and no application can reach a device.",
        remedy=_load_driver(evidence, installed_version=package.version if package else None),
        evidence=tuple(_device_witness(evidence)),
        docs=_TROUBLESHOOTING,
    )


def _has_devices(evidence: Evidence) -> bool:
    """Tell whether this machine has Neuron devices: on the PCI bus, or by its instance type when PCI is not known."""
    functions = evidence.inventory.pci
    if isinstance(functions, tuple):
        return bool(functions)
    return evidence.instance_type is not None


def _device_witness(evidence: Evidence) -> Iterator[Excerpt]:
    functions = value_or_none(evidence.inventory.pci)
    if functions:
        yield Excerpt(source="sys/bus/pci/devices", text=f"{len(functions)} Neuron PCI functions")
    elif evidence.instance_type_name:
        yield Excerpt(source="sys/devices/virtual/dmi/id/product_name", text=evidence.instance_type_name)


def _load_driver(evidence: Evidence, *, installed_version: str | None) -> Remedy:
    """Return how the driver gets loaded: installed first where it is not, built first where no module is."""
    if evidence.in_container:
        return Remedy(
            summary="Install and load the driver on the host of this container; it cannot be loaded inside one."
        )
    if installed_version is None:
        pin = "2.24.*" if evidence.family == "inf1" else "2.*"
        commands = install_commands(evidence, {DRIVER: pin}, then=["sudo modprobe neuron"])
        return Remedy(summary="Install the driver and load it.", commands=commands)
    files = value_or_none(evidence.inventory.driver_files)
    if isinstance(files, DriverFiles) and files.built_for_kernels == ():
        commands = ("sudo dkms autoinstall", "sudo modprobe neuron")
        return Remedy(summary="Build the module for the running kernel and load it.", commands=commands)
    commands = ("sudo modprobe neuron", "sudo dmesg | grep -i neuron | tail")
    return Remedy(summary="Load the module; if that fails the kernel log says why.", commands=commands)


CHECKS = (
    Check(
        id="driver-not-loaded",
        category="driver",
        title="The kernel driver is loaded where there are Neuron devices",
        severity=Severity.CRITICAL,
        needs=("driver",),
        run=driver_not_loaded,
        docs=_TROUBLESHOOTING,
        consequences=("devices-missing", "device-nodes-missing", "device-nodes-inaccessible"),
    ),
)
