"""
The processes that use Neuron: those that hold a device's node open or have a library of the runtime in memory.

The live machine's are described with psutil's help; a captured tree has what the kernel said in its own ``/proc/PID``.
"""

from __future__ import annotations

from .facts import PERMISSION, Process, Reading, Unread
from .host import Host
from .process_search import Use, is_hidden, list_processes, may_use_neuron, read_use


def collect_processes(host: Host) -> Reading[tuple[Process, ...]]:
    """
    Return the processes that use Neuron, by number; `PERMISSION` when none was seen and some could not be looked at.

    A process in ``disk-sleep`` is known by its open files alone.
    """
    pids = list_processes(host)
    if isinstance(pids, Unread):
        return pids
    processes: list[Process | None] = []
    hidden = False
    for pid in pids:
        use = read_use(host, pid)
        if isinstance(use, Unread):
            hidden = hidden or may_use_neuron(host, pid)
        elif use is not None:
            processes.append(_describe(host, pid, use))
    found = tuple(process for process in processes if process is not None)
    return PERMISSION if hidden and not found else found


def collect_hidden_processes(host: Host) -> Reading[int]:
    """Count the processes that could not be looked at: those of other users, without the right to trace them."""
    pids = list_processes(host)
    if isinstance(pids, Unread):
        return pids
    if host.live and 1 not in pids:
        return Unread("other users' processes are invisible: /proc is mounted with hidepid")
    return sum(is_hidden(host, pid) and may_use_neuron(host, pid) for pid in pids)


def _describe(host: Host, pid: int, use: Use) -> Process | None:
    """Return what is known of process *pid*; `None` when it has ended."""
    from .process_description import describe_process  # noqa: PLC0415 - most hosts have no such process

    return describe_process(host, pid, use)
