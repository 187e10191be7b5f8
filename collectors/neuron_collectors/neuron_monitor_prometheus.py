"""
What ``neuron-monitor-prometheus.py`` exposed, as somebody gives it: nothing here asks for it.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from .facts import Reading
from .facts.frozen import dataclass
from .facts.neuron_monitor import (
    NOT_SAMPLED,
    MonitoredCore,
    MonitoredDevice,
    MonitoredHardware,
    MonitoredRuntime,
    NeuronMonitorSample,
)
from .fields import read_field
from .host import CollectorError
from .shapes import MOST, Shape, describe
from .tool_shapes import digits, instance_id, instance_type

T = TypeVar("T")

_SOURCE = "neuron-monitor-prometheus"
_LINE = re.compile(r"([a-z_:][a-z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?[0-9]+)?", re.IGNORECASE)
_LABEL = re.compile(r'[ \t]*([a-z_][a-z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)', re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)")
_NUMBER = re.compile(r"[0-9]{1,5}")
_MEMORY_KIND = re.compile(r"neuroncore_memory_usage_([a-z_]+)")


@dataclass(frozen=True, slots=True)
class _Series:
    """One line of the exposition."""

    name: str
    labels: Mapping[str, str]
    value: float


def parse_neuron_monitor_prometheus(text: str) -> NeuronMonitorSample:
    """
    Parse one scrape. Its counters run since the exporter started, and its ratios are percentages here.

    .. code-block:: text

        # HELP neuroncore_utilization_ratio NeuronCore utilization ratio
        # TYPE neuroncore_utilization_ratio gauge
        neuroncore_utilization_ratio{instance_type="trn1n.32xlarge",neuroncore="0",runtime_tag="367"} 0.1
        system_memory_total_bytes{instance_type="trn1n.32xlarge",region="us-east-1"} 5.32523487232e+011
        hardware_ecc_events_total{event_type="mem_ecc_corrected",neuron_device_index="0"} 0.0

    A process is known by its ``runtime_tag`` alone. ``execution_latency_seconds`` does not say which latency it is,
    and is left out.
    """
    series = _parse_series(text)
    if not any(one.name.startswith(("neuron", "system_memory", "execution_")) for one in series):
        raise CollectorError(f"{_SOURCE}: no metric of the exporter: {describe(text.strip())}")
    instance = next((one.labels for one in series if one.name == "instance_info"), {})
    return NeuronMonitorSample(
        form="prometheus",
        instance_type=_read_label(instance, "instance_type", instance_type),
        instance_id=_read_label(instance, "instance_id", instance_id),
        hardware=_hardware(series),
        runtimes=_runtimes(series),
        devices=_devices(series),
        memory_total_bytes=_whole(series, "system_memory_total_bytes"),
        memory_used_bytes=_whole(series, "system_memory_used_bytes"),
        swap_total_bytes=_whole(series, "system_swap_total_bytes"),
        swap_used_bytes=_whole(series, "system_swap_used_bytes"),
        vcpu_percent=_percentages(series, "system_vcpu_usage_ratio"),
    )


def _parse_series(text: str) -> list[_Series]:
    """Parse every line that is no comment. NaN and what else no metric here can be says nothing, and is left out."""
    lines = [line.strip() for line in text.split("\n")]
    series = [_parse_line(line) for line in lines if line and not line.startswith("#")]
    return [one for one in series if 0 <= one.value <= MOST]


def _parse_line(line: str) -> _Series:
    found = _LINE.fullmatch(line)
    if not found:
        raise CollectorError(f"{_SOURCE}: not a series: {describe(line)}")
    try:
        value = float(found[3])
    except ValueError as error:
        raise CollectorError(f"{_SOURCE}: not a number: {describe(found[3])}") from error
    return _Series(found[1], _parse_labels(found[2] or "", line), value)


def _parse_labels(text: str, line: str) -> Mapping[str, str]:
    labels = {}
    position = 0
    while position < len(text):
        found = _LABEL.match(text, position)
        if not found:
            raise CollectorError(f"{_SOURCE}: not labels: {describe(line)}")
        labels[found[1]] = _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], found[2])
        position = found.end()
    return labels


def _hardware(series: Sequence[_Series]) -> MonitoredHardware:
    """Read the labels of ``neuron_hardware_info``."""
    labels = next((one.labels for one in series if one.name == "neuron_hardware_info"), {})
    return MonitoredHardware(
        device_count=_read_label(labels, "neuron_device_count", digits),
        device_memory_bytes=_read_label(labels, "neuron_device_memory_size", digits),
        cores_per_device=_read_label(labels, "neuroncore_per_device_count", digits),
    )


def _runtimes(series: Sequence[_Series]) -> Reading[tuple[MonitoredRuntime, ...]]:
    """Put the series of each process together."""
    by_tag = _group(series, "runtime_tag")
    return tuple(_runtime(tag, by_tag[tag]) for tag in sorted(by_tag)) or NOT_SAMPLED


def _runtime(tag: str, series: Sequence[_Series]) -> MonitoredRuntime:
    """Read the *series* of one process."""
    used = _group([one for one in series if one.name == "neuron_runtime_memory_used_bytes"], "memory_location")
    return MonitoredRuntime(
        tag=tag,
        cores=_cores(series),
        errors=_counts(series, "execution_errors_total", "error_type"),
        executions=_counts(series, "execution_status_total", "status_type"),
        host_memory_bytes=_first(used.get("host", ())),
        device_memory_bytes=_first(used.get("neuron_device", ())),
        vcpu_percent=_percentages(series, "neuron_runtime_vcpu_usage_ratio"),
    )


def _cores(series: Sequence[_Series]) -> Reading[tuple[MonitoredCore, ...]]:
    """Read the cores of one process, from its *series*."""
    by_core = _group(series, "neuroncore")
    numbers = sorted((number for number in by_core if _NUMBER.fullmatch(number)), key=int)
    return tuple(_core(number, by_core[number]) for number in numbers) or NOT_SAMPLED


def _core(number: str, series: Sequence[_Series]) -> MonitoredCore:
    """Read the *series* of one core."""
    ratio = next((one.value for one in series if one.name == "neuroncore_utilization_ratio"), None)
    memory = {kind[1]: int(one.value) for one in series if (kind := _MEMORY_KIND.fullmatch(one.name))}
    return MonitoredCore(
        index=int(number),
        utilization_percent=NOT_SAMPLED if ratio is None else 100 * ratio,
        memory_bytes=memory or NOT_SAMPLED,
    )


def _devices(series: Sequence[_Series]) -> Reading[tuple[MonitoredDevice, ...]]:
    """Read the error counters of each device."""
    by_device = _group([one for one in series if one.name == "hardware_ecc_events_total"], "neuron_device_index")
    numbers = sorted((number for number in by_device if _NUMBER.fullmatch(number)), key=int)
    return tuple(_device(number, _group(by_device[number], "event_type")) for number in numbers) or NOT_SAMPLED


def _device(number: str, by_event: Mapping[str, Sequence[_Series]]) -> MonitoredDevice:
    """Read the counters of one device."""
    return MonitoredDevice(
        index=int(number),
        mem_ecc_corrected=_first(by_event.get("mem_ecc_corrected", ())),
        mem_ecc_uncorrected=_first(by_event.get("mem_ecc_uncorrected", ())),
        sram_ecc_corrected=_first(by_event.get("sram_ecc_corrected", ())),
        sram_ecc_uncorrected=_first(by_event.get("sram_ecc_uncorrected", ())),
    )


def _group(series: Sequence[_Series], label: str) -> dict[str, list[_Series]]:
    """Return *series* by the value of *label*; those without it are left out."""
    groups: dict[str, list[_Series]] = {}
    for one in series:
        if label in one.labels:
            groups.setdefault(one.labels[label], []).append(one)
    return groups


def _counts(series: Sequence[_Series], name: str, label: str) -> Reading[Mapping[str, int]]:
    """Return the series *name* by *label*."""
    by_kind = _group([one for one in series if one.name == name], label)
    return {kind: int(group[0].value) for kind, group in by_kind.items()} or NOT_SAMPLED


def _percentages(series: Sequence[_Series], name: str) -> Reading[Mapping[str, float]]:
    """Return the ratios *name* by the kind of use."""
    by_kind = _group([one for one in series if one.name == name], "usage_type")
    return {kind: 100 * group[0].value for kind, group in by_kind.items()} or NOT_SAMPLED


def _whole(series: Sequence[_Series], name: str) -> Reading[int]:
    """Return the value of the series *name*."""
    return _first([one for one in series if one.name == name])


def _first(series: Sequence[_Series]) -> Reading[int]:
    return int(series[0].value) if series else NOT_SAMPLED


def _read_label(labels: Mapping[str, str], name: str, shape: Shape[T | None]) -> Reading[T]:
    return read_field(labels, (name,), shape, missing=NOT_SAMPLED)
