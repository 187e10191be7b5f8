"""What the service costs over hours, measured by `benchmarks.agent`: slow, and lenient to busy machines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_an_hour_and_ten_thousand_cycles(repository: Path) -> None:
    """
    An hour's worth of cycles on a large host takes at most 18 CPU seconds; memory stays below 60 MB, and flat.
    """
    argv = [sys.executable, "-m", "benchmarks.agent", "--cycles", "10000"]
    done = subprocess.run(argv, cwd=repository, capture_output=True, text=True, check=True)
    cpu = re.search(r"([\d.]+) CPU seconds", done.stdout)
    memory = re.search(r"([\d.]+) MB, after 10000 cycles ([\d.]+) MB", done.stdout)

    assert cpu is not None
    assert memory is not None
    assert float(cpu[1]) <= 18
    assert float(memory[2]) < 60
    assert float(memory[2]) <= float(memory[1]) + 3  # 300 bytes a cycle; what the allocator keeps is 2 MB by then
