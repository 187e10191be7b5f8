"""NeuronCores that the environment asks for: there, and free."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neuron_collectors.facts import Process, value_or_none

from ..core_selection import (
    LOGICAL_SIZES,
    NUM_CORES,
    VISIBLE_CORES,
    core_total,
    held_cores,
    parse_cores,
    parse_count,
    wanted_cores,
    wanted_count,
)
from ..evidence import RUNTIME, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity

_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/guides/configuration-guide.html"
_MOST_NAMED = 4


def core_selection_invalid(evidence: Evidence) -> Iterator[Finding]:
    """Say which settings name cores that are not there, or contradict each other."""
    environment = known(evidence.inventory.environment, "environment") or {}
    faults = list(_faults(environment, evidence))
    if not faults:
        return
    names = [name for name in (VISIBLE_CORES, NUM_CORES, *LOGICAL_SIZES) if name in environment]
    total = core_total(evidence)
    yield Finding(
        id="core-selection-invalid",
        severity=Severity.WARNING,
        category="environment",
        kind="misconfigured",
        components=(RUNTIME,),
        scope=evidence.system.name,
        title=faults[0][0].upper() + faults[0][1:] if faults[0][0].islower() else faults[0],
        observed="; ".join(faults),
        expected=f"cores 0 to {total - 1}" if total else "settings that agree, in the form 0-3",
        why=f"The runtime reserves the cores that {VISIBLE_CORES} names, or as many as {NUM_CORES} says, and does not "
        "start without them.",
        remedy=Remedy(summary=f"Correct {' and '.join(names)}.", commands=_correction(total)),
        evidence=tuple(Excerpt(source="environment", text=f"{name}={environment[name]}") for name in names),
        docs=_GUIDE,
    )


def _correction(total: int | None) -> tuple[str, ...]:
    if not total:
        return ()
    return (f"unset {NUM_CORES}", f"export {VISIBLE_CORES}={f'0-{total - 1}' if total > 1 else 0}")


def _faults(environment: Mapping[str, str], evidence: Evidence) -> Iterator[str]:
    """Yield what is wrong with the settings."""
    visible, number = environment.get(VISIBLE_CORES), environment.get(NUM_CORES)
    cores = parse_cores(visible) if visible else None
    count = parse_count(number) if number else None
    if visible and cores is None:
        yield f"{VISIBLE_CORES}={visible} is no list of cores"
    if number and count is None:
        yield f"{NUM_CORES}={number} is no number"
    yield from _beyond(cores, count, evidence)
    if cores and count and len(cores) != count:
        yield f"{VISIBLE_CORES}={visible} names {len(cores)} cores and {NUM_CORES}={number}: the former counts"
    yield from _sizes(environment, evidence)


def _beyond(cores: tuple[int, ...] | None, count: int | None, evidence: Evidence) -> Iterator[str]:
    total = core_total(evidence)
    if total is None:
        return
    if cores and max(cores) >= total:
        yield f"{VISIBLE_CORES} names core {max(cores)}, and there are {total} cores here"
    if count and not cores and count > total:
        yield f"{NUM_CORES} asks for {count} cores, and there are {total} here"


def _sizes(environment: Mapping[str, str], evidence: Evidence) -> Iterator[str]:
    """Yield what is wrong with the size of logical cores."""
    sizes = {name: environment[name] for name in LOGICAL_SIZES if name in environment}
    supported = evidence.chip.lnc_supported if evidence.chip else None
    for name, size in sizes.items():
        if supported and parse_count(size) not in supported:
            yield (
                f"{name}={size}, and {evidence.chip.device_name if evidence.chip else 'this chip'} has "
                + " or ".join(map(str, supported))
            )
    if len(set(sizes.values())) > 1:
        yield " and ".join(f"{name}={size}" for name, size in sizes.items()) + " disagree"


def cores_in_use(evidence: Evidence) -> Iterator[Finding]:
    """Say that the cores which the environment asks for are held by other processes."""
    environment = known(evidence.inventory.environment, "environment") or {}
    processes = known(evidence.inventory.processes, "processes") or ()
    held = held_cores(processes)
    named, count, total = wanted_cores(environment), wanted_count(environment), core_total(evidence)
    if named is not None:
        taken = tuple(core for core in named if core in held)
    else:
        free = total - len(held) if total is not None else None
        taken = tuple(sorted(held)) if count and free is not None and free < count <= (total or 0) else ()
    if taken:
        yield _in_use(taken, held, evidence, wanted=_wanted(environment))


def _wanted(environment: Mapping[str, str]) -> str:
    name = VISIBLE_CORES if environment.get(VISIBLE_CORES) else NUM_CORES
    return f"{name}={environment[name]}"


def _in_use(taken: tuple[int, ...], held: Mapping[int, Process], evidence: Evidence, *, wanted: str) -> Finding:
    holders = {held[core].pid: held[core] for core in taken}
    described = ", ".join(_describe(process) for process in list(holders.values())[:_MOST_NAMED])
    return Finding(
        id="cores-in-use",
        severity=Severity.WARNING,
        category="process",
        kind="misconfigured",
        components=(RUNTIME,),
        scope=evidence.system.name,
        title=f"NeuronCores that {wanted} asks for are in use by another process",
        observed=f"{_cores(taken)} held by {described}",
        expected="free cores",
        why="A core belongs to the process that reserved it until that process ends; the runtime of another one does "
        "not start.",
        remedy=Remedy(
            summary="End the other process, or choose other cores.",
            commands=(f"ps -o pid,etime,cmd -p {','.join(map(str, holders))}", f"kill {' '.join(map(str, holders))}"),
        ),
        evidence=tuple(Excerpt(source=f"proc/{process.pid}", text=_describe(process)) for process in holders.values()),
        docs=_GUIDE,
    )


def _describe(process: Process) -> str:
    command = value_or_none(process.command)
    return f"process {process.pid}" + (f" ({command})" if command else "")


def _cores(cores: tuple[int, ...]) -> str:
    return f"core{'s' if len(cores) > 1 else ''} {', '.join(map(str, cores))}"


CHECKS = (
    Check(
        id="core-selection-invalid",
        category="environment",
        title="The cores that the environment names are there, and its settings agree",
        severity=Severity.WARNING,
        run=core_selection_invalid,
        docs=_GUIDE,
    ),
    Check(
        id="cores-in-use",
        category="process",
        title="The cores that the environment asks for are free",
        severity=Severity.WARNING,
        run=cores_in_use,
        docs=_GUIDE,
    ),
)
