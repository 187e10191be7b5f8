"""Listen addresses, as Prometheus writes them: ``127.0.0.1:10979``, ``[::1]:10979``, ``:10979``."""

from __future__ import annotations

import os
import socket

from .errors import WebConfigError

DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10979"
BACKLOG = 128
_SEND_BUFFER = 1024 * 1024  # a whole answer fits, as far as the kernel allows: a slow reader keeps no worker


def parse_listen_address(text: str) -> tuple[str, int]:
    """
    Return host and port of *text*; the host is empty where all addresses are meant.

    ``[::1]:10979`` -> ``("::1", 10979)``, ``:10979`` -> ``("", 10979)``
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise WebConfigError(f"listen address {text!r}: not HOST:PORT with a port from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise WebConfigError(f"listen address {text!r}: an IPv6 address stands in brackets, as in [::1]:{port}")
    return host, int(port)


def open_listener(text: str) -> socket.socket:
    """Return a socket that listens on *text*; an OSError says which address cannot be had, and why."""
    host, port = parse_listen_address(text)
    try:
        listener = _bind(host, port)
    except OSError as error:
        # create_server() adds its own words to the kernel's, the resolver has only its own.
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        clear = OSError(f"cannot listen on {text}: {reason}")
        clear.errno = error.errno
        raise clear from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit this and the next
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return listener


def _bind(host: str, port: int) -> socket.socket:
    """Bind to the first address that *host* stands for, or to all of IPv6 and IPv4 where it is empty."""
    if not host:
        both = socket.has_dualstack_ipv6()
        family, any_address = (socket.AF_INET6, "::") if both else (socket.AF_INET, "0.0.0.0")  # noqa: S104 - asked for
        return socket.create_server((any_address, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=BACKLOG)
