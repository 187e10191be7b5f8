"""
What the next boot starts: the boot loader's default entry, and the kernels that are installed.

Boot loaders decide by more than their files: by a key at the console, or a variable of the firmware. Where the files do
not settle it, the kernel is unread, and the reason says why.
"""

from __future__ import annotations

from .boot_menu import NextKernels
from .facts import NOT_COLLECTED, Reading, Unread
from .facts.boot import Boot
from .grub import find_grub, read_grub, read_grub_setting
from .host import Host
from .kernels import read_kernels
from .systemd_boot import find_systemd_boot, read_systemd_boot


def collect_boot(host: Host) -> Reading[Boot]:
    """Return what the next boot starts; `None` where there is nothing to boot, as in a container."""
    kernels = read_kernels(host)
    boot_loader, following = _read_boot_loader(host)
    if not kernels and boot_loader is None:
        return None
    if kernels == boot_loader == NOT_COLLECTED:
        return NOT_COLLECTED
    return Boot(
        kernels=kernels,
        boot_loader=boot_loader,
        default_kernel=following.default,
        once_kernel=following.once,
        grub_default=read_grub_setting(host),
    )


def _read_boot_loader(host: Host) -> tuple[Reading[str], NextKernels]:
    """Return the boot loader that is configured, and what it starts."""
    grub, systemd_boot = find_grub(host), find_systemd_boot(host)
    if isinstance(systemd_boot, str) and grub is not None:
        return _nothing(Unread("GRUB and systemd-boot are both configured"))
    if isinstance(systemd_boot, str):
        return "systemd-boot", read_systemd_boot(host, systemd_boot)
    if isinstance(grub, str):
        return "grub", read_grub(host, grub)
    return _nothing(grub or systemd_boot or (None if host.holds("boot") else NOT_COLLECTED))


def _nothing(why: Unread | None) -> tuple[Reading[str], NextKernels]:
    return why, NextKernels(default=why, once=why)
