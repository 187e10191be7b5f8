"""The menu of a boot loader: its entries, the one that is meant by a name, and the kernel that an entry starts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .facts import Reading, Unread
from .facts.frozen import dataclass

_STEP = re.compile(r"(?<!>)>(?!>)")  # a title with that character in it has it twice
_IMAGE = re.compile(r"(?:vmlinu[xz]|kernel)-([0-9][0-9A-Za-z._+~-]*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class MenuEntry:
    """One entry of the menu, or a menu below it."""

    title: str
    """E.g. ``Ubuntu, with Linux 6.8.0-1021-aws``."""
    id: str | None = None
    """E.g. ``gnulinux-6.8.0-1021-aws-advanced-b993fcf5-2d55-493c-b232-97ca4539f4e9``."""
    images: tuple[str, ...] = ()
    """Kernels that its commands load, e.g. ``/boot/vmlinuz-6.8.0-1021-aws``; some entries try several."""
    entries: tuple[MenuEntry, ...] | None = None
    """What is in the menu below; `None` for an entry that boots."""


def choose_entry(entries: Sequence[MenuEntry], wanted: str) -> MenuEntry | None:
    """
    Return the entry that GRUB starts for *wanted*; `None` when there is none to start.

    *wanted* is a number, a title or an id, with ``>`` before what stands in a menu below. Where there is no such entry
    the first one is started, as in GRUB's ``run_menu``.
    """
    step, *rest = _STEP.split(wanted, maxsplit=1)
    entry = find_entry(entries, step) or (entries[0] if entries else None)
    if entry is None or entry.entries is None:
        return entry
    return choose_entry(entry.entries, rest[0] if rest else "")


def find_entry(entries: Sequence[MenuEntry], wanted: str) -> MenuEntry | None:
    """Return the entry with the number, title or id *wanted*."""
    if wanted.isascii() and wanted.isdigit():
        return entries[int(wanted)] if len(wanted) < 6 and int(wanted) < len(entries) else None
    name = wanted.replace(">>", ">")
    return next((entry for entry in entries if name in (entry.title, entry.id)), None)


def read_release(entry: MenuEntry | None) -> Reading[str]:
    """Return the release of the kernel that *entry* starts; unread when its images do not tell."""
    if entry is None:
        return Unread("the boot loader's menu is empty")
    releases = {parse_image(image) for image in entry.images}
    release = releases.pop() if len(releases) == 1 else None
    return release or Unread(f"no kernel release in the entry {entry.title[:80]!r}: {', '.join(entry.images)[:200]}")


def parse_image(path: str) -> str | None:
    """
    Parse the release out of the path of a kernel's image; `None` when its name has none, as Bottlerocket's.

    .. code-block:: text

        /boot/vmlinuz-6.8.0-1021-aws
    """
    found = _IMAGE.fullmatch(path.rpartition("/")[2])
    return found[1] if found else None
