"""Whether the SDK release that is installed supports this Python and this operating system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..catalog.events import Event
from ..endings import reference_to
from ..evidence import Component, Evidence, Scope
from ..findings import MAX_COMPONENTS, Category, Check, Excerpt, Finding, Remedy, Severity
from ..foundations import Foundation, foundation_of, too_new, too_old

_SETUP = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/setup/index.html"
_ANNOUNCEMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/index.html"


def python_unsupported(evidence: Evidence) -> Iterator[Finding]:
    """Say which environments have a Python that their Neuron packages do not support, any more or yet."""
    for scope in evidence.scopes:
        found = foundation_of(scope, evidence) if scope.environment is not None else None
        limit = found and (too_new(found, evidence) or too_old(found, evidence))
        if found and limit:
            yield _finding(scope, found, *limit, category="python")


def os_unsupported(evidence: Evidence) -> Iterator[Finding]:
    """Say that the installed Neuron software does not support this operating system any more."""
    found = foundation_of(evidence.system, evidence)
    limit = found and too_new(found, evidence)
    if found and limit:
        yield _finding(evidence.system, found, *limit, category="os")


def _finding(
    scope: Scope, foundation: Foundation, record: Event, components: Sequence[Component], *, category: Category
) -> Finding:
    what, release = foundation.name, record.effective.release
    ended = record.phase == "end-of-support"
    names = ", ".join(f"{component.name} {component.version}" for component in components[:MAX_COMPONENTS])
    limit = f"SDK {release} ended support for {what}" if ended else f"support for {what} began with SDK {release}"
    return Finding(
        id=f"{category}-unsupported",
        severity=Severity.WARNING,
        category=category,
        kind="unsupported",
        components=tuple(dict.fromkeys(component.name for component in components))[:MAX_COMPONENTS],
        scope=scope.name,
        title=f"{what} is not supported {'by' if ended else 'yet by'} the Neuron software here",
        observed=f"{what} with {names}",
        expected=record.replacement or (f"software before SDK {release}" if ended else f"SDK {release} or newer"),
        why=f"{limit[0].upper()}{limit[1:]}; what does not fit together may install and then fail.",
        remedy=Remedy(summary=_way_out(what, record)),
        evidence=(Excerpt(source=foundation.source, text=what),),
        rule=reference_to(record),
        docs=_ANNOUNCEMENTS if ended else _SETUP,
    )


def _way_out(what: str, record: Event) -> str:
    if record.phase == "end-of-support":
        return f"Move from {what} to {record.replacement}." if record.replacement else f"Move to a successor of {what}."
    return f"Update to SDK {record.effective.release} or newer, or use an older Python."


CHECKS = (
    Check(
        id="python-unsupported",
        category="python",
        title="The Python of each environment is supported by the packages in it",
        severity=Severity.WARNING,
        needs=("Python environments",),
        run=python_unsupported,
        consequences=("python-untested",),
        docs=_ANNOUNCEMENTS,
    ),
    Check(
        id="os-unsupported",
        category="os",
        title="The operating system is supported by the installed SDK release",
        severity=Severity.WARNING,
        needs=("operating system",),
        run=os_unsupported,
        consequences=("platform-untested",),
        docs=_ANNOUNCEMENTS,
    ),
)
