"""
Counters that never fall, made of counters that do.

What sysfs counts begins again at 0 when the driver is loaded anew or a device is reset, and status counters since
driver 2.30 fall when a process ends. What is exported are sums: what was counted before a fall is kept as the base.

A zero proves no fall. The driver prints 0, too, when it could not ask the device, and a device that is gone for a
while may come back with its counts as they were. So a counter that is 0 or missing keeps its sum until it counts again:
at its old value or above it had not fallen, below it, it had. A fall that is missed makes the sum too small by what was
counted before; nothing makes it too large.
"""

from __future__ import annotations

from collections.abc import Mapping

from neuron_collectors.facts.frozen import dataclass

from ..metrics.exposition import Counters

_UNSUPPORTED_NEFF = "unsupported_neff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """One counter as it was followed so far."""

    base: int = 0
    """What was counted before the last fall."""
    last: int = 0
    """The highest value since."""

    @property
    def total(self) -> int:
        """All that was ever counted."""
        return self.base + self.last


Tallies = Mapping[str, Tally]
"""By device and kind: ``{"0/sram_ecc_uncorrected": Tally(last=7), "0/unsupported_neff": Tally()}``."""


def follow(tally: Tally, value: int) -> Tally:
    """
    Return *tally* with *value*, the counter as it reads now.

    >>> follow(Tally(last=7), 9).total, follow(Tally(last=7), 2).total, follow(Tally(last=7), 0).total
    (9, 9, 7)
    """
    if value >= tally.last:
        return Tally(base=tally.base, last=value)
    return tally if value <= 0 else Tally(base=tally.total, last=value)


def follow_all(tallies: Tallies, counters: Counters) -> dict[str, Tally]:
    """Return *tallies* with all of *counters*, as sysfs has them; one that is not among them stays as it is."""
    values = {f"{device}/{kind}": count for (device, kind), count in counters.hardware_errors.items()}
    values |= {f"{device}/{_UNSUPPORTED_NEFF}": count for device, count in counters.unsupported_neffs.items()}
    return {**tallies, **{key: follow(tallies.get(key, Tally()), value) for key, value in values.items()}}


def totals(tallies: Tallies, counters: Counters) -> Counters:
    """Return the sums in *tallies* of what *counters* has now: what cannot be read is not exported, rather than 0."""
    return Counters(
        hardware_errors={
            (device, kind): tallies[f"{device}/{kind}"].total for device, kind in counters.hardware_errors
        },
        unsupported_neffs={
            device: tallies[f"{device}/{_UNSUPPORTED_NEFF}"].total for device in counters.unsupported_neffs
        },
    )
