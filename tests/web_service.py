"""
Serve the metrics of a healthy trn2 host whose one device is there sixteen times, until standard input ends.

Usage: python -m tests.web_service [WEB_CONFIG_FILE]; it prints its port.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.web_clients import judged, large_host

from neuron_validator.service.web.publication import Board
from neuron_validator.service.web.server import WebServer

HEALTHY = Path(__file__).parent / "hosts/trn2-healthy"


def main(config_file: str | None = None) -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as directory:
        board = Board(judged(large_host(HEALTHY, Path(directory) / "host")))
    web = WebServer(board, listen=["127.0.0.1:0"], config_file=config_file, healthy=lambda: True)
    web.start()
    sys.stdout.write(f"{web.addresses[0][1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    web.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
