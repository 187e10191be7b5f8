"""
The search for processes that use Neuron, through every process's open files and memory map.

It takes the kernel 0.2 ms to show a process with 200 mappings and 40 open files; see ``benchmarks/processes.py``. For
others than root it takes less, as they may look at their own processes alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from .facts import NOT_COLLECTED, PERMISSION, Reading, Unread
from .facts.frozen import dataclass
from .host import CollectorError, Host
from .libraries import is_runtime_library

DISK_SLEEP = "disk-sleep"

ASLEEP = Unread("not read while the process is in disk-sleep")
"""Such a process may hold the lock of its own memory: who asks for its map or its arguments then waits with it."""

_KERNEL_THREAD = 0x00200000  # PF_KTHREAD of include/linux/sched.h
_WITHOUT_MEMORY = ("zombie", "dead")
_NODE = "/dev/neuron"
_DELETED = " (deleted)"
_IN_PATH = b"/libn"
_MAPS_LIMIT = 16 * 1024 * 1024  # of at most 65,530 mappings, unless somebody has raised vm.max_map_count

# The kernel's letters (fs/proc/array.c) in the words that psutil has for them.
_STATES = {
    "R": "running",
    "S": "sleeping",
    "D": DISK_SLEEP,
    "T": "stopped",
    "t": "tracing-stop",
    "Z": "zombie",
    "X": "dead",
    "x": "dead",
    "K": "wake-kill",
    "W": "waking",
    "P": "parked",
    "I": "idle",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessStat:
    """What ``stat`` says of a process."""

    name: str
    """Of the program, at most 15 bytes."""
    state: str
    """In psutil's words."""
    is_kernel_thread: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedFile:
    """One file in the memory of a process."""

    path: str
    device: tuple[int, int]
    """Major and minor number of the file system."""
    inode: int
    deleted: bool
    """Whether the file is no longer at its path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenNode:
    """A device node that a process has open."""

    path: str
    """Of the open file, relative to the host's root: ``proc/4711/fd/7``."""
    index: int
    """Number in the node's name, which a container may have changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """What makes a process one that uses Neuron."""

    nodes: Reading[tuple[OpenNode, ...]]
    files: Reading[tuple[MappedFile, ...]]
    """Libraries of the runtime that it has in memory."""
    stat: Reading[ProcessStat]


def list_processes(host: Host) -> tuple[int, ...] | Unread:
    """Return the numbers of the processes. One of which a captured tree has neither files nor memory does not count."""
    names = host.list_directory("proc")
    if not isinstance(names, tuple):
        return names or NOT_COLLECTED
    pids = sorted(int(name) for name in names if name.isascii() and name.isdigit() and len(name) <= 10)
    if not host.live:
        pids = [pid for pid in pids if host.holds(f"proc/{pid}/fd") or host.holds(f"proc/{pid}/maps")]
    return tuple(pids) or NOT_COLLECTED


def read_use(host: Host, pid: int) -> Use | Unread | None:
    """Look whether process *pid* uses Neuron: `None` when it does not or has ended, unread when it cannot be told."""
    nodes = _find_nodes(host, pid)
    if isinstance(nodes, Unread) and nodes != NOT_COLLECTED:
        return nodes
    stat = _read_stat(host, pid)
    if (stat is None and host.live) or (isinstance(stat, ProcessStat) and stat.is_kernel_thread):
        return None
    asleep = isinstance(stat, ProcessStat) and stat.state == DISK_SLEEP
    files = ASLEEP if asleep else _find_libraries(host, pid)
    if not any(isinstance(found, tuple) and found for found in (nodes, files)):
        return PERMISSION if files == PERMISSION else None
    return Use(nodes=nodes, files=files, stat=NOT_COLLECTED if stat is None else stat)


def is_hidden(host: Host, pid: int) -> bool:
    """
    Tell whether the kernel refuses to show the files and the memory of process *pid*, for which it has one rule.

    To open the memory map is enough to be told; nothing is read, so that nothing waits for the process.
    """
    stream = host.open_regular(f"proc/{pid}/maps")
    if stream is not None and not isinstance(stream, Unread):
        stream.close()
    return stream == PERMISSION or (not host.live and host.list_directory(f"proc/{pid}/fd") == PERMISSION)


def may_use_neuron(host: Host, pid: int) -> bool:
    """Tell whether process *pid*, which could not be looked at, may: threads of the kernel and zombies do not."""
    stat = _read_stat(host, pid)
    if isinstance(stat, ProcessStat):
        return not stat.is_kernel_thread and stat.state not in _WITHOUT_MEMORY
    return stat is not None or not host.live


def parse_stat(text: str, source: str) -> ProcessStat:
    """
    Parse ``/proc/PID/stat`` (proc(5)).

    .. code-block:: text

        4711 (VLLM::EngineCor) S 4702 4702 4702 0 -1 4194560 1913826 41 512 0 …

    The name is the program's own and may hold blanks and parentheses.
    """
    head, _, rest = text.rpartition(") ")
    number, opening, name = head.partition(" (")
    words = rest.split()
    if not (number.isdigit() and opening and len(words) > 6 and words[6].isdigit()):
        raise CollectorError(f"{source}: not the state of a process: {text[:80]!r}")
    return ProcessStat(
        name=name,
        state=_STATES.get(words[0], words[0]),
        is_kernel_thread=bool(int(words[6][:20]) & _KERNEL_THREAD),
    )


def parse_maps(content: bytes) -> tuple[MappedFile, ...]:
    """
    Return the libraries of the runtime in ``/proc/PID/maps`` (proc(5)), each once.

    .. code-block:: text

        7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 1311233    /opt/aws/neuron/lib/libnrt.so.2.29.40.0 (deleted)
        7f1c2a03c000-7f1c2a7cf000 r-xp 0003c000 103:01 1311233    /opt/aws/neuron/lib/libnrt.so.2.29.40.0 (deleted)
    """
    if _IN_PATH not in content:
        return ()
    lines = (line.decode("utf-8", "replace") for line in content.split(b"\n") if _IN_PATH in line)
    files = dict.fromkeys(filter(None, map(_parse_mapping, lines)))
    return tuple(file for file in files if is_runtime_library(file.path.rpartition("/")[2]))


def parse_node(target: str) -> int | None:
    """
    Return the number of the device node that *target*, what an open file leads to, is; `None` for any other file.

    .. code-block:: text

        /dev/neuron0
        /dev/neuron15 (deleted)
    """
    number = target.removesuffix(_DELETED).rpartition(_NODE)[2]
    is_node = _NODE in target and number.isascii() and number.isdigit() and len(number) <= 4
    return int(number) if is_node else None


def _parse_mapping(line: str) -> MappedFile | None:
    """Parse one line of a memory map; `None` when it is none of a file."""
    words = line.split(None, 5)
    try:
        _, _, _, device, inode, path = words
        major, minor = (int(number, 16) for number in device.split(":"))
        return MappedFile(
            path=path.removesuffix(_DELETED),
            device=(major, minor),
            inode=int(inode),
            deleted=path.endswith(_DELETED),
        )
    except ValueError:
        return None


def _find_nodes(host: Host, pid: int) -> Reading[tuple[OpenNode, ...]]:
    """Find the device nodes among the open files of process *pid*."""
    directory = f"proc/{pid}/fd"
    targets = host.read_links(directory)  # who may read all files but trace no process may list, and read none
    if not isinstance(targets, Mapping):
        return targets or (() if host.live else NOT_COLLECTED)
    indexes = ((name, parse_node(target)) for name, target in targets.items() if _NODE in target)
    return tuple(OpenNode(path=f"{directory}/{name}", index=index) for name, index in indexes if index is not None)


def _find_libraries(host: Host, pid: int) -> Reading[tuple[MappedFile, ...]]:
    """Find the libraries of the runtime in the memory of process *pid*."""
    content = host.read_bytes(f"proc/{pid}/maps", limit=_MAPS_LIMIT)
    return parse_maps(content) if isinstance(content, bytes) else content or NOT_COLLECTED


def _read_stat(host: Host, pid: int) -> Reading[ProcessStat]:
    """Read what process *pid* is doing; the kernel tells it without waiting for the process."""
    path = f"proc/{pid}/stat"
    text = host.read_text(path)
    try:
        return parse_stat(text, path) if isinstance(text, str) else text
    except CollectorError as error:
        return Unread(str(error))
