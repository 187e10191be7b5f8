"""What the service was asked to do: frozen, and read anew on SIGHUP."""

from __future__ import annotations

from datetime import timedelta

from neuron_collectors.facts.frozen import dataclass

from ..evidence import LOOKAHEAD
from ..silences import Silencing
from .web.listening import DEFAULT_LISTEN_ADDRESS


class SettingsError(Exception):
    """New settings are no good; those in force stay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that ``serve`` can be told, by flags or a configuration file: `cli.serve.read_settings` fills it."""

    root: str = "/"
    listen: tuple[str, ...] = (DEFAULT_LISTEN_ADDRESS,)
    web_config: str | None = None
    """File of TLS and users, in the format of Prometheus' exporter-toolkit."""
    telemetry_path: str = "/metrics"
    inventory_api: bool = False
    """Whether the inventory is served, redacted."""
    state_directory: str | None = None
    """`None` to remember nothing."""
    catalog: str | None = None
    """An overlay on top of those of this machine."""
    lookahead: timedelta = LOOKAHEAD
    production: bool = False
    """Whether alpha and beta software is a warning."""
    silences: tuple[Silencing, ...] = ()
    log_level: str = "info"
    log_format: str = "logfmt"


RESTART_NEEDED = ("root", "listen", "web_config", "telemetry_path", "inventory_api", "state_directory")
"""What a reload cannot change."""
