"""
Feed the parsers of logs what atheris invents: they may only raise `CollectorError`, and never lose a line's place.

.. code-block:: console

    $ pip install atheris
    $ python tests/fuzz/fuzz_kernel_log.py -max_total_time=600 CORPUS

CORPUS is a directory; what is found to be interesting is added to it. `pytest -m slow` runs it for some seconds.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["neuron_collectors", "neuron_validator.log_patterns"]):
    from neuron_collectors.facts.log_lines import device_addresses, parse_kernel_line, parse_runtime_messages
    from neuron_collectors.host import CollectorError
    from neuron_collectors.kernel_log import parse_kernel_log
    from neuron_validator.log_patterns import recognise


def feed(data: bytes) -> None:
    """Give *data* to every parser, as a log and as its lines."""
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    with contextlib.suppress(CollectorError):
        lines += parse_kernel_log(text)
    device_addresses(lines)
    for line in lines:
        parse_runtime_messages(line)
        if not line.endswith(parse_kernel_line(line).message):
            raise AssertionError(f"another message: {line!r}")
    for known in recognise(lines):
        if lines[known.number - 1] != known.line or not re.search(known.pattern.regex, known.line):
            raise AssertionError(f"another line: {known!r}")


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed)
    atheris.Fuzz()
