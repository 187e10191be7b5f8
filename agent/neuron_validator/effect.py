"""When what was said takes effect: with which SDK release, on which day, and until it is said otherwise."""

from __future__ import annotations

import datetime as dt

from .catalog.events import Effective, Event
from .catalog.model import Catalog, Release


def released(name: str, catalog: Catalog) -> Release | None:
    """Return the SDK release *name*, or for ``2.34`` the first of that train, if the catalog knows it."""
    exact = catalog.release(name)
    if exact is not None or name.count(".") > 1:
        return exact
    return next((release for release in catalog.releases if release.release.startswith(f"{name}.")), None)


def is_replaced(event: Event, as_of: dt.date) -> bool:
    """Tell whether a record known on *as_of* stands in the place of *event*, or *event* only repeats one."""
    by = (event.superseded, event.closed)
    return event.repeats is not None or any(one is not None and one.known_from <= as_of for one in by)


def begins(event: Event, catalog: Catalog, as_of: dt.date) -> dt.date | None:
    """Return the day on which *event* took effect, if it has; of a statement without a date the day it was made."""
    effective = event.effective
    if effective.release is None and effective.date is None:
        return event.known_from if event.kind == "statement" and effective.condition is None else None
    day = day_of(effective, catalog)
    return day if day is not None and day <= as_of else None


def day_of(effective: Effective, catalog: Catalog) -> dt.date | None:
    """Return the day that *effective* names or whose release is out; `None` where there is none yet."""
    if effective.date is not None:
        return effective.date
    release = released(effective.release, catalog) if effective.release and effective.published else None
    return release.date if release else None
