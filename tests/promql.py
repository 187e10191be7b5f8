"""Metric names and labels in queries of Prometheus: as much of the language as dashboards and rules of ours use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neuron_validator.metrics.table import METRICS

SCRAPED = frozenset({"job", "instance"})
"""Labels that Prometheus puts on every series."""

_STRING = r'"(?:[^"\\]|\\.)*"'
_SELECTOR = re.compile(r"\b((?:[a-z_]+:)?neuron_validator_[a-z_]+(?::[a-z]+)?)\b(?:\{(.*?)\})?")
_MATCHER = re.compile(rf"\s*([a-z_]+)\s*(=~|!~|!=|=)\s*({_STRING})\s*,?")
_LABEL_LIST = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")


def selectors(query: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the metrics that *query* selects, each with its matchers: label, operator, value."""
    return [
        (name, [(label, operator, value[1:-1]) for label, operator, value in _MATCHER.findall(matchers)])
        for name, matchers in _SELECTOR.findall(query)
    ]


def labels(query: str) -> set[str]:
    """Return the labels that *query* joins, groups or matches by."""
    listed = {label.strip() for group in _LABEL_LIST.findall(query) for label in group.split(",")}
    matched = {label for _, matchers in selectors(query) for label, _, _ in matchers}
    return (listed | matched) - {""}


def faults(query: str, recorded: dict[str, frozenset[str]]) -> Iterator[str]:
    """Yield what *query* asks for that is not exported, nor among the *recorded* series: labels by name."""
    exported = {metric.name: metric for metric in METRICS}
    known = {**{name: frozenset(metric.labels) | SCRAPED for name, metric in exported.items()}, **recorded}
    selected = selectors(query)
    there: set[str] = set()
    for name, matchers in selected:
        if name not in known:
            yield f"no metric {name}"
            continue
        there |= known[name]
        yield from (f"{name} has no label {label}" for label, _, _ in matchers if label not in known[name])
        words = exported[name].words if name in exported else {}
        for label, _, value in matchers:
            if label in words and re.fullmatch(r"[a-z|-]+", value):
                yield from (f"{label} is never {one}" for one in value.split("|") if one not in words[label])
    yield from (f"no label {label}" for label in sorted(labels(query) - there))
