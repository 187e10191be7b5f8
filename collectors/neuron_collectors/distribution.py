"""What an installed package and its installer say in the package's ``*.dist-info`` directory."""

from __future__ import annotations

from .direct_url import DirectUrl, read_direct_url
from .facts import Reading
from .facts.frozen import dataclass
from .host import Host
from .site_packages import Metadata, read_metadata

_LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One installed package."""

    entry: str
    """Name of its directory, e.g. ``neuronx_cc-2.23.6484.0+3b612583.dist-info``."""
    metadata: Reading[Metadata]
    installer: str | None = None
    """``INSTALLER``, e.g. ``pip``; `None` also where it cannot be read."""
    direct_url: Reading[DirectUrl] = None


def read_distribution(host: Host, record: str) -> Distribution:
    """Read the package whose directory, or file in the oldest format, is *record*."""
    metadata = read_metadata(host, record)
    entry = record.rpartition("/")[2]
    if not entry.endswith(".dist-info"):
        return Distribution(entry=entry, metadata=metadata)
    installer = host.read_line(f"{record}/INSTALLER")
    return Distribution(
        entry=entry,
        metadata=metadata,
        installer=installer if isinstance(installer, str) and len(installer) <= _LONGEST_NAME else None,
        direct_url=read_direct_url(host, record),
    )
