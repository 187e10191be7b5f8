"""The Grafana dashboard asks for what is exported."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.test_rules import recorded
from tests.promql import faults, labels, selectors

DASHBOARD = json.loads(
    (Path(__file__).parents[2] / "deploy" / "grafana" / "neuron-validator.json").read_text(encoding="utf-8")
)
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
QUERIES = [(panel, target) for panel in PANELS for target in panel.get("targets", ())]


def title(value: object) -> str:
    """Name a query in the list of tests."""
    return str(value["title"]) if isinstance(value, dict) and "title" in value else ""


@pytest.mark.parametrize(("panel", "target"), QUERIES, ids=title)
def test_queries_ask_for_what_is_exported(panel: dict[str, Any], target: dict[str, Any]) -> None:
    """Every metric, every label, and every word of a label exists; legends name labels that are left."""
    query = target["expr"]
    legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))

    assert selectors(query)
    assert [] == list(faults(query, recorded()))
    assert [] == list(faults(f"sum by ({', '.join(legend)}) ({query})", recorded()))


def test_variables_ask_for_what_is_exported() -> None:
    """What one chooses by is there."""
    variables = [one for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]

    assert ["job", "instance"] == [one["name"] for one in variables]
    assert [] == [fault for one in variables for fault in faults(one["definition"], recorded())]


def test_three_parts() -> None:
    """The fleet, one host, and what ends when."""
    assert ["Fleet", "Host: $instance", "Life-cycle calendar"] == [p["title"] for p in PANELS if p["type"] == "row"]


def test_the_part_of_a_host_is_about_that_host() -> None:
    """Between its heading and the next every query names the instance."""
    host = [p["title"] for p in PANELS].index("Host: $instance")
    end = [p["title"] for p in PANELS].index("Life-cycle calendar")
    queries = [target["expr"] for panel in PANELS[host + 1 : end] for target in panel["targets"]]

    assert [] == [query for query in queries if "instance" not in labels(query)]


def test_panels_do_not_overlap() -> None:
    """Each square of the page has one panel, within the 24 columns."""
    squares = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(squares) == len(set(squares))
    assert 23 == max(x for x, _ in squares)
    assert len(PANELS) == len({panel["id"] for panel in PANELS})
