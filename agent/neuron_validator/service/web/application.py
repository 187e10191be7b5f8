"""The WSGI application: which path gives which body, to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from neuron_collectors.facts.frozen import dataclass

from ... import __version__
from .basic_auth import TooManyTriesError
from .errors import WebConfigError
from .live_configuration import LiveConfiguration
from .negotiation import accepts_gzip, accepts_openmetrics
from .publication import Board, Body, Kind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REPORT_PATH = "/api/v1/report"
INVENTORY_PATH = "/api/v1/inventory"
HEALTHY_PATH = "/-/healthy"
READY_PATH = "/-/ready"

_TEXT = "text/plain; charset=utf-8"
_RETRY_AFTER = ("Retry-After", "5")
_NAMES_AT_MOST = 200
# Nothing here is a page that needs a script, a frame or a style; `http_server_config.headers` may say otherwise.
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What is sent back."""

    status: HTTPStatus = HTTPStatus.OK
    body: Body
    headers: tuple[tuple[str, str], ...] = ()


class Application:
    """Answers GET and HEAD from the board; it reads nothing of the host and writes nothing."""

    def __init__(
        self,
        board: Board,
        *,
        configuration: LiveConfiguration,
        telemetry_path: str,
        inventory: bool,
        healthy: Callable[[], bool],
    ) -> None:
        if not telemetry_path.startswith("/"):
            raise WebConfigError(f"telemetry path {telemetry_path!r}: does not begin with '/'")
        self._board = board
        self._configuration = configuration
        self._healthy = healthy
        self._landing_page = _html(telemetry_path, inventory=inventory)
        pages: dict[str, Callable[[WSGIEnvironment], Response]] = {
            "/": lambda _: Response(body=self._landing_page),
            HEALTHY_PATH: self._health,
            READY_PATH: self._readiness,
            REPORT_PATH: lambda environ: self._document("report", environ),
        }
        if inventory:
            pages[INVENTORY_PATH] = lambda environ: self._document("inventory", environ)
        pages[telemetry_path] = self._metrics
        self._pages = pages

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        in_force = self._configuration.current()
        response = self._answer(environ)
        body = response.body
        headers = dict(_HEADERS) | {"Content-Type": body.content_type, "Content-Length": str(len(body.content))}
        headers |= in_force.headers
        if body.gzip:
            headers["Content-Encoding"] = "gzip"
        status = f"{response.status.value} {response.status.phrase}"
        start_response(status, [*((name, value) for name, value in headers.items() if value), *response.headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.content]

    def _answer(self, environ: WSGIEnvironment) -> Response:
        """Return the response: who asks counts first, then for what, then how."""
        refusal = self._refusal(environ.get("HTTP_AUTHORIZATION", ""))
        if refusal is not None:
            return refusal
        page = self._pages.get(environ["PATH_INFO"])
        if page is None:
            return _message(HTTPStatus.NOT_FOUND, "not found")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _message(HTTPStatus.METHOD_NOT_ALLOWED, "only GET and HEAD", ("Allow", "GET, HEAD"))
        return page(environ)

    def _refusal(self, authorization: str) -> Response | None:
        """Return what those get who may not come in."""
        auth = self._configuration.current().auth
        try:
            if auth is None or auth.allows(authorization):
                return None
        except TooManyTriesError:
            return _message(HTTPStatus.TOO_MANY_REQUESTS, "too many passwords at once", _RETRY_AFTER)
        challenge = ("WWW-Authenticate", 'Basic realm="neuron-validator", charset="UTF-8"')
        return _message(HTTPStatus.UNAUTHORIZED, "a user and a password are needed", challenge)

    def _metrics(self, environ: WSGIEnvironment) -> Response:
        """Return all metrics, or those whose names are given as ``name[]=…``."""
        publication = self._board.current
        openmetrics = accepts_openmetrics(environ.get("HTTP_ACCEPT", ""))
        vary = (("Vary", "Accept, Accept-Encoding"),)
        try:
            names = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=_NAMES_AT_MOST).get("name[]")
        except ValueError:
            return _message(HTTPStatus.BAD_REQUEST, f"more than {_NAMES_AT_MOST} names")
        if names:
            return Response(body=publication.selected(frozenset(names), openmetrics=openmetrics), headers=vary)
        body = publication.body("openmetrics" if openmetrics else "metrics", gzip=_gzip(environ))
        assert body is not None  # noqa: S101 - there are metrics before the first judgement too
        return Response(body=body, headers=vary)

    def _document(self, kind: Kind, environ: WSGIEnvironment) -> Response:
        """Return a JSON document of the last judgement."""
        publication = self._board.current
        body = publication.body(kind, gzip=_gzip(environ)) if publication.ready else None
        if body is None:
            return _not_yet()
        return Response(body=body, headers=(("Vary", "Accept-Encoding"),))

    def _health(self, _: WSGIEnvironment) -> Response:
        """Say whether the service turns its wheel."""
        if self._healthy():
            return _message(HTTPStatus.OK, "neuron-validator is healthy")
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "neuron-validator has stopped judging")

    def _readiness(self, _: WSGIEnvironment) -> Response:
        """Say whether there has been a judgement."""
        return _message(HTTPStatus.OK, "neuron-validator is ready") if self._board.ready else _not_yet()


def _not_yet() -> Response:
    return _message(HTTPStatus.SERVICE_UNAVAILABLE, "no judgement yet", _RETRY_AFTER)


def _message(status: HTTPStatus, text: str, *headers: tuple[str, str]) -> Response:
    """Return a line of plain text."""
    return Response(status=status, body=Body(content=f"{text}\n".encode(), content_type=_TEXT), headers=headers)


def _gzip(environ: WSGIEnvironment) -> bool:
    return accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))


def _html(telemetry_path: str, *, inventory: bool) -> Body:
    """Return the landing page."""
    links = {
        telemetry_path: "metrics",
        REPORT_PATH: "last report, as JSON",
        **({INVENTORY_PATH: "inventory that it was made from, as JSON"} if inventory else {}),
        HEALTHY_PATH: "whether the service works",
        READY_PATH: "whether it has judged",
    }
    items = "\n".join(f'<li><a href="{escape(path)}">{escape(path)}</a>: {what}</li>' for path, what in links.items())
    page = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>neuron-validator</title></head>
<body>
<h1>neuron-validator</h1>
<p>Judges the AWS Neuron devices, driver and software of this host. Version {escape(__version__)}.</p>
<ul>
{items}
</ul>
</body>
</html>
"""
    return Body(content=page.encode(), content_type="text/html; charset=utf-8")
