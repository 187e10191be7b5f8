"""``neuron-validator explain``: what a check, a return code of the runtime or a line of a log means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ..check_pages import load_check_pages
from ..checks import CHECKS
from ..log_patterns import find_nrt_status, load_log_patterns, load_nrt_statuses
from ..policy_words import rules_about, rules_of_check
from ..renderers.explanation import (
    describe_check,
    describe_log,
    describe_pattern,
    describe_status,
    render_entries,
    render_log,
)
from ..renderers.policy import describe_policy
from .arguments import Parser, command_parser, today, write_output
from .exits import OK, UsageError
from .logs import read_log
from .overlays import read_catalog

_EXAMPLES = """\
examples:
  neuron-validator explain driver-runtime-incompatible    what a check looks at
  neuron-validator explain DRV-RT-001                     a rule that a finding names, with its sources
  neuron-validator explain beta maintenance               what the policy says of a level or phase; also LC-10, its rule
  neuron-validator explain 1006 NRT_INVALID               what a return code of the runtime means
  neuron-validator explain --log app.log                  every known line of a log, with cause and remedy
  sudo dmesg | neuron-validator explain --log -
"""


def build_parser() -> Parser:
    """Return the parser of ``explain``."""
    parser = command_parser("explain", "Explain a check, a return code of the Neuron runtime, or the lines of a log.")
    parser.epilog = _EXAMPLES
    parser.add_argument("names", metavar="NAME", nargs="*", help="a check, rule, phase, level or return code")
    parser.add_argument("--log", metavar="FILE", help="explain every known line of this log; - for standard input")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("-v", "--verbose", action="store_true", help="show tracebacks")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Print explanations; the exit code is 0 whatever a log holds."""
    options = build_parser().parse(arguments)
    if not options.names and options.log is None:
        raise UsageError("explain: name a check or a return code, or give --log FILE; see --help")
    entries = [_explain(name) for name in options.names]
    log = describe_log(read_log(options.log)) if options.log is not None else None
    if options.format == "json":
        document = {"explained": entries} | ({} if log is None else {"log": log})
        write_output(json.dumps(document, indent=2, ensure_ascii=False) + "\n", None)
    else:
        write_output(render_entries(entries) + (render_log(log) if log is not None else ""), None)
    return OK


def _explain(name: str) -> Mapping[str, Any]:
    """Describe what is called *name*; raises `UsageError` when nothing is."""
    catalog, day = read_catalog(), today()
    for check in CHECKS:
        if check.id == name:
            entry = describe_check(check, load_check_pages()[name], catalog.rules_for(name))
            return {**entry, **describe_policy(rules_of_check(name, catalog, day))}
        rules = [rule for rule in catalog.rules_for(check.id) if rule.id.lower() == name.lower()]
        if rules:
            return describe_check(check, load_check_pages()[check.id], rules)
    about = rules_about(name, catalog, day)
    if about:
        return {"kind": "policy", "name": name, **describe_policy(about)}
    for pattern in load_log_patterns():
        if pattern.id == name.upper():
            return describe_pattern(pattern)
    status = find_nrt_status(name)
    if status is not None:
        return describe_status(status)
    known = [check.id for check in CHECKS] + [status.name for status in load_nrt_statuses()]
    close = get_close_matches(name, known, n=1) or get_close_matches(name.upper(), known, n=1)
    hint = f", did you mean {close[0]!r}?" if close else "; `neuron-validator list-checks` lists the checks"
    raise UsageError(f"neither a check nor a rule, a phase, a level or a return code: {name!r}{hint}")
