"""
The directories that ``ldconfig`` is told to put into the loader's cache: ``/etc/ld.so.conf`` and what it includes.

AWS's packages add none; images and AWS's own container recipes write ``/etc/ld.so.conf.d/neuron.conf``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts.frozen import dataclass
from .host import Host

CONFIGURATION = "etc/ld.so.conf"

_MOST_FILES = 200
_MOST_DIRECTORIES = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the configuration: a directory, or the pattern of further files."""

    path: str
    is_include: bool = False


def read_loader_directories(host: Host) -> Iterator[tuple[str, str]]:
    """Yield each directory, relative to the host's root, with the file that names it, in the loader's order."""
    pending = [CONFIGURATION]
    seen: set[str] = set()
    directories = 0
    while pending:
        path = pending.pop(0)
        text = host.read_text(path)
        if path in seen or not isinstance(text, str):
            continue
        seen.add(path)
        included = []
        for line in parse_ld_so_conf(text):
            if line.is_include:
                included += _expand(host, line.path, path)
            elif directories < _MOST_DIRECTORIES:
                directories += 1
                yield line.path.strip("/"), f"/{path}"
        pending = (included + pending)[: _MOST_FILES - len(seen)]


def parse_ld_so_conf(text: str) -> tuple[Line, ...]:
    """
    Parse ``ld.so.conf``, as ldconfig(8) of the GNU C library does.

    .. code-block:: text

        # Multiarch support
        include /etc/ld.so.conf.d/*.conf
        /opt/aws/neuron/lib
    """
    lines = []
    for line in text.split("\n"):
        words = line.partition("#")[0].strip()
        keyword, *patterns = words.split() or [""]
        if keyword == "include":
            lines += [Line(path=pattern, is_include=True) for pattern in patterns]
        elif words.startswith("/") and "\0" not in words:
            lines.append(Line(path=words.partition("=")[0].rstrip()))
    return tuple(lines)


def _expand(host: Host, pattern: str, including: str) -> list[str]:
    """Return the files that *pattern* in the file *including* stands for; ldconfig reads them by name."""
    from fnmatch import fnmatchcase  # noqa: PLC0415

    if not pattern.startswith("/"):
        pattern = f"{including.rpartition('/')[0]}/{pattern}"
    directory, _, last = pattern.strip("/").rpartition("/")
    names = host.list_directory(directory)
    return [f"{directory}/{name}" for name in names if fnmatchcase(name, last)] if isinstance(names, tuple) else []
