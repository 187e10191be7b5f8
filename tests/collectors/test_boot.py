from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.boot import collect_boot
from neuron_collectors.boot_menu import MenuEntry
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Boot, InstalledKernel, Reading, Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.loader_entries import parse_fields, parse_loader_entry, sort_entries
from neuron_collectors.systemd_boot import choose_release

from .conftest import AnotherUser, CollectLive, MakeHost
from .test_grub_configuration import UBUNTU

NEW, OLD = "6.8.0-1024-aws", "6.8.0-1021-aws"
ENVIRONMENT = "# GRUB Environment Block\n"
ADVANCED = "gnulinux-advanced-b993>gnulinux-6.8.0-1021-aws-advanced-b993"
SAVED = UBUNTU.replace('default="0"', 'default="${saved_entry}"')
BLS = 'if [ "${next_entry}" ] ; then\nset default="${next_entry}"\nelse\nset default="${saved_entry}"\nfi\nblscfg\n'
MACHINE = "a0284538aa5b498cb38b8e530b2a6be4"
AMAZON_NEW, AMAZON_OLD = "6.1.115-126.197.amzn2023.x86_64", "6.1.102-108.177.amzn2023.x86_64"


def loader_entry(release: str, *, machine: str = MACHINE, image: str | None = None) -> tuple[str, str]:
    """Return path and content of the file that describes a kernel's entry."""
    text = (
        f"title Amazon Linux ({release}) 2023\nversion {release}\n"
        f"linux {image or f'/boot/vmlinuz-{release}'}\noptions root=UUID=1 ro\ngrub_users $grub_users\n"
    )
    return f"boot/loader/entries/{machine}-{release}.conf", text


TWO_KERNELS = dict([loader_entry(AMAZON_OLD), loader_entry(AMAZON_NEW)])


def boot_of(host: Host) -> Boot:
    found = collect_boot(host)
    assert isinstance(found, Boot)
    return found


def test_ubuntu(make_host: MakeHost) -> None:
    """The newest kernel is the first entry, and that is the default."""
    host = make_host(
        {
            "boot/grub/grub.cfg": UBUNTU,
            "boot/grub/grubenv": ENVIRONMENT,
            f"boot/vmlinuz-{NEW}": "",
            "etc/default/grub": "GRUB_DEFAULT=0\n",
            "etc/default/grub.d/50-cloudimg-settings.cfg": "GRUB_TIMEOUT=0\n",
        }
    )

    assert Boot(
        kernels=(
            InstalledKernel(release=NEW, image=f"/boot/vmlinuz-{NEW}", modules=NOT_COLLECTED, headers=NOT_COLLECTED),
        ),
        boot_loader="grub",
        default_kernel=NEW,
        once_kernel=None,
        grub_default="0",
    ) == collect_boot(host)


@pytest.mark.parametrize(
    ("configuration", "environment", "default", "once"),
    [
        (SAVED, f"saved_entry={ADVANCED}\n", OLD, None),
        (SAVED, "saved_entry=gone\n", NEW, None),
        (SAVED, "", NEW, None),
        (SAVED, f"prev_saved_entry={ADVANCED}\nsaved_entry=0\n", OLD, None),
        (UBUNTU, f"next_entry={ADVANCED}\n", NEW, OLD),
        (UBUNTU, "next_entry=\n", NEW, None),
        (UBUNTU, f"saved_entry={ADVANCED}\n", NEW, None),
        (UBUNTU.replace('"0"', f'"{ADVANCED}"'), "", OLD, None),
        (
            UBUNTU.replace('"0"', '"2"'),
            "",
            Unread("no kernel release in the entry 'UEFI Firmware Settings': "),
            None,
        ),
        (UBUNTU.replace('"0"', '"${x}"'), "", Unread("grub.cfg sets the default to ${x}"), None),
        (UBUNTU + 'set default="1"\n', "", Unread("grub.cfg sets the default to 0 or 1"), None),
        (UBUNTU.replace("set default=", "set other="), f"next_entry={ADVANCED}\n", NEW, None),
    ],
)
def test_what_grub_starts(
    make_host: MakeHost, configuration: str, environment: str, default: Reading[str], once: Reading[str]
) -> None:
    """The default is in the configuration or left to a variable; another variable goes before it, once."""
    host = make_host({"boot/grub/grub.cfg": configuration, "boot/grub/grubenv": ENVIRONMENT + environment})
    boot = boot_of(host)

    assert (default, once) == (boot.default_kernel, boot.once_kernel)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"boot/grub/custom.cfg": "set default=1\n"}, "/boot/grub/custom.cfg may change the menu"),
        ({"boot/grub2/grub.cfg": ""}, "several configurations of GRUB: /boot/grub and /boot/grub2"),
        ({"boot/loader/loader.conf": ""}, "GRUB and systemd-boot are both configured"),
        ({"boot/grub/grub.cfg": "menuentry 'A' {"}, "boot/grub/grub.cfg: ends inside menuentry 'A'"),
        ({"boot/grub/grubenv": "junk"}, "boot/grub/grubenv: not GRUB's environment: 'junk'"),
    ],
)
def test_what_is_not_certain(make_host: MakeHost, files: Mapping[str, str], why: str) -> None:
    """Where a second file may decide otherwise, or one is damaged, no kernel is named."""
    boot = boot_of(make_host({"boot/grub/grub.cfg": UBUNTU, "boot/grub/grubenv": ENVIRONMENT, **files}))

    assert (Unread(why), Unread(why)) == (boot.default_kernel, boot.once_kernel)


def test_an_empty_custom_configuration_changes_nothing(make_host: MakeHost) -> None:
    boot = boot_of(make_host({"boot/grub/grub.cfg": UBUNTU, "boot/grub/custom.cfg": ""}))

    assert NEW == boot.default_kernel


def test_one_configuration_under_two_names(make_host: MakeHost) -> None:
    """A link beside the directory is the same configuration."""
    boot = boot_of(make_host({"boot/grub2/grub.cfg": UBUNTU}, {"boot/grub": "grub2"}))

    assert ("grub", NEW) == (boot.boot_loader, boot.default_kernel)


@pytest.mark.parametrize(
    ("environment", "default"),
    [
        (f"saved_entry={MACHINE}-{AMAZON_OLD}\n", AMAZON_OLD),
        (f"saved_entry=Amazon Linux ({AMAZON_OLD}) 2023\n", AMAZON_OLD),
        ("saved_entry=1\n", AMAZON_OLD),
        ("saved_entry=0\n", AMAZON_NEW),
        ("", AMAZON_NEW),
        (f"saved_entry={MACHINE}-5.10.0-1\n", AMAZON_NEW),
    ],
)
def test_amazon_linux(make_host: MakeHost, environment: str, default: str) -> None:
    """Entries are files; the saved one is named by file or title, and without one the newest comes first."""
    rescue = loader_entry("0-rescue", image=f"/boot/vmlinuz-0-rescue-{MACHINE}")
    files = dict([rescue, *TWO_KERNELS.items()])
    boot = boot_of(make_host({"boot/grub2/grub.cfg": BLS, "boot/grub2/grubenv": ENVIRONMENT + environment, **files}))

    assert default == boot.default_kernel


def test_entries_of_two_machines(make_host: MakeHost) -> None:
    """An image that was copied keeps entries of another machine id, and GRUB's order is no longer that of kernels."""
    other = loader_entry("6.1.131-1.amzn2023.x86_64", machine="1f" * 16)
    files = {"boot/grub2/grub.cfg": BLS, **TWO_KERNELS, other[0]: other[1]}
    unsaved = boot_of(make_host(files))
    saved = boot_of(make_host({"boot/grub2/grubenv": f"{ENVIRONMENT}saved_entry={MACHINE}-{AMAZON_OLD}\n"}))

    assert Unread("which entry in /boot/loader/entries GRUB lists first is not certain") == unsaved.default_kernel
    assert AMAZON_OLD == saved.default_kernel


def test_a_damaged_entry(make_host: MakeHost) -> None:
    """Any entry may be the default, so a damaged one leaves it open."""
    boot = boot_of(make_host({"boot/grub2/grub.cfg": BLS, **TWO_KERNELS, "boot/loader/entries/x.conf": "\n"}))

    assert Unread("boot/loader/entries/x.conf: no boot loader entry: '\\n'") == boot.default_kernel


def test_red_hat_on_firmware(make_host: MakeHost) -> None:
    """Before release 9 the whole configuration was on the firmware's partition."""
    boot = boot_of(make_host({"boot/efi/EFI/rocky/grub.cfg": BLS, **TWO_KERNELS, "boot/efi/EFI/BOOT/BOOTX64.EFI": ""}))

    assert ("grub", AMAZON_NEW) == (boot.boot_loader, boot.default_kernel)


def test_bottlerocket(make_host: MakeHost) -> None:
    """Its image has no release in its name."""
    boot = boot_of(make_host({"boot/grub/grub.cfg": "set default=0\nmenuentry 'A' {\nlinux ($root)/vmlinuz x\n}\n"}))

    assert Unread("no kernel release in the entry 'A': ($root)/vmlinuz") == boot.default_kernel


@pytest.mark.parametrize(
    ("files", "default", "once"),
    [
        ({"boot/efi/loader/loader.conf": f"default *-{AMAZON_OLD}.conf\n"}, AMAZON_OLD, None),
        (
            {"boot/efi/loader/loader.conf": f"default {MACHINE}-*\n"},
            Unread(f"2 of systemd-boot's entries fit the default '{MACHINE}-*'"),
            None,
        ),
        (
            {"boot/efi/loader/loader.conf": "timeout 3\n"},
            Unread("2 of systemd-boot's entries fit the default None"),
            None,
        ),
        (
            {
                "boot/efi/loader/loader.conf": f"default *-{AMAZON_OLD}.conf\n",
                "sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f": "",
                "sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f": "",
            },
            Unread("systemd-boot's default is set in the firmware"),
            Unread("set in the firmware"),
        ),
    ],
)
def test_systemd_boot(make_host: MakeHost, files: Mapping[str, str], default: Reading[str], once: Reading[str]) -> None:
    """A pattern that fits one kernel settles it, unless a variable of the firmware goes before."""
    entries = {f"boot/efi/{path.removeprefix('boot/')}": text for path, text in TWO_KERNELS.items()}
    boot = boot_of(make_host({**entries, **files}))

    assert ("systemd-boot", default, once) == (boot.boot_loader, boot.default_kernel, boot.once_kernel)


def test_systemd_boot_that_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Its settings, one of its entries, and the whole partition may be closed; a damaged entry leaves it open, too."""
    path, text = next(iter(TWO_KERNELS.items()))
    host = make_host({"boot/loader/loader.conf": "default *\n", path: text})
    entry = Path(host.root, path)
    seen = [boot_of(host).default_kernel]
    entry.write_text("\n")
    seen.append(boot_of(host).default_kernel)
    for closed in (entry, Path(host.root, "boot/loader/loader.conf"), Path(host.root, "boot/loader")):
        closed.chmod(0)
        with another_user():
            seen.append(boot_of(host).default_kernel)

    assert [
        AMAZON_OLD,
        Unread(f"{path}: no boot loader entry: '\\n'"),
        Unread(f"/{path}: permission"),
        Unread("permission"),
        Unread("permission"),
    ] == seen


def test_variables_that_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """The saved entry is unread with its file; a default that is a number does not need it."""
    host = make_host({"boot/grub/grub.cfg": SAVED, "boot/grub/grubenv": ENVIRONMENT})
    Path(host.root, "boot/grub/grubenv").chmod(0o600)
    with another_user():
        saved = boot_of(host)
    Path(host.root, "boot/grub/grub.cfg").write_text(UBUNTU)
    with another_user():
        first = boot_of(host)

    hidden = Unread("/boot/grub/grubenv: permission")
    assert (hidden, hidden) == (saved.default_kernel, saved.once_kernel)
    assert (NEW, hidden) == (first.default_kernel, first.once_kernel)


def test_settings_that_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A file that is read later could change what an earlier one says."""
    host = make_host({"etc/default/grub": "GRUB_DEFAULT=0\n", "etc/default/grub.d/x.cfg": "", "boot/grub/grub.cfg": ""})
    Path(host.root, "etc/default/grub.d/x.cfg").chmod(0)
    with another_user():
        boot = boot_of(host)

    assert PERMISSION == boot.grub_default


def test_the_only_entry_of_systemd_boot() -> None:
    """Without a pattern one entry is the default, if no image that holds everything competes."""
    entry = MenuEntry(title="x", id="x", images=(f"/vmlinuz-{OLD}",))

    assert OLD == choose_release((entry,), None, others=0)
    assert Unread("1 of systemd-boot's entries fit the default None") == choose_release((entry,), None, others=1)


def test_a_container_boots_nothing(collect_live: CollectLive) -> None:
    assert collect_live("boot", "collect_boot", {"etc/hostname": "x"}) is None


def test_kernels_without_a_boot_loader(collect_live: CollectLive) -> None:
    """A machine that somebody else boots, as a micro VM, has kernels and no configuration."""
    boot = collect_live("boot", "collect_boot", {f"lib/modules/{OLD}/modules.dep": ""})

    assert (
        Boot(
            kernels=(InstalledKernel(release=OLD, image=None, modules=True, headers=None),),
            boot_loader=None,
            default_kernel=None,
            once_kernel=None,
            grub_default=None,
        )
        == boot
    )


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_boot(make_host({"proc/version": "x"}))


def test_modules_alone_were_captured(make_host: MakeHost) -> None:
    """A captured tree without ``/boot`` says nothing of what is started."""
    boot = boot_of(make_host({f"lib/modules/{OLD}/modules.dep": ""}))

    assert (NOT_COLLECTED, NOT_COLLECTED, NOT_COLLECTED) == (boot.boot_loader, boot.default_kernel, boot.grub_default)


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Red Hat closes its configuration to everybody but root."""
    host = make_host({"boot/grub2/grub.cfg": BLS, **TWO_KERNELS})
    Path(host.root, "boot/grub2/grub.cfg").chmod(0o600)
    with another_user():
        file = boot_of(host)
    Path(host.root, "boot/grub2").chmod(0o700)
    with another_user():
        directory = boot_of(host)

    assert ("grub", Unread("/boot/grub2/grub.cfg: permission")) == (file.boot_loader, file.default_kernel)
    assert (Unread("permission"), Unread("permission")) == (directory.boot_loader, directory.default_kernel)


def test_entries_that_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    host = make_host({"boot/grub2/grub.cfg": BLS, **TWO_KERNELS})
    Path(host.root, "boot/loader/entries").chmod(0o700)
    with another_user():
        boot = boot_of(host)

    assert Unread("/boot/loader/entries: permission") == boot.default_kernel


def test_a_loader_entry() -> None:
    """A real one of Rocky Linux 8."""
    text = """\
title Rocky Linux (4.18.0-348.el8.0.2.x86_64) 8.5 (Green Obsidian)
version 4.18.0-348.el8.0.2.x86_64
linux /vmlinuz-4.18.0-348.el8.0.2.x86_64
initrd /initramfs-4.18.0-348.el8.0.2.x86_64.img $tuned_initrd
options $kernelopts $tuned_params
"""

    assert MenuEntry(
        title="Rocky Linux (4.18.0-348.el8.0.2.x86_64) 8.5 (Green Obsidian)",
        id=f"{MACHINE}-4.18.0-348.el8.0.2.x86_64",
        images=("/vmlinuz-4.18.0-348.el8.0.2.x86_64",),
    ) == parse_loader_entry(text, f"boot/loader/entries/{MACHINE}-4.18.0-348.el8.0.2.x86_64.conf")


@pytest.mark.parametrize(
    ("text", "title", "images"),
    [
        ("version 6.8.0\nlinux /6a98/6.8.0/linux\n", "x", ("/6a98/6.8.0/vmlinuz-6.8.0",)),
        ("title A\nefi /EFI/shell.efi\n", "A", ()),
        ("# comment\n\n title  A  B \n", "A  B", ()),
    ],
)
def test_forms_of_an_entry(text: str, title: str, images: tuple[str, ...]) -> None:
    assert MenuEntry(title=title, id="x", images=images) == parse_loader_entry(text, "entries/x.conf")


@pytest.mark.parametrize("text", ["", "#\n", "title\n"])
def test_what_is_no_entry(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^entries/x\.conf: no boot loader entry: '"):
        parse_loader_entry(text, "entries/x.conf")


def test_settings_of_systemd_boot() -> None:
    assert {"timeout": "3", "default": "6a98-*"} == parse_fields("timeout 3\n#console-mode max\ndefault  6a98-*\n")


def test_order_of_no_entries() -> None:
    """Nothing to sort is sorted; entries that name no kernel have no order that is known."""
    assert () == sort_entries(())
    assert sort_entries((MenuEntry(title="a", id="a"), MenuEntry(title="b", id="b"))) is None
