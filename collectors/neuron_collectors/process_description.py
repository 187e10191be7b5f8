"""What can be said of a process that uses Neuron: with psutil's help on the live machine, else from a captured tree."""

from __future__ import annotations

import stat
from collections.abc import Mapping

from .facts import NOT_COLLECTED, PERMISSION, MappedLibrary, Process, Reading, Unread
from .facts.frozen import dataclass
from .host import CollectorError, Host, Stat
from .libraries import parse_version
from .proc_pid import ControlGroup, parse_cgroup, parse_cmdline, parse_core_count, parse_cores, parse_environ
from .process_search import ASLEEP, DISK_SLEEP, MappedFile, OpenNode, ProcessStat, Use

_VARIABLES = ("NEURON_", "NEURONCORE_", "AWS_NEURON_", "XLA_")
_VISIBLE_CORES = "NEURON_RT_VISIBLE_CORES"
_NUM_CORES = "NEURON_RT_NUM_CORES"
_LIMIT = 4 * 1024 * 1024  # arguments and environment together may have a quarter of the stack's limit, which is 8 MiB


@dataclass(frozen=True, kw_only=True, slots=True)
class _Start:
    """What a process was started with."""

    command: Reading[str]
    environment: Reading[Mapping[str, str]]


def describe_process(host: Host, pid: int, use: Use) -> Process | None:
    """Return what is known of process *pid*; `None` when it has ended."""
    start = _read_start(host, pid, use)
    if start is None:
        return None
    group = _read_group(host, pid)
    cores, core_count = _read_cores(start.environment)
    return Process(
        pid=pid,
        command=start.command,
        state=use.stat.state if isinstance(use.stat, ProcessStat) else use.stat,
        devices=_devices(host, use.nodes, in_container=isinstance(group.container, str)),
        cores=cores,
        core_count=core_count,
        libraries=_libraries(host, pid, use.files),
        environment=start.environment,
        container=group.container,
        pod=group.pod,
        unit=group.unit,
    )


def _read_start(host: Host, pid: int, use: Use) -> _Start | None:
    """Return what process *pid* was started with; `None` when it has ended."""
    if isinstance(use.stat, ProcessStat) and use.stat.state == DISK_SLEEP:
        return _Start(command=use.stat.name, environment=ASLEEP)
    return _ask(pid) if host.live else _read_recorded(host, pid)


def _ask(pid: int) -> _Start | None:
    """Ask psutil about process *pid* of this machine."""
    import psutil  # noqa: PLC0415 - takes 40 ms, and few hosts have such a process

    try:
        process = psutil.Process(pid)
        arguments, environment = process.cmdline(), process.environ()
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return _Start(command=PERMISSION, environment=PERMISSION)
    return _Start(
        command=_printable(" ".join(arguments)).strip() or None,
        environment=_about_neuron({_printable(name): _printable(value) for name, value in environment.items()}),
    )


def _read_recorded(host: Host, pid: int) -> _Start:
    """Read what a captured tree has of process *pid*."""
    command, environment = (host.read_text(f"proc/{pid}/{name}", limit=_LIMIT) for name in ("cmdline", "environ"))
    return _Start(
        command=parse_cmdline(command) if isinstance(command, str) else command or NOT_COLLECTED,
        environment=_about_neuron(parse_environ(environment))
        if isinstance(environment, str)
        else environment or NOT_COLLECTED,
    )


def _about_neuron(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Keep the variables that bear on Neuron, by name: others may hold anybody's secrets."""
    return {name: environment[name] for name in sorted(environment) if name.startswith(_VARIABLES)}


def _printable(text: str) -> str:
    """Return *text* with bytes that are not UTF-8 replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _read_group(host: Host, pid: int) -> ControlGroup:
    """Read what the control groups of process *pid* tell."""
    text = host.read_text(f"proc/{pid}/cgroup")
    if isinstance(text, str):
        return parse_cgroup(text)
    why = text or NOT_COLLECTED
    return ControlGroup(container=why, pod=why, unit=why)


def _devices(host: Host, nodes: Reading[tuple[OpenNode, ...]], *, in_container: bool) -> Reading[tuple[int, ...]]:
    """
    Return the indexes of the devices behind *nodes*.

    A container's runtime numbers them anew. On the live machine the minor number of an open node is the host's index
    all the same; a captured tree has only the nodes of the host.
    """
    if not isinstance(nodes, tuple):
        return nodes
    if nodes and in_container and not host.live:
        return Unread("numbered by its container")
    return tuple(sorted({_index(host, node) for node in nodes}))


def _index(host: Host, node: OpenNode) -> int:
    """Return the minor number of *node*; the number in its name where it was not captured as what it is."""
    found = host.stat(node.path)
    return found.rdev[1] if isinstance(found, Stat) and stat.S_ISCHR(found.mode) else node.index


def _libraries(host: Host, pid: int, files: Reading[tuple[MappedFile, ...]]) -> Reading[tuple[MappedLibrary, ...]]:
    """Describe the libraries in *files*, by path."""
    if not isinstance(files, tuple):
        return files
    compare = host.live and _shares_mounts(host, pid)
    libraries = []
    for file in files:
        name = file.path.rpartition("/")[2]
        replaced = file.deleted or (_is_another(host, file) if compare else False)
        libraries.append(
            MappedLibrary(name=name.partition(".so")[0], path=file.path, version=parse_version(name), replaced=replaced)
        )
    return tuple(sorted(libraries, key=lambda library: library.path))


def _shares_mounts(host: Host, pid: int) -> bool:
    """Tell whether process *pid* means the same files by its paths as this one."""
    own = host.read_link("proc/self/ns/mnt")
    return isinstance(own, str) and own == host.read_link(f"proc/{pid}/ns/mnt")


def _is_another(host: Host, file: MappedFile) -> Reading[bool]:
    """
    Tell whether another file than *file* is at its path by now.

    What a memory map shows of a file on overlayfs or btrfs is not what stat(2) says, and cannot be compared.
    """
    found = host.stat(file.path.strip("/"))
    if isinstance(found, Unread):
        return found
    return found is None or (found.device == file.device and found.inode != file.inode)


def _read_cores(environment: Reading[Mapping[str, str]]) -> tuple[Reading[tuple[int, ...]], Reading[int]]:
    """Return which cores *environment* names, and how many it asks for; naming them comes first."""
    if environment is None or isinstance(environment, Unread):
        return environment, environment
    named, number = environment.get(_VISIBLE_CORES), environment.get(_NUM_CORES)
    try:
        if named is not None:
            cores = parse_cores(named, _VISIBLE_CORES)
            return cores, len(cores)
        count = None if number is None else parse_core_count(number, _NUM_CORES)
    except CollectorError:  # a reason is not redacted, so it does not quote what a user has written
        why = Unread(f"{_NUM_CORES if named is None else _VISIBLE_CORES} makes no sense")
        return why, why
    return Unread(f"{_VISIBLE_CORES} is not set"), count
