"""
Measure how long ``neff check`` takes over one file, and over a compile cache of 10,000 models.

Runs the command in this process, without its start: one file by its header alone, one with its payload, and the cache.
What the first two take is the catalog, mostly. The targets are
2 ms for each file more, and 5 s for the cache. Not a test: a busy machine is no reason for a failure.

Usage: python benchmarks/neff_check.py [--files N] [--runs N]
"""

from __future__ import annotations

import argparse
import statistics
import struct
import tempfile
import time
from pathlib import Path

from neuron_validator.cli import main as program

HEADER = struct.Struct("<5Q128sI32s16s256sI64sQI468s")
FILE_TARGET = 2.0
CACHE_TARGET = 5000.0


def build_cache(root: Path, files: int) -> list[str]:
    """Write a cache of as many models, each with its flags, and return the models' paths."""
    content = HEADER.pack(2, 1024, 512, 2, 0, b"", 1, b"h" * 16, b"u" * 16, b"model.neff", 1, b"\1", 0xC00, 2, b"")
    paths = []
    for number in range(files):
        module = root / f"neuronxcc-2.21.33363.0+82129205/MODULE_{number:020x}+4eb52b03"
        module.mkdir(parents=True)
        (module / "model.neff").write_bytes(content + bytes(512))
        (module / "compile_flags.json").write_text('["--target=trn2"]', encoding="utf-8")
        paths.append(str(module / "model.neff"))
    return paths


def milliseconds(output: Path, *arguments: str) -> float:
    """Return how long one check takes."""
    start = time.perf_counter()
    program(["neff", "check", "--output", str(output), "--runtime", "2.31", "--target", "trn2", *arguments])
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = build_cache(Path(folder), options.files)
        works = {
            "one header": ("--header-only", paths[0]),
            "one payload": ("--metadata", paths[0]),
            "the cache": (folder,),
        }
        output = Path(folder) / "report.txt"
        milliseconds(output, *works["one payload"])  # the first run imports
        medians = {
            name: statistics.median(milliseconds(output, *work) for _ in range(options.runs))
            for name, work in works.items()
        }
    for name, median in medians.items():
        print(f"{name:12} {median:8.1f} ms")
    each = (medians["the cache"] - medians["one header"]) / options.files
    print(f"each file of the cache {each:.2f} ms (target {FILE_TARGET:g}); the cache (target {CACHE_TARGET:g})")


if __name__ == "__main__":
    main()
