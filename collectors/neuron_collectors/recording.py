"""A host that remembers what collectors saw of it, so that a tree can be written that shows the same; see `tree`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import TracebackType
from typing import BinaryIO, cast

from .commands import Completed
from .facts.frozen import dataclass
from .facts.state import PERMISSION, Reading, Unread
from .host import READ_LIMIT, Head, Host, Stat
from .open_directory import Entries, OpenDirectory

_MAX_LINKS = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """What was seen of a host. Paths are relative to its root, with no link in them but as the last part."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Files that were read whole."""
    pieces: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """Files of which parts were read, by place in the file."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of the files in `pieces`."""
    listings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    """What is a directory, listed or not."""
    stats: dict[str, Stat] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    denied_files: set[str] = field(default_factory=set)
    """What could not be read for lack of permission."""
    denied_directories: set[str] = field(default_factory=set)
    commands: dict[tuple[str, ...], Reading[Completed]] = field(default_factory=dict)


class RecordingHost(Host):
    """A host that is read like any other, and remembers."""

    def __init__(self, host: Host) -> None:
        """Stand in for *host*, whose open door this takes over."""
        self.__dict__.update(host.__dict__)
        self.recording = Recording()
        self._traced: dict[str, str] = {"": ""}

    def read_bytes(self, path: str, *, limit: int = READ_LIMIT) -> Reading[bytes]:
        """Read and remember a file."""
        content = super().read_bytes(path, limit=limit)
        place = self._trace(path) if content is not None else None
        if place is not None:
            self._remember_content(place, content)
        return content

    def read_head(self, path: str, size: int) -> Reading[Head]:
        """Read and remember the beginning of a file."""
        head = super().read_head(path, size)
        place = self._trace(path)
        if place is not None and isinstance(head, Head):
            self.recording.sizes[place] = head.file_size
            self.recording.pieces.setdefault(place, {})[0] = head.content
        elif place is not None and head == PERMISSION:
            self.recording.denied_files.add(place)
        return head

    def open_regular(self, path: str) -> Reading[BinaryIO]:
        """Open a file of which every piece that is read is remembered."""
        stream = super().open_regular(path)
        place = self._trace(path)
        if stream is None or isinstance(stream, Unread) or place is None:
            if place is not None and stream == PERMISSION:
                self.recording.denied_files.add(place)
            return stream
        self.recording.sizes[place] = os.fstat(stream.fileno()).st_size
        return cast("BinaryIO", RecordedStream(stream, self.recording.pieces.setdefault(place, {})))

    def list_directory(self, path: str) -> Reading[tuple[str, ...]]:
        """List and remember a directory."""
        names = super().list_directory(path)
        place = self._trace(path) if names is not None else None
        if place is not None and isinstance(names, tuple):
            self.recording.listings[place] = names
        elif place is not None and names == PERMISSION:
            self.recording.denied_directories.add(place)
        return names

    def stat_directory(self, path: str) -> Reading[Mapping[str, Stat]]:
        """Remember what a directory holds, links as links."""
        found = super().stat_directory(path)
        place = self._trace(path)
        if place is not None and isinstance(found, Mapping):
            for name, stat in found.items():
                self._remember_stat(f"{place}/{name}".lstrip("/"), stat)
        return found

    def open_directory(self, path: str) -> Reading[OpenDirectory]:
        """Open a directory of which all that is read is remembered."""
        directory = super().open_directory(path)
        place = self._trace(path)
        if isinstance(directory, OpenDirectory) and place is not None:
            return RecordedDirectory(directory, place, self.recording)
        if place is not None and directory == PERMISSION:
            self.recording.denied_directories.add(place)
        return directory

    def read_link(self, path: str) -> Reading[str]:
        """Read and remember a link."""
        target = super().read_link(path)
        if isinstance(target, str):
            self._trace(path)
        return target

    def read_links(self, path: str) -> Reading[Mapping[str, str]]:
        """Read and remember all links in a directory."""
        targets = super().read_links(path)
        place = self._trace(path)
        if place is not None and isinstance(targets, Mapping):
            self.recording.links.update({f"{place}/{name}": target for name, target in targets.items()})
        return targets

    def real_path(self, path: str) -> str:
        """Resolve a path, remembering the links on the way."""
        self._trace(path)
        return super().real_path(path)

    def stat(self, path: str) -> Reading[Stat]:
        """Remember what stat(2) says."""
        found = super().stat(path)
        place = self._trace(path)
        if place is not None and isinstance(found, Stat):
            self._remember_stat(place, found)
        return found

    def run(self, argv: Sequence[str], *, deadline: float = 3.0) -> Reading[Completed]:
        """Run a program and remember how it ended."""
        outcome = super().run(argv, deadline=deadline)
        self.recording.commands[tuple(argv)] = outcome
        return outcome

    def _remember_content(self, place: str, content: Reading[bytes]) -> None:
        if isinstance(content, bytes):
            self.recording.files[place] = content
        elif content == PERMISSION:
            self.recording.denied_files.add(place)

    def _remember_stat(self, place: str, found: Stat) -> None:
        if place:
            self.recording.stats[place] = found

    def _trace(self, path: str) -> str | None:
        """Return *path* with its links resolved, remembering them; `None` when they go in circles."""
        parent, _, name = path.strip("/").rpartition("/")
        base = self._traced.get(parent)
        if base is None:
            base = self._follow("", parent)
            if base is None:
                return None
            self._traced[parent] = base
        return self._follow(base, name)

    def _follow(self, base: str, path: str) -> str | None:
        """Return *path* below the resolved directory *base*, its links followed and remembered."""
        pending = path.split("/")[::-1]
        for _ in range(_MAX_LINKS * 100):
            if not pending:
                return base
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                base = base.rpartition("/")[0]
                continue
            here = f"{base}/{name}" if base else name
            target = self._read_target(here)
            if target is None:
                base = here
                continue
            self.recording.links[here] = target
            base = "" if target.startswith("/") else base
            pending += target.split("/")[::-1]
        return None

    def _read_target(self, here: str) -> str | None:
        """Return what the link *here* says, whose directories hold no link; `None` when it is none."""
        try:
            return os.readlink(self._prefix + here)  # noqa: PTH115 - there are thousands, as strings
        except (OSError, ValueError):
            return None


class RecordedStream(io.RawIOBase):
    """A file that remembers every piece that is read of it."""

    def __init__(self, stream: BinaryIO, pieces: dict[int, bytes]) -> None:
        """Take over *stream*, and add to *pieces* by place in the file."""
        super().__init__()
        self._stream = stream
        self._pieces = pieces

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into *buffer*, and remember."""
        place = self._stream.tell()
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        if len(content) > len(self._pieces.get(place, b"")):
            self._pieces[place] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to another place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Say at which place it is."""
        return self._stream.tell()

    def fileno(self) -> int:
        """Return the descriptor below."""
        return self._stream.fileno()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()


class RecordedDirectory(OpenDirectory):
    """An open directory that remembers what is read in it."""

    def __init__(self, directory: OpenDirectory, place: str, recording: Recording) -> None:
        """Take over *directory*, which is at *place*."""
        self._inner = directory
        self._at = place
        self._recording = recording
        recording.directories.add(place)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the directory."""
        self._inner.__exit__(kind, error, trace)

    def list(self) -> Reading[Entries]:
        """List and remember the directory."""
        entries = self._inner.list()
        if isinstance(entries, Entries):
            self._recording.listings[self._at] = (*entries.files, *entries.directories, *entries.others)
            self._recording.directories.update(f"{self._at}/{name}" for name in entries.directories)
        return entries

    def read(self, names: Iterable[str], *, limit: int = READ_LIMIT) -> dict[str, Reading[bytes]]:
        """Read and remember files."""
        contents = self._inner.read(names, limit=limit)
        for name, content in contents.items():
            if isinstance(content, bytes):
                self._recording.files[f"{self._at}/{name}"] = content
            elif content == PERMISSION:
                self._recording.denied_files.add(f"{self._at}/{name}")
        return contents

    def enter(self, path: str) -> Reading[OpenDirectory]:
        """Open a directory below this one."""
        inner = self._inner.enter(path)
        if isinstance(inner, OpenDirectory):
            return RecordedDirectory(inner, f"{self._at}/{path}", self._recording)
        if inner == PERMISSION:
            self._recording.denied_directories.add(f"{self._at}/{path}")
        return inner
