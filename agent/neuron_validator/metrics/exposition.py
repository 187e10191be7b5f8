"""The metrics of one exposition, as prometheus_client has them; this is the front of the package."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from ..renderers.text import to_line
from .counters import Counters, device_counters
from .exposed import Exposition
from .table import METRICS, Metric

__all__ = ["Counters", "Exposition", "device_counters", "metric_families"]


def metric_families(exposition: Exposition) -> Iterator[Family]:
    """Yield the metrics that have samples, in the order of `table.METRICS`."""
    for metric in METRICS:
        family = _family(metric)
        for values, number in _samples(metric, exposition).items():
            family.add_metric(values, number)
        if family.samples:
            yield family


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    """Return *metric* without samples. What is ``_info`` or a set of states is a gauge: one 0 or 1 for each."""
    make = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
    return make(metric.name, f"{metric.help}.", labels=metric.labels)


def _samples(metric: Metric, exposition: Exposition) -> dict[tuple[str, ...], float]:
    """Return the samples of *metric*, by the values of its labels as they are printed; no series comes twice."""
    samples: dict[tuple[str, ...], float] = {}
    for values, number in metric.samples(exposition):
        samples.setdefault(tuple(map(to_line, values)), number)
    return samples
