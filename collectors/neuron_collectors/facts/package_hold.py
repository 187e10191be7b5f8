"""Facts about packages that an update leaves as they are."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageHold:
    """One entry that holds packages which bear on Neuron; dpkg's own holds are `OsPackages.held`."""

    path: str
    """File that says so, e.g. ``/etc/dnf/plugins/versionlock.list``."""
    name: Reading[str] = NOT_COLLECTED
    """Package or pattern, e.g. ``aws-neuronx-dkms`` or ``kernel*``; unread for a file that could not be read."""
    version: Reading[str] = None
    """
    Versions that it is held to, as the file has them; `None` where all versions are held off.

    ``0:2.21.37.0-dkms.*``, with ``!`` before it when that version alone is held off, in a versionlock; ``version
    2.21.*`` or ``origin apt.repos.neuron.amazonaws.com`` in a pin of apt; ``evr = 0:2.21.37.0-dkms`` with dnf5.
    """
    priority: Reading[int] = None
    """``Pin-Priority`` of apt: below 0 never installed, above 1000 even when it is a downgrade; `None` elsewhere."""
