"""What the service remembers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import healthy_facts
from tests.property.strategies import inventories

from neuron_collectors.facts import Inventory
from neuron_validator.service.counters import Tally
from neuron_validator.service.history import KINDS, MOST_CHANGES, Change, Standing
from neuron_validator.service.state import (
    State,
    StateDirectory,
    StateError,
    parse_history,
    parse_state,
    render_history,
    render_state,
)

STANDING = Standing(
    kernel="6.8.0-1021-aws",
    drivers={"host|aws-neuronx-dkms": "2.26.5.0"},
    packages={},
    phases={},
    findings={"driver-not-reloaded||host|aws-neuronx-dkms": "critical"},
    checks={"driver-not-reloaded": "critical"},
    verdict="fail",
)
STATE = State(
    judged_at=1_795_231_440.25,
    as_of=date(2026, 11, 21),
    inventory=Inventory(**healthy_facts()),
    standing=STANDING,
    transitions={"driver-not-reloaded": 1.0},
    counters={"0/sram_ecc_uncorrected": Tally(base=3, last=7)},
)
words = st.text(max_size=20)
texts = st.dictionaries(words, words, max_size=3)
standings = st.builds(
    Standing,
    kernel=st.none() | words,
    drivers=texts,
    packages=texts,
    phases=texts,
    findings=texts,
    checks=texts,
    verdict=words,
)
states = st.builds(
    State,
    judged_at=st.floats(allow_nan=False, allow_infinity=False),
    as_of=st.dates(),
    inventory=inventories(),
    standing=standings,
    transitions=st.dictionaries(words, st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    counters=st.dictionaries(
        words, st.builds(Tally, base=st.integers(0, 2**63), last=st.integers(0, 2**63)), max_size=3
    ),
)
changes = st.builds(
    Change,
    at=st.floats(allow_nan=False, allow_infinity=False),
    kind=st.sampled_from(KINDS),
    subject=words,
    scope=st.none() | words,
    before=st.none() | words,
    after=st.none() | words,
)


class Warned(list[str]):
    """Collects warnings."""

    def __call__(self, message: str) -> None:
        self.append(message)


@given(states)
@settings(deadline=None, max_examples=50)
def test_state_comes_back(state: State) -> None:
    """What is saved is what is loaded."""
    assert state == parse_state(render_state(state).decode())


@given(st.lists(changes))
def test_history_comes_back(history: list[Change]) -> None:
    """What is written down is what is read."""
    assert tuple(history) == parse_history(render_history(history).decode())


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_junk(text: str) -> None:
    """Whatever the files hold, it is a `StateError` or a value."""
    for parse in (parse_state, parse_history):
        try:
            parse(text)
        except StateError:
            continue


def test_kept_on_disk(tmp_path: Path) -> None:
    """
    State and history outlive the process, readable by nobody else.
    """
    directory = StateDirectory(str(tmp_path / "state"), warn=Warned())
    directory.save(STATE)
    change = Change(at=1.0, kind="kernel", subject="kernel", before="a", after="b")
    directory.save_history([change] * (MOST_CHANGES + 5))

    again = StateDirectory(str(tmp_path / "state"), warn=Warned())
    assert again.load() == STATE
    assert (change,) * MOST_CHANGES == again.load_history()
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}


def test_nothing_yet(tmp_path: Path) -> None:
    """
    A first start has nothing to warn of.
    """
    warned = Warned()
    directory = StateDirectory(str(tmp_path), warn=warned)

    assert (None, ()) == (directory.load(), directory.load_history())
    assert [] == warned


NEWER = json.loads(render_state(STATE)) | {"state_version": "2.0"}


@pytest.mark.parametrize(
    ("content", "aside", "why"),
    [
        (b"", "state.json.damaged", "not JSON"),
        (render_state(STATE)[:-20], "state.json.damaged", "not JSON"),
        (b"\xff\xfe", "state.json.damaged", "not text"),
        (b'{"state_version": "1.0"}', "state.json.damaged", "judged_at: missing"),
        (b'{"state_version": "soon"}', "state.json.damaged", "state_version: not a version: 'soon'"),
        (json.dumps(NEWER).encode(), "state.json.newer", "2.0 cannot be read by this program"),
    ],
)
def test_of_no_use(tmp_path: Path, content: bytes, aside: str, why: str) -> None:
    """
    A damaged or newer state is set aside with a warning, and the next one is saved in its place.
    """
    (tmp_path / "state.json").write_bytes(content)
    warned = Warned()
    directory = StateDirectory(str(tmp_path), warn=warned)

    assert None is directory.load()
    assert content == (tmp_path / aside).read_bytes()
    assert 1 == len(warned)
    assert why in warned[0]
    assert str(tmp_path / aside) in warned[0]

    directory.save(STATE)

    assert STATE == directory.load()


def test_a_later_minor_version_is_read(tmp_path: Path) -> None:
    """
    Keys that a later 1.x added are passed over.
    """
    document = json.loads(render_state(STATE)) | {"state_version": "1.7", "later": 1}

    assert STATE == parse_state(json.dumps(document))


def test_key(tmp_path: Path) -> None:
    """
    The key of a host is made once.
    """
    keys = [StateDirectory(str(tmp_path), warn=Warned()).redaction_key() for _ in range(2)]

    assert 32 == len(keys[0])
    assert keys[0] == keys[1]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """
    What cannot be written whole does not replace what is there, and leaves nothing behind.
    """
    directory = StateDirectory(str(tmp_path), warn=Warned())
    directory.save(STATE)
    (tmp_path / "history.jsonl").mkdir()
    with pytest.raises(OSError, match="directory"):
        directory.save_history([])

    assert ["history.jsonl", "state.json"] == sorted(path.name for path in tmp_path.iterdir())
