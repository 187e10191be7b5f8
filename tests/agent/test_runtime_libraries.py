from __future__ import annotations

from neuron_collectors.facts import PERMISSION, Inventory, RuntimeLibrary
from neuron_validator.catalog import Catalog
from neuron_validator.evidence import RUNTIME, gather_evidence

from .conftest import AS_OF

SYSTEM = RuntimeLibrary(path="/opt/aws/neuron/lib/libnrt.so", version="2.31.23.0", environment=None)
EMBEDDED = RuntimeLibrary(path="/opt/venv/libnrt.so.1", version="2.18.15", environment="/opt/venv")
COLLECTIVES = RuntimeLibrary(name="libnccom", path="/opt/aws/neuron/lib/libnccom.so", version="2.31.24")
DANGLING = RuntimeLibrary(path="/usr/lib/libnrt.so.1", version=None)
HIDDEN = RuntimeLibrary(name=PERMISSION, path="/srv/private", version=PERMISSION)
GIVEN = RuntimeLibrary(version="2.29.40.0")


def versions(catalog: Catalog, *libraries: RuntimeLibrary) -> list[tuple[str, str]]:
    """Return version and source of the runtimes in the system's scope."""
    evidence = gather_evidence(Inventory(runtime_libraries=libraries), catalog, AS_OF)
    return [(component.version, component.source) for component in evidence.system.seen if component.name == RUNTIME]


def test_the_hosts_runtime(catalog: Catalog) -> None:
    """It is the libnrt of the system: no other library's version, and none that an environment has for itself."""
    assert [("2.31.23.0", "/opt/aws/neuron/lib/libnrt.so")] == versions(
        catalog, COLLECTIVES, SYSTEM, EMBEDDED, DANGLING, HIDDEN
    )
    assert [("2.29.40.0", "libnrt.so")] == versions(catalog, GIVEN)
