"""
Directories of configuration files in which a file hides those of the same name in directories that come later.

So it is with modules-load.d(5), modprobe.d(5) and the rules of udev(7): what a package ships in ``/usr/lib`` is replaced
in ``/etc``, or switched off there by a link to ``/dev/null``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .facts import NOT_COLLECTED, Reading, Unread
from .host import Host

_MOST_FILES = 1000
_LIMIT = 4 * 1024 * 1024
_MASK = "dev/null"


def read_drop_ins(host: Host, directories: Sequence[str], *, suffix: str) -> Reading[Mapping[str, str | Unread]]:
    """
    Return the text of every file that counts, by its path, in the order of the files' names.

    *directories* are in the order of precedence. What is switched off is left out.
    """
    files: dict[str, str] = {}
    unread: dict[str, str | Unread] = {}
    looked = host.live
    for directory in directories:
        names = host.list_directory(directory)
        looked = looked or names is not None
        if isinstance(names, Unread):
            unread[f"/{directory}"] = names
        elif names is not None:
            for name in [name for name in names if name.endswith(suffix)][:_MOST_FILES]:
                files.setdefault(name, f"{directory}/{name}")
    if not looked:
        return NOT_COLLECTED
    readable = (files[name] for name in sorted(files) if host.real_path(files[name]) != _MASK)
    texts = {f"/{path}": host.read_text(path, limit=_LIMIT) for path in readable}
    return unread | {path: text for path, text in texts.items() if text is not None}
