"""Facts about the processes that use Neuron."""

from __future__ import annotations

from collections.abc import Mapping

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedLibrary:
    """A library of the Neuron runtime in the memory of a process, from ``/proc/PID/maps``."""

    name: str
    """``libnrt``, ``libnccom`` or ``libncfw``."""
    path: str
    """As the process sees it, inside its container: ``/opt/aws/neuron/lib/libnrt.so.2.29.40.0``."""
    version: Reading[str] = NOT_COLLECTED
    """Product version in the file's name, e.g. ``2.29.40.0``; `None` where the name has none."""
    replaced: Reading[bool] = NOT_COLLECTED
    """Whether the file was removed or replaced since: ``(deleted)`` after its path, or another inode there now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """One process that uses Neuron: it holds a device's node open, or has a library of the runtime in memory."""

    pid: int
    command: Reading[str] = NOT_GIVEN
    """``cmdline``, e.g. ``python serve.py``; of a process in ``disk-sleep`` only its name."""
    state: Reading[str] = NOT_GIVEN
    """In psutil's words: ``running``, ``sleeping``, ``disk-sleep`` (the kernel's D: cannot be ended), ``zombie`` …"""
    devices: Reading[tuple[int, ...]] = NOT_GIVEN
    """Indexes of the devices that it holds: the minor numbers of the nodes that it has open."""
    cores: Reading[tuple[int, ...]] = NOT_GIVEN
    """Indexes of the cores that it holds; live, those that NEURON_RT_VISIBLE_CORES gave it when it was started."""
    core_count: Reading[int] = NOT_GIVEN
    """Number of ``cores``, else NEURON_RT_NUM_CORES, of which 0 asks for all; `None` when neither is set."""
    libraries: Reading[tuple[MappedLibrary, ...]] = NOT_GIVEN
    """The runtime's libraries that it has loaded, by path; ``()`` for a tool that only looks at the devices."""
    environment: Reading[Mapping[str, str]] = NOT_GIVEN
    """Variables about Neuron and XLA that it was started with; it may have set others since."""
    container: Reading[str] = NOT_GIVEN
    """Id of its container, from ``cgroup``: 64 hexadecimal digits; `None` where that names none."""
    pod: Reading[str] = NOT_GIVEN
    """UID of its Kubernetes pod, e.g. ``f0b2f9a3-6f1d-4d6c-9a5e-0c9a0f6a2b11``; `None` when it is in none."""
    unit: Reading[str] = NOT_GIVEN
    """Its systemd service or scope, e.g. ``vllm.service``; `None` in a container."""
