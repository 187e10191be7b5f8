"""Processes, in captured trees and on this machine; no test opens a device."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from pytest_mock import MockerFixture
from tests.stand_in_library import compile_runtime

from neuron_collectors.captured import open_host
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Inventory, MappedLibrary, Process, Unread
from neuron_collectors.host import Host
from neuron_collectors.process_description import describe_process
from neuron_collectors.process_search import MappedFile, ProcessStat, Use
from neuron_collectors.processes import collect_hidden_processes, collect_processes
from neuron_collectors.redaction import redact

from .conftest import AnotherUser, MakeHost
from .test_proc_pid import ID, POD
from .test_process_search import KTHREAD, MAPS, STAT

NOT_SET = Unread("NEURON_RT_VISIBLE_CORES is not set")
ASLEEP = Unread("not read while the process is in disk-sleep")
ENVIRON = "PATH=/bin\0NEURON_RT_VISIBLE_CORES=0-1\0AWS_SECRET_ACCESS_KEY=x\0XLA_FLAGS=--xla_dump_to=/tmp\0"

USE = Use(nodes=(), files=(), stat=ProcessStat(name="python3", state="sleeping", is_kernel_thread=False))

# Holds a file open and a library in memory until its standard input ends.
CHILD = """
import ctypes, sys
node = open(sys.argv[1])
if sys.argv[2:]:
    ctypes.CDLL(sys.argv[2])
print("ready", flush=True)
sys.stdin.read()
"""

StartChild = Callable[..., int]


def recorded(
    pid: int,
    *,
    nodes: Mapping[str, str] | None = None,
    maps: bytes = b"",
    stat_line: str = STAT,
    cmdline: str = "/usr/bin/python3\0serve.py\0",
    environ: str = ENVIRON,
    cgroup: str = "0::/system.slice/vllm.service\n",
) -> tuple[dict[str, str | bytes | None], dict[str, str]]:
    """Return the files and links of one process's ``/proc/PID`` in a captured tree."""
    files: dict[str, str | bytes | None] = {
        f"proc/{pid}/fd": None,
        f"proc/{pid}/maps": maps,
        f"proc/{pid}/stat": stat_line,
        f"proc/{pid}/cmdline": cmdline,
        f"proc/{pid}/environ": environ,
        f"proc/{pid}/cgroup": cgroup,
    }
    links = {f"proc/{pid}/fd/{number}": target for number, target in (nodes or {}).items()}
    return files, {f"proc/{pid}/fd/0": "/dev/null", **links}


def collect(host: Host) -> tuple[Process, ...]:
    found = collect_processes(host)
    assert isinstance(found, tuple)
    return found


def test_a_process_that_serves_a_model(make_host: MakeHost) -> None:
    """All that the files of a captured process tell, without a variable that has nothing to do with Neuron."""
    host = make_host(*recorded(4711, nodes={"7": "/dev/neuron0", "8": "/dev/neuron1", "9": "/dev/neuron1"}, maps=MAPS))

    assert (
        Process(
            pid=4711,
            command="/usr/bin/python3 serve.py",
            state="sleeping",
            devices=(0, 1),
            cores=(0, 1),
            core_count=2,
            libraries=(
                MappedLibrary(
                    name="libnrt",
                    path="/opt/aws/neuron/lib/libnrt.so.2.29.40.0",
                    version="2.29.40.0",
                    replaced=True,
                ),
                MappedLibrary(
                    name="libnccom", path="/srv/my libs/libnccom.so.2.29.41", version="2.29.41", replaced=False
                ),
            ),
            environment={"NEURON_RT_VISIBLE_CORES": "0-1", "XLA_FLAGS": "--xla_dump_to=/tmp"},
            container=None,
            pod=None,
            unit="vllm.service",
        ),
    ) == collect(host)


def test_only_those_that_use_neuron(make_host: MakeHost) -> None:
    """By number; a tool that only looks at the devices has no library, and who loads one may have no device."""
    trees = [
        recorded(30, nodes={"5": "/dev/neuron0"}),
        recorded(4, maps=MAPS),
        recorded(200, nodes={"5": "/dev/neuron0/x", "6": "socket:[1]"}),
        recorded(1, stat_line=KTHREAD, cmdline=""),
    ]
    host = make_host(
        {k: v for files, _ in trees for k, v in files.items()}, {k: v for _, n in trees for k, v in n.items()}
    )

    assert [(4, (), 2), (30, (0,), 0)] == [
        (process.pid, process.devices, len(process.libraries if isinstance(process.libraries, tuple) else ()))
        for process in collect(host)
    ]
    assert 0 == collect_hidden_processes(host)


def test_a_process_in_disk_sleep(make_host: MakeHost) -> None:
    """It is known by what it has open: to read its memory map or its arguments could mean to wait with it."""
    files, links = recorded(
        4711, nodes={"7": "/dev/neuron0"}, maps=MAPS, stat_line="4711 (python3) D 1 1 1 0 -1 4194560 0"
    )
    (process,) = collect(make_host(files, links))

    assert ("disk-sleep", "python3", (0,)) == (process.state, process.command, process.devices)
    assert ASLEEP == process.libraries == process.environment == process.cores == process.core_count
    assert "vllm.service" == process.unit


@pytest.mark.parametrize(
    ("environ", "cores", "count"),
    [
        ("", NOT_SET, None),
        ("NEURON_RT_NUM_CORES=2\0", NOT_SET, 2),
        ("NEURON_RT_NUM_CORES=0\0", NOT_SET, 0),
        ("NEURON_RT_NUM_CORES=2\0NEURON_RT_VISIBLE_CORES=4,5,6\0", (4, 5, 6), 3),
        ("NEURON_RT_NUM_CORES=x\0NEURON_RT_VISIBLE_CORES=4\0", (4,), 1),
        *(
            (f"{name}=secret\0", Unread(f"{name} makes no sense"), Unread(f"{name} makes no sense"))
            for name in ("NEURON_RT_NUM_CORES", "NEURON_RT_VISIBLE_CORES")
        ),
    ],
)
def test_cores(make_host: MakeHost, environ: str, cores: object, count: object) -> None:
    """Naming cores comes before counting them; a reason does not repeat what somebody has written."""
    (process,) = collect(make_host(*recorded(1, maps=MAPS, environ=environ)))

    assert (cores, count) == (process.cores, process.core_count)


def test_a_process_in_a_container(make_host: MakeHost) -> None:
    """Its device nodes have numbers of their own, which a tree cannot translate."""
    cgroup = f"0::/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/cri-containerd-{ID}.scope\n"
    (process,) = collect(make_host(*recorded(1, nodes={"3": "/dev/neuron0"}, maps=MAPS, cgroup=cgroup)))

    assert (ID, POD, None) == (process.container, process.pod, process.unit)
    assert Unread("numbered by its container") == process.devices


def test_the_nodes_of_a_tree(make_host: MakeHost) -> None:
    """Where the tree says what a node is, its minor number is the device's index."""
    description = '{"dev/neuron0": {"type": "char", "mode": "0666", "major": 246, "minor": 5}}'
    files, links = recorded(1, nodes={"3": "/dev/neuron0", "4": "/dev/neuron1 (deleted)"})
    (process,) = collect(make_host({**files, ".host.json": description}, links))

    assert (1, 5) == process.devices


def test_what_a_tree_lacks_of_a_process(make_host: MakeHost) -> None:
    """Files of a process that were not captured say nothing, and a damaged one says why."""
    host = make_host({"proc/1/maps": MAPS, "proc/2/maps": MAPS, "proc/2/stat": "2 (x)"})
    first, second = collect(host)

    assert {NOT_COLLECTED} == {
        *(first.command, first.state, first.devices, first.cores, first.core_count),
        *(first.environment, first.container, first.pod, first.unit),
    }
    assert Unread("proc/2/stat: not the state of a process: '2 (x)'") == second.state


@pytest.mark.parametrize("files", [{}, {"proc/version": "x"}, {"proc/1/cgroup": "0::/\n", "proc/self/maps": "x"}])
def test_a_tree_without_processes(make_host: MakeHost, files: dict[str, str]) -> None:
    """The first process's control group, which tells of a container, is not a process."""
    host = make_host(files)

    assert NOT_COLLECTED == collect_processes(host) == collect_hidden_processes(host)


def test_processes_that_a_tree_could_not_look_at(make_host: MakeHost) -> None:
    """As long as nothing is known of them, it is not known that nobody uses Neuron."""
    description = '{"proc/7/fd": {"type": "dir", "mode": "0500", "uid": 1000}}'
    others, links = recorded(1)
    host = make_host({**others, ".host.json": description, "proc/7/stat": STAT}, links)

    assert PERMISSION == collect_processes(host)
    assert 1 == collect_hidden_processes(host)


@pytest.mark.parametrize("hidden", ["maps", "fd"])
def test_what_a_process_hides(make_host: MakeHost, hidden: str) -> None:
    """Open files without the memory, or the memory without open files, still tell what they tell."""
    description = f'{{"proc/7/{hidden}": {{"type": "{"dir" if hidden == "fd" else "file"}", "mode": "0400"}}}}'
    files, links = recorded(7, nodes={"3": "/dev/neuron0"}, maps=MAPS)
    del files[f"proc/7/{hidden}"]
    host = make_host({**files, ".host.json": description}, links if hidden == "maps" else {})

    assert 1 == collect_hidden_processes(host)
    if hidden == "fd":
        assert PERMISSION == collect_processes(host)
    else:
        (process,) = collect(host)
        assert ((0,), PERMISSION) == (process.devices, process.libraries)


def test_redaction() -> None:
    """The program's name stays of the command; homes, values and the names of instances go."""
    process = Process(
        pid=1,
        command="/home/alice/bin/serve --token x",
        libraries=(MappedLibrary(name="libnrt", path="/home/alice/lib/libnrt.so.1"),),
        environment={
            "NEURON_RT_NUM_CORES": "2",
            "NEURON_RT_LOG_LEVEL": "WARNING",
            "NEURONCORE_GROUP_SIZES": "1,1",
            "NEURON_RT_ROOT_COMM_ID": "10.0.0.1:62182",
            "XLA_FLAGS": "--alice",
        },
        unit="jupyter@alice.service",
    )
    redacted = redact(Inventory(processes=(process,)), key=b"k" * 16)
    assert isinstance(redacted.processes, tuple)
    (found,) = redacted.processes

    assert "alice" not in repr(redacted)
    assert "serve" == found.command
    assert {
        "NEURON_RT_NUM_CORES": "2",
        "NEURON_RT_LOG_LEVEL": "WARNING",
        "NEURONCORE_GROUP_SIZES": "1,1",
        "NEURON_RT_ROOT_COMM_ID": "[redacted]",
        "XLA_FLAGS": "[redacted]",
    } == found.environment
    assert str(found.unit).startswith("jupyter@user-")
    assert redacted == redact(redacted, key=b"k" * 16)


@pytest.fixture
def start_child() -> Iterator[StartChild]:
    """Return a function that starts a process with a file open and a library in memory, and returns its number."""
    children = []

    def start(*arguments: str | Path, **environment: str) -> int:
        argv = [sys.executable, "-c", CHILD, *map(str, arguments)]
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.defpath, **environment}, text=True
        )
        children.append(child)
        assert child.stdout is not None
        assert "ready\n" == child.stdout.readline()
        return child.pid

    yield start
    for child in children:
        child.communicate("")


def find(pid: int, host: Host | None = None) -> Process:
    return next(process for process in collect(host or open_host("/")) if process.pid == pid)


def test_a_process_of_this_machine(tmp_path: Path, start_child: StartChild) -> None:
    """A child that has opened a file called like a node, and loaded a stand-in for libnrt, is found."""
    library = compile_runtime(tmp_path / "libnrt.so.2.29.40.0")
    node = tmp_path / "dev/neuron3"
    node.parent.mkdir()
    node.touch()
    pid = start_child(node, library, NEURON_RT_VISIBLE_CORES="2-3", NEURON_RT_LOG_LEVEL="info")
    process = find(pid)

    assert (3,) == process.devices
    assert (2, 3) == process.cores
    assert 2 == process.core_count
    assert (MappedLibrary(name="libnrt", path=str(library), version="2.29.40.0", replaced=False),) == process.libraries
    assert isinstance(process.environment, Mapping)
    assert {"NEURON_RT_VISIBLE_CORES": "2-3", "NEURON_RT_LOG_LEVEL": "info"} == process.environment
    assert str(process.command).endswith(f" {node} {library}")
    assert process.state in ("sleeping", "running")


@pytest.mark.parametrize("how", ["removed", "replaced", "written anew"])
def test_a_library_that_was_replaced_on_disk(tmp_path: Path, start_child: StartChild, how: str) -> None:
    """Whatever an update does with the file, the process goes on with the one that it has loaded."""
    library = compile_runtime(tmp_path / "libnrt.so.2.29.40.0")
    other = compile_runtime(tmp_path / "new")
    node = tmp_path / "file"
    node.touch()
    pid = start_child(node, library)
    if how == "replaced":
        other.rename(library)
    else:
        library.unlink()
    if how == "written anew":
        shutil.copy(other, library)

    expected = MappedLibrary(name="libnrt", path=str(library), version="2.29.40.0", replaced=True)
    assert (expected,) == find(pid).libraries


def test_the_minor_number_is_the_index(tmp_path: Path, start_child: StartChild) -> None:
    """A container may call the host's device 5 its neuron0; a null device stands in for it here."""
    node = tmp_path / "dev/neuron0"
    node.parent.mkdir()
    try:
        os.mknod(node, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        node.open().close()
    except OSError as error:
        pytest.skip(f"no device node can be made here: {error}")

    assert (3,) == find(start_child(node)).devices


def test_a_tree_of_this_machine_says_the_same(tmp_path: Path, start_child: StartChild) -> None:
    """What the kernel's files say, copied into a tree, is what psutil says of the live process."""
    library = compile_runtime(tmp_path / "libnrt.so.2.29.40.0")
    node = tmp_path / "dev/neuron1"
    node.parent.mkdir()
    node.touch()
    pid = start_child(node, library, NEURON_RT_NUM_CORES="1", XLA_USE_BF16="1", NEURON_PROCESS_TAG="ä ö")
    copy = tmp_path / f"root/proc/{pid}"
    (copy / "fd").mkdir(parents=True)
    for name in ("maps", "stat", "cmdline", "environ", "cgroup"):
        (copy / name).write_bytes(Path(f"/proc/{pid}", name).read_bytes())
    for link in Path(f"/proc/{pid}/fd").iterdir():
        (copy / "fd" / link.name).symlink_to(link.readlink())

    live, captured = find(pid), find(pid, open_host(tmp_path / "root"))
    assert replace(live, state=captured.state) == captured  # it may just have fallen asleep


def test_the_processes_of_others(tmp_path: Path, start_child: StartChild, another_user: AnotherUser) -> None:
    """Who may not look at them does not know that they do not use Neuron."""
    if os.geteuid() != 0:
        pytest.skip("needs two users")
    node = tmp_path / "dev/neuron3"
    node.parent.mkdir()
    node.touch()
    start_child(node)
    host = open_host("/")
    with another_user():
        processes, hidden = collect_processes(host), collect_hidden_processes(host)
    own = collect_hidden_processes(host)

    assert PERMISSION == processes
    assert isinstance(hidden, int)
    assert isinstance(own, int)
    assert own < hidden  # root itself may have no right to trace the first process of a sandbox


@pytest.mark.parametrize(
    ("error", "command"),
    [(psutil.NoSuchProcess(1), None), (psutil.ZombieProcess(1), None), (psutil.AccessDenied(1), PERMISSION)],
)
def test_a_process_that_ends_meanwhile(mocker: MockerFixture, error: psutil.Error, command: Unread | None) -> None:
    """One that has ended is no process; one that has become another user's keeps to itself how it was started."""
    mocker.patch("psutil.Process", side_effect=error)
    process = describe_process(Host("/"), os.getpid(), USE)

    assert command == (process and process.environment) == (process and process.command)


@pytest.mark.parametrize(("moved", "replaced"), [((0, 0), False), ((0, 1), True), ((1, 1), False)])
def test_another_file_at_the_same_path(tmp_path: Path, moved: tuple[int, int], *, replaced: bool) -> None:
    """Another inode is another file, unless the file systems differ, too: then the two cannot be compared."""
    library = tmp_path / "libnrt.so.2.31.23.0"
    library.touch()
    found = library.stat()
    device = (os.major(found.st_dev) + moved[0], os.minor(found.st_dev))
    file = MappedFile(path=str(library), device=device, inode=found.st_ino + moved[1], deleted=False)
    process = describe_process(Host("/"), os.getpid(), replace(USE, files=(file,)))
    library.unlink()
    gone = describe_process(Host("/"), os.getpid(), replace(USE, files=(file,)))
    assert process is not None
    assert gone is not None

    expected = MappedLibrary(name="libnrt", path=str(library), version="2.31.23.0", replaced=replaced)
    assert (expected,) == process.libraries
    assert (replace(expected, replaced=True),) == gone.libraries


def test_the_search_asks_nobody(tmp_path: Path) -> None:
    """Where no process uses Neuron, psutil is not even imported."""
    program = (
        "import sys\n"
        "from neuron_collectors.captured import open_host\n"
        "from neuron_collectors.processes import collect_processes\n"
        "found = collect_processes(open_host('/'))\n"
        "sys.exit('psutil' in sys.modules and not (isinstance(found, tuple) and found))\n"
    )

    assert 0 == subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode
