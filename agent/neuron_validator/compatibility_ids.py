"""
The number by which runtime and driver tell whether they know each other.

A runtime carries one compatibility id. The loaded driver reports the range that it accepts, for each chip its own; the
ranges of the released drivers are in ``data/compatibility_ids.jsonl``, read from their sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neuron_collectors.facts import installed, value_or_none

from .catalog.rule import Rule
from .catalog.tables import COMPATIBILITY_IDS
from .evidence import DRIVER, OLD_DRIVER, RUNTIME, Component, Evidence
from .rules import Violation, applies


def refused(rule: Rule, evidence: Evidence) -> Iterator[Violation]:
    """
    Yield the runtimes whose id is outside what the driver accepts, as *rule* says they may not be.

    A driver that is not in the table accepts nobody knows what: that is untested, and nothing is said.
    """
    components = evidence.system.components
    driver = components.get(DRIVER) or components.get(OLD_DRIVER)
    libraries = value_or_none(evidence.inventory.runtime_libraries) or ()
    judged = driver is not None and any(value_or_none(library.compatibility_id) is not None for library in libraries)
    ranges = accepted_ids(driver.version, evidence) if driver is not None and judged and applies(rule, evidence) else ()
    for library in libraries if ranges else ():
        number = value_or_none(library.compatibility_id)
        if driver is None or number is None or any(low <= number <= high for low, high in ranges):
            continue
        version = library.version if installed(library.version) else "of unknown version"
        where = value_or_none(library.path) or "the runtime library"
        runtime = Component(
            name=RUNTIME,
            version=str(version),
            component_class="runtime",
            scope=evidence.system.name,
            source=f"{where}, compatibility id {number}",
        )
        accepted = " or ".join(f"{low} to {high}" for low, high in dict.fromkeys(ranges))
        yield Violation(
            rule=rule, subject=runtime, other=replace(driver, source=f"{driver.source}, accepts {accepted}")
        )


def accepted_ids(driver: str, evidence: Evidence) -> tuple[tuple[int, int], ...]:
    """
    Return the range of ids that version *driver* accepts for this family; those of every family where it is not known.
    """
    records = evidence.catalog.tables.records_of(COMPATIBILITY_IDS, driver)
    if not records:
        return ()
    by_family = records[-1]["ranges"]
    wanted = by_family if evidence.family is None else {evidence.family} & by_family.keys()
    return tuple((by_family[family][0], by_family[family][1]) for family in wanted)
