"""Facts of small hosts, for tests that need no files."""

from __future__ import annotations

from typing import Any

from neuron_collectors.facts import (
    DeviceNode,
    Instance,
    LoadedDriver,
    NeuronDevice,
    OperatingSystem,
    OsPackages,
    PciFunction,
    PythonEnvironment,
)


def healthy_facts() -> dict[str, Any]:
    """Return the facts of a host with nothing to say about."""
    return {
        "instance": Instance(instance_type="trn1.2xlarge"),
        "os": OperatingSystem(id="ubuntu", version="22.04", kernel="6.8.0-1021-aws", glibc="2.35"),
        "container": None,
        "pci": (PciFunction(address="0000:00:1e.0", device_id="0x7164"),),
        "devices": (NeuronDevice(index=0, device_name="Trainium1", core_count=2),),
        "device_nodes": (DeviceNode(index=0, is_character_device=True, mode=0o666, uid=0, gid=0, accessible=True),),
        "driver": LoadedDriver(version="2.26.5.0", initstate="live"),
        "os_packages": packages(),
        "python_environments": (),
    }


def packages(**versions: str | None) -> OsPackages:
    """Return the operating system's packages of SDK 2.28.0, changed by *versions* (underscores for dashes)."""
    listed = {
        "aws-neuronx-dkms": "2.26.5.0",
        "aws-neuronx-runtime-lib": "2.30.51.0-faafe26f0",
        "aws-neuronx-collectives": "2.30.59.0-f5cdefb39",
        "aws-neuronx-tools": "2.28.23.0-f1c114a9d",
    }
    changed = {name.replace("_", "-"): version for name, version in versions.items()}
    return OsPackages(manager="dpkg", versions={**listed, **changed})


def environment(name: str, *, placeholders: tuple[str, ...] = (), **versions: str) -> PythonEnvironment:
    """Return a Python environment of that name."""
    installed = {package.replace("_", "-"): version for package, version in versions.items()}
    return PythonEnvironment(path=f"/opt/{name}", python="3.10.12", packages=installed, placeholders=placeholders)
