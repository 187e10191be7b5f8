"""The pages of the checks."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from neuron_validator.check_pages import load_check_pages
from neuron_validator.checks import CHECKS
from neuron_validator.cli import main


def test_every_check_has_a_page() -> None:
    """No check is without a page, no page without a check, and the file is sorted."""
    pages = load_check_pages()

    assert {check.id for check in CHECKS} == set(pages)
    assert all(one < other for one, other in pairwise(pages))


@pytest.mark.parametrize("check", [check.id for check in CHECKS])
def test_pages_are_sentences(check: str) -> None:
    """Each part of a page is made of whole sentences, and is worth reading."""
    page = load_check_pages()[check]

    for part in (page.why, page.how, page.remedy):
        assert part[0].isupper() or part[0] == "`"
        assert part.endswith(".")
        assert len(part) > 10


def test_page_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` prints a check with its rules and how to silence it, within the width of a page but for sources."""
    assert 0 == main(["explain", "driver-runtime-incompatible"])
    lines = capsys.readouterr().out.splitlines()

    assert "driver-runtime-incompatible: The loaded driver and the runtime library work together" == lines[0]
    assert "    DRV-RT-001, critical, documented: driver 2.27 or newer with runtime 2.32" in lines
    assert ["Why it matters", "How it is judged", "It explains", "What to do", "Rules of the catalog"] == [
        line.strip() for line in lines[2:] if line.startswith("  ") and not line.startswith("   ")
    ][:5]
    assert [] == [line for line in lines if len(line) > 100 and "/" not in line]


def test_page_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A program gets the same, with the rules one by one."""
    assert 0 == main(["explain", "driver-runtime-incompatible", "--format", "json"])
    (entry,) = json.loads(capsys.readouterr().out)["explained"]

    assert (
        "driver 2.27 or newer with runtime 2.32"
        == {rule["id"]: rule["expected"] for rule in entry["rules"]}["DRV-RT-001"]
    )
    assert load_check_pages()["driver-runtime-incompatible"].why == entry["why"]
