"""
Feed the parsers of ``neuron-ls`` and ``neuron-monitor`` what atheris invents: they may only raise `CollectorError`.

.. code-block:: console

    $ pip install atheris
    $ python tests/fuzz/fuzz_neuron_ls.py -max_total_time=600 CORPUS

CORPUS is a directory; what is found to be interesting is added to it. `pytest -m slow` runs it for some seconds.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["neuron_collectors"]):
    from neuron_collectors.facts import Inventory
    from neuron_collectors.host import CollectorError
    from neuron_collectors.neuron_ls import parse_neuron_ls
    from neuron_collectors.neuron_monitor import parse_neuron_monitor
    from neuron_collectors.neuron_monitor_prometheus import parse_neuron_monitor_prometheus
    from neuron_collectors.snapshot import dumps_inventory, loads_inventory


def round_trip(output: str) -> None:
    """Parse *output* as a listing, and write and read what it says."""
    inventory = Inventory(neuron_ls=parse_neuron_ls(output))
    if inventory != loads_inventory(dumps_inventory(inventory)):
        raise AssertionError(f"a snapshot of another listing: {output!r}")


def feed(data: bytes) -> None:
    """Give *data* to every parser."""
    output = data.decode("utf-8", "replace")
    for parse in (round_trip, parse_neuron_monitor, parse_neuron_monitor_prometheus):
        try:
            parse(output)
        except CollectorError:
            continue


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
