"""
The directories that ``ldconfig`` is told to put into the loader's cache: ``/etc/ld.so.conf`` and what it includes.

AWS's packages add none. Container recipes write ``/etc/ld.so.conf.d/neuron.conf``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .host import Host

CONFIGURATION = "etc/ld.so.conf"

_MOST_FILES = 100
_MOST_DIRECTORIES = 500


def read_loader_directories(host: Host) -> Iterator[tuple[str, str]]:
    """Yield each directory, relative to the host's root, with the file that names it, in the loader's order."""
    return islice(_read(host, CONFIGURATION, set()), _MOST_DIRECTORIES)


def parse_ld_so_conf(text: str) -> tuple[tuple[str, str], ...]:
    """
    Parse ``ld.so.conf``, as ldconfig(8) of the GNU C library does, into ``include`` and ``directory`` lines.

    .. code-block:: text

        # Multiarch support
        include /etc/ld.so.conf.d/*.conf
        /opt/aws/neuron/lib
    """
    lines = []
    for line in text.replace("\0", "\n").split("\n"):
        words = line.partition("#")[0].strip()
        if words.startswith("/"):
            lines.append(("directory", words.partition("=")[0].rstrip()))
        elif words.split()[:1] == ["include"]:
            lines += [("include", pattern) for pattern in words.split()[1:]]
    return tuple(lines)


def _read(host: Host, path: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what the file *path* names, and the files that it includes in their place; each file once."""
    if path in seen or len(seen) >= _MOST_FILES:
        return
    seen.add(path)
    text = host.read_text(path)
    for keyword, value in parse_ld_so_conf(text) if isinstance(text, str) else ():
        if keyword == "directory":
            yield value.strip("/"), f"/{path}"
        else:
            for included in _expand(host, value, path):
                yield from _read(host, included, seen)


def _expand(host: Host, pattern: str, including: str) -> list[str]:
    """Return the files that *pattern* in the file *including* stands for, by name."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - a captured tree may have no configuration

    if not pattern.startswith("/"):
        pattern = f"{including.rpartition('/')[0]}/{pattern}"
    directory, _, last = pattern.strip("/").rpartition("/")
    names = host.list_directory(directory)
    return [f"{directory}/{name}" for name in names if fnmatchcase(name, last)] if isinstance(names, tuple) else []
