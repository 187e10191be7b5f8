"""
What a captured tree says about itself, in ``.host.json`` and ``.commands/index.json``.

``.host.json`` holds what a copy of a file system cannot carry, device nodes, owners and modes, by path:

.. code-block:: json

    {"dev/neuron0": {"type": "char", "mode": "0666", "uid": 0, "gid": 0, "major": 246, "minor": 0}}

``.commands/index.json`` lists the programs that were run when the tree was captured:

.. code-block:: json

    [{"argv": ["/usr/bin/rpm", "-qa"], "returncode": 0, "stdout": "rpm.out", "stderr": "rpm.err"}]

A ``returncode`` of null records that there was no such program. ``stdout`` and ``stderr`` name files beside the index
and may be left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from .commands import OUTPUT_LIMIT, Completed, Runner
from .facts.state import NOT_COLLECTED, Reading, Unread
from .host import FILE_TYPES, Host, HostError, Stat

_DESCRIPTION_LIMIT = 4 * 1024 * 1024


def open_host(root: str | os.PathLike[str] = "/") -> Host:
    """Open the machine or captured tree at *root*; raises `HostError` when it is neither or is damaged."""
    plain = Host(root)
    if plain.live:
        return plain
    stats = load_recorded_stats(plain.read_bytes(".host.json", limit=_DESCRIPTION_LIMIT))
    return Host(root, run=load_recorded_commands(plain), recorded=stats)


def load_recorded_stats(content: Reading[bytes]) -> Mapping[str, Stat]:
    """Parse ``.host.json``; raises `HostError` when it is damaged."""
    if content is None:
        return {}
    entries = _load(content, ".host.json", dict)
    try:
        return {path.strip("/"): _recorded_stat(entry) for path, entry in entries.items()}
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise _damaged(".host.json", repr(error)) from error


def load_recorded_commands(host: Host) -> Runner | None:
    """Parse ``.commands/index.json`` of *host*; raises `HostError` when it is damaged."""
    content = host.read_bytes(".commands/index.json", limit=_DESCRIPTION_LIMIT)
    if content is None:
        return None
    entries = _load(content, ".commands/index.json", list)
    try:
        recorded = {tuple(entry["argv"]): {**entry, "returncode": _returncode(entry)} for entry in entries}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged(".commands/index.json", repr(error)) from error

    def replay(argv: Sequence[str], _deadline: float) -> Reading[Completed]:
        entry = recorded.get(tuple(argv))
        if entry is None:
            return NOT_COLLECTED
        return _completed(host, entry)

    return replay


def _completed(host: Host, entry: Mapping[str, Any]) -> Reading[Completed]:
    """Return how the recorded program ended."""
    if entry["returncode"] is None:
        return None
    streams = {}
    for name in ("stdout", "stderr"):
        file = entry.get(name)
        text = host.read_text(f".commands/{file}", limit=OUTPUT_LIMIT) if file else ""
        if not isinstance(text, str):
            return NOT_COLLECTED if text is None else text
        streams[name] = text
    return Completed(returncode=entry["returncode"], stdout=streams["stdout"], stderr=streams["stderr"])


def _returncode(entry: Mapping[str, Any]) -> int | None:
    """Return how the recorded program ended; `None` when there was none."""
    code = entry.get("returncode")
    return None if code is None else int(code)


def _recorded_stat(entry: Mapping[str, Any]) -> Stat:
    """Turn one entry of ``.host.json`` into what stat(2) would have said."""
    return Stat(
        mode=FILE_TYPES[entry["type"]] | int(entry["mode"], 8),
        uid=int(entry.get("uid", 0)),
        gid=int(entry.get("gid", 0)),
        rdev=(int(entry.get("major", 0)), int(entry.get("minor", 0))),
        size=0,
        mtime_ns=0,
        inode=0,
    )


def _load(content: bytes | Unread, name: str, kind: type) -> Any:
    """Parse JSON of the expected kind."""
    if isinstance(content, Unread):
        raise _damaged(name, content.reason)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(name, str(error)) from error
    if not isinstance(value, kind):
        raise _damaged(name, f"not a JSON {'object' if kind is dict else 'array'}")
    return value


def _damaged(name: str, why: str) -> HostError:
    return HostError(f"{name}: {why}")
