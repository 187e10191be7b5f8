from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.dkms import collect_dkms, parse_autoinstall, parse_failure
from neuron_collectors.facts import (
    NOT_COLLECTED,
    PERMISSION,
    Dkms,
    DkmsBuild,
    DkmsFailure,
    DkmsModule,
    Reading,
    Unread,
)
from neuron_collectors.host import Host

from .conftest import AnotherUser, CollectLive, MakeHost

TREE = "var/lib/dkms/aws-neuronx"
KERNEL, NEXT = "6.8.0-1021-aws", "6.8.0-1024-aws"
SOURCE = "usr/src/aws-neuronx-2.26.5.0"
CONF = 'PACKAGE_NAME=aws-neuronx\nPACKAGE_VERSION=2.26.5.0\nBUILT_MODULE_NAME[0]="neuron"\nAUTOINSTALL=yes\n'
LOG = f"""\
DKMS make.log for aws-neuronx-2.26.5.0 for kernel {NEXT} (x86_64)
Tue Mar  3 10:00:00 UTC 2026
make: Entering directory '/usr/src/linux-headers-{NEXT}'
  CC [M]  /var/lib/dkms/aws-neuronx/2.26.5.0/build/neuron_cdev.o
/var/lib/dkms/aws-neuronx/2.26.5.0/build/neuron_cdev.c:1131:3: error: too few arguments to function 'vm_flags_set'
make[2]: *** [scripts/Makefile.build:243: /var/lib/dkms/aws-neuronx/2.26.5.0/build/neuron_cdev.o] Error 1
make: *** [Makefile:234: __sub-make] Error 2
"""
NEWER_HEAD = "DKMS (dkms-3.1.0) make.log for aws-neuronx/2.26.5.0 for kernel 6.18.30 (x86_64)\n"
FILES: dict[str, str | bytes | None] = {
    f"{SOURCE}/dkms.conf": CONF,
    f"{TREE}/2.26.5.0/{KERNEL}/x86_64/module/neuron.ko.zst": "",
    f"{TREE}/2.26.5.0/{KERNEL}/x86_64/log/make.log": "DKMS make.log for aws-neuronx-2.26.5.0 …",
    "etc/dkms/framework.conf": "",
}
LINKS = {
    f"{TREE}/2.26.5.0/source": f"/{SOURCE}",
    f"{TREE}/kernel-{KERNEL}-x86_64": f"2.26.5.0/{KERNEL}/x86_64",
}
BUILD = DkmsBuild(kernel=KERNEL, arch="x86_64", state="installed", files=("neuron.ko.zst",), original_module=False)
MODULE = DkmsModule(
    name="aws-neuronx",
    version="2.26.5.0",
    source=f"/{SOURCE}",
    autoinstall="yes",
    builds=(BUILD,),
    failure=None,
)


def modules_of(host: Host) -> tuple[DkmsModule, ...]:
    found = collect_dkms(host)
    assert isinstance(found, Dkms)
    assert isinstance(found.modules, tuple)
    return found.modules


def test_a_driver_that_is_installed(make_host: MakeHost) -> None:
    """The link beside the versions marks the build that is installed."""
    assert Dkms(modules=(MODULE,), source_trees=(f"/{SOURCE}",), no_autoinstall=False) == collect_dkms(
        make_host(FILES, LINKS)
    )


def test_a_build_that_is_not_installed(make_host: MakeHost) -> None:
    """Without the link, and where it leads to another version, a build is only built."""
    built = f"{TREE}/2.27.4.0/{KERNEL}/x86_64/module/neuron.ko"
    old, new = modules_of(make_host({**FILES, built: ""}, LINKS))

    assert (BUILD,) == old.builds
    assert (
        DkmsBuild(kernel=KERNEL, arch="x86_64", state="built", files=("neuron.ko",), original_module=False),
    ) == new.builds


def test_a_version_that_is_only_added(make_host: MakeHost) -> None:
    """A source that no kernel has a build of: the state before the first build, and after a failed one."""
    host = make_host(
        {f"{SOURCE}/dkms.conf": CONF, f"{TREE}/2.26.5.0/build": None}, {f"{TREE}/2.26.5.0/source": f"/{SOURCE}"}
    )

    (module,) = modules_of(host)
    assert ((), None, "yes") == (module.builds, module.failure, module.autoinstall)


def test_a_build_that_failed(make_host: MakeHost) -> None:
    """The kernel and the compiler's last error are in the log that stays where it was built."""
    (module,) = modules_of(make_host({**FILES, f"{TREE}/2.26.5.0/build/make.log": LOG}, LINKS))

    assert (
        DkmsFailure(
            kernel=NEXT,
            error="/var/lib/dkms/aws-neuronx/2.26.5.0/build/neuron_cdev.c:1131:3: error: too few arguments to function "
            "'vm_flags_set'",
        )
        == module.failure
    )
    assert (BUILD,) == module.builds


def test_a_source_that_is_gone(make_host: MakeHost) -> None:
    """A link that leads nowhere is what ``dkms status`` calls broken."""
    host = make_host({**FILES, "usr/src/linux-headers-x/x": ""}, LINKS)
    (Path(host.root) / SOURCE / "dkms.conf").unlink()
    (Path(host.root) / SOURCE).rmdir()

    (module,) = modules_of(host)
    assert (None, NOT_COLLECTED) == (module.source, module.autoinstall)


def test_a_module_that_was_there_before(make_host: MakeHost) -> None:
    """DKMS keeps what it replaced, and puts it back when the driver is removed."""
    saved = f"{TREE}/original_module/{KERNEL}/x86_64/neuron.ko"
    (module,) = modules_of(make_host({**FILES, saved: ""}, LINKS))

    assert [True] == [build.original_module for build in module.builds]


def test_names_of_all_times(make_host: MakeHost) -> None:
    """The package of SDK 1, that of today, and what EKS calls the last driver for Inf1; other modules are not ours."""
    host = make_host(
        {
            "var/lib/dkms/aws-neuron/2.3.26.0/build": None,
            "var/lib/dkms/aws-neuronx/2.26.5.0/build": None,
            "var/lib/dkms/aws-neuronx/2.9.4.0/build": None,
            "var/lib/dkms/aws-neuronx-legacy/2.21.37.0/build": None,
            "var/lib/dkms/efa/2.13.0/build": None,
            "var/lib/dkms/nvidia/550.54/build": None,
            "var/lib/dkms/dkms_dbversion": "2.0.0\n",
        }
    )

    assert [
        ("aws-neuron", "2.3.26.0"),
        ("aws-neuronx", "2.9.4.0"),
        ("aws-neuronx", "2.26.5.0"),
        ("aws-neuronx-legacy", "2.21.37.0"),
    ] == [(module.name, module.version) for module in modules_of(host)]


def test_directories_that_are_no_builds(make_host: MakeHost) -> None:
    """Temporary directories, archives, and a kernel's directory without a module do not count."""
    host = make_host(
        {
            **FILES,
            f"{TREE}/2.26.5.0/{NEXT}/.tmp_x86_64_a1B2c3/module/neuron.ko": "",
            f"{TREE}/2.26.5.0/{NEXT}/x86_64/log/make.log": "",
            f"{TREE}/2.26.5.0/tarball/aws-neuronx-2.26.5.0.tar.gz": "",
        },
        LINKS,
    )

    (module,) = modules_of(host)
    assert (BUILD,) == module.builds


def test_sources_that_dkms_does_not_know(make_host: MakeHost, collect_live: CollectLive) -> None:
    """The package is unpacked and was never added: DKMS is missing, or its script failed."""
    files = {
        f"{SOURCE}/dkms.conf": CONF,
        "usr/src/aws-neuronx-2.21.37.0/Makefile": "",
        "usr/src/efa-2.13.0/dkms.conf": "",
    }

    assert Dkms(modules=NOT_COLLECTED, source_trees=(f"/{SOURCE}",), no_autoinstall=NOT_COLLECTED) == collect_dkms(
        make_host(files)
    )
    assert Dkms(modules=None, source_trees=(f"/{SOURCE}",), no_autoinstall=False) == collect_live(
        "dkms", "collect_dkms", files
    )


def test_dkms_is_told_to_build_nothing(make_host: MakeHost) -> None:
    found = collect_dkms(make_host({**FILES, "etc/dkms/no-autoinstall": ""}, LINKS))

    assert isinstance(found, Dkms)
    assert found.no_autoinstall is True


def test_nothing_of_the_driver(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A machine without DKMS and without the source has nothing; a tree without either was not looked at."""
    assert NOT_COLLECTED == collect_dkms(make_host({"proc/version": "x"}))
    assert collect_live("dkms", "collect_dkms", {"etc/hostname": "x"}) is None
    assert collect_live("dkms", "collect_dkms", {"var/lib/dkms/efa/2.13.0/build": None}) is None


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A log that is closed to this user costs itself; a closed tree hides all modules."""
    host = make_host({**FILES, f"{TREE}/2.26.5.0/build/make.log": LOG}, LINKS)
    Path(host.root, TREE, "2.26.5.0/build").chmod(0)
    with another_user():
        (module,) = modules_of(host)
    Path(host.root, TREE).chmod(0)
    with another_user():
        nothing = collect_dkms(host)

    assert ((BUILD,), PERMISSION) == (module.builds, module.failure)
    assert isinstance(nothing, Dkms)
    assert Unread("/var/lib/dkms/aws-neuronx: permission") == nothing.modules


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (CONF, "yes"),
        ('AUTOINSTALL="no" # loaded by a unit\n', "no"),
        ("AUTOINSTALL='yes'\nAUTOINSTALL=\n", None),
        ("# AUTOINSTALL=yes\nREMAKE_INITRD=no\n", None),
        ("", None),
        ("\x7fELF", None),
    ],
)
def test_autoinstall(text: str, value: str | None) -> None:
    """The last assignment counts, and a comment is none."""
    assert value == parse_autoinstall(text)


@pytest.mark.parametrize(
    ("text", "kernel", "error"),
    [
        (
            "DKMS make.log for aws-neuron-2.1.5.0 for kernel 5.11.0-1019-aws (x86_64)\nFri Oct  8 19:23:28 UTC 2021\n",
            "5.11.0-1019-aws",
            None,
        ),
        (
            f"{NEWER_HEAD}x.c:1:1: error: first\nx.c:2:2: fatal error: last\nmake: *** [all] Error 2\n",
            "6.18.30",
            "x.c:2:2: fatal error: last",
        ),
        (
            "DKMS make.log for a-1 for kernel 6.8 (x86_64)\n/bin/sh: 1: gcc: not found\nmake: *** [all] Error 127\n",
            "6.8",
            "make: *** [all] Error 127",
        ),
        (
            'DKMS make.log for a-1 for kernel 6.8 (x86_64)\nERROR: modpost: "vm_flags_set" [neuron.ko] undefined!\n',
            "6.8",
            'ERROR: modpost: "vm_flags_set" [neuron.ko] undefined!',
        ),
        ("", Unread("not in its first line: ''"), None),
        ("warning: 0 errors\n", Unread("not in its first line: 'warning: 0 errors\\n'"), None),
    ],
)
def test_failure(text: str, kernel: Reading[str], error: str | None) -> None:
    """Logs of all versions of DKMS begin alike, and end with the error that matters or with what follows from it."""
    assert DkmsFailure(kernel=kernel, error=error) == parse_failure(text)


def test_a_long_line_is_cut() -> None:
    failure = parse_failure("x.c:1:1: error: " + "x" * 1000)

    assert isinstance(failure.error, str)
    assert 300 == len(failure.error)
