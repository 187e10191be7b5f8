from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, OperatingSystem, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.os_info import collect_os, parse_glibc, parse_glibc_link, parse_kernel, read_glibc

from .conftest import AnotherUser, CollectLive, MakeHost

UBUNTU = """\
PRETTY_NAME="Ubuntu 22.04.4 LTS"
NAME="Ubuntu"
VERSION_ID="22.04"
# a comment
ID=ubuntu
ID_LIKE=debian
"""
BANNER = b"\0\x7fGNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.\nCopyright\0"
VERSION = "Linux version 6.8.0-1021-aws (buildd@lcy02) (gcc-13) #23~22.04.1-Ubuntu SMP Tue Dec 10 16:31:58 UTC 2024\n"
STATUS = "Package: libc6\nStatus: install ok installed\nVersion: 2.35-0ubuntu3.8\n"


def found(reading: object) -> OperatingSystem:
    assert isinstance(reading, OperatingSystem)
    return reading


def test_an_operating_system(make_host: MakeHost) -> None:
    """Identity from os-release, the kernel's release, and the C library's own word."""
    host = make_host(
        {
            "usr/lib/os-release": UBUNTU,
            "proc/sys/kernel/osrelease": "6.8.0-1021-aws\n",
            "usr/lib/x86_64-linux-gnu/libc.so.6": BANNER,
        },
        {"etc/os-release": "../usr/lib/os-release", "lib": "usr/lib"},
    )

    assert OperatingSystem(
        id="ubuntu", version="22.04", name="Ubuntu 22.04.4 LTS", kernel="6.8.0-1021-aws", glibc="2.35"
    ) == collect_os(host)


@pytest.mark.parametrize(
    ("text", "id_", "version", "name"),
    [
        ('ID="amzn"\nVERSION_ID="2023"\nPRETTY_NAME="Amazon Linux 2023.6"\n', "amzn", "2023", "Amazon Linux 2023.6"),
        ("ID='rocky'\nVERSION_ID='9.3'\n", "rocky", "9.3", None),
        ("ID=debian\nPRETTY_NAME='Debian GNU/Linux trixie/sid'\n", "debian", None, "Debian GNU/Linux trixie/sid"),
        ('ID=\nVERSION_ID=""\n', None, None, None),
        ("", None, None, None),
        ("just words\n", None, None, None),
    ],
)
def test_os_release(make_host: MakeHost, text: str, id_: str | None, version: str | None, name: str | None) -> None:
    """With any quotation marks; what is left out or empty is absent."""
    system = found(collect_os(make_host({"etc/os-release": text})))

    assert (id_, version, name) == (system.id, system.version, system.name)


def test_os_release_in_its_other_place(make_host: MakeHost) -> None:
    """Images without the link in ``/etc`` have the file in ``/usr/lib``."""
    assert "ubuntu" == found(collect_os(make_host({"usr/lib/os-release": UBUNTU}))).id


@pytest.mark.parametrize("target", ["/outside", "../../outside", "/etc/os-release"])
def test_a_link_out_of_the_tree_is_not_followed(make_host: MakeHost, public_path: Path, target: str) -> None:
    """What identifies the machine that looks must not be taken for what is looked at."""
    (public_path / "outside").write_text("ID=outside\n", encoding="utf-8")
    system = collect_os(make_host({"proc/version": VERSION}, {"etc/os-release": target}))

    assert found(system).id in (NOT_COLLECTED, Unread("ELOOP: Too many levels of symbolic links"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"ID='ubuntu\n", "not an assignment"),
        (b"ID=\xff\xfe\n", "codec can't decode"),
    ],
)
def test_os_release_that_makes_no_sense(make_host: MakeHost, text: bytes, why: str) -> None:
    """The message has the file, the reason and the text."""
    with pytest.raises(CollectorError, match=rf"^etc/os-release: .*{why}.*ID="):
        collect_os(make_host({"etc/os-release": text}))


def test_os_release_that_is_no_file(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A FIFO is not waited for, a huge file not read, and a secret one is unread; the rest is told."""
    host = make_host({"proc/version": VERSION, "etc/x": ""})
    os.mkfifo(Path(host.root, "etc/os-release"))
    fifo = found(collect_os(host))
    Path(host.root, "etc/os-release").unlink()
    Path(host.root, "etc/os-release").write_bytes(b"x" * 70_000)
    huge = found(collect_os(host))
    Path(host.root, "etc/os-release").chmod(0)
    with another_user():
        secret = found(collect_os(host))

    assert ("6.8.0-1021-aws", Unread("not a regular file: fifo")) == (fifo.kernel, fifo.id)
    assert ("6.8.0-1021-aws", Unread("larger than 65536 bytes")) == (huge.kernel, huge.id)
    assert ("6.8.0-1021-aws", PERMISSION) == (secret.kernel, secret.id)


def test_nobody_looked(make_host: MakeHost) -> None:
    """A captured tree without any of the sources says nothing; with one of them the others are not collected."""
    assert NOT_COLLECTED == collect_os(make_host({"etc/hostname": "x", "usr/lib/modules/x": ""}))
    assert OperatingSystem(
        id=NOT_COLLECTED, version=NOT_COLLECTED, name=NOT_COLLECTED, kernel="6.8.0-1021-aws", glibc=NOT_COLLECTED
    ) == collect_os(make_host({"proc/version": VERSION}))


def test_the_live_machine(collect_live: CollectLive) -> None:
    """An image without os-release has no identity; the running C library is known without a file."""
    system = found(collect_live("os_info", "collect_os", uid=65534))

    assert (None, None, None, NOT_COLLECTED) == (system.id, system.version, system.name, system.kernel)
    assert os.confstr("CS_GNU_LIBC_VERSION") == f"glibc {system.glibc}"


def test_the_kernel_of_an_old_capture(make_host: MakeHost) -> None:
    """``/proc/version`` will do where ``osrelease`` was not captured."""
    assert "6.8.0-1021-aws" == found(collect_os(make_host({"proc/version": VERSION}))).kernel


@pytest.mark.parametrize("text", ["FreeBSD 14\n", "Linux version ", "Linux", "\0\0"])
def test_a_kernel_that_makes_no_sense(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^proc/version: no kernel release: '"):
        parse_kernel(text)


@pytest.mark.parametrize(
    ("files", "links", "glibc"),
    [
        ({"lib/x86_64-linux-gnu/libc-2.31.so": ""}, {"lib/x86_64-linux-gnu/libc.so.6": "libc-2.31.so"}, "2.31"),
        ({}, {"lib64/libc.so.6": "libc-2.26.so"}, "2.26"),
        ({"lib64/libc.so.6": BANNER}, {}, "2.35"),
        ({"usr/lib64/libc.so.6": BANNER}, {"lib64": "usr/lib64"}, "2.35"),
        ({"lib/aarch64-linux-gnu/libc.so.6": BANNER}, {"lib64/libc.so.6": "/lib64/libc-2.9.so"}, "2.35"),
        ({"lib64/libc.so.6": b"\x7fELF"}, {}, NOT_COLLECTED),
        ({"lib64/libc.so.6": b""}, {}, NOT_COLLECTED),
        ({"var/lib/dpkg/status": STATUS}, {}, "2.35"),
        ({"lib64/libc.so.6": b"\x7fELF", "var/lib/dpkg/status": STATUS}, {}, "2.35"),
        ({"var/lib/dpkg/status": "junk", "usr/lib/x": ""}, {}, NOT_COLLECTED),
        ({"lib/ld-musl-x86_64.so.1": ""}, {}, None),
        ({"usr/lib/python3/dist-packages/x": "", "lib/modules/x": ""}, {}, NOT_COLLECTED),
    ],
)
def test_glibc(make_host: MakeHost, files: Mapping[str, bytes], links: Mapping[str, str], glibc: object) -> None:
    """From the link, from the library, from the package; the newest of several, compared by number."""
    assert glibc == read_glibc(make_host(files, links))


def test_an_unreadable_library(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A library that nobody may read has a version that is not known; another one will do."""
    host = make_host({"lib64/libc.so.6": BANNER, "lib/x": ""})
    Path(host.root, "lib64/libc.so.6").chmod(0)
    with another_user():
        alone = read_glibc(host)
    Path(host.root, "lib/libc.so.6").symlink_to("libc-2.28.so")
    with another_user():
        together = read_glibc(host)

    assert PERMISSION == alone
    assert "2.28" == together


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("libc-2.31.so", "2.31"),
        ("../../lib/libc-2.17.so", "2.17"),
        ("libc.so.6.1", None),
        ("libc-2.31.so.bak", None),
        ("", None),
    ],
)
def test_glibc_links(text: str, version: str | None) -> None:
    assert version == parse_glibc_link(text)


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (BANNER, "2.35"),
        (b"GNU C Library (GNU libc) stable release version 2.34.\n", "2.34"),
        (b"GNU C Library (GNU libc) development release version 2.40.9000.\n", "2.40"),
        (b"GNU C Library stable release version 2.17, by Roland McGrath et al.\n", None),
        (b"GNU C Library (" + b"x" * 400 + b"release version 2.35", None),
        (b"release version 2.35", None),
        (b"", None),
    ],
)
def test_glibc_banner(content: bytes, version: str | None) -> None:
    """The banner is found among other bytes, and only with its version close by."""
    assert version == parse_glibc(content)
