"""Which NeuronCores there are, and which a process asks for by its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from neuron_collectors.facts import Process, value_or_none

from .evidence import Evidence

VISIBLE_CORES = "NEURON_RT_VISIBLE_CORES"
NUM_CORES = "NEURON_RT_NUM_CORES"
LOGICAL_SIZES = ("NEURON_LOGICAL_NC_CONFIG", "NEURON_RT_VIRTUAL_CORE_SIZE")

_RANGE = re.compile(r"\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?", re.ASCII)


def parse_cores(text: str) -> tuple[int, ...] | None:
    """
    Parse indexes of cores, `None` when the text is none.

    .. code-block:: text

        0-3,5

    https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/guides/configuration-guide.html
    """
    cores: list[int] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first:
            return None
        cores += range(first, last + 1)
    return tuple(dict.fromkeys(cores))


def parse_count(text: str) -> int | None:
    """Parse a number of cores; `None` when the text is none."""
    return int(text) if re.fullmatch(r"\s*\d{1,5}\s*", text, re.ASCII) else None


def core_total(evidence: Evidence) -> int | None:
    """
    Return how many cores a process can see here; `None` when that is not known.

    Where the size of a logical core can be chosen and is not known, the physical cores are counted: there are never
    more.
    """
    physical = _physical_cores(evidence)
    size = logical_size(value_or_none(evidence.inventory.environment) or {}, evidence)
    return None if physical is None else physical // (size or 1)


def _physical_cores(evidence: Evidence) -> int | None:
    kind, chip = evidence.instance_type, evidence.chip
    nodes = value_or_none(evidence.inventory.device_nodes)
    if evidence.in_container and nodes is not None:
        per_device = chip.cores_per_device if chip else _per_device(evidence)
        return len(nodes) * per_device if nodes and per_device else None
    return kind.cores if kind else None


def _per_device(evidence: Evidence) -> int | None:
    kind = evidence.instance_type
    return kind.cores // kind.devices if kind and kind.cores and kind.devices else None


def logical_size(environment: Mapping[str, str], evidence: Evidence) -> int | None:
    """Return how many physical cores make a logical one; `None` when it is not known, or there is no such thing."""
    sizes = (parse_count(environment[name]) for name in LOGICAL_SIZES if name in environment)
    chosen = next((size for size in sizes if size), None)
    return chosen or (evidence.chip.lnc_default if evidence.chip else None)


def wanted_cores(environment: Mapping[str, str]) -> tuple[int, ...] | None:
    """Return the cores that an environment names; `None` when it names none, or not in a form that is known."""
    return parse_cores(environment[VISIBLE_CORES]) if environment.get(VISIBLE_CORES) else None


def wanted_count(environment: Mapping[str, str]) -> int | None:
    """Return how many cores an environment asks for; the cores that it names come before their number."""
    named = wanted_cores(environment)
    if named is not None:
        return len(named)
    return parse_count(environment[NUM_CORES]) or None if NUM_CORES in environment else None


def held_cores(processes: tuple[Process, ...]) -> Mapping[int, Process]:
    """Return which process holds each core, of those that tell."""
    return {core: process for process in processes for core in value_or_none(process.cores) or ()}
