"""The catalog that a command works with: the package's, the overlays of this machine, and the one it is given."""

from __future__ import annotations

import os

from ..catalog import Catalog, load_catalog
from ..catalog.places import default_overlays


def read_catalog(overlay: str | None = None) -> Catalog:
    """Load the catalog with the overlays of this machine, and *overlay* on top of them; raises `CatalogError`."""
    places = default_overlays(os.environ, privileged=os.geteuid() == 0)
    return load_catalog(overlays=[*places, *([overlay] if overlay else [])])
