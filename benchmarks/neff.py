"""
Measure how long reading the headers of a large compile cache takes, compared with a bare read of 1 KiB of each file.

Builds a cache of 10,000 files (2,500 modules of four), then by turns opens every ``model.neff`` with Python's own
``open`` and reads its first 1024 bytes, reads and parses the same headers through `Host`, finds them by `scan_neffs`,
and counts the whole cache. Prints the ratios of the medians to the first; the target of the second is 3. Not a test: a
busy machine is no reason for a failure.

Usage: python benchmarks/neff.py [--files N] [--runs N]
"""

from __future__ import annotations

import argparse
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from neuron_collectors.compile_cache import read_compile_cache
from neuron_collectors.host import Host
from neuron_collectors.neff import read_neff, scan_neffs

TARGET = 3.0
HEADER = struct.Struct("<5Q128sI32s16s256sI64sQI468s")
COMPILERS = ("neuronxcc-2.16.372.0+4a9b2326", "neuronxcc-2.21.33363.0+82129205")
FLAGS = ("4eb52b03", "d41d8cd9")


def build_cache(root: Path, files: int) -> list[str]:
    """Write a cache of as many *files* and return the paths of its NEFF files."""
    payload = bytes(10240)
    content = HEADER.pack(2, 1024, 10240, 2, 0, b"", 1, b"h" * 16, b"u" * 16, b"model.neff", 1, b"\1", 0xC00, 2, b"")
    paths = []
    for number in range(files // 4):
        module = root / COMPILERS[number % 2] / f"MODULE_{number * 0x9E3779B97F4A7C15 % 2**80:020x}+{FLAGS[number % 2]}"
        module.mkdir(parents=True)
        (module / "model.neff").write_bytes(content + payload)
        (module / "model.hlo_module.pb").write_bytes(b"hlo")
        (module / "model.done").touch()
        (module / "compile_flags.json").write_text('["--target=trn1"]', encoding="utf-8")
        paths.append(str(module / "model.neff"))
    return paths


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_bare(paths: list[str]) -> None:
    """Read the first 1024 bytes of each file, and nothing else."""
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123 - as bare as it gets
            file.read(1024)


def read_headers(host: Host, paths: list[str]) -> None:
    """Read and parse each header."""
    for path in paths:
        read_neff(host, path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = build_cache(Path(folder), options.files)
        host, top = Host(), folder.strip("/")
        relative = [path.strip("/") for path in paths]
        works: dict[str, Callable[[], object]] = {
            "bare read of 1 KiB": lambda: read_bare(paths),
            "headers": lambda: read_headers(host, relative),
            "scan": lambda: sum(1 for _ in scan_neffs(host, [top])),
            "whole cache": lambda: read_compile_cache(host, top),
        }
        times = [[seconds(work) for work in works.values()] for _ in range(options.runs)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    for name, median in zip(works, medians, strict=True):
        print(f"{name:20} {median * 1000:7.1f} ms  ratio {median / medians[0]:.1f}")
    print(f"headers to bare read: {medians[1] / medians[0]:.1f} (target {TARGET:g})")


if __name__ == "__main__":
    main()
