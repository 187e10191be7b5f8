"""
Boot loader entries, one file per kernel (https://uapi-group.org/specifications/specs/boot_loader_specification/).

Red Hat's GRUB and Amazon Linux 2023 read them from ``/boot/loader/entries``, systemd-boot from its own partition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .boot_menu import MenuEntry, parse_image
from .facts import Reading, Unread
from .host import CollectorError, Host
from .kernels import order_of_release

_MOST_ENTRIES = 200


def read_loader_entries(host: Host, directory: str) -> Reading[tuple[MenuEntry, ...]]:
    """Return the entries in *directory* by their ids; unread when one of them is, since any may be the default."""
    names = host.list_directory(directory)
    if isinstance(names, Unread):
        return Unread(f"/{directory}: {names.reason}")
    entries = []
    for name in [name for name in names or () if name.endswith(".conf")][:_MOST_ENTRIES]:
        text = host.read_text(f"{directory}/{name}")
        if isinstance(text, Unread):
            return Unread(f"/{directory}/{name}: {text.reason}")
        if text is not None:
            entries.append(parse_loader_entry(text, f"{directory}/{name}"))
    return None if names is None else tuple(entries)


def parse_loader_entry(text: str, source: str) -> MenuEntry:
    """
    Parse one entry; its id is its file's name.

    .. code-block:: text

        title Rocky Linux (4.18.0-348.el8.0.2.x86_64) 8.5 (Green Obsidian)
        version 4.18.0-348.el8.0.2.x86_64
        linux /vmlinuz-4.18.0-348.el8.0.2.x86_64
        initrd /initramfs-4.18.0-348.el8.0.2.x86_64.img $tuned_initrd
        options $kernelopts $tuned_params

    systemd's layout has the release as the directory: ``/6a9857a393724b7a981ebb5b8495b9ea/3.8.0-2.fc19.x86_64/linux``.
    """
    fields = parse_fields(text)
    if not fields:
        raise CollectorError(f"{source}: no boot loader entry: {text[:80]!r}")
    name = source.rpartition("/")[2].removesuffix(".conf")
    image = fields.get("linux", "")
    if image.endswith("/linux") and "version" in fields:
        image = f"{image.rpartition('/')[0]}/vmlinuz-{fields['version']}"
    return MenuEntry(title=fields.get("title", name), id=name, images=(image,) if image else ())


def parse_fields(text: str) -> Mapping[str, str]:
    """
    Parse the lines of an entry or of ``loader.conf`` (loader.conf(5)): a key, white space, a value.

    .. code-block:: text

        timeout 3
        default 6a9857a393724b7a981ebb5b8495b9ea-*
    """
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def sort_entries(entries: Iterable[MenuEntry]) -> tuple[MenuEntry, ...] | None:
    """
    Return *entries* as GRUB lists them, the newest first; `None` when that is not certain.

    GRUB (``bls_cmp`` in Red Hat's ``blscfg.c``) compares versions in some releases and the files' names in others, as
    rpm does. Both agree where names differ in nothing but the kernel's release; machine ids may differ, too.
    """
    releases = {entry: _release(entry) for entry in entries}
    beginnings = {(entry.id or "").removesuffix(release) for entry, release in releases.items() if release}
    if len(beginnings) > 1 or not all((entry.id or "").startswith(tuple(beginnings)) for entry in releases):
        return None
    return tuple(sorted(releases, key=lambda entry: order_of_release(releases[entry]), reverse=True))


def _release(entry: MenuEntry) -> str:
    """Return the kernel's release at the end of the entry's id; nothing for one that ends otherwise, as rescue does."""
    release = parse_image(entry.images[0]) if entry.images else None
    return release if release and (entry.id or "").endswith(f"-{release}") else ""
