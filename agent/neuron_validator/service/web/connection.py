"""
A connection that takes a worker only when its request is here.

cheroot hands a new connection to a worker, which then waits for the header: as many clients as there are workers, each
sending a byte now and then, keep everybody else out. Here the thread that watches the sockets takes in what comes, TLS
handshake and header, without waiting, and a worker gets the connection when the header is complete, too long, or will
not come any more.
"""

from __future__ import annotations

import socket
import ssl
import sys
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from time import monotonic
from typing import TYPE_CHECKING

from cheroot.makefile import StreamWriter
from cheroot.server import HTTPConnection, HTTPRequest

if TYPE_CHECKING:
    from .server import Listener

HEADER_BYTES = 16 * 1024
HEADER_SECONDS = 5.0
ANSWER_SECONDS = 10.0
IDLE_SECONDS = 75  # longer than the usual scrape intervals, so that a scraper keeps its connection

_END_OF_HEADER = b"\r\n\r\n"
_READ = 64 * 1024  # more than a TLS record: nothing that arrived is left where the selector does not see it
_NO_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


class ReceivedBytes:
    """What has come in and was not read yet: the file that cheroot parses a request from, which never waits."""

    bytes_read = 0  # for cheroot's statistics, which are off

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.ended = False
        self.closed = False

    def __len__(self) -> int:
        return len(self._bytes)

    def append(self, data: bytes) -> None:
        """Add what came; nothing means that nothing more will, and that what is not whole never was a request."""
        self._bytes += data
        if not data:
            self.ended = True
            self._bytes.clear()

    def has_data(self) -> bool:
        """Whether a worker has something to do: a whole header, one that is too long, or the end."""
        return self.ended or len(self._bytes) > HEADER_BYTES or _END_OF_HEADER in self._bytes

    def read(self, size: int = -1) -> bytes:
        """Return at most *size* bytes, all by default."""
        taken = bytes(self._bytes[: size if size >= 0 else None])
        del self._bytes[: len(taken)]
        return taken

    def readline(self, size: int = -1) -> bytes:
        """Return a line, or what there is of it, and at most *size* bytes."""
        end = self._bytes.find(b"\n") + 1 or len(self._bytes)
        return self.read(end if size < 0 else min(end, size))

    def close(self) -> None:
        """Say that nobody will read any more."""
        self.closed = True


def _file(sock: socket.socket, mode: str, size: int) -> ReceivedBytes | StreamWriter:
    """Return what cheroot reads a request from, or writes the answer to."""
    return ReceivedBytes() if "r" in mode else StreamWriter(sock, mode, size)


class Request(HTTPRequest):
    """A request whose body nobody waits for: nothing here takes one."""

    def read_request_headers(self) -> bool:
        """Read the header; what follows a body is never read, as the body is not."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call] # its stubs name no types
            return False
        if self.chunked_read or self.inheaders.get(b"Content-Length", b"0") != b"0":
            self.close_connection = True
        return True


class Connection(HTTPConnection):
    """
    An open connection, with what it waits for and how long it may.

    It is in the hands of one thread at a time: the one that watches the sockets while something is awaited, a worker
    while it is answered. Only `cut` may be called by any.
    """

    RequestHandlerClass = Request
    server: Listener

    def __init__(self, server: Listener, sock: socket.socket, _: object = None) -> None:
        super().__init__(server, sock, _file)
        self.answering = False
        self._wait(HEADER_SECONDS)
        server.open_connections.admit(self)

    def _wait(self, seconds: float) -> None:
        """Begin to wait, for so long at most."""
        self.since = monotonic()
        self.deadline = self.since + seconds

    def receive(self) -> bool:
        """Take in what has come, without waiting; return whether there is something for a worker."""
        self.socket.settimeout(0)
        while not self.rfile.has_data():
            idle = self.requests_seen > 0 and not len(self.rfile)
            try:
                data = self.socket.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError):
                return False
            except OSError as error:
                self._refuse_plain_http(error)
                data = b""
            if idle and data:
                self._wait(HEADER_SECONDS)
            self.rfile.append(data)
        return True

    def _refuse_plain_http(self, error: OSError) -> None:
        """Tell a client that speaks HTTP where TLS is due, as Go's servers do."""
        if isinstance(error, ssl.SSLError) and error.reason == "HTTP_REQUEST":
            with suppress(OSError):
                socket.socket.send(self.socket, _NO_TLS)  # past the TLS of the subclass

    def communicate(self) -> bool:
        """Answer the request that is here; return whether the connection stays open."""
        self.answering = True
        self._wait(ANSWER_SECONDS)
        self.socket.settimeout(ANSWER_SECONDS)
        self.requests_seen += 1
        if not self._has_room():
            return False
        keep = bool(super().communicate())  # type: ignore[no-untyped-call] # the same
        self.answering = False
        self._wait(IDLE_SECONDS)
        return keep

    def _has_room(self) -> bool:
        """Whether another answer finds room in the kernel: not if the client asks on without reading any."""
        unread = int.from_bytes(ioctl(self.socket, TIOCOUTQ, bytes(4)), sys.byteorder)
        room: int = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        return unread <= room // 4

    def cut(self) -> None:
        """End it from outside: whoever has it, finds it ended and closes it."""
        with suppress(OSError):
            # The plain socket's: that of TLS would let the thread that has the connection go on without encryption.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket."""
        self.server.open_connections.forget(self)
        with suppress(OSError):  # already gone
            super().close()
