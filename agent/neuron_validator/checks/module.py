"""The driver's module: built for the kernels that run and will run, loaded as it is installed, and loaded at boot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neuron_collectors.facts import Boot, ModuleOverride, Unread, value_or_none

from ..driver_package import (
    NAMES,
    build_commands,
    driver_package,
    has_devices,
    headers_are_there,
    kernels_with_module,
)
from ..evidence import DRIVER, Component, Evidence, gather_evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..remedies import RELOAD
from ..rules import violations
from ..versions import parse_version

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"
_RELOAD_RULE = RuleReference(
    id="DRV-RT-016",
    source="aws-neuron-sdk@81ce03ae:neuron-runtime/nrt-troubleshoot.rst#L95",
    retrieved="2026-11-21",
    confidence="documented",
)
_HEADERS_RULE = RuleReference(
    id="OS-002",
    source="aws-neuron-sdk@81ce03ae:neuron-runtime/nrt-troubleshoot.rst#L38",
    retrieved="2026-11-21",
    confidence="documented",
)
_BOOT_FILE = "/etc/modules-load.d/neuron.conf"
_SHUTS_OUT = ("blacklist", "install", "module_blacklist", "modprobe.blacklist")


def module_not_built(evidence: Evidence) -> Iterator[Finding]:
    """Say that the driver's package is installed and there is no module for the running kernel."""
    package = driver_package(evidence)
    if evidence.in_container or package is None or has_devices(evidence) is False:
        return
    if value_or_none(evidence.inventory.driver) is not None:
        return  # loaded already: what is missing shows at the next boot
    known(evidence.inventory.driver_files, "module files")
    built, kernel = kernels_with_module(evidence), value_or_none(evidence.os.kernel)
    if built is None or (kernel in built if kernel else built):
        return
    yield _not_built(package, kernel, evidence)


def _not_built(package: Component, kernel: str | None, evidence: Evidence) -> Finding:
    failure = _build_failure(evidence)
    where = f"kernel {kernel}" if kernel else "the running kernel"
    return Finding(
        id="module-not-built",
        severity=Severity.CRITICAL,
        category="driver",
        kind="missing",
        components=(package.name,),
        title=f"{package.name} {package.version} is installed, but its module is not built for {where}",
        observed=f"no module file for {where}" + (f"; the last build ended with: {failure}" if failure else ""),
        expected=f"/lib/modules/{kernel or '<kernel>'}/…/neuron.ko",
        why="DKMS builds the driver on the host, and needs the headers of the kernel for it; without the module no "
        "/dev/neuron* appears.",
        remedy=_build(evidence, kernel, failed=failure is not None),
        evidence=(
            Excerpt(source=package.source, text=package.version),
            Excerpt(source="lib/modules", text="no neuron"),
        ),
        rule=_HEADERS_RULE,
        docs=_TROUBLESHOOTING,
    )


def _build_failure(evidence: Evidence) -> str | None:
    """Return the error that DKMS's last build left behind."""
    dkms = value_or_none(evidence.inventory.dkms)
    modules = (value_or_none(dkms.modules) if dkms else None) or ()
    failures = [failure for module in modules if (failure := value_or_none(module.failure)) is not None]
    return next((error for failure in failures if (error := value_or_none(failure.error)) is not None), None)


def _build(evidence: Evidence, kernel: str | None, *, failed: bool) -> Remedy:
    name = kernel or "$(uname -r)"
    there = headers_are_there(evidence, kernel) if kernel else None
    commands = (*build_commands(evidence, name, headers=there is not True), "sudo modprobe neuron")
    summary = "Install the kernel's headers, build the module and load it"
    if failed or there is True:
        summary = "Build the module and load it; where it does not compile, install a driver that knows this kernel"
    return Remedy(summary=f"{summary}.", commands=commands)


def driver_not_reloaded(evidence: Evidence) -> Iterator[Finding]:
    """Say that another version of the driver is loaded than the one that is installed."""
    driver = known(evidence.inventory.driver, "driver")
    loaded = value_or_none(driver.version) if driver else None
    if loaded is None or evidence.in_container:
        return
    files = value_or_none(evidence.inventory.driver_files)
    on_disk = value_or_none(files.version) if files else None
    package = driver_package(evidence)
    installed = on_disk or (package.version if package else None)
    if installed is not None and _differ(loaded, installed):
        yield _not_reloaded(loaded, installed, package, evidence)
    elif on_disk is not None and package is not None and _differ(on_disk, package.version):
        yield _not_rebuilt(on_disk, package, evidence)


def _differ(one: str, other: str) -> bool:
    left, right = parse_version(one), parse_version(other)
    return left is not None and right is not None and left != right


def _not_reloaded(loaded: str, installed: str, package: Component | None, evidence: Evidence) -> Finding:
    return Finding(
        id="driver-not-reloaded",
        severity=Severity.CRITICAL if _reload_mends(installed, evidence) else Severity.WARNING,
        category="driver",
        kind="misconfigured",
        components=(package.name if package else DRIVER,),
        title=f"Driver {installed} is installed, but {loaded} is still loaded",
        observed=f"loaded {loaded}, on disk {installed}",
        expected=f"{installed} loaded",
        why="An update changes the module file; the kernel keeps the old module until it is reloaded or the host is "
        "rebooted. `modinfo` shows the file, not what is loaded.",
        remedy=Remedy(
            summary="Stop what uses the devices and reload the module, or reboot.", commands=RELOAD, reboot=False
        ),
        evidence=(
            Excerpt(source="sys/module/neuron/version", text=loaded),
            Excerpt(source="module file or package", text=installed),
        ),
        rule=_RELOAD_RULE,
        docs=_TROUBLESHOOTING,
    )


def _reload_mends(installed: str, evidence: Evidence) -> bool:
    """Tell whether the loaded driver does not fit the runtime, and the installed one does."""
    driver = value_or_none(evidence.inventory.driver)
    if driver is None or not _is_broken(evidence):
        return False
    reloaded = replace(evidence.inventory, driver=replace(driver, version=installed))
    return not _is_broken(gather_evidence(reloaded, evidence.catalog, evidence.as_of))


def _is_broken(evidence: Evidence) -> bool:
    rules = evidence.catalog.rules_for("driver-runtime-incompatible")
    return any(True for rule in rules for _ in violations(rule, evidence))


def _not_rebuilt(on_disk: str, package: Component, evidence: Evidence) -> Finding:
    kernel = value_or_none(evidence.os.kernel)
    return Finding(
        id="driver-not-reloaded",
        severity=Severity.WARNING,
        category="driver",
        kind="misconfigured",
        components=(package.name,),
        title=f"{package.name} {package.version} is installed, but the module on disk is {on_disk}",
        observed=f"package {package.version}, module file and loaded driver {on_disk}",
        expected=f"module {package.version} for the running kernel",
        why="DKMS did not build the new package's module for the running kernel, so that the old one stays in use.",
        remedy=Remedy(
            summary="Build the package's module, stop what uses the devices, and reload.",
            commands=(*_rebuild(evidence, package, kernel or "$(uname -r)"), *RELOAD),
        ),
        evidence=(
            Excerpt(source=package.source, text=package.version),
            Excerpt(source="module file of the running kernel", text=on_disk),
        ),
        rule=_RELOAD_RULE,
        docs=_TROUBLESHOOTING,
    )


def _rebuild(evidence: Evidence, package: Component, kernel: str) -> Iterator[str]:
    """Yield the commands that build the version of *package*, whatever else DKMS knows."""
    *first, _ = build_commands(evidence, kernel, headers=headers_are_there(evidence, kernel) is not True)
    yield from first
    yield f"sudo dkms install --force {package.name.removesuffix('-dkms')}/{package.version} -k {kernel}"


def kernel_without_module(evidence: Evidence) -> Iterator[Finding]:
    """Say that the host will come up without the driver: a kernel that may start next has no module."""
    boot, built = value_or_none(evidence.inventory.boot), kernels_with_module(evidence)
    running = value_or_none(evidence.os.kernel)
    if boot is None or evidence.in_container or running is None or has_devices(evidence) is False:
        return
    loaded = value_or_none(evidence.inventory.driver) is not None
    if built is None or not (built or loaded) or not (loaded or running in built):
        return  # nothing to lose at the next boot: `module-not-built` has said it
    lacking = tuple(kernel for kernel in _next_kernels(boot, running) if kernel not in built)
    if lacking:
        yield _without_module(lacking, boot, running, evidence)


def _next_kernels(boot: Boot, running: str) -> Iterator[str]:
    """Yield the kernels that may run after this one: the one to start once, the default, then newer ones."""
    default, once = value_or_none(boot.default_kernel), value_or_none(boot.once_kernel)
    seen: list[str] = [kernel for kernel in (once, default) if kernel is not None]
    releases = [kernel.release for kernel in value_or_none(boot.kernels) or () if kernel.modules is not False]
    newer = releases[releases.index(running) + 1 :] if running in releases else []
    yield from dict.fromkeys((*seen, *reversed(newer)))


def _without_module(lacking: tuple[str, ...], boot: Boot, running: str, evidence: Evidence) -> Finding:
    default = value_or_none(boot.default_kernel)
    starts_next = default is None or default in lacking or value_or_none(boot.once_kernel) in lacking
    package, kernel = driver_package(evidence), lacking[0]
    which = (
        f"kernel {kernel}, which the next boot starts,"
        if kernel != running and kernel == default
        else f"kernel {kernel}"
    )
    commands = tuple(
        command
        for one in lacking
        for command in build_commands(evidence, one, headers=headers_are_there(evidence, one) is not True)
    )
    return Finding(
        id="kernel-without-module",
        severity=Severity.WARNING if starts_next else Severity.INFO,
        category="driver",
        kind="missing",
        components=(package.name if package else DRIVER,),
        title=f"After a reboot the driver will be missing: {which} has no module of it"
        if starts_next
        else f"Installed {which} has no module of the driver",
        observed=f"no module for {', '.join(lacking)}; running {running}, default {default or 'not known'}",
        expected="a module for every kernel that may be started",
        why="DKMS builds the module when a kernel is installed, if its headers are there then. A host that boots a "
        "kernel without the module has no /dev/neuron*.",
        remedy=Remedy(summary="Build the module before the next reboot.", commands=commands),
        evidence=(Excerpt(source="boot loader's configuration", text=f"default {default or 'not known'}"),),
        rule=_HEADERS_RULE,
        docs=_TROUBLESHOOTING,
    )


def module_not_loaded_at_boot(evidence: Evidence) -> Iterator[Finding]:
    """Say that nothing loads the driver at boot, or that something keeps it from being loaded."""
    loading = value_or_none(evidence.inventory.module_loading)
    if loading is None or evidence.in_container or not _has_driver(evidence) or not has_devices(evidence):
        return
    overrides = value_or_none(loading.overrides) or ()
    shut_out = [override for override in overrides if _shuts_out(override)]
    if value_or_none(loading.units) and not any(_for_every_way(override) for override in shut_out):
        return  # a unit that calls modprobe does not care for a blacklist
    if shut_out:
        yield _not_at_boot(
            evidence,
            observed="; ".join(f"{one.path}: {value_or_none(one.text) or 'not readable'}" for one in shut_out),
            remedy=Remedy(
                summary=f"Take the line out of {shut_out[0].path}; on the command line, out of the boot loader's."
            ),
        )
    elif loading.at_boot == () and loading.units == ():
        yield _not_at_boot(
            evidence,
            observed="no file of modules-load.d and no unit names the module",
            remedy=Remedy(
                summary="Have systemd load it.",
                commands=(f"echo neuron | sudo tee {_BOOT_FILE}", "sudo modprobe neuron"),
            ),
        )


def _has_driver(evidence: Evidence) -> bool:
    return driver_package(evidence) is not None or bool(kernels_with_module(evidence))


def _shuts_out(override: ModuleOverride) -> bool:
    """Tell whether a line keeps the module from being loaded."""
    command, text = value_or_none(override.command), value_or_none(override.text) or ""
    return command in _SHUTS_OUT and (command != "install" or text.split()[-1:] in (["/bin/false"], ["/bin/true"]))


def _for_every_way(override: ModuleOverride) -> bool:
    """Tell whether a line holds for modprobe by name, too."""
    return not isinstance(override.command, Unread) and override.command in ("install", "module_blacklist")


def _not_at_boot(evidence: Evidence, *, observed: str, remedy: Remedy) -> Finding:
    package = driver_package(evidence)
    return Finding(
        id="module-not-loaded-at-boot",
        severity=Severity.WARNING,
        category="driver",
        kind="misconfigured",
        components=(package.name if package else DRIVER,),
        title="After a reboot the driver will not be loaded",
        observed=observed,
        expected=f"{_BOOT_FILE}, or a unit that loads the module",
        why="The module names no PCI devices that udev could load it for; a file that its package writes has systemd "
        "do it.",
        remedy=remedy,
        evidence=(Excerpt(source="modules-load.d, modprobe.d, units", text=observed),),
        docs=_TROUBLESHOOTING,
    )


def driver_package_in_container(evidence: Evidence) -> Iterator[Finding]:
    """Say that a driver is installed inside a container, where it can drive nothing."""
    known(evidence.inventory.os_packages, "operating system packages")
    package = driver_package(evidence)
    if not evidence.in_container or package is None:
        return
    yield Finding(
        id="driver-package-in-container",
        severity=Severity.WARNING,
        category="packages",
        kind="misconfigured",
        components=(package.name,),
        scope=evidence.system.name,
        title=f"{package.name} {package.version} is installed inside a container; the driver belongs on its host",
        observed=f"{package.name} {package.version} in a container",
        expected="the driver on the host, and the runtime library in the container",
        why="A container runs on its host's kernel: DKMS cannot build here, for lack of that kernel's headers, and the "
        "module cannot be loaded.",
        remedy=Remedy(
            summary=f"Leave {package.name} out of the image; install {DRIVER} on the host and pass the devices in.",
            commands=("docker run --device=/dev/neuron0 IMAGE",),
        ),
        evidence=(Excerpt(source=package.source, text=package.version),),
        docs=_TROUBLESHOOTING,
    )


def package_incomplete(evidence: Evidence) -> Iterator[Finding]:
    """Say that the installation of a Neuron package stopped half-way."""
    packages = known(evidence.inventory.os_packages, "operating system packages")
    names = tuple(name for name in (value_or_none(packages.incomplete) if packages else None) or () if "neuron" in name)
    if not names:
        return
    yield Finding(
        id="package-incomplete",
        severity=Severity.WARNING,
        category="packages",
        kind="misconfigured",
        components=names[:4],
        scope=evidence.system.name,
        title=f"{', '.join(names)}: the installation stopped half-way",
        observed=f"dpkg lists {', '.join(names)} as not fully installed",
        expected="every package configured",
        why="The package's files may be there, but its set-up did not end"
        + (": for the driver that is the build of its module." if set(names) & set(NAMES) else "."),
        remedy=Remedy(
            summary="Let dpkg go on; what it prints says why it stopped.",
            commands=("sudo dpkg --configure -a", "sudo apt-get install -f -y"),
        ),
        evidence=(Excerpt(source="var/lib/dpkg/status", text=", ".join(names)),),
        docs=_TROUBLESHOOTING,
    )


BEFORE_DRIVER = (
    Check(
        id="driver-package-in-container",
        category="packages",
        title="No driver is installed inside a container",
        severity=Severity.WARNING,
        needs=("operating system packages",),
        run=driver_package_in_container,
        docs=_TROUBLESHOOTING,
        consequences=("package-incomplete",),
    ),
    Check(
        id="module-not-built",
        category="driver",
        title="The driver's module is built for the running kernel",
        severity=Severity.CRITICAL,
        needs=("operating system packages",),
        run=module_not_built,
        docs=_TROUBLESHOOTING,
        consequences=(
            "driver-not-loaded",
            "devices-missing",
            "device-nodes-missing",
            "package-incomplete",
            "module-not-loaded-at-boot",
        ),
    ),
    Check(
        id="driver-not-reloaded",
        category="driver",
        title="The loaded driver is the installed one",
        severity=Severity.CRITICAL,
        needs=("driver",),
        run=driver_not_reloaded,
        docs=_TROUBLESHOOTING,
        consequences=("driver-runtime-incompatible", "sdk-release-mixed", "package-incomplete"),
    ),
)

AFTER_DRIVER = (
    Check(
        id="kernel-without-module",
        category="driver",
        title="Every kernel that may start next has the driver's module",
        severity=Severity.WARNING,
        run=kernel_without_module,
        docs=_TROUBLESHOOTING,
    ),
    Check(
        id="module-not-loaded-at-boot",
        category="driver",
        title="Something loads the driver at boot, and nothing prevents it",
        severity=Severity.WARNING,
        run=module_not_loaded_at_boot,
        docs=_TROUBLESHOOTING,
    ),
    Check(
        id="package-incomplete",
        category="packages",
        title="No Neuron package is half installed",
        severity=Severity.WARNING,
        needs=("operating system packages",),
        run=package_incomplete,
        docs=_TROUBLESHOOTING,
    ),
)
