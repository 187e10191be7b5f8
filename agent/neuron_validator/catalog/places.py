"""
Where the overlays of the machine that judges lie, in the order in which they are laid over the package's catalog.

They belong to the judge, not to the host: a captured tree or a snapshot is judged with them too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

PLACES_VARIABLE = "NEURON_VALIDATOR_CATALOG_PATH"
"""Names other places, separated by colons, in place of all those below; empty for none."""

_SHARED = "/usr/share/neuron-validator/catalog.d"
_STATE = "/var/lib/neuron-validator/catalog.d"
_LOCAL = "/etc/neuron-validator/catalog.d"
_IN_STATE_HOME = "neuron-validator/catalog.d"


def default_overlays(environ: Mapping[str, str], *, privileged: bool) -> tuple[str, ...]:
    """Return the overlays that are there, the weakest first; *privileged* is for root, who reads nobody's home."""
    there = filter(os.path.isdir, _places(environ, privileged=privileged))
    return tuple(place for place in there if place != _STATE or _is_ours(place))


def overlays_below_imported(environ: Mapping[str, str], *, privileged: bool) -> tuple[str, ...]:
    """Return the overlays that an imported one is laid over: those that came with the program."""
    places = default_overlays(environ, privileged=privileged)
    return tuple(place for place in places if place == _SHARED)


def imported_overlay(environ: Mapping[str, str], *, privileged: bool) -> str | None:
    """Return where an imported release manifest goes; `None` for a user without a home."""
    if privileged:
        return _STATE
    home = _state_home(environ)
    return home and os.path.join(home, _IN_STATE_HOME)


def _is_ours(place: str) -> bool:
    """Tell whether only root or this user can have put records there: the folder above is the service user's."""
    found = os.lstat(place)
    return stat.S_ISDIR(found.st_mode) and found.st_uid in {0, os.geteuid()}


def _places(environ: Mapping[str, str], *, privileged: bool) -> list[str]:
    if PLACES_VARIABLE in environ:
        return list(filter(None, environ[PLACES_VARIABLE].split(":")))
    own = None if privileged else imported_overlay(environ, privileged=False)
    return [_SHARED, _STATE, *([own] if own else []), _LOCAL]


def _state_home(environ: Mapping[str, str]) -> str | None:
    """Return the user's folder for state; by the XDG specification a relative path does not count."""
    given, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if os.path.isabs(given):
        return given
    return os.path.join(home, ".local/state") if os.path.isabs(home) else None
