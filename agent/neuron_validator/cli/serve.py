"""``neuron-validator serve``: the agent as a service."""

from __future__ import annotations

import argparse
import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from .arguments import LOOKAHEAD, Parser, add_catalog_argument, add_production_argument, command_parser, parse_duration
from .exits import INTERRUPTED, OK, ConfigurationError, UsageError

if TYPE_CHECKING:
    from ..metrics.exposition import Exposition
    from ..service.agent import Agent
    from ..service.log import Log
    from ..service.settings import Settings
    from ..service.web.publication import Board
    from ..service.web.server import WebServer

# Judging leaves few cycles behind; looking for them more often takes longer than what they free is worth.
_GARBAGE_THRESHOLD = 10_000
_WEB_STOP_SECONDS = 1.0
_EXAMPLES = """\
examples:
  neuron-validator serve                             judge this machine, answer on 127.0.0.1:10979
  neuron-validator serve --web.listen-address 0.0.0.0:10979 --web.config.file web.yml
  neuron-validator serve --root ./captured --state-directory ./state

SIGHUP reads configuration and catalog anew, SIGTERM ends the service.
"""


def run(arguments: Sequence[str]) -> int:
    """Serve until a signal says otherwise."""
    from neuron_collectors.captured import open_host

    from ..service.agent import Agent
    from ..service.log import Log, standard_error
    from ..service.notify import Notifier
    from ..service.standard_logging import forward
    from .overlays import read_catalog

    gc.set_threshold(_GARBAGE_THRESHOLD)
    settings = read_settings(arguments)
    open_host(settings.root)  # a mistake at the start; later on it may go and come back
    log = Log(standard_error(os.environ), level=settings.log_level, form=settings.log_format)
    forward(log)
    board = _empty_board()
    agent = Agent(
        settings,
        read_settings=partial(_read_settings_again, arguments),
        read_catalog=lambda current: read_catalog(current.catalog),
        reload_web=lambda: _reload_web(server),
        publish=_publisher(board, settings, log),
        log=log,
        notifier=Notifier(os.environ, process=os.getpid()),
    )
    server = _start_server(board, settings, healthy=agent.healthy)
    _tell_addresses(server, log)
    with _signals(agent) as received:
        agent.run()
    _stop_server(server)
    return INTERRUPTED if signal.SIGINT in received else OK


def read_settings(arguments: Sequence[str]) -> Settings:
    """Return what the command line and the configuration ask for, at the start and on reloads."""
    from ..service.settings import Settings
    from ..service.web.listening import DEFAULT_LISTEN_ADDRESS

    options = build_parser().parse(arguments)
    return Settings(
        root=options.root,
        listen=tuple(options.listen or (DEFAULT_LISTEN_ADDRESS,)),
        web_config=options.web_config,
        telemetry_path=options.telemetry_path,
        inventory_api=options.inventory_api,
        state_directory=options.state_directory or _state_directory_of_systemd(),
        catalog=options.catalog,
        lookahead=options.lookahead,
        production=options.production,
        silences=options.silences,
        log_level=options.log_level,
        log_format=options.log_format,
    )


def _read_settings_again(arguments: Sequence[str]) -> Settings:
    """Return what `read_settings` does now; raises `SettingsError`."""
    from neuron_collectors.input_error import InputError

    from ..service.settings import SettingsError

    try:
        return read_settings(arguments)
    except (ConfigurationError, InputError, UsageError, OSError) as error:
        raise SettingsError(str(error)) from error


def _state_directory_of_systemd() -> str | None:
    """Return the directory that the unit's ``StateDirectory=`` made; the first, where there are several."""
    return os.environ.get("STATE_DIRECTORY", "").partition(":")[0] or None


def _empty_board() -> Board:
    """Return the board for the first scrape, which is never empty."""
    from neuron_collectors.facts import Inventory

    from ..metrics.exposition import Exposition
    from ..service.web.publication import Board, Publication

    return Board(Publication(exposition=Exposition(report=None, inventory=Inventory())))


def _publisher(board: Board, settings: Settings, log: Log) -> Callable[[Exposition], None]:
    """Return what hangs an exposition on *board*, with the inventory where that is served."""
    from ..service.web.publication import Publication

    if not settings.inventory_api:
        return lambda exposition: board.post(Publication(exposition=exposition))
    key = _redaction_key(settings, log)
    return lambda exposition: board.post(
        Publication(exposition=exposition, inventory_json=partial(_render_inventory, exposition, key))
    )


def _redaction_key(settings: Settings, log: Log) -> bytes:
    """Return the key of this host, or one for this run where none can be kept."""
    from ..service.state import StateDirectory, new_key

    if settings.state_directory is None:
        return new_key()
    try:
        return StateDirectory(settings.state_directory, warn=log.warning).redaction_key()
    except OSError as error:
        log.warning("names are redacted with a key of this run alone", reason=str(error))
        return new_key()


def _render_inventory(exposition: Exposition, key: bytes) -> str:
    """Return the redacted inventory of *exposition* as a snapshot."""
    from neuron_collectors.redaction import redact
    from neuron_collectors.snapshot import dumps_inventory

    return dumps_inventory(redact(exposition.inventory, key=key))


def _start_server(board: Board, settings: Settings, *, healthy: Callable[[], bool]) -> WebServer:
    """Listen; raises `OSError` for an address that cannot be had, and for a configuration that is no good."""
    from ..service.web.server import WebServer

    server = WebServer(
        board,
        listen=settings.listen,
        config_file=settings.web_config,
        telemetry_path=settings.telemetry_path,
        inventory=settings.inventory_api,
        healthy=healthy,
    )
    server.start()
    return server


def _reload_web(server: WebServer) -> None:
    """Read the web configuration again; raises `SettingsError`."""
    from ..service.settings import SettingsError
    from ..service.web.errors import WebConfigError

    try:
        server.reload()
    except (WebConfigError, OSError) as error:
        raise SettingsError(str(error)) from error


def _tell_addresses(server: WebServer, log: Log) -> None:
    """Say where the service listens and, where only this machine can reach it, how to open it."""
    import ipaddress

    local = True
    for host, port in server.addresses:
        log.info("listening", address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        local = local and ipaddress.ip_address(host).is_loopback
    if local:
        log.info("only this machine is answered; --web.listen-address opens the service to others")


def _stop_server(server: WebServer) -> None:
    """Stop answering; a connection that holds on does not hold up the end."""
    stopping = Thread(target=server.stop, name="stop web", daemon=True)
    stopping.start()
    stopping.join(_WEB_STOP_SECONDS)


@contextmanager
def _signals(agent: Agent) -> Iterator[set[int]]:
    """Hand signals to *agent* meanwhile, and collect which ones ended it."""
    received: set[int] = set()

    def stop(number: int, _: object) -> None:
        received.add(number)
        agent.stop()

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: lambda *_: agent.reload()}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def build_parser() -> Parser:
    """Return the parser of ``serve``."""
    parser = command_parser("serve", "Judge this host again and again, and answer Prometheus and others over HTTP.")
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--root", metavar="DIR", default="/", help="a captured tree that stands for a host (default: this machine)"
    )
    parser.add_argument(
        "--state-directory",
        metavar="DIR",
        help="what outlives a restart (default: $STATE_DIRECTORY, else nothing does)",
    )
    add_catalog_argument(parser)
    parser.add_argument(
        "--lookahead", metavar="DURATION", type=parse_duration, default=parse_duration("90d"), help=LOOKAHEAD
    )
    add_production_argument(parser)
    _add_web_arguments(parser)
    _add_log_arguments(parser)
    return parser


def _add_web_arguments(parser: argparse.ArgumentParser) -> None:
    from ..service.web.listening import DEFAULT_LISTEN_ADDRESS

    parser.add_argument(
        "--web.listen-address",
        dest="listen",
        metavar="HOST:PORT",
        action="append",
        help=f"where to answer, [::1]:PORT for IPv6 (repeatable; default: {DEFAULT_LISTEN_ADDRESS})",
    )
    parser.add_argument(
        "--web.config.file",
        dest="web_config",
        metavar="FILE",
        help="TLS and users, in the format of Prometheus' exporter-toolkit",
    )
    parser.add_argument(
        "--web.telemetry-path", dest="telemetry_path", metavar="PATH", default="/metrics", help="default: /metrics"
    )
    parser.add_argument(
        "--inventory-api", action="store_true", help="serve the inventory, redacted, at /api/v1/inventory"
    )


def _add_log_arguments(parser: argparse.ArgumentParser) -> None:
    from ..service.log import FORMATS, LEVELS

    parser.add_argument("--log.level", dest="log_level", choices=tuple(LEVELS), default="info", help="default: info")
    parser.add_argument("--log.format", dest="log_format", choices=FORMATS, default="logfmt", help="default: logfmt")
