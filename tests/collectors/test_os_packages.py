from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, OsPackages, Reading, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.os_packages import RPM_QUERY, collect_os_packages, parse_dpkg, parse_rpm

from .conftest import AnotherUser, CollectLive, MakeHost

STATUS = "var/lib/dpkg/status"
RPM = "aws-neuronx-runtime-lib\t(none)\t2.29.40.0_f954cd7a5-1\tx86_64\n"


def stanza(name: str, version: str = "1.0", status: str = "install ok installed") -> str:
    """Return what dpkg's database has of one package."""
    return (
        f"Package: {name}\nStatus: {status}\nPriority: optional\nSection: libs\n"
        f"Maintainer: Somebody <a@b.c>\nArchitecture: amd64\nVersion: {version}\n"
        f"Conffiles:\n /etc/x 0123 obsolete\nDescription: something\n Version: not this one\n .\n neuron\n\n"
    )


def recorded(stdout: str = "", returncode: int | None = 0, stderr: str = "") -> Mapping[str, str]:
    """Return the recording of the query for all rpm packages."""
    entry = {"argv": RPM_QUERY, "returncode": returncode, "stdout": "rpm.out", "stderr": "rpm.err"}
    return {
        ".commands/index.json": json.dumps([entry]),
        ".commands/rpm.out": stdout,
        ".commands/rpm.err": stderr,
    }


def found(reading: Reading[OsPackages]) -> OsPackages:
    assert isinstance(reading, OsPackages)
    return reading


def test_dpkg(make_host: MakeHost) -> None:
    """What bears on Neuron, with the versions as they are printed; nothing else of the machine."""
    host = make_host(
        {
            STATUS: stanza("adduser")
            + stanza("aws-neuronx-dkms", "2.26.5.0", "hold ok installed")
            + stanza("aws-neuronx-runtime-lib", "2.31.23.0-d1a2b3c4e")
            + stanza("libc6", "2.35-0ubuntu3.8")
            + stanza("linux-headers-6.8.0-1021-aws", "6.8.0-1021.23~22.04.1")
            + stanza("vim")
        }
    )

    assert OsPackages(
        manager="dpkg",
        versions={
            "aws-neuronx-dkms": "2.26.5.0",
            "aws-neuronx-runtime-lib": "2.31.23.0-d1a2b3c4e",
            "libc6": "2.35-0ubuntu3.8",
            "linux-headers-6.8.0-1021-aws": "6.8.0-1021.23~22.04.1",
        },
        held=("aws-neuronx-dkms",),
        incomplete=(),
    ) == collect_os_packages(host)


@pytest.mark.parametrize(
    ("status", "version", "held", "incomplete"),
    [
        ("install ok installed", "1.0", False, False),
        ("hold ok installed", "1.0", True, False),
        ("deinstall ok installed", "1.0", False, False),
        ("install reinstreq installed", "1.0", False, False),
        ("install ok triggers-pending", "1.0", False, False),
        ("install ok triggers-awaited", "1.0", False, False),
        ("install ok half-configured", None, False, True),
        ("install ok unpacked", None, False, True),
        ("install reinstreq half-installed", None, False, True),
        ("hold ok config-files", None, False, False),
        ("deinstall ok config-files", None, False, False),
        ("unknown ok not-installed", None, False, False),
    ],
)
def test_states(status: str, version: str | None, *, held: bool, incomplete: bool) -> None:
    """What is wanted and what is are two things; removed packages that left their configuration are not there."""
    packages = parse_dpkg(stanza("aws-neuronx-dkms", status=status).encode())

    assert version == packages.version("aws-neuronx-dkms")
    assert (("aws-neuronx-dkms",) if held else ()) == packages.held
    assert (("aws-neuronx-dkms",) if incomplete else ()) == packages.incomplete


def test_a_package_for_two_architectures() -> None:
    """The first that is installed counts: dpkg keeps their versions equal."""
    content = stanza("libc6", "2.34", "deinstall ok config-files") + stanza("libc6", "2.35") + stanza("libc6", "2.36")

    assert "2.35" == parse_dpkg(content.encode()).version("libc6")


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n\n\n"])
def test_an_empty_database(content: bytes) -> None:
    """A database without packages, before the first installation."""
    assert OsPackages(manager="dpkg", versions={}, held=(), incomplete=()) == parse_dpkg(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x7fELF\0\0", r"^var/lib/dpkg/status: not a package: b'\\x7fELF"),
        (b"Package: vim\n\nStatus: x\n", "not a package: b'Status"),
        (b"Package: libc6\nStatus: install ok installed\n", r"^var/lib/dpkg/status: libc6: no Version$"),
        (
            b"Package: libc6\nStatus: installed\nVersion: 1\n",
            r"^var/lib/dpkg/status: libc6: not a status: 'installed'$",
        ),
        (b"Package: libc6\nStatus: \nVersion: 1\n", "not a status: ''"),
    ],
)
def test_a_damaged_database(content: bytes, message: str) -> None:
    """The message has the file, the package where there is one, and the text."""
    with pytest.raises(CollectorError, match=message):
        parse_dpkg(content)


def test_a_name_that_ends_the_file() -> None:
    """A file that was cut off in the middle of a name is no package at all."""
    assert {} == parse_dpkg(b"Package: vi").versions


def test_an_image_that_was_built_without_dpkg(make_host: MakeHost) -> None:
    """Distroless images have a file for each package, without a status, and lists of checksums beside them."""
    host = make_host(
        {
            "var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n",
            "var/lib/dpkg/status.d/libc6.md5sums": "0123  lib/libc.so.6\n",
            "var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a\n",
        }
    )

    assert OsPackages(manager="dpkg", versions={"libc6": "2.36-9"}, held=(), incomplete=()) == collect_os_packages(host)


def test_rpm(make_host: MakeHost) -> None:
    """What the recorded query printed; an epoch is part of a version, and what is held is not known."""
    host = make_host(
        {
            **recorded(
                RPM
                + "aws-neuronx-dkms\t0\t2.24.7.0-dkms\tnoarch\n"
                + "kernel\t2\t6.1.112-122.189.amzn2023\tx86_64\n"
                + "bash\t(none)\t5.2.15-1\tx86_64\n"
                + "gpg-pubkey\t(none)\tc87f5b1a-593863f8\t(none)\n"
            ),
            "var/lib/rpm/rpmdb.sqlite": "",
        }
    )

    assert OsPackages(
        manager="rpm",
        versions={
            "aws-neuronx-runtime-lib": "2.29.40.0_f954cd7a5-1",
            "aws-neuronx-dkms": "2.24.7.0-dkms",
            "kernel": "2:6.1.112-122.189.amzn2023",
        },
        held=NOT_COLLECTED,
        incomplete=NOT_COLLECTED,
    ) == collect_os_packages(host)


def test_the_newest_kernel_counts() -> None:
    """Several kernels are installed side by side; numbers are compared as numbers."""
    versions = ["6.1.9-1.amzn2023", "6.1.112-122.189.amzn2023", "6.1.56-82.125.amzn2023", "5.10.999-1"]
    text = "".join(f"kernel\t(none)\t{version}\tx86_64\n" for version in versions)

    assert "6.1.112-122.189.amzn2023" == parse_rpm(text).version("kernel")


@pytest.mark.parametrize("line", ["aws-neuronx-dkms", "a\tb\tc", "a\t\tb\tc", "a\tb\tc\td\te", "error: rpmdb", "\0"])
def test_a_line_that_is_no_package(line: str) -> None:
    """The message has the command and the line."""
    with pytest.raises(CollectorError, match=r"^/usr/bin/rpm -qa: not a package: '"):
        parse_rpm(f"{RPM}{line}\n")


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            "warning: x\nerror: cannot open Packages database\n",
            "^/usr/bin/rpm -qa: error: cannot open Packages database$",
        ),
        ("", "^/usr/bin/rpm -qa: exit status 1$"),
    ],
)
def test_rpm_that_fails(make_host: MakeHost, stderr: str, message: str) -> None:
    """Its last word is the reason."""
    with pytest.raises(CollectorError, match=message):
        collect_os_packages(make_host(recorded(returncode=1, stderr=stderr)))


def test_a_tree_without_a_database(make_host: MakeHost) -> None:
    """A captured tree that lacks one does not say that nothing is installed."""
    assert Unread("no package database in this tree") == collect_os_packages(make_host({"etc/hostname": "x"}))


def test_an_rpm_database_that_was_not_asked(make_host: MakeHost) -> None:
    """The database alone cannot be read: its format is rpm's own."""
    assert NOT_COLLECTED == collect_os_packages(make_host({"usr/lib/sysimage/rpm/rpmdb.sqlite": "x"}))


def test_a_machine_without_packages(collect_live: CollectLive) -> None:
    """On the live machine no database is known absence, and one that cannot be asked is not."""
    assert collect_live("os_packages", "collect_os_packages") is None
    assert Unread("an rpm database, but no rpm to read it") == collect_live(
        "os_packages", "collect_os_packages", {"var/lib/rpm/rpmdb.sqlite": ""}
    )


def test_a_recording_without_rpm(make_host: MakeHost) -> None:
    """A tree that records that there is no rpm, and has no database, has no packages."""
    assert collect_os_packages(make_host(recorded(returncode=None))) is None


@pytest.mark.parametrize(
    ("dpkg", "rpm", "manager"),
    [
        (stanza("aws-neuronx-dkms"), RPM, "dpkg"),
        (stanza("vim"), RPM, "rpm"),
        (stanza("vim"), "bash\t(none)\t5-1\tx86_64\n", "dpkg"),
        (stanza("aws-neuronx-dkms", status="deinstall ok config-files"), RPM, "rpm"),
    ],
)
def test_two_managers(make_host: MakeHost, dpkg: str, rpm: str, manager: str) -> None:
    """The one that lists Neuron packages counts, and dpkg when it is a draw."""
    assert manager == found(collect_os_packages(make_host({STATUS: dpkg, **recorded(rpm)}))).manager


def test_a_database_for_root_alone(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What may not be read is not empty."""
    host = make_host({STATUS: stanza("aws-neuronx-dkms")})
    Path(host.root, STATUS).chmod(0)

    with another_user():
        assert PERMISSION == collect_os_packages(host)
