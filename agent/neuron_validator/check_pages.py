"""
What there is to say about each check beyond its title: why it matters, how it is judged, what to do.

A page is a record of ``data/check_pages.jsonl``; ``explain`` prints it, and ``docs/checks`` is written from it:

.. code-block:: json

    {"check": "releases-behind", "why": "Fixes are in the newest release only.", "how": "...", "remedy": "..."}
"""

from __future__ import annotations

from collections.abc import Mapping

from neuron_collectors.facts.frozen import dataclass

from .catalog.files import parse_records, read_table

TABLE = "check_pages.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckPage:
    """The page of one check, in sentences of Markdown without headings."""

    check: str
    why: str
    """Why what it looks at matters."""
    how: str
    """Which facts it compares, and where it keeps silent."""
    remedy: str
    """What ends its findings in general; a finding says it for the host."""


def load_check_pages() -> Mapping[str, CheckPage]:
    """Return every page by the id of its check."""
    return {record["check"]: CheckPage(**record) for record in parse_records(read_table(TABLE))}
