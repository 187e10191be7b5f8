"""
The driver's module files: what every installed kernel would load, running or not.

Where DKMS puts them depends on the distribution: ``updates/dkms`` on Debian and Ubuntu, ``extra`` on Amazon Linux and
Red Hat, ``kernel/drivers/neuron`` where nothing overrides the package's own wish. Bottlerocket keeps one per generation
of devices below ``/usr/libexec/neuron`` and links the right one at boot.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from .commands import Completed
from .facts import NOT_COLLECTED, DriverFiles, Reading, Unread, value_or_none
from .facts.driver import ModuleFile
from .host import CollectorError, Host, Stat
from .kernels import order_of_release, read_module_directories
from .os_info import read_kernel

MODINFO = ("/usr/sbin/modinfo", "neuron")
"""The command whose output stands for the files in a captured tree that has recorded it and lacks ``/lib/modules``."""

_PLACES = (
    *("updates/dkms", "updates", "extra", "extra/neuron", "kernel/drivers/neuron"),
    *("weak-updates", "weak-updates/neuron", "weak-updates/drivers/neuron"),
)
_ALTERNATIVES = "usr/libexec/neuron"
_MOST_ALTERNATIVES = 20
_NAME = re.compile(r"neuron\.ko(?:\.(gz|xz|zst))?")
_DEPENDENCY = re.compile(rb"^(/?(?:[^\s:]*/)?neuron\.ko(?:\.(?:gz|xz|zst))?):", re.MULTILINE)
_DEPENDENCIES_LIMIT = 16 * 1024 * 1024  # some 1 MB for a distribution's kernel
_FILE_LIMIT = 64 * 1024 * 1024  # 0.3 MB stripped, 8 MB with its debug symbols
_UNPACKED_LIMIT = 256 * 1024 * 1024
_REVISION = re.compile(r"built from SHA: ([0-9a-f]{7,40})")


def collect_driver_files(host: Host) -> Reading[DriverFiles]:
    """
    Return the module files of all kernels; `None` when there is none for any kernel.

    A captured tree knows that a kernel has none by the kernel's ``modules.dep`` alone.
    """
    directories = read_module_directories(host)
    if directories == NOT_COLLECTED:
        return _read_recorded(host)
    if isinstance(directories, Unread):
        return directories
    trees = directories or {}
    in_trees = (file for release, directory in trees.items() for file in read_module_tree(host, release, directory))
    files = (*in_trees, *_read_alternatives(host))
    if not files:
        return None if all(_is_indexed(host, directory) for directory in trees.values()) else NOT_COLLECTED
    return DriverFiles(version=_read_version(host, files, trees), built_for_kernels=list_kernels(files), files=files)


def read_module_tree(host: Host, release: str, directory: str) -> Iterator[ModuleFile]:
    """Yield the driver's module files in the *directory* of the kernel *release*."""
    index = _read_index(host, directory)
    known = {index} if isinstance(index, str) else set()
    for path in sorted({*known, *_find(host, (f"{directory}/{place}" for place in _PLACES))}):
        indexed = index if isinstance(index, Unread) else path == index
        file = read_module_file(host, path, kernel=release, indexed=indexed)
        if file is not None:
            yield file


def read_module_file(host: Host, path: str, *, kernel: Reading[str], indexed: Reading[bool]) -> ModuleFile | None:
    """
    Read one module file; `None` when it is not there, or is a link that leads nowhere.

    A captured tree whose index names the file has not copied it.
    """
    found = host.stat(path)
    if found is None and indexed is True and not host.live:
        found = NOT_COLLECTED
    if found is None:
        return None
    name = _NAME.fullmatch(path.rpartition("/")[2])
    compression = name[1] if name else None
    fields = _read_fields(host, path, found, compression)
    return _module_file(
        fields, path=f"/{path}", kernel=kernel, indexed=indexed, size=_size(found), compression=compression
    )


def parse_index(content: bytes) -> str | None:
    """
    Find the driver in ``modules.dep`` (modules.dep(5)), whose paths are relative to its own directory.

    .. code-block:: text

        kernel/drivers/net/ethernet/amazon/ena/ena.ko.zst:
        updates/dkms/neuron.ko.zst: kernel/drivers/infiniband/core/ib_core.ko.zst
    """
    found = _DEPENDENCY.search(content)
    return found[1].decode("utf-8", "replace") if found else None


def choose_version(files: Iterable[ModuleFile], running: Reading[str]) -> Reading[str]:
    """Return the version of the file that the *running* kernel would load; `None` when it has no file."""
    if not isinstance(running, str):
        return running or NOT_COLLECTED
    candidates = [file for file in files if file.kernel == running]
    chosen = [file for file in candidates if file.indexed is True] or candidates
    versions = {file.version for file in chosen}
    if len(versions) > 1:
        return Unread(f"{len(chosen)} module files of different versions, and modules.dep names none of them")
    return versions.pop() if versions else None


def list_kernels(files: Iterable[ModuleFile]) -> Reading[tuple[str, ...]]:
    """Return the kernels that have a module file; unread when that is not certain of one of them."""
    kernels: set[str] = set()
    doubts: dict[str, Unread] = {}
    for file in files:
        if isinstance(file.kernel, str) and isinstance(file.size, int):
            kernels.add(file.kernel)
        elif isinstance(file.kernel, str) and isinstance(file.size, Unread):
            doubts.setdefault(file.kernel, Unread(f"{file.path}: {file.size.reason}"))
    doubt = next((why for kernel, why in doubts.items() if kernel not in kernels), None)
    return doubt or tuple(sorted(kernels, key=order_of_release))


def _read_recorded(host: Host) -> Reading[DriverFiles]:
    """Return what the recorded output of `MODINFO` says of the file for the running kernel."""
    from .modinfo import parse_modinfo  # noqa: PLC0415

    completed = host.run(MODINFO)
    if not isinstance(completed, Completed):
        return completed or NOT_COLLECTED
    if completed.returncode != 0:  # modinfo: ERROR: Module neuron not found.
        return DriverFiles(version=None, files=())
    fields = parse_modinfo(completed.stdout)
    path = fields.get("filename", "")
    name = _NAME.fullmatch(path.rpartition("/")[2])
    file = _module_file(
        fields,
        path=path,
        kernel=_kernel_of(fields.get("vermagic")),
        indexed=True,
        size=NOT_COLLECTED,
        compression=name[1] if name else None,
    )
    return DriverFiles(version=file.version, files=(file,))


def _read_version(host: Host, files: tuple[ModuleFile, ...], directories: Mapping[str, str]) -> Reading[str]:
    """Return the version of the file that the running kernel would load."""
    running = _read_running(host)
    version = choose_version(files, running)
    if version is None and isinstance(running, str) and not _is_indexed(host, directories.get(running, "lib/modules")):
        return NOT_COLLECTED
    return version


def _is_indexed(host: Host, directory: str) -> bool:
    """Tell whether what is not in *directory* is absent: always on the machine itself."""
    return host.holds(f"{directory}/modules.dep")


def _read_running(host: Host) -> Reading[str]:
    """Return the release of the running kernel; a file that does not say it is for `os_info` to report."""
    try:
        return read_kernel(host)
    except CollectorError as error:
        return Unread(str(error))


def _read_alternatives(host: Host) -> Iterator[ModuleFile]:
    """Yield Bottlerocket's module files, which belong to the kernel that they were built for."""
    names = value_or_none(host.list_directory(_ALTERNATIVES)) or ()
    places = [_ALTERNATIVES, *(f"{_ALTERNATIVES}/{name}" for name in names[:_MOST_ALTERNATIVES])]
    for path in _find(host, places):
        file = read_module_file(host, path, kernel=NOT_COLLECTED, indexed=False)
        if file is not None:
            kernel = file.vermagic if isinstance(file.vermagic, Unread) else _kernel_of(file.vermagic)
            yield replace(file, kernel=kernel)


def _read_index(host: Host, directory: str) -> Reading[str]:
    """Return the path that ``modules.dep`` in *directory* gives for the driver."""
    content = host.read_bytes(f"{directory}/modules.dep", limit=_DEPENDENCIES_LIMIT)
    if not isinstance(content, bytes):
        return content or (None if host.live else NOT_COLLECTED)
    path = parse_index(content)
    return path and (path[1:] if path.startswith("/") else f"{directory}/{path}")


def _find(host: Host, directories: Iterable[str]) -> Iterator[str]:
    """Yield the paths of what is called like a module file of the driver in *directories*."""
    for directory in directories:
        names = value_or_none(host.list_directory(directory)) or ()
        yield from (f"{directory}/{name}" for name in names if _NAME.fullmatch(name))


def _read_fields(host: Host, path: str, found: Stat | Unread, compression: str | None) -> Mapping[str, str] | Unread:
    """Read ``.modinfo``; anything in the way, damage too, is the reason why it is unread."""
    from .decompress import decompress  # noqa: PLC0415 - many hosts have no module file
    from .modinfo import parse_module  # noqa: PLC0415

    if isinstance(found, Unread):
        return found
    content: Reading[bytes] = Unread(f"larger than {_FILE_LIMIT} bytes")
    if found.size <= _FILE_LIMIT:
        content = host.read_bytes(path, limit=_FILE_LIMIT)
    try:
        if compression is not None and isinstance(content, bytes):
            content = decompress(content, compression, path, limit=_UNPACKED_LIMIT)
        if not isinstance(content, bytes):
            return content or Unread("went away")
        return parse_module(content, path) or Unread(f"{path}: no section .modinfo")
    except CollectorError as error:
        return Unread(str(error))


def _module_file(
    fields: Mapping[str, str] | Unread,
    *,
    path: str,
    kernel: Reading[str],
    indexed: Reading[bool],
    size: Reading[int],
    compression: str | None,
) -> ModuleFile:
    """Turn the fields of ``.modinfo`` into the fact."""

    def field(key: str) -> Reading[str]:
        return fields if isinstance(fields, Unread) else fields.get(key) or None

    description = field("description")
    revision = _REVISION.search(description) if isinstance(description, str) else None
    return ModuleFile(
        path=path,
        kernel=kernel,
        indexed=indexed,
        size=size,
        compression=compression,
        version=field("version"),
        srcversion=field("srcversion"),
        vermagic=field("vermagic"),
        description=description,
        revision=description if isinstance(description, Unread) else revision and revision[1],
    )


def _kernel_of(vermagic: str | None) -> str | None:
    """Return the release in *vermagic*: its first word."""
    return (vermagic or "").partition(" ")[0] or None


def _size(found: Stat | Unread) -> Reading[int]:
    """Return the size of a regular file."""
    if isinstance(found, Unread):
        return found
    return found.size if stat.S_ISREG(found.mode) else Unread("not a regular file")
