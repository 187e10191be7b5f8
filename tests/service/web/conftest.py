"""A running web server, and certificates for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.web_clients import judged, make_certificate

from neuron_validator.service.web.publication import Board, Publication
from neuron_validator.service.web.server import WebServer

Serve = Callable[..., WebServer]


@pytest.fixture(scope="session")
def publication(repository: Path) -> Publication:
    """Return what is served of a healthy host."""
    return judged(repository / "tests/hosts/trn2-healthy")


@pytest.fixture
def serve(publication: Publication) -> Iterator[Serve]:
    """Return a function that starts a server on a free port; all of them are stopped in the end."""
    servers = []

    def start(board: Board | None = None, **arguments: Any) -> WebServer:
        options = {"listen": ["127.0.0.1:0"], "healthy": lambda: True, **arguments}
        server = WebServer(board or Board(publication), **options)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def made_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with certificates that are made once: of the server, of a client's CA, of clients."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    directory = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other", "authority", "stranger"):
        make_certificate(directory, name)
    make_certificate(directory, "client", authority="authority")
    return directory


@pytest.fixture
def certificates(made_certificates: Path, tmp_path: Path) -> Path:
    """Return a folder of the test's own with the certificates, which it may change."""
    return shutil.copytree(made_certificates, tmp_path / "certificates")


@pytest.fixture
def configure(certificates: Path) -> Callable[[str], str]:
    """Return a function that writes the web configuration beside the certificates and returns its path."""

    def write(text: str) -> str:
        path = certificates / "web.yml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
