"""
Where a host's Python environments are: the search for `python_environments`, which reads them.

Looked at are ``/opt``, where AWS's images have theirs, home directories with what conda, pyenv and uv keep there, and
what the system's own interpreters import.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .facts import NOT_COLLECTED, Reading, Unread
from .facts.frozen import dataclass
from .host import Host, Stat

_MOST_ENTRIES = 1000
"""Entries of one directory that are looked at; a directory with more is `Unread`."""

_LONGEST_PATH = 500
_SYSTEM = ("usr/lib", "usr/lib64")
_LOCAL = ("usr/local/lib", "usr/local/lib64")
_DEBIAN = "usr/lib/python3"  # its dist-packages belong to the default interpreter, whatever its version
_PACKAGES = ("site-packages", "dist-packages")
_LIBRARY = re.compile(r"python3\.[0-9]{1,2}")
_VERSION = re.compile(r"3\.[0-9]{1,2}(?:\.[0-9]{1,2})?")
_IN_NAME = re.compile(r"(?:^|-)(3\.[0-9]{1,2}\.[0-9]{1,2})(?:-|$)")  # 3.10.14, cpython-3.12.7-linux-x86_64-gnu
_CONDA_PYTHON = re.compile(r"python-(3\.[0-9]{1,2}\.[0-9]{1,2})-[^-]+\.json")
_NOT_ON_DISK = ("dev", "proc", "sys")


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """Where one environment is. All paths are relative to the host's root."""

    path: str
    kind: str
    """``venv``, ``conda``, ``pyenv``, ``uv``, ``system`` or ``user``."""
    python: Reading[str]
    directories: tuple[str, ...]
    """Its ``site-packages``, in the order in which its interpreter searches them."""
    partial: bool = False
    """Whether its interpreter imports from elsewhere, too."""


class Search:
    """A walk over the places where environments are, and what came of it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._locations: dict[tuple[str, ...], Location] = {}
        self.unread: dict[str, Unread] = {}
        """Directories that may hold environments and could not be read, and why."""
        self.looked = host.live
        """Whether one of the places is there; a captured tree need not have any."""
        for directory in self._children("opt") or ():
            self._look_at(directory)
        for home in (*(self._children("home") or ()), "root"):
            self._look_in_home(home)
        self._look_at_system()

    @property
    def locations(self) -> tuple[Location, ...]:
        """The environments, each once however many links lead to it."""
        return tuple(self._locations.values())

    def _look_in_home(self, home: str) -> None:
        """Look at the environments in *home*, in the projects there, and at those that conda knows of."""
        directories = self._children(home)
        if directories is None:
            return
        for directory in directories:
            if self._look_at(directory) and not directory.startswith(f"{home}/."):
                self._look_at(f"{directory}/.venv")
                self._look_at(f"{directory}/venv")
        listed = self._host.read_text(f"{home}/.conda/environments.txt")
        for directory in parse_conda_environments(listed) if isinstance(listed, str) else ():
            self._look_at(directory)
        for library in self._libraries((f"{home}/.local/lib",)):
            self._add(library, "user", [library], partial=True)
        self._look_at_tools(home, directories)

    def _look_at_tools(self, home: str, directories: Sequence[str]) -> None:
        """Look at what pyenv and uv keep in *home*: interpreters of their own, and an environment for each tool."""
        if f"{home}/.pyenv" in directories:
            for version in self._children(f"{home}/.pyenv/versions") or ():
                self._add_interpreter(version, "pyenv")
                for child in self._children(f"{version}/envs") or ():
                    self._look_at(child)
        if f"{home}/.local" in directories:
            for interpreter in self._children(f"{home}/.local/share/uv/python") or ():
                self._add_interpreter(interpreter, "uv")
            for tool in self._children(f"{home}/.local/share/uv/tools") or ():
                self._look_at(tool)

    def _add_interpreter(self, directory: str, kind: str) -> None:
        """Add the interpreter in *directory*, whose name holds its version, unless it is an environment."""
        if self._look_at(directory) and self._host.stat(f"{directory}/conda-meta") is None:
            found = _IN_NAME.search(_name(directory))
            self._add_prefix(directory, kind, found[1] if found else None)

    def _look_at(self, directory: str) -> bool:
        """Add the virtual or conda environment that *directory* is, if it is one; tell whether it could be read."""
        found = self._host.stat(f"{directory}/pyvenv.cfg")
        if isinstance(found, Unread):
            self._could_not_read(directory, found)
        elif found is not None:
            self._add_venv(directory)
        elif self._add_conda(directory):
            for child in self._children(f"{directory}/envs") or ():
                self._add_conda(child)
        return not isinstance(found, Unread)

    def _add_venv(self, directory: str) -> None:
        """Add the virtual environment in *directory*."""
        text = self._host.read_text(f"{directory}/pyvenv.cfg")
        settings = parse_pyvenv(text if isinstance(text, str) else "")
        version = _VERSION.match(settings.get("version") or settings.get("version_info") or "")
        shares = settings.get("include-system-site-packages", "").lower() == "true"
        self._add_prefix(
            directory, "venv", version[0] if version else None, partial=shares or not isinstance(text, str)
        )

    def _add_conda(self, directory: str) -> bool:
        """Add the conda environment that *directory* is, and tell whether it is one."""
        names = self._host.list_directory(f"{directory}/conda-meta")
        if isinstance(names, tuple):
            self._add_prefix(directory, "conda", parse_conda_python(names))
        return isinstance(names, tuple)

    def _add_prefix(self, directory: str, kind: str, version: str | None, *, partial: bool = False) -> None:
        """Add the environment in *directory*, whose interpreter has *version*."""
        prefix = self._host.real_path(directory)
        libraries = self._libraries((f"{prefix}/lib", f"{prefix}/lib64"))
        if version:
            own = "/python" + ".".join(version.split(".")[:2])
            libraries = [library for library in libraries if library.endswith(own)] or libraries
        self._add(prefix, kind, libraries, python=version, partial=partial)

    def _look_at_system(self) -> None:
        """
        Add what the interpreters in ``/usr`` import, from ``/usr/local``, too.

        An interpreter that is in ``/usr/local`` itself, as in Python's container images, keeps that to itself.
        """
        usr = self._libraries(_SYSTEM)
        local = self._libraries(_LOCAL)
        default = self._default_library(usr)
        for name in sorted({_name(path) for path in usr + local}):
            here = [path for path in usr if _name(path) == name]
            there = [path for path in local if _name(path) == name]
            if not here or any(isinstance(self._host.stat(f"{path}/os.py"), Stat) for path in there):
                self._add(there[0], "system", there)
                there = []
            if here:
                debian = [_DEBIAN] if name == default else []
                self._add(here[0], "system", [*there, *here, *debian])
        if default is None:
            self._add(_DEBIAN, "system", [_DEBIAN], python=NOT_COLLECTED)

    def _default_library(self, libraries: Iterable[str]) -> str | None:
        """Return the name of the default interpreter's library: where ``/usr/bin/python3`` leads, or the only one."""
        names = {_name(path) for path in libraries}
        link = self._host.read_link("usr/bin/python3")
        if isinstance(link, str) and _name(link) in names:
            return _name(link)
        return names.pop() if len(names) == 1 else None

    def _add(
        self, path: str, kind: str, libraries: Sequence[str], *, python: Reading[str] = None, partial: bool = False
    ) -> None:
        """Add the environment at *path* that imports from the directories in *libraries*, if there are any."""
        places = [f"{library}/{name}" for library in libraries for name in _PACKAGES]
        existing = [place for place in places if self._host.stat(place) is not None]
        directories = tuple(dict.fromkeys(self._host.real_path(place) for place in existing))
        if not directories:
            return
        self.looked = True
        version = python or _name(libraries[0]).removeprefix("python")
        self._locations.setdefault(
            directories,
            Location(path=path, kind=kind, python=version, directories=directories, partial=partial),
        )

    def _libraries(self, places: Iterable[str]) -> list[str]:
        """Return the interpreters' libraries in the directories *places*, e.g. ``usr/lib/python3.10``."""
        libraries = []
        for place in places:
            names = self._host.list_directory(place)
            if isinstance(names, Unread):
                self._could_not_read(place, names)
            elif names is not None:
                libraries += [f"{place}/{name}" for name in names if _LIBRARY.fullmatch(name)]
        return libraries

    def _children(self, directory: str) -> tuple[str, ...] | None:
        """Return the paths in *directory*; `None` when it could not be read."""
        names = self._host.list_directory(directory)
        self.looked |= names is not None
        if isinstance(names, tuple) and len(names) > _MOST_ENTRIES:
            names = Unread(f"more than {_MOST_ENTRIES} entries")
        if isinstance(names, Unread):
            self._could_not_read(directory, names)
            return None
        return tuple(f"{directory}/{name}" for name in names or ())

    def _could_not_read(self, directory: str, why: Unread) -> None:
        """Remember that *directory* may hold environments, unless nobody would look for one there."""
        name = _name(directory)
        if name != "lost+found" and (not name.startswith(".") or "venv" in name):
            self.unread[directory] = why


def parse_pyvenv(text: str) -> Mapping[str, str]:
    """
    Parse ``pyvenv.cfg``, as venv, virtualenv and uv write it, keys in lower case.

    .. code-block:: text

        home = /usr/bin
        include-system-site-packages = false
        version = 3.10.12
    """
    pairs = (line.partition("=") for line in text.split("\n"))
    return {key.strip().lower(): value.strip() for key, separator, value in pairs if separator}


def parse_conda_environments(text: str) -> tuple[str, ...]:
    """
    Parse ``~/.conda/environments.txt``, in which conda keeps the environments that a user made.

    .. code-block:: text

        /home/ubuntu/miniconda3
        /data/envs/serving

    A user may have written anything there: other lines, and files that the kernel makes up, are left alone.
    """
    lines = (line.rstrip() for line in text.split("\n")[:_MOST_ENTRIES])
    return tuple(line.strip("/") for line in lines if _is_on_disk(line))


def parse_conda_python(names: Iterable[str]) -> str | None:
    """
    Find the interpreter's version among the names in ``conda-meta``.

    .. code-block:: text

        python-3.10.14-hd12c33a_0_cpython.json
        python-dateutil-2.9.0-pyhd8ed1ab_0.json
    """
    return next((found[1] for name in names if (found := _CONDA_PYTHON.fullmatch(name))), None)


def _is_on_disk(line: str) -> bool:
    """Tell whether *line* is an absolute path of reasonable length, and not one of the kernel's own files."""
    names = [name for name in line.split("/") if name]
    plain = line.startswith("/") and len(line) <= _LONGEST_PATH and "\0" not in line
    return plain and bool(names) and names[0] not in _NOT_ON_DISK and not {".", ".."} & set(names)


def _name(path: str) -> str:
    """Return the last part of *path*."""
    return path.rpartition("/")[2]
