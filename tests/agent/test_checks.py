"""Checks over facts built by hand: each with a host that it speaks of and a twin that it is silent on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.builders import environment, packages

from neuron_collectors.facts import (
    NOT_COLLECTED,
    PERMISSION,
    Container,
    DeviceNode,
    Instance,
    LoadedDriver,
    NeuronDevice,
    OperatingSystem,
    OsPackages,
    PciFunction,
)
from neuron_validator.findings import Finding
from neuron_validator.report import Report

Judge = Callable[..., Report]


def told(report: Report) -> list[Finding]:
    """Return the findings but for known defects, which every release has once a later one has fixed something."""
    return [finding for finding in report.findings if not finding.id.endswith("-known-defect")]


def said(judge: Judge, **facts: Any) -> list[tuple[str, str]]:
    """Diagnose and return id and severity of each finding."""
    return [(finding.id, finding.severity.word) for finding in told(judge(**facts))]


def driver_only(version: str) -> OsPackages:
    """Return operating system packages of which only the driver is installed."""
    none = dict.fromkeys(("aws_neuronx_runtime_lib", "aws_neuronx_collectives", "aws_neuronx_tools"))
    return packages(aws_neuronx_dkms=version, **none)


def nodes(count: int, **fields: Any) -> tuple[DeviceNode, ...]:
    """Return *count* device nodes."""
    common: dict[str, Any] = {"is_character_device": True, "mode": 0o666, "uid": 0, "gid": 0, "accessible": True}
    return tuple(DeviceNode(index=index, **{**common, **fields}) for index in range(count))


TRN1 = (PciFunction(address="0000:00:1e.0", device_id="0x7164"),)
INF1 = {
    "instance": Instance(instance_type="inf1.xlarge"),
    "pci": (PciFunction(address="0000:00:1f.0", device_id="0x7064"),),
}
BIG = {"instance": Instance(instance_type="trn1.32xlarge"), "pci": TRN1 * 16, "device_nodes": nodes(16)}


def test_healthy_host_passes(judge: Judge) -> None:
    """A host whose components were released together has nothing to say about and a verdict."""
    report = judge()

    assert [] == [finding.id for finding in told(report)]
    assert ("pass", 0) == (report.verdict, report.exit_code)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(
            {"driver": None, "devices": None, "device_nodes": ()}, [("driver-not-loaded", "critical")], id="no-driver"
        ),
        pytest.param(
            {"driver": None, "pci": (), "devices": None, "device_nodes": (), "instance": None, "os_packages": None},
            [],
            id="no-devices",
        ),
        pytest.param({"devices": ()}, [("devices-missing", "critical")], id="none-registered"),
        pytest.param(
            {**BIG, "devices": (NeuronDevice(index=0),) * 15}, [("devices-missing", "critical")], id="one-of-16"
        ),
        pytest.param({**BIG, "devices": (NeuronDevice(index=0),) * 16}, [], id="all-16"),
        pytest.param(
            {**BIG, "pci": TRN1 * 15, "devices": (NeuronDevice(),) * 15}, [("devices-missing", "critical")], id="pci"
        ),
        pytest.param({"device_nodes": ()}, [("device-nodes-missing", "critical")], id="no-nodes"),
        pytest.param(
            {"device_nodes": nodes(1, mode=0o600)}, [("device-nodes-inaccessible", "warning")], id="root-only"
        ),
        pytest.param({"device_nodes": nodes(1, mode=0o660, gid=990)}, [], id="group-neuron"),
        pytest.param(
            {"device_nodes": nodes(1, accessible=False)}, [("device-nodes-inaccessible", "critical")], id="no-access"
        ),
        pytest.param(
            {"device_nodes": nodes(1, is_character_device=False)},
            [("device-nodes-inaccessible", "critical")],
            id="a-file",
        ),
        pytest.param(
            {"container": Container(), "device_nodes": (), "os_packages": packages(aws_neuronx_dkms=None)},
            [("device-nodes-missing", "critical")],
            id="container",
        ),
        pytest.param(
            {
                **BIG,
                "container": Container(),
                "devices": (NeuronDevice(),) * 16,
                "device_nodes": nodes(1),
                "os_packages": packages(aws_neuronx_dkms=None),
            },
            [],
            id="container-with-one",
        ),
    ],
)
def test_devices(judge: Judge, facts: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """The witnesses of the devices have to agree, each cause is told once, and a container may have fewer."""
    assert expected == said(judge, **facts)


@pytest.mark.parametrize(
    ("loaded", "runtime", "expected"),
    [
        # Release notes of SDK 2.30.0: runtime 2.32 fails with drivers up to 2.26, 2.27 is enough.
        ("2.26.5.0", "2.32.31.0-0234f5ed2", "critical"),
        ("2.26.10.0", "2.32.31.0-0234f5ed2", "critical"),
        ("2.27.4.0", "2.32.31.0-0234f5ed2", None),
        ("2.28.0.0", "2.32.31.0-0234f5ed2", None),
        ("2.26.5.0", "2.31.24.0", None),
        # Release notes of SDK 2.31.0: driver 2.29 needs runtime 2.33.
        ("2.29.16.0", "2.32.31.0-0234f5ed2", "critical"),
        ("2.29.16.0", "2.33.10.0", None),
    ],
)
def test_driver_and_runtime(judge: Judge, loaded: str, runtime: str, expected: str | None) -> None:
    """The pairs that the release notes rule out are critical, and their neighbours are not."""
    report = judge(
        driver=LoadedDriver(version=loaded),
        os_packages=packages(
            aws_neuronx_dkms=loaded,
            aws_neuronx_runtime_lib=runtime,
            aws_neuronx_collectives=None,
            aws_neuronx_tools=None,
        ),
    )

    found = {f.id: f for f in report.findings}
    assert expected == (
        found["driver-runtime-incompatible"].severity.word if "driver-runtime-incompatible" in found else None
    )


def test_driver_and_runtime_remedy(judge: Judge) -> None:
    """The remedy names the driver that shipped with the runtime, as commands for this operating system."""
    finding = judge(
        os_packages=packages(aws_neuronx_runtime_lib="2.32.31.0", aws_neuronx_collectives="2.32.28.0")
    ).findings[0]

    assert "driver-runtime-incompatible" == finding.id
    assert "DRV-RT-001" == (finding.rule.id if finding.rule else None)
    assert "sudo apt-get install --allow-downgrades -y 'aws-neuronx-dkms=2.28.0.0*'" in finding.remedy.commands
    assert ("aws-neuronx-runtime-lib", "aws-neuronx-dkms") == finding.components


def test_remedy_on_amazon_linux(judge: Judge) -> None:
    """On Amazon Linux the remedy speaks dnf."""
    finding = judge(
        os=OperatingSystem(id="amzn", version="2023"),
        os_packages=packages(aws_neuronx_runtime_lib="2.32.31.0", aws_neuronx_collectives="2.32.28.0"),
    ).findings[0]

    assert "sudo dnf install -y 'aws-neuronx-dkms-2.28.0.0*'" in finding.remedy.commands


def test_rules_have_their_time(judge: Judge) -> None:
    """A rule does not exist before the day on which it became known."""
    facts = {"os_packages": packages(aws_neuronx_runtime_lib="2.32.31.0", aws_neuronx_collectives="2.32.28.0")}

    assert "driver-runtime-incompatible" not in [i for i, _ in said(judge, as_of=date(2026, 5, 20), **facts)]
    assert "driver-runtime-incompatible" in [i for i, _ in said(judge, as_of=date(2026, 5, 21), **facts)]


@pytest.mark.parametrize(
    ("family", "version", "expected"),
    [
        ("inf1", "2.25.4.0", "critical"),
        ("inf1", "2.24.13.0", None),
        ("inf1", "2.24.7.0", None),
        ("trn1", "2.25.4.0", None),
    ],
)
def test_driver_ceiling_of_inf1(judge: Judge, family: str, version: str, expected: str | None) -> None:
    """Driver 2.25 dropped Inf1; 2.24 still has it, and other families are not concerned."""
    facts: dict[str, Any] = {**INF1, "devices": (), "device_nodes": ()} if family == "inf1" else {}
    report = judge(driver=LoadedDriver(version=version), os_packages=driver_only(version), **facts)

    found = {f.id: f.severity.word for f in report.findings}
    assert expected == found.get("driver-family-unsupported")


def test_driver_too_new_for_inf1_explains_the_missing_devices(judge: Judge) -> None:
    """One cause, one finding: the devices that the driver refuses are not listed beside the driver."""
    report = judge(
        **INF1,
        devices=(),
        device_nodes=(),
        driver=LoadedDriver(version="2.25.4.0"),
        os_packages=driver_only("2.25.4.0"),
    )

    assert ["driver-family-unsupported"] == [finding.id for finding in told(report)]
    assert 1 <= len(report.findings[0].consequences)
    assert any("2.24." in command for command in report.findings[0].remedy.commands)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2.23.112.0", ["runtime-family-unsupported"]), ("2.22.19.0", [])],
)
def test_runtime_ceiling_of_inf1(judge: Judge, version: str, expected: list[str]) -> None:
    """Runtime 2.23 does not know Inf1 any more; 2.22 is the last that does."""
    report = judge(
        **INF1,
        devices=(NeuronDevice(index=0, device_name="Inferentia"),),
        driver=LoadedDriver(version="2.24.7.0"),
        os_packages=packages(aws_neuronx_runtime_lib=version, aws_neuronx_collectives=None),
    )

    assert expected == [f.id for f in report.findings if f.severity.word == "critical"]


@pytest.mark.parametrize(
    ("collectives", "expected"),
    [("2.29.41.0", [("runtime-collectives-mismatch", "warning")]), ("2.30.58.0", []), (None, [])],
)
def test_runtime_and_collectives(judge: Judge, collectives: str | None, expected: list[tuple[str, str]]) -> None:
    """Runtime and collectives share major and minor; their patches differ in most releases."""
    found = said(judge, os_packages=packages(aws_neuronx_collectives=collectives))

    assert expected == [pair for pair in found if pair[0] == "runtime-collectives-mismatch"]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [({"aws_neuron_tools": "2.1.4.0"}, ["superseded-package-installed"]), ({}, [])],
)
def test_superseded_package(judge: Judge, versions: dict[str, str], expected: list[str]) -> None:
    """The package of the old name beside the new one is told, with the command that removes it."""
    report = judge(os_packages=packages(**versions))

    assert expected == [finding.id for finding in report.findings if finding.severity.word == "warning"]
    assert all(
        "apt-get remove -y aws-neuron-tools" in f.remedy.commands[0] for f in report.findings if f.id in expected
    )


def test_placeholder(judge: Judge) -> None:
    """A placeholder of the public index is critical, in the environment that has it."""
    environments = (environment("bad", placeholders=("neuronx-cc",)), environment("good", neuronx_cc="2.23.6484.0"))

    report = judge(python_environments=environments)

    assert [("placeholder-installed", "env:bad")] == [(f.id, f.scope) for f in told(report)]
    assert ("neuronx-cc",) == report.findings[0].components


def test_mixed_environment(judge: Judge) -> None:
    """An environment that no release explains names the odd one out; it is untested, not an alarm."""
    mixed = environment("mixed", torch_neuronx="2.8.0.2.12.22436", neuronx_cc="2.19.8089.0", libneuronxla="2.2.15515.0")

    report = judge(python_environments=(mixed,))

    assert [("sdk-release-mixed", "info")] == [(f.id, f.severity.word) for f in told(report)]
    assert ("neuronx-cc",) == told(report)[0].components
    assert "pass" == report.verdict


@pytest.mark.parametrize(
    ("os", "expected"),
    [
        (OperatingSystem(id="ubuntu", version="22.04", kernel="6.8.0-1021-aws", glibc="2.35"), []),
        (
            OperatingSystem(id="ubuntu", version="22.04", kernel="6.2.0-1018-aws", glibc="2.35"),
            ["platform-untested"] * 2,
        ),
        (OperatingSystem(id="fedora", version="42"), ["platform-untested"] * 2),
        (OperatingSystem(id="ubuntu", version="22.04", kernel=NOT_COLLECTED, glibc=PERMISSION), []),
    ],
)
def test_platform(judge: Judge, os: OperatingSystem, expected: list[str]) -> None:
    """A platform outside the tested tables is information; what is not known of it disagrees with nothing."""
    report = judge(os=os)

    assert expected == [finding.id for finding in told(report)]
    assert "pass" == report.verdict


def test_newer_than_catalog(judge: Judge) -> None:
    """A version after all that the catalog knows is neither good nor bad."""
    report = judge(
        driver=LoadedDriver(version="2.99.1.0"),
        os_packages=packages(aws_neuronx_dkms="2.99.1.0", aws_neuronx_runtime_lib=None, aws_neuronx_collectives=None),
    )

    assert [("newer-than-catalog", "info")] == [(f.id, f.severity.word) for f in told(report)]


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"os_packages": NOT_COLLECTED}, ["runtime library: not collected"]),
        ({"driver": PERMISSION}, ["driver: permission"]),
        ({"devices": NOT_COLLECTED, "device_nodes": NOT_COLLECTED}, ["driver's devices: not collected"]),
    ],
)
def test_no_verdict_without_the_facts(judge: Judge, facts: dict[str, Any], missing: list[str]) -> None:
    """What could not be looked at is not taken for healthy: there is no verdict, and it says what is missing."""
    report = judge(**facts)

    assert ("unknown", 3) == (report.verdict, report.exit_code)
    assert missing == list(report.missing)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"instance": Instance(instance_type="g4dn.8xlarge"), "pci": NOT_COLLECTED}, ["no-neuron-device"]),
        ({"instance": Instance(instance_type="c5.large"), "pci": ()}, ["no-neuron-device"]),
        ({"instance": Instance(instance_type="trn9.48xlarge"), "pci": NOT_COLLECTED}, []),
        ({"instance": Instance(instance_type="c5.large"), "pci": (), "os_packages": None}, []),
    ],
)
def test_no_neuron_device(judge: Judge, facts: dict[str, Any], expected: list[str]) -> None:
    """A driver where no device is, is told; a machine that only compiles, or of a family to come, is not."""
    report = judge(**{"devices": (), "device_nodes": (), "driver": None, **facts})

    assert expected == [finding.id for finding in report.findings if finding.id == "no-neuron-device"]


def test_nothing_here(judge: Judge) -> None:
    """A machine without Neuron devices and software has no verdict and no findings."""
    report = judge(
        instance=None, pci=(), devices=None, device_nodes=(), driver=None, os_packages=None, python_environments=()
    )

    assert not report.neuron_found
    assert ((), "unknown", 3) == (report.findings, report.verdict, report.exit_code)
