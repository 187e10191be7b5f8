"""Clients that are slow, silent, greedy or broken cost nobody else a scrape."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread

import cheroot.wsgi
import pytest
from tests.service.web.conftest import Serve
from tests.web_clients import PASSWORD, Address, basic, connected, fetch, speak, trusting

from neuron_validator.service.web import connection, open_connections, server

PROMPT = 2.0  # seconds: a scrape takes some milliseconds, on a busy machine more, and five seconds where it is held up
HALF_A_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}"
CLIENT_HELLO_BEGINS = b"\x16\x03\x01\x02\x00\x01"


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def drip(clients: list[socket.socket], stop: Event, *, every: float = 0.5) -> None:
    """Send a byte on each connection time and again, as long as the server takes it."""
    while not stop.wait(every):
        for client in clients:
            with suppress(OSError):
                client.sendall(b"X")


def closed_after(client: socket.socket) -> float:
    """Return how long the server keeps *client*."""

    def wait() -> None:
        with suppress(ConnectionError):
            while client.recv(4096):
                pass

    return seconds(wait)


@pytest.mark.parametrize("count", [20, 200])
def test_dripped_headers_hold_nobody_up(serve: Serve, count: int) -> None:
    """Connections that send their header byte by byte leave the workers to those who send theirs."""
    [address] = serve().addresses

    with connected(address, count, first=HALF_A_REQUEST) as clients:
        stop = Event()
        dripping = Thread(target=drip, args=(clients, stop))
        dripping.start()
        time.sleep(0.6)
        slowest = max(seconds(lambda: fetch(address)) for _ in range(20))
        stop.set()
        dripping.join()

    assert slowest < PROMPT


def test_cheroot_alone_is_held_up() -> None:
    """Without what is in front of it the same twenty connections keep everybody else out: the control."""
    alone = cheroot.wsgi.Server(
        ("127.0.0.1", 0), lambda _, start_response: start_response("200 OK", []) and [], shutdown_timeout=0
    )
    alone.prepare()
    serving = Thread(target=alone.serve)
    serving.start()

    with connected(alone.bind_addr, 20, first=HALF_A_REQUEST):
        time.sleep(0.2)
        with connected(alone.bind_addr, first=HALF_A_REQUEST + b"\r\n") as [client]:
            client.settimeout(1.0)
            with pytest.raises(TimeoutError):
                client.recv(1)
    alone.stop()
    serving.join()


@pytest.mark.parametrize("count", [20, 200])
def test_handshakes_that_never_finish_hold_nobody_up(
    serve: Serve, configure: Callable[[str], str], certificates: Path, count: int
) -> None:
    """Connections that begin a TLS handshake, or say nothing at all, do not block the one that listens."""
    [address] = serve(config_file=configure(TLS)).addresses
    tls = trusting(certificates / "server.crt")

    with connected(address, count // 2), connected(address, count // 2, first=CLIENT_HELLO_BEGINS):
        slowest = max(seconds(lambda: fetch(address, tls=tls)) for _ in range(20))

    assert slowest < PROMPT


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> float:
    """Return the time for a header, made short."""
    assert 5.0 == connection.HEADER_SECONDS
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.5)
    return 0.5


@pytest.mark.parametrize("first", [b"", b"G", HALF_A_REQUEST])
def test_a_header_has_a_deadline(serve: Serve, brief: float, first: bytes) -> None:
    """A connection whose header is not complete in time is closed, however lively it is."""
    [address] = serve().addresses

    with connected(address, first=first) as clients:
        stop = Event()
        dripping = Thread(target=drip, args=(clients if first else [], stop), kwargs={"every": 0.1})
        dripping.start()
        kept = closed_after(clients[0])
        stop.set()
        dripping.join()

    assert 0.9 * brief < kept < brief + PROMPT


def test_a_second_request_has_the_same_deadline(serve: Serve, brief: float) -> None:
    """On a connection that is kept, the time begins with the first byte of the next request."""
    [address] = serve().addresses

    with connected(address, first=b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n") as [client]:
        assert client.recv(4096)
        time.sleep(2 * brief)
        client.sendall(HALF_A_REQUEST)
        kept = closed_after(client)

    assert 0.9 * brief < kept < brief + PROMPT


def test_a_handshake_is_part_of_the_deadline(serve: Serve, brief: float, configure: Callable[[str], str]) -> None:
    """A TLS handshake that does not finish in time ends with the connection."""
    [address] = serve(config_file=configure(TLS)).addresses

    with connected(address, first=CLIENT_HELLO_BEGINS) as [client]:
        kept = closed_after(client)

    assert 0.9 * brief < kept < brief + PROMPT


def test_tried_passwords_hold_nobody_up(serve: Serve, configure: Callable[[str], str]) -> None:
    """A flood of wrong passwords is put off or refused, and who is known is answered meanwhile."""
    import bcrypt

    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
    [address] = serve(config_file=configure(f"basic_auth_users: {{alice: {hashed}}}")).addresses
    assert 200 == fetch(address, headers={"Authorization": basic("alice", PASSWORD)})[0].status
    stop = Event()

    def flood(number: int) -> set[int]:
        statuses = set()
        while not stop.is_set():
            statuses.add(fetch(address, headers={"Authorization": basic("alice", f"wrong {number}")})[0].status)
        return statuses

    with ThreadPoolExecutor(20) as others:
        floods = [others.submit(flood, number) for number in range(20)]
        known = {"Authorization": basic("alice", PASSWORD)}
        time.sleep(0.2)
        slowest = max(seconds(lambda: fetch(address, headers=known)) for _ in range(20))
        stop.set()

    assert slowest < PROMPT
    assert {401, 429} == set().union(*(one.result() for one in floods))


def test_slow_readers_hold_nobody_up(serve: Serve) -> None:
    """Who asks and does not read keeps no worker: the answer waits in the kernel."""
    [address] = serve().addresses
    whole = HALF_A_REQUEST + b"\r\n"

    with ExitStack() as clients:
        for _ in range(40):
            client = clients.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(address)
            client.sendall(whole)
        slowest = max(seconds(lambda: fetch(address)) for _ in range(20))

    assert slowest < PROMPT


def test_who_asks_on_and_on_without_reading_is_closed(serve: Serve) -> None:
    """Requests without end on one connection, none of whose answers is read, keep no worker either."""
    [address] = serve().addresses
    many = (HALF_A_REQUEST + b"\r\n") * 250

    with ExitStack() as clients:
        for _ in range(20):
            client = clients.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(address)
            client.sendall(many)
        slowest = max(seconds(lambda: fetch(address)) for _ in range(20))

    assert slowest < PROMPT


@pytest.mark.parametrize(
    ("request_sent", "status"),
    [
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\n" + b"X-Many: x\r\n" * 10_000 + b"\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", b"413"),
    ],
    ids=["line", "header", "headers", "body"],
)
def test_what_is_too_large_is_refused_and_closed(serve: Serve, request_sent: bytes, status: bytes) -> None:
    """A request that is larger than any scraper's is answered as such at once, and nothing more of it is read."""
    [address] = serve().addresses

    answer = speak(address, request_sent)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert 200 == fetch(address)[0].status


def test_requests_that_are_too_large_hold_nobody_up(serve: Serve) -> None:
    """A flood of them, as fast as they come, leaves scrapers their turn."""
    [address] = serve().addresses
    stop = Event()

    def flood() -> None:
        while not stop.is_set():
            speak(address, b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 100_000)

    with ThreadPoolExecutor(10) as others:
        floods = [others.submit(flood) for _ in range(10)]
        time.sleep(0.2)
        slowest = max(seconds(lambda: fetch(address)) for _ in range(20))
        stop.set()

    assert slowest < PROMPT
    assert [None] * 10 == [one.result() for one in floods]


@pytest.mark.parametrize(
    "request_sent",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        bytes(range(256)) + b"\r\n\r\n",
    ],
)
def test_nonsense_is_refused(serve: Serve, request_sent: bytes) -> None:
    """What is no HTTP is answered with an error, or not at all, and the server goes on."""
    [address] = serve().addresses

    with connected(address, first=request_sent) as [client]:
        answer = client.recv(65536)

    assert answer[9:10] in (b"4", b"5")
    assert 200 == fetch(address)[0].status


def test_a_body_is_not_waited_for(serve: Serve) -> None:
    """A request that announces a body gets its answer before it sends one, and the connection is closed."""
    [address] = serve().addresses

    for announced in (b"Content-Length: 5", b"Transfer-Encoding: chunked"):
        answer = speak(address, b"POST /metrics HTTP/1.1\r\nHost: x\r\n" + announced + b"\r\n\r\n")

        assert answer.startswith(b"HTTP/1.1 405")
        assert b"Connection: close" in answer


def test_a_connection_serves_many_requests(serve: Serve) -> None:
    """A scraper keeps its connection, and requests that come together are answered in turn."""
    [address] = serve().addresses
    request = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"

    with connected(address, first=request * 3) as [client]:
        for _ in range(3):
            client.sendall(request)
        received = b""
        while received.count(b"is healthy") < 6:
            data = client.recv(65536)
            assert data
            received += data


def test_who_waited_longest_makes_room(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many connections, a new one is served and an old one that asks nothing is closed."""
    monkeypatch.setattr(server, "_CONNECTIONS", 10)
    [address] = serve().addresses

    with connected(address, 30) as clients:
        answered = fetch(address)[0].status
        kept = closed_after(clients[0])
        still_open = 0
        for client in clients:
            client.settimeout(0)
            with suppress(ConnectionError):
                try:
                    client.recv(1)
                except BlockingIOError:
                    still_open += 1

    assert 200 == answered
    assert kept < PROMPT
    assert still_open <= 10


def test_a_deadline_does_not_follow_the_wall_clock(serve: Serve, brief: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that jumps back an hour does not give a connection an hour more."""
    [address] = serve().addresses

    with connected(address, first=HALF_A_REQUEST) as [client]:
        monkeypatch.setattr(time, "time", lambda now=time.time: now() - 3600)
        kept = closed_after(client)

    assert kept < brief + PROMPT


def test_stopping_waits_for_nobody(serve: Serve) -> None:
    """A server with clients of every kind stops at once, and a second stop is harmless."""
    web = serve(listen=["127.0.0.1:0", "127.0.0.1:0"])
    address: Address = web.addresses[0]

    with connected(address, 20, first=HALF_A_REQUEST), connected(address, 20):
        fetch(web.addresses[1])
        taken = seconds(web.stop)
        web.stop()

    assert taken < PROMPT
    with pytest.raises(ConnectionError):
        socket.create_connection(address)


def test_closed_connections_are_forgotten(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that has ended, in whatever way, is not kept in memory."""
    connections = open_connections.OpenConnections(10)
    monkeypatch.setattr(server, "OpenConnections", lambda _: connections)
    [address] = serve().addresses

    fetch(address)
    speak(address, b"nonsense\r\n\r\n")
    with connected(address, 20, first=b"GET"):
        pass
    deadline = time.monotonic() + PROMPT
    while len(connections) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert 0 == len(connections)
