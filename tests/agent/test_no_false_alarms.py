"""What the vendor released together draws no alarm: every release, family, documented system and Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from tests.release_hosts import release_hosts

from neuron_collectors.facts import Instance, Inventory, LoadedDriver, OsPackages, value_or_none
from neuron_validator.catalog import Catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import DRIVER, gather_evidence
from neuron_validator.findings import Severity

QUIET = {"lifecycle", "catalog"}
"""What is old may still be said to be old."""
TODAY = date(2026, 11, 21)

Host = tuple[str, date, Inventory]


@pytest.fixture(scope="module")
def hosts(catalog: Catalog) -> tuple[Host, ...]:
    """Return every host that the vendor's releases make."""
    return tuple(release_hosts(catalog))


def alarms(hosts: Iterable[Host], catalog: Catalog) -> dict[str, tuple[int, list[str]]]:
    """Return by check and rule how many warnings there are, with the first few."""
    found: dict[str, list[str]] = {}
    for name, day, inventory in hosts:
        for finding in diagnose(gather_evidence(inventory, catalog, day)).findings:
            if finding.severity >= Severity.WARNING and finding.category not in QUIET:
                rule = f" ({finding.rule.id})" if finding.rule else ""
                found.setdefault(f"{finding.id}{rule}", []).append(f"{name}: {finding.title}")
    return {kind: (len(said), said[:3]) for kind, said in found.items()}


def test_released_sets_are_silent(hosts: tuple[Host, ...], catalog: Catalog) -> None:
    """Two weeks after its release nothing of a release is a warning: the whole, split, and in containers."""
    assert {} == alarms(hosts, catalog)
    assert 2000 < len(hosts)


def test_what_became_known_since_is_no_alarm(hosts: tuple[Host, ...], catalog: Catalog) -> None:
    """A defect that a later release mended is information, on old hosts and now."""
    assert {} == alarms(((name, TODAY, facts) for name, _, facts in hosts if "/container-" not in name), catalog)


def test_old_containers_on_a_new_host_are_silent(hosts: tuple[Host, ...], catalog: Catalog) -> None:
    """The newest driver of the family serves the containers of every release that it is made for."""
    assert {} == alarms(_on_new_hosts(hosts, catalog), catalog)


def _on_new_hosts(hosts: Iterable[Host], catalog: Catalog) -> Iterable[Host]:
    """Yield each container once, with the newest driver; on Trn2 that refuses the runtime of SDK 2.21 (DRV-RT-005)."""
    seen = set()
    for name, _, facts in hosts:
        release, family, _, *container = name.split("/")
        assert isinstance(facts.instance, Instance)
        newest = catalog.newest_in(catalog.packaged[-1], DRIVER, family=family, kept=True)
        refused = family == "trn2" and release.startswith("2.21.")
        if container and newest and not refused and (release, family, *container) not in seen:
            seen.add((release, family, *container))
            yield name, TODAY, replace(facts, driver=LoadedDriver(version=newest))


def test_the_sweep_has_what_the_vendor_ships(hosts: tuple[Host, ...], catalog: Catalog) -> None:
    """Every release and family, each framework by itself, every Python since 3.6, and what was carried over."""
    names = [name.split("/") for name, _, _ in hosts]
    complete = [r for r in catalog.releases if r.package_list == "complete" and r.date is not None]
    containers = {name[3].removeprefix("container-").partition("_")[0] for name in names if len(name) > 3}
    environments = [e for _, _, host in hosts for e in value_or_none(host.python_environments) or ()]
    packages = [host.os_packages.versions for _, _, host in hosts if isinstance(host.os_packages, OsPackages)]
    carried = [one for one in packages if any(len(catalog.releases_of(n, str(v)).releases) > 1 for n, v in one.items())]

    assert {(release.release, family) for release in complete for family in release.families} == {
        (name[0], name[1]) for name in names
    }
    assert {"torch-neuron", "torch-neuronx", "jax", "tensorflow-neuron", "tensorflow-neuronx", "vllm"} < containers
    assert {"3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"} == {
        str(one.python).rpartition(".")[0] for one in environments
    }
    assert len(carried) > 1000
