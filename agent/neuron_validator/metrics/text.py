"""Metrics as text, in the format that a scraper asks for."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family


def render_metrics(families: Iterable[Family], *, accept: str = "") -> tuple[bytes, str]:
    """
    Return *families* as text and its content type.

    *accept* is the header of the request: OpenMetrics where it names that, else the text format of Prometheus. The
    registry is made for the purpose, so that nothing else of this process is ever told.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(tuple(families)))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Given:
    """A collector, as prometheus_client calls it, of what is there already."""

    def __init__(self, families: tuple[Family, ...]) -> None:
        self._families = families

    def collect(self) -> tuple[Family, ...]:
        """Return them."""
        return self._families
