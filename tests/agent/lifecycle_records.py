"""One record of each table of life-cycle, classification, settings, policy and dependencies, with what it needs."""

from __future__ import annotations

from typing import Any

_COMMON: dict[str, Any] = {
    "when": {},
    "effective": {},
    "known_from": "2024-07-03",
    "disagrees": [],
    "confidence": "documented",
    "source": "https://example.com/",
    "retrieved": "2026-12-11",
}

LIFECYCLE_RECORDS: dict[str, dict[str, Any]] = {
    "lifecycle.jsonl": {
        **_COMMON,
        "id": "stable-ubuntu-24.04",
        "kind": "statement",
        "subject": {"class": "os", "name": "Ubuntu", "version": "==24.04"},
        "phase": "stable",
    },
    "classification.jsonl": {
        **_COMMON,
        "id": "feature-example",
        "kind": "label",
        "subject": {"class": "feature", "name": "Example"},
        "level": "beta",
        "basis": "label",
        "current": True,
    },
    "env_vars.jsonl": {
        **_COMMON,
        "id": "NEURON_EXAMPLE",
        "kind": "setting",
        "subject": {"class": "env", "name": "NEURON_EXAMPLE"},
        "status": "active",
        "level": "stable",
        "documented": {"from": None, "until": None},
    },
    "compiler_flags.jsonl": {
        **_COMMON,
        "id": "neuronx-cc --example",
        "kind": "setting",
        "subject": {"class": "flag", "name": "--example"},
        "status": "active",
        "level": "stable",
        "documented": {"from": None, "until": None},
    },
    "policy.jsonl": {
        **_COMMON,
        "id": "LC-99",
        "kind": "life-cycle",
        "known_from": "2024-09-16",
        "subject": {"name": "an example", "classes": ["api"]},
        "effective": {"release": "2.20.0", "date": "2024-09-16"},
        "until": None,
        "says": "Examples are examples.",
        "parameters": {},
    },
    "dependencies.jsonl": {
        **_COMMON,
        "id": "python-3.99",
        "kind": "python",
        "subject": {"class": "python", "name": "Python", "version": "3.99"},
        "released": None,
        "effective": {"date": "2031-10-31"},
        "extended": None,
    },
}
