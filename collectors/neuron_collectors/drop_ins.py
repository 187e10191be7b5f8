"""
Directories of configuration files in which a file hides those of the same name in directories that come later.

So it is with modules-load.d(5), modprobe.d(5) and the rules of udev(7): what a package ships in ``/usr/lib`` can be
replaced in ``/etc``, or switched off there by a link to ``/dev/null``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .facts import NOT_COLLECTED, Reading, Unread
from .facts.frozen import dataclass
from .host import Host

_MOST_FILES = 1000
_LIMIT = 4 * 1024 * 1024
_MASK = "dev/null"


@dataclass(frozen=True, kw_only=True, slots=True)
class DropIns:
    """The files that count."""

    texts: Mapping[str, str | Unread]
    """By path, e.g. ``/etc/modprobe.d/neuron.conf``, in the order of their names; none that is switched off."""
    complete: bool
    """Whether there are no others: a captured tree need not hold all directories."""

    @property
    def unread(self) -> Unread | None:
        """Why something may be missing, if it may."""
        reasons = (Unread(f"{path}: {text.reason}") for path, text in self.texts.items() if isinstance(text, Unread))
        return next(reasons, None) or (None if self.complete else NOT_COLLECTED)


def read_drop_ins(host: Host, directories: Sequence[str], *, suffix: str) -> DropIns:
    """Read the files with *suffix* in *directories*, which are in the order of precedence."""
    files: dict[str, str] = {}
    texts: dict[str, str | Unread] = {}
    for directory in directories:
        names = host.list_directory(directory)
        if isinstance(names, Unread):
            texts[f"/{directory}"] = names
        for name in [name for name in names if name.endswith(suffix)] if isinstance(names, tuple) else ():
            files.setdefault(name, f"{directory}/{name}")
    for name in sorted(files)[:_MOST_FILES]:
        text = _read(host, files[name])
        if text is not None:
            texts[f"/{files[name]}"] = text
    administrators = any(host.holds(directory) for directory in directories if directory.startswith("etc/"))
    packages = any(host.holds(directory) for directory in directories if directory.startswith(("usr/lib/", "lib/")))
    return DropIns(texts=texts, complete=administrators and packages)


def _read(host: Host, path: str) -> Reading[str]:
    """Read one file; a link to nothing is none."""
    return None if host.real_path(path) == _MASK else host.read_text(path, limit=_LIMIT)
