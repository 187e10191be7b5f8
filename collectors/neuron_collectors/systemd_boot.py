"""systemd-boot: its settings in ``loader.conf``, its entries, and the kernel that it starts by itself."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .boot_menu import MenuEntry, NextKernels, read_release
from .facts import Reading, Unread, value_or_none
from .host import CollectorError, Host, Stat
from .loader_entries import parse_fields, read_loader_entries

_PLACES = ("boot", "efi", "boot/efi")
_VARIABLES = "sys/firmware/efi/efivars"
_DEFAULT, _ONCE = "LoaderEntryDefault-", "LoaderEntryOneShot-"


def find_systemd_boot(host: Host) -> Reading[str]:
    """Return the partition with ``loader/loader.conf``; `None` when there is none."""
    found = {place: host.stat(f"{place}/loader/loader.conf") for place in _PLACES}
    present = (place for place, reading in found.items() if isinstance(reading, Stat))
    return next(present, None) or next((reading for reading in found.values() if isinstance(reading, Unread)), None)


def read_systemd_boot(host: Host, place: str) -> NextKernels:
    """Return the kernels that the configuration on the partition *place* starts."""
    variables = value_or_none(host.list_directory(_VARIABLES)) or ()
    once = any(name.startswith(_ONCE) for name in variables)
    if any(name.startswith(_DEFAULT) for name in variables):
        default: Reading[str] = Unread("systemd-boot's default is set in the firmware")
    else:
        default = _read_default(host, place)
    return NextKernels(default=default, once=Unread("set in the firmware") if once else None)


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
