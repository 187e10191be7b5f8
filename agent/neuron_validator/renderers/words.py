"""How reports say things: the words that the page, markdown and HTML share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..findings import Finding, Severity
from ..report import ComponentRow, DeviceSummary, Report, SdkSummary
from ..silences import counted

VERDICTS: Mapping[str, str] = {
    "pass": "no known fault or conflict.",
    "warn": "it may run, but something will go wrong or is no longer supported.",
    "fail": "something here cannot work as it is.",
    "unknown": "too little is known for a verdict.",
}


def say_devices(devices: DeviceSummary, *, times: str = "\u00d7") -> str | None:
    """Say how many of which chip there are."""
    if devices.chip is None:
        return None
    return f"{devices.count} {times} {devices.chip}" if devices.count else devices.chip


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
        unread = any(failure.collector == "driver" for failure in report.failures)
        return "not known" if unread else "no loaded driver seen"
    row = next((r for r in report.components if r.component_class == "driver" and r.version == version), None)
    return f"{version} loaded, {say_releases(row)}" if row else f"{version} loaded"


def say_sdk(summary: SdkSummary, report: Report) -> str:
    """Say in words how the components of one scope match the catalog."""
    match summary.match:
        case "mixed":
            odd = (f"{one.package} {one.version} of SDK {say_span(one.releases)}" for one in summary.odd_ones_out)
            return f"mixed: SDK {say_span(summary.releases)}, and {'; '.join(odd)}"
        case "newer-than-catalog":
            return f"newer than the catalog, which ends with SDK {report.catalog_release}"
        case "unknown":
            return "not known"
        case _:
            notes = {"range": " (the same in each)", "adjacent": " (neighbours, as after a partial update)"}
            return say_sdk_briefly(summary) + notes.get(summary.match, "")


def say_sdk_briefly(summary: SdkSummary) -> str:
    """Say it in a few words."""
    match summary.match:
        case "exact" | "range":
            return f"SDK {say_span(summary.releases)}"
        case "adjacent":
            return f"SDK {join_words(summary.releases)}"
        case "mixed":
            return f"SDK {say_span(summary.releases)} mixed with others"
        case "newer-than-catalog":
            return "SDK newer than the catalog"
        case _:
            return "SDK release not known"


def say_span(releases: Sequence[str]) -> str:
    """Print releases as their ends."""
    if not releases:
        return "not known"
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def say_releases(row: ComponentRow) -> str:
    """Say which SDK releases list a component."""
    if row.releases:
        return f"SDK {say_span(row.releases)}"
    words = {"known": "", "newer-than-catalog": "newer than known", "unlisted": "not listed"}
    return words.get(row.membership, "not known")


def say_phase(row: ComponentRow) -> str:
    """Name the phase of a component where it is known."""
    return "" if row.phase == "unknown" else row.phase


def say_change(row: ComponentRow) -> str:
    """Say what changes next in a component's life: its end of support, else the phase that is announced."""
    if row.phase == "end-of-support":
        return f"ended {row.end_of_support}" if row.end_of_support else ""
    if row.end_of_support or row.end_of_support_release:
        return f"ends {row.end_of_support}" if row.end_of_support else f"ends with SDK {row.end_of_support_release}"
    return f"{row.next_phase} from {row.next_phase_when}" if row.next_phase and row.next_phase_when else ""


def say_newest(row: ComponentRow) -> str:
    """Say which version is the newest of a component's line, where it has not got it."""
    return f"newest {row.superseded_by}" if row.superseded_by else ""


def say_behind(row: ComponentRow) -> str:
    """Say how far behind a component is that could be newer."""
    behind = row.releases_behind if row.superseded_by else None
    return f", {behind} release{'s' if behind > 1 else ''} behind" if behind else ""


def say_counts(findings: Sequence[Finding]) -> str:
    """Count the findings of each severity, worst first."""
    heard = [finding.severity for finding in counted(findings)]
    counts = {_plural(severity, heard.count(severity)): heard.count(severity) for severity in reversed(Severity)}
    silenced = {"silenced": len(findings) - len(heard)}
    return ", ".join(f"{count} {word}" for word, count in (counts | silenced).items() if count)


def _plural(severity: Severity, count: int) -> str:
    """Name a severity as it is counted."""
    return "warnings" if severity is Severity.WARNING and count > 1 else severity.word


def say_weight(finding: Finding) -> str:
    """Name what a finding counts for: its severity, or nothing while it is silenced."""
    return "silenced" if finding.silence is not None else finding.severity.word


def say_verdict(report: Report) -> str:
    """Say what the verdict means."""
    if report.verdict == "pass" and len(counted(report.findings)) < len(report.findings):
        return "no known fault or conflict but what is silenced."
    return VERDICTS[report.verdict]


def say_judged(report: Report) -> str:
    """Say by what the host was judged."""
    date = f" of {report.catalog_date.isoformat()}" if report.catalog_date else ""
    known = f"by the catalog up to SDK {report.catalog_release}{date}"
    return f"as of {report.as_of.isoformat()}, {known}; exit code {report.exit_code}"


def say_next(report: Report) -> str:
    """Name the next best action: the first remedy that is due, else what is missing for a verdict."""
    due = next((finding for finding in counted(report.findings) if finding.severity > Severity.INFO), None)
    if due is not None:
        return due.remedy.summary
    if not report.neuron_found:
        return "Nothing to do, unless this host should have Neuron devices."
    if report.missing:
        names = join_words([missing.partition(":")[0] for missing in report.missing])
        return f"Give or make readable what a verdict needs: {names}."
    return "Nothing has to be done; the findings are good to know." if report.findings else "Nothing to do."


def say_headline(report: Report) -> str:
    """Say in a few words what decides the exit code: the first finding that it tells of, else what is known."""
    told = next((finding for finding in report.findings if report.fails(finding)), None)
    if told is not None:
        return told.title + ("" if told.scope == "host" else f" ({told.scope})")
    if not report.neuron_found:
        return "no Neuron device or software found"
    if report.verdict == "unknown":
        return f"no verdict, missing: {', '.join(missing.partition(':')[0] for missing in report.missing)}"
    host, summary = report.host, next(iter(report.sdk), None)
    parts = (
        host.instance_type or host.family,
        say_devices(report.devices, times="x"),
        f"driver {report.devices.driver_version}" if report.devices.driver_version else None,
        say_sdk(summary, report) if summary else None,
    )
    return ", ".join(part for part in parts if part) or "nothing to complain of"


def say_place(finding: Finding) -> str:
    """Say where a finding is, in front of it; the host needs no word."""
    return "" if finding.scope == "host" else f"{finding.scope}: "


def say_facts(report: Report) -> list[tuple[str, str]]:
    """Return what anyone asks first of a host, each with its label."""
    host = report.host
    place = {None: "not known", True: "yes", False: "no"}[host.in_container]
    sdk = [
        say_sdk(one, report) if len(report.sdk) == 1 else f"{one.scope}: {say_sdk(one, report)}" for one in report.sdk
    ]
    return [
        ("Instance", host.instance_type or host.family or "not known"),
        ("Chip", say_devices(report.devices) or "not known"),
        ("Devices", say_witnesses(report.devices)),
        ("Driver", say_driver(report)),
        ("Operating system", host.os or "not known"),
        ("Kernel", host.kernel or "not known"),
        ("glibc", host.glibc or "not known"),
        ("In a container", place),
        *(("SDK", one) for one in sdk or ["not known"]),
    ]


def say_told(finding: Finding) -> list[tuple[str, str]]:
    """Return what a finding tells below its title, each with its label; commands stand for themselves."""
    remedy, rule = finding.remedy, finding.rule
    told = [
        ("Found", finding.observed),
        ("Expected", finding.expected),
        ("Why", finding.why),
        ("Silenced", _say_silence(finding)),
        *(("Explains", consequence) for consequence in finding.consequences),
        ("Check", finding.id),
        ("Rule", f"{rule.id} ({rule.confidence}, read {rule.retrieved}): {rule.source}" if rule else ""),
        ("Documentation", finding.docs),
        ("Do", remedy.summary + (" Then reboot." if remedy.reboot else "")),
    ]
    return [(label, text) for label, text in told if text]


def _say_silence(finding: Finding) -> str:
    """Say until when a finding does not count, or since when it counts again, and why."""
    if finding.silence is not None:
        return f"{finding.severity.word} until {finding.silence.until.isoformat()} ({finding.silence.reason})"
    ended = finding.expired_silence
    return f"ended on {ended.until.isoformat()} ({ended.reason})" if ended else ""


def say_gap(reason: str) -> str:
    """Say of ``driver: permission`` what could not be looked at."""
    name, _, why = reason.partition(": ")
    return f"{name} not known" + (f": {why}" if why else "")


def say_gaps(report: Report) -> list[tuple[str, str]]:
    """Return what a verdict lacks, what could not be read, and what could not be checked for one reason."""
    skipped: dict[str, list[str]] = {}
    for skip in report.skipped:
        skipped.setdefault(_briefly(skip.reason, report), []).append(skip.check)
    return [
        *(("Missing for a verdict", _briefly(missing, report)) for missing in report.missing),
        *(("Not read", f"{failure.collector}: {failure.reason}") for failure in report.failures),
        *(("Skipped", f"{', '.join(checks)}: {reason}") for reason, checks in skipped.items()),
    ]


def _briefly(reason: str, report: Report) -> str:
    """Say what is not known; why a collector failed is told of the collector."""
    name, _, why = reason.partition(": ")
    return say_gap(name if any(why == failure.reason for failure in report.failures) else reason)
