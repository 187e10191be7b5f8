"""
Feed the reader of NEFF files what atheris invents: it may only raise `CollectorError`, and keeps to its limits.

.. code-block:: console

    $ pip install atheris
    $ python tests/fuzz/fuzz_neff.py -max_total_time=600 CORPUS

CORPUS is a directory; what is found to be interesting is added to it. `pytest -m slow` runs it for some seconds.
"""

from __future__ import annotations

import importlib
import io
import sys
import zlib
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["neuron_collectors"]):
    from neuron_collectors.facts import Inventory, Neff
    from neuron_collectors.host import CollectorError
    from neuron_collectors.neff import HEADER_SIZE, parse_header
    from neuron_collectors.neff_metadata import with_metadata
    from neuron_collectors.neff_payload import parse_payload, read_pieces
    from neuron_collectors.snapshot import dumps_inventory, loads_inventory


def look_through(neff: Neff, payload: bytes) -> None:
    """Read *payload* as that of *neff*, and write and read what it says."""
    pieces = read_pieces(io.BytesIO(payload), len(payload))
    inventory = Inventory(neffs=(with_metadata(neff, parse_payload(pieces)),))
    if inventory != loads_inventory(dumps_inventory(inventory)):
        raise AssertionError(f"a snapshot of another model: {inventory!r}")


def feed(data: bytes) -> None:
    """Give *data* to the parsers as a whole file, and what follows the header once more behind a good compression."""
    try:
        neff = parse_header(data[:HEADER_SIZE], "/model.neff", file_size=len(data))
    except CollectorError:
        neff = Neff(path="/model.neff")
    look_through(neff, data[HEADER_SIZE:])
    engine = zlib.compressobj(1, wbits=31)
    look_through(neff, engine.compress(data[HEADER_SIZE:]) + engine.flush())


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
