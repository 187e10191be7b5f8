"""
Feed the readers of ELF files what atheris invents: they may only raise `CollectorError`, and keep little of it.

.. code-block:: console

    $ pip install atheris
    $ python tests/fuzz/fuzz_elf.py -max_total_time=600 CORPUS

CORPUS is a directory; what is found to be interesting is added to it. `pytest -m slow` runs it for some seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["neuron_collectors", "elftools"]):
    from neuron_collectors.elf_dynamic import highest_glibc, parse_shared_library
    from neuron_collectors.elf_sections import find_section
    from neuron_collectors.host import CollectorError


def feed(data: bytes) -> None:
    """Give *data* to the reader of shared libraries and to that of kernel modules."""
    with contextlib.suppress(CollectorError):
        library = parse_shared_library(io.BytesIO(data), "library")
        highest_glibc(library.needed_versions)
        kept = len(repr(library))
        if kept > 64 * 1024 * 1024:
            raise AssertionError(f"{kept} characters are kept of {len(data)} bytes")
    with contextlib.suppress(CollectorError):
        find_section(data, ".modinfo", "module")


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
