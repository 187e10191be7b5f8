from __future__ import annotations

import json
from typing import Any

import pytest

from neuron_collectors.facts import Unread
from neuron_collectors.facts.neuron_monitor import (
    NOT_SAMPLED,
    MonitoredCore,
    MonitoredDevice,
    MonitoredHardware,
    MonitoredRuntime,
    NeuronMonitorSample,
)
from neuron_collectors.host import CollectorError
from neuron_collectors.neuron_monitor import parse_neuron_monitor
from neuron_collectors.neuron_monitor_prometheus import parse_neuron_monitor_prometheus

LOADED: dict[str, Any] = {
    "neuron_runtime_data": [
        {
            "pid": 2199,
            "neuron_runtime_tag": "2199",
            "error": "",
            "report": {
                "neuroncore_counters": {
                    "period": 1.0,
                    "neuroncores_in_use": {
                        "10": {"neuroncore_utilization": 0, "effective_flops": 0},
                        "2": {"neuroncore_utilization": 89.4, "effective_flops": 875590474948},
                    },
                    "error": "",
                },
                "execution_stats": {
                    "period": 1.5,
                    "error_summary": {"numerical": 1, "hardware": 0},
                    "execution_summary": {"completed": 816, "timed_out": 0},
                    "latency_stats": {"total_latency": None, "device_latency": {"p50": 0.0011, "p99": 0.0012}},
                    "error": "",
                },
                "memory_used": {
                    "period": 1.0,
                    "neuron_runtime_used_bytes": {
                        "host": 1166249984,
                        "neuron_device": 141649980,
                        "usage_breakdown": {"neuroncore_memory_usage": {"2": {"model_code": 106027452, "tensors": 0}}},
                    },
                    "loaded_models": [{"name": "/home/ada/model.neff"}],
                    "error": "",
                },
                "neuron_runtime_vcpu_usage": {
                    "period": 1.0,
                    "vcpu_usage": {"user": 14.57, "system": 10.8},
                    "error": "",
                },
            },
        }
    ],
    "system_data": {
        "memory_info": {
            "period": 0.07,
            "memory_total_bytes": 8033951744,
            "memory_used_bytes": 7020883968,
            "swap_total_bytes": 0,
            "swap_used_bytes": 0,
            "error": "",
        },
        "neuron_hw_counters": {
            "period": 2.0,
            "neuron_devices": [
                {
                    "neuron_device_index": 0,
                    "mem_ecc_corrected": 3,
                    "mem_ecc_uncorrected": 1,
                    "sram_ecc_uncorrected": 2,
                    "sram_ecc_corrected": 0,
                }
            ],
            "error": "",
        },
        "vcpu_usage": {"period": 0.07, "average_usage": {"user": 10.34, "idle": 86.21}, "error": ""},
    },
    "instance_info": {"instance_type": "inf2.xlarge", "instance_id": "i-0123456789abcdef0", "error": ""},
    "neuron_hardware_info": {
        "neuron_device_type": "inferentia2",
        "neuron_device_version": "v3",
        "neuroncore_version": "v2",
        "neuron_device_count": 1,
        "neuron_device_memory_size": 34359738368,
        "neuroncore_per_device_count": 2,
        "logical_neuroncore_config": 1,
        "error": "",
    },
}

SAMPLE = NeuronMonitorSample(
    form="json",
    instance_type="inf2.xlarge",
    instance_id="i-0123456789abcdef0",
    hardware=MonitoredHardware(
        device_type="inferentia2",
        device_version="v3",
        core_version="v2",
        device_count=1,
        device_memory_bytes=34359738368,
        cores_per_device=2,
        logical_neuroncore_config=1,
    ),
    runtimes=(
        MonitoredRuntime(
            tag="2199",
            pid=2199,
            cores=(
                MonitoredCore(
                    index=2,
                    utilization_percent=89.4,
                    flops=875590474948,
                    memory_bytes={"model_code": 106027452, "tensors": 0},
                ),
                MonitoredCore(index=10, utilization_percent=0.0, flops=0),
            ),
            errors={"numerical": 1, "hardware": 0},
            executions={"completed": 816, "timed_out": 0},
            period_seconds=1.5,
            device_latency_seconds={"p50": 0.0011, "p99": 0.0012},
            total_latency_seconds=None,
            host_memory_bytes=1166249984,
            device_memory_bytes=141649980,
            vcpu_percent={"user": 14.57, "system": 10.8},
        ),
    ),
    devices=(
        MonitoredDevice(
            index=0, mem_ecc_corrected=3, mem_ecc_uncorrected=1, sram_ecc_corrected=0, sram_ecc_uncorrected=2
        ),
    ),
    memory_total_bytes=8033951744,
    memory_used_bytes=7020883968,
    swap_total_bytes=0,
    swap_used_bytes=0,
    vcpu_percent={"user": 10.34, "idle": 86.21},
)

IDLE = '{"neuron_runtime_data": [], "system_data": {}}'
IDLE_SAMPLE = NeuronMonitorSample(form="json", runtimes=())

SCRAPE = """\
# HELP neuroncore_utilization_ratio NeuronCore utilization ratio
# TYPE neuroncore_utilization_ratio gauge
neuroncore_utilization_ratio{instance_id="i-0123456789abcdef0",neuroncore="0",runtime_tag="367"} 0.5
neuroncore_utilization_ratio{neuroncore="10",runtime_tag="367"} 0.0
neuroncore_memory_usage_tensors{memory_location="None",neuroncore="0",runtime_tag="367"} 6.315872e+06
neuron_runtime_memory_used_bytes{memory_location="host",runtime_tag="367"} 9.043968e+06
neuron_runtime_vcpu_usage_ratio{runtime_tag="367",usage_type="user"} 0.25
execution_errors_total{error_type="hardware",runtime_tag="367"} 2.0
execution_errors_created{error_type="hardware",runtime_tag="367"} 1.7083389404380567e+09
execution_status_total{runtime_tag="412",status_type="completed"} 7.0 1708338940438
execution_latency_seconds{percentile="p50",runtime_tag="412"} 0.01
hardware_ecc_events_total{event_type="sram_ecc_uncorrected",neuron_device_index="1"} 4.0
system_memory_total_bytes{region="us-east-1"} 5.32523487232e+011
system_memory_used_bytes NaN
system_vcpu_usage_ratio{usage_type="user"} 0.0078125
instance_info{instance_id="i-0123456789abcdef0",instance_name="a\\"b\\\\, {}\\n",instance_type="trn1n.32xlarge"} 1.0
neuron_hardware_info{neuron_device_count="16",neuron_device_memory_size="8",neuroncore_per_device_count="2"} 1.0
python_info{version="3.10"} 1.0
"""


def test_a_record_parses() -> None:
    """A record of a loaded machine gives every fact; the names of models, which are paths, stay out."""
    assert (SAMPLE,) == parse_neuron_monitor(json.dumps(LOADED, indent=2))
    assert "ada" not in repr(SAMPLE)


def test_a_stream_parses() -> None:
    """The tool prints one record a line, for as long as it runs."""
    assert (IDLE_SAMPLE, SAMPLE) == parse_neuron_monitor(f"{IDLE}\n{json.dumps(LOADED)}\n")


def test_a_stream_may_break_off() -> None:
    """The last line of a stream that was cut costs only itself; with a newline at its end it was not cut."""
    assert (IDLE_SAMPLE, SAMPLE) == parse_neuron_monitor(f"{IDLE}\n{json.dumps(LOADED)}\n{IDLE[:20]}")
    with pytest.raises(CollectorError, match="record 2: not JSON"):
        parse_neuron_monitor(f"{IDLE}\n{IDLE[:20]}\n")


def test_what_was_not_asked_for_is_unread() -> None:
    """A metric group that is not there says nothing, and is neither absent nor zero."""
    (sample,) = parse_neuron_monitor('{"neuron_runtime_data": [{"pid": 7, "report": {}}]}')

    assert NeuronMonitorSample(form="json", runtimes=(MonitoredRuntime(pid=7),)) == sample
    assert NOT_SAMPLED == sample.devices


def test_the_oldest_names_are_understood() -> None:
    """Before tools 2.5 executions were inferences; the documentation has had other names for flops and LNC."""
    record = {
        "neuron_runtime_data": [
            {
                "report": {
                    "inference_stats": {"period": 1.0, "inference_summary": {"completed": 123}},
                    "neuroncore_counters": {"neuroncores_in_use": {"0": {"flops": 7}}},
                }
            }
        ],
        "neuron_hardware_info": {"logical_neuroncore_size": 2},
    }
    (sample,) = parse_neuron_monitor(json.dumps(record))
    runtime = MonitoredRuntime(
        executions={"completed": 123}, period_seconds=1.0, cores=(MonitoredCore(index=0, flops=7),)
    )

    assert (runtime,) == sample.runtimes
    assert 2 == sample.hardware.logical_neuroncore_config


def test_cores_known_by_their_memory_alone_count() -> None:
    """A core that is not in use still holds memory."""
    breakdown = {"usage_breakdown": {"neuroncore_memory_usage": {"1": {"tensors": 8}}}}
    record = {"neuron_runtime_data": [{"report": {"memory_used": {"neuron_runtime_used_bytes": breakdown}}}]}
    (sample,) = parse_neuron_monitor(json.dumps(record))

    assert (MonitoredRuntime(cores=(MonitoredCore(index=1, memory_bytes={"tensors": 8}),)),) == sample.runtimes


def test_errors_of_groups_are_kept_with_their_place() -> None:
    """What the tool could not measure stands in its group; an empty error is none."""
    record = {
        "neuron_runtime_data": [{"error": "gone", "report": {"memory_used": {"error": "busy"}}}],
        "system_data": {"neuron_hw_counters": {"error": "no device"}, "memory_info": {"error": ""}},
    }
    (sample,) = parse_neuron_monitor(json.dumps(record))

    assert {
        "neuron_runtime_data[0]": "gone",
        "neuron_runtime_data[0].report.memory_used": "busy",
        "system_data.neuron_hw_counters": "no device",
    } == sample.group_errors


@pytest.mark.parametrize(
    ("record", "field", "reason"),
    [
        ({"neuron_runtime_data": {}}, "runtimes", "neuron_runtime_data: not an array: an object"),
        ({"neuron_runtime_data": [7]}, "runtimes", "neuron_runtime_data[0]: not an object: 7"),
        (
            {"system_data": {"memory_info": {"memory_total_bytes": "8G"}}},
            "memory_total_bytes",
            "system_data.memory_info.memory_total_bytes: not an integer: '8G'",
        ),
        ({"system_data": {"vcpu_usage": 7}}, "vcpu_percent", "system_data.vcpu_usage: not an object"),
        (
            {"system_data": {"neuron_hw_counters": {"neuron_devices": [None]}}},
            "devices",
            "system_data.neuron_hw_counters.neuron_devices[0]: not an object: null",
        ),
        ({"instance_info": {"instance_id": "mine"}}, "instance_id", "instance_info.instance_id: not an instance id"),
    ],
)
def test_a_bad_field_costs_only_itself(record: object, field: str, reason: str) -> None:
    """A field that is not what it should be is unread with the reason."""
    (sample,) = parse_neuron_monitor(json.dumps(record))

    assert Unread(reason) == getattr(sample, field)


def test_cores_without_numbers_are_unread() -> None:
    """A key that is no number is no core."""
    record: object = {"neuron_runtime_data": [{"report": {"neuroncore_counters": {"neuroncores_in_use": {"nc0": {}}}}}]}
    (sample,) = parse_neuron_monitor(json.dumps(record))

    assert isinstance(sample.runtimes, tuple)
    assert Unread("report.neuroncore_counters.neuroncores_in_use: not a number: 'nc0'") == sample.runtimes[0].cores


def test_a_group_that_is_null_has_no_fields() -> None:
    """What stands below null is absent: the tool looked, and had nothing."""
    (sample,) = parse_neuron_monitor('{"instance_info": null, "system_data": {"memory_info": null}}')

    assert (None, None, None) == (sample.instance_type, sample.instance_id, sample.memory_total_bytes)


def test_what_the_instance_could_not_say_is_absent() -> None:
    """Where the instance's metadata cannot be reached, the tool prints nothing."""
    (sample,) = parse_neuron_monitor('{"instance_info": {"instance_type": "", "instance_id": "", "error": "timeout"}}')

    assert (None, None) == (sample.instance_type, sample.instance_id)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("", "not JSON"),
        ("\n\n", "not JSON"),
        ("[]", "not a record: an array"),
        ("{}", "not a record: "),
        ('{"period": "1s", "neuron_runtimes": []}', "not a record: 'period', 'neuron_runtimes'"),
        (json.dumps(LOADED)[:-1], "not JSON"),
        (json.dumps(LOADED, indent=2)[:-5], "not JSON"),
        ('"metric_group": {\n  "period": 1.015, // Actual captured period, in seconds\n}\n', "not JSON"),
        (f"{IDLE}\n[]\n", "not a record"),
        (f"{IDLE}\nnot JSON\n{IDLE}\n", "record 2: not JSON"),
        ('{"instance_info": NaN}', "not JSON: NaN"),
    ],
)
def test_what_is_no_record_is_refused(output: str, message: str) -> None:
    """A configuration, a fragment of the documentation, cut-off output and junk give an error."""
    with pytest.raises(CollectorError) as caught:
        parse_neuron_monitor(output)

    assert str(caught.value).startswith("neuron-monitor: ")
    assert message in str(caught.value)


def test_a_scrape_parses() -> None:
    """Labels become facts, ratios percentages, and what is NaN, cumulative time or another program's is left out."""
    first = MonitoredRuntime(
        tag="367",
        cores=(
            MonitoredCore(index=0, utilization_percent=50.0, memory_bytes={"tensors": 6315872}),
            MonitoredCore(index=10, utilization_percent=0.0),
        ),
        errors={"hardware": 2},
        host_memory_bytes=9043968,
        vcpu_percent={"user": 25.0},
    )

    assert NeuronMonitorSample(
        form="prometheus",
        instance_type="trn1n.32xlarge",
        instance_id="i-0123456789abcdef0",
        hardware=MonitoredHardware(device_count=16, device_memory_bytes=8, cores_per_device=2),
        runtimes=(first, MonitoredRuntime(tag="412", executions={"completed": 7})),
        devices=(MonitoredDevice(index=1, sram_ecc_uncorrected=4),),
        memory_total_bytes=532523487232,
        vcpu_percent={"user": 0.78125},
    ) == parse_neuron_monitor_prometheus(SCRAPE)


def test_a_scrape_without_a_process_does_not_count_them() -> None:
    """The exporter drops the series of processes that are gone: none is no proof of none."""
    sample = parse_neuron_monitor_prometheus("system_memory_total_bytes 1.0\n")

    assert (NOT_SAMPLED, 1) == (sample.runtimes, sample.memory_total_bytes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no metric of the exporter: ''"),
        ("python_info 1.0\n", "no metric of the exporter: 'python_info 1.0'"),
        ("{}", "not a series: '{}'"),
        ("neuron_hardware_info much", "not a number: 'much'"),
        ("neuron_hardware_info{a=1} 1.0", "not labels: "),
        ('neuron_hardware_info{a="1" 1.0', "not a series: "),
        (SCRAPE[:400], "not a series: "),
        ("<html>404</html>", "not a series: "),
    ],
)
def test_what_is_no_scrape_is_refused(text: str, message: str) -> None:
    """Another program's metrics, cut-off text and junk give an error with the offending text."""
    with pytest.raises(CollectorError) as caught:
        parse_neuron_monitor_prometheus(text)

    assert str(caught.value).startswith("neuron-monitor-prometheus: ")
    assert message in str(caught.value)
