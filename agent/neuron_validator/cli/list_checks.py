"""``neuron-validator list-checks``: every check there is."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..checks import CHECKS
from .arguments import Parser, command_parser
from .exits import OK


def build_parser() -> Parser:
    """Return the parser of ``list-checks``."""
    parser = command_parser(
        "list-checks", "List every check: id, category, worst severity, what it looks at, what it needs."
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Print the table of checks."""
    options = build_parser().parse(arguments)
    rows = [
        {
            "id": check.id,
            "category": check.category,
            "severity": check.severity.word,
            "title": check.title,
            "needs": list(check.needs),
            "docs": check.docs,
        }
        for check in CHECKS
    ]
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return OK
    widths = [max(len(str(row[key])) for row in rows) for key in ("id", "category", "severity")]
    for check in CHECKS:
        head = f"{check.id:{widths[0]}}  {check.category:{widths[1]}}  {check.severity.word:{widths[2]}}"
        needs = f"  [{', '.join(check.needs)}]" if check.needs else ""
        print(f"{head}  {check.title}{needs}")
    return OK
