from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, ModuleLoading, ModuleOverride, Unread
from neuron_collectors.host import Host
from neuron_collectors.module_loading import (
    collect_module_loading,
    names_module,
    parse_command_line,
    parse_overrides,
)

from .conftest import AnotherUser, CollectLive, MakeHost

FILES = {
    "etc/modules-load.d/neuron.conf": "neuron\n",
    "etc/modprobe.d/blacklist.conf": "blacklist pcspkr\n",
    "lib/modprobe.d/aliases.conf": "alias char-major-10-1 psmouse\n",
    "usr/lib/modules-load.d/fwupd-msr.conf": "msr\n",
    "etc/systemd/system/multi-user.target.wants/ssh.service": "",
    "etc/systemd/system/multi-user.target.wants/neuron-validator.service": "",
}


def loading_of(host: Host) -> ModuleLoading:
    found = collect_module_loading(host)
    assert isinstance(found, ModuleLoading)
    return found


def test_a_machine_as_the_package_leaves_it(make_host: MakeHost) -> None:
    """One file loads the driver and nothing interferes; our own service is no loader."""
    assert ModuleLoading(
        at_boot=("/etc/modules-load.d/neuron.conf",), units=(), overrides=()
    ) == collect_module_loading(make_host(FILES))


def test_nothing_loads_it(collect_live: CollectLive) -> None:
    assert ModuleLoading(at_boot=(), units=(), overrides=()) == collect_live(
        "module_loading", "collect_module_loading", {"etc/modules-load.d/other.conf": "msr\n"}
    )


@pytest.mark.parametrize("unit", ["neuron-kmod-load.service", "load-neuron-modules.service", "neuron-driver.service"])
def test_images_that_load_it_by_a_unit(make_host: MakeHost, unit: str) -> None:
    """EKS and Bottlerocket switch the file off, with a link to nothing, and have a unit instead."""
    host = make_host(
        {
            "usr/lib/modules-load.d/neuron.conf": "neuron\n",
            f"etc/systemd/system/{unit}": "",
            "usr/lib/systemd/system/sysinit.target.wants/x": "",
        },
        {
            "etc/modules-load.d/neuron.conf": "/dev/null",
            f"etc/systemd/system/multi-user.target.wants/{unit}": f"/etc/systemd/system/{unit}",
        },
    )
    loading = loading_of(host)

    assert ((), (unit,)) == (loading.at_boot, loading.units)


def test_a_unit_that_is_not_wanted(make_host: MakeHost) -> None:
    """A unit that is there and not enabled loads nothing."""
    loading = loading_of(make_host({"etc/systemd/system/neuron-kmod-load.service": ""}))

    assert () == loading.units


def test_an_empty_file_hides_the_packages_own(make_host: MakeHost) -> None:
    """A file of the same name in ``/etc`` counts in place of the one in ``/usr/lib``, whatever it says."""
    host = make_host({"etc/modules-load.d/neuron.conf": "", "usr/lib/modules-load.d/neuron.conf": "neuron\n"})

    assert () == loading_of(host).at_boot


def test_debians_own_file_counts_once(make_host: MakeHost) -> None:
    """``/etc/modules`` is read by itself, and also through a link among the others."""
    linked = make_host({"etc/modules": "# x\nneuron no_reset=1\n"}, {"etc/modules-load.d/modules.conf": "../modules"})
    assert ("/etc/modules-load.d/modules.conf",) == loading_of(linked).at_boot
    Path(linked.root, "etc/modules-load.d/modules.conf").unlink()

    assert ("/etc/modules",) == loading_of(linked).at_boot


def test_the_kernels_command_line(make_host: MakeHost) -> None:
    """A parameter may load the driver, keep it out, or set one of its own."""
    line = "BOOT_IMAGE=/vmlinuz ro modules-load=neuron,efa module_blacklist=nouveau,neuron neuron.no_reset=1 quiet\n"
    loading = loading_of(make_host({**FILES, "proc/cmdline": line}))

    assert ("/etc/modules-load.d/neuron.conf", "/proc/cmdline") == loading.at_boot
    assert (
        ModuleOverride(path="/proc/cmdline", command="module_blacklist", text="module_blacklist=nouveau,neuron"),
        ModuleOverride(path="/proc/cmdline", command="neuron.no_reset", text="neuron.no_reset=1"),
    ) == loading.overrides


def test_overrides_of_all_directories(make_host: MakeHost) -> None:
    """Files count in the order of their names, each name once."""
    host = make_host(
        {
            "usr/lib/modprobe.d/10-neuron.conf": "options neuron no_reset=1\n",
            "lib/modprobe.d/20-neuron.conf": "blacklist neuron\n",
            "etc/modprobe.d/20-neuron.conf": "install neuron /bin/true\n",
            "run/modprobe.d/30.conf": "blacklist neuron\n",
            "run/modprobe.d/neuron.conf.bak": "blacklist neuron\n",
        }
    )

    assert (
        ModuleOverride(path="/usr/lib/modprobe.d/10-neuron.conf", command="options", text="options neuron no_reset=1"),
        ModuleOverride(path="/etc/modprobe.d/20-neuron.conf", command="install", text="install neuron /bin/true"),
        ModuleOverride(path="/run/modprobe.d/30.conf", command="blacklist", text="blacklist neuron"),
    ) == loading_of(host).overrides


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A closed file may name the driver: it stands in the list, and without another one nothing is known."""
    host = make_host({**FILES, "etc/modules-load.d/a.conf": "", "etc/modprobe.d/secret.conf": ""})
    for path in ("etc/modules-load.d/a.conf", "etc/modprobe.d/secret.conf"):
        Path(host.root, path).chmod(0)
    with another_user():
        named = loading_of(host)
    Path(host.root, "etc/modules-load.d/neuron.conf").unlink()
    with another_user():
        unnamed = loading_of(host)

    assert ("/etc/modules-load.d/neuron.conf",) == named.at_boot
    assert Unread("/etc/modules-load.d/a.conf: permission") == unnamed.at_boot
    assert (ModuleOverride(path="/etc/modprobe.d/secret.conf", command=PERMISSION, text=PERMISSION),) == named.overrides


def test_nobody_looked(make_host: MakeHost) -> None:
    """A tree without any of the places says nothing; a fact needs both the machine's own files and the packages'."""
    assert NOT_COLLECTED == collect_module_loading(make_host({"proc/version": "x"}))
    assert ModuleLoading(at_boot=NOT_COLLECTED, units=NOT_COLLECTED, overrides=()) == collect_module_loading(
        make_host({"etc/modprobe.d/x.conf": "", "usr/lib/modprobe.d/y.conf": ""})
    )


def test_half_a_captured_tree(make_host: MakeHost) -> None:
    """What is found counts; that nothing was found does not, where only one of the places was copied."""
    found = loading_of(make_host({"etc/modules-load.d/neuron.conf": "neuron\n", "etc/modprobe.d/x.conf": ""}))

    assert (("/etc/modules-load.d/neuron.conf",), NOT_COLLECTED) == (found.at_boot, found.overrides)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("neuron", True),
        ("# neuron\n; neuron\n", False),
        ("  neuron  \n", True),
        ("neuron no_reset=1\n", True),
        ("neuronx\nmy-neuron\nefa neuron\n", False),
        ("", False),
        ("\x00neuron\n", False),
    ],
)
def test_names(text: str, named: bool) -> None:  # noqa: FBT001
    """One module per line, by its whole name."""
    assert named == names_module(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("# blacklist neuron\n#blacklist neuron\nblacklist neuronx\nblacklist\n", []),
        ("blacklist neuron\n", [("blacklist", "blacklist neuron")]),
        ("install neuron \\\n  /bin/false\n", [("install", "install neuron /bin/false")]),
        ("alias neuron-* neuron\nalias x neuronx\n", [("alias", "alias neuron-* neuron")]),
        ("softdep neuron pre: efa\nsoftdep efa post: neuron\n", [("softdep", "softdep neuron pre: efa")]),
        ("options neuron\tno_reset=1 # x", [("options", "options neuron no_reset=1 # x")]),
    ],
)
def test_overrides(text: str, lines: list[tuple[str, str]]) -> None:
    """Only lines about this module, and not those that are comments."""
    assert lines == [(override.command, override.text) for override in parse_overrides(text, "x.conf")]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("root=/dev/nvme0n1p1 ro quiet", []),
        ("module_blacklist=neuronx modprobe.blacklist=nouveau neuronx.x=1", []),
        ("modprobe.blacklist=neuron module_denylist=neuron", ["modprobe.blacklist", "module_denylist"]),
        ("neuron.no_reset", ["neuron.no_reset"]),
    ],
)
def test_command_line(text: str, keys: list[str]) -> None:
    assert keys == [override.command for override in parse_command_line(text, "/proc/cmdline")]
