"""How reports say things: the words that the page, markdown and HTML share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..findings import Finding, Severity
from ..report import ComponentRow, DeviceSummary, Report, SdkSummary

VERDICTS: Mapping[str, str] = {
    "pass": "no known fault or conflict.",
    "warn": "it may run, but something will go wrong or is no longer supported.",
    "fail": "something here cannot work as it is.",
    "unknown": "too little is known for a verdict.",
}


def say_devices(devices: DeviceSummary, *, times: str = "\u00d7") -> str | None:
    """Say how many of which chip there are, by the first witness that sees any."""
    if devices.chip is None:
        return None
    witnesses = (devices.pci, devices.driver, devices.nodes, devices.expected)
    count = next((number for number in witnesses if number), None)
    return f"{count} {times} {devices.chip}" if count else devices.chip


def say_witnesses(devices: DeviceSummary) -> str:
    """Say how many devices each witness sees, in short where they agree."""
    counts = {
        "expected": devices.expected,
        "on PCI": devices.pci,
        "in the driver": devices.driver,
        "in /dev": devices.nodes,
    }
    known = {name: count for name, count in counts.items() if count is not None}
    unknown = [name for name, count in counts.items() if count is None]
    if len(set(known.values())) == 1:
        said = [f"{next(iter(known.values()))} {join_words(list(known))}"]
    else:
        said = [f"{count} {name}" for name, count in known.items()]
    return "; ".join(filter(None, (", ".join(said), f"not known: {', '.join(unknown)}" if unknown else "")))


def join_words(words: Sequence[str]) -> str:
    """Join *words* as a sentence does."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def say_driver(report: Report) -> str:
    """Name the loaded driver and the SDK releases that it belongs to."""
    version = report.devices.driver_version
    if version is None:
        return "no loaded driver seen"
    row = next((r for r in report.components if r.component_class == "driver" and r.version == version), None)
    return f"{version} loaded, {say_releases(row)}" if row else f"{version} loaded"


def say_sdk(summary: SdkSummary, report: Report) -> str:
    """Say in words how the components of one scope match the catalog."""
    span = say_span(summary.releases)
    match summary.match:
        case "exact":
            return f"SDK {span}"
        case "range":
            return f"SDK {span} (carried over)"
        case "adjacent":
            return f"SDK {join_words(summary.releases)} (neighbours, as after a partial update)"
        case "mixed":
            odd = (f"{one.package} {one.version} of SDK {say_span(one.releases)}" for one in summary.odd_ones_out)
            return f"mixed: SDK {span}, and {'; '.join(odd)}"
        case "newer-than-catalog":
            return f"newer than the catalog, which ends with SDK {report.catalog_release}"
        case _:
            return "not known"


def say_span(releases: Sequence[str]) -> str:
    """Print releases as their ends."""
    if not releases:
        return "not known"
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def say_releases(row: ComponentRow) -> str:
    """Say which SDK releases list a component."""
    if row.releases:
        return f"SDK {say_span(row.releases)}"
    return {"newer-than-catalog": "newer than known", "unlisted": "not listed"}.get(row.membership, "not known")


def say_newest(row: ComponentRow) -> str:
    """Say which version is the newest of a component's line."""
    if row.superseded_by:
        return f"newest {row.superseded_by}"
    if not row.releases:
        return ""
    return "no newer version" if row.releases_behind else "newest"


def say_behind(row: ComponentRow) -> str:
    """Say how far behind a component is that could be newer."""
    behind = row.releases_behind if row.superseded_by else None
    return f", {behind} release{'s' if behind > 1 else ''} behind" if behind else ""


def say_counts(findings: Sequence[Finding]) -> str:
    """Count the findings of each severity, worst first."""
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in reversed(Severity)}
    return ", ".join(f"{count} {severity.word}" for severity, count in counts.items() if count)


def say_judged(report: Report) -> str:
    """Say by what the host was judged."""
    date = f" of {report.catalog_date.isoformat()}" if report.catalog_date else ""
    known = f"by the catalog up to SDK {report.catalog_release}{date}"
    return f"as of {report.as_of.isoformat()}, {known}; exit code {report.exit_code}"


def say_next(report: Report) -> str:
    """Name the next best action: the first remedy that is due, else what is missing for a verdict."""
    due = next((finding for finding in report.findings if finding.severity > Severity.INFO), None)
    if due is not None:
        return due.remedy.summary
    if report.missing:
        names = join_words([missing.partition(":")[0] for missing in report.missing])
        return f"Make known what a verdict needs: {names}."
    return "Nothing has to be done; what is above is good to know." if report.findings else "Nothing to do."
