"""
The server: cheroot's selector, parser and thread pool, with our limits in front.

One cheroot server for each listen address, and one set of open connections for all of them.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from math import inf
from threading import Thread
from typing import NoReturn

from cheroot.errors import FatalSSLAlert
from cheroot.ssl import Adapter
from cheroot.wsgi import Server

from .application import Application
from .connection import HEADER_BYTES, IDLE_SECONDS, Connection
from .listening import BACKLOG, DEFAULT_LISTEN_ADDRESS, open_listener, parse_listen_address
from .live_configuration import LiveConfiguration
from .open_connections import OpenConnections
from .publication import Board

_WORKERS = 8
_CONNECTIONS = 512
_BODY_BYTES = 64 * 1024  # of a body that nobody reads
_STOP_SECONDS = 1

_log = logging.getLogger(__name__)


class TlsAdapter(Adapter):
    """Wraps new connections with what the configuration says now; the handshake is left to the connection."""

    def __init__(self, configuration: LiveConfiguration) -> None:
        self._configuration = configuration

    def bind(self, sock: socket.socket) -> socket.socket:
        """Leave the listening socket as it is."""
        return sock

    def wrap(self, sock: socket.socket) -> tuple[socket.socket, dict[str, str]]:
        """Return the socket to speak through, and what the application is told of it."""
        context = self._configuration.current().context
        if context is None:
            return sock, {}
        try:
            wrapped = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        except OSError as error:
            sock.close()
            raise FatalSSLAlert(*error.args) from error  # what cheroot takes for a client that has gone
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        """Return what the application is told of TLS."""
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: socket.socket, mode: str = "r", bufsize: int = -1) -> NoReturn:
        """Is not called: a `Connection` has its own files."""
        raise NotImplementedError


class Listener(Server):
    """A cheroot server for one listen address."""

    ConnectionClass = Connection
    timeout = IDLE_SECONDS
    expiration_interval = 0.5
    keep_alive_conn_limit = 2 * _CONNECTIONS  # never reached: `OpenConnections` has the limit
    max_request_header_size = HEADER_BYTES
    max_request_body_size = _BODY_BYTES

    def __init__(
        self, sock: socket.socket, application: Application, *, adapter: TlsAdapter, open_connections: OpenConnections
    ) -> None:
        super().__init__(
            sock.getsockname()[:2],
            application,
            numthreads=_WORKERS,
            max=_WORKERS,
            server_name="neuron-validator",
            timeout=IDLE_SECONDS,
            request_queue_size=BACKLOG,
            shutdown_timeout=_STOP_SECONDS,
        )
        self.ssl_adapter = adapter
        self.open_connections = open_connections
        self._listener = sock

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:  # noqa: A002, ARG002 - cheroot's names
        """Take the socket that listens already."""
        self.socket = self._listener
        return self._listener

    def process_conn(self, conn: Connection) -> None:
        """Hand the connection to a worker if its request is here, or wait for more of it."""
        if conn.receive():
            super().process_conn(conn)
        else:
            self.put_conn(conn)

    def wake(self) -> None:
        """Have the thread that watches the sockets look up: it would see only at the next tick that it should stop."""
        with suppress(OSError):
            socket.create_connection(self.bind_addr, timeout=0.1).close()

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot's
        """Log what cheroot has to say; what clients do wrong is no news."""
        _log.log(level if level >= logging.ERROR else logging.DEBUG, "%s", msg, exc_info=traceback)


class WebServer:
    """
    What serves the *board* on every address of *listen*, until it is stopped.

    A `WebConfigError` or an `OSError` in making or starting it says what is wrong with the configuration, or which
    address cannot be had.
    """

    def __init__(
        self,
        board: Board,
        *,
        listen: Sequence[str] = (DEFAULT_LISTEN_ADDRESS,),
        config_file: str | None = None,
        telemetry_path: str = "/metrics",
        inventory: bool = False,
        healthy: Callable[[], bool],
    ) -> None:
        for address in listen:
            parse_listen_address(address)
        self._listen = tuple(listen)
        self._configuration = LiveConfiguration(config_file)
        self._application = Application(
            board,
            configuration=self._configuration,
            telemetry_path=telemetry_path,
            inventory=inventory,
            healthy=healthy,
        )
        self._open_connections = OpenConnections(_CONNECTIONS)
        self._listeners: tuple[Listener, ...] = ()

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Host and port of each listener, with the real port where any was asked for."""
        return tuple(listener.bind_addr for listener in self._listeners)

    def start(self) -> None:
        """Listen on all addresses or, where one cannot be had, on none; serve them in threads."""
        adapter = TlsAdapter(self._configuration)
        with ExitStack() as opened:
            sockets = [opened.enter_context(open_listener(address)) for address in self._listen]
            opened.pop_all()
        self._listeners = tuple(
            Listener(sock, self._application, adapter=adapter, open_connections=self._open_connections)
            for sock in sockets
        )
        self._open_connections.start()
        for listener in self._listeners:
            listener.prepare()
            Thread(target=listener.serve, name="web listener", daemon=True).start()

    def reload(self) -> None:
        """Read the configuration file again; a WebConfigError says why the old one stays in force."""
        self._configuration.reload()

    def stop(self) -> None:
        """Close every listener and connection. A second time is harmless."""
        stopping = [Thread(target=listener.stop) for listener in self._listeners]
        for thread in stopping:
            thread.start()
        while any(thread.is_alive() for thread in stopping):
            self._open_connections.cut_overdue(inf)  # nobody is waited for
            for listener, thread in zip(self._listeners, stopping, strict=True):
                listener.wake()
                thread.join(timeout=0.1)
        self._open_connections.stop()
