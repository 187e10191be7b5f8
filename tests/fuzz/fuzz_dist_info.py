"""
Feed the readers of installed packages what atheris invents: only `ShapeError` may be raised, and by one of them.

.. code-block:: console

    $ pip install atheris
    $ python tests/fuzz/fuzz_dist_info.py -max_total_time=600 CORPUS

CORPUS is a directory; what is found to be interesting is added to it. `pytest -m slow` runs it for some seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["neuron_collectors"]):
    from neuron_collectors.direct_url import parse_direct_url
    from neuron_collectors.python_locations import parse_conda_environments, parse_conda_python, parse_pyvenv
    from neuron_collectors.shapes import ShapeError
    from neuron_collectors.site_packages import parse_listing, parse_metadata


def feed(data: bytes) -> None:
    """Give *data* to every parser: as the names in a directory, and as the content of each file."""
    text = data.decode("utf-8", "replace")
    names = text.split("\n")
    listing = parse_listing(names, "lib")
    if listing.versions.keys() != listing.records.keys():
        raise AssertionError(f"another package: {names!r}")
    parse_metadata(text)
    parse_pyvenv(text)
    parse_conda_environments(text)
    parse_conda_python(names)
    with contextlib.suppress(ShapeError):
        parse_direct_url(text)


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
