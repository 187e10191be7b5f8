"""
Every metric there is, in the order in which it is exported.

Names and labels are public: added to freely, never renamed. `docs/metrics.md` and the README's table are made of this
table. A metric is *stable* when a dashboard may rest on it, *experimental* when the meaning of its labels or its value
may still change in a minor release. Where a name has to change all the same, both are exported for one minor release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Literal

from neuron_collectors.facts.frozen import dataclass

from . import samples
from .exposed import Exposition
from .samples import Sample
from .states import (
    CATEGORIES,
    CHECK_STATES,
    DEVICE_STATES,
    ERROR_KINDS,
    LEVELS,
    MATCHES,
    PHASES,
    SEVERITIES,
    SOURCES,
    VERDICTS,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric."""

    name: str
    """In full, with the ``_total`` of a counter."""
    type: Literal["gauge", "counter"]
    help: str
    """One sentence, without its full stop."""
    labels: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By label, the values of those that have one of a few."""
    stability: Literal["stable", "experimental"]
    samples: Callable[[Exposition], Iterable[Sample]]


METRICS: tuple[Metric, ...] = (
    Metric(
        name="neuron_validator_up",
        type="gauge",
        help="Whether the program runs: always 1",
        stability="stable",
        samples=samples.up,
    ),
    Metric(
        name="neuron_validator_build_info",
        type="gauge",
        help="Version of the program, commit that it was installed from, Python that runs it",
        labels=("version", "revision", "python_version"),
        stability="stable",
        samples=samples.build_info,
    ),
    Metric(
        name="neuron_validator_host_info",
        type="gauge",
        help="What the host is; a label without a value is not known",
        labels=("instance_type", "family", "os", "kernel"),
        stability="stable",
        samples=samples.host_info,
    ),
    Metric(
        name="neuron_validator_devices",
        type="gauge",
        help="Neuron devices that the instance type has, and that PCI bus, driver and /dev show",
        labels=("state",),
        words={"state": DEVICE_STATES},
        stability="stable",
        samples=samples.devices,
    ),
    Metric(
        name="neuron_validator_device_info",
        type="gauge",
        help="Each device by the driver's number, with its PCI address where a witness tells it",
        labels=("device", "chip", "pci_address"),
        stability="stable",
        samples=samples.device_info,
    ),
    Metric(
        name="neuron_validator_component_info",
        type="gauge",
        help="Each version of each component that is there, and the kind of source that shows it",
        labels=("component", "version", "scope", "source"),
        words={"source": SOURCES},
        stability="stable",
        samples=samples.component_info,
    ),
    Metric(
        name="neuron_validator_component_phase",
        type="gauge",
        help="Phase of each component in AWS's maintenance policy: 1 for the phase that it is in",
        labels=("component", "scope", "phase"),
        words={"phase": PHASES},
        stability="stable",
        samples=samples.component_phase,
    ),
    Metric(
        name="neuron_validator_component_end_of_support_timestamp_seconds",
        type="gauge",
        help="Day, from 00:00 UTC, on which support of the component ends or has ended",
        labels=("component", "scope"),
        stability="stable",
        samples=samples.component_end_of_support,
    ),
    Metric(
        name="neuron_validator_component_end_of_support_announced",
        type="gauge",
        help="End of support that is announced for an SDK release which has no day yet: always 1",
        labels=("component", "scope", "release"),
        stability="stable",
        samples=samples.component_end_of_support_announced,
    ),
    Metric(
        name="neuron_validator_component_level",
        type="gauge",
        help="Level of each component: 1 for the level that it has",
        labels=("component", "scope", "level"),
        words={"level": LEVELS},
        stability="experimental",
        samples=samples.component_level,
    ),
    Metric(
        name="neuron_validator_component_releases_behind",
        type="gauge",
        help="Minor SDK releases between the component's newest release and the latest of the catalog",
        labels=("component", "scope"),
        stability="stable",
        samples=samples.component_releases_behind,
    ),
    Metric(
        name="neuron_validator_sdk_release_info",
        type="gauge",
        help="Newest SDK release that explains what is installed in the scope, and how well it does",
        labels=("scope", "release", "match"),
        words={"match": MATCHES},
        stability="experimental",
        samples=samples.sdk_release_info,
    ),
    Metric(
        name="neuron_validator_check_status",
        type="gauge",
        help="Status of each check, the worst over all scopes: 1 for the status that it has",
        labels=("check", "status"),
        words={"status": CHECK_STATES},
        stability="stable",
        samples=samples.check_status,
    ),
    Metric(
        name="neuron_validator_check_last_transition_timestamp_seconds",
        type="gauge",
        help="When the status of the check last changed",
        labels=("check",),
        stability="stable",
        samples=samples.check_last_transition,
    ),
    Metric(
        name="neuron_validator_findings",
        type="gauge",
        help="Findings of the last judgement",
        labels=("severity", "category"),
        words={"severity": SEVERITIES, "category": CATEGORIES},
        stability="stable",
        samples=samples.findings,
    ),
    Metric(
        name="neuron_validator_verdict",
        type="gauge",
        help="Verdict of the last judgement: 1 for the one that was reached",
        labels=("verdict",),
        words={"verdict": VERDICTS},
        stability="stable",
        samples=samples.verdict,
    ),
    Metric(
        name="neuron_validator_device_hardware_errors_total",
        type="counter",
        help="Errors that driver and firmware count, by the driver's name for them; one fault may count under several",
        labels=("device", "kind"),
        words={"kind": ERROR_KINDS},
        stability="experimental",
        samples=samples.device_hardware_errors,
    ),
    Metric(
        name="neuron_validator_device_unsupported_neff_total",
        type="counter",
        help="Compiled models that the device refused because it does not know their format",
        labels=("device",),
        stability="experimental",
        samples=samples.device_unsupported_neff,
    ),
    Metric(
        name="neuron_validator_collector_success",
        type="gauge",
        help="Whether the collector's last run came back with a fact",
        labels=("collector",),
        stability="stable",
        samples=samples.collector_success,
    ),
    Metric(
        name="neuron_validator_collector_duration_seconds",
        type="gauge",
        help="How long the collector's last run took",
        labels=("collector",),
        stability="stable",
        samples=samples.collector_duration,
    ),
    Metric(
        name="neuron_validator_collector_last_run_timestamp_seconds",
        type="gauge",
        help="When the collector's last run ended or was given up",
        labels=("collector",),
        stability="stable",
        samples=samples.collector_last_run,
    ),
    Metric(
        name="neuron_validator_collector_stuck",
        type="gauge",
        help="Whether the collector has not answered within its deadline, nor since",
        labels=("collector",),
        stability="stable",
        samples=samples.collector_stuck,
    ),
    Metric(
        name="neuron_validator_catalog_info",
        type="gauge",
        help="Latest SDK release that the catalog knows",
        labels=("latest_release",),
        stability="stable",
        samples=samples.catalog_info,
    ),
    Metric(
        name="neuron_validator_catalog_timestamp_seconds",
        type="gauge",
        help="Day of the catalog, from 00:00 UTC",
        stability="stable",
        samples=samples.catalog_timestamp,
    ),
    Metric(
        name="neuron_validator_report_timestamp_seconds",
        type="gauge",
        help="When the host was last judged",
        stability="stable",
        samples=samples.report_timestamp,
    ),
    Metric(
        name="neuron_validator_silenced_checks",
        type="gauge",
        help="Checks whose findings are silenced",
        stability="experimental",
        samples=samples.silenced_checks,
    ),
    Metric(
        name="neuron_validator_textfile_written_timestamp_seconds",
        type="gauge",
        help="When this file was written; only in a file for node_exporter",
        stability="stable",
        samples=samples.textfile_written,
    ),
)
