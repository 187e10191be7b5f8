"""Where a host may have libraries of the Neuron runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .facts.frozen import dataclass
from .host import Host
from .ld_so_conf import read_loader_directories
from .python_locations import Search
from .unit_files import read_service_directories

HOME = "opt/aws/neuron/lib"
"""Where AWS's packages put them."""

_DEFAULTS = (
    *("usr/lib/x86_64-linux-gnu", "usr/lib64", "usr/lib"),
    *("usr/local/lib", "usr/local/lib64", "lib64", "lib"),
)

# Where wheels have libraries: AWS's documentation names torch_neuron/lib and torch_neuronx/lib; libneuronxla and
# libtorch_neuronx_lite/lib were seen on instances. The wheels for Inf1 bundle a libnrt.
_PACKAGES = (
    *("torch_neuronx", "torch_neuron", "libtorch_neuronx_lite", "libneuronxla"),
    *("tensorflow_neuronx", "tensorflow_neuron", "mx_neuron", "mxnet", "neuronxcc", "neuroncc", "nrtpy"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One directory, relative to the host's root."""

    directory: str
    named_by: str | None = None
    """The configuration file that names it."""
    environment: str | None = None
    """The Python environment that it is in."""


def system_places(host: Host) -> Iterator[Place]:
    """Yield the directories of the system in which the loader may look, links resolved, AWS's own first."""
    yield Place(directory=HOME)
    for directory, file in (*read_service_directories(host), *read_loader_directories(host)):
        yield Place(directory=host.real_path(directory), named_by=file)
    yield from (Place(directory=host.real_path(directory)) for directory in _DEFAULTS)


def package_places(sites: Iterable[Place]) -> Iterator[Place]:
    """Yield the directories below *sites* in which packages of Neuron have libraries."""
    for place in sites:
        for package in _PACKAGES:
            directory = f"{place.directory}/{package}"
            yield Place(directory=directory, environment=place.environment)
            yield Place(directory=f"{directory}/lib", environment=place.environment)


def site_places(host: Host) -> Iterator[Place]:
    """Yield the directories that hold the packages of Python environments."""
    for location in Search(host).locations:
        for directory in location.directories:
            yield Place(directory=directory, environment=f"/{location.path}")
