from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import cast

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.facts import PERMISSION, Reading, Unread
from neuron_collectors.host import READ_LIMIT, Host
from neuron_collectors.open_directory import Entries, OpenDirectory

from .conftest import AnotherUser, MakeHost


def opened(directory: Reading[OpenDirectory]) -> OpenDirectory:
    """Return the directory, which must be there."""
    assert isinstance(directory, OpenDirectory)
    return directory


def read(host: Host, path: str, name: str) -> Reading[bytes]:
    """Read one file in a directory."""
    with opened(host.open_directory(path)) as directory:
        directory.list()
        return directory.read([name])[name]


def open_files() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - as plain as it gets


def test_entries_by_kind(make_host: MakeHost) -> None:
    """Files, directories, and what is never opened here, each by name."""
    host = make_host({"dir/b": "", "dir/a": "", "dir/sub/x": ""}, {"dir/link": "a", "dir/up": "..", "dir/gone": "x"})
    os.mkfifo(Path(host.root, "dir/fifo"))

    with opened(host.open_directory("dir")) as directory:
        entries = directory.list()

    assert Entries(files=("a", "b"), directories=("sub",), others=("fifo", "gone", "link", "up")) == entries


def test_files_are_read_together(make_host: MakeHost) -> None:
    """Each file by its name, in the order asked for; in a directory below, too, without a look into that."""
    host = make_host({"dir/a": "1\n", "dir/empty": "", "dir/sub/total": "2\n"})

    with opened(host.open_directory("dir")) as directory:
        directory.list()
        contents = directory.read(["sub/total", "a", "empty", "missing", "sub/missing"])

    assert [
        ("sub/total", b"2\n"),
        ("a", b"1\n"),
        ("empty", b""),
        ("missing", None),
        ("sub/missing", None),
    ] == list(contents.items())


@pytest.mark.parametrize("size", [0, 1, 256, 257, 258, 4096, READ_LIMIT])
def test_a_file_up_to_the_limit_is_read_whole(make_host: MakeHost, size: int) -> None:
    """Reading does not depend on the size of its first piece."""
    assert b"x" * size == read(make_host({"dir/file": b"x" * size}), "dir", "file")


@pytest.mark.parametrize(("size", "limit"), [(11, 10), (257, 256), (9000, 4096), (READ_LIMIT + 1, READ_LIMIT)])
def test_a_longer_file_is_unread(make_host: MakeHost, size: int, limit: int) -> None:
    """A file over the limit is not cut short; one that meets it is read."""
    host = make_host({"dir/file": b"x" * size, "dir/exact": b"x" * limit})

    with opened(host.open_directory("dir")) as directory:
        contents = directory.read(["file", "exact"], limit=limit)

    assert {"file": Unread(f"larger than {limit} bytes"), "exact": b"x" * limit} == contents


def test_what_is_no_regular_file_is_not_opened(make_host: MakeHost) -> None:
    """A FIFO, a socket and a directory are told from files by a look, also one directory further down."""
    host = make_host({"dir/sub/file": ""})
    os.mkfifo(Path(host.root, "dir/fifo"))
    os.mkfifo(Path(host.root, "dir/sub/fifo"))
    with socket.socket(socket.AF_UNIX) as server, opened(host.open_directory("dir")) as directory:
        server.bind(str(Path(host.root, "dir/socket")))
        directory.list()
        contents = directory.read(["fifo", "sub/fifo", "socket", "sub"])

    assert [
        Unread("not a regular file: fifo"),
        Unread("not a regular file: fifo"),
        Unread("not a regular file: socket"),
        Unread("not a regular file: dir"),
    ] == list(contents.values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make device nodes")
def test_a_device_node_is_not_opened(make_host: MakeHost) -> None:
    """Wherever it lies and whatever it is called."""
    host = make_host({"dir/sub": None})
    try:
        os.mknod(Path(host.root, "dir/sub/total"), 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("root may not make device nodes here")

    assert Unread("not a regular file: char") == read(host, "dir", "sub/total")


def test_links_are_not_followed(make_host: MakeHost, public_path: Path) -> None:
    """Neither a link to a file nor one to a directory leads out of where it lies, or anywhere."""
    (public_path / "secret").write_text("x", encoding="utf-8")
    host = make_host(
        {"dir/file": "x", "dir/sub/file": "x"},
        {"dir/link": "file", "dir/out": str(public_path / "secret"), "dir/inner": "sub", "dir/outer": str(public_path)},
    )

    with opened(host.open_directory("dir")) as directory:
        directory.list()
        contents = directory.read(["link", "out"])
        entered = directory.enter("inner"), directory.enter("outer"), directory.enter("sub/none")

    assert dict.fromkeys(["link", "out"], Unread("not a regular file: link")) == contents
    assert (None, None, None) == entered


def test_the_directory_itself_may_be_a_link(make_host: MakeHost, public_path: Path) -> None:
    """The path to it is resolved inside the tree, as everywhere."""
    (public_path / "out").mkdir()
    host = make_host({"real/file": "x"}, {"link": "/real", "deep/er": "../link", "out": str(public_path / "out")})

    assert b"x" == read(host, "link", "file")
    assert b"x" == read(host, "deep/er", "file")
    assert host.open_directory("out") is None


def test_three_states_of_a_directory(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A directory is open, absent, or not readable; a file and an impossible name are none."""
    host = make_host({"dir/file": "", "closed/file": "", "blind/file": "x"})
    Path(host.root, "closed").chmod(0)
    Path(host.root, "blind").chmod(0o311)  # may be entered, and its names not be listed

    with another_user():
        closed = host.open_directory("closed"), host.open_directory("blind")

    assert (PERMISSION, PERMISSION) == closed
    assert host.open_directory("missing") is None
    assert host.open_directory("dir/file") is None
    assert host.open_directory("nul\0") is None


def test_what_the_kernel_refuses_is_unread(make_host: MakeHost, another_user: AnotherUser) -> None:
    """One closed file costs only itself, and a closed directory says so."""
    host = make_host({"dir/secret": "x", "dir/public": "y", "dir/closed/file": "z"})
    Path(host.root, "dir/secret").chmod(0)
    Path(host.root, "dir/closed").chmod(0)

    with another_user(), opened(host.open_directory("dir")) as directory:
        directory.list()
        contents = directory.read(["secret", "public", "closed/file"])
        closed = directory.enter("closed")

    assert {"secret": PERMISSION, "public": b"y", "closed/file": PERMISSION} == contents
    assert PERMISSION == closed


def test_what_only_the_description_knows(make_host: MakeHost) -> None:
    """What ``.host.json`` names and the tree lacks is listed, cannot be read, and keeps its kind."""
    description = """{
        "sys/dev/secret": {"type": "file", "mode": "0400"},
        "sys/dev/node": {"type": "char", "mode": "0600"},
        "sys/dev/hidden/deep/total": {"type": "file", "mode": "0600"},
        "sys/dev/known": {"type": "file", "mode": "0444"}
    }"""
    host = make_host({".host.json": description, "sys/dev/known": "1\\n"}, {"sys/alias": "dev"})

    with opened(host.open_directory("sys/alias")) as directory:
        entries = directory.list()
        contents = directory.read(["secret", "hidden/deep", "absent"])
        with opened(directory.enter("hidden/deep")) as deep:
            inner = deep.list(), deep.read(["total", "present"]), deep.enter("none")

    assert Entries(files=("known", "secret"), directories=("hidden",), others=("node",)) == entries
    assert {"secret": PERMISSION, "hidden/deep": PERMISSION, "absent": None} == contents
    assert Entries(files=("total",), directories=(), others=()) == inner[0]
    assert {"total": PERMISSION, "present": None} == inner[1]
    assert inner[2] is None


def test_a_directory_that_only_the_description_knows(make_host: MakeHost) -> None:
    """A capture may have no directory at all for what it could not read."""
    host = make_host({".host.json": '{"sys/dev/a/total": {"type": "file", "mode": "0600"}}', "sys/x": ""})

    assert PERMISSION == read(host, "sys/dev/a", "total")
    assert read(host, "sys/dev/a", "present") is None


def test_a_deep_description_is_no_trap(make_host: MakeHost) -> None:
    """A path of any depth may be recorded; only its own directory knows of it then."""
    deep = "a/" * 3000 + "file"
    host = make_host({".host.json": f'{{"{deep}": {{"type": "file", "mode": "0400"}}}}', "x": ""})

    assert host.open_directory("a") is None


def test_nothing_below_dev_is_opened(make_host: MakeHost) -> None:
    """Not even a regular file, and not by a link."""
    host = make_host({"dev/neuron0": "x", "dev/shm/file": "x"}, {"devices": "dev"})

    for path, name in (("dev", "neuron0"), ("devices", "neuron0"), ("dev/shm", "file"), ("dev", "shm/file")):
        assert Unread("not opened: below /dev") == read(host, path, name)


def test_a_file_of_a_captured_tree_is_looked_at_once(make_host: MakeHost, mocker: MockerFixture) -> None:
    """A tree that does not change is read again without a second look, and without another's being remembered."""
    host = make_host({"dir/sub/total": "1\n", "other/sub/total": "2\n"})
    looked = mocker.spy(os, "stat")

    assert [b"1\n", b"1\n", b"2\n"] == [read(host, path, "sub/total") for path in ("dir", "dir", "other")]
    assert 2 == sum(call.args[0] == "sub/total" for call in looked.call_args_list)


def test_a_running_machine_is_looked_at_each_time(public_path: Path) -> None:
    """What was a file may be none the next time."""
    (public_path / "sub").mkdir()
    place = public_path / "sub/total"
    place.write_text("1\n", encoding="utf-8")
    host = Host()
    before = read(host, str(public_path)[1:], "sub/total")
    place.unlink()
    os.mkfifo(place)

    assert b"1\n" == before
    assert Unread("not a regular file: fifo") == read(host, str(public_path)[1:], "sub/total")


def test_everything_is_closed(make_host: MakeHost) -> None:
    """No descriptor is left, whether a directory could be entered, listed and read, or not."""
    host = make_host({"dir/a/b/c/file": "x"})
    before = open_files()

    with opened(host.open_directory("dir")) as directory:
        with opened(directory.enter("a/b/c")) as inner:
            inner.read(["file", "missing"], limit=0)
        assert directory.enter("a/b/missing") is None
        assert directory.enter("a/b/c/file") is None

    assert before == open_files()


def test_the_running_machine() -> None:
    """Directories of the live ``/sys`` are read by the same names, links to them included."""
    host = Host()
    names = host.list_directory("sys/class/net")
    if not isinstance(names, tuple) or "lo" not in names:
        pytest.skip("no loopback device in /sys")

    with opened(host.open_directory("sys/class/net/lo")) as directory:
        entries = cast("Entries", directory.list())
        contents = directory.read(["ifindex", "statistics/rx_bytes", "no such file"])

    assert "statistics" in entries.directories
    assert host.read_bytes("sys/class/net/lo/ifindex") == contents["ifindex"]
    assert isinstance(contents["statistics/rx_bytes"], bytes)
    assert contents["no such file"] is None
