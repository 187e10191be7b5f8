"""Facts about the next boot: which kernel it starts and what it makes of the driver."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledKernel:
    """One kernel that can be booted, running or not."""

    release: str
    """E.g. ``6.8.0-1021-aws``."""
    image: Reading[str] = NOT_COLLECTED
    """``/boot/vmlinuz-<release>``, or ``/lib/modules/<release>/vmlinuz``."""
    modules: Reading[bool] = NOT_COLLECTED
    """Whether ``/lib/modules/<release>/modules.dep`` is there, without which modprobe finds nothing."""
    headers: Reading[str] = NOT_COLLECTED
    """
    Where ``/lib/modules/<release>/build`` leads, e.g. ``/usr/src/linux-headers-6.8.0-1021-aws``.

    `None` when there is no ``include`` in it: that is what DKMS looks for before it builds.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Boot:
    """What starts at the next boot, as the boot loader's configuration has it."""

    kernels: Reading[tuple[InstalledKernel, ...]] = NOT_COLLECTED
    """Installed kernels, oldest first; `OperatingSystem.kernel` is the one that runs."""
    boot_loader: Reading[str] = NOT_COLLECTED
    """``grub`` or ``systemd-boot``, by the configuration that is there; `None` when there is none: a container."""
    default_kernel: Reading[str] = NOT_COLLECTED
    """Kernel that is started unless somebody chooses another, e.g. ``6.8.0-1021-aws``; unread when not certain."""
    once_kernel: Reading[str] = NOT_COLLECTED
    """Kernel that the next boot alone starts (``next_entry`` of ``grubenv``); `None` as a rule."""
    grub_default: Reading[str] = NOT_COLLECTED
    """``GRUB_DEFAULT`` of ``/etc/default/grub``, e.g. ``0`` or ``saved``: for when ``grub.cfg`` is written next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleOverride:
    """One line that changes whether or how the module ``neuron`` is loaded."""

    path: str
    """E.g. ``/etc/modprobe.d/neuron.conf``, or ``/proc/cmdline`` for the kernel's own parameters."""
    command: Reading[str] = NOT_COLLECTED
    """
    ``blacklist``, ``install``, ``options``, ``softdep`` … of modprobe.d(5), or the kernel parameter's name.

    ``blacklist`` holds for ``modules-load.d`` too; ``module_blacklist`` on the command line for every way of loading.
    """
    text: Reading[str] = NOT_COLLECTED
    """The whole line, e.g. ``install neuron /bin/false``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleLoading:
    """What loads the driver at boot, and what keeps it from being loaded."""

    at_boot: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Files of modules-load.d(5) that name ``neuron``, e.g. ``("/etc/modules-load.d/neuron.conf",)``."""
    units: Reading[tuple[str, ...]] = NOT_COLLECTED
    """
    Units that are wanted at boot and named after loading the module, e.g. ``("neuron-kmod-load.service",)``.

    EKS's AL2023 images and Bottlerocket load it so, and mask the file in ``modules-load.d``.
    """
    overrides: Reading[tuple[ModuleOverride, ...]] = NOT_COLLECTED
    """Lines about ``neuron`` in ``modprobe.d`` and on the command line; a file that was not readable is one, unread."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UdevRule:
    """One rule of udev(7) that names ``neuron``, in the order in which udev works through them."""

    path: str
    """E.g. ``/usr/lib/udev/rules.d/neuron-udev.rules``, which the driver's package writes and does not own."""
    text: Reading[str] = NOT_COLLECTED
    """The rule, e.g. ``KERNEL=="neuron*", MODE="0666"``."""
    mode: Reading[int] = NOT_COLLECTED
    """Permission bits in ``MODE``, e.g. ``0o666``."""
    group: Reading[str] = NOT_COLLECTED
    """``GROUP``, e.g. ``neuron``."""
    owner: Reading[str] = NOT_COLLECTED
    """``OWNER``."""
