"""
Compiled models judged by themselves: against a host, or against a runtime and a chip that somebody names.

The checks are those of a diagnosis; what differs is when there is a verdict. It takes a model that could be read, and
something to hold it against.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from neuron_collectors.facts import NOT_COLLECTED, Failure, Inventory, Neff, Unread

from .catalog.model import Catalog
from .checks.neff import CHECKS
from .engine import diagnose
from .evidence import RUNTIME, Component, Evidence, gather_evidence
from .findings import Severity
from .neff_report import NeffCheck
from .report import exit_code
from .silences import Silencing

OLD_RUNTIME = "aws-neuron-runtime"
"""The package of Neuron Runtime 1, ``neuron-rtd``."""


def check_neffs(
    neffs: Sequence[Neff],
    inventory: Inventory,
    catalog: Catalog,
    as_of: date,
    *,
    fail_on: Severity | None,
    silences: Sequence[Silencing] = (),
) -> NeffCheck:
    """Judge *neffs* against what *inventory* says of a host; raises `CatalogError` for a day before the catalog's."""
    models = tuple(neff for neff in neffs if not isinstance(neff.pkg_version, Unread))
    evidence = gather_evidence(replace(inventory, neffs=models), catalog, as_of)
    runtime, chip = _runtime(evidence), _chip(evidence)
    failures = tuple(Failure(collector="neffs", reason=reason) for neff in neffs if (reason := why_unread(neff)))
    missing = tuple(_missing(len(models), len(failures), known=runtime is not None or chip is not None))
    report = diagnose(evidence, checks=CHECKS, fail_on=fail_on, silences=silences)
    verdict = report.verdict if report.verdict in {"fail", "warn"} else "unknown" if missing else "pass"
    return NeffCheck(
        models=len(models),
        headers_only=sum(neff.target == NOT_COLLECTED for neff in models),
        runtime=runtime.version if runtime else None,
        chip=chip,
        report=replace(
            report,
            failures=failures,
            missing=missing,
            neuron_found=True,
            verdict=verdict,
            exit_code=exit_code(verdict, report.findings, fail_on),
        ),
    )


def _runtime(evidence: Evidence) -> Component | None:
    components = evidence.system.components
    return components.get(RUNTIME) or components.get(OLD_RUNTIME)


def _chip(evidence: Evidence) -> str | None:
    chip = evidence.chip or (evidence.catalog.chip_for_family(evidence.family) if evidence.family else None)
    return chip.device_name if chip else None


def _missing(models: int, unread: int, *, known: bool) -> Iterator[str]:
    """Say what a verdict lacks."""
    if unread or not models:
        yield f"compiled models: {unread} could not be read" if unread else "compiled models: none found"
    if not known:
        yield "runtime library and device: neither is known, --runtime and --target name them"


def why_unread(neff: Neff) -> str | None:
    """Say why a file could not be judged: it is no model, or there is less of it than its header says."""
    if isinstance(neff.pkg_version, Unread):
        return f"{neff.path}: {neff.pkg_version.reason}"
    size, data = neff.payload_size, neff.data_size
    if isinstance(size, int) and isinstance(data, int) and size < data:
        return f"{neff.path}: truncated: {size} of {data} bytes"
    return None
