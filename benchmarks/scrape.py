"""
Measure how long a scrape takes, beside node_exporter in the same run.

Runs `serve` over a made trn2.48xlarge (13,664 files of 16 devices, six environments of 300 packages), starts Debian's
node_exporter on a port of its own, and scrapes both by turns with one client that keeps its connections, as Prometheus
does: compressed, in OpenMetrics. Prints the median and the 99th percentile of each and the ratio of the latter. Not a
test: a busy machine is no reason for a failure.

Usage, from the top of the checkout: python -m benchmarks.scrape [--node-exporter PATH] [--runs N]
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.agent import build_host

Address = tuple[str, int]

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
def neuron_validator(root: Path) -> Iterator[Address]:
    """Serve the host at *root* on a free port, once it has been judged."""
    command = [sys.executable, "-m", "neuron_validator", "serve", "--root", str(root)]
    command += ["--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            log = ""
            while "msg=ready" not in log:
                log += process.stderr.readline()  # type: ignore[union-attr] # a pipe was asked for
                if process.poll() is not None:
                    raise SystemExit(f"serve ended: {log}")
            yield "127.0.0.1", int(log.partition("127.0.0.1:")[2].split()[0])
        finally:
            process.terminate()
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


def large_host(root: Path) -> Path:
    """Write the host to *root*."""
    build_host(root)
    return root


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
    with (
        tempfile.TemporaryDirectory() as folder,
        neuron_validator(large_host(Path(folder))) as ours,
        node_exporter(options.node_exporter) as theirs,
    ):
        clients = [http.client.HTTPConnection(*address) for address in (ours, theirs)]
        for _ in range(options.runs):
            for client, taken in zip(clients, times, strict=True):
                taken.append(scrape(client))
    for name, taken in zip(("neuron-validator", "node_exporter"), times, strict=True):
        print("{:17} median {:6.2f} ms, p99 {:6.2f} ms".format(name, *percentiles(taken)))
    print(f"ratio of the p99: {percentiles(times[0])[1] / percentiles(times[1])[1]:.3f}")


if __name__ == "__main__":
    main()
