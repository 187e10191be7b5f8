"""The state of a host: module, boot, containers, cores, processes, health, each with a twin that is healthy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.builders import environment, packages

from neuron_collectors.facts import (
    NOT_COLLECTED,
    Boot,
    CachedModules,
    CompileCache,
    Container,
    DeviceNode,
    DevicePlugin,
    Dkms,
    DkmsBuild,
    DkmsFailure,
    DkmsModule,
    DriverFiles,
    InstalledKernel,
    Instance,
    LoadedDriver,
    MappedLibrary,
    Memory,
    ModuleLoading,
    ModuleOverride,
    NeuronDevice,
    OciHook,
    OperatingSystem,
    OsPackages,
    PciFunction,
    Process,
    Reading,
    Unread,
)
from neuron_validator.checks import CHECKS
from neuron_validator.findings import Finding
from neuron_validator.report import Report

Judge = Callable[..., Report]
KERNEL, NEWER = "6.8.0-1021-aws", "6.8.0-1024-aws"
NOT_LOADED: dict[str, Any] = {"driver": None, "devices": None, "device_nodes": ()}
BUILT = DriverFiles(version="2.26.5.0", built_for_kernels=(KERNEL,))
AMAZON_LINUX = OperatingSystem(id="amzn", version="2023", kernel="6.1.161-183.298.amzn2023.x86_64")


def told(judge: Judge, **facts: Any) -> list[Finding]:
    """Return the findings but for those about the age of what is installed."""
    return [f for f in judge(**facts).findings if f.category not in ("lifecycle", "catalog") and f.kind != "untested"]


def said(judge: Judge, **facts: Any) -> list[tuple[str, str]]:
    """Return id and severity of each finding at warning or above, and of the informing ones of this module."""
    mine = ("compile-cache-other-compiler", "kernel-without-module")
    found = told(judge, **facts)
    return [(f.id, f.severity.word) for f in found if f.severity.word != "info" or f.id in mine]


def only(judge: Judge, **facts: Any) -> Finding:
    """Return the one finding at warning or above."""
    (finding,) = (f for f in told(judge, **facts) if f.severity.word != "info")
    return finding


def dkms(version: str = "2.26.5.0", **fields: Any) -> Dkms:
    """Return DKMS with one version of the driver."""
    return Dkms(modules=(DkmsModule(name="aws-neuronx", version=version, **fields),))


def boot(*kernels: str, default: str | None = None, headers: str | None = "/usr/src/headers") -> Boot:
    """Return the configuration of a boot loader that starts *default*, else the last kernel."""
    installed = tuple(InstalledKernel(release=kernel, modules=True, headers=headers) for kernel in kernels)
    return Boot(kernels=installed, boot_loader="grub", default_kernel=default or kernels[-1], once_kernel=None)


# The driver's module


def test_a_module_that_was_never_built_is_the_cause_of_all_that_is_missing(judge: Judge) -> None:
    """A package without a module for the running kernel explains the missing driver, and says how to build it."""
    finding = only(judge, **NOT_LOADED, driver_files=None, boot=boot(KERNEL, headers=None))

    assert ("module-not-built", "critical") == (finding.id, finding.severity.word)
    assert (
        f"sudo apt-get install -y linux-headers-{KERNEL}",
        f"sudo dkms install aws-neuronx/2.26.5.0 -k {KERNEL}",
        "sudo modprobe neuron",
    ) == finding.remedy.commands
    assert 2 == len(finding.consequences)


def test_headers_that_are_there_are_not_installed_again(judge: Judge) -> None:
    """With the headers in place, the build's own error is shown and the module is built again."""
    failed = dkms(failure=DkmsFailure(kernel=KERNEL, error="neuron_cdev.c:1131:3: error: ignoring return value"))
    finding = only(judge, **NOT_LOADED, driver_files=None, boot=boot(KERNEL), dkms=failed)

    assert "error: ignoring return value" in finding.observed
    assert f"sudo dkms install aws-neuronx/2.26.5.0 -k {KERNEL}" == finding.remedy.commands[0]


def test_amazon_linux_builds_with_other_packages(judge: Judge) -> None:
    """On Amazon Linux the kernel's headers are in kernel-devel."""
    finding = only(judge, **NOT_LOADED, driver_files=None, os=AMAZON_LINUX)

    assert f"sudo dnf install -y kernel-devel-{AMAZON_LINUX.kernel} kernel-headers" == finding.remedy.commands[0]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({**NOT_LOADED, "driver_files": BUILT}, [("driver-not-loaded", "critical")], id="built"),
        pytest.param({**NOT_LOADED}, [("driver-not-loaded", "critical")], id="files-not-looked-at"),
        pytest.param(
            {**NOT_LOADED, "driver_files": DriverFiles(built_for_kernels=(NEWER,))},
            [("module-not-built", "critical")],
            id="for-another-kernel",
        ),
        pytest.param({"driver_files": None}, [], id="loaded-already-and-no-boot-facts"),
        pytest.param(
            {**NOT_LOADED, "driver_files": None, "pci": (), "instance": Instance(instance_type="c5.large")},
            [("no-neuron-device", "warning")],
            id="no-device",
        ),
    ],
)
def test_when_a_module_counts_as_not_built(
    judge: Judge, facts: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Only a host with devices, the package, known module files and none for its kernel has a module to build."""
    assert expected == said(judge, **facts)


def test_the_former_driver_that_is_not_loaded(judge: Judge) -> None:
    """The driver's package until SDK 2.3 is a package of the driver, too."""
    former = OsPackages(manager="dpkg", versions={"aws-neuron-dkms": "2.3.26.0"})
    finding = only(judge, **NOT_LOADED, driver_files=BUILT, os_packages=former)

    assert ("driver-not-loaded", ("aws-neuron-dkms",)) == (finding.id, finding.components)
    assert "package 2.3.26.0 is installed" in finding.observed


def test_a_driver_that_was_updated_and_not_reloaded(judge: Judge) -> None:
    """Another version on disk than in the kernel is told with both, and with how to reload."""
    finding = only(
        judge, driver_files=DriverFiles(version="2.27.4.0"), os_packages=packages(aws_neuronx_dkms="2.27.4.0")
    )

    assert ("driver-not-reloaded", "warning") == (finding.id, finding.severity.word)
    assert "loaded 2.26.5.0, on disk 2.27.4.0" == finding.observed
    assert ("sudo modprobe -r neuron", "sudo modprobe neuron") == finding.remedy.commands


def test_a_reload_that_ends_an_incompatibility_is_its_cause(judge: Judge) -> None:
    """Runtime 2.32 does not work with driver 2.26 (DRV-RT-001): where 2.27 lies on disk, the reload is what to do."""
    runtime = packages(aws_neuronx_dkms="2.27.4.0", aws_neuronx_runtime_lib="2.32.31.0-0234f5ed2")
    finding = told(judge, driver_files=DriverFiles(version="2.27.4.0"), os_packages=runtime)[0]

    assert ("driver-not-reloaded", "critical") == (finding.id, finding.severity.word)
    assert any("2.32.31.0" in title for title in finding.consequences)


def test_a_package_whose_module_was_not_rebuilt(judge: Judge) -> None:
    """A package that is newer than the module on disk is built first, then loaded."""
    finding = only(judge, driver_files=BUILT, os_packages=packages(aws_neuronx_dkms="2.27.4.0"), boot=boot(KERNEL))

    assert "driver-not-reloaded" == finding.id
    assert f"sudo dkms install --force aws-neuronx/2.27.4.0 -k {KERNEL}" == finding.remedy.commands[0]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"driver_files": BUILT}, id="same"),
        pytest.param({"driver_files": NOT_COLLECTED}, id="package-alone"),
        pytest.param({"driver": LoadedDriver(version=NOT_COLLECTED), "driver_files": BUILT}, id="version-unread"),
        pytest.param({"driver": LoadedDriver(version="2.x.7693.0"), "driver_files": BUILT}, id="not-a-release"),
    ],
)
def test_a_driver_that_is_loaded_as_installed(judge: Judge, facts: dict[str, Any]) -> None:
    """The same version everywhere, or one that cannot be compared, is nothing to say."""
    assert "driver-not-reloaded" not in [finding.id for finding in told(judge, **facts)]


# The next boot


def test_a_host_that_comes_up_without_its_driver(judge: Judge) -> None:
    """A kernel that the next boot starts and that has no module is told before it happens."""
    finding = only(judge, driver_files=BUILT, boot=boot(KERNEL, NEWER, headers=None))

    assert ("kernel-without-module", "warning") == (finding.id, finding.severity.word)
    assert (
        f"sudo apt-get install -y linux-headers-{NEWER}",
        f"sudo dkms install aws-neuronx/2.26.5.0 -k {NEWER}",
    ) == finding.remedy.commands


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"boot": boot(KERNEL, NEWER), "driver_files": None}, "warning", id="loaded-from-nowhere"),
        pytest.param({"boot": boot(KERNEL, NEWER, default=KERNEL)}, "info", id="newer-is-not-the-default"),
        pytest.param({"boot": boot("6.8.0-1001-aws", KERNEL)}, None, id="only-older-ones"),
        pytest.param({"boot": boot(KERNEL)}, None, id="one-kernel"),
        pytest.param({"boot": boot(KERNEL, NEWER), "container": Container()}, None, id="container"),
        pytest.param(
            {"boot": boot(KERNEL, NEWER), "driver_files": DriverFiles(built_for_kernels=(KERNEL, NEWER))},
            None,
            id="built-for-both",
        ),
        pytest.param({"boot": boot(KERNEL, NEWER), "driver_files": NOT_COLLECTED}, None, id="files-not-looked-at"),
    ],
)
def test_which_kernels_want_a_module(judge: Judge, facts: dict[str, Any], expected: str | None) -> None:
    """The default kernel warns, a newer one that is not the default informs, what will not start says nothing."""
    found = [s for name, s in said(judge, **{"driver_files": BUILT, **facts}) if name == "kernel-without-module"]

    assert ([expected] if expected else []) == found


BLACKLIST = ModuleOverride(path="/etc/modprobe.d/neuron.conf", command="blacklist", text="blacklist neuron")
INSTALL = ModuleOverride(path="/etc/modprobe.d/neuron.conf", command="install", text="install neuron /bin/false")
OPTIONS = ModuleOverride(path="/etc/modprobe.d/neuron.conf", command="options", text="options neuron no_reset=1")
LISTED = ("/etc/modules-load.d/neuron.conf",)
UNIT = ("neuron-kmod-load.service",)


@pytest.mark.parametrize(
    ("loading", "expected"),
    [
        pytest.param(ModuleLoading(at_boot=LISTED, units=(), overrides=()), False, id="listed"),
        pytest.param(ModuleLoading(at_boot=(), units=UNIT, overrides=()), False, id="by-unit"),
        pytest.param(ModuleLoading(at_boot=(), units=(), overrides=()), True, id="by-nothing"),
        pytest.param(ModuleLoading(at_boot=LISTED, units=(), overrides=(OPTIONS,)), False, id="options"),
        pytest.param(ModuleLoading(at_boot=LISTED, units=(), overrides=(BLACKLIST,)), True, id="blacklisted"),
        pytest.param(ModuleLoading(at_boot=(), units=UNIT, overrides=(BLACKLIST,)), False, id="unit-and-blacklist"),
        pytest.param(ModuleLoading(at_boot=(), units=UNIT, overrides=(INSTALL,)), True, id="unit-and-install"),
        pytest.param(ModuleLoading(at_boot=(), units=NOT_COLLECTED, overrides=()), False, id="units-not-looked-at"),
        pytest.param(NOT_COLLECTED, False, id="not-looked-at"),
    ],
)
def test_what_loads_the_driver_at_boot(judge: Judge, *, loading: Any, expected: bool) -> None:
    """A file or a unit loads the module, unless a line prevents it; EKS's images use a unit that no blacklist stops."""
    ids = [name for name, _ in said(judge, module_loading=loading)]

    assert (["module-not-loaded-at-boot"] if expected else []) == ids


# Packages and containers


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"container": Container()}, ["driver-package-in-container"], id="container"),
        pytest.param({"container": None}, [], id="host"),
        pytest.param({"container": Container(), "os_packages": packages(aws_neuronx_dkms=None)}, [], id="without"),
    ],
)
def test_a_driver_inside_a_container(judge: Judge, facts: dict[str, Any], expected: list[str]) -> None:
    """The driver's package belongs on the host."""
    assert expected == [name for name, _ in said(judge, **facts)]


def half_installed(*names: str) -> OsPackages:
    """Return healthy packages of which some are half installed."""
    healthy = packages()
    return OsPackages(manager="dpkg", versions=healthy.versions, incomplete=names)


def test_a_package_that_is_half_installed(judge: Judge) -> None:
    """What dpkg did not finish is told with dpkg's own way on, unless it is none of Neuron's."""
    assert [("package-incomplete", "warning")] == said(judge, os_packages=half_installed("aws-neuronx-tools"))
    assert [] == said(judge, os_packages=half_installed("linux-image-aws"))
    assert [] == said(judge, os_packages=half_installed())


def test_a_half_installed_driver_is_a_consequence_of_its_build(judge: Judge) -> None:
    """A driver whose module did not build is half-configured for that reason."""
    facts = {**NOT_LOADED, "driver_files": None, "os_packages": half_installed("aws-neuronx-dkms")}

    assert [("module-not-built", "critical")] == said(judge, **facts)


def test_devices_named_for_a_hook_that_is_not_there(judge: Judge) -> None:
    """A container with the hook's variable and no device is told why it has none."""
    facts: dict[str, Any] = {
        "container": Container(kind="docker"),
        "device_nodes": (),
        "os_packages": packages(aws_neuronx_dkms=None),
        "environment": {"AWS_NEURON_VISIBLE_DEVICES": "0"},
    }
    finding = only(judge, **facts)

    assert ("visible-devices-without-hook", "critical") == (finding.id, finding.severity.word)
    assert ("aws-neuronx-oci-hook",) == finding.components
    assert [("device-nodes-missing", "critical")] == said(judge, **{**facts, "environment": {}})
    assert [] == said(judge, **{**facts, "device_nodes": (DeviceNode(index=0),)})


# Cores


TRN2 = {
    "instance": Instance(instance_type="trn2.48xlarge"),
    "pci": (PciFunction(address="0000:cc:00.0", device_id="0x7364"),) * 16,
    "devices": tuple(NeuronDevice(index=n, device_name="Trainium2") for n in range(16)),
    "device_nodes": tuple(
        DeviceNode(index=n, is_character_device=True, accessible=True, mode=0o666) for n in range(16)
    ),
}


@pytest.mark.parametrize(
    ("environment", "facts", "expected"),
    [
        ({"NEURON_RT_VISIBLE_CORES": "0-1"}, {}, None),
        ({"NEURON_RT_VISIBLE_CORES": "0,1"}, {}, None),
        ({"NEURON_RT_VISIBLE_CORES": "2"}, {}, "names core 2, and there are 2 cores here"),
        ({"NEURON_RT_VISIBLE_CORES": "1-0"}, {}, "is no list of cores"),
        ({"NEURON_RT_VISIBLE_CORES": "all"}, {}, "is no list of cores"),
        ({"NEURON_RT_VISIBLE_CORES": ""}, {}, None),
        ({"NEURON_RT_NUM_CORES": "2"}, {}, None),
        ({"NEURON_RT_NUM_CORES": "0"}, {}, None),
        ({"NEURON_RT_NUM_CORES": "4"}, {}, "asks for 4 cores, and there are 2 here"),
        ({"NEURON_RT_NUM_CORES": "two"}, {}, "is no number"),
        ({"NEURON_RT_NUM_CORES": "2", "NEURON_RT_VISIBLE_CORES": "0"}, {}, "the former counts"),
        ({"NEURON_RT_NUM_CORES": "2", "NEURON_RT_VISIBLE_CORES": "0-1"}, {}, None),
        ({"NEURON_RT_VISIBLE_CORES": "0-63"}, TRN2, None),
        ({"NEURON_RT_VISIBLE_CORES": "64"}, TRN2, "names core 64, and there are 64 cores here"),
        ({"NEURON_RT_VISIBLE_CORES": "64", "NEURON_LOGICAL_NC_CONFIG": "1"}, TRN2, None),
        ({"NEURON_LOGICAL_NC_CONFIG": "4"}, TRN2, "Trainium2 has 1 or 2"),
        ({"NEURON_LOGICAL_NC_CONFIG": "1", "NEURON_RT_VIRTUAL_CORE_SIZE": "2"}, TRN2, "disagree"),
        ({"NEURON_RT_VISIBLE_CORES": "31"}, {"instance": NOT_COLLECTED}, None),
    ],
)
def test_the_cores_that_an_environment_names(
    judge: Judge, environment: dict[str, str], facts: dict[str, Any], expected: str | None
) -> None:
    """Cores that are not there, settings that contradict each other, and what is no setting are told."""
    found = [f for f in told(judge, environment=environment, **facts) if f.id == "core-selection-invalid"]

    assert ([] if expected is None else [True]) == [expected is not None and expected in f.observed for f in found]


def test_a_container_has_the_cores_of_its_devices(judge: Judge) -> None:
    """A container with one of sixteen devices has two cores of Trn1's thirty-two."""
    facts = {
        "instance": Instance(instance_type="trn1.32xlarge"),
        "container": Container(),
        "pci": NOT_COLLECTED,
        "devices": NOT_COLLECTED,
        "os_packages": packages(aws_neuronx_dkms=None),
        "environment": {"NEURON_RT_NUM_CORES": "4"},
    }

    assert "core-selection-invalid" == only(judge, **facts).id


HOLDER = Process(pid=4711, command="python serve.py", devices=(0,), cores=(0, 1))


@pytest.mark.parametrize(
    ("environment", "processes", "expected"),
    [
        ({"NEURON_RT_VISIBLE_CORES": "1"}, (HOLDER,), True),
        ({"NEURON_RT_NUM_CORES": "1"}, (HOLDER,), True),
        ({"NEURON_RT_NUM_CORES": "1"}, (Process(pid=1, devices=(0,), cores=(0,)),), False),
        ({"NEURON_RT_VISIBLE_CORES": "0"}, (Process(pid=1, devices=(0,), cores=(1,)),), False),
        ({"NEURON_RT_VISIBLE_CORES": "0"}, (Process(pid=1, devices=(0,)),), False),
        ({}, (HOLDER,), False),
        ({"NEURON_RT_NUM_CORES": "2"}, (), False),
    ],
)
def test_cores_that_another_process_holds(
    judge: Judge, *, environment: dict[str, str], processes: tuple[Process, ...], expected: bool
) -> None:
    """Cores are in the way only where the environment asks for them: a host at work is healthy."""
    found = said(judge, environment=environment, processes=processes)

    assert ([("cores-in-use", "warning")] if expected else []) == found


def test_the_holder_of_the_cores_is_named(judge: Judge) -> None:
    """Process, command and cores are in the finding."""
    finding = only(judge, environment={"NEURON_RT_VISIBLE_CORES": "1"}, processes=(HOLDER,))

    assert "core 1 held by process 4711 (python serve.py)" == finding.observed
    assert "kill 4711" in finding.remedy.commands


# Processes, memory, caches


def test_a_process_with_a_library_that_was_replaced(judge: Judge) -> None:
    """A process that runs the runtime from before an update is named; one with the current file is not."""
    path = "/opt/aws/neuron/lib/libnrt.so.2.29.40.0"
    stale = Process(pid=7, command="python", libraries=(MappedLibrary(name="libnrt", path=path, replaced=True),))
    fresh = Process(pid=8, libraries=(MappedLibrary(name="libnrt", path=path, replaced=False),))
    unknown = Process(pid=9, libraries=(MappedLibrary(name="libnrt", path=path),))

    assert [("library-replaced", "warning")] == said(judge, processes=(stale, fresh, unknown))
    assert [] == said(judge, processes=(fresh, unknown))


KILL = "[  912.4] Out of memory: Killed process 2811 (walrus_driver) total-vm:16420540kB, anon-rss:13951040kB"


def test_memory_that_ran_out(judge: Judge) -> None:
    """A kill for want of memory is told once, with the process and the host's memory."""
    finding = only(judge, kernel_log=(KILL,), memory=Memory(total_bytes=8 * 1024**3))

    assert ("memory-low", "resources") == (finding.id, finding.category)
    assert "walrus_driver" in finding.title
    assert "the host has 8.0 GiB" in finding.observed
    assert [] == said(judge, kernel_log=("[ 1.0] neuron: loading out-of-tree module taints kernel.",))


FILES = ("oci_neuron_hook", "oci_neuron_hook_wrapper.sh")
HOOK = tuple(check for check in CHECKS if check.id == "visible-devices-without-hook")


@pytest.mark.parametrize(
    ("files", "docker", "plugin", "severity"),
    [
        (FILES, True, None, None),
        ((), True, None, "warning"),
        (None, True, None, "warning"),
        (FILES, False, None, "info"),
        (FILES, False, DevicePlugin(sockets=("neuron.sock",)), None),
        (FILES, None, None, None),
        (Unread("permission"), True, None, None),
        ((), False, None, None),
    ],
)
def test_a_hook_that_is_half_there(
    judge: Judge,
    *,
    files: Reading[tuple[str, ...]],
    docker: bool | None,
    plugin: DevicePlugin | None,
    severity: str | None,
) -> None:
    """A runtime that calls a hook which is not there is told; one that does not call it may not need to."""
    hook = OciHook(files=files, configured={"docker": docker, "containerd": None})
    report = judge(checks=HOOK, container=None, oci_hook=hook, device_plugin=plugin)

    assert [severity] * (severity is not None) == [finding.severity.word for finding in report.findings]


def test_a_host_without_a_hook(judge: Judge) -> None:
    """It needs none; where nobody looked, the check is skipped."""
    assert [] == list(judge(checks=HOOK, container=None, oci_hook=None).findings)
    assert ["visible-devices-without-hook"] == [skip.check for skip in judge(checks=HOOK, container=None).skipped]


SMALL = tuple(check for check in CHECKS if check.id in {"host-memory-small", "memory-low"})


@pytest.mark.parametrize(
    ("instance_type", "memory", "found"),
    [
        ("trn1.2xlarge", None, ["host-memory-small"]),
        ("inf2.xlarge", None, ["host-memory-small"]),
        ("inf2.8xlarge", None, []),
        ("trn1.32xlarge", None, []),
        ("inf1.2xlarge", None, []),
        ("trn1", None, []),
        ("trn2.48xlarge", None, []),
        ("trn1.2xlarge", 31 * 1024**3, ["host-memory-small"]),
        ("trn1.2xlarge", 64 * 1024**3, []),
    ],
)
def test_memory_of_the_host(judge: Judge, instance_type: str, memory: int | None, found: list[str]) -> None:
    """A host with no more memory than one of its devices is told, as information; a family has types of any size."""
    facts = {} if memory is None else {"memory": Memory(total_bytes=memory)}
    chips = {"inf1": "Inferentia", "inf2": "Inferentia2", "trn1": "Trainium1", "trn2": "Trainium2"}
    devices = (NeuronDevice(device_name=chips[instance_type[:4]]),)
    report = judge(checks=SMALL, instance=Instance(instance_type=instance_type), devices=devices, **facts)

    assert found == [finding.id for finding in report.findings]


def test_memory_that_ran_out_explains_itself_by_its_size(judge: Judge) -> None:
    """What was killed for want of memory is the finding; that there is little of it belongs to it."""
    report = judge(checks=SMALL, kernel_log=(KILL,))

    assert ["memory-low"] == [finding.id for finding in report.findings]
    assert 1 == len(report.findings[0].consequences)


def test_a_cache_of_another_compiler(judge: Judge) -> None:
    """Models of a compiler that is not installed are information; those of the one that is are nothing."""

    def cache(version: str) -> tuple[CompileCache, ...]:
        return (CompileCache(path="/root/.cache/neuron", compilers=(CachedModules(compiler_version=version),)),)

    installed = (environment("venv", neuronx_cc="2.16.372.0+4a9b2326"),)

    other = said(judge, compile_caches=cache("2.13.66.0+6dfecc895"), python_environments=installed)
    assert ("compile-cache-other-compiler", "info") in other
    same = said(judge, compile_caches=cache("2.16.372.0+4a9b2326"), python_environments=installed)
    assert ("compile-cache-other-compiler", "info") not in same
    without = said(judge, compile_caches=cache("2.13.66.0+6dfecc895"))
    assert [] == without


def test_flags_of_the_compiler_in_the_environment(judge: Judge) -> None:
    """Flags that change which cached models fit are information."""

    def ids(**variables: str) -> list[str]:
        return [finding.id for finding in told(judge, environment=variables)]

    assert "compiler-flags-set" in ids(NEURON_CC_FLAGS="--model-type=transformer")
    assert "compiler-flags-set" not in ids(NEURON_CC_FLAGS=" ")
    assert "compiler-flags-set" not in ids(NEURON_CC_FLAGS="--cache_dir=/shared/cache")
    assert "compiler-flags-set" not in ids()


def test_a_family_has_a_device_at_least(judge: Judge) -> None:
    """Where only the family is known, a host without any node lacks one."""
    facts = dict.fromkeys(("devices", "pci", "driver"), NOT_COLLECTED)
    family = {**facts, "instance": Instance(instance_type="inf1"), "os_packages": NOT_COLLECTED}

    assert ("device-nodes-missing", "critical") in said(judge, **family, device_nodes=())
    assert "device-nodes-missing" not in [name for name, _ in said(judge, **family)]


# Health


START = "[    8.2] Neuron Driver Started with Version:2.26.5.0-bab563e32c62d9dd615a42079e5bbd8e1a6327b1"
FAULT = (
    "[  300.1] NEURON_HW_ERR=HBM_UNCORRECTABLE_ERROR instance-id=i-0 hostname=ip-10-0-0-1 nd-id=3 nc-id=1 "
    "serial-num=00112233aabb0003 action=TERMINATE_INSTANCE"
)


def test_a_hardware_fault_asks_for_what_the_vendor_asks_for(judge: Judge) -> None:
    """The line's device and action are the finding's, once however often it was printed."""
    finding = only(judge, kernel_log=(START, FAULT, FAULT))

    assert ("hardware-error", "critical", "health") == (finding.id, finding.severity.word, finding.category)
    assert "/dev/neuron3 core 1: HBM_UNCORRECTABLE_ERROR" == finding.title
    assert "TERMINATE_INSTANCE" in finding.remedy.summary


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((FAULT, START), []),
        ((START,), []),
        ((START, "[ 9] neuron:ncdev_open: nd0 is in an invalid state"), ["device-reset-failed"]),
        ((START, "[ 9] neuron:nr_reset_thread_fn: nd0: reset request 4711 failed"), ["device-reset-failed"]),
        (
            (
                START,
                "[ 9] neuron:nr_reset_thread_fn: nd0: reset request 4711 failed",
                "[ 10] neuron:nr_reset_thread_fn: nd0: reset request 4712 completed",
            ),
            [],
        ),
        (("[ 9] neuron:nr_reset_thread_fn: nd0: reset request 4711 failed", START), []),
        ((START, FAULT.replace("nd-id=3", "nd-id=4"), FAULT), ["hardware-error"]),
    ],
)
def test_faults_end_with_their_cause(judge: Judge, lines: tuple[str, ...], expected: list[str]) -> None:
    """What was before the driver was loaded last, or was followed by a reset that succeeded, is over."""
    found = [f.id for f in told(judge, kernel_log=lines) if f.category == "health"]

    assert expected == found


def test_builds_of_dkms_are_no_fault(judge: Judge) -> None:
    """A host whose module is built, installed and loaded is healthy."""
    built = dkms(builds=(DkmsBuild(kernel=KERNEL, arch="x86_64", state="installed"),), failure=None)

    assert [] == said(judge, dkms=built, driver_files=BUILT, boot=boot(KERNEL))
