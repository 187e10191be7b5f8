"""
Facts that a captured tree holds as such, in ``.facts.json``, because its files cannot show them.

A limit of the process that looked, what psutil said of the processes, a file that took too long: here is what reading
the tree again would not give. The format is that of a snapshot, with these facts alone.
"""

from __future__ import annotations

from dataclasses import replace

from .facts import Inventory, Unread
from .host import Host
from .snapshot import SnapshotError, encode_inventory, loads_inventory

RECORDED_FACTS = ".facts.json"
_LIMIT = 64 * 1024 * 1024


def with_recorded_facts(host: Host, inventory: Inventory) -> Inventory:
    """Return *inventory* with the facts that the captured tree *host* holds as such; raises `SnapshotError`."""
    text = None if host.live else host.read_text(RECORDED_FACTS, limit=_LIMIT)
    if text is None:
        return inventory
    if isinstance(text, Unread):
        raise SnapshotError(f"{RECORDED_FACTS}: {text.reason}")
    try:
        recorded = loads_inventory(text)
    except SnapshotError as error:
        raise SnapshotError(f"{RECORDED_FACTS}: {error}") from error
    return _replace(inventory, recorded, _names(text))


def dumps_recorded_facts(inventory: Inventory, names: frozenset[str]) -> str:
    """Return the facts *names* of *inventory* in the form of ``.facts.json``."""
    import json  # noqa: PLC0415 - of all that reads a host, only this writes

    document = encode_inventory(inventory)
    facts = {name: fact for name, fact in document["facts"].items() if name in names}
    failures = [failure for failure in document["failures"] if failure["collector"] in names]
    return json.dumps({**document, "facts": facts, "failures": failures}, indent=1) + "\n"


def _names(text: str) -> frozenset[str]:
    """Return the names of the facts in *text*, which is a snapshot."""
    import json  # noqa: PLC0415

    return frozenset(json.loads(text)["facts"])


def _replace(inventory: Inventory, recorded: Inventory, names: frozenset[str]) -> Inventory:
    known = frozenset(Inventory.__dataclass_fields__)
    failures = tuple(failure for failure in inventory.failures if failure.collector not in names)
    facts = {name: getattr(recorded, name) for name in names & known}
    return replace(inventory, **facts, failures=failures + recorded.failures)
