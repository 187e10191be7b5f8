"""
Two hundred scrapers at once, as a fleet's worth of Prometheus servers would be.

Opt-in, for it takes a minute: `pytest -m slow tests/service/web/test_scrape_load.py`.
"""

from __future__ import annotations

import http.client
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.web_clients import Address, large_service

CLIENTS = 200
EVERY = 5.0
SECONDS = 60.0
P99 = 0.050
HEADERS = {"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1", "Accept-Encoding": "gzip"}


def scrape_for_a_minute(address: Address, number: int, begin: float) -> list[float]:
    """Scrape every five seconds on one connection, beginning at a time of one's own; return how long each took."""
    client = http.client.HTTPConnection(*address, timeout=10)
    times = []
    due = begin + EVERY * number / CLIENTS
    while due < begin + SECONDS:
        time.sleep(max(0.0, due - time.monotonic()))
        start = time.monotonic()
        client.request("GET", "/metrics", headers=HEADERS)
        response = client.getresponse()
        response.read()
        times.append(time.monotonic() - start)
        assert 200 == response.status
        due += EVERY
    client.close()
    return times


@pytest.mark.slow
def test_two_hundred_scrapers(repository: Path) -> None:
    """Of 200 clients that scrape every five seconds none gets an error, and 99 of 100 scrapes take below 50 ms."""
    with large_service(repository) as address:
        begin = time.monotonic() + 1
        with ThreadPoolExecutor(CLIENTS) as clients:
            futures = [clients.submit(scrape_for_a_minute, address, number, begin) for number in range(CLIENTS)]
            times = [taken for future in futures for taken in future.result()]

    p99 = statistics.quantiles(times, n=100)[98]
    print(f"{len(times)} scrapes, median {1000 * statistics.median(times):.1f} ms, p99 {1000 * p99:.1f} ms")  # noqa: T201 - the result, with -s

    assert CLIENTS * SECONDS / EVERY == len(times)
    assert p99 < P99
