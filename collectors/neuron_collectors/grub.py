"""
GRUB: which of its entries starts by itself, and with which kernel.

The entry is named in ``grub.cfg``, or left to ``grubenv`` there; with Red Hat's GRUB the entries are files of their own
in ``/boot/loader/entries``.
"""

from __future__ import annotations

from collections.abc import Mapping

from .boot_menu import MenuEntry, NextKernels, choose_entry, find_entry, read_release
from .facts import NOT_COLLECTED, Reading, Unread, value_or_none
from .grub_configuration import (
    GrubConfiguration,
    parse_grub_configuration,
    parse_grub_environment,
    parse_grub_setting,
)
from .host import CollectorError, Host, Stat
from .loader_entries import read_loader_entries, sort_entries

_PLACES = ("boot/grub", "boot/grub2")
_EFI = "boot/efi/EFI"  # where Red Hat's GRUB had its configuration before release 9, on machines with such firmware
_LOADER_ENTRIES = "boot/loader/entries"
_SETTING_FILE = "etc/default/grub"
_LIMIT = 1024 * 1024
_MOST_ENTRIES = 50
_NEXT = "${next_entry}"
_SAVED = "${saved_entry}"


def find_grub(host: Host) -> Reading[str]:
    """Return the directory with GRUB's configuration; `None` when there is none."""
    return _find_configuration(host, _PLACES) or _find_configuration(host, _efi_directories(host))


def read_grub(host: Host, directory: str) -> NextKernels:
    """Return the kernels that the configuration in *directory* starts."""
    try:
        configuration = _read_configuration(host, directory)
        environment = _read_environment(host, directory)
    except CollectorError as error:
        configuration = environment = Unread(str(error))
    if isinstance(configuration, Unread):
        return NextKernels(default=configuration, once=configuration)
    return NextKernels(
        default=_read_wanted(host, configuration, choose_default(configuration, environment)),
        once=_read_wanted(host, configuration, choose_once(configuration, environment)),
    )


def read_grub_setting(host: Host) -> Reading[str]:
    """Read ``GRUB_DEFAULT`` of ``/etc/default/grub`` and of the files in ``grub.d`` beside it; the last one counts."""
    names = value_or_none(host.list_directory(f"{_SETTING_FILE}.d")) or ()
    files = (f"{_SETTING_FILE}.d/{name}" for name in names[:_MOST_ENTRIES] if name.endswith(".cfg"))
    setting: Reading[str] = None if host.holds("etc/default") else NOT_COLLECTED
    for path in (_SETTING_FILE, *files):
        text = host.read_text(path)
        if isinstance(text, Unread):
            return text
        setting = (parse_grub_setting(text) if text else None) or setting
    return setting


def choose_default(configuration: GrubConfiguration, environment: Reading[Mapping[str, str]]) -> Reading[str]:
    """Return the number, title or id of the entry that is started unless somebody chooses another one."""
    value, *others = [value for value in configuration.defaults if value != _NEXT] or ["0"]
    if others or ("$" in value and value != _SAVED):
        return Unread(f"grub.cfg sets the default to {' or '.join([value, *others])[:200]}")
    if value != _SAVED:
        return value
    if isinstance(environment, Unread):
        return environment
    variables = environment or {}
    return variables.get("prev_saved_entry") or variables.get("saved_entry", "")


def choose_once(configuration: GrubConfiguration, environment: Reading[Mapping[str, str]]) -> Reading[str]:
    """Return the number, title or id of the entry that the next boot alone starts; `None` when there is none."""
    if _NEXT not in configuration.defaults or environment is None:
        return None
    return environment if isinstance(environment, Unread) else environment.get("next_entry") or None


def _read_wanted(host: Host, configuration: GrubConfiguration, wanted: Reading[str]) -> Reading[str]:
    """Return the kernel of the entry that is *wanted*."""
    if not isinstance(wanted, str):
        return wanted
    entries = _read_entries(host) if configuration.reads_loader_entries else ()
    if isinstance(entries, Unread):
        return entries
    named = None if wanted.isdigit() else find_entry(entries or (), wanted)
    if named is not None:
        return read_release(named)
    sorted_entries = sort_entries(entries or ())
    if sorted_entries is None:
        return Unread(f"which entry in /{_LOADER_ENTRIES} GRUB lists first is not certain")
    return read_release(choose_entry((*sorted_entries, *configuration.entries), wanted))


def _read_entries(host: Host) -> Reading[tuple[MenuEntry, ...]]:
    try:
        return read_loader_entries(host, _LOADER_ENTRIES)
    except CollectorError as error:
        return Unread(str(error))


def _find_configuration(host: Host, directories: tuple[str, ...]) -> Reading[str]:
    """Return the one of *directories* that holds ``grub.cfg``, links resolved."""
    found = {host.real_path(directory): host.stat(f"{directory}/grub.cfg") for directory in directories}
    present = [directory for directory, reading in found.items() if isinstance(reading, Stat)]
    if len(present) > 1:
        return Unread(f"several configurations of GRUB: /{' and /'.join(present)}")
    unread = next((reading for reading in found.values() if isinstance(reading, Unread)), None)
    return present[0] if present else unread


def _efi_directories(host: Host) -> tuple[str, ...]:
    names = value_or_none(host.list_directory(_EFI)) or ()
    return tuple(f"{_EFI}/{name}" for name in names[:_MOST_ENTRIES])


def _read_configuration(host: Host, directory: str) -> GrubConfiguration | Unread:
    """Read ``grub.cfg``, unless ``custom.cfg`` may change what it says."""
    path = f"{directory}/grub.cfg"
    text = host.read_text(path, limit=_LIMIT)
    if not isinstance(text, str):
        return Unread(f"/{path}: {text.reason if text else 'went away'}")
    configuration = parse_grub_configuration(text, path)
    custom = host.stat(f"{directory}/custom.cfg") if configuration.reads_custom else None
    if isinstance(custom, Unread) or (custom is not None and custom.size > 0):
        return Unread(f"/{directory}/custom.cfg may change the menu")
    return configuration


def _read_environment(host: Host, directory: str) -> Reading[Mapping[str, str]]:
    """Read ``grubenv``; GRUB starts without it when it is not there or empty."""
    path = f"{directory}/grubenv"
    text = host.read_text(path)
    if isinstance(text, Unread):
        return Unread(f"/{path}: {text.reason}")
    return parse_grub_environment(text, path) if text else None
