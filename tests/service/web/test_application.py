"""What is answered to whom, over real sockets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from tests.service.web.conftest import Serve
from tests.web_clients import Counted, fetch, judged, unjudged

from neuron_validator import __version__
from neuron_validator.service.web.publication import Board, Publication

# As Prometheus 2.42 sends it.
PROMETHEUS_ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def names(body: bytes) -> set[str]:
    """Return the names of the metrics in *body*."""
    return {family.name for family in parse_text(body.decode())}


def test_metrics_are_text_of_prometheus(serve: Serve) -> None:
    """Who names no format gets the text format, with its length and nothing of the server but its name."""
    [address] = serve().addresses

    response, body = fetch(address)

    assert 200 == response.status
    assert "text/plain; version=0.0.4; charset=utf-8" == response.headers["Content-Type"]
    assert str(len(body)) == response.headers["Content-Length"]
    assert "neuron-validator" == response.headers["Server"]
    assert "nosniff" == response.headers["X-Content-Type-Options"]
    assert {"neuron_validator_up", "neuron_validator_device_info"} <= names(body)


def test_prometheus_gets_openmetrics(serve: Serve) -> None:
    """Who names OpenMetrics gets it, whatever version and escaping it names beside."""
    [address] = serve().addresses

    response, body = fetch(address, headers={"Accept": PROMETHEUS_ACCEPT})

    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=")
    assert body.endswith(b"# EOF\n")
    assert "neuron_validator_up" in {family.name for family in parse_openmetrics(body.decode())}  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "accept",
    ["", "*/*", "text/plain", "application/openmetrics-text;q=0", "application/openmetrics-text;version=x", ";;,=,q"],
)
def test_anything_else_is_plain_text(serve: Serve, accept: str) -> None:
    """A header that does not name OpenMetrics 1.0.0, or makes no sense, is answered with the text format."""
    [address] = serve().addresses

    response, _ = fetch(address, headers={"Accept": accept})

    assert 200 == response.status
    assert response.headers["Content-Type"].startswith("text/plain")


def test_compression_where_it_is_accepted(serve: Serve) -> None:
    """The compressed body is the plain one, and smaller."""
    [address] = serve().addresses

    plain, body = fetch(address, headers={"Accept-Encoding": "gzip;q=0"})
    compressed, small = fetch(address, headers={"Accept-Encoding": "deflate, gzip;q=0.5"})

    assert plain.headers["Content-Encoding"] is None
    assert "gzip" == compressed.headers["Content-Encoding"]
    assert body == gzip.decompress(small)
    assert len(small) < len(body) / 2
    assert "Accept, Accept-Encoding" == compressed.headers["Vary"]


def test_only_the_metrics_asked_for(serve: Serve) -> None:
    """``name[]`` chooses metrics, by the name of the metric or of its samples; unknown ones give nothing."""
    [address] = serve().addresses

    _, two = fetch(address, "/metrics?name[]=neuron_validator_up&name%5B%5D=neuron_validator_devices")
    _, none = fetch(address, "/metrics?name[]=no_such_metric")
    refused, _ = fetch(address, "/metrics?" + "&".join(["name[]=x"] * 300))

    assert {"neuron_validator_up", "neuron_validator_devices"} == names(two)
    assert b"" == none
    assert 400 == refused.status


def test_before_the_first_judgement(serve: Serve) -> None:
    """The first scrape is not empty, and what needs a judgement says when to come again."""
    [address] = serve(Board(unjudged())).addresses

    _, body = fetch(address)
    answers = [fetch(address, path)[0] for path in ("/-/ready", "/api/v1/report")]

    assert {"neuron_validator_up", "neuron_validator_build_info"} <= names(body)
    assert [503, 503] == [answer.status for answer in answers]
    assert ["5", "5"] == [answer.headers["Retry-After"] for answer in answers]


def test_ready_with_the_first_judgement(serve: Serve, publication: Publication) -> None:
    """A posted judgement makes the service ready, and its report is served as `diagnose` prints it."""
    board = Board(unjudged())
    [address] = serve(board).addresses

    board.post(publication)
    ready, _ = fetch(address, "/-/ready")
    response, report = fetch(address, "/api/v1/report")

    assert board.ready
    assert 200 == ready.status
    assert "application/json" == response.headers["Content-Type"]
    assert "pass" == json.loads(report)["verdict"]


def test_health_is_what_the_service_says(serve: Serve) -> None:
    """`/-/healthy` follows the service, not the server."""
    healthy = [True, False]
    [address] = serve(healthy=lambda: healthy.pop(0)).addresses

    assert [200, 503] == [fetch(address, "/-/healthy")[0].status for _ in range(2)]


def test_the_inventory_only_where_it_is_enabled(serve: Serve, repository: Path) -> None:
    """The inventory is neither served nor linked unless it is asked for."""
    board = Board(judged(repository / "tests/hosts/trn2-healthy", inventory_json=Counted('{"facts": 1}')))
    [closed] = serve(board).addresses
    [opened] = serve(board, inventory=True).addresses

    assert 404 == fetch(closed, "/api/v1/inventory")[0].status
    assert b"inventory" not in fetch(closed, "/")[1]
    assert b'{"facts": 1}' == fetch(opened, "/api/v1/inventory")[1]
    assert b'href="/api/v1/inventory"' in fetch(opened, "/")[1]


def test_the_landing_page_leads_on(serve: Serve) -> None:
    """The landing page has the version and links that work."""
    [address] = serve(telemetry_path="/other").addresses

    response, page = fetch(address, "/")

    assert "text/html; charset=utf-8" == response.headers["Content-Type"]
    assert f"Version {__version__}." in page.decode()
    assert b'href="/other"' in page
    assert 200 == fetch(address, "/other")[0].status
    assert 404 == fetch(address, "/metrics")[0].status


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/report", "/nothing"])
def test_head_is_get_without_the_body(serve: Serve, path: str) -> None:
    """HEAD gives the status and the headers of GET."""
    [address] = serve().addresses

    get, _ = fetch(address, path)
    head, nothing = fetch(address, path, method="HEAD")

    assert get.status == head.status
    assert b"" == nothing
    for name in ("Content-Length", "Content-Type", "Vary"):
        assert get.headers[name] == head.headers[name]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "NONSENSE"])
def test_other_methods_are_told_which_are_allowed(serve: Serve, method: str) -> None:
    """Only GET and HEAD do anything; a path that is not there is not there for any method."""
    [address] = serve().addresses

    response, _ = fetch(address, method=method)
    missing, text = fetch(address, "/nothing", method=method)

    assert 405 == response.status
    assert "GET, HEAD" == response.headers["Allow"]
    assert 404 == missing.status
    assert ("text/plain; charset=utf-8", b"not found\n") == (missing.headers["Content-Type"], text)


def test_a_body_is_rendered_once(repository: Path) -> None:
    """However often it is asked for, a body is the same object until the next judgement."""
    inventory = Counted()
    publication = judged(repository / "tests/hosts/trn2-healthy", inventory_json=inventory)

    first = publication.body("inventory")

    assert first is publication.body("inventory")
    assert publication.body("metrics", gzip=True) is publication.body("metrics", gzip=True)
    assert 1 == inventory.calls


def test_the_next_judgement_is_rendered_before_it_is_posted(repository: Path) -> None:
    """What clients asked of the last judgement is there when the next one is posted."""
    root = repository / "tests/hosts/trn2-healthy"
    inventory = Counted()
    board = Board(judged(root, inventory_json=Counted()))
    following = judged(root, inventory_json=inventory)

    board.current.body("inventory", gzip=True)
    board.post(following)

    assert 1 == inventory.calls
    assert board.current is following
