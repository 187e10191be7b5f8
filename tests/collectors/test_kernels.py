from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, InstalledKernel, Unread
from neuron_collectors.kernels import order_of_release, read_kernels, read_module_directories

from .conftest import AnotherUser, CollectLive, MakeHost

NEW, OLD = "6.8.0-1021-aws", "6.8.0-999-aws"


def test_the_kernels_of_a_machine(collect_live: CollectLive) -> None:
    """Every kernel that can be booted, oldest first, with its image, its modules and its headers."""
    files = {
        f"lib/modules/{NEW}/modules.dep": "",
        f"lib/modules/{OLD}/modules.dep": "",
        f"lib/modules/{OLD}/build/include/config/auto.conf": "",
        f"usr/src/linux-headers-{NEW}/include/config/auto.conf": "",
        f"boot/vmlinuz-{NEW}": "",
        f"boot/vmlinuz-{OLD}": "",
        f"boot/initrd.img-{OLD}": "",
    }
    links = {f"lib/modules/{NEW}/build": f"/usr/src/linux-headers-{NEW}"}

    assert (
        InstalledKernel(release=OLD, image=f"/boot/vmlinuz-{OLD}", modules=True, headers=f"/lib/modules/{OLD}/build"),
        InstalledKernel(
            release=NEW, image=f"/boot/vmlinuz-{NEW}", modules=True, headers=f"/usr/src/linux-headers-{NEW}"
        ),
    ) == collect_live("kernels", "read_kernels", files, links)


def test_headers_that_are_not_there(collect_live: CollectLive) -> None:
    """A link that leads nowhere, and a directory with nothing of use in it, are no headers."""
    files = {
        f"lib/modules/{NEW}/modules.dep": "",
        f"lib/modules/{OLD}/modules.dep": "",
        f"lib/modules/{OLD}/build": None,
    }
    links = {f"lib/modules/{NEW}/build": f"/usr/src/linux-headers-{NEW}"}

    kernels = collect_live("kernels", "read_kernels", files, links)

    assert [(OLD, None), (NEW, None)] == [(kernel.release, kernel.headers) for kernel in kernels]


def test_an_image_beside_the_modules(collect_live: CollectLive) -> None:
    """Red Hat and Amazon Linux keep the image with the modules, and copy it to ``/boot`` if there is one."""
    release = "6.1.102-108.177.amzn2023.x86_64"
    files = {f"usr/lib/modules/{release}/modules.dep": "", f"usr/lib/modules/{release}/vmlinuz": ""}

    assert (
        InstalledKernel(release=release, image=f"/lib/modules/{release}/vmlinuz", modules=True, headers=None),
    ) == collect_live("kernels", "read_kernels", files, {"lib": "usr/lib"})


def test_what_a_removed_kernel_leaves_behind(collect_live: CollectLive) -> None:
    """A directory with nothing but our driver is no kernel; an image without modules is one, and so is no rescue."""
    files = {
        f"lib/modules/{OLD}/updates/dkms/neuron.ko": "",
        f"boot/vmlinuz-{NEW}": "",
        "boot/vmlinuz-0-rescue-6a9857a393724b7a981ebb5b8495b9ea": "",
        "boot/vmlinuz": "",
    }

    assert (InstalledKernel(release=NEW, image=f"/boot/vmlinuz-{NEW}", modules=False, headers=None),) == collect_live(
        "kernels", "read_kernels", files
    )


def test_a_machine_without_kernels(collect_live: CollectLive) -> None:
    """A container has neither modules nor images."""
    assert () == collect_live("kernels", "read_kernels", {"etc/hostname": "x"})


def test_a_captured_tree_says_what_it_holds(make_host: MakeHost) -> None:
    """What was not copied is not absent: images, the index of modules, and headers."""
    assert (
        InstalledKernel(release=NEW, image=NOT_COLLECTED, modules=NOT_COLLECTED, headers=NOT_COLLECTED),
    ) == read_kernels(make_host({f"lib/modules/{NEW}/updates/dkms/neuron.ko": ""}))


def test_a_captured_tree_with_sources_knows_of_headers(make_host: MakeHost) -> None:
    """Where ``/usr/src`` was copied, headers that are not there are absent."""
    kernels = read_kernels(make_host({f"lib/modules/{NEW}/modules.dep": "", "usr/src/other/x": "", "boot/grub/x": ""}))

    assert (InstalledKernel(release=NEW, image=NOT_COLLECTED, modules=True, headers=None),) == kernels


def test_a_captured_tree_with_images_alone(make_host: MakeHost) -> None:
    assert (
        InstalledKernel(release=NEW, image=f"/boot/vmlinuz-{NEW}", modules=NOT_COLLECTED, headers=NOT_COLLECTED),
    ) == read_kernels(make_host({f"boot/vmlinuz-{NEW}": ""}))


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == read_kernels(make_host({"proc/version": "x"}))


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A directory that is closed to this user hides its own and nothing else."""
    host = make_host({f"lib/modules/{NEW}/modules.dep": "", f"boot/vmlinuz-{NEW}": ""})
    Path(host.root, "boot").chmod(0o700)
    with another_user():
        images = read_kernels(host)
    Path(host.root, f"lib/modules/{NEW}").chmod(0)
    with another_user():
        modules = read_kernels(host)
    Path(host.root, "lib/modules").chmod(0)
    with another_user():
        nothing = read_kernels(host)

    hidden = Unread("/boot: permission")
    assert (InstalledKernel(release=NEW, image=hidden, modules=True, headers=NOT_COLLECTED),) == images
    assert (InstalledKernel(release=NEW, image=hidden, modules=PERMISSION, headers=PERMISSION),) == modules
    assert Unread("/lib/modules: permission") == nothing


def test_too_many_kernels(make_host: MakeHost) -> None:
    host = make_host({f"lib/modules/6.8.0-{number}-aws/x": "" for number in range(101)})

    assert Unread("/lib/modules: more than 100 kernels") == read_module_directories(host)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("6.8.0-999-aws", "6.8.0-1021-aws"),
        ("5.15.0-1084-aws", "6.1.0-1-aws"),
        ("6.1.102-108.177.amzn2023.x86_64", "6.1.102-111.187.amzn2023.x86_64"),
        ("5.14.0-362.el9.x86_64", "5.14.0-362.8.1.el9_3.x86_64"),
        ("6.1.161", "6.1.161.1"),
    ],
)
def test_order(older: str, newer: str) -> None:
    """Numbers count by their value, and more of them are newer."""
    assert order_of_release(older) < order_of_release(newer)
