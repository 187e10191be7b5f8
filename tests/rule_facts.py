"""The smallest facts that keep or break a rule of the catalog, made from the rule's own record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from neuron_collectors.facts import (
    Instance,
    Inventory,
    LoadedDriver,
    OperatingSystem,
    OsPackages,
    PythonEnvironment,
)
from neuron_validator.catalog import Catalog
from neuron_validator.catalog.rule import Rule, Term
from neuron_validator.releases import identify
from neuron_validator.versions import Range

FAMILIES = ("inf1", "inf2", "trn1", "trn2", "trn3")
_SYSTEM = ("aws-neuron", "dkms")
_DRIVERS = ("aws-neuronx-dkms", "aws-neuron-dkms")


class NoFacts(Exception):  # noqa: N818 - it tells a test that a rule cannot be shown
    """No facts could be made for a rule."""


def keeping(rule: Rule, catalog: Catalog) -> Inventory:
    """Return facts of a host on which *rule* has something to judge, and holds."""
    if rule.kind == "unsupported":
        family = next(name for name in FAMILIES if name not in rule.families)
        return _inventory(rule, {rule.subject.component: _inside(rule.subject, catalog)}, catalog, family=family)
    if rule.kind == "beside":
        return _inventory(rule, {rule.subject.component: _inside(rule.subject, catalog)}, catalog)
    if not rule.others or (rule.kind not in {"same-minor", "paired"} and rule.others[0].range.text == "*"):
        return _inventory(rule, {rule.subject.component: _outside(rule.subject, catalog)}, catalog)
    return _with_other(rule, catalog, breaks=False)


def breaking(rule: Rule, catalog: Catalog) -> Inventory:
    """Return facts of a host on which *rule* does not hold, and nothing else."""
    if not rule.others:
        return _inventory(rule, {rule.subject.component: _inside(rule.subject, catalog)}, catalog)
    return _with_other(rule, catalog, breaks=True)


def elsewhere(rule: Rule, catalog: Catalog) -> Inventory | None:
    """Return facts that would break *rule* if its subject were in its range; `None` where every version is."""
    if rule.subject.range.text == "*":
        return None
    other = rule.others[0] if rule.others else None
    components = {rule.subject.component: _outside(rule.subject, catalog)}
    if other is not None:
        wanted = _outside(other, catalog) if rule.kind == "requires" else _inside(other, catalog)
        components[other.component] = wanted
    try:
        return _inventory(rule, components, catalog)
    except NoFacts:
        return None  # no release has another version of it


def _with_other(rule: Rule, catalog: Catalog, *, breaks: bool) -> Inventory:
    other = rule.others[0]
    subject = _inside(rule.subject, catalog)
    match rule.kind:
        case "same-minor":
            minor = ".".join(subject.split(".")[:2])
            version = "99.99.0" if breaks else f"{minor}.7"
        case "paired":
            mine, theirs = next(iter(rule.pairs.items()))
            subject, version = f"{mine}.1", "99.99.0" if breaks else f"{theirs}.1"
        case "beside":
            version = _inside(other, catalog)
        case "requires":
            version = _outside(other, catalog) if breaks else _inside(other, catalog)
        case _:
            version = _inside(other, catalog) if breaks else _outside(other, catalog)
    return _inventory(rule, {rule.subject.component: subject, other.component: version}, catalog)


def _of_one_release(rule: Rule, components: Mapping[str, str], catalog: Catalog) -> dict[str, str]:
    """Put the vendor's *components*, and a compiler, into SDK releases that the rule asks for, if it asks for any."""
    wanted = next((term.range for term in rule.when if term.component == "neuron-sdk"), None)
    if wanted is None:
        return dict(components)
    ranges = {term.component: term.range for term in (rule.subject, *rule.others)}
    for release in filter(wanted.contains, reversed(catalog.packaged)):
        moved = {
            name: [v for v in catalog.versions_in(release, name) if _same_side(ranges[name], v, version)]
            for name, version in components.items()
            if catalog.canonical(name)
        }
        if all(moved.values()):
            chosen = {name: versions[-1] for name, versions in moved.items()}
            if compiler := _compiler_within(wanted, chosen, catalog):
                return {**components, **chosen, **compiler}
    raise NoFacts(f"no release of {wanted} has {', '.join(components)}")


def _same_side(range_: Range, one: str, other: str) -> bool:
    return range_.contains(one) == range_.contains(other)


def _compiler_within(wanted: Range, chosen: Mapping[str, str], catalog: Catalog) -> dict[str, str]:
    """Return a compiler with which all releases that explain the set are *wanted*; none if there is no such."""
    for release in filter(wanted.contains, reversed(catalog.packaged)):
        for name in ("neuronx-cc", "neuron-cc"):
            for version in catalog.versions_in(release, name):
                found = identify([*chosen.items(), (name, version)], catalog)
                if found.match in {"exact", "range", "adjacent"} and all(map(wanted.contains, found.releases)):
                    return {name: version}
    return {}


def _inventory(rule: Rule, components: Mapping[str, str], catalog: Catalog, *, family: str | None = None) -> Inventory:
    """Put *components* where they belong, and whatever else the rule asks for around them."""
    components = _of_one_release(rule, components, catalog)
    around = {
        term.component: _inside(term, catalog)
        for term in rule.when
        if term.component not in components and term.component != "neuron-sdk"
    }
    everything = {**components, **around}
    family = family or (rule.families[0] if rule.families else None)
    environment = dict(rule.environment[:1])
    packages = {name: version for name, version in everything.items() if name.startswith(_SYSTEM)}
    os = {name.partition(":")[2]: version for name, version in everything.items() if name.startswith("os:")}
    named = {"kernel", "glibc", "python", "neuron-sdk"}
    python = {n: v for n, v in everything.items() if n not in {*packages, *named} and not n.startswith("os:")}
    if "neuron-sdk" in everything:
        python |= _of_release(everything["neuron-sdk"], catalog)
    system = OperatingSystem(
        id=next(iter(os), "ubuntu"),
        version=next(iter(os.values()), "22.04"),
        **{name: everything[name] for name in ("kernel", "glibc") if name in everything},
    )
    env = PythonEnvironment(path="/opt/env", packages=python, partial=True)
    env = replace(env, python=everything["python"]) if "python" in everything else env
    driver = next((packages[name] for name in _DRIVERS if name in packages and "kernel" not in everything), None)
    facts: dict[str, Any] = {"instance": Instance(instance_type=family)} if family else {}
    facts |= {
        "os": system,
        "container": None,
        "driver": LoadedDriver(version=driver) if driver else None,
        "os_packages": OsPackages(manager=_manager(rule), versions=packages, partial=True),
        "python_environments": (env,) if python or "python" in everything else (),
        "environment": environment,
    }
    return Inventory(**facts)


def _manager(rule: Rule) -> str:
    return "rpm" if rule.package_format == "rpm" else "dpkg"


def _of_release(release: str, catalog: Catalog) -> dict[str, str]:
    """Return a compiler that tells SDK *release*: one that no release outside the wanted range lists."""
    for name in ("neuronx-cc", "neuron-cc"):
        if versions := catalog.versions_in(release, name):
            return {name: versions[-1]}
    raise NoFacts(f"no compiler of SDK {release}")


def _inside(term: Term, catalog: Catalog) -> str:
    return _sample(term, catalog, wanted=True)


def _outside(term: Term, catalog: Catalog) -> str:
    return _sample(term, catalog, wanted=False)


def _sample(term: Term, catalog: Catalog, *, wanted: bool) -> str:
    """Return a version in the range of *term*, or out of it: one that was released, if there is one."""
    if term.component == "neuron-sdk":
        return _release(term.range, catalog, wanted=wanted)
    released = [version.version for version in reversed(catalog.known_versions(term.component))]
    for version in (*released, *_near(term.range)):
        if term.range.contains(version) is wanted:
            return version
    raise NoFacts(f"no version {'in' if wanted else 'out of'} {term.range} of {term.component}")


def _release(range_: Range, catalog: Catalog, *, wanted: bool) -> str:
    """Return an SDK release whose compiler was not carried over across the edge of the range."""
    for release in reversed(catalog.packaged):
        if range_.contains(release) is not wanted:
            continue
        for name in ("neuronx-cc", "neuron-cc"):
            for version in catalog.versions_in(release, name):
                together = catalog.releases_of(name, version).releases
                if all(range_.contains(one) is wanted for one in together):
                    return release
    raise NoFacts(f"no release {'in' if wanted else 'out of'} {range_}")


def _near(range_: Range) -> Iterator[str]:
    """Yield versions on, below and above every bound."""
    yield from ("1.0", "99.0", "0.0.1")
    for clauses in range_.alternatives:
        for clause in clauses:
            numbers = clause.bound.release
            yield ".".join(map(str, numbers))
            for position, part in enumerate(numbers):
                for changed in (part + 1, part - 1):
                    if changed >= 0:
                        yield ".".join(map(str, (*numbers[:position], changed)))
                        yield ".".join(map(str, (*numbers[:position], changed, *numbers[position + 1 :])))
