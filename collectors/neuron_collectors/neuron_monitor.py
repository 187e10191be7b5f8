"""
What ``neuron-monitor`` printed, as somebody gives it: nothing here runs it.

Its form: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-monitor-user-guide.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from .facts import Reading, value_or_none
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
from .shapes import Shape, ShapeError, array, describe, mapping, number, parse_json
from .tool_shapes import count, digits, instance_id, instance_type, printed

T = TypeVar("T")

_GROUPS = ("neuron_runtime_data", "system_data", "instance_info", "neuron_hardware_info")
_ERROR_DEPTH = 5  # neuron_runtime_data, its entry, report, metric group, error


def parse_neuron_monitor(output: str) -> tuple[NeuronMonitorSample, ...]:
    """
    Parse one record, however it is laid out, or a stream of them, one a line, as the tool prints it.

    .. code-block:: json

        {
          "neuron_runtime_data": [
            {
              "pid": 2199,
              "neuron_runtime_tag": "2199",
              "report": {
                "neuroncore_counters": {
                  "period": 1.000665759,
                  "neuroncores_in_use": {
                    "0": {"neuroncore_utilization": 89.40087251059674, "effective_flops": 875590474948}
                  },
                  "error": ""
                },
                "execution_stats": {
                  "period": 1.000590175,
                  "error_summary": {"numerical": 0, "transient": 0, "model": 0, "runtime": 0, "hardware": 0},
                  "execution_summary": {"completed": 816, "completed_with_err": 0, "timed_out": 0},
                  "latency_stats": {"total_latency": null, "device_latency": {"p50": 0.0011217594146728516}},
                  "error": ""
                }
              }
            }
          ],
          "system_data": {
            "memory_info": {"period": 0.07, "memory_total_bytes": 8033951744, "swap_total_bytes": 0, "error": ""}
          },
          "instance_info": {"instance_id": "i-0123456789abcdef0", "instance_type": "inf2.xlarge", "error": ""},
          "neuron_hardware_info": {"neuron_device_count": 1, "neuroncore_per_device_count": 2, "error": ""}
        }

    A metric group that was not asked for is not there. A stream may break off in its last line.
    """
    try:
        return (_parse_record(parse_json(output)),)
    except ShapeError as error:
        lines = [line for line in output.split("\n") if line.strip()]
        if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
            raise CollectorError(f"neuron-monitor: {error}") from error
    return tuple(_parse_stream(lines, cut=not output.endswith("\n")))


def _parse_stream(lines: list[str], *, cut: bool) -> Iterator[NeuronMonitorSample]:
    """Parse one record a line; the last one may be *cut* off."""
    for place, line in enumerate(lines, start=1):
        try:
            yield _parse_record(parse_json(line))
        except ShapeError as error:
            if not (cut and place == len(lines)):
                raise CollectorError(f"neuron-monitor: record {place}: {error}") from error


def _parse_record(record: object) -> NeuronMonitorSample:
    """Parse one record."""
    if not isinstance(record, dict) or not any(group in record for group in _GROUPS):
        found = ", ".join(map(repr, record))[:200] if isinstance(record, dict) else describe(record)
        raise CollectorError(f"neuron-monitor: not a record: {found}")
    return NeuronMonitorSample(
        form="json",
        instance_type=_read(record, ("instance_info", "instance_type"), instance_type),
        instance_id=_read(record, ("instance_info", "instance_id"), instance_id),
        hardware=_parse_hardware(record.get("neuron_hardware_info", {})),
        runtimes=_read_list(record, ("neuron_runtime_data",), _parse_runtime),
        devices=_read_list(record, ("system_data", "neuron_hw_counters", "neuron_devices"), _parse_device),
        memory_total_bytes=_read(record, ("system_data", "memory_info", "memory_total_bytes"), count),
        memory_used_bytes=_read(record, ("system_data", "memory_info", "memory_used_bytes"), count),
        swap_total_bytes=_read(record, ("system_data", "memory_info", "swap_total_bytes"), count),
        swap_used_bytes=_read(record, ("system_data", "memory_info", "swap_used_bytes"), count),
        vcpu_percent=_read(record, ("system_data", "vcpu_usage", "average_usage"), mapping(number)),
        group_errors=dict(_find_errors(record, "", _ERROR_DEPTH)),
    )


def _parse_hardware(info: object) -> MonitoredHardware:
    """Parse ``neuron_hardware_info``. In December 2024 the documentation had another name for the last field."""
    config = _read(info, ("logical_neuroncore_config",), count)
    if config == NOT_SAMPLED:
        config = _read(info, ("logical_neuroncore_size",), count)
    return MonitoredHardware(
        device_type=_read(info, ("neuron_device_type",), printed),
        device_version=_read(info, ("neuron_device_version",), printed),
        core_version=_read(info, ("neuroncore_version",), printed),
        device_count=_read(info, ("neuron_device_count",), count),
        device_memory_bytes=_read(info, ("neuron_device_memory_size",), count),
        cores_per_device=_read(info, ("neuroncore_per_device_count",), count),
        logical_neuroncore_config=config,
    )


def _parse_runtime(entry: object) -> MonitoredRuntime:
    """Parse one process. Raises `ShapeError`. Before tools 2.5 its executions were inferences."""
    report = _object(entry).get("report", {})
    new = isinstance(report, dict) and "execution_stats" in report
    stats, summary = ("execution_stats", "execution_summary") if new else ("inference_stats", "inference_summary")
    used = ("report", "memory_used", "neuron_runtime_used_bytes")
    return MonitoredRuntime(
        tag=_read(entry, ("neuron_runtime_tag",), printed),
        pid=_read(entry, ("pid",), count),
        cores=_read_cores(entry),
        errors=_read(entry, ("report", stats, "error_summary"), mapping(count)),
        executions=_read(entry, ("report", stats, summary), mapping(count)),
        period_seconds=_read(entry, ("report", stats, "period"), number),
        device_latency_seconds=_read(entry, ("report", stats, "latency_stats", "device_latency"), mapping(number)),
        total_latency_seconds=_read(entry, ("report", stats, "latency_stats", "total_latency"), mapping(number)),
        host_memory_bytes=_read(entry, (*used, "host"), count),
        device_memory_bytes=_read(entry, (*used, "neuron_device"), count),
        vcpu_percent=_read(entry, ("report", "neuron_runtime_vcpu_usage", "vcpu_usage"), mapping(number)),
    )


def _read_cores(entry: object) -> Reading[tuple[MonitoredCore, ...]]:
    """Read the cores of one process, of which two metric groups tell."""
    in_use = _read(entry, ("report", "neuroncore_counters", "neuroncores_in_use"), _by_core)
    breakdown = ("report", "memory_used", "neuron_runtime_used_bytes", "usage_breakdown")
    memory = _read(entry, (*breakdown, "neuroncore_memory_usage"), _by_core)
    if not isinstance(in_use, dict) and not isinstance(memory, dict):
        return in_use
    counters, bytes_used = value_or_none(in_use) or {}, value_or_none(memory) or {}
    return tuple(_parse_core(i, counters.get(i, {}), bytes_used.get(i)) for i in sorted({*counters, *bytes_used}))


def _parse_core(index: int, counters: object, memory: object) -> MonitoredCore:
    """Parse what is known of one core."""
    flops = _read(counters, ("effective_flops",), count)
    return MonitoredCore(
        index=index,
        utilization_percent=_read(counters, ("neuroncore_utilization",), number),
        flops=_read(counters, ("flops",), count) if flops == NOT_SAMPLED else flops,
        memory_bytes=NOT_SAMPLED if memory is None else _read({"memory": memory}, ("memory",), mapping(count)),
    )


def _by_core(value: object) -> dict[int, object]:
    """Return *value* by the numbers that its keys are. Raises `ShapeError`."""
    return {digits(key): entry for key, entry in _object(value).items()}


def _parse_device(entry: object) -> MonitoredDevice:
    """Parse the counters of one device. Raises `ShapeError`."""
    _object(entry)
    return MonitoredDevice(
        index=_read(entry, ("neuron_device_index",), count),
        mem_ecc_corrected=_read(entry, ("mem_ecc_corrected",), count),
        mem_ecc_uncorrected=_read(entry, ("mem_ecc_uncorrected",), count),
        sram_ecc_corrected=_read(entry, ("sram_ecc_corrected",), count),
        sram_ecc_uncorrected=_read(entry, ("sram_ecc_uncorrected",), count),
    )


def _find_errors(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Return every ``error`` in *value* that says something, by the place where it stands."""
    entries: Iterable[tuple[str, object]] = ()
    if isinstance(value, dict):
        if isinstance(value.get("error"), str) and value["error"]:
            yield path or "record", value["error"]
        entries = ((f"{path}.{key}" if path else str(key), entry) for key, entry in value.items())
    elif isinstance(value, list):
        entries = ((f"{path}[{place}]", entry) for place, entry in enumerate(value))
    if depth > 0:
        for where, entry in entries:
            yield from _find_errors(entry, where, depth - 1)


def _object(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise ShapeError(f"not an object: {describe(value)}")
    return value


def _read(document: object, path: tuple[str, ...], shape: Shape[T | None]) -> Reading[T]:
    return read_field(document, path, shape, missing=NOT_SAMPLED)


def _read_list(document: object, path: tuple[str, ...], item: Shape[T]) -> Reading[tuple[T, ...]]:
    """Read a list; the tool, which is written in Go, prints an empty one as null too."""
    found: Reading[tuple[T, ...]] = _read(document, path, array(item))
    return () if found is None else found
