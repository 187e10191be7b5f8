"""No host costs Prometheus more series than were promised."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.builders import environment, healthy_facts

from neuron_collectors.captured import open_host
from neuron_collectors.device_status import collect_device_status
from neuron_collectors.facts import (
    CoreStatus,
    DeviceHealth,
    DeviceNode,
    DeviceStatus,
    Instance,
    Inventory,
    NeuronDevice,
    PciFunction,
)
from neuron_collectors.inventory import COLLECTORS, run_collectors
from neuron_collectors.runs import CollectorRun
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.counters import HEALTH_KINDS, MOST_KINDS, STATUS_KINDS
from neuron_validator.metrics.exposition import Exposition, device_counters, metric_families
from neuron_validator.metrics.states import SOURCES

HOSTS = Path(__file__).parent.parent / "hosts"
DAY = date(2026, 11, 21)


def expose(inventory: Inventory, runs: tuple[CollectorRun, ...]) -> Exposition:
    """Judge *inventory* and return all that can be told of it."""
    report = diagnose(gather_evidence(inventory, load_catalog(), DAY))
    return Exposition(
        report=report,
        inventory=inventory,
        runs=runs,
        judged_at=1.0,
        transitions={check.check: 1.0 for check in report.checks},
        counters=device_counters(inventory),
        written_at=1.0,
    )


def budget(exposition: Exposition) -> int:
    """Return how many series were promised at most."""
    report = exposition.report
    assert report is not None
    shown = (report.devices.expected, report.devices.pci, report.devices.driver, report.devices.nodes)
    return (
        90
        + 4 * len(exposition.runs)
        + 14 * max(filter(None, shown), default=0)
        + 8 * len(report.checks)
        + 10 * len(report.components)
        + 4 * len(report.sdk)
    )


def count(exposition: Exposition) -> int:
    """Return how many series there are."""
    return sum(len(family.samples) for family in metric_families(exposition))


def large_inventory() -> Inventory:
    """Return a host with 64 devices of eight cores, every counter that there is, and ten environments."""
    indexes = range(64)
    cores = tuple(
        CoreStatus(index=core, status=dict.fromkeys((*STATUS_KINDS, "unsupported_neff_version", "success"), 1))
        for core in range(8)
    )
    health: dict[str, Any] = dict.fromkeys(HEALTH_KINDS, 1)
    facts: dict[str, Any] = healthy_facts() | {
        "instance": Instance(instance_type="trn2u.48xlarge"),
        "pci": tuple(PciFunction(address=f"0000:{index:02x}:00.0", device_id="0x7364") for index in indexes),
        "devices": tuple(NeuronDevice(index=index, device_name="Trainium2", core_count=8) for index in indexes),
        "device_nodes": tuple(DeviceNode(index=index, is_character_device=True, minor=index) for index in indexes),
        "device_status": tuple(DeviceStatus(index=index, cores=cores) for index in indexes),
        "device_health": tuple(DeviceHealth(index=index, **health) for index in indexes),
        "python_environments": tuple(
            environment(
                f"venv-{number}",
                torch="2.9.0",
                torch_neuronx="2.9.0.2.11.19912+e48cd891",
                neuronx_cc="2.22.12471.0+b4a00d10",
                libneuronxla="2.2.14584.0+06ac23d1",
                neuronx_distributed="0.16.25997+f431c02e",
            )
            for number in range(10)
        ),
    }
    return Inventory(**facts)


@pytest.mark.parametrize("host", sorted(path.name for path in HOSTS.iterdir() if path.is_dir()))
def test_sample_hosts_keep_to_the_budget(host: str) -> None:
    """Every sample host, with every collector and a transition of every check."""
    collectors = {**COLLECTORS, "device_status": collect_device_status}
    exposition = expose(*run_collectors(open_host(HOSTS / host), collectors=collectors))

    assert count(exposition) <= budget(exposition)


def test_a_large_host_keeps_to_the_budget() -> None:
    """64 devices with all counters cost 14 series each, and the whole host fewer than 2,500."""
    runs = tuple(
        CollectorRun(collector=name, success=True, duration_seconds=0.1, finished_at=1.0)
        for name in (*COLLECTORS, "device_status")
    )
    exposition = expose(large_inventory(), runs)
    about_devices = [
        sample
        for family in metric_families(exposition)
        for sample in family.samples
        if "device" in sample.labels and family.name.startswith("neuron_validator_device_")
    ]

    assert 64 * (2 + MOST_KINDS) == len(about_devices)
    assert count(exposition) <= budget(exposition)
    assert count(exposition) < 2500


@pytest.mark.parametrize("host", sorted(path.name for path in HOSTS.iterdir() if path.is_dir()))
def test_sources_are_a_few_words(host: str) -> None:
    """A path in a label would be a series of its own on every host: the kind of source stands there."""
    inventory, _ = run_collectors(open_host(HOSTS / host))
    families = metric_families(expose(inventory, ()))
    sources = {sample.labels["source"] for family in families for sample in family.samples if "source" in sample.labels}

    assert sources <= {*SOURCES}
