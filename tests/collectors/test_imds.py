from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from neuron_collectors.facts import InstanceMetadata, Inventory, Unread
from neuron_collectors.imds import collect_imds, parse_answer
from neuron_collectors.inventory import COLLECTORS, take_inventory
from neuron_collectors.redaction import redact

from .conftest import MakeHost

ANSWERS = {
    "instance-type": "trn1.32xlarge",
    "instance-id": "i-0123456789abcdef0",
    "ami-id": "ami-0f8b952eba2c08d62",
    "placement/region": "us-east-1",
    "placement/availability-zone": "us-east-1a",
    "placement/availability-zone-id": "use1-az4",
}
METADATA = InstanceMetadata(
    instance_type="trn1.32xlarge",
    instance_id="i-0123456789abcdef0",
    ami_id="ami-0f8b952eba2c08d62",
    region="us-east-1",
    availability_zone="us-east-1a",
    availability_zone_id="use1-az4",
)
TOKEN = "AQAAAMetadataToken-x_y=="  # noqa: S105 - of a service that this test plays

Start = Callable[..., "MetadataService"]


class MetadataService(HTTPServer):
    """A stand-in for EC2's service that says what it was asked."""

    def __init__(self, answers: Mapping[str, str | bytes | int], *, token: str | int, delay: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.token = token
        self.delay = delay
        self.requests: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Gives a token to who says how long, and metadata to who shows it, as IMDSv2 does."""

    server: MetadataService

    def do_PUT(self) -> None:
        known = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "60"
        self.reply(self.server.token if known else 400)

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != self.server.token:
            self.reply(401)
            return
        self.reply(self.server.answers.get(self.path.removeprefix("/latest/meta-data/"), 404))

    def reply(self, answer: str | bytes | int) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        time.sleep(self.server.delay)
        body = answer.encode() if isinstance(answer, str) else b"" if isinstance(answer, int) else answer
        self.send_response(answer if isinstance(answer, int) else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called in the class above
        """Keep the test's output clean."""


@pytest.fixture
def service() -> Iterator[Start]:
    """Return a function that starts a metadata service on the loopback."""
    started: list[MetadataService] = []

    def start(
        answers: Mapping[str, str | bytes | int], *, token: str | int = TOKEN, delay: float = 0.0
    ) -> MetadataService:
        server = MetadataService(answers, token=token, delay=delay)
        started.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def address(server: HTTPServer) -> tuple[str, int]:
    return ("127.0.0.1", server.server_port)


def test_an_instance(service: Start) -> None:
    """A token is asked for once, and every category with it; nothing else is."""
    server = service(ANSWERS)

    assert METADATA == collect_imds(address=address(server))
    assert ["PUT /latest/api/token", *(f"GET /latest/meta-data/{name}" for name in ANSWERS)] == server.requests


def test_what_a_proxy_would_see(service: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is for other networks: it would answer for another machine, or see the token."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert METADATA == collect_imds(address=address(service(ANSWERS)))


def test_a_category_that_there_is_not(service: Start) -> None:
    """Some regions have no zone ids; the rest is still told."""
    server = service({name: text for name, text in ANSWERS.items() if name != "placement/availability-zone-id"})

    assert replace(METADATA, availability_zone_id=None) == collect_imds(address=address(server))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\xff\xfe junk", r"ami-id: not what it should be: '\ufffd\ufffd junk'"),
        ("", "ami-id: not what it should be: ''"),
        ("<html>", "ami-id: not what it should be: '<html>'"),
        ("x" * 5000, f"ami-id: not what it should be: '{'x' * 40}'"),
        (500, "/latest/meta-data/ami-id: HTTP 500"),
    ],
)
def test_nonsense_costs_one_field(service: Start, answer: str | bytes | int, reason: str) -> None:
    """What is not an answer is unread, with the beginning of what was said in its place."""
    server = service({**ANSWERS, "ami-id": answer})

    assert replace(METADATA, ami_id=Unread(reason.replace(r"\ufffd", "\ufffd"))) == collect_imds(
        address=address(server)
    )


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (403, "/latest/api/token: HTTP 403"),
        (404, "/latest/api/token: HTTP 404"),
        (301, "/latest/api/token: HTTP 301"),
        ("", "/latest/api/token: not a token"),
        ("two\r\nlines: x", "/latest/api/token: not a token"),
    ],
)
def test_no_token(service: Start, token: str | int, reason: str) -> None:
    """Where the service is turned off, or is another cloud's, nothing is asked a second time."""
    server = service(ANSWERS, token=token)

    assert Unread(reason) == collect_imds(address=address(server))
    assert ["PUT /latest/api/token"] == server.requests


def test_nobody_listens() -> None:
    """A machine without the service says so at once."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        assert Unread("/latest/api/token: Connection refused") == collect_imds(address=("127.0.0.1", port))


def test_nobody_answers() -> None:
    """In a container beyond the hop limit the answer is lost: the wait ends at the deadline."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        metadata = collect_imds(0.1, address=("127.0.0.1", silent.getsockname()[1]))

    assert Unread("/latest/api/token: no answer in time") == metadata
    assert time.monotonic() - start < 3


def test_the_deadline_is_for_all_requests_together(service: Start) -> None:
    """A service that takes its time for each answer costs no more than the deadline, and what it said is kept."""
    server = service(ANSWERS, delay=0.2)
    start = time.monotonic()
    metadata = collect_imds(0.7, address=address(server))

    assert time.monotonic() - start < 3
    assert isinstance(metadata, InstanceMetadata)
    assert "trn1.32xlarge" == metadata.instance_type
    assert (
        Unread("/latest/meta-data/placement/availability-zone-id: no answer in time") == metadata.availability_zone_id
    )


def test_a_broken_answer() -> None:
    """Something that does not speak HTTP is no metadata service."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = threading.Thread(target=speak, args=(listener, b"SSH-2.0-x\r\n"))
        server.start()
        metadata = collect_imds(address=("127.0.0.1", listener.getsockname()[1]))
        server.join()

    assert Unread("/latest/api/token: BadStatusLine") == metadata


def speak(listener: socket.socket, words: bytes) -> None:
    """Accept one connection, hear what is asked and say *words*."""
    with listener.accept()[0] as connection:
        connection.recv(4096)
        connection.sendall(words)


def test_no_inventory_asks_by_itself(make_host: MakeHost) -> None:
    """The network is no place where collectors look unless the user says so."""
    assert "instance_metadata" not in COLLECTORS
    assert Unread("not collected") == take_inventory(make_host()).instance_metadata


def test_every_field_has_a_category() -> None:
    """None of the fact's fields stays unasked."""
    assert {field.name for field in fields(InstanceMetadata)} == {
        field.name for field in fields(InstanceMetadata) if parse_answer(field.name, None) is None
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("instance_type", "u-trn2x64.48xlarge"),
        ("instance_id", "i-1a2b3c4d"),
        ("region", "us-gov-west-1"),
        ("region", "cn-north-1"),
        ("region", "ap-southeast-4"),
        ("availability_zone", "us-west-2-lax-1a"),
        ("availability_zone_id", "usw2-lax1-az1"),
        ("availability_zone_id", "apse4-az1"),
    ],
)
def test_answers_of_all_kinds(field: str, text: str) -> None:
    """Old ids are short, and local zones have long names."""
    assert text == parse_answer(field, text)


def test_the_id_is_an_identifier() -> None:
    """It leaves the host as a keyed hash, the same as that of DMI; the type and the place may be told."""
    shared = redact(Inventory(instance_metadata=METADATA), key=b"0123456789abcdef").instance_metadata

    assert isinstance(shared, InstanceMetadata)
    assert replace(METADATA, instance_id=shared.instance_id) == shared
    assert isinstance(shared.instance_id, str)
    assert "0123456789abcdef0" not in shared.instance_id
