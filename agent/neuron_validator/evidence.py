"""All that a check may look at: the facts of a host, the catalog, a date, and the components that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import date, timedelta
from typing import TypeVar

from neuron_collectors.facts import (
    Inventory,
    OperatingSystem,
    OsPackages,
    PythonEnvironment,
    Reading,
    RuntimeLibrary,
    Unread,
    installed,
    value_or_none,
)
from neuron_collectors.facts.frozen import dataclass

from .baseline import Baseline
from .catalog.model import Catalog, Chip, InstanceType
from .lifecycle import component_subject, phase_of
from .releases import Identification, identify
from .standing import Standing
from .usages import Usage, usages
from .versions import release_part

T = TypeVar("T")

DRIVER = "aws-neuronx-dkms"
OLD_DRIVER = "aws-neuron-dkms"
"""The driver's package until SDK 2.3."""
RUNTIME = "aws-neuronx-runtime-lib"
COLLECTIVES = "aws-neuronx-collectives"

LOOKAHEAD = timedelta(days=90)
"""How near an end of support has to be for a warning, unless the command line says otherwise."""


NEURON_FAMILIES = ("inf", "trn")
"""How the names of instance types with Neuron devices begin; a type that the catalog lacks may be one of them, too."""


class NotKnown(Exception):  # noqa: N818 - no error: the engine turns it into a skip
    """A check asked for something that could not be looked at; the engine skips the check."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """One piece of Neuron software, or of what it rests on, with one version in one scope."""

    name: str
    """The vendor's canonical name, e.g. ``aws-neuronx-dkms``."""
    version: str
    """As the vendor prints it, without the package format's suffix, e.g. ``2.26.5.0``."""
    component_class: str
    scope: str
    """``host``, ``container`` or ``env:<name>``."""
    source: str
    """Where it was seen: a path, ``dpkg``, ``rpm`` or an environment's directory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One place where software is installed together: the operating system, or one Python environment."""

    name: str
    seen: tuple[Component, ...]
    """Every Neuron component that was seen here, several versions of one where sources differ."""
    components: Mapping[str, Component]
    """By canonical name; the one that counts where there are several."""
    environment: PythonEnvironment | None = None
    identification: Identification


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything that checks judge, computed once."""

    inventory: Inventory
    catalog: Catalog
    as_of: date
    instance_type_name: str | None
    """The EC2 instance type or family as it was read, e.g. ``trn1.32xlarge``."""
    instance_type: InstanceType | None
    """What the catalog knows of it."""
    chip: Chip | None
    """From the driver's device name, else from the PCI id."""
    components: tuple[Component, ...]
    """All scopes' together."""
    scopes: tuple[Scope, ...]
    """The operating system's scope first, then the Python environments by path."""
    lookahead: timedelta = LOOKAHEAD
    production: bool = False
    """Whether somebody relies on this host, so that a beta on it is a warning."""
    standings: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    """The life-cycle of each component, by name and version."""
    usages: tuple[Usage, ...] = ()
    """Environment variables and compiler flags in use of which the catalog knows something."""
    names: frozenset[str] = frozenset()
    """Names of every component and every other package of any scope."""
    baseline: Baseline | None = None
    """What a known-good host has, where one is given to compare with."""

    @property
    def system(self) -> Scope:
        """The scope of the operating system's packages: ``host``, or ``container`` inside one."""
        return self.scopes[0]

    @property
    def in_container(self) -> bool:
        """Whether this is known to be a container."""
        return value_or_none(self.inventory.container) is not None

    @property
    def family(self) -> str | None:
        """The instance family, e.g. ``trn1``: from the instance type, else from the chip; `None` when not known."""
        return _family(self.instance_type, self.chip)

    @property
    def os(self) -> OperatingSystem:
        """The operating system, with every field unread when nothing is known of it."""
        return value_or_none(self.inventory.os) or OperatingSystem()

    def need(self, name: str) -> Reading[object]:
        """Return the reading behind *name*, one of `NEEDS`."""
        return NEEDS[name](self)


def known(reading: Reading[T], what: str) -> T | None:
    """Return the value of *reading*, or `None` when it is absent; raises `NotKnown` when it could not be looked at."""
    if isinstance(reading, Unread):
        raise NotKnown(f"{what}: {reading.reason}")
    return reading


def gather_evidence(
    inventory: Inventory,
    catalog: Catalog,
    as_of: date,
    *,
    lookahead: timedelta = LOOKAHEAD,
    production: bool = False,
) -> Evidence:
    """
    Derive the components and scopes of *inventory*, as the catalog knew them at *as_of*.

    An end of support within *lookahead* of that day is near; on a host in *production* a beta is a warning. Raises
    `CatalogError` for a day before the first release.
    """
    catalog = catalog.as_of(as_of)
    name = _instance_type_name(inventory)
    kind = catalog.instance_type(name) if name else None
    chip = _chip(inventory, catalog)
    family = _family(kind, chip)
    scopes = tuple(_scopes(inventory, catalog, family))
    components = tuple(row for scope in scopes for row in scope.seen)
    return Evidence(
        inventory=inventory,
        catalog=catalog,
        as_of=as_of,
        instance_type_name=name,
        instance_type=kind,
        chip=chip,
        components=components,
        scopes=scopes,
        lookahead=lookahead,
        production=production,
        standings=_standings(components, catalog, as_of, family=family),
        usages=usages(inventory, catalog, as_of),
        names=frozenset(_names(scopes, inventory)),
    )


def _names(scopes: tuple[Scope, ...], inventory: Inventory) -> Iterator[str]:
    for scope in scopes:
        yield from scope.components
        yield from scope.environment.packages if scope.environment is not None else ()
    packages = value_or_none(inventory.os_packages)
    yield from packages.versions if packages is not None else ()


def _standings(
    components: tuple[Component, ...], catalog: Catalog, as_of: date, *, family: str | None
) -> dict[tuple[str, str], Standing]:
    """Look up the life-cycle of each component once."""
    return {
        (name, version): phase_of(component_subject(name, version, catalog), catalog, as_of, family=family)
        for name, version in sorted({(component.name, component.version) for component in components})
    }


def _instance_type_name(inventory: Inventory) -> str | None:
    """Name the instance type as DMI has it, else as the metadata service says where it was asked."""
    witnesses = (value_or_none(inventory.instance), value_or_none(inventory.instance_metadata))
    return next((name for one in witnesses if one and (name := value_or_none(one.instance_type))), None)


def _chip(inventory: Inventory, catalog: Catalog) -> Chip | None:
    """Name the chip by the first witness that can: the driver's device name, then the PCI id."""
    for device in value_or_none(inventory.devices) or ():
        if name := value_or_none(device.device_name):
            return catalog.chip_for_name(name)
    for function in value_or_none(inventory.pci) or ():
        if device_id := value_or_none(function.device_id):
            return catalog.chip_for_pci(device_id)
    return None


def _family(kind: InstanceType | None, chip: Chip | None) -> str | None:
    return kind.family if kind else chip.family if chip else None


def _scopes(inventory: Inventory, catalog: Catalog, family: str | None) -> Iterator[Scope]:
    """Yield the operating system's scope, then one for each Python environment."""
    system = "container" if value_or_none(inventory.container) is not None else "host"
    yield _scope(system, tuple(_system_components(inventory, catalog, system)), catalog, family=family)
    for name, environment in _named_environments(inventory):
        seen = tuple(_environment_components(environment, name, catalog))
        yield _scope(name, seen, catalog, family=family, environment=environment)


def _scope(
    name: str,
    seen: tuple[Component, ...],
    catalog: Catalog,
    *,
    family: str | None,
    environment: PythonEnvironment | None = None,
) -> Scope:
    """Build one scope from its components; the first row of a name counts (the loaded driver before its package)."""
    chosen: dict[str, Component] = {}
    for row in seen:
        chosen.setdefault(row.name, row)
    # The driver that a container sees is its host's, and of whatever release that has.
    own = [(component.name, component.version) for component in chosen.values() if component.scope == name]
    identification = identify(own, catalog, family=family)
    return Scope(name=name, seen=seen, components=chosen, environment=environment, identification=identification)


def _system_components(inventory: Inventory, catalog: Catalog, scope: str) -> Iterator[Component]:
    """Yield what belongs to the machine: loaded driver, driver on disk, runtime library, operating system packages."""
    packages = value_or_none(inventory.os_packages)
    driver = value_or_none(inventory.driver)
    if driver and installed(driver.version):
        name = _driver_name(packages)
        yield _component(name, str(driver.version), catalog, scope="host", source="sys/module/neuron/version")
    for library in value_or_none(inventory.runtime_libraries) or ():
        if library.name == "libnrt" and value_or_none(library.environment) is None and installed(library.version):
            yield _component(RUNTIME, str(library.version), catalog, scope=scope, source=_library_source(library))
    if packages:
        yield from _package_components(packages, catalog, scope)
    files = value_or_none(inventory.driver_files)
    if files and installed(files.version):
        source = "module file of the running kernel"
        yield _component(_driver_name(packages), str(files.version), catalog, scope="host", source=source)


def _package_components(packages: OsPackages, catalog: Catalog, scope: str) -> Iterator[Component]:
    """Yield the Neuron packages among the operating system's."""
    manager = value_or_none(packages.manager) or "package database"
    for name, version in sorted(packages.versions.items()):
        canonical = catalog.canonical(name)
        if canonical and version is not None and not isinstance(version, Unread):
            yield _component(canonical, version, catalog, scope=scope, source=f"{manager}: {name} {version}")


def _environment_components(environment: PythonEnvironment, scope: str, catalog: Catalog) -> Iterator[Component]:
    """Yield the Neuron packages of one Python environment."""
    for name, version in sorted(environment.packages.items()):
        canonical = catalog.canonical(name)
        if canonical and version is not None and not isinstance(version, Unread):
            yield _component(canonical, version, catalog, scope=scope, source=environment.path)


def _component(name: str, version: str, catalog: Catalog, *, scope: str, source: str) -> Component:
    package = catalog.package(name)
    return Component(
        name=name,
        version=release_part(version),
        component_class=package.component_class if package else "unknown",
        scope=scope,
        source=source,
    )


def _driver_name(packages: OsPackages | None) -> str:
    """Name the driver after its package: ``aws-neuron-dkms`` was its name until SDK 2.3."""
    if packages and installed(packages.version(OLD_DRIVER)) and not installed(packages.version(DRIVER)):
        return OLD_DRIVER
    return DRIVER


def _library_source(library: RuntimeLibrary) -> str:
    return value_or_none(library.path) or "libnrt.so"


def _named_environments(inventory: Inventory) -> Iterator[tuple[str, PythonEnvironment]]:
    """Yield each Python environment with its scope's name; a second one of the same name gets ``~2``."""
    seen: dict[str, int] = {}
    environments = value_or_none(inventory.python_environments) or ()
    for environment in sorted(map(_without_placeholders, environments), key=lambda e: e.path):
        base = environment.path.rstrip("/").rpartition("/")[2] or "/"
        seen[base] = seen.get(base, 0) + 1
        yield f"env:{base}" if seen[base] == 1 else f"env:{base}~{seen[base]}", environment


def _without_placeholders(environment: PythonEnvironment) -> PythonEnvironment:
    """Take the versions of placeholders out: they number the public index's empty packages, not the vendor's."""
    if not environment.placeholders:
        return environment
    unread = dict.fromkeys(environment.placeholders, Unread("placeholder of the public index"))
    return replace(environment, packages={**environment.packages, **unread})


def _runtime(evidence: Evidence) -> Reading[object]:
    """Return the runtime library's component; unread when neither libraries nor packages could be looked at."""
    if component := evidence.system.components.get(RUNTIME):
        return component
    libraries, packages = evidence.inventory.runtime_libraries, evidence.inventory.os_packages
    if isinstance(packages, Unread):
        return packages if isinstance(libraries, Unread) else None
    return packages.version(RUNTIME) if packages else None


def _instance_type(evidence: Evidence) -> Reading[object]:
    if evidence.instance_type_name is not None:
        return evidence.instance_type_name
    instance = evidence.inventory.instance
    return instance if instance is None or isinstance(instance, Unread) else instance.instance_type


NEEDS: Mapping[str, Callable[[Evidence], Reading[object]]] = {
    "instance type": _instance_type,
    "operating system": lambda e: e.inventory.os,
    "PCI devices": lambda e: e.inventory.pci,
    "driver's devices": lambda e: e.inventory.devices,
    "device nodes": lambda e: e.inventory.device_nodes,
    "driver": lambda e: e.inventory.driver,
    "runtime library": _runtime,
    "operating system packages": lambda e: e.inventory.os_packages,
    "Python environments": lambda e: e.inventory.python_environments,
}
"""What a check can need, and where it is found."""
