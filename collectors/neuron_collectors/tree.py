"""
Write what collectors saw of a host as a tree that can be read in its place, with ``--root``.

It holds the files, links, names in directories and outputs of programs that were looked at, and nothing else; of a file
that was read in part, those parts, with holes for the rest. `captured` says what ``.host.json`` and ``.commands`` are
for, `recorded_facts` what ``.facts.json`` is.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .commands import Completed
from .facts.state import Reading, Unread
from .host import FILE_TYPES, Stat
from .input_error import InputError
from .recording import Recording
from .tree_redaction import TreeRedactor

_OWN = (".host.json", ".commands", ".facts.json")
_PRIVATE_DIRECTORY = 0o700
_PRIVATE_FILE = 0o600
_NAMES = {bits: name for name, bits in FILE_TYPES.items()}


class TreeError(InputError):
    """A tree cannot be written where it should be."""


class TreeWriter:
    """
    A new directory beside *directory*, which takes its place when all is written.

    *directory* must not be there, or be empty. Links are written last and nothing is written through one.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Make the new directory, readable by its owner alone; raises `TreeError` and `OSError`."""
        self._target = Path(directory)
        if self._target.is_symlink() or (self._target.exists() and not _is_empty(self._target)):
            raise TreeError(f"{os.fspath(directory)}: there already; a tree is written to a new or empty directory")
        self.root = Path(tempfile.mkdtemp(dir=self._target.absolute().parent, prefix=f".{self._target.name}."))

    def __enter__(self) -> TreeWriter:
        """Return the writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not finished."""
        shutil.rmtree(self.root, ignore_errors=True)

    def write(self, recording: Recording, redactor: TreeRedactor) -> None:
        """Write all that was seen; raises `OSError`."""
        seen = Seen(recording, redactor)
        for path in sorted(seen.directories):
            self._directory(path)
        for path, size in seen.sizes.items():
            self._file(path, {}, size=size)
        for path, content in seen.files.items():
            self._file(path, {0: content}, size=len(content))
        for path, pieces in seen.pieces.items():
            self._file(path, pieces, size=seen.sizes_of_pieces[path])
        for path, nanoseconds in seen.times.items():
            self._set_time(path, nanoseconds)
        for path, target in seen.links.items():
            self._link(path, target)
        for path in seen.names:
            self._name(path)
        self._write_json(".host.json", seen.host_entries())
        self._write_commands(redactor.commands(recording.commands))

    def write_text(self, name: str, text: str) -> None:
        """Write the file *name* at the top of the tree."""
        self._file(name, {0: text.encode()}, size=len(text.encode()))

    def finish(self) -> None:
        """Put the tree in its place; raises `OSError`."""
        self.root.rename(self._target)

    def _directory(self, path: str) -> Path:
        place = self.root / path
        place.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        return place

    def _file(self, path: str, pieces: Mapping[int, bytes], *, size: int) -> None:
        """Write a file of *size* bytes with *pieces* in their places and holes between."""
        place = self._parent(path)
        if place is None or place.is_dir():
            return
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE_FILE)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
            for offset, content in pieces.items():
                file.seek(offset)
                file.write(content)
            file.truncate(max(size, 0))

    def _parent(self, path: str) -> Path | None:
        """Make the directory that *path* is in; `None` when one of its parts was seen as a file, too."""
        place = self.root / path
        try:
            place.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return None
        return place

    def _link(self, path: str, target: str) -> None:
        place = self._parent(path)
        if place is not None and not os.path.lexists(place):
            place.symlink_to(target)

    def _name(self, path: str) -> None:
        """Make an empty file of what was only listed."""
        place = self._parent(path)
        if place is not None and not os.path.lexists(place):
            place.touch(mode=_PRIVATE_FILE)

    def _set_time(self, path: str, nanoseconds: int) -> None:
        place = self.root / path
        if place.exists():
            os.utime(place, ns=(nanoseconds, nanoseconds))

    def _write_json(self, name: str, document: Any) -> None:
        self.write_text(name, json.dumps(document, indent=1) + "\n")

    def _write_commands(self, commands: Mapping[tuple[str, ...], Reading[Completed]]) -> None:
        """Write the outputs of the programs that were run, and of which it is known how that ended."""
        index = []
        for number, (argv, outcome) in enumerate(commands.items()):
            if isinstance(outcome, Completed):
                streams = {"stdout": f"{number}.out", "stderr": f"{number}.err"}
                self.write_text(f".commands/{streams['stdout']}", outcome.stdout)
                self.write_text(f".commands/{streams['stderr']}", outcome.stderr)
                index.append({"argv": list(argv), "returncode": outcome.returncode, **streams})
            elif not isinstance(outcome, Unread):
                index.append({"argv": list(argv), "returncode": None})
        if index:
            self._write_json(".commands/index.json", index)


class Seen:
    """What a recording holds, under the names that it will have in the tree."""

    def __init__(self, recording: Recording, redactor: TreeRedactor) -> None:
        """Redact all paths and contents of *recording*."""
        self._recording = recording
        self._path = redactor.path
        stats = {path: found for path, found in recording.stats.items() if not _is_own(path)}
        self._stats = stats
        regular = {path: found for path, found in stats.items() if stat.S_ISREG(found.mode)}
        self.directories = {self._path(path) for path in (*recording.listings, *recording.directories)}
        self.directories |= {self._path(path) for path, found in stats.items() if stat.S_ISDIR(found.mode)}
        self.sizes = {self._path(path): found.size for path, found in regular.items() if not self._is_denied(path)}
        self.files = {
            self._path(path): redactor.content(path, content)
            for path, content in recording.files.items()
            if not _is_own(path)
        }
        self.pieces = {self._path(path): pieces for path, pieces in recording.pieces.items() if pieces}
        self.sizes_of_pieces = {self._path(path): size for path, size in recording.sizes.items()}
        self.times = {self._path(path): found.mtime_ns for path, found in regular.items()}
        self.links = {self._path(path): redactor.target(path, target) for path, target in recording.links.items()}
        known = self._known()
        self.names = tuple(redactor.entry(path, known=path in known) for path in self._listed())

    def host_entries(self) -> dict[str, dict[str, Any]]:
        """Return what ``.host.json`` is to say: nodes that no user may make, and what could not be read."""
        special = {path: found for path, found in self._stats.items() if _is_special(found.mode)}
        entries = {self._path(path): _entry(found) for path, found in special.items()}
        for paths, kind in ((self._recording.denied_files, "file"), (self._recording.denied_directories, "dir")):
            for path in paths:
                found = self._stats.get(path)
                entries[self._path(path)] = _entry(found) if found else {"type": kind, "mode": "0400"}
        return dict(sorted(entries.items()))

    def _is_denied(self, path: str) -> bool:
        return path in self._recording.denied_files

    def _listed(self) -> Iterator[str]:
        """Yield the paths of names that were listed, without what ``.host.json`` will say."""
        special = {path for path, found in self._stats.items() if _is_special(found.mode)}
        away = {*special, *self._recording.denied_files, *self._recording.denied_directories}
        for directory, names in self._recording.listings.items():
            for path in (f"{directory}/{name}".lstrip("/") for name in names):
                if path not in away and not _is_own(path):
                    yield path

    def _known(self) -> frozenset[str]:
        """Return every path of which more is known than its name, and the directories above."""
        recording = self._recording
        seen: Sequence[Any] = (
            *recording.files,
            *recording.pieces,
            *recording.listings,
            *recording.directories,
            *self._stats,
            *recording.links,
        )
        return frozenset(above for path in seen for above in _and_above(path))


def _and_above(path: str) -> Iterator[str]:
    """Yield *path* and the directories above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _is_own(path: str) -> bool:
    """Tell whether *path* is what a captured tree says about itself."""
    return path.partition("/")[0] in _OWN


def _is_special(mode: int) -> bool:
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)) and stat.S_IFMT(mode) in _NAMES


def _entry(found: Stat) -> dict[str, Any]:
    """Return the entry of ``.host.json`` for what stat(2) says."""
    entry: dict[str, Any] = {
        "type": _NAMES.get(stat.S_IFMT(found.mode), "file"),
        "mode": f"{found.permissions:04o}",
        "uid": found.uid,
        "gid": found.gid,
    }
    return entry | ({"major": found.rdev[0], "minor": found.rdev[1]} if found.rdev != (0, 0) else {})


def _is_empty(directory: Path) -> bool:
    """Tell whether *directory* is one, with nothing in it."""
    return directory.is_dir() and next(directory.iterdir(), None) is None
