"""
A directory held open, for places with thousands of small files.

The driver's tree of a trn2.48xlarge has 13,664 files in 6,801 directories. `Host.read_bytes` resolves each path from
the root; here a file costs an open relative to its directory, a read and a close.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from errno import ENOENT
from stat import S_IFDIR, S_ISDIR, S_ISLNK, S_ISREG
from types import TracebackType

from .facts.frozen import dataclass
from .facts.state import PERMISSION, Reading, Unread
from .host import READ_LIMIT, Stat, kind_of, reason_for

_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_FIRST_READ = 256  # nearly every file in sysfs is shorter, and a larger buffer takes longer to make than to fill
_MORE = 1 << 16
_BELOW_DEV = Unread("not opened: below /dev")

Recorded = Mapping[str, Mapping[str, Stat | None]]
"""What ``.host.json`` says, by directory and name; `None` for a directory that it names only on the way to others."""

Regular = dict[str, set[str]]
"""Which names were seen to be regular files, by directory: a captured tree does not change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entries:
    """What is in a directory, by kind, each in the order of the names."""

    files: tuple[str, ...]
    """Regular files, and files that only ``.host.json`` knows."""
    directories: tuple[str, ...]
    others: tuple[str, ...]
    """Links, FIFOs, sockets and devices, which are neither followed nor opened here."""


class OpenDirectory:
    """
    A directory that `Host.open_directory` opened; ``with`` closes it.

    Only regular files are opened, whatever they are called, and no link is followed. In a captured tree each file is
    looked at before it is first opened; below the ``/sys`` of the running machine the kernel answers for it.
    """

    def __init__(
        self, place: str, *, descriptor: int | None, only_files: bool, recorded: Recorded, regular: Regular
    ) -> None:
        """
        Take over *descriptor* of the directory at *place*, links resolved; `None` when only ``.host.json`` knows it.

        *only_files* promises that there are no FIFOs, sockets and devices in it. *regular* remembers what is a regular
        file, by directory, from one reading to the next.
        """
        self._place = place
        self._descriptor = descriptor
        self._only_files = only_files
        self._recorded = recorded
        self._is_dev = place.partition("/")[0] == "dev"
        self._all_regular = regular
        self._regular = regular.setdefault(place, set())

    def __enter__(self) -> OpenDirectory:
        """Return the directory itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the directory."""
        if self._descriptor is not None:
            os.close(self._descriptor)

    def list(self) -> Reading[Entries]:
        """Return what is in the directory."""
        try:
            kinds = _scan(self._descriptor)
        except OSError as error:
            return reason_for(error)
        self._regular.update(kinds.files)
        return _with_recorded(kinds, self._recorded.get(self._place, {})) if self._recorded else kinds

    def read(self, names: Iterable[str], *, limit: int = READ_LIMIT) -> dict[str, Reading[bytes]]:
        """
        Return the content of the regular files *names*, each at most *limit* bytes; anything else gives `Unread`.

        A name may be ``directory/file`` when `list` gave that directory: for a file or two it need not be opened.
        """
        if self._descriptor is None or self._is_dev:
            return {name: self._absent(name) if self._descriptor is None else _BELOW_DEV for name in names}
        contents: dict[str, Reading[bytes]] = {}
        here, step, regular = self._descriptor, min(limit, _FIRST_READ) + 1, self._regular
        # One loop without calls into Python, and no name looked up twice: there are thousands of files.
        check, open_file, read_file, close_file = os.stat, os.open, os.read, os.close
        for name in names:
            try:
                if not self._only_files and name not in regular:
                    mode = check(name, dir_fd=here, follow_symlinks=False).st_mode
                    if not S_ISREG(mode):
                        contents[name] = Unread(f"not a regular file: {'link' if S_ISLNK(mode) else kind_of(mode)}")
                        continue
                    regular.add(name)
                descriptor = open_file(name, _FILE, 0, dir_fd=here)
                try:
                    content = read_file(descriptor, step)
                    contents[name] = content if len(content) < step else _read_on(descriptor, content, limit)
                finally:
                    close_file(descriptor)
            except OSError as error:
                contents[name] = self._absent(name) if error.errno == ENOENT else reason_for(error)
        return contents

    def enter(self, path: str) -> Reading[OpenDirectory]:
        """Open the directory at *path* below this one, where no part of *path* is a link; the caller closes it."""
        place = f"{self._place}/{path}"
        try:
            descriptor = _open_below(self._descriptor, path)
        except OSError as error:
            if error.errno != ENOENT or place not in self._recorded:
                return reason_for(error)
            descriptor = None
        return OpenDirectory(
            place,
            descriptor=descriptor,
            only_files=self._only_files,
            recorded=self._recorded,
            regular=self._all_regular,
        )

    def _absent(self, name: str) -> Unread | None:
        """Say what it means that *name* is not there: ``.host.json`` may know it from when the tree was captured."""
        directory, _, file = f"{self._place}/{name}".rpartition("/")
        return PERMISSION if self._recorded and file in self._recorded.get(directory, {}) else None


def open_directory(path: str, place: str, *, only_files: bool, recorded: Recorded, regular: Regular) -> OpenDirectory:
    """Open the directory at *path* of this machine, which is *place* of the host; raises `OSError`."""
    descriptor: int | None
    try:
        descriptor = os.open(path, _DIRECTORY)
    except FileNotFoundError:
        if place not in recorded:
            raise
        descriptor = None
    return OpenDirectory(place, descriptor=descriptor, only_files=only_files, recorded=recorded, regular=regular)


def _scan(descriptor: int | None) -> Entries:
    """Sort what is in the directory open as *descriptor* by kind; raises `OSError`."""
    files, directories, others = [], [], []
    if descriptor is not None:
        with os.scandir(descriptor) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    directories.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files.append(entry.name)
                else:
                    others.append(entry.name)
    return Entries(files=tuple(sorted(files)), directories=tuple(sorted(directories)), others=tuple(sorted(others)))


def _with_recorded(entries: Entries, recorded: Mapping[str, Stat | None]) -> Entries:
    """Add to *entries* what only ``.host.json`` knows."""
    listed = {*entries.files, *entries.directories, *entries.others}
    modes = {name: S_IFDIR if stat is None else stat.mode for name, stat in recorded.items() if name not in listed}
    files = [name for name, mode in modes.items() if S_ISREG(mode)]
    directories = [name for name, mode in modes.items() if S_ISDIR(mode)]
    others = modes.keys() - {*files, *directories}
    return Entries(
        files=tuple(sorted((*entries.files, *files))),
        directories=tuple(sorted((*entries.directories, *directories))),
        others=tuple(sorted((*entries.others, *others))),
    )


def _open_below(descriptor: int | None, path: str) -> int:
    """Open the directory at *path* below the open *descriptor*; raises `OSError`."""
    if descriptor is None:
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
    above, here = None, descriptor
    for name in path.split("/"):
        try:
            here = os.open(name, _DIRECTORY, dir_fd=here)
        finally:
            if above is not None:
                os.close(above)
        above = here
    return here


def _read_on(descriptor: int, content: bytes, limit: int) -> Reading[bytes]:
    """Return *content*, which filled its buffer, and what *descriptor* has beyond it."""
    chunks = [content]
    size = len(content)
    while size <= limit and (chunk := os.read(descriptor, min(limit - size + 1, _MORE))):
        chunks.append(chunk)
        size += len(chunk)
    return Unread(f"larger than {limit} bytes") if size > limit else b"".join(chunks)
