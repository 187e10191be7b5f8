"""
What the next boot starts: the boot loader's default entry, and the kernels that are installed.

Boot loaders decide by more than their files: by a key at the console, or a variable of the firmware. Where the files do
not settle it, the kernel is unread, and the reason says why.
"""

from __future__ import annotations

from .facts import NOT_COLLECTED, Reading, Unread, value_or_none
from .facts.boot import Boot
from .host import Host, Stat
from .kernels import read_kernels

_GRUB = ("boot/grub", "boot/grub2")
_EFI = "boot/efi/EFI"  # where Red Hat's GRUB had its configuration before release 9, on machines with such firmware
_SYSTEMD_BOOT = ("boot", "efi", "boot/efi")
_GRUB_SETTINGS = "etc/default/grub"
_MOST_ENTRIES = 50


def collect_boot(host: Host) -> Reading[Boot]:
    """Return what the next boot starts; `None` where there is nothing to boot, as in a container."""
    kernels = read_kernels(host)
    boot_loader, default, once = _read_boot_loader(host)
    if not kernels and boot_loader is None:
        return None
    if kernels == boot_loader == NOT_COLLECTED:
        return NOT_COLLECTED
    return Boot(
        kernels=kernels,
        boot_loader=boot_loader,
        default_kernel=default,
        once_kernel=once,
        grub_default=_read_grub_default(host),
    )


def find_grub(host: Host) -> Reading[str]:
    """Return the directory with GRUB's configuration; `None` when there is none."""
    firmware = value_or_none(host.list_directory(_EFI)) or ()
    return _find(host, _GRUB) or _find(host, tuple(f"{_EFI}/{name}" for name in firmware[:_MOST_ENTRIES]))


def find_systemd_boot(host: Host) -> Reading[str]:
    """Return the partition with ``loader/loader.conf``; `None` when there is none."""
    found = {place: host.stat(f"{place}/loader/loader.conf") for place in _SYSTEMD_BOOT}
    present = (place for place, reading in found.items() if isinstance(reading, Stat))
    return next(present, None) or next((reading for reading in found.values() if isinstance(reading, Unread)), None)


def _find(host: Host, directories: tuple[str, ...]) -> Reading[str]:
    """Return the one of *directories* that holds ``grub.cfg``, links resolved."""
    found = {host.real_path(directory): host.stat(f"{directory}/grub.cfg") for directory in directories}
    present = [directory for directory, reading in found.items() if isinstance(reading, Stat)]
    if len(present) > 1:
        return Unread(f"several configurations of GRUB: /{' and /'.join(present)}")
    unread = next((reading for reading in found.values() if isinstance(reading, Unread)), None)
    return present[0] if present else unread


def _read_boot_loader(host: Host) -> tuple[Reading[str], Reading[str], Reading[str]]:
    """Return the boot loader that is configured, and the kernels that it starts: by default, and once."""
    grub, systemd_boot = find_grub(host), find_systemd_boot(host)
    if isinstance(systemd_boot, str) and grub is not None:
        return (Unread("GRUB and systemd-boot are both configured"),) * 3
    if isinstance(systemd_boot, str):
        from .systemd_boot import read_systemd_boot  # noqa: PLC0415 - few hosts have it

        return ("systemd-boot", *read_systemd_boot(host, systemd_boot))
    if isinstance(grub, str):
        from .grub import read_grub  # noqa: PLC0415 - no container has it

        return ("grub", *read_grub(host, grub))
    return (grub or systemd_boot or (None if host.live else NOT_COLLECTED),) * 3


def _read_grub_default(host: Host) -> Reading[str]:
    """Return ``GRUB_DEFAULT`` of GRUB's settings, whether its configuration could be read or not."""
    if host.stat(_GRUB_SETTINGS) is None:
        return None if host.holds("etc/default") else NOT_COLLECTED
    from .grub import read_grub_setting  # noqa: PLC0415

    return read_grub_setting(host, _GRUB_SETTINGS)
