"""
What DKMS has of the driver, from its tree ``/var/lib/dkms`` and the sources in ``/usr/src``; dkms is not run.

The tree of dkms 2.8 to 3.2 (its ``do_build`` and ``do_install``): ``<name>/<version>/source`` is a link to the source,
``<name>/<version>/<kernel>/<arch>/module`` holds what was built, ``<name>/<version>/build/make.log`` stays there when a
build fails, and the link ``<name>/kernel-<kernel>-<arch>`` leads to what is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .facts import NOT_COLLECTED, Reading, Unread, value_or_none
from .facts.dkms import Dkms, DkmsBuild, DkmsFailure, DkmsModule
from .facts.lazy_pattern import lazy_pattern
from .host import Host
from .kernels import order_of_release

_TREE = "var/lib/dkms"
_SOURCES = "usr/src"
_NO_AUTOINSTALL = "etc/dkms/no-autoinstall"
_MOST_ENTRIES = 200
_LOG_LIMIT = 8 * 1024 * 1024
_NAME = lazy_pattern(r"aws-neuronx?(?:-[a-z0-9]+)*")
_VERSION = lazy_pattern(r"[0-9][0-9A-Za-z._+~]*")
_RELEASE = lazy_pattern(r"[0-9][0-9A-Za-z._+~-]*")
_SOURCE_TREE = lazy_pattern(r"aws-neuronx?(?:-[a-z]+)*-[0-9][0-9A-Za-z._+~]*")
_ARCH = lazy_pattern(r"[a-z][a-z0-9_]*")
_MODULE_FILE = lazy_pattern(r"neuron\.ko(?:\.(?:gz|xz|zst))?")
_AUTOINSTALL = lazy_pattern(r"^[ \t]*AUTOINSTALL=[\"']?([^\"'#\s]*)", re.MULTILINE)
_HEAD = lazy_pattern(r"DKMS (?:\([^()]*\) )?make\.log for \S+ for kernel (\S+)")
_COMPILER_ERROR = lazy_pattern(r":\d+: (?:fatal )?error: |^ERROR: modpost: |: undefined reference to ")
_ERROR = lazy_pattern(r"\berror:|\*\*\* |^Error! |# exit code: [1-9]", re.IGNORECASE)
_LONGEST_LINE = 300


def collect_dkms(host: Host) -> Reading[Dkms]:
    """Return what DKMS has of the driver; `None` when it has nothing and no source is there to build from."""
    modules = read_modules(host)
    sources = _read_source_trees(host)
    if not modules and not sources:
        return None
    if isinstance(modules, Unread) and modules == sources:
        return modules
    return Dkms(modules=modules, source_trees=sources, no_autoinstall=_read_no_autoinstall(host))


def read_modules(host: Host) -> Reading[tuple[DkmsModule, ...]]:
    """Return every version of the driver that DKMS knows; `None` when it has no tree."""
    names = host.list_directory(_TREE)
    if not isinstance(names, tuple):
        return names or (None if host.live else NOT_COLLECTED)
    modules = []
    for name in filter(_NAME.fullmatch, names[:_MOST_ENTRIES]):
        versions = host.list_directory(f"{_TREE}/{name}")
        if isinstance(versions, Unread):
            return Unread(f"/{_TREE}/{name}: {versions.reason}")
        modules += [read_module(host, name, version) for version in filter(_VERSION.fullmatch, versions or ())]
    return tuple(sorted(modules, key=lambda module: (module.name, order_of_release(module.version))))


def read_module(host: Host, name: str, version: str) -> DkmsModule:
    """Read the tree of one version."""
    directory = f"{_TREE}/{name}/{version}"
    return DkmsModule(
        name=name,
        version=version,
        source=_read_source(host, directory),
        autoinstall=_read_autoinstall(host, directory),
        builds=tuple(sorted(_read_builds(host, name, version), key=lambda build: order_of_release(build.kernel))),
        failure=_read_failure(host, directory),
    )


def parse_autoinstall(text: str) -> str | None:
    """
    Parse ``AUTOINSTALL`` in ``dkms.conf``, a shell script of assignments (dkms(8)); the last one counts.

    .. code-block:: text

        PACKAGE_NAME=aws-neuronx
        PACKAGE_VERSION=2.24.7.0
        BUILT_MODULE_NAME[0]="neuron"
        AUTOINSTALL=yes
    """
    found = _AUTOINSTALL.findall(text)
    return (found[-1] or None) if found else None


def parse_failure(text: str) -> DkmsFailure:
    """
    Parse the log of a build that did not come to its end.

    .. code-block:: text

        DKMS make.log for aws-neuron-2.1.5.0 for kernel 5.11.0-1019-aws (x86_64)
        Fri Oct  8 19:23:28 UTC 2021
        make: Entering directory '/usr/src/linux-headers-5.11.0-1019-aws'
        /var/lib/dkms/aws-neuron/2.1.5.0/build/neuron_cdev.c:1131:3: error: ignoring return value
        make[1]: *** [/var/lib/dkms/aws-neuron/2.1.5.0/build/neuron_cdev.o] Error 1

    An error of the compiler tells more than those of make which follow from it.
    """
    head = _HEAD.search(text[:1000])
    lines = [line.strip()[:_LONGEST_LINE] for line in text.splitlines()]
    compiler = (line for line in reversed(lines) if _COMPILER_ERROR.search(line))
    other = (line for line in reversed(lines) if _ERROR.search(line))
    return DkmsFailure(
        kernel=head[1] if head else Unread(f"not in its first line: {text[:80]!r}"),
        error=next(compiler, None) or next(other, None),
    )


def _read_source(host: Host, directory: str) -> Reading[str]:
    """Return where the link ``source`` leads; in a captured tree, only if it holds such a place."""
    target = host.real_path(f"{directory}/source")
    found = host.stat(f"{directory}/source")
    if found is None and not host.live and not host.holds(_SOURCES):
        return NOT_COLLECTED
    return found if found is None or isinstance(found, Unread) else f"/{target}"


def _read_autoinstall(host: Host, directory: str) -> Reading[str]:
    text = host.read_text(f"{directory}/source/dkms.conf")
    if isinstance(text, str):
        return parse_autoinstall(text)
    return NOT_COLLECTED if text is None and not host.live else text


def _read_builds(host: Host, name: str, version: str) -> Iterator[DkmsBuild]:
    """Yield what was built of one version."""
    directory = f"{_TREE}/{name}/{version}"
    entries = value_or_none(host.list_directory(directory)) or ()
    for kernel in filter(_RELEASE.fullmatch, entries[:_MOST_ENTRIES]):
        architectures = value_or_none(host.list_directory(f"{directory}/{kernel}")) or ()
        for arch in filter(_ARCH.fullmatch, architectures[:_MOST_ENTRIES]):
            files = host.list_directory(f"{directory}/{kernel}/{arch}/module")
            if files is not None:
                yield _read_build(host, name, f"{version}/{kernel}/{arch}", files)


def _read_build(host: Host, name: str, place: str, files: tuple[str, ...] | Unread) -> DkmsBuild:
    """Read what was built in *place*, i.e. version, kernel and architecture."""
    _, kernel, arch = place.split("/")
    installed = host.read_link(f"{_TREE}/{name}/kernel-{kernel}-{arch}")
    return DkmsBuild(
        kernel=kernel,
        arch=arch,
        state=installed if isinstance(installed, Unread) else ("installed" if installed == place else "built"),
        files=files if isinstance(files, Unread) else tuple(filter(_MODULE_FILE.fullmatch, files)),
        original_module=_read_original(host, f"{_TREE}/{name}/original_module/{kernel}/{arch}"),
    )


def _read_original(host: Host, directory: str) -> Reading[bool]:
    names = host.list_directory(directory)
    return names if isinstance(names, Unread) else any(map(_MODULE_FILE.fullmatch, names or ()))


def _read_failure(host: Host, directory: str) -> Reading[DkmsFailure]:
    """Read the log that a failed build leaves; after a success it is moved to what was built."""
    text = host.read_text(f"{directory}/build/make.log", limit=_LOG_LIMIT)
    return parse_failure(text) if isinstance(text, str) else text


def _read_source_trees(host: Host) -> Reading[tuple[str, ...]]:
    """Return the driver's source trees in ``/usr/src``; `None` when there is no such place."""
    names = host.list_directory(_SOURCES)
    if not isinstance(names, tuple):
        return names or (None if host.live else NOT_COLLECTED)
    trees = (f"{_SOURCES}/{name}" for name in filter(_SOURCE_TREE.fullmatch, names))
    return tuple(f"/{tree}" for tree in trees if host.stat(f"{tree}/dkms.conf") is not None)


def _read_no_autoinstall(host: Host) -> Reading[bool]:
    found = host.stat(_NO_AUTOINSTALL)
    if isinstance(found, Unread):
        return found
    if found is None and not host.holds("etc/dkms"):
        return NOT_COLLECTED
    return found is not None
