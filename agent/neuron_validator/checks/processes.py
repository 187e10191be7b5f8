"""What runs: processes on libraries that were replaced, and processes that memory ran out for."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import OutOfMemoryKill, Process, value_or_none
from neuron_collectors.facts.log_lines import parse_out_of_memory_kill

from ..catalog.model import Chip
from ..evidence import COLLECTIVES, RUNTIME, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity

_RUNTIME_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/index.html"
_HARDWARE_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-hardware/index.html"
_GIB = 1024**3
_MOST_NAMED = 4


def library_replaced(evidence: Evidence) -> Iterator[Finding]:
    """Say which processes still run a library that was replaced since they started."""
    processes = known(evidence.inventory.processes, "processes") or ()
    stale = [(process, path) for process in processes for path in _replaced(process)]
    if not stale:
        return
    pids = tuple(dict.fromkeys(process.pid for process, _ in stale))
    named = ", ".join(_describe(process) for process, _ in stale[:_MOST_NAMED])
    libraries = {"libnccom": COLLECTIVES}
    yield Finding(
        id="library-replaced",
        severity=Severity.WARNING,
        category="process",
        kind="misconfigured",
        components=tuple(
            dict.fromkeys(libraries.get(path.rpartition("/")[2].partition(".")[0], RUNTIME) for _, path in stale)
        ),
        scope=evidence.system.name,
        title=f"{len(pids)} process{'es run' if len(pids) > 1 else ' runs'} a runtime library that was replaced",
        observed=f"{named}: {stale[0][1]} is not the file that was loaded",
        expected="processes started after the update",
        why="A process keeps the library that it has loaded. It does not see the update, and what it loads later may "
        "not fit.",
        remedy=Remedy(
            summary="Restart these processes.", commands=(f"ps -o pid,lstart,cmd -p {','.join(map(str, pids))}",)
        ),
        evidence=tuple(Excerpt(source=f"proc/{process.pid}/maps", text=path) for process, path in stale[:_MOST_NAMED]),
        docs=_RUNTIME_GUIDE,
    )


def _replaced(process: Process) -> Iterator[str]:
    """Yield the paths of the libraries that are not what is on disk now; a process that ended has none."""
    for library in value_or_none(process.libraries) or ():
        if library.replaced is True:
            yield library.path


def _describe(process: Process) -> str:
    command = value_or_none(process.command)
    return f"process {process.pid}" + (f" ({command})" if command else "")


def memory_low(evidence: Evidence) -> Iterator[Finding]:
    """Say that the kernel killed processes because the host's memory ran out."""
    log = known(evidence.inventory.kernel_log, "kernel log") or ()
    kills = [kill for line in log if (kill := parse_out_of_memory_kill(line)) is not None]
    if kills:
        yield _out_of_memory(kills, evidence)


def _out_of_memory(kills: list[OutOfMemoryKill], evidence: Evidence) -> Finding:
    memory = value_or_none(evidence.inventory.memory)
    total = value_or_none(memory.total_bytes) if memory else None
    available = value_or_none(memory.available_bytes) if memory else None
    host = f"; the host has {total / _GIB:.1f} GiB" if total is not None else ""
    if available is not None:
        host += f", {available / _GIB:.1f} GiB of it available now"
    names = ", ".join(dict.fromkeys(kill.process for kill in kills[-_MOST_NAMED:]))
    return Finding(
        id="memory-low",
        severity=Severity.WARNING,
        category="resources",
        kind="unhealthy",
        scope=evidence.system.name,
        title=f"Memory ran out: the kernel killed {names}",
        observed=f"{len(kills)} out-of-memory kill{'s' if len(kills) > 1 else ''} since boot, the last of process "
        f"{kills[-1].pid} ({kills[-1].process}){host}",
        expected="enough host memory, or a higher limit of the control group",
        why="Compiling and loading large models takes much host memory; a compiler that is killed says little more "
        "than `Killed` or -9.",
        remedy=Remedy(
            summary="Compile on an instance with more memory, with fewer parallel compilations, or add swap; in a "
            "container, raise its memory limit.",
            commands=("free -h", "sudo dmesg | grep -i 'out of memory'"),
        ),
        evidence=tuple(Excerpt(source="kernel log", text=f"Killed process {k.pid} ({k.process})") for k in kills[-4:]),
        docs=_RUNTIME_GUIDE,
    )


def host_memory_small(evidence: Evidence) -> Iterator[Finding]:
    """Say that the host has no more memory than one of its devices: what fits there may not get there."""
    kind, chip = evidence.instance_type, _chip(evidence)
    memory = value_or_none(evidence.inventory.memory)
    total = value_or_none(memory.total_bytes) if memory else None
    documented = kind.memory_bytes if kind else None
    size = documented if total is None else total
    if kind is None or chip is None or size is None or chip.memory_bytes is None or size > chip.memory_bytes:
        return
    device = f"{chip.memory_bytes / _GIB:g} GiB of one {chip.device_name}"
    where = "of the instance type" if total is None else "MemTotal in /proc/meminfo"
    yield Finding(
        id="host-memory-small",
        severity=Severity.INFO,
        category="resources",
        kind="note",
        scope=evidence.system.name,
        title=f"{evidence.instance_type_name or kind.name} has {size / _GIB:.0f} GiB of host memory, for the {device}",
        observed=f"{size / _GIB:.1f} GiB of host memory ({where})",
        expected="more host memory than a device has, where large models are compiled or loaded",
        why="Compiling a model, and reading its weights before they go to the device, take host memory. Users report "
        "that with large models this ends with `Killed`, or with -9 from the compiler, on such hosts.",
        remedy=Remedy(
            summary="Compile and load large models on a larger instance, or add swap.", commands=("free -h",)
        ),
        evidence=(Excerpt(source=where, text=f"{size} bytes"),),
        rule=RuleReference(
            id="host-memory",
            source=f"{kind.source}; https://github.com/aws-neuron/nki-samples/issues/87; "
            "https://github.com/aws-neuron/aws-neuron-samples/issues/10",
            retrieved=kind.retrieved,
            confidence="user-report",
        ),
        docs=_HARDWARE_GUIDE,
    )


def _chip(evidence: Evidence) -> Chip | None:
    return evidence.chip or (evidence.catalog.chip_for_family(evidence.family) if evidence.family else None)


CHECKS = (
    Check(
        id="library-replaced",
        category="process",
        title="Running processes have the libraries that are installed",
        severity=Severity.WARNING,
        run=library_replaced,
        docs=_RUNTIME_GUIDE,
    ),
    Check(
        id="memory-low",
        category="resources",
        title="The kernel killed nothing for want of memory",
        severity=Severity.WARNING,
        run=memory_low,
        docs=_RUNTIME_GUIDE,
        consequences=("host-memory-small",),
    ),
    Check(
        id="host-memory-small",
        category="resources",
        title="The host has more memory than one of its devices",
        severity=Severity.INFO,
        needs=("instance type",),
        run=host_memory_small,
        docs=_HARDWARE_GUIDE,
    ),
)
