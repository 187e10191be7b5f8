"""The catalog: what AWS released, in which versions, for which devices, and where that is written."""

from .load import load_catalog
from .model import (
    Catalog,
    CatalogError,
    Chip,
    Disagreement,
    InstanceType,
    Listing,
    Membership,
    Package,
    PackageVersion,
    Release,
)

__all__ = [
    "Catalog",
    "CatalogError",
    "Chip",
    "Disagreement",
    "InstanceType",
    "Listing",
    "Membership",
    "Package",
    "PackageVersion",
    "Release",
    "load_catalog",
]
