"""
Single fields of what another program printed, read so that a bad one costs only itself.

`shapes` refuses a document that is wrong anywhere, as is right for what a user wrote. A tool that adds, drops or
misprints a field still says everything else.
"""

from __future__ import annotations

from typing import TypeVar

from .facts import Reading, Unread
from .shapes import Shape, ShapeError

T = TypeVar("T")


def read_field(document: object, path: tuple[str, ...], shape: Shape[T | None], *, missing: Unread) -> Reading[T]:
    """
    Return what stands at *path* in *document*: *missing* when there is no such key, `None` when it is null.

    .. code-block:: python

        read_field({"numa_node": "1"}, ("numa_node",), text, missing=NOT_PRINTED)  # "1"
        read_field({"numa_node": 1.5}, ("numa_node",), text, missing=NOT_PRINTED)  # Unread("numa_node: not text: 1.5")
    """
    here = document
    for depth, key in enumerate(path):
        if here is None:
            return None
        if not isinstance(here, dict):
            return Unread(f"{'.'.join(path[:depth])}: not an object" if depth else "not an object")
        if key not in here:
            return missing
        here = here[key]
    try:
        return None if here is None else shape(here)
    except ShapeError as error:
        return Unread(f"{'.'.join(path)}{error.path}: {error.why}")
