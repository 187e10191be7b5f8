"""
What the service costs: CPU time for an hour's worth of cycles, and memory over many of them.

Judges a made trn2.48xlarge (13,664 files of 16 devices, six environments of 300 packages) with a simulated clock: an
hour is 240 fast cycles, 60 of processes and 6 of everything, and a counter moves before each fast one, so that each
ends in a judgement. Metrics are rendered and compressed each time, as for a scrape every 15 seconds, and the state is
kept on disk.

Prints CPU seconds (target: at most 18) and the resident memory after the first cycles and at the end (target: below 60
MB, and no more than at the beginning). Not a test: a busy machine is no reason for a failure.

Usage, from the top of the checkout: python -m benchmarks.agent [--hours N] [--cycles N]
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from benchmarks import startup, sysfs

from neuron_collectors.facts.frozen import dataclass
from neuron_validator.catalog import load_catalog
from neuron_validator.metrics.exposition import Exposition
from neuron_validator.service.agent import Agent
from neuron_validator.service.clock import Clock
from neuron_validator.service.log import Log, Stream
from neuron_validator.service.notify import Notifier
from neuron_validator.service.settings import Settings
from neuron_validator.service.web.publication import Publication

CPU_TARGET = 18.0
MEMORY_TARGET = 60.0
HOUR = 3600.0
FAST_PER_HOUR = 240
WARM_UP = 500
COUNTER = sysfs.DEVICES + "/neuron0/neuron_core0/stats/status/hw_error/total"
START = 1_795_231_440.0  # 2026-11-21


class SimulatedTime:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> Clock:
        """Return the clock that the agent reads."""
        return Clock(monotonic=lambda: self.now, wall=lambda: START + self.now)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """An agent over a made host."""

    agent: Agent
    time: SimulatedTime
    root: Path


def build_host(root: Path) -> None:
    """Write the host."""
    startup.DEVICES = 0  # the devices are those of the other benchmark, which has every file
    startup.build_host(root)
    sysfs.make_tree(root)


def make_agent(root: Path, state: Path, *, publish: Callable[[Exposition], None]) -> Made:
    """Make an agent for the host at *root*."""
    simulated = SimulatedTime()
    clock = simulated.clock()
    settings = Settings(root=str(root), state_directory=str(state))
    agent = Agent(
        settings,
        read_settings=lambda: settings,
        read_catalog=lambda _: load_catalog(),
        reload_web=lambda: None,
        publish=publish,
        log=Log(Stream(file=io.StringIO(), journal=True), level="error"),
        notifier=Notifier({}, process=0),
        clock=clock,
    )
    return Made(agent=agent, time=simulated, root=root)


def cycle(made: Made) -> None:
    """Let everything that is due run and come back, then move the clock on."""
    made.agent.turn()
    while not made.agent.idle:
        made.agent.waker.sleep(0.05)
        made.agent.turn()
    made.time.now = max(made.agent.next_turn(), made.time.now + 0.01)


def run_until(made: Made, end: float) -> None:
    """Cycle until *end* on the simulated clock; a counter moves every 15 seconds."""
    counter = made.root / COUNTER
    moved_at = made.time.now
    while made.time.now < end:
        if made.time.now - moved_at >= HOUR / FAST_PER_HOUR:
            moved_at = made.time.now
            counter.write_text(f"{int(moved_at)}\n", encoding="ascii")
        cycle(made)


def publish(exposition: Exposition) -> None:
    """Render what a scraper gets."""
    Publication(exposition=exposition).body("metrics", gzip=True)


def resident() -> float:
    """Return the resident memory of this process, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--hours", type=int, default=1, help="for the CPU time (default: 1)")
    parser.add_argument("--cycles", type=int, default=2000, help="fast cycles, for the memory (default: 2000)")
    options = parser.parse_args()
    for module in ("pyudev", "neuron_validator.cli.serve", "neuron_validator.service.web.server"):
        import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder) / "host", Path(folder) / "state"
        root.mkdir()
        build_host(root)
        made = make_agent(root, state, publish=publish)
        made.agent.begin()
        start = time.process_time()
        run_until(made, options.hours * HOUR)
        cpu = (time.process_time() - start) / options.hours
        print(f"Python {sys.version.split()[0]}: {cpu:.1f} CPU seconds an hour (target {CPU_TARGET:g})", flush=True)
        run_until(made, made.time.now + WARM_UP * HOUR / FAST_PER_HOUR)
        first = resident()
        run_until(made, made.time.now + options.cycles * HOUR / FAST_PER_HOUR)
        print(f"{first:.1f} MB, after {options.cycles} cycles {resident():.1f} MB (target {MEMORY_TARGET:g})")


if __name__ == "__main__":
    main()
