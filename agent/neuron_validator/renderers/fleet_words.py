"""How many hosts together are told in words, the same on the page and in HTML."""

from __future__ import annotations

from ..fleet import Fleet


def say_hosts(count: int) -> str:
    """Count hosts."""
    return f"{count:,} host{'' if count == 1 else 's'}"


def say_verdicts(fleet: Fleet) -> str:
    """Count the hosts of each verdict, the worst first."""
    return ", ".join(f"{count:,} {verdict}" for verdict, count in fleet.verdicts.items() if count)


def say_kinds(fleet: Fleet) -> str:
    """Say how alike the hosts are, and as of when they were judged."""
    days = " to ".join(day.isoformat() for day in dict.fromkeys(fleet.days))
    sets = f"{fleet.kinds:,} different set{'' if fleet.kinds == 1 else 's'} of software"
    return f"{sets}; judged as of {days}"


def say_value(value: str) -> str:
    """Say what a host has of something."""
    return value or "not known"
