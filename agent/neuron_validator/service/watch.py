"""
Directories whose time of change tells that software was installed, changed or removed.

Package managers, pip and DKMS replace files by renaming, which moves the directory's mtime; a look costs one stat(2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neuron_collectors.facts import Inventory, Unread, value_or_none
from neuron_collectors.facts.frozen import dataclass
from neuron_collectors.host import Host, Stat

_PACKAGES = (
    "os_packages",
    "package_holds",
    "runtime_libraries",
    "driver_files",
    "dkms",
    "boot",
    "module_loading",
    "udev_rules",
)
_PYTHON = ("python_environments", "runtime_libraries", "extension_libraries")

# Which collectors read what a directory's change tells of.
WATCHED: Mapping[str, tuple[str, ...]] = {
    "var/lib/dpkg": _PACKAGES,
    "var/lib/rpm": _PACKAGES,
    "usr/lib/sysimage/rpm": _PACKAGES,
    "etc/apt/preferences.d": ("package_holds",),
    "var/lib/dkms": ("dkms", "driver_files"),
    "lib/modules": ("driver_files", "boot"),
    "boot": ("boot", "driver_files"),
    "etc/modprobe.d": ("module_loading",),
    "etc/modules-load.d": ("module_loading",),
    "etc/udev/rules.d": ("udev_rules",),
    "opt": _PYTHON,
    "opt/aws/neuron/lib": ("runtime_libraries",),
    "usr/lib/python3/dist-packages": _PYTHON,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What tells one state of a directory from another."""

    mtime_ns: int
    inode: int


Marks = Mapping[str, Mark | None]
"""The mark of each directory; `None` for one that is not there or cannot be looked at."""


def watched_directories(inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """Return the directories to watch, with those that *inventory* shows: of the kernel's modules and environments."""
    return {**WATCHED, **dict.fromkeys(_of_environments(inventory), _PYTHON), **_of_kernel(inventory)}


def read_marks(host: Host, directories: Mapping[str, object]) -> Marks:
    """Look at each of *directories*."""
    return {path: _mark(host, path) for path in directories}


def collectors_to_hasten(directories: Mapping[str, tuple[str, ...]], *, before: Marks, after: Marks) -> frozenset[str]:
    """Return the collectors of the directories that changed; one that was not looked at before has not."""
    changed = [path for path, mark in after.items() if path in before and before[path] != mark]
    return frozenset(name for path in changed for name in directories.get(path, ()))


def collectors_of_new(directories: Mapping[str, tuple[str, ...]], *, before: Marks, after: Marks) -> frozenset[str]:
    """Return the collectors of the directories that have their first mark: what they read may be older than that."""
    new = [path for path, mark in after.items() if path not in before and mark is not None]
    return frozenset(name for path in new for name in directories.get(path, ()))


def _mark(host: Host, path: str) -> Mark | None:
    found = host.stat(path)
    return Mark(mtime_ns=found.mtime_ns, inode=found.inode) if isinstance(found, Stat) else None


def _of_kernel(inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """Return the directory of the running kernel's modules, where depmod replaces its lists."""
    system = value_or_none(inventory.os)
    kernel = value_or_none(system.kernel) if system else None
    return {f"lib/modules/{kernel}": ("driver_files", "boot")} if kernel else {}


def _of_environments(inventory: Inventory) -> Iterator[str]:
    """Yield where each environment's packages lie, as far as its path and Python tell."""
    for environment in value_or_none(inventory.python_environments) or ():
        path, python = environment.path.strip("/"), environment.python
        if not path:
            continue
        yield path
        if python is not None and not isinstance(python, Unread) and python.count(".") >= 1:
            major, minor = python.split(".")[:2]
            yield f"{path}/lib/python{major}.{minor}/site-packages"
