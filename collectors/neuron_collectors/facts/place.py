"""Facts about the place where everything runs: machine, operating system, container."""

from __future__ import annotations

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """The EC2 instance, from ``/sys/devices/virtual/dmi/id``."""

    instance_type: Reading[str] = NOT_GIVEN
    """``product_name``, e.g. ``trn2.48xlarge``; a facts file may give a family (``trn1``)."""
    instance_id: Reading[str] = NOT_COLLECTED
    """``board_asset_tag``, e.g. ``i-0123456789abcdef0``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceMetadata:
    """The EC2 instance as its metadata service (IMDSv2) tells it; asked only when the user says so."""

    instance_type: Reading[str] = NOT_COLLECTED
    """``meta-data/instance-type``, e.g. ``trn2.48xlarge``."""
    instance_id: Reading[str] = NOT_COLLECTED
    """``meta-data/instance-id``, e.g. ``i-0123456789abcdef0``."""
    ami_id: Reading[str] = NOT_COLLECTED
    """``meta-data/ami-id``, e.g. ``ami-0f8b952eba2c08d62``."""
    region: Reading[str] = NOT_COLLECTED
    """``meta-data/placement/region``, e.g. ``us-east-1``."""
    availability_zone: Reading[str] = NOT_COLLECTED
    """``meta-data/placement/availability-zone``, e.g. ``us-east-1a``: another place for every account."""
    availability_zone_id: Reading[str] = NOT_COLLECTED
    """``meta-data/placement/availability-zone-id``, e.g. ``use1-az4``: the same place for all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """The AWS image that the root file system was made from, as files in it tell."""

    kind: str
    """``dlami`` (Deep Learning AMI) or ``dlc`` (Deep Learning Container)."""
    name: Reading[str] = NOT_COLLECTED
    """As the login banner has it, e.g. ``Deep Learning AMI Neuron (Ubuntu 24.04)``; a container does not tell."""
    version: Reading[str] = NOT_COLLECTED
    """``Version`` of the login banner, e.g. ``59.0``; images that are named after a day say none."""
    source: Reading[str] = NOT_COLLECTED
    """The file that tells it, e.g. ``/etc/motd``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingSystem:
    """Operating system, kernel and C library."""

    id: Reading[str] = NOT_GIVEN
    """``ID`` of os-release, e.g. ``ubuntu``, ``amzn``, ``rocky``."""
    version: Reading[str] = NOT_GIVEN
    """``VERSION_ID`` of os-release, e.g. ``22.04``."""
    name: Reading[str] = NOT_GIVEN
    """``PRETTY_NAME`` of os-release, e.g. ``Ubuntu 22.04.4 LTS``."""
    kernel: Reading[str] = NOT_GIVEN
    """``/proc/sys/kernel/osrelease``, or the third word of ``/proc/version``, e.g. ``6.8.0-1021-aws``."""
    glibc: Reading[str] = NOT_GIVEN
    """Version of the GNU C library on disk, e.g. ``2.35``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """The container that this runs in."""

    kind: Reading[str] = NOT_GIVEN
    """``docker``, ``podman``, ``kubernetes``, ``containerd``, ``nspawn`` … as its mark on the file system names it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """Host memory in bytes, from ``/proc/meminfo``."""

    total_bytes: Reading[int] = NOT_GIVEN
    """``MemTotal``."""
    available_bytes: Reading[int] = NOT_GIVEN
    """``MemAvailable``."""
