"""Where the server listens."""

from __future__ import annotations

import errno
import socket

import pytest
from tests.service.web.conftest import Serve
from tests.web_clients import fetch

from neuron_validator.cli.exits import exit_code_for
from neuron_validator.service.web.errors import WebConfigError
from neuron_validator.service.web.listening import parse_listen_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:10979", ("127.0.0.1", 10979)),
        ("[::1]:10979", ("::1", 10979)),
        (":10979", ("", 10979)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_listen_addresses_as_prometheus_writes_them(text: str, expected: tuple[str, int]) -> None:
    """An address is a host, in brackets where it is IPv6, and a port; the host may be left out."""
    assert expected == parse_listen_address(text)


@pytest.mark.parametrize("text", ["", "10979", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", ":65536", ":-1", "::1:10979"])
def test_what_is_no_listen_address(text: str) -> None:
    """Anything else is refused, by name."""
    with pytest.raises(WebConfigError, match=r"listen address '"):
        parse_listen_address(text)


def test_several_addresses(serve: Serve) -> None:
    """One server listens on several addresses, of IPv4, of IPv6 and on all of them."""
    web = serve(listen=["127.0.0.1:0", "[::1]:0", ":0"])
    _, _, (_, everywhere) = web.addresses

    answers = [fetch(address)[0].status for address in (*web.addresses, ("127.0.0.1", everywhere))]

    assert [200] * 4 == answers


def test_a_port_in_use_is_named_and_nothing_is_left_open(serve: Serve) -> None:
    """A port that is taken is an OSError that says which; the addresses before it are free again."""
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as spare:
        port, free = taken.getsockname()[1], spare.getsockname()[1]
        spare.close()

        with pytest.raises(OSError, match=rf"^cannot listen on 127.0.0.1:{port}: Address already in use$") as caught:
            serve(listen=[f"127.0.0.1:{free}", f"127.0.0.1:{port}"])

    assert errno.EADDRINUSE == caught.value.errno
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free))


def test_exit_codes() -> None:
    """At the edge a port in use is an I/O error, and a bad web configuration is bad configuration."""
    assert 74 == exit_code_for(OSError("cannot listen"))
    assert 78 == exit_code_for(WebConfigError("web.yml: unknown key"))


def test_a_telemetry_path_begins_with_a_slash(serve: Serve) -> None:
    """A path that no request can have is refused."""
    with pytest.raises(WebConfigError, match="telemetry path 'metrics'"):
        serve(telemetry_path="metrics")
