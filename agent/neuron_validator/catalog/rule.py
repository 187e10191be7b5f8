"""
Rules as data.

A rule is a record of ``data/rules.jsonl``:

.. code-block:: json

    {"id": "DRV-RT-001", "check": "driver-runtime-incompatible", "kind": "conflicts",
     "subject": {"component": "aws-neuronx-runtime-lib", "version": "==2.32.*"},
     "others": [{"component": "aws-neuronx-dkms", "version": "<=2.26"}], "families": [], "when": {},
     "severity": "critical", "change": "other", "expected": "...", "why": "...", "known_from": "2026-05-21",
     "confidence": "documented", "source": "...", "retrieved": "2026-11-21", "disagrees": []}

Kinds:

- ``requires``: where the subject is in its range, every other that is there must be in its own;
- ``conflicts``: subject and any other must not be in their ranges together;
- ``unsupported``: the subject's range is not for these families;
- ``same-minor``: subject and other share major and minor;
- ``paired``: as the subject's major and minor is, so must the other's be in ``pairs``;
- ``beside``: both installed in one scope, whatever their versions;
- ``known-bad``: a defect of the subject, with any other in its range where there are others;
- ``measured``: the check that is named compares numbers that are no versions; the record says why, and how bad it is.

Besides packages a component can be ``kernel``, ``glibc``, ``python``, ``os:ubuntu`` (its version), and ``neuron-sdk``:
the releases that explain the scope, which are in a range only if all of them are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date

from neuron_collectors.facts.frozen import dataclass

from ..versions import Clause, Range, Version, parse_version

KINDS = ("requires", "conflicts", "unsupported", "same-minor", "paired", "beside", "known-bad", "measured")
PACKAGE_FORMATS = ("deb", "rpm")
ALARMING_CONFIDENCE = ("documented", "maintainer-confirmed")
"""Only such rules may be critical."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A component within a range of versions."""

    component: str
    range: Range

    def judge(self, text: str) -> bool | None:
        """
        Tell whether the version *text* is in the range; `None` when that cannot be told.

        A version that is given with fewer parts than the bound that it meets stands for many: 2.23 may be below
        2.23.112 or above it.
        """
        if self.range.text in {"", "*"}:
            return True
        version = parse_version(text)
        if version is None:
            return None
        return _any(_all(_judge(clause, version) for clause in clauses) for clauses in self.range.alternatives)

    def matches(self, text: str) -> bool:
        """Tell whether the version *text* is known to be in the range."""
        return self.judge(text) is True


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One requirement, conflict or limit, with where it is written."""

    id: str
    check: str
    kind: str
    subject: Term
    others: tuple[Term, ...]
    pairs: Mapping[str, str] = field(default_factory=dict)
    """For ``paired``: the other's major and minor by the subject's."""
    families: tuple[str, ...]
    """Instance families that it holds for; empty for all."""
    when: tuple[Term, ...] = ()
    """What else has to be there, in its range, for the rule to hold."""
    package_format: str | None = None
    """``deb`` or ``rpm``, for rules about packages of one format."""
    environment: tuple[tuple[str, str], ...] = ()
    """Environment variables with values, of which one has to be set."""
    unless: tuple[str, ...] = ()
    """Components that, seen anywhere, leave nothing to say: others of the same purpose, or better witnesses."""
    severity: str
    symptom: str | None = None
    """What is printed or seen, as the source has it."""
    change: str
    """Which side the remedy changes: ``subject`` or ``other``."""
    pin: str | None
    """Version to install where no partner decides it, e.g. ``2.24.*``."""
    remedy: str | None = None
    """What to do, where no command of a package manager does it."""
    expected: str
    why: str
    known_from: date
    fixed_in: str | None = None
    """For ``known-bad``: the first version of the subject without the defect."""
    confidence: str
    source: str
    retrieved: str
    disagrees: tuple[str, ...]


def parse_rule(record: Mapping[str, object]) -> Rule:
    """Build a rule from its record; raises `ValueError`, `KeyError` or `TypeError` for a bad one."""
    when = _mapping(record.get("when", {}))
    return Rule(
        id=str(record["id"]),
        check=str(record["check"]),
        kind=str(record["kind"]),
        subject=_parse_term(record["subject"]),
        others=tuple(map(_parse_term, _list(record["others"]))),
        pairs=_mapping(record.get("pairs", {})),
        families=_strings(record["families"]),
        when=tuple(
            Term(component=name, range=Range.parse(value)) for name, value in when.items() if name not in _WORDS
        ),
        package_format=when.get("package_format"),
        environment=_parse_environment(when.get("environment", "")),
        unless=_strings(record.get("unless", [])),
        severity=str(record["severity"]),
        symptom=_text(record, "symptom"),
        change=str(record.get("change", "subject")),
        pin=_text(record, "pin"),
        remedy=_text(record, "remedy"),
        expected=str(record["expected"]),
        why=str(record["why"]),
        known_from=date.fromisoformat(str(record["known_from"])),
        fixed_in=_text(record, "fixed_in"),
        confidence=str(record["confidence"]),
        source=str(record["source"]),
        retrieved=str(record["retrieved"]),
        disagrees=_strings(record.get("disagrees", [])),
    )


# Conditions that are no ranges of versions.
_WORDS = frozenset({"package_format", "environment"})


def _judge(clause: Clause, version: Version) -> bool | None:
    """Tell whether *version* satisfies *clause*; `None` when it is too short to tell."""
    bound, given = clause.bound.release, version.release
    if len(given) >= len(bound) or bound[: len(given)] != given:
        return clause.contains(version)
    # 2.20 is 2.20.0 or later: not before 2.20.0, and nobody knows whether after it.
    is_first = not any(bound[len(given) :])
    return clause.contains(version) if is_first and clause.operator in {">=", "<"} else None


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Join by *and*: one no is enough, and without one an unknown leaves it open."""
    seen = set(answers)
    return False if False in seen else None if None in seen else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Join by *or*: one yes is enough, and without one an unknown leaves it open."""
    seen = set(answers)
    return True if True in seen else None if None in seen else False


def _parse_environment(text: str) -> tuple[tuple[str, str], ...]:
    """
    Parse alternatives of settings.

    >>> _parse_environment("XLA_USE_BF16=1 || XLA_DOWNCAST_BF16=1")
    (('XLA_USE_BF16', '1'), ('XLA_DOWNCAST_BF16', '1'))
    """
    settings = (part.strip().partition("=") for part in text.split("||") if part.strip())
    return tuple((name, value) for name, _, value in settings)


def _parse_term(value: object) -> Term:
    if not isinstance(value, dict):
        raise TypeError(f"not a component with a version: {value!r}")
    return Term(component=str(value["component"]), range=Range.parse(str(value["version"])))


def _text(record: Mapping[str, object], name: str) -> str | None:
    return str(record[name]) if name in record else None


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return value


def _mapping(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"not an object: {value!r}")
    return {str(name): str(item) for name, item in value.items()}


def _strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, _list(value)))
