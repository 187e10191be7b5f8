"""The reference pages under docs/ are what the catalog says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs.generate import PAGES

from neuron_validator.catalog import load_catalog


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_not_drifted(repository: Path, name: str) -> None:
    """
    Each page is what the catalog gives now; `python docs/generate.py` writes it anew.
    """
    written = (repository / "docs" / name).read_text(encoding="utf-8")

    assert PAGES[name](load_catalog()) == written


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_whole(name: str) -> None:
    """
    No text of a record breaks its row: all rows of a table have as many cells as its head.
    """
    lines = PAGES[name](load_catalog()).splitlines()
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]

    assert [] == [
        line for line, one, other in zip(lines, widths, widths[1:], strict=False) if one and other not in {0, one}
    ]


def test_picture_has_not_drifted(repository: Path) -> None:
    """
    The README's picture is what the sample host gives now; `python docs/picture.py` draws it anew.
    """
    pytest.importorskip("rich")
    from docs.picture import PICTURE, draw

    assert draw() == (repository / "docs" / PICTURE).read_text(encoding="utf-8")


def test_every_release_is_on_its_page() -> None:
    """
    The page lists all releases, newest first.
    """
    catalog = load_catalog()
    table = PAGES["releases.md"](catalog).partition("\n## ")[0]

    assert [r.release for r in reversed(catalog.releases)] == re.findall(r"^\| ([0-9][^ ]*) \|", table, re.MULTILINE)


def test_what_is_announced_stands_first() -> None:
    """
    The end of NxD Inference with SDK 2.34, which is not out, is announced; what has begun is under its release.
    """
    page = PAGES["lifecycle.md"](load_catalog())
    announced = page.partition("## Announced\n")[2].partition("\n## ")[0]

    assert "| 2.34 | end-of-support | neuronx-distributed-inference | library | trn2, trn3 | 2026-10-16 |" in announced
    assert "\n## 2.33.0 of 2026-10-19\n" in page
    assert page.index("## 2.33.0 of 2026-10-19") < page.index("## 2.32.0 of 2026-08-17")


def test_short_notices_are_listed() -> None:
    """
    The page names notices of less than a month, and framework versions that had no six months, by the policy's time.
    """
    page = PAGES["lifecycle.md"](load_catalog())
    listed = page.partition("## Notices shorter than the policy asks for\n")[2].partition("\n## ")[0]
    days = re.findall(r"^\| ([0-9-]{10}) \|", listed, re.MULTILINE)

    assert "| 2026-07-07 | torch-neuronx 2.9 | extension | maintenance: a month of notice |" in listed
    assert "| 2026-04-09 | torch-neuronx 2.8 | extension | six months of regular updates |" in listed
    assert "tensorflow-neuron 1.15" not in listed  # that was before there was such a rule
    assert "2024-09-16" == min(days)


def test_every_record_that_stands_is_in_the_calendar() -> None:
    """
    No record that begins a phase is lost between the sections, and no system.
    """
    catalog = load_catalog()
    page = re.sub(r"\n## Notices shorter .*?(?=\n## )", "", PAGES["lifecycle.md"](catalog), flags=re.DOTALL)
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    heads = [line for line in rows if line.startswith(("| ---", "| when |", "| phase |", "| system |"))]
    begin = [
        record
        for record in catalog.tables.records("lifecycle.jsonl")
        if record.get("phase", "unknown") != "unknown"
        and not {"superseded", "repeats", "closed"} & record.keys()
        and record["effective"].get("published", True)
    ]

    assert len(begin) + len(catalog.tables.records("dependencies.jsonl")) == len(rows) - len(heads)
