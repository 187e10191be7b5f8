"""
GRUB: which of its entries starts by itself, and with which kernel.

The entry is named in ``grub.cfg``, or left to ``grubenv`` there; with Red Hat's GRUB the entries are files of their own
in ``/boot/loader/entries``.
"""

from __future__ import annotations

from collections.abc import Mapping

from .boot_menu import MenuEntry, choose_entry, find_entry, read_release
from .facts import Reading, Unread, value_or_none
from .grub_configuration import (
    GrubConfiguration,
    parse_grub_configuration,
    parse_grub_environment,
    parse_grub_setting,
)
from .host import CollectorError, Host
from .loader_entries import read_loader_entries, sort_entries

_LOADER_ENTRIES = "boot/loader/entries"
_LIMIT = 1024 * 1024
_MOST_ENTRIES = 50
_NEXT = "${next_entry}"
_SAVED = "${saved_entry}"


def read_grub(host: Host, directory: str) -> tuple[Reading[str], Reading[str]]:
    """
    Return the kernels that the configuration in *directory* starts: by default, and at the next boot alone.

    The second one is `None` when the next boot is like all others.
    """
    try:
        configuration = _read_configuration(host, directory)
        environment = _read_environment(host, directory)
    except CollectorError as error:
        configuration = environment = Unread(str(error))
    if isinstance(configuration, Unread):
        return configuration, configuration
    wanted = choose_default(configuration, environment), choose_once(configuration, environment)
    return _read_wanted(host, configuration, wanted[0]), _read_wanted(host, configuration, wanted[1])


def read_grub_setting(host: Host, path: str) -> Reading[str]:
    """Read ``GRUB_DEFAULT`` in the file *path* and in those in ``grub.d`` beside it; the last one counts."""
    names = value_or_none(host.list_directory(f"{path}.d")) or ()
    setting = None
    for file in (path, *(f"{path}.d/{name}" for name in names[:_MOST_ENTRIES] if name.endswith(".cfg"))):
        text = host.read_text(file)
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
