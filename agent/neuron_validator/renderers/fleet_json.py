"""Many hosts together, for programs: ``schema_version`` "1.0", in which keys are added and never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import __version__
from ..fleet import Fleet, FleetHost
from .text import map_text, to_unicode

SCHEMA_VERSION = "1.0"


def render(fleet: Fleet) -> str:
    """Return *fleet* as JSON, in ASCII."""
    return json.dumps(to_mapping(map_text(fleet, to_unicode)), indent=2) + "\n"


def to_mapping(fleet: Fleet) -> Mapping[str, Any]:
    """Return what the document says, in the order of its keys."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "neuron-validator", "version": __version__},
        "as_of": [day.isoformat() for day in fleet.days],
        "verdicts": dict(fleet.verdicts),
        "kinds": fleet.kinds,
        "skew": {
            skew.property: [{"value": share.value or None, "hosts": share.hosts} for share in skew.shares]
            for skew in fleet.skews
        },
        "outliers": [
            {
                "host": one.host,
                "instance_type": one.instance_type,
                "property": one.property,
                "value": one.value,
                "majority": one.majority,
                "hosts": one.hosts,
                "of": one.of,
            }
            for one in fleet.outliers
        ],
        "findings": [
            {"id": f.id, "severity": f.severity.word, "hosts": f.hosts, "example": f.example, "first": f.first}
            for f in fleet.findings
        ],
        "end_of_support": [
            {
                "date": one.date.isoformat() if one.date else None,
                "release": one.release,
                "component": one.component,
                "versions": list(one.versions),
                "hosts": one.hosts,
            }
            for one in fleet.endings
        ],
        "hosts": [_host(host) for host in fleet.hosts],
        "unread": [{"file": one.name, "reason": one.reason} for one in fleet.unread],
    }


def _host(host: FleetHost) -> Mapping[str, Any]:
    return {
        "name": host.name,
        "verdict": host.verdict,
        "instance_type": host.instance_type or None,
        "devices": host.devices or None,
        "os": host.os or None,
        "kernel": host.kernel or None,
        "sdk": host.sdk or None,
        "driver": host.driver or None,
        "runtime": host.runtime or None,
        "findings": [{"id": finding.id, "severity": finding.severity.word} for finding in host.findings],
        "fingerprint": host.fingerprint,
        "as_of": host.as_of.isoformat(),
    }
