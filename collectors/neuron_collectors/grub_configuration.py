"""
The files that GRUB is configured with: its menu ``grub.cfg``, its variables ``grubenv``, and ``/etc/default/grub``.

``grub.cfg`` is a script. What grub-mkconfig writes is read here, not run: the entries with their kernels, and what is
assigned to ``default``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from .boot_menu import MenuEntry
from .facts.frozen import dataclass
from .host import CollectorError

_DEEPEST = 20
_LINUX = re.compile(r"linux(?:16|efi)?[ \t]+(\S+)")
_DEFAULT = re.compile(r"set[ \t]+default=(.*)")
_SETTING = re.compile(r"^[ \t]*(?:export[ \t]+)?GRUB_DEFAULT=[\"']?([^\"'\n]*)", re.MULTILINE)
_ENVIRONMENT = "# GRUB Environment Block"


@dataclass(frozen=True, kw_only=True, slots=True)
class GrubConfiguration:
    """What ``grub.cfg`` says."""

    entries: tuple[MenuEntry, ...]
    defaults: tuple[str, ...]
    """What ``default`` is set to, each value once, e.g. ``("${next_entry}", "0")``."""
    reads_loader_entries: bool
    """Whether the files in ``/boot/loader/entries`` are part of the menu (the command ``blscfg``)."""
    reads_custom: bool
    """Whether ``custom.cfg`` is read as well."""


class _Block:
    """A block of the script that is being read."""

    def __init__(self, keyword: str = "", *, title: str = "", identifier: str | None = None) -> None:
        """Begin a block; *keyword* is ``menuentry`` or ``submenu``, and nothing for any other block."""
        self.keyword = keyword
        self.title = title
        self.images: list[str] = []
        self.entries: list[MenuEntry] = []
        self._id = identifier

    def entry(self) -> MenuEntry:
        """Return the finished entry."""
        entries = tuple(self.entries) if self.keyword == "submenu" else None
        return MenuEntry(title=self.title, id=self._id, images=tuple(dict.fromkeys(self.images)), entries=entries)


def parse_grub_configuration(text: str, source: str) -> GrubConfiguration:
    """
    Parse ``grub.cfg`` as grub-mkconfig writes it (https://www.gnu.org/software/grub/manual/grub/).

    .. code-block:: text

        if [ "${next_entry}" ] ; then
           set default="${next_entry}"
        else
           set default="0"
        fi
        menuentry 'Ubuntu, with Linux 6.5.13' --class ubuntu $menuentry_id_option 'gnulinux-6.5.13-advanced-b993fcf5' {
                linux	/boot/vmlinuz-6.5.13 root=PARTUUID=26f22d2b-892e-459e-ba29-0fdab351f296 ro  console=tty1
                initrd	/boot/initrd.img-6.5.13
        }
    """
    blocks = [_Block()]
    defaults: dict[str, None] = {}
    lines = [line for line in map(str.strip, text.splitlines()) if not line.startswith("#")]
    for line in lines:
        if line.endswith("{"):
            blocks.append(_open(line, source))
        elif line == "}" and len(blocks) > 1:
            block = blocks.pop()
            if block.keyword:
                blocks[-1].entries.append(block.entry())
        elif found := _LINUX.match(line):
            blocks[-1].images.append(found[1])
        elif found := _DEFAULT.fullmatch(line):
            defaults[found[1].strip().strip("\"'")] = None
        if len(blocks) > _DEEPEST:
            raise CollectorError(f"{source}: nested too deeply: {line[:80]!r}")
    if len(blocks) > 1:
        raise CollectorError(f"{source}: ends inside {blocks[-1].keyword or 'a block'} {blocks[-1].title[:80]!r}")
    return GrubConfiguration(
        entries=tuple(blocks[0].entries),
        defaults=tuple(defaults),
        reads_loader_entries=any(line.split(" ", 1)[0] == "blscfg" for line in lines),
        reads_custom="custom.cfg" in text,
    )


def parse_grub_environment(text: str, source: str) -> Mapping[str, str]:
    """
    Parse ``grubenv``, which grub-editenv writes: 1024 bytes, filled up with number signs.

    .. code-block:: text

        # GRUB Environment Block
        saved_entry=gnulinux-advanced-1bfeb1e4-5228-4e17-9ee0-87ab695fbe79
        ##################################################################
    """
    if not text.startswith(_ENVIRONMENT):
        raise CollectorError(f"{source}: not GRUB's environment: {text[:80]!r}")
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {key: value.replace("\\\\", "\\") for key, separator, value in pairs if separator}


def parse_grub_setting(text: str) -> str | None:
    """
    Parse ``GRUB_DEFAULT`` in ``/etc/default/grub``, a shell script of assignments.

    .. code-block:: text

        GRUB_DEFAULT=0
        GRUB_TIMEOUT=0
    """
    found = _SETTING.findall(text)
    return (found[-1].strip() or None) if found else None


def _open(line: str, source: str) -> _Block:
    """Parse the *line* that opens a block."""
    import shlex  # noqa: PLC0415 - only hosts whose boot configuration is readable need it

    try:
        keyword, *words = shlex.split(line[:-1]) or [""]
    except ValueError as error:
        raise CollectorError(f"{source}: {error}: {line[:80]!r}") from error
    if keyword not in ("menuentry", "submenu") or not words:
        return _Block()
    following = dict(pairwise(words))
    identifier = following.get("$menuentry_id_option") or following.get("--id")
    return _Block(keyword, title=words[0], identifier=identifier)
