from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Unread
from neuron_collectors.host import READ_LIMIT, Head, Host, HostError, Stat

from .conftest import AnotherUser, CollectLive, MakeHost


def test_a_root_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    """A host needs a directory, and the message names what was given."""
    (tmp_path / "file").touch()

    with pytest.raises(HostError, match=r"nowhere: not a directory"):
        Host(tmp_path / "nowhere")
    with pytest.raises(HostError, match=r"file: not a directory"):
        Host(tmp_path / "file")


def test_only_the_root_directory_is_live(tmp_path: Path) -> None:
    """The running machine is the one at ``/``, whatever way leads there."""
    (tmp_path / "link").symlink_to("/")

    assert Host().live
    assert Host(tmp_path / "link").live
    assert not Host(tmp_path).live


def test_three_states_of_a_file(make_host: MakeHost) -> None:
    """A file is its content, absent, or not readable, and these are never confused."""
    host = make_host({"etc/full": "text\n", "etc/empty": ""}, {"etc/loop": "loop"})

    assert b"text\n" == host.read_bytes("etc/full")
    assert b"" == host.read_bytes("etc/empty")
    assert host.read_bytes("etc/missing") is None
    assert host.read_bytes("etc/full/below") is None
    assert isinstance(host.read_bytes("etc/loop"), Unread)
    assert Unread("not a regular file: dir") == host.read_bytes("etc")


def test_what_the_kernel_refuses_is_unread(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A file or directory that this user may not read says so, and its content is not known."""
    host = make_host({"etc/secret": "x", "home/alice/file": "x"})
    Path(host.root, "etc/secret").chmod(0)
    Path(host.root, "home/alice").chmod(0)

    with another_user():
        seen = (
            host.read_bytes("etc/secret"),
            host.list_directory("home/alice"),
            host.stat("home/alice/file"),
            host.read_text("home/alice/file"),
        )

    assert (PERMISSION, PERMISSION, PERMISSION, PERMISSION) == seen


@pytest.mark.parametrize("size", [4095, 4096, 4097, READ_LIMIT])
def test_a_file_up_to_the_limit_is_read_whole(make_host: MakeHost, size: int) -> None:
    """Reading does not depend on the size of its first piece."""
    host = make_host({"file": b"x" * size})

    assert b"x" * size == host.read_bytes("file")


@pytest.mark.parametrize(("size", "limit"), [(11, 10), (READ_LIMIT + 1, READ_LIMIT), (9000, 4096)])
def test_a_longer_file_is_unread(make_host: MakeHost, size: int, limit: int) -> None:
    """A file over the limit is not cut short, which would make half a fact."""
    host = make_host({"file": b"x" * size})

    assert Unread(f"larger than {limit} bytes") == host.read_bytes("file", limit=limit)


def test_a_limit_is_met_exactly(make_host: MakeHost) -> None:
    """The limit itself is allowed, below and above the size of the first piece."""
    host = make_host({"small": b"x" * 10, "large": b"x" * 9000})

    assert b"x" * 10 == host.read_bytes("small", limit=10)
    assert b"x" * 9000 == host.read_bytes("large", limit=9000)


def test_a_file_of_the_kernel_is_read_to_its_end() -> None:
    """The kernel shows a memory map a page at a time, cut between two lines: a short piece is not the last one."""
    content = Host("/").read_bytes("proc/self/maps", limit=1 << 24)

    assert isinstance(content, bytes)
    assert 4097 < len(content)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"2.26.5.0\n", "2.26.5.0"),
        (b"2", "2"),  # core_count has no newline
        (b"  a  \nb\n", "a"),
        (b"\n", None),
        (b"", None),
        (b" \t\n", None),
        (b"caf\xe9\n", "caf\ufffd"),
    ],
)
def test_first_line(make_host: MakeHost, content: bytes, line: str | None) -> None:
    """A line comes without what surrounds it, and an empty one is none."""
    host = make_host({"file": content})

    assert line == host.read_line("file")


def test_a_pipe_is_not_waited_for(make_host: MakeHost) -> None:
    """A FIFO that nobody writes to, and a socket, are told from files without opening them."""
    host = make_host({"run/file": ""})
    os.mkfifo(Path(host.root, "run/fifo"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(Path(host.root, "run/socket")))

        assert Unread("not a regular file: fifo") == host.read_bytes("run/fifo")
        assert Unread("not a regular file: socket") == host.read_bytes("run/socket")


def test_nothing_below_dev_is_opened(make_host: MakeHost) -> None:
    """Not even a regular file, and not by a link: opening a device node attaches to the device."""
    host = make_host({"dev/neuron0": "x"}, {"etc/link": "../dev/neuron0", "devices": "dev"})

    for path in ("dev/neuron0", "etc/link", "devices/neuron0"):
        assert Unread("not opened: below /dev") == host.read_bytes(path)


def test_links_are_resolved_inside_the_tree(make_host: MakeHost) -> None:
    """Absolute links, links that climb and links on the way all stay below the root of a captured tree."""
    host = make_host(
        {"usr/lib/os-release": "ID=ubuntu\n", "etc/hostname": "inside\n"},
        {
            "lib": "usr/lib",
            "etc/os-release": "/usr/lib/os-release",
            "etc/climbing": "../../../../../../etc/hostname",
            "etc/chain": "climbing",
            "deep/er/link": "/lib/../lib/os-release",
        },
    )

    assert "ID=ubuntu\n" == host.read_text("etc/os-release")
    assert "ID=ubuntu\n" == host.read_text("lib/os-release")
    assert "inside\n" == host.read_text("etc/climbing")
    assert "inside\n" == host.read_text("etc/chain")
    assert "ID=ubuntu\n" == host.read_text("deep/er/link")
    assert ("os-release",) == host.list_directory("lib")
    assert "usr/lib/os-release" == host.real_path("etc/os-release")


def test_a_file_outside_the_tree_is_never_read(make_host: MakeHost, public_path: Path) -> None:
    """A link to a file beside the tree leads nowhere, whatever its form."""
    (public_path / "outside").write_text("secret", encoding="utf-8")
    host = make_host(
        {"etc/file": "x"},
        {"absolute": str(public_path / "outside"), "relative": "../outside", "etc/up": "../..", "parent": ".."},
    )

    for path in ("absolute", "relative", "../outside", "etc/up/outside", "parent/outside", "etc/../../outside"):
        assert host.read_bytes(path) is None
        assert host.stat(path) is None
    assert ("absolute", "etc", "parent", "relative") == host.list_directory("parent")


def test_links_in_circles_end(make_host: MakeHost) -> None:
    """A loop of links is unread, for files, directories and what is below."""
    host = make_host({}, {"a": "b", "b": "a", "self": "self/deeper"})

    for path in ("a", "self", "a/below", "self/below"):
        assert isinstance(host.read_bytes(path), Unread)
        assert isinstance(host.list_directory(path), Unread)
        assert isinstance(host.stat(path), Unread)
        assert path == host.real_path(path)


def test_a_link_is_told_from_a_file(make_host: MakeHost) -> None:
    """Reading a link gives what it says, resolved or not, and nothing for what is no link."""
    host = make_host({"file": "x"}, {"sys/driver": "../../../bus/pci/drivers/neuron-driver", "to": "sys"})

    assert "../../../bus/pci/drivers/neuron-driver" == host.read_link("sys/driver")
    assert "../../../bus/pci/drivers/neuron-driver" == host.read_link("to/driver")
    assert host.read_link("file") is None
    assert host.read_link("missing") is None


def test_all_links_of_a_directory(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What each of them says, by name; a directory without any is not an absent one."""
    links = {"proc/7/fd/3": "/dev/neuron0", "proc/7/fd/10": "pipe:[7]"}
    host = make_host({"proc/7/fd/file": "", "empty": None}, links)
    recorded = make_host({".host.json": '{"proc/8/fd/0": {"type": "file", "mode": "0400"}}'})

    assert {"10": "pipe:[7]", "3": "/dev/neuron0"} == host.read_links("proc/7/fd")
    assert {} == host.read_links("empty")
    assert host.read_links("missing") is None
    assert PERMISSION == recorded.read_links("proc/8/fd")
    Path(host.root, "proc/7/fd").chmod(0)
    with another_user():
        assert PERMISSION == host.read_links("proc/7/fd")


def test_stat_follows_links_and_opens_nothing(make_host: MakeHost) -> None:
    """Size, permissions and kind of the file that a link leads to."""
    host = make_host({"etc/file": "four"}, {"link": "/etc/file"})
    Path(host.root, "etc/file").chmod(0o640)
    os.mkfifo(Path(host.root, "fifo"), 0o600)

    found = host.stat("link")
    fifo = host.stat("fifo")

    assert isinstance(found, Stat)
    assert (4, 0o640, (0, 0)) == (found.size, found.permissions, found.rdev)
    assert isinstance(fifo, Stat)
    assert stat.S_ISFIFO(fifo.mode)


def test_who_may_read_and_write_in_a_captured_tree(make_host: MakeHost) -> None:
    """Only what holds for everyone is known; for anything narrower it depends on who would ask."""
    host = make_host({"open": "", "narrow": ""})
    Path(host.root, "open").chmod(0o666)
    Path(host.root, "narrow").chmod(0o660)

    assert host.may_read_and_write("open") is True
    assert Unread("depends on the user") == host.may_read_and_write("narrow")
    assert host.may_read_and_write("missing") is None


def test_a_captured_tree_holds_what_is_in_it(make_host: MakeHost) -> None:
    """A look below a directory that the tree lacks says nothing; on the live machine it always does."""
    host = make_host({"proc/version": "x"})

    assert host.holds("proc")
    assert host.holds("proc/version")
    assert not host.holds("dev")
    assert Host().holds("dev/no-such-thing")


def test_a_captured_tree_runs_nothing(make_host: MakeHost) -> None:
    """Without a recording a program's output was not collected, though the program is there."""
    assert NOT_COLLECTED == make_host().run(["/bin/true"])


def test_a_recorded_path_that_is_missing_was_not_permitted(make_host: MakeHost) -> None:
    """What ``.host.json`` names and the tree lacks is there, listed, and could not be read."""
    host = make_host(
        {
            ".host.json": '{"dev/neuron0": {"type": "char", "mode": "0600", "major": 246, "minor": 0},'
            ' "sys/class/x/secret": {"type": "file", "mode": "0400"}}',
            "sys/class/x/public": "1\n",
        },
        {"sys/alias": "class/x"},
    )
    node = host.stat("dev/neuron0")

    assert ("neuron0",) == host.list_directory("dev")
    assert ("public", "secret") == host.list_directory("sys/class/x")
    assert PERMISSION == host.read_text("sys/class/x/secret")
    assert PERMISSION == host.read_text("sys/alias/secret")
    assert "1\n" == host.read_text("sys/class/x/public")
    assert host.read_text("sys/class/x/absent") is None
    assert host.holds("dev")
    assert isinstance(node, Stat)
    assert (True, (246, 0), 0o600) == (stat.S_ISCHR(node.mode), node.rdev, node.permissions)


def test_the_live_machine_resolves_links_too(collect_live: CollectLive) -> None:
    """With a tree as the machine's root, an absolute link is read where it leads."""
    read = collect_live("os_info", "read_os_release", {"usr/lib/x": "ID=arch\n"}, {"etc/os-release": "/usr/lib/x"})

    assert {"id": "arch"} == read


def test_threads_may_share_a_host(make_host: MakeHost) -> None:
    """A collector that was left behind reads on while the next one starts."""
    host = make_host({f"d{n}/file": str(n) for n in range(50)}, {f"l{n}": f"d{n}" for n in range(50)})
    seen: list[bool] = []

    def read() -> None:
        seen.extend(str(n) == host.read_text(f"l{n}/file") for n in range(50))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [True] * 400 == seen


def test_a_path_that_no_file_can_have_is_absent(make_host: MakeHost) -> None:
    """Names that only a file's content or a damaged description can bring up are looked for and not there."""
    host = make_host({"etc/file": "x"})

    for path in ("etc/a\0b", "etc/\ud800", "\0/below"):
        assert host.read_bytes(path) is None
        assert host.list_directory(path) is None
        assert host.read_link(path) is None
        assert host.stat(path) is None
        assert path == host.real_path(path)


def test_deep_paths_and_links_end(make_host: MakeHost) -> None:
    """A path of any depth is resolved or refused, also when a link makes it."""
    host = make_host({"etc/file": "x"}, {"deep": "a/" * 2000 + "x", "down": "../" * 1300 + "etc/file"})

    assert host.read_bytes("deep") is None
    assert host.stat("a/" * 1500) is None
    assert isinstance(host.stat("a/" * 3000 + "x"), Unread)
    assert b"x" == host.read_bytes("down")


def test_the_head_of_a_file(make_host: MakeHost) -> None:
    """The first bytes of a file of any size, and how many there are in all."""
    host = make_host({"file": b"x" * 100_000, "small": "abc", "dev/neuron0": "x"})

    assert Head(content=b"x" * 16, file_size=100_000) == host.read_head("file", 16)
    assert Head(content=b"abc", file_size=3) == host.read_head("small", 16)
    assert host.read_head("missing", 16) is None
    assert Unread("not opened: below /dev") == host.read_head("dev/neuron0", 16)


def test_a_file_piece_by_piece(make_host: MakeHost) -> None:
    """An open file for what is too large to be read at once; what cannot be read cannot be opened."""
    host = make_host({"file": "content", "dev/neuron0": "x"}, {"link": "/file"})
    opened = host.open_regular("link")

    assert not isinstance(opened, Unread)
    assert opened is not None
    with opened:
        opened.seek(3)
        assert b"tent" == opened.read()
    assert host.open_regular("missing") is None
    assert Unread("not opened: below /dev") == host.open_regular("dev/neuron0")


def test_what_is_in_a_directory(make_host: MakeHost) -> None:
    """Every entry by name, links for themselves, and what only ``.host.json`` knows."""
    description = '{"dir/secret": {"type": "file", "mode": "0400"}}'
    host = make_host({".host.json": description, "dir/file": "four"}, {"dir/link": "/nowhere"})
    stats = host.stat_directory("dir")

    assert isinstance(stats, dict)
    assert ["file", "link", "secret"] == list(stats)
    assert (4, True, 0o400) == (stats["file"].size, stat.S_ISLNK(stats["link"].mode), stats["secret"].permissions)
    assert host.stat_directory("missing") is None


def test_what_is_not_read_whole_is_not_read_in_pieces(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Absent, forbidden and special files are the same for every way of reading."""
    host = make_host({"secret": "x", "dev/neuron0": "x"}, {"loop": "loop"})
    Path(host.root, "secret").chmod(0o600)
    os.mkfifo(Path(host.root, "fifo"))
    paths = ("missing", "nul\0", "secret", "dev/neuron0", "fifo", ".", "loop")
    with another_user():
        whole = [host.read_bytes(path) for path in paths]
        heads = [host.read_head(path, 4) for path in paths]
        streams = [host.open_regular(path) for path in paths]

    assert [None, None, PERMISSION] == whole[:3]
    assert whole == heads == streams


def test_a_directory_whose_entries_are_closed(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Names that may be listed and not looked at are no directory without entries."""
    host = make_host({"closed/file": ""})
    Path(host.root, "closed").chmod(0o744)
    with another_user():
        assert PERMISSION == host.stat_directory("closed")
