"""How facts of a report are said in plain words, the same in every format for people."""

from __future__ import annotations

from collections.abc import Sequence

from ..report import DeviceSummary, Report, SdkSummary


def join(words: Sequence[str]) -> str:
    """Join *words* as a sentence does."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def span(releases: Sequence[str]) -> str:
    """Print releases as their ends."""
    if not releases:
        return "not known"
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def describe_sdk(summary: SdkSummary, report: Report) -> str:
    """Say how the components of one scope match the catalog."""
    if summary.match == "mixed":
        odd = (f"{one.package} {one.version} of SDK {span(one.releases)}" for one in summary.odd_ones_out)
        return f"mixed: SDK {span(summary.releases)}, and {'; '.join(odd)}"
    if summary.match == "newer-than-catalog":
        return f"newer than the catalog, which ends with SDK {report.catalog_release}"
    if summary.match == "unknown":
        return "not known"
    notes = {"range": " (carried over)", "adjacent": " (neighbours, as after a partial update)"}
    return brief_sdk(summary) + notes.get(summary.match, "")


def brief_sdk(summary: SdkSummary) -> str:
    """Say it in a few words."""
    match summary.match:
        case "exact" | "range":
            return f"SDK {span(summary.releases)}"
        case "adjacent":
            return f"SDK {join(summary.releases)}"
        case "mixed":
            return f"SDK {span(summary.releases)} mixed with others"
        case "newer-than-catalog":
            return "SDK newer than the catalog"
        case _:
            return "SDK release not known"


def describe_witnesses(devices: DeviceSummary) -> str:
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
        said = [f"{next(iter(known.values()))} {join(list(known))}"]
    else:
        said = [f"{count} {name}" for name, count in known.items()]
    return "; ".join(filter(None, (", ".join(said), f"not known: {', '.join(unknown)}" if unknown else "")))
