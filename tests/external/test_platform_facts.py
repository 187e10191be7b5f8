"""The tested platforms of the catalog against the research facts beside the checkout, row by row and both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuron_validator.catalog import load_catalog
from neuron_validator.versions import Range

pytestmark = pytest.mark.external

Facts = dict[str, Any]
COLUMNS = ("os", "os_version", "kernel", "glibc")
IDS = {"amazonlinux": "amzn"}  # the catalog has the names of /etc/os-release


@pytest.fixture(scope="module")
def tables(shared: Path) -> list[Facts]:
    """Return the vendor's tables, one for each component and release."""
    text = (shared / "facts" / "os_support.json").read_text(encoding="utf-8")
    found: list[Facts] = json.loads(text)["compatibility_tables"]
    return found


@pytest.fixture(scope="module")
def records() -> list[Facts]:
    return [json.loads(line) for line in load_catalog().platform_records]


def test_every_row_is_in_the_catalog_and_no_other(tables: list[Facts], records: list[Facts]) -> None:
    """
    The catalog has each row of each table, with its package, and nothing that no table has.
    """
    facts = {
        (table["package"], table["sdk_release"], row["instance_family"], *(IDS.get(row[c], row[c]) for c in COLUMNS))
        for table in tables
        for row in table["rows"]
    }
    ours = {
        (r["package"], r["id"].rpartition("-")[2], r["family"], *(r[column] for column in COLUMNS)) for r in records
    }

    assert facts == ours
    assert 236 == len(records) == sum(len(table["rows"]) for table in tables)


def test_every_version_of_a_table_is_in_the_range_of_its_rows(tables: list[Facts], records: list[Facts]) -> None:
    """
    The versions that a table's heading states, and that the manifest has, are those that its rows are for.
    """
    for table in tables:
        of_table = [r for r in records if r["package"] == table["package"] and r["id"].endswith(table["sdk_release"])]
        for record in of_table:
            tested = Range.parse(record["version"])
            stated = [*table["versions_stated"], *table["versions_in_manifest"]]
            assert stated == [version for version in stated if tested.contains(version)], record["id"]


def test_a_table_is_known_from_a_release_that_is_out(tables: list[Facts], records: list[Facts]) -> None:
    """
    A table is known from the day of the release whose page has it, never before its own release.
    """
    catalog = load_catalog()
    for record in records:
        release = catalog.release(record["id"].rpartition("-")[2])
        assert release is not None
        assert release.date is not None
        assert release.date.isoformat() <= record["known_from"], record["id"]
