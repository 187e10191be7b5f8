"""Write an imported overlay to its folder, whole or not at all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .files import HEADER, Record
from .import_manifest import Import
from .load import load_catalog
from .model import CatalogError
from .records import TABLES

_MADE_BY = {"made_by": "neuron-validator catalog import"}
_READABLE = 0o755


def write_overlay(plan: Import, folder: Path, *, below: Sequence[str] = ()) -> None:
    """
    Write *plan* as an overlay to *folder*, in the place of an earlier import; raises `OSError`.

    It is validated first, over the package's catalog and the overlays *below* it: what is wrong with it is a
    `CatalogError`. So is a folder that holds anything else than an import: that is somebody's own.
    """
    _refuse_others_work(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        fresh, stale = Path(name) / "fresh", Path(name) / "stale"
        fresh.mkdir(mode=_READABLE)
        (fresh / HEADER).write_text(_line({**plan.header, **_MADE_BY}), encoding="utf-8")
        for table, records in plan.tables.items():
            (fresh / table).write_text("".join(map(_line, records)), encoding="utf-8")
        load_catalog(overlays=[*below, fresh])
        if folder.exists():
            folder.rename(stale)
        fresh.rename(folder)


def _refuse_others_work(folder: Path) -> None:
    """Raise `CatalogError` if there is something at *folder* that no import has put there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else {folder.name}
    if not names <= {HEADER, *TABLES} or not _is_ours(folder / HEADER):
        message = f"{folder}: holds something else than an imported manifest: choose another --output, or move it away"
        raise CatalogError(message)


def _is_ours(header: Path) -> bool:
    try:
        written = json.loads(header.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(written, dict) and _MADE_BY.items() <= written.items()


def _line(record: Record) -> str:
    return f"{json.dumps(record, ensure_ascii=False)}\n"
