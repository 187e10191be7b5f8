"""Every sample of neuron-ls, neuron-cli and neuron-monitor, with what a reader finds in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.commands import Completed
from neuron_collectors.facts.neuron_ls import NOT_PRINTED, NeuronLs, NeuronLsDevice, NeuronLsProcess
from neuron_collectors.facts.neuron_monitor import (
    MonitoredCore,
    MonitoredDevice,
    MonitoredHardware,
    MonitoredRuntime,
    NeuronMonitorSample,
)
from neuron_collectors.facts.state import Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.neuron_ls import NEURON_LS, collect_neuron_ls, parse_neuron_ls
from neuron_collectors.neuron_monitor import parse_neuron_monitor
from neuron_collectors.neuron_monitor_prometheus import parse_neuron_monitor_prometheus

pytestmark = pytest.mark.external

GIB = 2**30

# Device 0 first. The neighbours on trn1.32xlarge and trn2.48xlarge are the same, the addresses are not.
TORUS = (
    *((12, 3, 4, 1), (13, 0, 5, 2), (14, 1, 6, 3), (15, 2, 7, 0)),
    *((0, 7, 8, 5), (1, 4, 9, 6), (2, 5, 10, 7), (3, 6, 11, 4)),
    *((4, 11, 12, 9), (5, 8, 13, 10), (6, 9, 14, 11), (7, 10, 15, 8)),
    *((8, 15, 0, 13), (9, 12, 1, 14), (10, 13, 2, 15), (11, 14, 3, 12)),
)
TRN1_BDFS = (
    *("10:1c.0", "10:1d.0", "a0:1c.0", "a0:1d.0", "20:1b.0", "20:1c.0", "90:1b.0", "90:1c.0"),
    *("20:1d.0", "20:1e.0", "90:1d.0", "90:1e.0", "10:1e.0", "10:1b.0", "a0:1e.0", "a0:1b.0"),
)
TRN2_BDFS = (
    *("cc:00.0", "b5:00.0", "b6:00.0", "cb:00.0", "6f:00.0", "58:00.0", "59:00.0", "6e:00.0"),
    *("9b:00.0", "84:00.0", "85:00.0", "9a:00.0", "f8:00.0", "e1:00.0", "e2:00.0", "f7:00.0"),
)
NODE_1 = {"cpu_affinity": "48-95,144-191", "numa_node": 1}
NODE_0 = {"cpu_affinity": "0-47,96-143", "numa_node": 0}
TRN2_NODES = (*(NODE_1,) * 4, *(NODE_0,) * 8, *(NODE_1,) * 4)
SCRUBBED = Unread("instance-id: not an instance id")


def device(index: int, bdf: str, core_count: int, gibibytes: int, **more: Any) -> NeuronLsDevice:
    """Return a device of which a table tells these four things, and *more*."""
    return NeuronLsDevice(index=index, bdf=bdf, core_count=core_count, memory_bytes=gibibytes * GIB, **more)


def table(*devices: NeuronLsDevice, **more: Any) -> NeuronLs:
    return NeuronLs(form="table", devices=devices, **more)


def process(pid: int, command: str | None, runtime_version: str | None) -> NeuronLsProcess:
    return NeuronLsProcess(pid=pid, command=command, runtime_version=runtime_version)


def daemon(pid: int) -> tuple[NeuronLsProcess, ...]:
    """Return the only process of a table before 2.0 that tells nothing but the runtime's process id."""
    return (NeuronLsProcess(pid=pid, runtime_version=None, runtime_address=None),)


def inf1(index: int, bdf: str, **more: Any) -> NeuronLsDevice:
    return device(index, bdf, 4, 8, **more)


def trn2_devices(**more: Any) -> tuple[NeuronLsDevice, ...]:
    """Return the sixteen devices of the documentation's trn2n.48xlarge of December 2024."""
    return tuple(
        device(index, bdf, 4, 96, connected_to=links, **more)
        for index, (bdf, links) in enumerate(zip(TRN2_BDFS, TORUS, strict=True))
    )


TRN2N = {"instance_type": "trn2n.48xlarge", "instance_id": "i-aabbccdd123456789", "logical_neuroncore_config": 2}
RTD = NeuronLsProcess(pid=8871, runtime_version="1.0.x.x", runtime_address="unix:/run/neuron.sock")
APP_01, APP_02 = "neuron-app01 infer --input-data-direc...", "neuron-app02 infer --input-data-direc..."
MONITOR = process(23764, "neuron-monitor", None)
ITSELF = process(23829, "neuron-ls --show-all-procs", None)
BENCH = "neuron-bench exec --run-as-cc-neff --..."
BENCH_WIDE = "neuron-bench exec --run-as-cc-neff --warmup none --fixed-instance-count 64 --..."
CHAIN_2022 = (
    inf1(0, "00:1c.0", connected_to=(1,)),
    inf1(1, "00:1d.0", connected_to=(2, 0)),
    inf1(2, "00:1e.0", connected_to=(3, 1)),
    inf1(3, "00:1f.0", connected_to=(2,)),
)
CHAIN_2021 = tuple(replace(one, bdf=f"0000:{one.bdf}") for one in CHAIN_2022)
TRN1_2XLARGE_JSON = device(
    *(0, "0000:00:1e.0", 2, 32),
    core_ids=(0, 1),
    connected_to=(),
    cpu_affinity="0-7",
    numa_node=None,
    processes=(),
)
INF2_XLARGE_JSON = replace(
    TRN1_2XLARGE_JSON,
    bdf="0000:00:1f.0",
    cpu_affinity="0-3",
    processes=(process(2199, "/opt/aws_neuronx_venv_pytorch_2_8/bin/python /tmp/load.py", "2.30.51"),),
)
NOT_IN_TABLE: dict[str, Any] = {"connected_to": NOT_PRINTED, "processes": NOT_PRINTED}

LISTINGS: Mapping[str, NeuronLs] = {
    "neuron-ls-json-inf2.xlarge-proc-tools2.28.23.json": NeuronLs(form="json array", devices=(INF2_XLARGE_JSON,)),
    "neuron-ls-json-ray-fixture-1dev.json": NeuronLs(
        form="json array", devices=(device(0, "00:1e.0", 2, 32, connected_to=(), processes=()),)
    ),
    "neuron-ls-json-trn1.2xlarge-tools2.28.23.json": NeuronLs(form="json array", devices=(TRN1_2XLARGE_JSON,)),
    "neuron-ls-text-inf1-container-2020.txt": table(inf1(0, "0000:00:1c.0", connected_to=(1,), processes=daemon(6))),
    "neuron-ls-text-inf1-container-2022.txt": table(inf1(0, "00:1f.0", connected_to=(1,))),
    "neuron-ls-text-inf1-container-dma-2019.txt": table(inf1(0, "0000:00:1f.0")),
    "neuron-ls-text-inf1.6xlarge-1.0.8131-root.txt": table(
        inf1(0, "0000:00:1c.0", processes=(RTD,)),
        inf1(1, "0000:00:1d.0", processes=(RTD,)),
        inf1(2, "0000:00:1e.0", processes=(RTD,)),
        inf1(3, "0000:00:1f.0", processes=(RTD,)),
    ),
    "neuron-ls-text-inf1.6xlarge-2.0-procs.txt": table(
        replace(CHAIN_2021[0], processes=(process(23518, APP_01, "2.0.0"), process(23531, APP_02, "2.0.0"))),
        replace(CHAIN_2021[1], processes=(process(23595, APP_01, "2.0.0"),)),
        replace(CHAIN_2021[2], processes=(process(23608, APP_02, "2.0.0"),)),
        replace(CHAIN_2021[3], processes=()),
    ),
    "neuron-ls-text-inf1.6xlarge-2.0-show-all-procs.txt": table(
        replace(
            CHAIN_2021[0],
            processes=(process(23518, APP_01, "2.0.0"), process(23531, APP_02, "2.0.0"), MONITOR, ITSELF),
        ),
        replace(CHAIN_2021[1], processes=(process(23595, APP_01, "2.0.0"), MONITOR, ITSELF)),
        replace(CHAIN_2021[2], processes=(process(23608, APP_02, "2.0.0"), MONITOR, ITSELF)),
        replace(CHAIN_2021[3], processes=(MONITOR, ITSELF)),
    ),
    "neuron-ls-text-inf1.6xlarge-2019.txt": table(
        inf1(0, "0000:00:1f.0"), inf1(1, "0000:00:1e.0"), inf1(2, "0000:00:1d.0"), inf1(3, "0000:00:1c.0")
    ),
    "neuron-ls-text-inf1.6xlarge-2020.txt": table(*(replace(one, processes=daemon(12410)) for one in CHAIN_2021)),
    "neuron-ls-text-inf1.xlarge-2019.txt": table(inf1(0, "0000:00:1f.0")),
    "neuron-ls-text-inf1.xlarge-2023.txt": table(
        inf1(0, "00:1f.0"), instance_type="inf1.xlarge", instance_id="i-098116f54903c5fc6"
    ),
    "neuron-ls-text-inf2.xlarge-eks-docs.txt": table(
        device(0, "00:1f.0", 2, 32), instance_type="inf2.xlarge", instance_id=SCRUBBED
    ),
    "neuron-ls-text-inf2.xlarge-quickstart.txt": table(device(0, "00:1e.0", 2, 32)),
    "neuron-ls-text-inf2.xlarge-tools2.28.23.txt": table(
        replace(INF2_XLARGE_JSON, **NOT_IN_TABLE), instance_type="inf2.xlarge", instance_id=SCRUBBED
    ),
    # The heading is the documentation's mistake; what the table says is kept beside it, for others to compare.
    "neuron-ls-text-mislabelled-trn2.48xlarge.txt": table(
        replace(TRN1_2XLARGE_JSON, **NOT_IN_TABLE), instance_type="trn2.48xlarge", instance_id="i-0bea223b1afb7e159"
    ),
    "neuron-ls-text-trn1-2dev-quickstart.txt": table(device(0, "00:1e.0", 2, 32), device(1, "00:1f.0", 2, 32)),
    "neuron-ls-text-trn1-container-2022.txt": table(device(0, "10:1c.0", 2, 32)),
    "neuron-ls-text-trn1.2xlarge-2025.txt": table(
        device(0, "0000:00:1e.0", 2, 32), instance_type="trn1.2xlarge", instance_id="i-0a07d4c92c2670ba7"
    ),
    "neuron-ls-text-trn1.2xlarge-2026-09.txt": table(
        replace(TRN1_2XLARGE_JSON, **NOT_IN_TABLE), instance_type="trn1.2xlarge", instance_id=SCRUBBED
    ),
    "neuron-ls-text-trn1.2xlarge-optimum.txt": table(
        device(0, "00:1e.0", 2, 32), instance_type="trn1.2xlarge", instance_id="i-0570615e41700a481"
    ),
    # Its picture was cut off by whoever pasted it.
    "neuron-ls-text-trn1.32xlarge-2023-topology.txt": table(
        *(
            device(index, bdf, 2, 32, connected_to=links)
            for index, (bdf, links) in enumerate(zip(TRN1_BDFS, TORUS, strict=True))
        ),
        instance_type="trn1.32xlarge",
        instance_id="i-0633517e496256bf8",
    ),
    "neuron-ls-text-trn2.3xlarge-eks.txt": table(
        device(0, "0000:33:00.0", 4, 96, core_ids=(0, 1, 2, 3), cpu_affinity="0-11", numa_node=0),
        instance_type="trn2.3xlarge",
        instance_id="i-0abcdef1234567890",
        logical_neuroncore_config=2,
    ),
    "neuron-ls-text-trn2n.48xlarge-2024-12-all-procs.txt": table(
        *trn2_devices(processes=(process(268911, BENCH, "2.0.0"), process(269192, "neuron-ls --show-all-procs", None))),
        **TRN2N,
    ),
    "neuron-ls-text-trn2n.48xlarge-2024-12-wide.txt": table(
        *trn2_devices(processes=(process(268911, BENCH_WIDE, "2.0.0"),)), **TRN2N
    ),
    "neuron-ls-text-trn2n.48xlarge-2024-12.txt": table(*trn2_devices(), **TRN2N),
    "neuron-ls-text-trn2n.48xlarge-2025-07.txt": table(
        *(
            replace(one, bdf=f"0000:{one.bdf}", core_ids=tuple(range(4 * index, 4 * index + 4)), **TRN2_NODES[index])  # type: ignore[arg-type]
            for index, one in enumerate(trn2_devices())
        ),
        **TRN2N,
    ),
    "neuron-ls-topology-inf1.6xlarge-2022.txt": table(*CHAIN_2022, topology=((0, 1), (1, 2), (2, 3))),
}

DOCUMENTED_JSON: Mapping[str, dict[str, Any]] = {
    "neuron-ls-json-trn2-docs-2025-04.txt": {},
    "neuron-ls-json-trn2-docs-2025-07.txt": NODE_1,
}

NO_LISTINGS: Mapping[str, str] = {
    **dict.fromkeys(DOCUMENTED_JSON, "neither a table nor JSON: "),  # a shell prompt, and "..." between devices
    "neuron-ls-stderr-no-driver.txt": "neither a table nor JSON: 'time=",
    "neuron-ls-stdout-bad-flag.txt": 'neither a table nor JSON: "unknown flag `badflag\'"',
    "neuron-cli-list-model-2020.txt": "no table of devices: UUID, MODEL ID, MODEL STATUS, NEURON DEVICE START INDEX, ",
    "neuron-cli-list-ncg-2019.txt": "no table of devices: NCG ID, NC COUNT, DEVICE START INDEX, NC START INDEX",
}

NO_ECC_ERRORS = MonitoredDevice(
    index=0, mem_ecc_corrected=0, mem_ecc_uncorrected=0, sram_ecc_corrected=0, sram_ecc_uncorrected=0
)
INF2 = MonitoredHardware(
    device_type="inferentia2",
    device_version="v3",
    core_version="v2",
    device_count=1,
    device_memory_bytes=32 * GIB,
    cores_per_device=2,
    logical_neuroncore_config=1,
)
NO_ERRORS = {"hardware": 0, "model": 0, "numerical": 0, "runtime": 0, "transient": 0}
NOT_COMPLETED = {
    "completed_with_err": 0,
    "completed_with_num_err": 0,
    "failed_to_queue": 0,
    "incorrect_input": 0,
    "timed_out": 0,
}
INF2_RUNTIME = MonitoredRuntime(
    pid=2199,
    cores=(
        MonitoredCore(index=0, utilization_percent=89.40087251059674, flops=875590474948),
        MonitoredCore(index=1, utilization_percent=0.0, flops=0),
    ),
    errors=NO_ERRORS,
    executions={"completed": 816, **NOT_COMPLETED},
    device_latency_seconds={
        "p0": 0.0011093616485595703,
        "p50": 0.0011217594146728516,
        "p99": 0.0011413097381591797,
        "p100": 0.0012009143829345703,
    },
    host_memory_bytes=1166249984,
    device_memory_bytes=141649980,
)

RECORDS: Mapping[str, NeuronMonitorSample] = {
    "neuron-monitor-inf1.xlarge-2023-02-idle.json": NeuronMonitorSample(
        form="json",
        instance_type="inf1.xlarge",
        instance_id="i-0823d657f57057590",
        hardware=MonitoredHardware(device_count=1, cores_per_device=4),
        runtimes=(),
        devices=(NO_ECC_ERRORS,),
        memory_total_bytes=8033951744,
        memory_used_bytes=7020883968,
        swap_total_bytes=0,
        swap_used_bytes=0,
        vcpu_percent={
            "user": 10.34,
            "nice": 0.0,
            "system": 3.45,
            "idle": 86.21,
            "io_wait": 0.0,
            "irq": 0.0,
            "soft_irq": 0.0,
        },
    ),
    "neuron-monitor-inf2.xlarge-loaded-trimmed.json": NeuronMonitorSample(
        form="json",
        instance_type="inf2.xlarge",
        instance_id="i-0dd3c47dea213fd30",
        hardware=INF2,
        runtimes=(INF2_RUNTIME,),
        devices=(NO_ECC_ERRORS,),
    ),
    "neuron-monitor-wandb-fixture.json": NeuronMonitorSample(
        form="json",
        runtimes=(
            MonitoredRuntime(
                pid=1337,
                cores=(
                    MonitoredCore(
                        index=0,
                        utilization_percent=1.3631567613356375,
                        memory_bytes={
                            "constants": 196608,
                            "model_code": 101125344,
                            "model_shared_scratchpad": 0,
                            "runtime_memory": 0,
                            "tensors": 943608,
                        },
                    ),
                ),
                host_memory_bytes=610705408,
                device_memory_bytes=102298328,
            ),
        ),
    ),
}

SCRAPES: Mapping[str, NeuronMonitorSample] = {
    "neuron-monitor-prometheus-inf1.xlarge-excerpt.txt": NeuronMonitorSample(
        form="prometheus",
        instance_type="inf1.xlarge",
        instance_id="i-022af70542e30e040",
        hardware=MonitoredHardware(device_count=1, device_memory_bytes=8 * GIB, cores_per_device=4),
        runtimes=(
            MonitoredRuntime(tag="31961", errors={"generic": 0, **NO_ERRORS}),
            MonitoredRuntime(
                tag="32786",
                cores=(
                    MonitoredCore(
                        index=0, utilization_percent=100 * 0.003054895299654302, memory_bytes={"runtime_memory": 0}
                    ),
                    MonitoredCore(
                        index=1,
                        utilization_percent=100 * 0.0031171891334815026,
                        memory_bytes={"runtime_memory": 132256},
                    ),
                    MonitoredCore(index=2, utilization_percent=0.0, memory_bytes={"runtime_memory": 0}),
                    MonitoredCore(index=3, utilization_percent=0.0, memory_bytes={"runtime_memory": 0}),
                ),
                vcpu_percent={"user": 100 * 0.1388, "system": 100 * 0.0362},
            ),
        ),
        devices=(NO_ECC_ERRORS,),
        memory_total_bytes=8102633472,
        memory_used_bytes=2516926464,
        swap_total_bytes=0,
        swap_used_bytes=0,
        vcpu_percent={"user": 0.0, "system": 0.0},
    ),
    "neuron-monitor-prometheus-trn1n.32xlarge.txt": NeuronMonitorSample(
        form="prometheus",
        instance_type="trn1n.32xlarge",
        instance_id="i-09db9b55e0095612f",
        runtimes=(
            MonitoredRuntime(
                tag="367",
                cores=(
                    MonitoredCore(
                        index=0,
                        utilization_percent=100 * 0.1,
                        memory_bytes={
                            "constants": 0,
                            "model_code": 100752896,
                            "model_shared_scratchpad": 0,
                            "runtime_memory": 0,
                            "tensors": 6315872,
                        },
                    ),
                ),
                errors={"generic": 0},
                executions={"completed": 0},
                host_memory_bytes=9043968,
            ),
        ),
        memory_total_bytes=532523487232,
        memory_used_bytes=76337672192,
        swap_total_bytes=0,
        swap_used_bytes=0,
        vcpu_percent={"user": 100 * 0.008199999999999999},
    ),
}

TRN2 = MonitoredHardware(
    device_type="trainium2",
    device_version="v4",
    core_version="v3d",
    device_count=16,
    device_memory_bytes=96 * GIB,
    cores_per_device=4,
    logical_neuroncore_config=2,
)
DOCUMENTED_RECORDS: Mapping[str, tuple[str, str, MonitoredHardware]] = {
    "neuron-monitor-docs-2022.txt": (
        "inference_stats",
        "inf1.xlarge",
        MonitoredHardware(device_count=16, cores_per_device=4),
    ),
    "neuron-monitor-docs-2024-trn2.txt": ("execution_stats", "trn2n.48xlarge", TRN2),
    "neuron-monitor-docs-2026-trn2.txt": ("execution_stats", "trn2n.48xlarge", TRN2),
}
KEY_PATHS = "neuron-monitor-schema-inf2.xlarge-loaded.txt"
TOOL_LISTS = ("ls-opt-aws-neuron-bin-inf2-tools2.28.23.txt", "opt-aws-neuron-bin-completion-trn1.txt")

USED_SAMPLES: frozenset[str] = frozenset(
    (*LISTINGS, *NO_LISTINGS, *RECORDS, *SCRAPES, *DOCUMENTED_RECORDS, KEY_PATHS, *TOOL_LISTS)
)


def read(shared: Path, name: str) -> str:
    return (shared / "samples" / name).read_text(encoding="utf-8")


def test_every_sample_is_used(shared: Path) -> None:
    """No sample of these tools is left out, and none is named that is not there."""
    names = [path.name for path in (shared / "samples").iterdir()]
    wanted = re.compile(r"neuron-(ls|cli|monitor)-|.*opt-aws-neuron-bin-")

    assert USED_SAMPLES == {name for name in names if wanted.match(name)}


@pytest.mark.parametrize("name", LISTINGS)
def test_listings(shared: Path, name: str) -> None:
    """Each listing, of every year since 2019, says what a reader finds in it."""
    assert LISTINGS[name] == parse_neuron_ls(read(shared, name))


@pytest.mark.parametrize("name", NO_LISTINGS)
def test_what_is_no_listing(shared: Path, name: str) -> None:
    """Failures, tables of neuron-cli and documentation that is no JSON are refused, with the text that offends."""
    with pytest.raises(CollectorError, match=f"^{re.escape('neuron-ls: ' + NO_LISTINGS[name])}"):
        parse_neuron_ls(read(shared, name))


@pytest.mark.parametrize("name", DOCUMENTED_JSON)
def test_documented_json(shared: Path, name: str) -> None:
    """Without its prompt, its dots and its glossary, the documentation's JSON shows the first and the last device."""
    lines = [line for line in read(shared, name).split("\n") if line.strip() != "..."]
    end = lines.index(lines[1].replace("[", "]"))
    known = DOCUMENTED_JSON[name]
    bench = (process(113985, BENCH, "2.0.0"),)
    first = device(0, "cc:00.0", 4, 96, connected_to=(12, 3, 4, 1), processes=bench, **known)
    last = device(15, "f7:00.0", 4, 96, connected_to=(11, 14, 3, 12), processes=bench, **known)
    if known:
        first, last = replace(first, core_ids=(0, 1, 2, 3)), replace(last, core_ids=(60, 61, 62, 63))

    expected = NeuronLs(form="json array", logical_neuroncore_config=2, devices=(first, last))
    assert expected == parse_neuron_ls("\n".join(lines[1 : end + 1]))


@pytest.mark.parametrize(
    ("name", "stream", "message"),
    [
        (
            "neuron-ls-stderr-no-driver.txt",
            "stderr",
            "Failed to load MLA system information: failed to discover Neuron devices",
        ),
        ("neuron-ls-stdout-bad-flag.txt", "stdout", "unknown flag `badflag'"),
    ],
)
def test_failures(shared: Path, tmp_path: Path, name: str, stream: str, message: str) -> None:
    """The two ways in which the tool was seen to fail come out with its own words."""
    said = {"stdout": "", "stderr": "", stream: read(shared, name)}
    host = Host(tmp_path, run=lambda argv, deadline: Completed(returncode=1, **said))

    with pytest.raises(CollectorError, match=f"^{re.escape(f'{NEURON_LS}: {message}')}$"):
        collect_neuron_ls(host)


@pytest.mark.parametrize("name", TOOL_LISTS)
def test_the_tool_is_where_it_is_looked_for(shared: Path, name: str) -> None:
    """The directory of the vendor's tools holds the program that is run, in 2.23 as in 2.28."""
    assert "neuron-ls" in read(shared, name).split()
    assert "/opt/aws/neuron/bin/neuron-ls" == NEURON_LS


@pytest.mark.parametrize("name", RECORDS)
def test_records(shared: Path, name: str) -> None:
    """Each record of neuron-monitor says what a reader finds in it."""
    assert (RECORDS[name],) == parse_neuron_monitor(read(shared, name))


@pytest.mark.parametrize("name", SCRAPES)
def test_scrapes(shared: Path, name: str) -> None:
    """Each scrape of the exporter says what a reader finds in it, exponents with leading zeros included."""
    assert SCRAPES[name] == parse_neuron_monitor_prometheus(read(shared, name))


@pytest.mark.parametrize("name", [*DOCUMENTED_RECORDS, KEY_PATHS])
def test_documentation_is_no_record(shared: Path, name: str) -> None:
    """Fragments with comments and dots are refused, and not taken for records without devices."""
    with pytest.raises(CollectorError, match=r"^neuron-monitor: not JSON: "):
        parse_neuron_monitor(read(shared, name))


@pytest.mark.parametrize("name", DOCUMENTED_RECORDS)
def test_documented_fragments(shared: Path, name: str) -> None:
    """The fragments of the documentation, put together as the documentation says, are a record."""
    text = read(shared, name)
    stats, instance_type, hardware = DOCUMENTED_RECORDS[name]
    record = {
        "neuron_runtime_data": [{"report": {stats: fragment(text, stats)}}],
        "system_data": {group: fragment(text, group) for group in ("neuron_hw_counters", "memory_info")},
        "instance_info": fragment(text, "instance_info"),
        "neuron_hardware_info": fragment(text, "neuron_hardware_info"),
    }
    runtime = MonitoredRuntime(
        errors={"generic": 0, **NO_ERRORS},
        executions={"completed": 123, **NOT_COMPLETED},
        period_seconds=1.030613214,
        total_latency_seconds={
            "p0": 0.01100001,
            "p1": 0.01100002,
            "p25": 0.01100004,
            "p50": 0.01100008,
            "p75": 0.01100010,
            "p99": 0.01100012,
            "p100": 0.01100013,
        },
        device_latency_seconds={
            "p0": 0.01000001,
            "p1": 0.01000002,
            "p25": 0.01000004,
            "p50": 0.01000008,
            "p75": 0.01000010,
            "p99": 0.01000012,
            "p100": 0.01000013,
        },
    )

    assert (
        NeuronMonitorSample(
            form="json",
            instance_type=instance_type,
            instance_id="i-0011223344556677a",
            hardware=hardware,
            runtimes=(runtime,),
            devices=(NO_ECC_ERRORS,),
            memory_total_bytes=49345835008,
            memory_used_bytes=16042344448,
            swap_total_bytes=0,
            swap_used_bytes=0,
        ),
    ) == parse_neuron_monitor(json.dumps(record))


def fragment(text: str, name: str) -> Any:
    """Return the object that stands at *name*, at the margin of *text*."""
    found = re.search(rf'^"{name}": (\{{.*?^\}})', text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_real_key_paths(shared: Path) -> None:
    """A record that is put together from the list of key paths of a real one is read in full."""
    record = from_key_paths(read(shared, KEY_PATHS))
    record["neuron_runtime_data"] = [record["neuron_runtime_data"]]
    record["system_data"]["neuron_hw_counters"]["neuron_devices"] = [
        record["system_data"]["neuron_hw_counters"]["neuron_devices"]
    ]
    memory = {
        "constants": 33619968,
        "model_code": 106027452,
        "model_shared_scratchpad": 0,
        "runtime_memory": 114752,
        "tensors": 131072,
    }
    cores = INF2_RUNTIME.cores
    assert isinstance(cores, tuple)
    latency = {
        "p0": 0.0011093616485595703,
        "p1": 0.001111745834350586,
        "p25": 0.0011191368103027344,
        "p50": 0.0011217594146728516,
        "p75": 0.0011246204376220703,
        "p99": 0.0011413097381591797,
        "p100": 0.0012009143829345703,
    }
    runtime = replace(
        INF2_RUNTIME,
        tag="2199",
        cores=(replace(cores[0], memory_bytes=memory), cores[1]),
        period_seconds=1.000590175,
        device_latency_seconds=latency,
        vcpu_percent={"system": 10.8, "user": 14.57},
    )

    assert (
        NeuronMonitorSample(
            form="json",
            hardware=INF2,
            runtimes=(runtime,),
            devices=(NO_ECC_ERRORS,),
            memory_total_bytes=16378843136,
            memory_used_bytes=4335874048,
            swap_total_bytes=0,
            swap_used_bytes=0,
        ),
    ) == parse_neuron_monitor(json.dumps(record))


def from_key_paths(text: str) -> dict[str, Any]:
    """Return the record whose leaves *text* lists as ``path = value``, dots standing for the start of a path."""
    report = "neuron_runtime_data.report"
    dots = {
        "...latency_stats": f"{report}.execution_stats.latency_stats",
        "...usage_breakdown": f"{report}.memory_used.neuron_runtime_used_bytes.usage_breakdown",
        "...": f"{report}.",
    }
    record: dict[str, Any] = {}
    for path, value in re.findall(r"^([\w.\[\]]+) += ([\d.]+|\"\w*\")$", text, re.MULTILINE):
        if "loaded_models" in path or "subgraphs" in path:
            continue
        start = next((short for short in dots if path.startswith(short)), "")
        *parents, leaf = (dots.get(start, "") + path.removeprefix(start)).replace("[]", "").split(".")
        here = record
        for parent in parents:
            here = here.setdefault(parent, {})
        here[leaf] = json.loads(value)
    return record
