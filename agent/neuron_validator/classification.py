"""
At which level a thing is (alpha, beta, stable), and what the vendor promises of that level.

What carries a label has its level; what carries none was stable by the classification of 2023, and the policy of today
says nothing of it, so that such a level is told apart (``omission``). "Experimental", which the documentation writes
too, is a word of its own and no level.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from neuron_collectors.facts.frozen import dataclass

from .catalog.events import COMPONENT_CLASSES, Phase, Subject
from .catalog.labels import Basis, Label, LevelName, parse_label
from .catalog.model import Catalog, Disagreement
from .catalog.policy import policy_rule
from .catalog.settings import Setting, settings_named
from .catalog.tables import CLASSIFICATION
from .lifecycle import component_subject, phase_of
from .standing import Standing

# The tables of the policy that say what a level means, by kind of software: that of the older document, in its time.
_CRITERIA: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("api", "env", "flag"), ("OLD-07", "CL-12")),
    "feature": ("OLD-05", "CL-09"),
    "model": ("OLD-06", "CL-10"),
    **dict.fromkeys(("sdk", *COMPONENT_CLASSES), ("OLD-04", "CL-08")),
}
_COMPATIBLE = {True: "compatible with later releases", False: "not compatible with later releases"}
_SINCE = "from"
"""Beside the words of a level: the day on which it came into the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """The level of a thing, and why."""

    level: LevelName | None
    """`None` where there is none to tell: not documented, ended, or called by another word."""
    basis: Basis | None = None
    word: str | None = None
    """The vendor's word, where it is no level."""
    current: bool = True
    """Whether the latest documentation still says so."""
    record: str | None = None
    """Id of the record behind it."""
    source: str | None = None
    confidence: str | None = None

    @property
    def for_production(self) -> bool | None:
        """Whether it is meant for production; `None` where the level is not known."""
        return None if self.level is None else self.level == "stable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What the vendor promises of a level, in our words."""

    level: LevelName
    words: Mapping[str, str | bool | None]
    """
    By criterion: ``testing``, ``features``, ``performance``, ``contract``, ``compatible``, ``accuracy``.

    Empty where the policy's table has no such level.
    """
    source: str
    differs: tuple[Disagreement, ...]
    """What the other of the vendor's two documents says."""


def level_of(
    subject: Subject,
    catalog: Catalog,
    as_of: dt.date,
    *,
    family: str | None = None,
    workload: str | None = None,
    standing: Standing | None = None,
) -> Level:
    """
    Return the level of *subject* on the day *as_of*.

    *standing* is its life-cycle, where the caller has it already.
    """
    if subject.kind in {"env", "flag"}:
        return _of_settings(settings_named(subject, catalog, as_of))
    standing = standing or phase_of(subject, catalog, as_of, family=family, workload=workload)
    label = _label(subject, catalog, as_of, family=family, workload=workload)
    if standing.phase == "end-of-support":
        return Level(level=None)
    if label is not None and not _outgrown(standing):
        return _from_label(label)
    return _from_standing(standing)


def shown_phase(standing: Standing, level: Level) -> Phase:
    """
    Return the phase of a setting, feature, API or model: as announced, else after its level, which is all that is said.

    Alpha and beta are both the phase of developer preview. That nothing is said makes a setting stable, and no model:
    its library may have ended.
    """
    if standing.phase != "unknown" or standing.candidates or not level.current:
        return standing.phase
    if level.level in {"alpha", "beta"}:
        return "beta"
    return "stable" if level.level == "stable" and standing.subject.kind in {"env", "flag"} else "unknown"


def labels_of(subject: Subject, catalog: Catalog, as_of: dt.date) -> tuple[Label, ...]:
    """
    Return what the vendor was calling *subject* by the day *as_of*.

    A model has a label for each library and workload.
    """
    return tuple(
        label
        for label in _labels_named(subject.name, catalog)
        if label.known_from <= as_of and label.subject.kind == subject.kind and label.subject.covers(subject.version)
    )


def _labels_named(name: str, catalog: Catalog) -> tuple[Label, ...]:
    """Return every label of a subject of this *name*."""
    tables = catalog.tables
    question = ("labels", name)
    return tables.remembered(question, lambda: tuple(map(parse_label, tables.records_of(CLASSIFICATION, name))))


def promise_of(kind: str, level: LevelName, catalog: Catalog, as_of: dt.date) -> Promise | None:
    """Return what the policy of the day *as_of* promises of *level* for software of class *kind*."""
    tables = (policy_rule(rule_id, catalog, as_of) for rule_id in _CRITERIA.get(kind, ()))
    rule = next(filter(None, tables), None)
    if rule is None:
        return None
    words = dict(rule.parameters.get(level, {}))
    if words.pop(_SINCE, "") > as_of.isoformat():
        words = {}
    differs = tuple(other for other in rule.disagrees if other.says.startswith(f"{level}:"))
    return Promise(level=level, words=words, source=rule.source, differs=differs)


def promised_words(words: Mapping[str, str | bool | None]) -> list[str]:
    """
    Say what is promised, criterion by criterion.

    >>> promised_words({"testing": "basic", "performance": None, "compatible": False})
    ['testing basic', 'performance left open', 'not compatible with later releases']
    """
    return [
        _COMPATIBLE[value] if isinstance(value, bool) else f"{name} {value or 'left open'}"
        for name, value in words.items()
    ]


def _label(
    subject: Subject, catalog: Catalog, as_of: dt.date, *, family: str | None, workload: str | None
) -> Label | None:
    """
    Return the label that is about this family and workload; where several are, the lowest level.

    A model class has a level for one library and one use only: where those differ, it has none by itself.
    """
    fitting = [
        label
        for label in labels_of(subject, catalog, as_of)
        if (family is None or not label.families or family in label.families)
        and (workload is None or label.workload in {None, workload})
        and (not subject.of or not label.subject.of or set(subject.of) & set(label.subject.of))
    ]
    if subject.kind == "model":
        fitting = [label for label in fitting if _holds(label, catalog, as_of)]
        if len({label.level for label in fitting}) > 1:
            return None
    order = {"alpha": 0, "beta": 1, None: 2, "stable": 3}
    return min(fitting, key=lambda label: order[label.level], default=None)


def _holds(label: Label, catalog: Catalog, as_of: dt.date) -> bool:
    """Tell whether silence still means stable: not once the libraries that it is about have ended."""
    wholes = [phase_of(component_subject(name, "", catalog), catalog, as_of) for name in label.subject.of]
    return label.basis != "omission" or not wholes or any(whole.phase != "end-of-support" for whole in wholes)


def _outgrown(standing: Standing) -> bool:
    """Tell whether a record says that the thing has become stable since."""
    return standing.phase == "stable" and standing.record is not None and standing.record.confidence == "documented"


def _from_label(label: Label) -> Level:
    return Level(
        level=label.level,
        basis=label.basis,
        word=label.word,
        current=label.current,
        record=label.id,
        source=label.source,
        confidence=label.confidence,
    )


def _from_standing(standing: Standing) -> Level:
    """Derive the level from the life-cycle: a beta is one, what was stable is so while it is maintained."""
    record = standing.record
    if standing.phase == "beta":
        alpha = record is not None and record.level == "alpha"
        return Level(
            level="alpha" if alpha else "beta",
            basis="label",
            record=record.id if record else None,
            source=record.source if record else None,
            confidence=record.confidence if record else None,
        )
    was_stable = next((event for event in standing.records if event.phase == "stable"), None)
    maintained = standing.phase in {"stable", "maintenance"} and standing.subject.kind in _CRITERIA
    if not maintained or was_stable is None:
        return Level(level=None)
    return Level(
        level="stable",
        basis="omission",
        record=was_stable.id,
        source=was_stable.source,
        confidence=was_stable.confidence,
    )


def _of_settings(settings: tuple[Setting, ...]) -> Level:
    """Return the level of a variable or flag; two compilers' flags of one name have one if they agree."""
    levels = {(setting.level, setting.word) for setting in settings}
    if len(levels) != 1:
        return Level(level=None)
    setting = settings[0]
    return Level(
        level=setting.level,
        basis=setting.basis,
        word=setting.word,
        record=setting.id,
        source=setting.source,
        confidence=setting.confidence,
    )
