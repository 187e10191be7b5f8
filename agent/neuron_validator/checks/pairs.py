"""Pairs of components that must fit: one check for each kind of pair, with the catalog's rules behind it."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import Unread, installed, value_or_none

from ..compatibility_ids import refused
from ..evidence import DRIVER, OLD_DRIVER, Component, Evidence, Scope, known
from ..findings import Category, Check, Finding, Kind, Severity
from ..surroundings import Finder, Found, find
from ..versions import release_part
from .pair_findings import Measure, Pairing, pair_findings

_DOCS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest"
_TROUBLESHOOTING = f"{_DOCS}/neuron-runtime/nrt-troubleshoot.html"
_CONTENT = f"{_DOCS}/release-notes/releasecontent.html"
_ANNOUNCEMENTS = f"{_DOCS}/about-neuron/announcements/index.html"
_NOTES = f"{_DOCS}/release-notes/index.html"
_SETUP = f"{_DOCS}/setup/index.html"
_FRAMEWORKS = f"{_DOCS}/frameworks/index.html"
_PLATFORMS = f"{_DOCS}/neuron-runtime/compatibility.html"
_COMPILER = f"{_DOCS}/compiler/index.html"
_TOOLS = f"{_DOCS}/tools/index.html"


def pair_check(
    *,
    check_id: str,
    category: Category,
    kind: Kind,
    title: str,
    severity: Severity,
    docs: str,
    needs: tuple[str, ...] = (),
    consequences: tuple[str, ...] = (),
    verb: str = "does not work with",
    finder: Finder = find,
    measure: Measure | None = None,
    of_driver: bool = False,
) -> Check:
    """
    Build the check that judges every rule of the catalog that names *check_id*.

    One that is *of_driver* needs a driver of known version, loaded or as a package.
    """
    pairing = Pairing(
        check=check_id, category=category, kind=kind, docs=docs, verb=verb, finder=finder, measure=measure
    )

    def run(evidence: Evidence) -> Iterator[Finding]:
        if of_driver and not _has_driver(evidence):
            known(evidence.inventory.driver, "driver")
        yield from pair_findings(pairing, evidence)

    return Check(
        id=check_id,
        category=category,
        title=title,
        severity=severity,
        needs=needs,
        run=run,
        docs=docs,
        consequences=consequences,
    )


def _has_driver(evidence: Evidence) -> bool:
    return any(name in evidence.system.components for name in (DRIVER, OLD_DRIVER))


def find_unbuilt(name: str, scope: Scope, evidence: Evidence) -> Found | None:
    """
    Find what a rule about building the driver names: the driver is its package, and what has been built can be.

    In a container there is nothing to build.
    """
    if name not in {DRIVER, OLD_DRIVER}:
        return find(name, scope, evidence)
    packages = value_or_none(evidence.inventory.os_packages)
    version = packages.versions.get(name) if packages else None
    if evidence.in_container or not isinstance(version, str) or _is_built(release_part(version), evidence):
        return None
    manager = value_or_none(packages.manager) if packages else None
    component = Component(
        name=name,
        version=release_part(version),
        component_class="driver",
        scope=evidence.system.name,
        source=f"{manager or 'package database'}: {name} {version}",
    )
    return Found(component=component, versions=(component.version,))


def _is_built(version: str, evidence: Evidence) -> bool:
    """Tell whether there is a module of this driver for the running kernel: loaded, or on disk."""
    driver, files = value_or_none(evidence.inventory.driver), value_or_none(evidence.inventory.driver_files)
    seen = [part.version for part in (driver, files) if part is not None]
    if any(installed(one) and not isinstance(one, Unread) and release_part(one or "") == version for one in seen):
        return True
    kernels = value_or_none(files.built_for_kernels) if files else None
    return evidence.os.kernel in (kernels or ())


CHECKS = (
    pair_check(
        check_id="driver-family-unsupported",
        category="driver",
        kind="unsupported",
        title="The driver supports this instance family",
        severity=Severity.CRITICAL,
        needs=("instance type",),
        docs=_ANNOUNCEMENTS,
        of_driver=True,
        consequences=("devices-missing", "device-nodes-missing", "sdk-release-mixed"),
    ),
    pair_check(
        check_id="driver-kernel-incompatible",
        category="driver",
        kind="incompatible",
        title="The driver builds on the running kernel",
        severity=Severity.CRITICAL,
        needs=("operating system",),
        docs=_TROUBLESHOOTING,
        consequences=("driver-not-loaded", "devices-missing", "device-nodes-missing", "sdk-release-mixed"),
        verb="does not build on",
        finder=find_unbuilt,
    ),
    pair_check(
        check_id="runtime-family-unsupported",
        category="runtime",
        kind="unsupported",
        title="The runtime library supports this instance family",
        severity=Severity.CRITICAL,
        needs=("instance type",),
        docs=_ANNOUNCEMENTS,
        consequences=("runtime-collectives-mismatch", "sdk-release-mixed"),
    ),
    pair_check(
        check_id="driver-runtime-incompatible",
        category="driver",
        kind="incompatible",
        title="The loaded driver and the runtime library work together",
        severity=Severity.CRITICAL,
        docs=_TROUBLESHOOTING,
        of_driver=True,
        consequences=("major-step", "sdk-release-mixed"),
        measure=refused,
    ),
    pair_check(
        check_id="runtime-base-mismatch",
        category="runtime",
        kind="incompatible",
        title="The packages of Neuron Runtime 1 fit together",
        severity=Severity.CRITICAL,
        docs=_NOTES,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="runtime-collectives-mismatch",
        category="collectives",
        kind="incompatible",
        title="Runtime library and collectives are of one release",
        severity=Severity.WARNING,
        needs=("runtime library", "operating system packages"),
        docs=_CONTENT,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="glibc-too-old",
        category="os",
        kind="incompatible",
        title="The C library is as new as the packages need",
        severity=Severity.CRITICAL,
        needs=("operating system", "Python environments"),
        docs=_PLATFORMS,
        consequences=("library-needs-newer-glibc",),
        verb="does not run with",
    ),
    pair_check(
        check_id="framework-family-unsupported",
        category="framework",
        kind="unsupported",
        title="The framework extensions are those of this instance family",
        severity=Severity.WARNING,
        needs=("instance type", "Python environments"),
        docs=_FRAMEWORKS,
        consequences=("compiler-family-unsupported",),
    ),
    pair_check(
        check_id="compiler-family-unsupported",
        category="compiler",
        kind="unsupported",
        title="The compiler is the one of this instance family",
        severity=Severity.WARNING,
        needs=("instance type", "Python environments"),
        docs=_COMPILER,
    ),
    pair_check(
        check_id="torch-version-mismatch",
        category="framework",
        kind="incompatible",
        title="PyTorch and what is built against it are of one version",
        severity=Severity.CRITICAL,
        needs=("Python environments",),
        docs=_FRAMEWORKS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="torch-plugin-mismatch",
        category="framework",
        kind="incompatible",
        title="PyTorch NeuronX has the libneuronxla that it was made with",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_FRAMEWORKS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="jax-plugin-mismatch",
        category="framework",
        kind="incompatible",
        title="JAX has the libneuronxla that it was made with",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_FRAMEWORKS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="tensorflow-version-mismatch",
        category="framework",
        kind="incompatible",
        title="TensorFlow and what is built against it are of one version",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_FRAMEWORKS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="model-library-mismatch",
        category="framework",
        kind="incompatible",
        title="Libraries of models fit the frameworks below them",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_CONTENT,
        consequences=("sdk-release-mixed",),
        verb="is not supported with",
    ),
    pair_check(
        check_id="support-library-mismatch",
        category="python",
        kind="incompatible",
        title="Protobuf, NumPy and other common libraries are in the documented ranges",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_CONTENT,
        verb="is not supported with",
    ),
    pair_check(
        check_id="tools-version-mismatch",
        category="packages",
        kind="incompatible",
        title="Tools and plug-ins are as new as what they serve",
        severity=Severity.WARNING,
        needs=("operating system packages",),
        docs=_TOOLS,
        consequences=("sdk-release-mixed",),
    ),
    pair_check(
        check_id="superseded-package-installed",
        category="packages",
        kind="misconfigured",
        title="No package is installed beside the one that replaced it",
        severity=Severity.WARNING,
        needs=("operating system packages",),
        docs=_ANNOUNCEMENTS,
        consequences=("sdk-release-mixed",),
        verb="is installed beside its successor",
    ),
    pair_check(
        check_id="conflicting-packages",
        category="packages",
        kind="incompatible",
        title="No two packages share an environment that cannot",
        severity=Severity.WARNING,
        needs=("Python environments",),
        docs=_NOTES,
        verb="cannot share an environment with",
    ),
    pair_check(
        check_id="driver-known-defect",
        category="driver",
        kind="note",
        title="The driver has no known defect that a later one fixed",
        severity=Severity.INFO,
        docs=_NOTES,
        of_driver=True,
        verb="has a known defect on",
    ),
    pair_check(
        check_id="runtime-known-defect",
        category="runtime",
        kind="note",
        title="Runtime, collectives and tools have no known defect that later ones fixed",
        severity=Severity.INFO,
        docs=_NOTES,
        verb="has a known defect with",
    ),
    pair_check(
        check_id="framework-known-defect",
        category="framework",
        kind="note",
        title="Frameworks and compilers have no known defect that later ones fixed",
        severity=Severity.INFO,
        needs=("Python environments",),
        docs=_NOTES,
        verb="has a known defect with",
    ),
)
