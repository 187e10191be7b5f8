"""One line that says what a host has: to paste into an issue, and to tell equal hosts from different ones."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from . import __version__
from .findings import Severity
from .report import Report
from .silences import counted

FORM = "nv1"
"""The form of the line; another form of it gets another name."""


def fingerprint(report: Report) -> str:
    """
    Return what *report* says of the host, in one line without the host's own names.

    .. code-block:: text

        nv1 5f1c09aa trn1.32xlarge 16xTrainium1 Ubuntu-22.04.5-LTS 6.8.0-1044-aws aws-neuronx-dkms=2.26.5.0 host=2.28.0
        pass catalog=2.33.1 validator=0.1.0

    The number after the form stands for all of its software: it is equal where hosts are.
    """
    return " ".join("-".join(word.split()) for word in (FORM, _digest(report), *_words(report)))


def _digest(report: Report) -> str:
    """Return eight hexadecimal digits for the platform and every version of every scope."""
    host = report.host
    seen = {f"{row.scope} {row.name} {row.version}" for row in report.components}
    text = "\n".join([str(host.instance_type), str(host.os), str(host.kernel), *sorted(seen)])
    return f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def _words(report: Report) -> Iterator[str]:
    host, devices = report.host, report.devices
    yield host.instance_type or host.family or "unknown-instance"
    if devices.chip:
        yield f"{devices.count or 'some'}x{devices.chip}"
    yield host.os or "unknown-os"
    if host.kernel:
        yield host.kernel
    if host.in_container:
        yield "container"
    yield from dict.fromkeys(f"{row.name}={row.version}" for row in report.components if _is_system(row.scope))
    for summary in report.sdk:
        match = "" if summary.match in {"exact", "range"} else f"{summary.match}:"
        yield f"{summary.scope}={match}{'..'.join(dict.fromkeys((*summary.releases[:1], *summary.releases[-1:])))}"
    worst = [finding.id for finding in counted(report.findings) if finding.severity > Severity.INFO]
    yield ":".join([report.verdict, *dict.fromkeys(worst)])
    yield f"catalog={report.catalog_release}"
    yield f"validator={__version__}"


def _is_system(scope: str) -> bool:
    return not scope.startswith("env:")
