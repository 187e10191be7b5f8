"""The values of labels that are one of a few words, in the order in which they are shown."""

from __future__ import annotations

from typing import get_args

from ..findings import Category, Severity
from ..releases import Match
from .counters import HEALTH_KINDS, STATUS_KINDS

SEVERITIES = tuple(severity.word for severity in Severity)
CATEGORIES: tuple[str, ...] = get_args(Category)
VERDICTS = ("pass", "warn", "fail", "unknown")
CHECK_STATES = ("pass", "info", "warning", "critical", "skipped", "silenced")
PHASES = ("beta", "release-candidate", "stable", "maintenance", "end-of-support")
"""Without ``unknown``: what is not known has no sample."""
LEVELS = ("alpha", "beta", "stable")
DEVICE_STATES = ("expected", "pci", "driver", "node")
MATCHES: tuple[str, ...] = get_args(Match)
SOURCES = ("sysfs", "module-file", "os-release", "library", "environment", "dpkg", "rpm", "package database")
ERROR_KINDS = STATUS_KINDS + HEALTH_KINDS
