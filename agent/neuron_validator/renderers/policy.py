"""Rules of the vendor's policy, explained: what they say, since when, and where its other document says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from ..catalog.policy import Rule
from ..classification import promised_words

_WIDTH = 100
_INDENT = "    "


def describe_policy(rules: Sequence[Rule]) -> dict[str, Any]:
    """Describe *rules* as JSON prints them, with what the vendor's other document says."""
    return {"policy": [_describe_rule(rule) for rule in rules]} if rules else {}


def _describe_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "says": rule.says,
        "parameters": dict(rule.parameters),
        "classes": list(rule.classes),
        "since_release": rule.release,
        "since": rule.begins.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "source": rule.source,
        "differs": [{"says": other.says, "source": other.source} for other in rule.disagrees],
    }


def render_policy(entry: Mapping[str, Any]) -> str:
    """Print the rules of an explained *entry*; nothing where it has none."""
    rules = entry.get("policy", ())
    lines = ["", "  What the policy says"] if rules else []
    for rule in rules:
        lines += _rule(rule)
    if any(rule["differs"] for rule in rules):
        lines += ["", f"{_INDENT}Where two of the vendor's documents differ, the newer counts, and the other is told."]
    return "".join(f"{line}\n" for line in lines)


def _rule(rule: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one rule."""
    until = f" until {rule['until']}" if rule["until"] else ""
    since = f"since SDK {rule['since_release']} of {rule['since']}{until}"
    yield from wrap(
        f"{rule['id']}, {since}: {rule['says']}", _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  "
    )
    levels = ((level, words) for level, words in rule["parameters"].items() if isinstance(words, Mapping))
    yield from (f"{_INDENT}    {level}: {', '.join(promised_words(words))}" for level, words in levels)
    yield f"{_INDENT}  {rule['source']}"
    for other in rule["differs"]:
        yield f"{_INDENT}  differs: {other['says']}"
        yield f"{_INDENT}    {other['source']}"
