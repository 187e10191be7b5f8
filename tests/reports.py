"""Findings and reports built by hand, for tests of what is done with them."""

from __future__ import annotations

from datetime import date
from typing import Any

from neuron_validator.findings import Excerpt, Finding, Remedy, RuleReference, Severity
from neuron_validator.releases import OddOneOut
from neuron_validator.report import ComponentRow, DeviceSummary, HostSummary, Report, SdkSummary

RULE = RuleReference(id="DRV-RT-001", source="notes.rst#L435", retrieved="2026-11-21", confidence="documented")
ODD = OddOneOut(package="neuronx-cc", version="2.25.3371.0", releases=("2.30.0",))


def finding(**fields: Any) -> Finding:
    """Return a finding of the check ``some-check``, changed by *fields*."""
    common: dict[str, Any] = {
        "id": "some-check",
        "severity": Severity.WARNING,
        "category": "driver",
        "kind": "incompatible",
        "components": ("aws-neuronx-dkms",),
        "title": "Driver and runtime do not fit",
        "observed": "driver 2.26.5.0",
        "expected": "driver 2.27 or newer",
        "why": "It does not start.",
        "remedy": Remedy(summary="Install another driver.", commands=("sudo modprobe neuron",)),
        "evidence": (Excerpt(source="/sys/module/neuron/version", text="2.26.5.0"),),
        "rule": RULE,
        "docs": "https://docs.example/driver.html",
    }
    return Finding(**{**common, **fields})


def row(**fields: Any) -> ComponentRow:
    """Return the row of a driver of SDK 2.28.0, changed by *fields*."""
    common: dict[str, Any] = {
        "name": "aws-neuronx-dkms",
        "version": "2.26.5.0",
        "component_class": "driver",
        "scope": "host",
        "source": "/sys/module/neuron/version",
        "releases": ("2.28.0",),
        "membership": "known",
        "releases_behind": 5,
        "superseded_by": "2.31.7.0",
    }
    return ComponentRow(**{**common, **fields})


def devices(*counts: int | None, **fields: Any) -> DeviceSummary:
    """Return what the witnesses see: expected, PCI, driver, nodes."""
    names = ("expected", "pci", "driver", "nodes")
    common: dict[str, Any] = {
        "chip": "Trainium1",
        "driver_version": "2.26.5.0",
        **dict(zip(names, counts, strict=True)),
    }
    return DeviceSummary(**{**common, **fields})


def sdk(match: str, *releases: str, **fields: Any) -> SdkSummary:
    """Return how one scope matches the catalog."""
    common: dict[str, Any] = {"scope": "host", "releases": releases, "match": match, "odd_ones_out": ()}
    return SdkSummary(**{**common, **fields})


def report(**fields: Any) -> Report:
    """Return the report on a healthy trn1.2xlarge, changed by *fields*."""
    common: dict[str, Any] = {
        "as_of": date(2026, 11, 21),
        "catalog_release": "2.33.1",
        "catalog_date": date(2026, 11, 11),
        "host": HostSummary(
            instance_type="trn1.2xlarge",
            family="trn1",
            os="Ubuntu 22.04.5 LTS",
            kernel="6.8.0-1044-aws",
            glibc="2.35",
            in_container=False,
        ),
        "devices": devices(1, 1, 1, 1),
        "sdk": (sdk("exact", "2.28.0"),),
        "components": (row(),),
        "findings": (),
        "skipped": (),
        "checks": (),
        "failures": (),
        "missing": (),
        "looked_at": ("driver",),
        "neuron_found": True,
        "verdict": "pass",
        "exit_code": 0,
    }
    return Report(**{**common, **fields})
