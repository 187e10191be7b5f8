"""The Neuron driver that is loaded, from ``/sys/module/neuron`` or its line in ``/proc/modules``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import NOT_COLLECTED, LoadedDriver, Reading, Unread
from .host import CollectorError, Host
from .sysfs import read_number

_MODULE = "sys/module/neuron"
_MODULES = "proc/modules"
_MODULES_LIMIT = 1024 * 1024
_MOST_PARAMETERS = 200  # 2.26.5.0 has 18
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+~-]{0,99}")
_STATES = {"Live": "live", "Loading": "coming", "Unloading": "going"}


def collect_driver(host: Host) -> Reading[LoadedDriver]:
    """
    Return the loaded driver; `None` when none is loaded.

    Without ``/sys/module/neuron`` its line in ``/proc/modules`` decides: a captured tree may hold nothing else, and
    in some sandboxes ``/sys/module`` is hidden.
    """
    module = host.list_directory(_MODULE)
    if isinstance(module, Unread):
        return module
    if module is not None:
        return read_module(host)
    modules = host.read_text(_MODULES, limit=_MODULES_LIMIT)
    if isinstance(modules, str):
        return parse_modules(modules)
    if host.stat("sys/module") is not None:
        return None
    return NOT_COLLECTED if modules is None else modules


def read_module(host: Host) -> LoadedDriver:
    """Read ``/sys/module/neuron``."""
    refcnt = read_number(host, f"{_MODULE}/refcnt")
    return LoadedDriver(
        version=_read_version(host),
        srcversion=host.read_line(f"{_MODULE}/srcversion"),
        initstate=host.read_line(f"{_MODULE}/initstate"),
        taint=host.read_line(f"{_MODULE}/taint"),
        refcnt=None if refcnt == -1 else refcnt,  # what the kernel prints while it unloads the module
        parameters=_read_parameters(host),
    )


def parse_modules(text: str) -> LoadedDriver | None:
    """
    Find the driver in ``/proc/modules``: size, reference count, users, state, address, taint. It has no version.

    .. code-block:: text

        neuron 385024 0 - Live 0xffffffffc0713000 (OE)
        9pnet_virtio 20480 3 - Live 0xffffffffc0674000
    """
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["neuron"]:
            return _parse_module(words, line)
    return None


def parse_version(text: str) -> str:
    """
    Check what ``/sys/module/neuron/version`` says; builds that are no release print ``2.x.7693.0``.

    .. code-block:: text

        2.26.5.0
    """
    if not _VERSION.fullmatch(text):
        raise CollectorError(f"{_MODULE}/version: not a version: {text[:40]!r}")
    return text


def _parse_module(words: list[str], line: str) -> LoadedDriver:
    """Parse the driver's own line of ``/proc/modules``."""
    if len(words) < 5 or words[4] not in _STATES:
        raise CollectorError(f"{_MODULES}: not a module: {line[:80]!r}")
    return LoadedDriver(
        version=NOT_COLLECTED,
        srcversion=NOT_COLLECTED,
        initstate=_STATES[words[4]],
        taint=words[6].strip("()") if len(words) > 6 else None,
        refcnt=int(words[2]) if re.fullmatch("[0-9]{1,9}", words[2]) else None,
        parameters=NOT_COLLECTED,
    )


def _read_parameters(host: Host) -> Reading[Mapping[str, Reading[str]]]:
    """Read ``parameters``; to others than root their names alone are known."""
    names = host.list_directory(f"{_MODULE}/parameters")
    if not isinstance(names, tuple):
        return names or (None if host.live else NOT_COLLECTED)
    return {name: host.read_line(f"{_MODULE}/parameters/{name}") for name in names[:_MOST_PARAMETERS]}


def _read_version(host: Host) -> Reading[str]:
    """Read ``version``."""
    line = host.read_line(f"{_MODULE}/version")
    return parse_version(line) if isinstance(line, str) else line
