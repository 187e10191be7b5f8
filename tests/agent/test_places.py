"""Where overlays lie on the machine that judges."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neuron_validator.catalog import places
from neuron_validator.catalog.places import (
    PLACES_VARIABLE,
    default_overlays,
    imported_overlay,
    overlays_below_imported,
)

SHARED, STATE, OWN, LOCAL = "usr-share", "var-lib", "home/.local/state/neuron-validator/catalog.d", "etc"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an overlay in every place."""
    for name in (SHARED, STATE, OWN, LOCAL):
        (tmp_path / name).mkdir(parents=True)
    for constant, name in (("_SHARED", SHARED), ("_STATE", STATE), ("_LOCAL", LOCAL)):
        monkeypatch.setattr(places, constant, str(tmp_path / name))
    return tmp_path


def found(machine: Path, *, privileged: bool = False) -> list[str]:
    overlays = default_overlays({"HOME": str(machine / "home")}, privileged=privileged)
    return [str(Path(overlay).relative_to(machine)) for overlay in overlays]


def test_order(machine: Path) -> None:
    """
    What came with the program is the weakest, what the administrator wrote the strongest.
    """
    assert [SHARED, STATE, OWN, LOCAL] == found(machine)


def test_root_reads_nobodys_home(machine: Path) -> None:
    """
    What a user has imported is that user's.
    """
    assert [SHARED, STATE, LOCAL] == found(machine, privileged=True)


def test_only_folders_that_are_there(machine: Path) -> None:
    """
    No overlay is the usual case.
    """
    (machine / LOCAL).rmdir()
    (machine / LOCAL).write_text("", encoding="utf-8")
    (machine / SHARED).rmdir()

    assert [STATE, OWN] == found(machine)


def test_planted_records(machine: Path) -> None:
    """
    The state directory is the service user's, who must not decide what root is told to paste: a link is no overlay.
    """
    (machine / STATE).rmdir()
    (machine / STATE).symlink_to(machine / SHARED)

    assert [SHARED, LOCAL] == found(machine, privileged=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
def test_folder_of_another_user(machine: Path) -> None:
    """
    What root has imported is root's; a folder of the service's user is passed over.
    """
    os.chown(machine / STATE, 65534, 65534)

    assert [SHARED, LOCAL] == found(machine, privileged=True)


def test_below_the_import_is_what_came_with_the_program(machine: Path) -> None:
    """
    An import is made over the package's catalog and its overlay, not over an earlier import or an administrator's.
    """
    assert (str(machine / SHARED),) == overlays_below_imported({}, privileged=True)


@pytest.mark.parametrize(
    ("environ", "privileged", "expected"),
    [
        ({"HOME": "/home/ada"}, True, "/var/lib/neuron-validator/catalog.d"),
        ({"HOME": "/home/ada"}, False, "/home/ada/.local/state/neuron-validator/catalog.d"),
        ({"HOME": "/home/ada", "XDG_STATE_HOME": "/state"}, False, "/state/neuron-validator/catalog.d"),
        ({"HOME": "/home/ada", "XDG_STATE_HOME": "state"}, False, "/home/ada/.local/state/neuron-validator/catalog.d"),
        ({"HOME": ""}, False, None),
        ({}, False, None),
    ],
)
def test_where_an_import_goes(environ: dict[str, str], *, privileged: bool, expected: str | None) -> None:
    """
    Root imports for the machine, others for themselves, where XDG says.
    """
    assert expected == imported_overlay(environ, privileged=privileged)


def test_places_of_ones_own(tmp_path: Path) -> None:
    """
    One variable names all places, or that there are none.
    """
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    named = {PLACES_VARIABLE: f"{other}:{tmp_path / 'gone'}::{one}", "HOME": str(tmp_path)}

    assert (str(other), str(one)) == default_overlays(named, privileged=True)
    assert () == default_overlays({PLACES_VARIABLE: "", "HOME": str(tmp_path)}, privileged=True)
