"""
Serve the metrics of many hosts, each on a port of its own, until standard input ends.

Hosts as the vendor's releases make them, no two alike: SDK releases, families, systems and environments of the catalog,
with the counters of their devices and a run of every collector of the service. Bodies are rendered once and sent
compressed.

Usage: python -m tests.simulated_fleet [HOSTS]; it prints its ports as JSON.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from tests.release_hosts import release_hosts

from neuron_collectors.facts import Inventory, NeuronDevice
from neuron_collectors.runs import CollectorRun
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.counters import HEALTH_KINDS, STATUS_KINDS, Counters
from neuron_validator.metrics.exposition import Exposition, metric_families
from neuron_validator.metrics.text import render_metrics
from neuron_validator.service.collecting import SERVICE_COLLECTORS

DEVICES = {"inf1": 4, "inf2": 12}
"""How many devices the largest instance type of a family has; of Trainium 16."""
KINDS = (*STATUS_KINDS, *HEALTH_KINDS[:5])
ACCEPT = "application/openmetrics-text; version=1.0.0"


async def main(hosts: int = 500) -> None:
    """Serve until standard input ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard) if soft < 4 * hosts else (soft, hard))
    servers = [await serve(body) for body in bodies(hosts)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)  # noqa: T201 - it is asked for
    await asyncio.to_thread(sys.stdin.read)


async def serve(body: tuple[bytes, str]) -> asyncio.Server:
    """Answer every request on a free port with *body*."""
    content, content_type = body
    fields = {"Content-Type": content_type, "Content-Encoding": "gzip", "Content-Length": len(content)}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    answer = f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + content

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    return await asyncio.start_server(speak, "127.0.0.1", 0)


def bodies(hosts: int) -> Iterator[tuple[bytes, str]]:
    """Yield what each host answers, compressed, and its type."""
    for exposition in expositions(hosts):
        content, content_type = render_metrics(metric_families(exposition), accept=ACCEPT)
        yield gzip.compress(content), content_type


def expositions(hosts: int) -> Iterator[Exposition]:
    """Yield what each host exposes on the day of the catalog; the vendor's hosts are picked evenly."""
    catalog, now = load_catalog(), time.time()
    known = [inventory for _, _, inventory in release_hosts(catalog)]
    for number in range(hosts):
        inventory: Inventory = known[number * len(known) // hosts]
        report = diagnose(gather_evidence(inventory, catalog, catalog.date))
        devices = range(DEVICES.get(report.host.family or "", 16))
        yield Exposition(
            report=report,
            inventory=replace(inventory, devices=tuple(NeuronDevice(index=index) for index in devices)),
            runs=tuple(
                CollectorRun(collector=name, success=True, duration_seconds=number / 10_000, finished_at=now + number)
                for name in SERVICE_COLLECTORS
            ),
            judged_at=now + number,
            transitions={check.check: now - 3600 - number for check in report.checks},
            counters=Counters(
                hardware_errors={(device, kind): number for device in devices for kind in KINDS},
                unsupported_neffs=dict.fromkeys(devices, number),
            ),
        )


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
