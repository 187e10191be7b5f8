"""What the agent's tests share: the catalog, and a report on facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from tests.builders import healthy_facts

from neuron_collectors.facts import Inventory
from neuron_validator.catalog import Catalog, load_catalog
from neuron_validator.checks import CHECKS
from neuron_validator.engine import diagnose
from neuron_validator.evidence import gather_evidence
from neuron_validator.findings import Check
from neuron_validator.report import Report

AS_OF = date(2026, 11, 21)

Judge = Callable[..., Report]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalog that ships in the package."""
    return load_catalog()


@pytest.fixture
def judge(catalog: Catalog) -> Judge:
    """
    A function that diagnoses an inventory: a healthy trn1.2xlarge of SDK 2.28.0, but for what the test gives.

    Without *checks* nothing is said of age: every host of a test would get old some day. Nor of the memory of that
    instance type, which is small.
    """
    ageless = tuple(check for check in CHECKS if check.category != "lifecycle" and check.id != "host-memory-small")

    def judge_host(*, as_of: date = AS_OF, checks: Sequence[Check] = ageless, **facts: Any) -> Report:
        inventory = Inventory(**{**healthy_facts(), **facts})
        return diagnose(gather_evidence(inventory, catalog, as_of), checks=checks)

    return judge_host
