"""The kernels that are installed: their modules in ``/lib/modules``, their images in ``/boot``, and their headers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import NOT_COLLECTED, Reading, Unread, value_or_none
from .facts.boot import InstalledKernel
from .host import Host, Stat

_MODULES = ("lib/modules", "usr/lib/modules")  # one and the same, except in captured trees that lack the link
_MOST_KERNELS = 100
_RELEASE = re.compile(r"[0-9][0-9A-Za-z._+~-]{0,99}")
_IMAGE = re.compile(r"vmlinu[xz]-([0-9][0-9A-Za-z._+~-]{0,99})")
_RESCUE = "0-rescue-"
_NUMBER_OR_WORD = re.compile(r"[0-9]{1,18}|[A-Za-z]+")


def read_kernels(host: Host) -> Reading[tuple[InstalledKernel, ...]]:
    """
    Return the installed kernels, oldest first.

    A directory with neither ``modules.dep`` nor an image is what a removed kernel left behind. A captured tree need not
    hold them, so there every directory counts.
    """
    directories = read_module_directories(host)
    images = _read_images(host)
    if isinstance(directories, Unread) and not value_or_none(images):
        return directories
    releases = sorted({*(value_or_none(directories) or ()), *(value_or_none(images) or ())}, key=order_of_release)
    kernels = (_read_kernel(host, release, _of(directories, release), _of(images, release)) for release in releases)
    return tuple(kernel for kernel in kernels if not host.live or kernel.image is not None or kernel.modules)


def read_module_directories(host: Host) -> Reading[Mapping[str, str]]:
    """Return the directory of each kernel's modules by release, oldest first; `None` when there is no such place."""
    for place in _MODULES:
        names = host.list_directory(place)
        if isinstance(names, Unread):
            return Unread(f"/{place}: {names.reason}")
        if names is not None:
            releases = sorted(filter(_RELEASE.fullmatch, names), key=order_of_release)
            if len(releases) > _MOST_KERNELS:
                return Unread(f"/{place}: more than {_MOST_KERNELS} kernels")
            return {release: f"{place}/{release}" for release in releases}
    return None if host.live else NOT_COLLECTED


def order_of_release(release: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that orders kernel releases as rpm orders versions: numbers by value and above words."""
    words = _NUMBER_OR_WORD.findall(release)
    return tuple((1, int(word), "") if word.isdigit() else (0, 0, word) for word in words)


def _read_images(host: Host) -> Reading[Mapping[str, str]]:
    """Return the path of each image in ``/boot`` by release; in a captured tree without any they are not collected."""
    names = host.list_directory("boot")
    if isinstance(names, Unread):
        return Unread(f"/boot: {names.reason}")
    found = (_IMAGE.fullmatch(name) for name in names or ())
    images = {image[1]: f"/boot/{image[0]}" for image in found if image and not image[1].startswith(_RESCUE)}
    return images if images or host.live else NOT_COLLECTED


def _of(paths: Reading[Mapping[str, str]], release: str) -> Reading[str]:
    """Return the path that belongs to *release*."""
    return paths.get(release) if isinstance(paths, Mapping) else paths


def _read_kernel(host: Host, release: str, directory: Reading[str], image: Reading[str]) -> InstalledKernel:
    """Look into the *directory* of a kernel's modules."""
    if not isinstance(directory, str):
        modules = directory or False
        return InstalledKernel(release=release, image=image, modules=modules, headers=directory)
    beside = f"{directory}/vmlinuz"
    if not isinstance(image, str) and isinstance(host.stat(beside), Stat):
        image = f"/{beside}"
    return InstalledKernel(
        release=release, image=image, modules=_has_modules(host, directory), headers=_headers(host, directory)
    )


def _has_modules(host: Host, directory: str) -> Reading[bool]:
    """Tell whether ``modules.dep`` is in *directory*."""
    found = host.stat(f"{directory}/modules.dep")
    if isinstance(found, Unread):
        return found
    return True if found is not None else (False if host.live else NOT_COLLECTED)


def _headers(host: Host, directory: str) -> Reading[str]:
    """
    Return where the link ``build`` in *directory* leads, if there are headers.

    A captured tree says that there are none only if it holds the place where they would be.
    """
    path = f"{directory}/build"
    found = host.stat(f"{path}/include")
    if isinstance(found, Unread):
        return found
    if found is not None:
        return f"/{host.real_path(path)}"
    return None if host.live or host.holds("usr/src") else NOT_COLLECTED
