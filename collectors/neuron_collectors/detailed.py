"""
The collectors for where a host is written down as a whole, as ``collect`` does: with what is inside of libraries, too.

A plain diagnosis does without: importing what parses them alone takes 30 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from .extension_libraries import collect_extension_libraries
from .inventory import COLLECTORS, Collector
from .libraries import collect_runtime_libraries

DETAILED_COLLECTORS: Mapping[str, Collector] = {
    **COLLECTORS,
    "runtime_libraries": partial(collect_runtime_libraries, detail=True),
    "extension_libraries": collect_extension_libraries,
}
