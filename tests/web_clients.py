"""What tests of the web server share: publications, certificates, and clients that behave or do not."""

from __future__ import annotations

import base64
import http.client
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from neuron_collectors.captured import open_host
from neuron_collectors.facts import Inventory
from neuron_collectors.inventory import take_inventory
from neuron_validator.catalog import load_catalog
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.metrics.exposition import Exposition, device_counters
from neuron_validator.service.web.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Iterator

Address = tuple[str, int]

AS_OF = date(2026, 11, 21)
JUDGED_AT = 1_795_219_200.0  # 2026-11-21 00:00 UTC
PASSWORD = "correct horse"  # noqa: S105 - of nothing
PASSWORD_HASH = "$2b$04$mCSfYBTCQ3Kq7jrI7f9stO3Uz31l9Rmg1ZgwPMKEqKBNHK9q264J6"  # noqa: S105 - of PASSWORD, at the lowest cost


class Counted:
    """A renderer that tells how often it was called."""

    def __init__(self, text: str = "{}") -> None:
        self.text = text
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        return self.text


def unjudged() -> Publication:
    """Return what is served before the first judgement."""
    return Publication(exposition=Exposition(report=None, inventory=Inventory()))


def judged(root: Path, *, inventory_json: Callable[[], str] | None = None) -> Publication:
    """Return what is served of the captured tree *root*."""
    inventory = take_inventory(open_host(str(root)))
    report = diagnose(gather_evidence(inventory, load_catalog(), AS_OF))
    exposition = Exposition(
        report=report, inventory=inventory, judged_at=JUDGED_AT, counters=device_counters(inventory)
    )
    return Publication(exposition=exposition, inventory_json=inventory_json)


def large_host(small: Path, root: Path) -> Path:
    """Write a host of 16 devices to *root*: the one device of *small*, sixteen times."""
    shutil.copytree(small, root, symlinks=True)
    devices = root / "sys/devices/virtual/neuron_device"
    for number in range(1, 16):
        shutil.copytree(devices / "neuron0", devices / f"neuron{number}", symlinks=True)
        link = root / f"sys/class/neuron_device/neuron{number}"
        link.symlink_to(f"../../devices/virtual/neuron_device/neuron{number}")
    return root


def basic(name: str, password: str) -> str:
    """Return the header with which a client shows its password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@contextmanager
def large_service(repository: Path, *config_file: str) -> Iterator[Address]:
    """Run `tests.web_service` in a process of its own, so that clients and server do not share Python's one turn."""
    command = [sys.executable, "-m", "tests.web_service", *config_file]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield "127.0.0.1", int(process.stdout.readline())
        finally:
            process.communicate(timeout=10)


def make_certificate(directory: Path, name: str, *, authority: str | None = None) -> None:
    """Write NAME.crt and NAME.key for 127.0.0.1, signed by *authority* or by itself."""
    request = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(directory / f"{name}.key"), "-out", str(directory / f"{name}.crt")),
    ]
    if authority is not None:
        request += ["-CA", str(directory / f"{authority}.crt"), "-CAkey", str(directory / f"{authority}.key")]
        request += ["-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(request, check=True, capture_output=True, timeout=30)
    (directory / f"{name}.key").chmod(0o600)


def trusting(certificate: Path, *, client: Path | None = None) -> ssl.SSLContext:
    """Return a client's context that trusts *certificate*, and shows that of *client* (without its suffix)."""
    context = ssl.create_default_context(cafile=str(certificate))
    if client is not None:
        context.load_cert_chain(f"{client}.crt", f"{client}.key")
    return context


def fetch(
    address: Address,
    path: str = "/metrics",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    """Return the response to one request on a connection of its own, and its body."""
    connection = (
        http.client.HTTPSConnection(*address, context=tls, timeout=10)
        if tls
        else http.client.HTTPConnection(*address, timeout=10)
    )
    try:
        connection.request(method, path, headers=dict(headers or {}))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@contextmanager
def connected(address: Address, count: int = 1, *, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """Open *count* connections, and say only *first* on each."""
    clients: list[socket.socket] = []
    try:
        for _ in range(count):
            client = socket.create_connection(address, timeout=10)
            clients.append(client)
            client.sendall(first)
        yield clients
    finally:
        for client in clients:
            client.close()


def speak(address: Address, request: bytes) -> bytes:
    """Send *request* as it is and return all that comes back until the server closes."""
    with connected(address) as [client]:
        with suppress(ConnectionError):  # closed before all was taken
            client.sendall(request)
        received = b""
        with suppress(ConnectionError):
            while data := client.recv(65536):
                received += data
    return received
