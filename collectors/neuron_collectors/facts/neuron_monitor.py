"""Facts from one sample of ``neuron-monitor``, as somebody gave it: the program is never run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from .frozen import dataclass
from .state import Reading, Unread

NOT_SAMPLED = Unread("not in this sample of neuron-monitor")
"""The sample has no such field: its metric group was not asked for, or its version has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoredHardware:
    """
    What ``neuron_hardware_info`` says of the devices, in a naming of its own.

    Trainium2 is ``v4`` here and ``NDv3`` in sysfs. Tools of 2023 and before print the two counts alone.
    """

    device_type: Reading[str] = NOT_SAMPLED
    """``neuron_device_type``, e.g. ``trainium2``."""
    device_version: Reading[str] = NOT_SAMPLED
    """``neuron_device_version``, e.g. ``v4``."""
    core_version: Reading[str] = NOT_SAMPLED
    """``neuroncore_version``, e.g. ``v3d``."""
    device_count: Reading[int] = NOT_SAMPLED
    """``neuron_device_count``, e.g. 16."""
    device_memory_bytes: Reading[int] = NOT_SAMPLED
    """``neuron_device_memory_size``, e.g. 103079215104."""
    cores_per_device: Reading[int] = NOT_SAMPLED
    """``neuroncore_per_device_count``, logical cores, e.g. 4."""
    logical_neuroncore_config: Reading[int] = NOT_SAMPLED
    """``logical_neuroncore_config``, physical cores per logical core, e.g. 2; 1 on Inferentia2 too (tools 2.28.23)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoredCore:
    """One core that a process uses."""

    index: int
    """Its key in ``neuroncores_in_use`` or ``neuroncore_memory_usage``: numbered over all devices."""
    utilization_percent: Reading[float] = NOT_SAMPLED
    """``neuroncore_utilization``, 0 to 100, e.g. 89.4."""
    flops: Reading[int] = NOT_SAMPLED
    """``effective_flops``, floating point operations per second, e.g. 875590474948; in documentation flops."""
    memory_bytes: Reading[Mapping[str, int]] = NOT_SAMPLED
    """``neuroncore_memory_usage.<index>``, e.g. ``{"model_code": 106027452, "tensors": 131072}``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoredRuntime:
    """One process with a runtime, from ``neuron_runtime_data[]``. Names of loaded models are paths, and left out."""

    tag: Reading[str] = NOT_SAMPLED
    """``neuron_runtime_tag``, e.g. ``2199``: the process id where nobody chose another."""
    pid: Reading[int] = NOT_SAMPLED
    """``pid``, on the host, e.g. 2199."""
    cores: Reading[tuple[MonitoredCore, ...]] = NOT_SAMPLED
    """In ascending order."""
    errors: Reading[Mapping[str, int]] = NOT_SAMPLED
    """``execution_stats.error_summary``, e.g. ``{"hardware": 0, "numerical": 1}``: see `NeuronMonitorSample.form`."""
    executions: Reading[Mapping[str, int]] = NOT_SAMPLED
    """``execution_stats.execution_summary``, e.g. ``{"completed": 816, "timed_out": 0}``."""
    period_seconds: Reading[float] = NOT_SAMPLED
    """``execution_stats.period``: the time over which errors and executions were counted, e.g. 1.000590175."""
    device_latency_seconds: Reading[Mapping[str, float]] = NOT_SAMPLED
    """``latency_stats.device_latency`` by percentile, e.g. ``{"p50": 0.0011, "p99": 0.0012}``; `None` when idle."""
    total_latency_seconds: Reading[Mapping[str, float]] = NOT_SAMPLED
    """``latency_stats.total_latency``: with the time in the runtime."""
    host_memory_bytes: Reading[int] = NOT_SAMPLED
    """``memory_used.neuron_runtime_used_bytes.host``, e.g. 1166249984."""
    device_memory_bytes: Reading[int] = NOT_SAMPLED
    """``memory_used.neuron_runtime_used_bytes.neuron_device``, e.g. 141649980."""
    vcpu_percent: Reading[Mapping[str, float]] = NOT_SAMPLED
    """``neuron_runtime_vcpu_usage.vcpu_usage``, e.g. ``{"user": 14.57, "system": 10.8}``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitoredDevice:
    """The error counters of one device, from ``neuron_hw_counters.neuron_devices[]``. Those of record are in sysfs."""

    index: Reading[int] = NOT_SAMPLED
    """``neuron_device_index``."""
    mem_ecc_corrected: Reading[int] = NOT_SAMPLED
    mem_ecc_uncorrected: Reading[int] = NOT_SAMPLED
    sram_ecc_corrected: Reading[int] = NOT_SAMPLED
    sram_ecc_uncorrected: Reading[int] = NOT_SAMPLED


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronMonitorSample:
    """One record of ``neuron-monitor``, or one scrape of ``neuron-monitor-prometheus.py``."""

    form: str
    """
    ``json`` or ``prometheus``.

    Executions and errors are those of one period in JSON, and those since the exporter started in a scrape.
    """
    instance_type: Reading[str] = NOT_SAMPLED
    """``instance_info.instance_type``, e.g. ``inf2.xlarge``."""
    instance_id: Reading[str] = NOT_SAMPLED
    """``instance_info.instance_id``, e.g. ``i-0123456789abcdef0``."""
    hardware: MonitoredHardware = MonitoredHardware()
    runtimes: Reading[tuple[MonitoredRuntime, ...]] = NOT_SAMPLED
    """``neuron_runtime_data``; ``()`` when no process has a runtime."""
    devices: Reading[tuple[MonitoredDevice, ...]] = NOT_SAMPLED
    """``system_data.neuron_hw_counters.neuron_devices``."""
    memory_total_bytes: Reading[int] = NOT_SAMPLED
    """``system_data.memory_info.memory_total_bytes``, e.g. 8033951744."""
    memory_used_bytes: Reading[int] = NOT_SAMPLED
    """``system_data.memory_info.memory_used_bytes``."""
    swap_total_bytes: Reading[int] = NOT_SAMPLED
    """``system_data.memory_info.swap_total_bytes``."""
    swap_used_bytes: Reading[int] = NOT_SAMPLED
    """``system_data.memory_info.swap_used_bytes``."""
    vcpu_percent: Reading[Mapping[str, float]] = NOT_SAMPLED
    """``system_data.vcpu_usage.average_usage``, e.g. ``{"user": 10.34, "idle": 86.21}``; a first record may lack it."""
    group_errors: Mapping[str, str] = field(default_factory=dict)
    """What the tool could not measure: ``error`` by group, e.g. ``{"system_data.neuron_hw_counters": "…"}``."""
