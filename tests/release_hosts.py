"""
Hosts as the vendor's own releases make them: every SDK release, for every family and documented system and Python.

Made from the catalog. Which versions of one package go together where a release lists several is not in it; that is
told here, from the vendor's pages: PyTorch with its libneuronxla, what may not share an environment, what does not run
on which operating system.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from neuron_collectors.facts import (
    Container,
    Instance,
    Inventory,
    LoadedDriver,
    OperatingSystem,
    OsPackages,
    PythonEnvironment,
)
from neuron_validator.catalog import Catalog, Release
from neuron_validator.catalog.tables import PYTHONS
from neuron_validator.versions import require_version

Environment = tuple[str, dict[str, str]]
"""A name, and the packages."""

AFTER = timedelta(days=14)
_KERNELS = {
    ("ubuntu", "16.04"): ("4.15.0-1021-aws", "2.23"),
    ("ubuntu", "18.04"): ("5.4.0-1103-aws", "2.27"),
    ("ubuntu", "20.04"): ("5.15.0-1084-aws", "2.31"),
    ("ubuntu", "22.04"): ("5.15.0-1084-aws", "2.35"),
    ("amzn", "2"): ("5.10.226-214.880.amzn2.x86_64", "2.26"),
    ("amzn", "2023"): ("6.1.141-155.222.amzn2023.x86_64", "2.34"),
    ("rocky", "9"): ("5.14.0-427.13.1.el9_4.x86_64", "2.34"),
}
# Operating systems before the tables of tested platforms, with the first and the last SDK release that supports them:
# announcements of the ends of Ubuntu 16.04, 18.04, 20.04 and Amazon Linux 2, introductions of the others.
_SYSTEMS = (
    ("ubuntu", "16.04", "1.0.0", "1.13.0"),
    ("ubuntu", "18.04", "1.0.0", "2.12.2"),
    ("ubuntu", "20.04", "1.16.0", "2.22.1"),
    ("ubuntu", "22.04", "2.11.0", "2.23.0"),
    ("amzn", "2", "1.0.0", "2.19.1"),
    ("amzn", "2023", "2.16.0", "2.23.0"),
    ("rocky", "9", "2.20.0", "2.23.0"),
)
_EARLY_PYTHONS = ("3.6", "3.7")
_ENDED_PYTHONS = {"3.7": "2.13.0", "3.8": "2.22.0", "3.9": "2.27.0", "3.10": "2.30.0"}
"""SDK releases that ended support, which some package lists disregard; not for Inf1, whose packages stay."""
_JAX = {"0.1.1": "0.4.31", "0.1.2": "0.4.35", "0.1.3": "0.4.38"}
_APART = ("nrtpy", "neuron-agentic-development", "aws-neuronx-runtime-discovery")
_FRAMEWORKS = ("torch-neuronx", "torch-neuron", "libtorch-neuronx-lite", "tensorflow-neuronx", "tensorflow-neuron")
_TORCH_LIBRARIES = (
    "neuronx-distributed",
    "neuronx-distributed-inference",
    "neuronx-distributed-training",
    "transformers-neuronx",
    "neuronx-hwm",
    "nki",
)


def release_hosts(catalog: Catalog) -> Iterator[tuple[str, date, Inventory]]:
    """Yield a name, a day and the facts for every release, family and system: the host, and each container."""
    for release in catalog.releases:
        if release.package_list != "complete" or release.date is None:
            continue
        day = release.date + AFTER
        for family in release.families:
            environments = [*_environments(release, family, catalog)]
            for system in _systems(release, family, catalog):
                if _is_for_the_driver_alone(system, release):
                    continue
                name = f"{release.release}/{family}/{system.id}-{system.version}-{system.kernel}"
                fitting = [e for e in environments if _runs_on(e[1], system)]
                host = _host(release, family, system, fitting, catalog)
                yield name, day, host
                yield from (
                    (f"{name}/{one}", day, facts) for one, facts in _containers(host, fitting, release, catalog)
                )


def _host(
    release: Release, family: str, system: OperatingSystem, environments: Sequence[Environment], catalog: Catalog
) -> Inventory:
    """Return the whole: everything that the release has for this family, each environment with each Python."""
    packages = _system_packages(release, family, catalog)
    driver = next((packages[name] for name in ("aws-neuronx-dkms", "aws-neuron-dkms") if name in packages), None)
    if driver is None:
        driver = catalog.newest_in(release.release, "aws-neuronx-dkms", family=family, kept=True)
        packages |= {"aws-neuronx-dkms": driver} if driver else {}
    return Inventory(
        instance=Instance(instance_type=family),
        os=system,
        container=None,
        driver=LoadedDriver(version=driver) if driver else None,
        os_packages=OsPackages(manager=_manager(system), versions=packages, partial=True),
        python_environments=tuple(
            PythonEnvironment(path=f"/opt/{name}_py{python}", python=f"{python}.4", packages=contents, partial=True)
            for name, contents in environments
            for python in _pythons(contents, release, family, catalog)
        ),
        environment={},
    )


def _containers(
    host: Inventory, environments: Sequence[Environment], release: Release, catalog: Catalog
) -> Iterator[tuple[str, Inventory]]:
    """Yield a container for each environment: without the driver's package, with the host's loaded driver."""
    assert isinstance(host.os_packages, OsPackages)
    assert isinstance(host.python_environments, tuple)
    inside = {n: v for n, v in host.os_packages.versions.items() if "dkms" not in n and "k8" not in n}
    for name, _ in environments:
        of_this = tuple(e for e in host.python_environments if e.path.startswith(f"/opt/{name}_py"))
        packages = replace(host.os_packages, versions=inside)
        yield (
            f"container-{name}",
            replace(host, container=Container(), os_packages=packages, python_environments=of_this[:1]),
        )


def _environments(release: Release, family: str, catalog: Catalog) -> Iterator[Environment]:
    """Yield the environments into which a release is split: by framework and framework version."""
    listed = _listed(release, family, catalog)
    compilers: dict[str, str] = {n: listed[n][-1] for n in ("neuronx-cc", "neuron-cc") if n in listed}
    for name in _FRAMEWORKS:
        for version in listed.get(name, ()):
            contents = {name: version, **compilers, **_around(name, version, listed)}
            yield f"{name}_{version}".replace(".", "_"), contents
    if "jax-neuronx" in listed:
        yield "jax", {**compilers, **_jax(listed)}
    if "vllm-neuron" in listed:
        yield "vllm", {**compilers, **_vllm(listed)}
    for name in ("mx-neuron", "mxnet-neuron"):
        for version in listed.get(name, ()):
            if version != "1.5.1.1.10.39.0":  # documented for neuron-cc 1.15.0 alone
                yield f"{name}_{version}".replace(".", "_"), {name: version, **compilers}
    for name in _APART:
        if name in listed:
            yield name, {name: listed[name][-1]}


def _around(name: str, version: str, listed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what stands beside a framework extension: the framework, and what is of its version."""
    parts = version.split(".")
    minor = ".".join(parts[:2])
    if name.startswith("tensorflow"):
        return {"tensorflow": ".".join(parts[:3])}
    contents = {"torch": ".".join(parts[:3]) if len(parts) > 4 else f"{minor}.0"}
    if name == "torch-neuron":
        return contents
    same = [v for v in listed.get("torch-xla", ()) if v.startswith(f"{minor}.")]
    contents |= {"torch-xla": same[-1]} if same else {}
    line = next((v for v in reversed(listed.get("libneuronxla", ())) if _goes_with(v, minor)), None)
    contents |= {"libneuronxla": line} if line and name == "torch-neuronx" else {}
    libraries = _TORCH_LIBRARIES if name == "torch-neuronx" else ("nki",)
    return contents | {n: listed[n][-1] for n in libraries if n in listed}


def _goes_with(libneuronxla: str, torch: str) -> bool:
    """Tell whether a line of libneuronxla is for this PyTorch, as the package lists and the setup pages pair them."""
    line = ".".join(libneuronxla.split(".")[:2])
    if torch in {"1.11", "1.12", "1.13"}:
        return line == "0.5"
    if torch in {"2.0", "2.1"}:
        return line in {"1.0", "2.0", "2.1"}
    return line in {"2.1", "2.2"}


def _jax(listed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    version = listed["jax-neuronx"][-1]
    contents = {"jax-neuronx": version, "jax": _JAX.get(version) or ".".join(version.split(".")[:3])}
    return contents | {n: listed[n][-1] for n in ("libneuronxla", "nki") if n in listed}


def _vllm(listed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    version = listed["vllm-neuron"][-1]
    lite = listed["libtorch-neuronx-lite"][-1]
    minor = ".".join(lite.split(".")[:2])
    return {
        "vllm-neuron": version,
        "vllm": ".".join(version.split(".")[:3]),
        "libtorch-neuronx-lite": lite,
        "torch": f"{minor}.0",
        "torch-xla": next(v for v in listed["torch-xla"] if v.startswith(f"{minor}.")),
        "nki": listed["nki"][-1],
    }


def _listed(release: Release, family: str, catalog: Catalog) -> dict[str, list[str]]:
    """Return what *release* lists; that of 2.23.0 names torch-neuronx for Inf1, which never ran on it, by mistake."""
    listed: dict[str, list[str]] = {}
    for version in catalog.listed(release.release, family=family):
        if (family, version.package) != ("inf1", "torch-neuronx"):
            listed.setdefault(version.package, []).append(version.version)
    return listed


def _system_packages(release: Release, family: str, catalog: Catalog) -> dict[str, str]:
    """Return what a release has as packages of the operating system; Inf1 keeps the driver that supports it."""
    names = {n for n, p in catalog.packages.items() if "deb" in p.packaging}
    packages = {n: v[-1] for n, v in _listed(release, family, catalog).items() if n in names}
    if family == "inf1":
        # The runtime of Inf1 is inside the frameworks; what the package list of SDK 2.22 names is a mistake in it.
        packages = {
            n: v for n, v in packages.items() if n not in {"aws-neuronx-runtime-lib", "aws-neuronx-collectives"}
        }
    # From 2.3 on an old name may be listed beside the new one; nobody installs both.
    return {
        n: v for n, v in packages.items() if n.replace("aws-neuron-", "aws-neuronx-") == n or not _renamed(n, packages)
    }


def _renamed(name: str, packages: Mapping[str, str]) -> bool:
    return name.replace("aws-neuron-", "aws-neuronx-") in packages


def _systems(release: Release, family: str, catalog: Catalog) -> Iterator[OperatingSystem]:
    """Yield the documented operating systems: of the tables of tested platforms, before those of the announcements."""
    number = require_version(release.release)
    rows = [json.loads(text) for text in catalog.platform_records]
    rows = [row for row in rows if row["family"] == (family, "trn2")[family == "trn3"]]
    # The newest tables have no Inf1, whose driver and systems stay what they were.
    tables = sorted({require_version(row["id"].rpartition("-")[2]) for row in rows})
    table = max((one for one in tables if one.release[:2] <= number.release[:2]), default=None)
    if table is not None:
        own = [row for row in rows if row["id"].endswith(f"-{table}") and row["os_version"] != "10"]
        seen = {(r["os"], r["os_version"], r["kernel"], r["glibc"]) for r in own}
        for os_id, version, kernel, glibc in sorted(seen):
            yield OperatingSystem(id=os_id, version=version, kernel=f"{kernel}.0-1", glibc=glibc)
    for os_id, version, first, last in _SYSTEMS if table is None else ():
        if require_version(first) <= number <= require_version(last):
            kernel, glibc = _KERNELS[os_id, version]
            yield OperatingSystem(id=os_id, version=version, kernel=kernel, glibc=glibc)


def _is_for_the_driver_alone(system: OperatingSystem, release: Release) -> bool:
    """Tell whether only the driver is supported: on Amazon Linux 2 from SDK 2.20 on."""
    return (system.id, system.version) == ("amzn", "2") and require_version(release.release) >= require_version("2.20")


def _runs_on(contents: Mapping[str, str], system: OperatingSystem) -> bool:
    """Tell what the vendor says does not run where: PyTorch 2 on Amazon Linux 2, 2.9 on glibc before 2.35."""
    torch = contents.get("torch-neuronx") or contents.get("libtorch-neuronx-lite") or ""
    if (system.id, system.version) == ("amzn", "2"):
        return not torch.startswith("2.") and "jax-neuronx" not in contents
    too_old = require_version(str(system.glibc)) < require_version("2.35")
    return not (too_old and torch.startswith("2.9"))


def _pythons(contents: Mapping[str, str], release: Release, family: str, catalog: Catalog) -> Sequence[str]:
    """Return the Pythons for which all of *contents* are listed, without those whose support had ended."""
    number = require_version(release.release)
    found: set[str] | None = None
    for row in catalog.tables.records(PYTHONS):
        first, _, last = row["releases"].partition("..")
        if row["name"] in contents and require_version(first) <= number <= require_version(last or first):
            found = set(row["pythons"]) if found is None or row.get("disagrees") else found & set(row["pythons"])
    if found is None:
        return _EARLY_PYTHONS if number < require_version("2.3.0") else ("3.12",)
    if "jax-neuronx" in contents:
        found = found - {"3.9"} or {"3.10"}
    ended = {p for p, since in _ENDED_PYTHONS.items() if number >= require_version(since) and family != "inf1"}
    if contents.get("torch-neuronx", "").startswith("2.7"):
        found -= {"3.12"}
    return sorted(found - ended, key=require_version)


def _manager(system: OperatingSystem) -> str:
    return "dpkg" if system.id in {"ubuntu", "debian"} else "rpm"
