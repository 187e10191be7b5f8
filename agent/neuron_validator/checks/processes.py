"""What runs: processes on libraries that were replaced, and processes that memory ran out for."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import OutOfMemoryKill, Process, value_or_none
from neuron_collectors.facts.log_lines import parse_out_of_memory_kill

from ..evidence import COLLECTIVES, RUNTIME, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity

_RUNTIME_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/index.html"
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
    ),
)
