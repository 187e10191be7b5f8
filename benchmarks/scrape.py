"""
Measure how long a scrape takes, beside node_exporter in the same run.

Serves the metrics of a healthy trn2 host whose device is there sixteen times, starts Debian's node_exporter on a port
of its own, and scrapes both by turns with one client that keeps its connections, as Prometheus does: compressed, in
OpenMetrics. Prints the median and the 99th percentile of each and the ratio of the latter. Not a test: a busy machine
is no reason for a failure.

Usage: python benchmarks/scrape.py [--node-exporter PATH] [--runs N]
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Address = tuple[str, int]

REPOSITORY = Path(__file__).resolve().parent.parent
HEADERS = {"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1", "Accept-Encoding": "gzip"}


def scrape(client: http.client.HTTPConnection) -> float:
    """Return how long a scrape takes."""
    start = time.perf_counter()
    client.request("GET", "/metrics", headers=HEADERS)
    response = client.getresponse()
    response.read()
    taken = time.perf_counter() - start
    if response.status != http.HTTPStatus.OK:
        raise SystemExit(f"{client.host}:{client.port} answered {response.status}")
    return taken


@contextmanager
def neuron_validator() -> Iterator[Address]:
    """Run the server of the tests in a process of its own, like the other."""
    command = [sys.executable, "-m", "tests.web_service"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield "127.0.0.1", int(process.stdout.readline())  # type: ignore[union-attr] # a pipe was asked for
        process.communicate()


@contextmanager
def node_exporter(program: str) -> Iterator[Address]:
    """Run node_exporter on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    command = [program, f"--web.listen-address={address[0]}:{address[1]}", "--no-collector.systemd"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        for _ in range(100):
            try:
                socket.create_connection(address).close()
                break
            except ConnectionError:
                time.sleep(0.05)
        try:
            yield address
        finally:
            process.terminate()


def percentiles(times: list[float]) -> tuple[float, float]:
    """Return median and 99th percentile, in milliseconds."""
    return 1000 * statistics.median(times), 1000 * statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Scrape both by turns and print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node-exporter", default=shutil.which("prometheus-node-exporter"), metavar="PATH")
    parser.add_argument("--runs", type=int, default=1000)
    options = parser.parse_args()
    if options.node_exporter is None:
        parser.error("prometheus-node-exporter is not on the path; name it with --node-exporter")
    times: list[list[float]] = [[], []]
    with neuron_validator() as ours, node_exporter(options.node_exporter) as theirs:
        clients = [http.client.HTTPConnection(*address) for address in (ours, theirs)]
        for _ in range(options.runs):
            for client, taken in zip(clients, times, strict=True):
                taken.append(scrape(client))
    for name, taken in zip(("neuron-validator", "node_exporter"), times, strict=True):
        print("{:17} median {:6.2f} ms, p99 {:6.2f} ms".format(name, *percentiles(taken)))
    print(f"ratio of the p99: {percentiles(times[0])[1] / percentiles(times[1])[1]:.3f}")


if __name__ == "__main__":
    main()
