from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, PackageHold, Reading, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.package_holds import (
    collect_package_holds,
    parse_excludes,
    parse_preferences,
    parse_versionlock,
    parse_versionlock_toml,
)

from .conftest import AnotherUser, CollectLive, MakeHost

DNF = "etc/dnf/plugins/versionlock.list"
YUM = "etc/yum/pluginconf.d/versionlock.list"
TOML = """\
version = "1.0"

[[packages]]
name = "aws-neuronx-dkms"
comment = "Added by 'versionlock add' command on 2026-03-01"
[[packages.conditions]]
key = "evr"
comparator = "="
value = "0:2.26.5.0-dkms"

[[packages]]
name = "bash"
"""
TOOLS = "[[packages]]\nname='aws-neuronx-tools'\n[[packages.conditions]]\nkey='evr'\ncomparator='>='\nvalue='2'\n"
VENDORS_PIN = "Package: *\nPin: origin apt.repos.neuron.amazonaws.com\nPin-Priority: 900\n"
UBUNTUS_PIN = "Package: *\nPin: release o=UbuntuESMApps\nPin-Priority: 510\n"
PIN = "Explanation: the last driver for Inf1\nPackage: aws-neuronx-dkms\nPin: version 2.24.*\nPin-Priority: 1001\n"


def test_an_image_of_eks(make_host: MakeHost) -> None:
    """Amazon's image for Kubernetes locks the kernel and the driver."""
    text = """\
# Added lock on Tue Mar  3 10:00:00 2026
kernel-0:6.1.102-108.177.amzn2023.*
aws-neuronx-dkms-0:2.26.5.0-dkms.*
"""

    assert (
        PackageHold(path=f"/{DNF}", name="kernel", version="0:6.1.102-108.177.amzn2023.*"),
        PackageHold(path=f"/{DNF}", name="aws-neuronx-dkms", version="0:2.26.5.0-dkms.*"),
    ) == collect_package_holds(make_host({DNF: text}))


def test_every_source(make_host: MakeHost) -> None:
    """All package managers at once, in one order."""
    host = make_host(
        {
            YUM: "0:aws-neuron-dkms-2.3.26.0-dkms.*\n",
            "etc/dnf/versionlock.toml": TOML,
            "etc/dnf/dnf.conf": "[main]\nexclude=kernel*\n",
            "etc/apt/preferences": PIN,
            "etc/apt/preferences.d/neuron": VENDORS_PIN,
            "etc/apt/preferences.d/ubuntu-pro-esm-apps": UBUNTUS_PIN,
            "etc/apt/preferences.d/neuron.bak": PIN,
        }
    )

    assert (
        PackageHold(path=f"/{YUM}", name="aws-neuron-dkms", version="0:2.3.26.0-dkms.*"),
        PackageHold(path="/etc/dnf/versionlock.toml", name="aws-neuronx-dkms", version="evr = 0:2.26.5.0-dkms"),
        PackageHold(path="/etc/dnf/dnf.conf", name="kernel*"),
        PackageHold(path="/etc/apt/preferences", name="aws-neuronx-dkms", version="version 2.24.*", priority=1001),
        PackageHold(
            path="/etc/apt/preferences.d/neuron",
            name="*",
            version="origin apt.repos.neuron.amazonaws.com",
            priority=900,
        ),
    ) == collect_package_holds(host)


def test_one_list_under_two_names(make_host: MakeHost) -> None:
    """A link to the same list, and yum's configuration that is dnf's, count once."""
    host = make_host(
        {YUM: "0:aws-neuronx-dkms-2.26.5.0-dkms.*\n", "etc/dnf/dnf.conf": "exclude=kernel*\n"},
        {DNF: f"/{YUM}", "etc/yum.conf": "dnf/dnf.conf"},
    )
    holds = collect_package_holds(host)

    assert isinstance(holds, tuple)
    assert ["aws-neuronx-dkms", "kernel*"] == [hold.name for hold in holds]


def test_nothing_is_held(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A machine without any of the files holds nothing; a tree without their places was not looked at."""
    assert NOT_COLLECTED == collect_package_holds(make_host({"proc/version": "x"}))
    assert () == collect_package_holds(make_host({"etc/apt/sources.list": ""}))
    assert () == collect_live("package_holds", "collect_package_holds", {"etc/hostname": "x"})


def test_a_bad_file_costs_itself(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A closed file and a damaged one stand in the list with their reasons, and the rest is read."""
    host = make_host({DNF: "x", "etc/dnf/versionlock.toml": "[", "etc/apt/preferences": PIN})
    Path(host.root, DNF).chmod(0)
    with another_user():
        holds = collect_package_holds(host)

    assert isinstance(holds, tuple)
    closed, damaged, read = holds
    assert PackageHold(path=f"/{DNF}", name=PERMISSION, version=PERMISSION, priority=PERMISSION) == closed
    assert isinstance(damaged.name, Unread)
    assert damaged.name.reason.startswith("/etc/dnf/versionlock.toml: not TOML: ")
    assert "aws-neuronx-dkms" == read.name


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("aws-neuronx-dkms-0:2.26.5.0-dkms.*", "aws-neuronx-dkms", "0:2.26.5.0-dkms.*"),
        ("!aws-neuronx-dkms-0:2.27.4.0-dkms.*", "aws-neuronx-dkms", "!0:2.27.4.0-dkms.*"),
        ("0:aws-neuronx-dkms-2.26.5.0-dkms.*", "aws-neuronx-dkms", "0:2.26.5.0-dkms.*"),
        ("!1:kernel-5.10.157-139.675.amzn2.x86_64", "kernel", "!1:5.10.157-139.675.amzn2.x86_64"),
        ("kernel-devel-6.1.102-108.177.amzn2023.*", "kernel-devel", "6.1.102-108.177.amzn2023.*"),
        (
            "aws-neuronx-runtime-lib-2.29.40.0_f954cd7a5-1.x86_64",
            "aws-neuronx-runtime-lib",
            "2.29.40.0_f954cd7a5-1.x86_64",
        ),
        ("aws-neuronx-dkms-2.21*", "aws-neuronx-dkms", "2.21*"),
        ("aws-neuronx-dkms", "aws-neuronx-dkms", None),
        ("aws-neuronx*", "aws-neuronx*", None),
        ("kernel*", "kernel*", None),
        ("*", "*", None),
    ],
)
def test_locks(line: str, name: str, version: str | None) -> None:
    """The forms that dnf and yum write, and patterns that people do."""
    assert (PackageHold(path="x", name=name, version=version),) == parse_versionlock(f" {line} \n", "x")


@pytest.mark.parametrize("text", ["", "# aws-neuronx-dkms\n", "bash-0:5.2.15-1.*\n", "nvidia*\n", "\x7fELF"])
def test_locks_of_others(text: str) -> None:
    assert () == parse_versionlock(text, "x")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", ()),
        ('version = "1.0"\n', ()),
        (TOML, (("aws-neuronx-dkms", "evr = 0:2.26.5.0-dkms"),)),
        ('[[packages]]\nname = "kernel*"\n', (("kernel*", None),)),
        (
            f"{TOOLS}[[packages.conditions]]\nkey='evr'\ncomparator='<'\nvalue='3'\n",
            (("aws-neuronx-tools", "evr >= 2, evr < 3"),),
        ),
        ('[[packages]]\nname="kernel"\n[[packages.conditions]]\nkey="evr"\n', (("kernel", "evr ? ?"),)),
    ],
)
def test_locks_of_dnf5(text: str, holds: tuple[tuple[str, str | None], ...]) -> None:
    """Conditions on a version, as many as there are."""
    assert holds == tuple((hold.name, hold.version) for hold in parse_versionlock_toml(text, "x"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("packages = 1", "packages: not a list: '1'"),
        ("packages = [1]", "not a package with a name: '1'"),
        ("[[packages]]\nname = 1", "not a package with a name: "),
        ('[[packages]]\nname = "a"\nconditions = "x"', "a: not conditions: 'x'"),
        ('[[packages]]\nname = "a"\nconditions = ["x"]', "a: not conditions: "),
        ("a = " + "[" * 3000, "not TOML: "),
        ("<html>", "not TOML: "),
    ],
)
def test_damage_in_the_locks_of_dnf5(text: str, why: str) -> None:
    with pytest.raises(CollectorError, match=f"^x: {why}"):
        parse_versionlock_toml(text, "x")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[main]\nexclude=kernel* aws-neuronx-dkms,bash\n", ["kernel*", "aws-neuronx-dkms"]),
        ("excludepkgs = aws-neuronx*\n", ["aws-neuronx*"]),
        ("exclude=bash\n  kernel\n\taws-neuronx-tools\ngpgcheck=1\n", ["kernel", "aws-neuronx-tools"]),
        ("#exclude=kernel*\nexclude_from_weak=kernel*\n", []),
        ("exclude=\n", []),
        ("", []),
    ],
)
def test_excludes(text: str, names: list[str]) -> None:
    """Patterns with spaces or commas between them, over several lines when the next ones are indented."""
    assert names == [hold.name for hold in parse_excludes(text, "x")]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (PIN, [("aws-neuronx-dkms", "version 2.24.*", 1001)]),
        (
            "Package: aws-neuronx-tools bash aws-neuronx-dkms\nPin: version 2.*\nPin-Priority: -1\n",
            [("aws-neuronx-tools", "version 2.*", -1), ("aws-neuronx-dkms", "version 2.*", -1)],
        ),
        (
            "\n\n# x\npackage: linux-image-*\npin: release a=jammy\n \n\nPackage: bash\nPin: version 5\n",
            [("linux-image-*", "release a=jammy", Unread("no number: ''"))],
        ),
        (
            "Package: aws-neuronx-*\nPin: version 2.*\nPin-Priority: high\n",
            [("aws-neuronx-*", "version 2.*", Unread("no number: 'high'"))],
        ),
        ("Package: aws-neuronx-dkms\nPin-Priority: 1\n", []),
        ("Package: *\nPin: origin archive.ubuntu.com\nPin-Priority: 1\n", []),
        ("", []),
        ("\x7fELF", []),
    ],
)
def test_preferences(text: str, holds: list[tuple[str, str, Reading[int]]]) -> None:
    """One pin for each package of a stanza; a stanza without a pin holds nothing."""
    assert holds == [(hold.name, hold.version, hold.priority) for hold in parse_preferences(text, "x")]
