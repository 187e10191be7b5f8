"""systemd-boot: its settings in ``loader.conf``, its entries, and the kernel that it starts by itself."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .boot_menu import MenuEntry, read_release
from .facts import Reading, Unread, value_or_none
from .host import CollectorError, Host
from .loader_entries import parse_fields, read_loader_entries

_VARIABLES = "sys/firmware/efi/efivars"
_DEFAULT, _ONCE = "LoaderEntryDefault-", "LoaderEntryOneShot-"


def read_systemd_boot(host: Host, place: str) -> tuple[Reading[str], Reading[str]]:
    """Return the kernels that the configuration on the partition *place* starts: by default, and once."""
    variables = value_or_none(host.list_directory(_VARIABLES)) or ()
    once = Unread("set in the firmware") if any(name.startswith(_ONCE) for name in variables) else None
    if any(name.startswith(_DEFAULT) for name in variables):
        return Unread("systemd-boot's default is set in the firmware"), once
    return _read_default(host, place), once


def _read_default(host: Host, place: str) -> Reading[str]:
    """Return the kernel that ``loader.conf`` makes the default."""
    text = host.read_text(f"{place}/loader/loader.conf")
    if not isinstance(text, str):
        return text or Unread("went away")
    try:
        entries = read_loader_entries(host, f"{place}/loader/entries")
    except CollectorError as error:
        return Unread(str(error))
    if isinstance(entries, Unread):
        return entries
    unified = value_or_none(host.list_directory(f"{place}/EFI/Linux")) or ()
    return choose_release(entries or (), parse_fields(text).get("default"), others=len(unified))


def choose_release(entries: tuple[MenuEntry, ...], pattern: str | None, *, others: int) -> Reading[str]:
    """
    Return the kernel of the entries that *pattern* of loader.conf(5) fits, ``ubuntu-*.conf``, if they have but one.

    Among several, and without a pattern, systemd-boot goes by its own order; *others* counts entries that are no files
    of their own: images that hold everything.
    """
    fitting = [entry for entry in entries if pattern is None or fnmatchcase(f"{entry.id}.conf", pattern)]
    releases = {read_release(entry) for entry in fitting}
    if len(releases) != 1 or (pattern is None and others):
        return Unread(f"{len(fitting)} of systemd-boot's entries fit the default {pattern!r}")
    return releases.pop()
