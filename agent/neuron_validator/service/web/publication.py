"""
What is served until the next judgement: bodies that are rendered once, whoever asks and however often.

What a client can choose is only which of a few bodies it gets, so that nobody can make this process keep more.
"""

from __future__ import annotations

import gzip as gzip_module
from collections.abc import Callable, Collection, Iterable
from copy import copy
from threading import RLock
from typing import Literal

from prometheus_client.metrics_core import Metric as Family

from neuron_collectors.facts.frozen import dataclass

from ...metrics.exposition import Exposition, metric_families
from ...metrics.text import render_metrics
from ...renderers import json as report_json

Kind = Literal["metrics", "openmetrics", "report", "inventory"]

# What `render_metrics` is told in place of the client's own header, which could name any version and encoding.
_ACCEPT: dict[str, str] = {"metrics": "", "openmetrics": "application/openmetrics-text; version=1.0.0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """The bytes of a response and what they are."""

    content: bytes
    content_type: str
    gzip: bool = False
    """Whether *content* is compressed."""


class Publication:
    """The bodies of one judgement. It is immutable to those who read it, and any thread may."""

    def __init__(self, *, exposition: Exposition, inventory_json: Callable[[], str] | None = None) -> None:
        self.exposition = exposition
        self._inventory_json = inventory_json
        self._bodies: dict[tuple[Kind, bool], Body] = {}
        self._families: tuple[Family, ...] | None = None
        self._lock = RLock()

    @property
    def ready(self) -> bool:
        """Whether there is a judgement."""
        return self.exposition.report is not None

    def body(self, kind: Kind, *, gzip: bool = False) -> Body | None:
        """Return a body, rendered when it is first asked for; None where there is none."""
        body = self._bodies.get((kind, gzip))
        if body is not None:
            return body
        with self._lock:
            body = self._bodies.get((kind, gzip)) or self._render(kind, gzip=gzip)
            if body is not None:
                self._bodies[kind, gzip] = body
            return body

    def selected(self, names: Collection[str], *, openmetrics: bool) -> Body:
        """Return only the metrics of these *names*, which is rendered anew for everybody who asks."""
        families = (chosen for family in self._all_families() if (chosen := _select(family, names)) is not None)
        return _metrics(families, "openmetrics" if openmetrics else "metrics")

    def prepare(self, previous: Publication) -> None:
        """Render what was asked of *previous*, so that no client waits for it."""
        for kind, gzip in tuple(previous._bodies):
            self.body(kind, gzip=gzip)

    def _render(self, kind: Kind, *, gzip: bool) -> Body | None:
        """Render a body, compressed from the one that is not."""
        if gzip:
            plain = self.body(kind)
            return plain and _compress(plain)
        match kind:
            case "metrics" | "openmetrics":
                return _metrics(self._all_families(), kind)
            case "report":
                report = self.exposition.report
                return None if report is None else _json(report_json.render(report))
            case "inventory":
                return None if self._inventory_json is None else _json(self._inventory_json())

    def _all_families(self) -> tuple[Family, ...]:
        """Return the metrics, made once for all formats."""
        with self._lock:
            if self._families is None:
                self._families = tuple(metric_families(self.exposition))
            return self._families


class Board:
    """Where the current publication hangs: threads read it without waiting."""

    def __init__(self, first: Publication) -> None:
        self._current = first

    @property
    def current(self) -> Publication:
        """What is to be served now."""
        return self._current

    @property
    def ready(self) -> bool:
        """Whether there has been a judgement."""
        return self._current.ready

    def post(self, publication: Publication) -> None:
        """Replace the current publication once the bodies that clients ask for are there."""
        publication.prepare(self._current)
        self._current = publication


def _metrics(families: Iterable[Family], kind: Kind) -> Body:
    content, content_type = render_metrics(families, accept=_ACCEPT[kind])
    return Body(content=content, content_type=content_type)


def _json(text: str) -> Body:
    return Body(content=text.encode(), content_type="application/json")


def _compress(body: Body) -> Body:
    return Body(content=gzip_module.compress(body.content, mtime=0), content_type=body.content_type, gzip=True)


def _select(family: Family, names: Collection[str]) -> Family | None:
    """Return *family* with the samples of these *names* alone, None where it has none."""
    if family.name in names:
        return family
    samples = [sample for sample in family.samples if sample.name in names]
    if not samples:
        return None
    selected = copy(family)
    selected.samples = samples
    return selected
