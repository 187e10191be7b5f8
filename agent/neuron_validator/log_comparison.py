"""What a line of a log says, against what is on this host now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from neuron_collectors.facts import value_or_none
from neuron_collectors.facts.frozen import dataclass

from .compatibility_ids import accepted_ids
from .evidence import DRIVER, Component, Evidence
from .log_causes import Cause
from .versions import parse_version, release_part

_DRIVERS = (DRIVER, "aws-neuron-dkms")
_COMPILERS = ("neuronx-cc", "neuron-cc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What is compared: all that the lines of one cause say."""

    cause: Cause
    evidence: Evidence
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What the facts have to say about a line."""

    facts: str
    """E.g. ``driver 2.27.4.0 is loaded``."""
    contradicts: bool
    """Whether the line cannot be about this host as it is now."""


def compare(cause: Cause, evidence: Evidence) -> tuple[Comparison, ...]:
    """Return what the facts say about the numbers and names in the lines of *cause*."""
    said = Said(cause=cause, evidence=evidence, groups=cause.groups)
    return tuple(comparison for look in _COMPARISONS for comparison in look(said))


def _driver(said: Said) -> Iterator[Comparison]:
    """Compare with the loaded driver, which may be there after all, or be new enough."""
    pattern = said.cause.leader.pattern
    reading = said.evidence.inventory.driver
    driver = value_or_none(reading)
    version = value_or_none(driver.version) if driver else None
    if pattern.category != "driver" or said.evidence.in_container or {"kernel", "path"} & said.groups.keys():
        return
    if driver is None:
        if reading is None:
            yield Comparison(facts="no driver is loaded", contradicts=False)
        return
    needed = said.groups.get("needed_driver")
    enough = needed is not None and version is not None and _is_at_least(version, needed)
    yield Comparison(
        facts=f"driver {version or 'of unknown version'} is loaded", contradicts=pattern.kind == "missing" or enough
    )


def _nodes(said: Said) -> Iterator[Comparison]:
    """Compare a missing or refused device with the nodes that are there."""
    pattern = said.cause.leader.pattern
    nodes = value_or_none(said.evidence.inventory.device_nodes)
    if nodes is None or pattern.category != "device" or not set(_DRIVERS) & set(pattern.components):
        return
    usable = bool(nodes) and all(node.accessible is True for node in nodes)
    yield Comparison(
        facts=f"{len(nodes)} /dev/neuron* are here" + (", accessible" if usable else ""), contradicts=usable
    )


def _visible_devices(said: Said) -> Iterator[Comparison]:
    """Name the variable by which a container asks for devices, where the runtime found none."""
    variable = "AWS_NEURON_VISIBLE_DEVICES"
    wanted = (value_or_none(said.evidence.inventory.environment) or {}).get(variable)
    nodes = value_or_none(said.evidence.inventory.device_nodes)
    if (
        wanted
        and not nodes
        and said.evidence.in_container
        and said.cause.leader.pattern.category in ("driver", "device")
    ):
        facts = f"{variable}={wanted} is set, which does nothing unless the host has aws-neuronx-oci-hook"
        yield Comparison(facts=facts, contradicts=False)


def _compatibility_id(said: Said) -> Iterator[Comparison]:
    """Compare the runtime's compatibility id with that of the libraries here."""
    number = said.groups.get("compat_id")
    ids = {
        value_or_none(lib.compatibility_id) for lib in value_or_none(said.evidence.inventory.runtime_libraries) or ()
    }
    here = sorted(one for one in ids if one is not None)
    if number is not None and here:
        listed = ", ".join(map(str, here))
        yield Comparison(
            facts=f"the runtime library has compatibility id {listed}", contradicts=int(number) not in here
        )


def _accepted_ids(said: Said) -> Iterator[Comparison]:
    """Compare the range of compatibility ids with what the loaded driver is known to accept."""
    printed = (said.groups.get("compat_min"), said.groups.get("compat_max"))
    driver = value_or_none(said.evidence.inventory.driver)
    version = value_or_none(driver.version) if driver else None
    if version is None or None in printed:
        return
    known = list(dict.fromkeys((str(low), str(high)) for low, high in accepted_ids(version, said.evidence)))
    if known:
        accepted = " or ".join(f"{low} to {high}" for low, high in known)
        yield Comparison(facts=f"driver {version} accepts ids {accepted}", contradicts=printed not in known)


def _features(said: Said) -> Iterator[Comparison]:
    """Compare the features that a model needs with those of the libraries here."""
    needed = said.groups.get("needed_features")
    libraries = value_or_none(said.evidence.inventory.runtime_libraries) or ()
    masks = {mask for lib in libraries if (mask := value_or_none(lib.supported_feature_bits)) is not None}
    if needed is None:
        return
    for mask in sorted(masks):
        lacking = int(needed, 16) & ~mask
        text = f"the runtime library supports {mask:#x}" + (f" and lacks {lacking:#x}" if lacking else ", all of it")
        yield Comparison(facts=text, contradicts=not lacking)


def _kernel(said: Said) -> Iterator[Comparison]:
    """Compare the kernel that a module was missing for with the one that runs, and with the modules there."""
    kernel, running = said.groups.get("kernel"), value_or_none(said.evidence.os.kernel)
    if kernel is None or said.cause.leader.pattern.category not in ("driver", "os"):
        return
    kernel = kernel.split()[0]
    files = value_or_none(said.evidence.inventory.driver_files)
    built = (value_or_none(files.built_for_kernels) if files else None) or ()
    if running is not None:
        yield Comparison(facts=f"kernel {running} is running", contradicts=False)
    if kernel in built:
        yield Comparison(facts=f"a module for kernel {kernel} is there", contradicts=True)


def _compiler(said: Said) -> Iterator[Comparison]:
    """Compare the compilers that are named with those that are installed."""
    named, made_with = said.groups.get("compiler_version"), said.groups.get("compiled_with")
    here = _installed(said.evidence, _COMPILERS) if named or made_with else ()
    for component in here:
        newer = made_with is not None and _is_at_least(component.version, release_part(made_with))
        text = f"{component.name} {component.version} is installed in {component.scope}"
        yield Comparison(facts=text, contradicts=newer and len(here) == 1)


def _symbols(said: Said) -> Iterator[Comparison]:
    """Name the packages among which a library that wants an unknown function may be, by environment."""
    if "symbol" not in said.groups or said.cause.leader.pattern.category != "packages":
        return
    for scope in said.evidence.scopes:
        own = [f"{c.name} {c.version}" for c in scope.components.values() if scope.environment is not None]
        if own:
            yield Comparison(facts=f"{scope.name} has {', '.join(own)}", contradicts=False)


def _glibc(said: Said) -> Iterator[Comparison]:
    """Compare the C library that is asked for with the one here."""
    needed, here = said.groups.get("needed_glibc"), value_or_none(said.evidence.os.glibc)
    if needed is not None and here is not None:
        yield Comparison(facts=f"glibc {here}", contradicts=_is_at_least(here, needed))


def _python(said: Said) -> Iterator[Comparison]:
    """Name the Pythons that are here."""
    if said.cause.leader.pattern.category != "python" or said.cause.leader.pattern.kind != "unsupported":
        return
    environments = value_or_none(said.evidence.inventory.python_environments) or ()
    versions = sorted({version for one in environments if (version := value_or_none(one.python)) is not None})
    named = said.groups.get("python_version")
    if versions:
        facts = f"Python {', '.join(versions)}"
        yield Comparison(facts=facts, contradicts=named is not None and not any(_agree(named, v) for v in versions))


def _holders(said: Said) -> Iterator[Comparison]:
    """Name the processes that hold devices, where cores were not to be had."""
    if said.cause.leader.pattern.category != "process":
        return
    for process in (value_or_none(said.evidence.inventory.processes) or ())[:4]:
        command = value_or_none(process.command)
        facts = f"process {process.pid}" + (f" ({command})" if command else "") + " uses Neuron devices now"
        yield Comparison(facts=facts, contradicts=False)


_COMPARISONS: tuple[Callable[[Said], Iterator[Comparison]], ...] = (
    _driver,
    _nodes,
    _visible_devices,
    _compatibility_id,
    _accepted_ids,
    _features,
    _kernel,
    _compiler,
    _symbols,
    _glibc,
    _python,
    _holders,
)


def _installed(evidence: Evidence, names: tuple[str, ...]) -> tuple[Component, ...]:
    return tuple(component for component in evidence.components if component.name in names)


def _is_at_least(version: str, needed: str) -> bool:
    """Compare versions; what cannot be read as one is not."""
    one, other = parse_version(version), parse_version(needed)
    return one is not None and other is not None and one >= other


def _agree(one: str, other: str) -> bool:
    """Tell whether the shorter of two versions begins the longer: ``3.9`` and ``3.9.16``."""
    parts = list(zip(one.split("."), other.split("."), strict=False))
    return all(a == b for a, b in parts)
