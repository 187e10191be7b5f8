"""
The one door to the machine: every file and every command goes through `Host`.

A host is a root directory: ``/`` for this machine, or a captured tree that stands for another one. In a captured tree
links are resolved inside the tree; `captured.open_host` adds what such a tree says about itself.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from .commands import Completed, Runner, run_command
from .facts.frozen import dataclass
from .facts.state import NOT_COLLECTED, PERMISSION, Reading, Unread

if TYPE_CHECKING:
    from .open_directory import OpenDirectory

READ_LIMIT = 64 * 1024
"""Bytes that a file may hold unless the caller knows better. Everything in sysfs and most of /proc is far smaller."""

_MAX_LINKS = 40  # what Linux allows too
_DEEPEST_RECORDED = 20  # a description may name a path of any depth; the deepest in sysfs has 11 parts
_LIVE_FILE_SYSTEMS = ("sys/", "proc/")
FILE_TYPES = {
    "file": stat.S_IFREG,
    "dir": stat.S_IFDIR,
    "char": stat.S_IFCHR,
    "block": stat.S_IFBLK,
    "fifo": stat.S_IFIFO,
}


class CollectorError(Exception):
    """A source is there and readable, but is not what it should be."""


class HostError(Exception):
    """The root is not a directory, or what a captured tree says about itself is damaged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stat:
    """What stat(2) says of a path."""

    mode: int
    """File type and permission bits."""
    uid: int
    gid: int
    rdev: tuple[int, int]
    """Major and minor number of a device node; (0, 0) for anything else."""
    size: int
    """Bytes."""
    mtime_ns: int
    inode: int
    device: tuple[int, int] = (0, 0)
    """Major and minor number of the file system that it is on."""

    @property
    def permissions(self) -> int:
        """The permission bits alone, e.g. ``0o666``."""
        return stat.S_IMODE(self.mode)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The beginning of a file."""

    content: bytes
    file_size: int
    """Bytes in the whole file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskSpace:
    """What statvfs(3) says of a file system."""

    total_bytes: int
    free_bytes: int
    """What an ordinary user may still write."""


class Host:
    """
    A machine, seen through its root directory and a command runner.

    Paths are relative to the root. One that no file can have, with a NUL in it, is absent like any other.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = "/",
        *,
        run: Runner | None = None,
        recorded: Mapping[str, Stat] | None = None,
    ) -> None:
        """
        Open *root*; raises `HostError` when it is not a directory.

        *run* replaces the running of programs. *recorded* says what a copy of a file system cannot carry: a path that
        it names and the tree lacks is there, but could not be read when the tree was captured.
        """
        self.root = os.path.realpath(root)
        self.live = self.root == "/"
        """Whether this is the running machine: only then may psutil, pyudev or a program be asked."""
        self._prefix = "/" if self.live else self.root + "/"
        self._directories: dict[str, str] = {"": ""}
        self._recorded = recorded or {}
        self._recorded_by_directory = _by_directory(self._recorded)
        self._regular: dict[str, set[str]] = {}
        self._run = run or (run_command if self.live else None)
        if not os.path.isdir(self.root):
            raise HostError(f"{os.fspath(root)}: not a directory")

    def read_bytes(self, path: str, *, limit: int = READ_LIMIT) -> Reading[bytes]:
        """
        Return the content of the regular file *path*, at most *limit* bytes.

        A longer file, a FIFO, a socket, a device node and anything below ``dev`` give `Unread`; none of them is
        opened (opening ``/dev/neuron0`` attaches the process to the device).
        """
        descriptor = self._descriptor(path)
        if descriptor is None or isinstance(descriptor, Unread):
            return descriptor
        try:
            return _read_all(descriptor, limit)
        except OSError as error:
            return reason_for(error)
        finally:
            os.close(descriptor)

    def read_head(self, path: str, size: int) -> Reading[Head]:
        """Return the first *size* bytes of the regular file *path*, or all that there are."""
        descriptor = self._descriptor(path)
        if descriptor is None or isinstance(descriptor, Unread):
            return descriptor
        try:
            return Head(content=os.read(descriptor, size), file_size=os.fstat(descriptor).st_size)
        except OSError as error:
            return reason_for(error)
        finally:
            os.close(descriptor)

    def open_regular(self, path: str) -> Reading[BinaryIO]:
        """
        Open the regular file *path* for reading piece by piece; the caller closes it, best by ``with``.

        What cannot be opened is the same as for `read_bytes`. Reading from it can raise `OSError`.
        """
        descriptor = self._descriptor(path)
        if descriptor is None or isinstance(descriptor, Unread):
            return descriptor
        return os.fdopen(descriptor, "rb", buffering=0)

    def read_text(self, path: str, *, limit: int = READ_LIMIT) -> Reading[str]:
        """Return the content of *path* as text; bytes that are not UTF-8 become replacement characters."""
        content = self.read_bytes(path, limit=limit)
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else content

    def read_line(self, path: str) -> Reading[str]:
        """Return the first line of *path* without surrounding white space; `None` also when it is empty."""
        text = self.read_text(path)
        if not isinstance(text, str):
            return text
        return text.strip().partition("\n")[0].rstrip() or None

    def list_directory(self, path: str) -> Reading[tuple[str, ...]]:
        """Return the sorted names in directory *path*."""
        try:
            names = os.listdir(self._prefix + self._directory(path))
        except (OSError, ValueError) as error:
            absent = isinstance(error, OSError) and error.errno == errno.ENOENT
            return (self._recorded_names(path) if absent else None) or self._failed(path, error)
        return tuple(sorted({*names, *self._recorded_names(path)})) if self._recorded else tuple(sorted(names))

    def open_directory(self, path: str) -> Reading[OpenDirectory]:
        """
        Open directory *path* for reading many small files in it and below it; the caller closes it, best by ``with``.

        What can be read in it is the same as for `read_bytes`, but that no link is followed.
        """
        from .open_directory import open_directory  # noqa: PLC0415 - not every collector needs it

        try:
            place = os.path.realpath("/" + path)[1:] if self.live else self._directory(path)
            return open_directory(
                self._prefix + place,
                place,
                only_files=self.live and place.startswith("sys/"),
                recorded=self._recorded_by_directory,
                regular={} if self.live else self._regular,  # a running machine changes
            )
        except (OSError, ValueError) as error:
            return self._failed(path, error)

    def stat_directory(self, path: str) -> Reading[Mapping[str, Stat]]:
        """Return what lstat(2) says of everything in directory *path*, by sorted name; links are not followed."""
        names = self.list_directory(path)
        if names is None or isinstance(names, Unread):
            return names
        place = self._resolve(path)
        stats = {name: self._lstat(f"{place}/{name}" if place else name) for name in names}
        unread = next((found for found in stats.values() if isinstance(found, Unread)), None)
        return unread or {name: found for name, found in stats.items() if isinstance(found, Stat)}

    def read_link(self, path: str) -> Reading[str]:
        """Return what the link *path* says; `None` when it is none."""
        parent, _, name = path.rpartition("/")
        try:
            return os.readlink(f"{self._prefix}{self._directory(parent)}/{name}")
        except (OSError, ValueError) as error:
            no_link = isinstance(error, OSError) and error.errno == errno.EINVAL
            return None if no_link else self._failed(path, error)

    def read_links(self, path: str) -> Reading[Mapping[str, str]]:
        """Return what each link in directory *path* says, by sorted name; what goes away meanwhile is left out."""
        names = self.list_directory(path)
        if not isinstance(names, tuple):
            return names
        prefix = f"{self._prefix}{self._directory(path)}/"
        targets = {}
        for name in names:
            try:
                targets[name] = os.readlink(prefix + name)
            except OSError as error:
                if error.errno != errno.EINVAL and self._failed(f"{path}/{name}", error) == PERMISSION:
                    return PERMISSION
        return targets

    def real_path(self, path: str) -> str:
        """Return *path* with all its links resolved inside the root; the path itself when it leads nowhere."""
        try:
            return os.path.realpath("/" + path)[1:] if self.live else self._resolve(path)
        except (OSError, ValueError):
            return path

    def stat(self, path: str) -> Reading[Stat]:
        """Return what stat(2) says of *path*, links followed; nothing is opened."""
        try:
            resolved = self._resolve(path)
            if resolved in self._recorded:
                return self._recorded[resolved]
            return _stat_of(os.stat(self._prefix + resolved, follow_symlinks=self.live))
        except (OSError, ValueError) as error:
            return self._failed(path, error)

    def may_read_and_write(self, path: str) -> Reading[bool]:
        """
        Tell whether the user who runs this may read and write *path*, by access(2).

        In a captured tree nobody is asking, so only what holds for everyone is known.
        """
        if self.live:
            return os.access("/" + path, os.R_OK | os.W_OK)
        found = self.stat(path)
        if not isinstance(found, Stat):
            return found
        return True if found.permissions & 0o006 == 0o006 else Unread("depends on the user")

    def disk(self, path: str) -> Reading[DiskSpace]:
        """Return the size of the file system that *path* is on, by statvfs(3); a captured tree stands on another."""
        if not self.live:
            return NOT_COLLECTED
        try:
            found = os.statvfs("/" + path)
        except (OSError, ValueError) as error:
            return self._failed(path, error)
        return DiskSpace(total_bytes=found.f_blocks * found.f_frsize, free_bytes=found.f_bavail * found.f_frsize)

    def holds(self, path: str) -> bool:
        """
        Tell whether a look below *path* says anything.

        On the live machine it always does. A captured tree that lacks *path* has not captured it, which does not say
        that it is absent.
        """
        return self.live or not (self.stat(path) is None and not self._recorded_names(path))

    def run(self, argv: Sequence[str], *, deadline: float = 3.0) -> Reading[Completed]:
        """
        Run *argv* (absolute path first) and return how it ended; `None` when there is no such program.

        *deadline* is in seconds. In a captured tree the recorded output is returned; a command that was not recorded
        is `Unread`.
        """
        return NOT_COLLECTED if self._run is None else self._run(argv, deadline)

    def _lstat(self, place: str) -> Reading[Stat]:
        """Return what lstat(2) says of *place*, whose directories hold no link, or ``.host.json`` where it is not."""
        try:
            return _stat_of(os.lstat(self._prefix + place))
        except OSError as error:
            return self._recorded.get(place) or reason_for(error)

    def _descriptor(self, path: str) -> Reading[int]:
        """Open *path* for reading if it is a regular file."""
        try:
            return self._open(path)
        except (OSError, ValueError) as error:
            return self._failed(path, error)

    def _open(self, path: str) -> int | Unread:
        """Open *path* for reading without following a last link out of the root, and without ever waiting."""
        if self.live:
            return self._open_live(path)
        parent, _, name = path.rpartition("/")
        place = f"{self._directory(parent)}/{name}" if parent else name
        try:
            return self._open_regular(place)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return self._open_regular(self._resolve(path))

    def _open_live(self, path: str) -> int | Unread:
        """Open *path* on the running machine."""
        if path.startswith(_LIVE_FILE_SYSTEMS):
            return os.open("/" + path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return self._open_regular(path)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return self._open_regular(os.path.realpath("/" + path)[1:])

    def _open_regular(self, place: str) -> int | Unread:
        """Open *place*, whose directories hold no link, if it is a regular file. Raises ELOOP when it is a link."""
        if place.startswith("dev/"):
            return Unread("not opened: below /dev")
        found = os.lstat(self._prefix + place)
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
            return Unread(f"not a regular file: {kind_of(found.st_mode)}")
        return os.open(self._prefix + place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _resolve(self, path: str) -> str:
        """Return *path* with every link resolved inside the root. Raises ELOOP when there are too many."""
        if self.live:
            return path
        parent, _, name = path.rpartition("/")
        return self._walk(self._directory(parent), name)

    def _directory(self, path: str) -> str:
        """Return directory *path* resolved, from memory when it was resolved before."""
        if self.live:
            return path
        known = self._directories.get(path)
        if known is None:
            parent, _, name = path.rpartition("/")
            above = self._directories.get(parent)
            known = self._walk("", path) if above is None else self._walk(above, name)
            self._directories[path] = known
        return known

    def _walk(self, base: str, path: str) -> str:
        """Return *path* below the resolved directory *base*, its links followed. No recursion: links may be deep."""
        links = 0
        pending = path.split("/")[::-1]
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                base = base.rpartition("/")[0]
                continue
            here = f"{base}/{name}" if base else name
            try:
                target = os.readlink(self._prefix + here)
            except OSError:
                base = here
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            base = "" if target.startswith("/") else base
            pending += target.split("/")[::-1]
        return base

    def _failed(self, path: str, error: OSError | ValueError) -> Unread | None:
        """Say what *error* means for *path*."""
        if isinstance(error, ValueError):
            return None
        if self._recorded and error.errno == errno.ENOENT and self._is_recorded(path):
            return PERMISSION
        return reason_for(error)

    def _is_recorded(self, path: str) -> bool:
        """Tell whether ``.host.json`` names *path*."""
        try:
            return self._resolve(path) in self._recorded
        except OSError:
            return False

    def _recorded_names(self, path: str) -> tuple[str, ...]:
        """Return the names below *path* that only ``.host.json`` knows."""
        prefix = path.rstrip("/") + "/"
        return tuple(sorted({p[len(prefix) :].partition("/")[0] for p in self._recorded if p.startswith(prefix)}))


def _by_directory(recorded: Mapping[str, Stat]) -> Mapping[str, Mapping[str, Stat | None]]:
    """Return *recorded* by directory and name; the directories on the way to what it names have no `Stat`."""
    directories: dict[str, dict[str, Stat | None]] = {}
    for path, found in recorded.items():
        directory, _, name = path.rpartition("/")
        directories.setdefault(directory, {})[name] = found
        while directory and path.count("/") <= _DEEPEST_RECORDED:
            directory, _, name = directory.rpartition("/")
            directories.setdefault(directory, {}).setdefault(name, None)
    return directories


def _read_all(descriptor: int, limit: int) -> Reading[bytes]:
    """Read *descriptor* to its end, or say that it holds more than *limit* bytes."""
    chunks = []
    size = 0
    step = 4097  # enough for all but a few, and cheap to make room for
    # Only an empty read is the end: the kernel cuts /proc/PID/maps and the like into pieces that end with a line.
    while size <= limit and (chunk := os.read(descriptor, min(limit - size + 1, step))):
        chunks.append(chunk)
        size += len(chunk)
        step = 1 << 16
    return Unread(f"larger than {limit} bytes") if size > limit else b"".join(chunks)


def reason_for(error: OSError) -> Unread | None:
    """Say what *error* means: absent, not permitted, or unreadable for the reason that the kernel gives."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return None
    if error.errno in (errno.EACCES, errno.EPERM):
        return PERMISSION
    name = errno.errorcode.get(error.errno or 0, "error")
    return Unread(f"{name}: {error.strerror}")


def kind_of(mode: int) -> str:
    """Name the file type in *mode*."""
    return next((name for name, bits in FILE_TYPES.items() if stat.S_IFMT(mode) == bits), "socket")


def _stat_of(found: os.stat_result) -> Stat:
    """Turn the system's stat result into ours."""
    return Stat(
        mode=found.st_mode,
        uid=found.st_uid,
        gid=found.st_gid,
        rdev=(os.major(found.st_rdev), os.minor(found.st_rdev)),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        inode=found.st_ino,
        device=(os.major(found.st_dev), os.minor(found.st_dev)),
    )
