"""Logs against facts: one finding for each cause, with what the host shows beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.builders import environment, packages

from neuron_collectors.facts import (
    NOT_COLLECTED,
    Container,
    DeviceNode,
    DriverFiles,
    Instance,
    LoadedDriver,
    OperatingSystem,
    Process,
    RuntimeLibrary,
)
from neuron_collectors.facts.log_lines import since_driver_start
from neuron_validator.findings import Finding, Severity
from neuron_validator.log_causes import find_causes, severity_of
from neuron_validator.log_patterns import load_log_patterns, recognise
from neuron_validator.report import Report

Judge = Callable[..., Report]

NOT_COMPATIBLE = (
    "NRT:nrt_init This Neuron Runtime (compatibility id: 6) is not compatible with the installed aws-neuron-dkms"
)
RANGE = "NRT:nrt_init Installed aws-neuron-dkms supports Runtime compatibility id range: 2 - 4."
NEEDS_DRIVER = "NRT:nrt_init This runtime requires Neuron Driver version 2.27 or greater"
NO_DRIVER = (
    "NRT:nrt_init Unable to determine Neuron Driver version. Please check aws-neuronx-dkms package is installed."
)
FEATURES = "NEFF version: 2.0, features: 0x100 are not supported.  Currently supporting: 0x80000000000000ff"
LOAD_FAILED = "RuntimeError: nrt_load_collectives status=10"
IN_USE = "NRT:nrt_allocate_neuron_cores NeuronCore(s) not available - Requested:4 Available:0"
CACHED = "Using a cached neff at /root/cache/model.neff"
START = "[    8.2] Neuron Driver Started with Version:2.26.5.0-bab563e32c62d9dd615a42079e5bbd8e1a6327b1"
NOTHING: dict[str, Any] = dict.fromkeys(
    ("driver", "devices", "device_nodes", "pci", "os_packages", "os", "python_environments", "instance"), NOT_COLLECTED
)


def from_logs(judge: Judge, *lines: str, **facts: Any) -> list[Finding]:
    """Return what is said of the logs' lines."""
    return [finding for finding in judge(log_lines=lines, **facts).findings if finding.id == "known-log-line"]


def test_a_log_without_known_lines_says_nothing(judge: Judge) -> None:
    """Lines that are not known, and known ones that only inform, make no finding."""
    assert [] == from_logs(judge, "epoch 1 of 3", "", CACHED)
    assert [] == from_logs(judge)


def test_one_cause_is_one_finding(judge: Judge) -> None:
    """Both lines of a refused runtime, however often they come, are one finding with all their numbers."""
    (finding,) = from_logs(judge, NOT_COMPATIBLE, RANGE, NOT_COMPATIBLE, RANGE, **NOTHING)

    assert ("critical", "driver", "LOG-RT-004") == (
        finding.severity.word,
        finding.category,
        finding.rule.id if finding.rule else None,
    )
    assert "(4 lines)" in finding.observed
    assert "compatibility id of the runtime: 6" in finding.observed
    assert "a compatibility id of 2 to 4" == finding.expected
    assert any("aws-neuronx-dkms=2.*" in command for command in finding.remedy.commands)


def test_a_runtime_below_the_range_is_the_side_to_upgrade(judge: Judge) -> None:
    """An id under the driver's smallest asks for a newer runtime, not for a newer driver."""
    lines = (NOT_COMPATIBLE, RANGE.replace("2 - 4", "10 - 12"))
    (finding,) = from_logs(judge, *lines, **NOTHING)

    assert any("aws-neuronx-runtime-lib=2.*" in command for command in finding.remedy.commands)


def test_inf1_gets_the_last_driver_that_supports_it(judge: Judge) -> None:
    """On Inf1 the driver to install is 2.24 (announcement for SDK 2.26)."""
    facts = {**NOTHING, "instance": Instance(instance_type="inf1.6xlarge")}
    (finding,) = from_logs(judge, NOT_COMPATIBLE, RANGE, **facts)

    assert any("aws-neuronx-dkms=2.24.*" in command for command in finding.remedy.commands)


def test_a_return_code_goes_with_its_cause(judge: Judge) -> None:
    """The framework's line with nothing but a code belongs to the runtime's line that says why."""
    (finding,) = from_logs(judge, LOAD_FAILED, FEATURES, **NOTHING)

    assert "LOG-NEFF-002" == (finding.rule.id if finding.rule else None)
    assert "NRT_UNSUPPORTED_NEFF_VERSION" in finding.why


def test_two_causes_are_two_findings(judge: Judge) -> None:
    """What is not of one matter stays apart."""
    found = from_logs(judge, FEATURES, IN_USE, **NOTHING)

    assert {"neff", "process"} == {finding.category for finding in found}


@pytest.mark.parametrize(
    ("line", "facts", "shown", "contradicted"),
    [
        pytest.param(NEEDS_DRIVER, {}, "driver 2.26.5.0 is loaded", False, id="old-driver"),
        pytest.param(
            NEEDS_DRIVER,
            {**NOTHING, "driver": LoadedDriver(version="2.27.4.0")},
            "driver 2.27.4.0 is loaded",
            True,
            id="new-driver",
        ),
        pytest.param(NO_DRIVER, {}, "driver 2.26.5.0 is loaded", True, id="driver-is-there"),
        pytest.param(NO_DRIVER, {"container": Container(), **NOTHING}, "", False, id="container-sees-no-driver"),
        pytest.param(
            NOT_COMPATIBLE,
            {**NOTHING, "runtime_libraries": (RuntimeLibrary(version="2.31.24.0", compatibility_id=11),)},
            "the runtime library has compatibility id 11",
            True,
            id="another-runtime",
        ),
        pytest.param(
            NOT_COMPATIBLE,
            {**NOTHING, "runtime_libraries": (RuntimeLibrary(compatibility_id=6),)},
            "the runtime library has compatibility id 6",
            False,
            id="this-runtime",
        ),
        # Driver 2.1.5.0 accepts 2 alone (src/neuron_cdev.c#L1196 of its tag).
        pytest.param(
            RANGE,
            {**NOTHING, "driver": LoadedDriver(version="2.1.5.0"), "instance": Instance(instance_type="inf1.xlarge")},
            "driver 2.1.5.0 accepts ids 2 to 2",
            True,
            id="another-driver",
        ),
        pytest.param(
            RANGE.replace("2 - 4", "2 - 2"),
            {**NOTHING, "driver": LoadedDriver(version="2.1.5.0"), "instance": Instance(instance_type="inf1.xlarge")},
            "driver 2.1.5.0 accepts ids 2 to 2",
            False,
            id="this-driver",
        ),
        pytest.param(
            FEATURES,
            {**NOTHING, "runtime_libraries": (RuntimeLibrary(supported_feature_bits=0xFF),)},
            "the runtime library supports 0xff and lacks 0x100",
            False,
            id="lacks-the-feature",
        ),
        pytest.param(
            FEATURES,
            {**NOTHING, "runtime_libraries": (RuntimeLibrary(supported_feature_bits=0x1FF),)},
            "the runtime library supports 0x1ff, all of it",
            True,
            id="has-the-feature",
        ),
        pytest.param(
            "ls: cannot access /dev/neuron*: No such file or directory",
            {},
            "1 /dev/neuron* are here, accessible",
            True,
            id="nodes-are-there",
        ),
        pytest.param(
            "Error! Bad return status for module build on kernel: 5.19.0-1022-aws (x86_64)",
            {"driver_files": DriverFiles(version="2.26.5.0", built_for_kernels=("6.8.0-1021-aws",))},
            "kernel 6.8.0-1021-aws is running",
            False,
            id="another-kernel",
        ),
        pytest.param(
            "Error! Bad return status for module build on kernel: 5.19.0-1022-aws (x86_64)",
            {"driver_files": DriverFiles(version="2.26.5.0", built_for_kernels=("5.19.0-1022-aws",))},
            "a module for kernel 5.19.0-1022-aws is there",
            True,
            id="built-since",
        ),
        pytest.param(
            "/lib64/libm.so.6: version `GLIBC_2.36' not found (required by libfoo.so)",
            {"os": OperatingSystem(id="ubuntu", version="22.04", glibc="2.35")},
            "glibc 2.35",
            False,
            id="old-glibc",
        ),
        pytest.param(
            "/lib64/libm.so.6: version `GLIBC_2.34' not found (required by libfoo.so)",
            {"os": OperatingSystem(id="ubuntu", version="22.04", glibc="2.35")},
            "glibc 2.35",
            True,
            id="new-glibc",
        ),
        pytest.param(
            "model is compiled with neuronx-cc(2.13.72.0+78a426937) newer than current compiler (2.13.66.0+6dfecc895)",
            {**NOTHING, "python_environments": (environment("venv", neuronx_cc="2.13.66.0+6dfecc895"),)},
            "neuronx-cc 2.13.66.0 is installed in env:venv",
            False,
            id="old-compiler",
        ),
        pytest.param(
            "Link requires a different Python (3.9.16 not in: '>=3.10')",
            {**NOTHING, "python_environments": (environment("venv"),)},
            "Python 3.10.12",
            True,
            id="another-python",
        ),
        pytest.param(
            IN_USE,
            {**NOTHING, "processes": (Process(pid=4711, command="python serve.py", devices=(0,)),)},
            "process 4711 (python serve.py) uses Neuron devices now",
            False,
            id="holder",
        ),
    ],
)
def test_what_the_facts_say_of_a_line(
    judge: Judge, *, line: str, facts: dict[str, Any], shown: str, contradicted: bool
) -> None:
    """The host's own numbers stand beside the line's; where they cannot both be true, the log is called old."""
    (finding,) = from_logs(judge, line, **facts)

    assert shown in finding.observed
    assert contradicted is finding.title.startswith("The log contradicts what is here now")
    assert contradicted is (finding.severity is Severity.INFO)


def test_a_finding_from_facts_takes_the_log_as_its_witness(judge: Judge) -> None:
    """Where the facts show the cause, the log's line is attached to it."""
    facts: dict[str, Any] = {"driver": None, "devices": None, "device_nodes": ()}
    report = judge(log_lines=(NO_DRIVER,), **facts)
    first = report.findings[0]

    assert "driver-not-loaded" == first.id
    assert any("finds no Neuron driver" in title for title in first.consequences)
    assert [] == [finding for finding in report.findings if finding.id == "known-log-line"]


def test_a_witness_makes_a_finding_as_severe_as_what_happened(judge: Judge) -> None:
    """A driver on an instance without devices is a warning; that an application failed of it makes it critical."""
    facts: dict[str, Any] = {
        **NOTHING,
        "instance": Instance(instance_type="g4dn.8xlarge"),
        "os_packages": packages(),
    }
    line = "NRT:nrt_init Unable to read compatible Driver version."
    first = judge(log_lines=(line,), **facts).findings[0]

    assert ("no-neuron-device", "critical") == (first.id, first.severity.word)


def test_a_container_that_names_devices_for_a_hook(judge: Judge) -> None:
    """Where the runtime found no device in a container, the hook's variable is named beside it."""
    facts: dict[str, Any] = {
        **NOTHING,
        "container": Container(),
        "environment": {"AWS_NEURON_VISIBLE_DEVICES": "0"},
    }
    line = "RuntimeError: The PyTorch Neuron Runtime could not be initialized. Neuron Driver issues are logged"

    assert "AWS_NEURON_VISIBLE_DEVICES=0" in from_logs(judge, line, **facts)[0].observed
    with_nodes = {**facts, "device_nodes": (DeviceNode(index=0, accessible=True),)}
    assert "AWS_NEURON_VISIBLE_DEVICES" not in from_logs(judge, line, **with_nodes)[0].observed


def test_the_packages_of_a_conflict_are_those_of_the_line(judge: Judge) -> None:
    """What pip's line names are the components, not what the pattern was first seen with."""
    line = "optimum-neuron 0.0.28 requires protobuf<4,>=3.20.3, but you have protobuf 5.29.0 which is incompatible."
    (finding,) = from_logs(judge, line, **NOTHING)

    assert ("optimum-neuron", "protobuf") == finding.components


def test_the_kernels_lines_count_since_the_driver_was_loaded(judge: Judge) -> None:
    """A complaint of an earlier load is over."""
    line = "[  3.1] neuron: Unknown HW architecture: 9. Can't init neuron_dhal"

    assert [] == [f for f in judge(kernel_log=(line, START)).findings if f.id == "known-log-line"]
    assert 1 == len([f for f in judge(kernel_log=(START, line)).findings if f.id == "known-log-line"])
    assert (START, line) == since_driver_start((line, START, START, line))
    assert (line,) == since_driver_start((line,))


@pytest.mark.parametrize("pattern", load_log_patterns(), ids=lambda pattern: pattern.id)
def test_only_firm_knowledge_is_critical(pattern: Any) -> None:
    """What is only reported or inferred is at most a warning."""
    firm = pattern.confidence in ("documented", "maintainer-confirmed")

    assert firm or severity_of(pattern) <= Severity.WARNING


def test_the_worst_line_leads() -> None:
    """Of the lines of a cause the one that says why comes before the one that gives a code."""
    causes = find_causes(recognise([LOAD_FAILED, FEATURES, CACHED, LOAD_FAILED]))

    assert ["LOG-NEFF-002"] == [cause.leader.pattern.id for cause in causes]
    assert 3 == causes[0].count
    assert "0x100" == causes[0].groups["needed_features"]
    assert () == find_causes(())
