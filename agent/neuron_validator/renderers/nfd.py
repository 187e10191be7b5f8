"""
A feature file for Kubernetes' Node Feature Discovery: labels of the node, one a line.

.. code-block:: text

    neuron-validator.verdict=pass
    neuron-validator.sdk=2.33.1
    neuron-validator.driver=2.31.7.0

NFD puts ``feature.node.kubernetes.io/`` before names without a slash:
https://kubernetes-sigs.github.io/node-feature-discovery/stable/usage/customization-guide.html#local-feature-source
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..report import Report

_PREFIX = "neuron-validator"
_UNKNOWN = 3
_LONGEST = 63
"""Characters of a label's value, of which the first and the last are letters or digits."""
_REFUSED = re.compile(r"[^A-Za-z0-9._-]+")


def render(report: Report) -> str:
    """Return the labels of *report*; what is not known has none."""
    values = ((name, _label_value(value)) for name, value in _facts(report) if value is not None)
    return "".join(f"{_PREFIX}.{name}={value}\n" for name, value in values if value)


def render_unknown(reason: str) -> str:  # noqa: ARG001 - a label has no room for it
    """Return the labels for when there is no report to speak of."""
    return f"{_PREFIX}.verdict=unknown\n"


def exit_code(report: Report | None) -> int:
    """Return the program's own exit code; without a report there is no verdict."""
    return _UNKNOWN if report is None else report.exit_code


def _facts(report: Report) -> Iterator[tuple[str, str | None]]:
    """Return what pods may want to be placed by."""
    yield "verdict", report.verdict
    yield "sdk", _sdk(report)
    yield "driver", report.devices.driver_version
    yield "runtime", _host_version(report, "runtime")
    yield "chip", report.devices.chip
    yield "devices", str(report.devices.driver) if report.devices.driver is not None else None


def _sdk(report: Report) -> str | None:
    """Return the newest release that explains the host, or in a word why none does."""
    summary = next((one for one in report.sdk if one.scope in ("host", "container")), None)
    if summary is None:
        return None
    return summary.releases[-1] if summary.match in ("exact", "range", "adjacent") else summary.match


def _host_version(report: Report, component_class: str) -> str | None:
    """Return the version of the only component of its class outside environments; of several none is the version."""
    rows = [
        row
        for row in report.components
        if row.component_class == component_class and row.scope in ("host", "container")
    ]
    versions = {row.version for row in rows}
    return versions.pop() if len(versions) == 1 else None


def _label_value(text: str) -> str:
    """
    Return *text* as Kubernetes accepts it in a label.

    >>> _label_value("2.9.0.2.11.19912+e48cd891")
    '2.9.0.2.11.19912_e48cd891'
    """
    return _REFUSED.sub("_", text).strip("._-")[:_LONGEST].rstrip("._-")
