from __future__ import annotations

from pathlib import Path

import pytest
from tests.neffs import compile_cache, model

from neuron_collectors.cached_neff import parse_target, with_words_of_cache
from neuron_collectors.facts import NOT_COLLECTED, Neff, Unread
from neuron_collectors.host import Host
from neuron_collectors.neff import read_neff
from neuron_collectors.shapes import ShapeError

MODULE = "MODULE_12+4eb52b03"


def cached(root: Path, **changes: bytes) -> Neff:
    """Write a cache of one model below *root* and return what is known of it by header and cache."""
    files = compile_cache([(MODULE, ["model.neff", "compile_flags.json"])])
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(changes.get(path.stem, content))
    host = Host(root)
    neff = read_neff(host, next(name for name in files if name.endswith(".neff")))
    assert isinstance(neff, Neff)
    return with_words_of_cache(host, neff)


def test_names_of_the_cache(tmp_path: Path) -> None:
    """The directory names the compiler, the flags name the target."""
    neff = cached(tmp_path)

    assert ("2.16.372.0+4a9b2326", "trn1") == (neff.compiler_version, neff.target)


def test_damaged_flags(tmp_path: Path) -> None:
    """Flags that nobody can read cost the target only."""
    neff = cached(tmp_path, compile_flags=b"{")

    assert "2.16.372.0+4a9b2326" == neff.compiler_version
    assert isinstance(neff.target, Unread)


def test_a_model_elsewhere(tmp_path: Path) -> None:
    """Outside a cache nothing speaks for a model but itself."""
    (tmp_path / "model.neff").write_bytes(model())
    host = Host(tmp_path)
    neff = read_neff(host, "model.neff")
    assert isinstance(neff, Neff)

    assert neff is with_words_of_cache(host, neff)


def test_what_the_model_says_counts(tmp_path: Path) -> None:
    """A payload that was looked into is not overruled."""
    cached(tmp_path)
    path = f"var/tmp/neuron-compile-cache/neuronxcc-2.16.372.0+4a9b2326/{MODULE}/model.neff"
    host = Host(tmp_path)
    neff = read_neff(host, path, metadata=True)
    assert isinstance(neff, Neff)

    assert "cayman" == with_words_of_cache(host, neff).target


@pytest.mark.parametrize(
    ("flags", "target"),
    [
        ('["--target=trn1", "-O1"]', "trn1"),
        ('["--target", "trn2"]', "trn2"),
        ('["-O1"]', None),
        ("[]", None),
    ],
)
def test_flags(flags: str, target: str | None) -> None:
    """The target stands behind an equals sign or in a word of its own."""
    assert target == parse_target(flags)


@pytest.mark.parametrize("flags", ["", "{}", "[1]", '"--target=trn1"'])
def test_no_flags(flags: str) -> None:
    """What is no list of words is refused."""
    with pytest.raises(ShapeError):
        parse_target(flags)


def test_without_flags(tmp_path: Path) -> None:
    """A module without its flags has no target to tell."""
    path = tmp_path / f"neuronxcc-2.16.372.0+4a9b2326/{MODULE}"
    path.mkdir(parents=True)
    neff = Neff(path=f"/neuronxcc-2.16.372.0+4a9b2326/{MODULE}/model.neff", compiler_version=NOT_COLLECTED)

    assert NOT_COLLECTED == with_words_of_cache(Host(tmp_path), neff).target
