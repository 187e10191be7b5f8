"""The host's key: made once where there is a state directory, and nobody's business where there is none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tests.collectors.conftest import AnotherUser, another_user, public_path

from neuron_validator.cli.exits import UsageError
from neuron_validator.cli.redaction_key import read_redaction_key

__all__ = ["another_user", "public_path"]


def test_a_host_keeps_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run makes it, for its owner alone; the next ones have the same, and nothing is left beside it."""
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}:/elsewhere")
    key = read_redaction_key(None)

    assert key == read_redaction_key(None)
    assert len(key) >= 16
    assert ["redaction.key"] == [path.name for path in tmp_path.iterdir()]
    assert 0o600 == stat.S_IMODE((tmp_path / "redaction.key").stat().st_mode)


def test_a_key_that_root_makes(public_path: Path, monkeypatch: pytest.MonkeyPatch, another_user: AnotherUser) -> None:
    """It belongs to whom the directory belongs to, so that the service has the same."""
    monkeypatch.setenv("STATE_DIRECTORY", str(public_path))
    with another_user():
        service = os.geteuid()
    if service == os.geteuid():
        pytest.skip("only root can give a directory away")
    os.chown(public_path, service, service)
    key = read_redaction_key(None)

    with another_user():
        assert key == read_redaction_key(None)


def test_without_a_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is made for it; each run has a key of its own."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "missing"))

    assert read_redaction_key(None) != read_redaction_key(None)
    assert not (tmp_path / "missing").exists()


def test_a_plain_user(public_path: Path, monkeypatch: pytest.MonkeyPatch, another_user: AnotherUser) -> None:
    """Who may neither write the directory nor read the key there gets one all the same."""
    monkeypatch.setenv("STATE_DIRECTORY", str(public_path))
    public_path.chmod(0o755)
    with another_user():
        assert len(read_redaction_key(None)) >= 16
    assert [] == list(public_path.iterdir())

    key = read_redaction_key(None)
    with another_user():
        assert key != read_redaction_key(None)


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """One that is too short is not used, and is left as it is; as an argument it is refused."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    (tmp_path / "redaction.key").write_bytes(content)

    assert read_redaction_key(None) != read_redaction_key(None)
    assert content == (tmp_path / "redaction.key").read_bytes()
    with pytest.raises(UsageError, match="fewer than 16 bytes"):
        read_redaction_key(str(tmp_path / "redaction.key"))


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    """A file that somebody names has to be there."""
    with pytest.raises(FileNotFoundError):
        read_redaction_key(str(tmp_path / "key"))
