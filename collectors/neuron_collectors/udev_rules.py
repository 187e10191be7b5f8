"""
The rules of udev(7) that name ``neuron``, which give its device nodes their owner and mode.

The driver's package writes ``neuron-udev.rules`` in a script, so that no package owns it; without such a rule the nodes
have the kernel's mode, 0600.
"""

from __future__ import annotations

import re

from .drop_ins import read_drop_ins
from .facts import NOT_COLLECTED, Reading, Unread
from .facts.boot import UdevRule
from .host import Host

_PLACES = ("etc/udev", "run/udev", "usr/local/lib/udev", "usr/lib/udev", "lib/udev")
_MODULE = "neuron"
_PAIR = re.compile(r'([A-Z_]+(?:\{[^}]*\})?)\s*(==|!=|\+=|-=|:=|=)\s*[ei]?"((?:[^"\\]|\\.)*)"')
_MODE = re.compile(r"[0-7]{3,4}")
_LONGEST = 300


def collect_udev_rules(host: Host) -> Reading[tuple[UdevRule, ...]]:
    """Return the rules that name ``neuron``, in udev's order; a file that could not be read stands for its rules."""
    files = read_drop_ins(host, [f"{place}/rules.d" for place in _PLACES], suffix=".rules")
    rules: list[UdevRule] = []
    for path, text in files.texts.items():
        if isinstance(text, Unread):
            rules.append(UdevRule(path=path, text=text, mode=text, group=text, owner=text))
        elif _MODULE in text:
            rules += parse_rules(text, path)
    return tuple(rules) if rules or files.complete else NOT_COLLECTED


def parse_rules(text: str, path: str) -> tuple[UdevRule, ...]:
    """
    Parse the rules of the file *path* that match something called ``neuron``.

    .. code-block:: text

        KERNEL=="neuron*", MODE="0666"

    A rule is one line, which a backslash continues: pairs that are compared, and pairs that are assigned.
    """
    lines = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    found = (_parse_rule(line, path) for line in lines if _MODULE in line and not line.startswith("#"))
    return tuple(rule for rule in found if rule is not None)


def _parse_rule(line: str, path: str) -> UdevRule | None:
    """Parse one rule; `None` when it compares nothing with ``neuron``."""
    pairs = _PAIR.findall(line)
    if not any(operator == "==" and _MODULE in value for _, operator, value in pairs):
        return None
    assigned = {key: value for key, operator, value in pairs if operator in ("=", ":=", "+=")}
    mode = assigned.get("MODE")
    return UdevRule(
        path=path,
        text=line[:_LONGEST],
        mode=int(mode, 8) if mode and _MODE.fullmatch(mode) else mode and Unread(f"not a mode: {mode[:40]!r}"),
        group=assigned.get("GROUP"),
        owner=assigned.get("OWNER"),
    )
