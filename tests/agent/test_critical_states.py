"""States of a host that may be critical: for each a broken host and its healthy twin, through all checks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.builders import environment, healthy_facts, packages

from neuron_collectors.facts import (
    Container,
    DeviceHealth,
    DeviceNode,
    DriverFiles,
    ExtensionLibrary,
    Instance,
    Inventory,
    NeuronDevice,
    OperatingSystem,
    PciFunction,
    RuntimeLibrary,
)
from neuron_validator.catalog import Catalog
from neuron_validator.checks import CHECKS
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Finding, Severity

KERNEL = "6.8.0-1021-aws"
START = "[ 8.1] neuron: Neuron Driver Started with Version:2.26.5.0"
FAULT = (
    "[ 9.0] NEURON_HW_ERR=HBM_UNCORRECTABLE_ERROR instance-id=i-1 nd-id=0 nc-id=1 serial-num=0 "
    "action=TERMINATE_INSTANCE"
)
MISSING: dict[str, Any] = {"driver": None, "devices": None, "device_nodes": ()}
BUILT = DriverFiles(version="2.26.5.0", built_for_kernels=(KERNEL,))
IN_CONTAINER: dict[str, Any] = {"container": Container(kind="docker"), "os_packages": packages(aws_neuronx_dkms=None)}
LIBRARY = RuntimeLibrary(
    path="/opt/aws/neuron/lib/libnrt.so.1",
    paths=("/opt/aws/neuron/lib/libnrt.so.1",),
    environment=None,
    version="2.30.51.0",
    exports=("nrt_init@NRT_2.0.0",),
)


def calls(symbol: str, glibc: str = "2.28") -> tuple[ExtensionLibrary, ...]:
    """Return an extension that calls *symbol* of the runtime and needs this C library."""
    path = "/opt/env/lib/python3.10/site-packages/torch_neuronx/lib/libtorchneuron.so"
    return (ExtensionLibrary(path=path, environment="/opt/env", runtime_symbols=(symbol,), needed_glibc=glibc),)


def node(**changes: Any) -> tuple[DeviceNode, ...]:
    """Return the one device node of the host, changed."""
    usual = {"index": 0, "is_character_device": True, "mode": 0o666, "uid": 0, "gid": 0, "accessible": True}
    return (DeviceNode(**{**usual, **changes}),)


def health(**counts: int) -> tuple[DeviceHealth, ...]:
    """Return the health of the one device: as sysfs shows it without a fault, but for *counts*."""
    well: dict[str, Any] = {"sram_ecc_uncorrected": 0, "mem_ecc_uncorrected": 0, "mem_ecc_repairable_uncorrected": 0}
    return (DeviceHealth(index=0, healthcheck_heartbeat=0, unhealthy_components=(), **{**well, **counts}),)


# Check -> what to change in a healthy host so that it is broken, and so that it is the nearest that is not.
STATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # nrt-troubleshoot, "Hardware errors": the line with its action; a driver that was loaded since starts anew.
    "hardware-error": ({"kernel_log": (START, FAULT)}, {"kernel_log": (FAULT, START)}),
    # nrt-troubleshoot, "Hardware errors", as sysfs counts them: of HBM, lost.
    "device-memory-uncorrectable": (
        {"device_health": health(mem_ecc_uncorrected=1)},
        {"device_health": health()},
    ),
    # The same table: repairable by a reload of the driver, after which the counter starts anew.
    "device-memory-repairable": (
        {"device_health": health(mem_ecc_repairable_uncorrected=2), "kernel_log": (START,)},
        {"device_health": health(), "kernel_log": (START,)},
    ),
    # The driver refuses to open a device whose reset failed, until one completes.
    "device-reset-failed": (
        {"kernel_log": (START, "[ 9] neuron:nr_reset_thread_fn: nd0: reset request 4711 failed")},
        {
            "kernel_log": (
                START,
                "[ 9] neuron:nr_reset_thread_fn: nd0: reset request 4711 failed",
                "[ 10] neuron:nr_reset_thread_fn: nd0: reset request 4712 completed",
            )
        },
    ),
    # deploy/troubleshooting: AWS_NEURON_VISIBLE_DEVICES without the hook gives the container no device.
    "visible-devices-without-hook": (
        {**IN_CONTAINER, "device_nodes": (), "environment": {"AWS_NEURON_VISIBLE_DEVICES": "0"}},
        {**IN_CONTAINER, "environment": {"AWS_NEURON_VISIBLE_DEVICES": "0"}},
    ),
    # nrt-troubleshoot, "Neuron Driver installation fails": a package, and no module for the running kernel.
    "module-not-built": ({**MISSING, "driver_files": None}, {"driver_files": BUILT}),
    # nrt-troubleshoot, known issue of SDK 2.30.0: runtime 2.32 with 2.26 loaded; 2.27 lies on disk.
    "driver-not-reloaded": (
        {
            "driver_files": DriverFiles(version="2.27.4.0", built_for_kernels=(KERNEL,)),
            "os_packages": packages(aws_neuronx_dkms="2.27.4.0", aws_neuronx_runtime_lib="2.32.31.0-0234f5ed2"),
        },
        {"driver_files": BUILT},
    ),
    # nrt-troubleshoot, "Neuron driver is not loaded".
    "driver-not-loaded": ({**MISSING, "driver_files": BUILT}, {"driver_files": BUILT}),
    # An extension that calls what the library does not export does not load.
    "library-symbols-missing": (
        {"extension_libraries": calls("nrt_new@NRT_3.0.0"), "runtime_libraries": (LIBRARY,)},
        {"extension_libraries": calls("nrt_init@NRT_2.0.0"), "runtime_libraries": (LIBRARY,)},
    ),
    # The loader refuses a library that needs a newer C library.
    "library-needs-newer-glibc": (
        {"extension_libraries": calls("nrt_init", "2.38"), "runtime_libraries": (LIBRARY,)},
        {"extension_libraries": calls("nrt_init", "2.35"), "runtime_libraries": (LIBRARY,)},
    ),
    # trn1-arch: a trn1.32xlarge has sixteen devices.
    "devices-missing": (
        {
            "instance": Instance(instance_type="trn1.32xlarge"),
            "pci": (PciFunction(device_id="0x7164"),) * 15,
            "devices": (NeuronDevice(device_name="Trainium1"),) * 15,
            "device_nodes": node() * 15,
        },
        {
            "instance": Instance(instance_type="trn1.32xlarge"),
            "pci": (PciFunction(device_id="0x7164"),) * 16,
            "devices": (NeuronDevice(device_name="Trainium1"),) * 16,
            "device_nodes": node() * 16,
        },
    ),
    # The driver makes a node for each device that it has.
    "device-nodes-missing": ({"device_nodes": ()}, {"device_nodes": node()}),
    # The runtime opens the node for reading and writing.
    "device-nodes-inaccessible": (
        {"device_nodes": node(accessible=False, mode=0o600)},
        {"device_nodes": node(mode=0o666)},
    ),
    # setup: packages of the public index of the same names are placeholders.
    "placeholder-installed": (
        {"python_environments": (environment("env", placeholders=("torch-neuronx",), torch_neuronx="1.0"),)},
        {"python_environments": (environment("env", torch_neuronx="2.9.0.2.12.22436"),)},
    ),
    # nxd-training troubleshooting: protobuf that the generated code does not fit; no fact here says it otherwise.
    "known-log-line": (
        {"log_lines": ("TypeError: Descriptors cannot not be created directly.",)},
        {"log_lines": ("Descriptors were created directly.",)},
    ),
}
NOT_JUDGED_HERE = frozenset({"lifecycle", "catalog"})
BY_RULES = frozenset(
    {
        *("driver-family-unsupported", "driver-kernel-incompatible", "runtime-family-unsupported"),
        *("driver-runtime-incompatible", "runtime-base-mismatch", "glibc-too-old", "torch-version-mismatch"),
        *("neff-version-unsupported", "neff-features-unsupported", "neff-target-mismatch", "neff-lnc-mismatch"),
    }
)
"""Checks that judge by records: `test_rules` has a pair of hosts for each critical record."""


def alarms(facts: dict[str, Any], catalog: Catalog) -> list[Finding]:
    """Diagnose a healthy host, changed by *facts*, and return what is a warning or worse."""
    inventory = Inventory(**{**healthy_facts(), **facts})
    findings = diagnose(gather_evidence(inventory, catalog, date(2026, 11, 21))).findings
    return [f for f in findings if f.severity > Severity.INFO and f.category not in NOT_JUDGED_HERE]


@pytest.mark.parametrize("check", STATES)
def test_a_broken_host_and_its_twin(check: str, catalog: Catalog) -> None:
    """Of all that the broken host draws, this finding is the first; the twin draws no alarm at all."""
    broken, healthy = STATES[check]

    first = alarms(broken, catalog)[0]
    assert (check, Severity.CRITICAL) == (first.id, first.severity)
    assert [] == alarms(healthy, catalog)


def test_every_critical_check_has_its_hosts() -> None:
    """A check that may say critical has hosts here, or records that have theirs."""
    critical = {check.id for check in CHECKS if check.severity is Severity.CRITICAL}

    assert critical == STATES.keys() | BY_RULES


def test_a_c_library_of_the_host(catalog: Catalog) -> None:
    """The twin of the C library's pair has the one that is needed, to the minor."""
    facts = {
        **STATES["library-needs-newer-glibc"][0],
        "os": OperatingSystem(id="ubuntu", version="24.04", glibc="2.39"),
    }

    assert [] == alarms(facts, catalog)
