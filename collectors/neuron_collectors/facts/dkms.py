"""Facts about DKMS, which builds the driver again for every kernel that is installed."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class DkmsBuild:
    """One version of the driver, built for one kernel: ``/var/lib/dkms/<name>/<version>/<kernel>/<arch>``."""

    kernel: str
    """E.g. ``6.8.0-1021-aws``."""
    arch: str
    """E.g. ``x86_64``."""
    state: Reading[str] = NOT_COLLECTED
    """
    ``built`` or ``installed``, the words of ``dkms status``.

    Installed is what the link ``/var/lib/dkms/<name>/kernel-<kernel>-<arch>`` leads to.
    """
    files: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Module files in ``module``, e.g. ``("neuron.ko.zst",)``."""
    original_module: Reading[bool] = NOT_COLLECTED
    """Whether another module was there first and is kept in ``/var/lib/dkms/<name>/original_module``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DkmsFailure:
    """A build that did not come to its end: its log is still in ``/var/lib/dkms/<name>/<version>/build``."""

    kernel: Reading[str] = NOT_COLLECTED
    """Kernel that it was for, from the first line of ``make.log``, e.g. ``5.11.0-1019-aws``."""
    error: Reading[str] = NOT_COLLECTED
    """
    The last error in ``make.log``, e.g. ``neuron_cdev.c:1131:3: error: ignoring return value``.

    `None` when it names none, as in the log of a build that is under way.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class DkmsModule:
    """One version of the driver that DKMS knows: ``/var/lib/dkms/<name>/<version>``."""

    name: str
    """``aws-neuronx``, ``aws-neuron`` until 2.3, ``aws-neuronx-legacy`` on EKS's images."""
    version: str
    """E.g. ``2.26.5.0``."""
    source: Reading[str] = NOT_COLLECTED
    """
    Where the link ``source`` leads, e.g. ``/usr/src/aws-neuronx-2.26.5.0``.

    `None` when that is not there: ``dkms status`` calls such a version broken and builds it no more.
    """
    autoinstall: Reading[str] = NOT_COLLECTED
    """
    ``AUTOINSTALL`` in ``source/dkms.conf``, e.g. ``yes``; `None` when it is not set, and DKMS skips it for new kernels.

    dkms(8) allows ``yes`` and ``no``, but the program (3.x) only asks whether it is set at all.
    """
    builds: tuple[DkmsBuild, ...] = ()
    """By kernel; none means that the version is only added."""
    failure: Reading[DkmsFailure] = NOT_COLLECTED
    """What the last build left behind; `None` after a success."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dkms:
    """What DKMS has of the driver."""

    modules: Reading[tuple[DkmsModule, ...]] = NOT_COLLECTED
    """By name and version, from ``/var/lib/dkms``; `None` when DKMS has no tree there."""
    source_trees: Reading[tuple[str, ...]] = NOT_COLLECTED
    """``/usr/src/aws-neuronx-<version>`` with a ``dkms.conf``, whether DKMS knows of them or not."""
    no_autoinstall: Reading[bool] = NOT_COLLECTED
    """Whether ``/etc/dkms/no-autoinstall`` stops DKMS from building for new kernels at all."""
