"""What is installed: is it still supported, and is there something newer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from neuron_collectors.facts.frozen import dataclass

from ..catalog.labels import LevelName
from ..catalog.model import Package
from ..classification import level_of, promise_of, promised_words
from ..endings import Ending, endings, reference_to, successor_of
from ..evidence import Component, Evidence, Scope
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..remedies import change_version

_POLICY = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/sdk-policy.html"
_LIFECYCLE = f"{_POLICY}#neuron-software-lifecycle"
_CLASSIFICATION = f"{_POLICY}#sdk-classification"
_UPDATES = f"{_POLICY}#neuron-regular-updates"
_ANNOUNCEMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/index.html"


def end_of_support(evidence: Evidence) -> Iterator[Finding]:
    """Say what has lost its support, or will: one finding for each place."""
    for scope in evidence.scopes:
        found = endings(scope, evidence)
        if found:
            yield _ended(scope, found, evidence)


def _ended(scope: Scope, found: Sequence[Ending], evidence: Evidence) -> Finding:
    grave = [ending for ending in found if ending.certain and (ending.in_force or ending.is_near(evidence))]
    first = (grave or found)[0]
    return Finding(
        id="end-of-support",
        severity=Severity.WARNING if grave else Severity.INFO,
        category="lifecycle",
        kind="ageing",
        components=tuple(dict.fromkeys(ending.package for ending in found if ending.package))[:MAX_COMPONENTS],
        scope=scope.name,
        title=_ended_title(grave or found, evidence),
        observed="; ".join(f"{e.what}: {e.words}" for e in found),
        expected="software that still gets fixes",
        why="After the end of support nothing is mended any more, security faults among it; what was released stays.",
        remedy=_successor(first, evidence),
        evidence=tuple(Excerpt(source=ending.source, text=ending.what) for ending in found),
        rule=first.reference,
        docs=_ANNOUNCEMENTS,
    )


def _ended_title(found: Sequence[Ending], evidence: Evidence) -> str:
    """Say in one line what it is about, in the words of the gravest."""
    in_force = [ending for ending in found if ending.in_force]
    named = in_force or found
    what = _join([ending.what for ending in named]) if len(named) <= MAX_COMPONENTS else f"{len(named)} components"
    if in_force and all(ending.certain for ending in in_force):
        return f"{what}: past the end of support"
    if in_force:
        return in_force[0].headline or f"{what}: support may have ended"
    if any(ending.is_near(evidence) for ending in named):
        return f"{what}: support ends soon"
    return f"{what}: an end of support is announced"


def _successor(ending: Ending, evidence: Evidence) -> Remedy:
    """Name what to move to: the vendor's replacement, and the version of the same package that is supported."""
    named = f"Move to {ending.replacement}." if ending.replacement else f"Look for a successor of {ending.what}."
    component = ending.component
    newest = _supported_version(component, evidence) if component else None
    if component is None or newest is None:
        return Remedy(summary=named)
    return change_version(evidence, component, newest, why="it is supported")


def _supported_version(component: Component, evidence: Evidence) -> str | None:
    """Return what the newest release has of the component's package for this family, if that is supported."""
    from ..lifecycle import component_subject, phase_of  # noqa: PLC0415 - only for a finding

    catalog = evidence.catalog
    newest = catalog.newest_in(catalog.packaged[-1], component.name, family=evidence.family)
    if newest is None or newest == component.version:
        return None
    subject = component_subject(component.name, newest, catalog)
    standing = phase_of(subject, catalog, evidence.as_of, family=evidence.family)
    return newest if standing.phase == "stable" else None


def maintenance(evidence: Evidence) -> Iterator[Finding]:
    """Say which components are in maintenance; those with an announced end are told by `end_of_support`."""
    for scope in evidence.scopes:
        found = [
            component
            for component in scope.components.values()
            if (standing := evidence.standings[component.name, component.version]).phase == "maintenance"
            and standing.ending is None
        ]
        if found:
            yield _maintained(scope, found, evidence)


def _maintained(scope: Scope, found: Sequence[Component], evidence: Evidence) -> Finding:
    standings = [evidence.standings[component.name, component.version] for component in found]
    since = [f"since {s.since}" if s.since else "since a day not known" for s in standings]
    record = standings[0].record
    named = next((s.replacement for s in standings if s.replacement), None)
    return Finding(
        id="maintenance",
        severity=Severity.INFO,
        category="lifecycle",
        kind="ageing",
        components=_names(found),
        scope=scope.name,
        title=f"{_listed(found)} {'is' if len(found) == 1 else 'are'} in maintenance",
        observed="; ".join(f"{c.name} {c.version}: {when}" for c, when in zip(found, since, strict=True)),
        expected="stable software, which gets regular updates",
        why="In maintenance there are fixes of critical faults only, as the vendor sees fit; the end comes next.",
        remedy=Remedy(summary=f"Plan to move to {named}." if named else "Plan a successor."),
        evidence=tuple(Excerpt(source=component.source, text=component.version) for component in found),
        rule=reference_to(record) if record else None,
        docs=_LIFECYCLE,
    )


def beta_in_use(evidence: Evidence) -> Iterator[Finding]:
    """Say which components, settings and features are alpha or beta: one finding for each place."""
    for scope in evidence.scopes:
        found = [*_preview_components(scope, evidence), *_preview_usages(scope, evidence)]
        if found:
            yield _preview(scope, found, evidence)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Preview:
    """One thing in use that is alpha or beta."""

    name: str
    kind: str
    level: LevelName
    where: Excerpt
    package: str | None
    reference: RuleReference | None


def _preview_components(scope: Scope, evidence: Evidence) -> Iterator[_Preview]:
    for component in scope.components.values():
        standing = evidence.standings[component.name, component.version]
        level = level_of(standing.subject, evidence.catalog, evidence.as_of, family=evidence.family, standing=standing)
        if level.level in {"alpha", "beta"}:
            yield _Preview(
                name=f"{component.name} {component.version}",
                kind=standing.subject.kind,
                level=level.level,
                where=Excerpt(source=component.source, text=component.version),
                package=component.name,
                reference=reference_to(standing.record) if standing.record else None,
            )


def _preview_usages(scope: Scope, evidence: Evidence) -> Iterator[_Preview]:
    """Yield settings and features that are themselves called alpha or beta, and not only what they belong to."""
    for usage in evidence.usages if scope is evidence.system else ():
        level = usage.level
        if level.level in {"alpha", "beta"} and level.basis == "label" and usage.ageing is None:
            yield _Preview(
                name=usage.subject.name,
                kind=usage.subject.kind,
                level=level.level,
                where=Excerpt(source=usage.where, text=usage.subject.name),
                package=None,
                reference=usage.reference,
            )


def _preview(scope: Scope, found: Sequence[_Preview], evidence: Evidence) -> Finding:
    names = [one.name for one in found]
    what = _join(names) if len(names) <= MAX_COMPONENTS else f"{len(names)} things in use"
    levels = " or ".join(sorted({one.level for one in found}))
    return Finding(
        id="beta-in-use",
        severity=Severity.WARNING if evidence.production else Severity.INFO,
        category="lifecycle",
        kind="note",
        components=tuple(dict.fromkeys(one.package for one in found if one.package))[:MAX_COMPONENTS],
        scope=scope.name,
        title=f"{what}: {levels}, not for production",
        observed="; ".join(f"{one.name} is {one.level}" for one in found),
        expected="stable software where the service matters",
        why=f"A developer preview has no support, and later releases may break it{_told(found, evidence)}.",
        remedy=Remedy(summary="Nothing to do for a trial; for production wait for the stable release."),
        evidence=tuple(one.where for one in found),
        rule=found[0].reference,
        docs=_CLASSIFICATION,
    )


def _told(found: Iterable[_Preview], evidence: Evidence) -> str:
    """Say what the policy promises of these levels, each once."""
    promises = (promise_of(one.kind, one.level, evidence.catalog, evidence.as_of) for one in found)
    words = [", ".join(promised_words(promise.words)) for promise in promises if promise is not None]
    return "".join(f"; promised: {text}" for text in dict.fromkeys(filter(None, words)))


def renamed_or_dropped_package(evidence: Evidence) -> Iterator[Finding]:
    """
    Say which packages have another name now, and which are in no package list any more.

    A package that stands beside its successor is told by a rule.
    """
    for scope in evidence.scopes:
        successors = {name: successor_of(component, evidence) for name, component in scope.components.items()}
        renamed = {name: new for name, new in successors.items() if new and new.name not in scope.components}
        dropped = [c for c in scope.components.values() if not successors[c.name] and _is_dropped(c, evidence)]
        if renamed:
            yield _under_old_name(scope, renamed, evidence)
        if dropped:
            yield _no_longer_listed(scope, dropped, evidence)


def _is_dropped(component: Component, evidence: Evidence) -> bool:
    """Tell whether the newest package lists lack a package that nobody has announced to end."""
    package = evidence.catalog.package(component.name)
    standing = evidence.standings[component.name, component.version]
    unannounced = standing.phase not in {"end-of-support", "maintenance"} and standing.ending is None
    if package is None or package.third_party:
        return False
    return package.until not in {None, evidence.catalog.packaged[-1]} and unannounced


def _under_old_name(scope: Scope, renamed: Mapping[str, Package], evidence: Evidence) -> Finding:
    found = [scope.components[name] for name in renamed]
    names = [f"{old} is {new.name} now" for old, new in renamed.items()]
    record = evidence.standings[found[0].name, found[0].version].renamed
    return _about_packages(
        scope,
        found,
        severity=Severity.WARNING,
        title=f"{_listed(found)}: a name under which nothing is released any more",
        expected="; ".join(names),
        why="Packages of the old name get no updates, and an update of the system does not bring the new ones.",
        remedy=f"Replace the packages: {'; '.join(names)}.",
        rule=reference_to(record) if record else None,
    )


def _no_longer_listed(scope: Scope, found: Sequence[Component], evidence: Evidence) -> Finding:
    packages = [p for c in found if (p := evidence.catalog.package(c.name)) is not None]
    lasts = "; ".join(f"{package.name} was last listed with SDK {package.until}" for package in packages)
    return _about_packages(
        scope,
        found,
        severity=Severity.INFO,
        title=f"{_listed(found)}: not in the newest package lists",
        expected="packages that the newest SDK releases list",
        why=f"The vendor has not said that their support ends; nothing says either that it goes on. {lasts}.",
        remedy=_in_place_of(packages),
    )


def _about_packages(
    scope: Scope,
    found: Sequence[Component],
    *,
    severity: Severity,
    title: str,
    expected: str,
    why: str,
    remedy: str,
    rule: RuleReference | None = None,
) -> Finding:
    """Say of the packages *found* that their name, or they themselves, are of the past."""
    installed = [f"{component.name} {component.version}" for component in found]
    return Finding(
        id="renamed-or-dropped-package",
        severity=severity,
        category="lifecycle",
        kind="ageing",
        components=_names(found),
        scope=scope.name,
        title=title,
        observed="; ".join(installed),
        expected=expected,
        why=why,
        remedy=Remedy(summary=remedy),
        evidence=tuple(Excerpt(source=c.source, text=text) for c, text in zip(found, installed, strict=True)),
        rule=rule,
        docs=_ANNOUNCEMENTS,
    )


def _in_place_of(packages: Iterable[Package]) -> str:
    named = [f"{package.name}: {' or '.join(package.successors)}" for package in packages if package.successors]
    return f"Look for a successor: {'; '.join(named)}." if named else "Look for a successor before the next update."


def releases_behind(evidence: Evidence) -> Iterator[Finding]:
    """Say by how many SDK releases this host is behind, where there is something newer for it."""
    behind = [(scope, count) for scope in evidence.scopes if (count := _behind(scope, evidence))]
    if not behind:
        return
    scope, count = max(behind, key=lambda pair: pair[1])
    latest, newest_here = evidence.catalog.latest, scope.identification.releases[-1]
    places = "; ".join(f"{s.name}: SDK {s.identification.releases[-1]}" for s, _ in behind)
    yield Finding(
        id="releases-behind",
        severity=Severity.INFO,
        category="lifecycle",
        kind="ageing",
        scope=scope.name,
        title=f"SDK {newest_here} is {count} release{'s' if count > 1 else ''} behind {latest.release}",
        observed=places,
        expected=f"SDK {latest.release}" + (f" of {latest.date}" if latest.date else ""),
        why="Fixes, of security faults too, are in the newest release only; they are not brought to earlier ones.",
        remedy=Remedy(summary=f"Read what changed up to SDK {latest.release}, then update all components together."),
        rule=None,
        docs=_UPDATES,
    )


def _behind(scope: Scope, evidence: Evidence) -> int:
    """Count the minor releases since that of *scope*; none where no component has a newer version for this family."""
    if scope.identification.match not in {"exact", "range", "adjacent"}:
        return 0
    catalog = evidence.catalog
    newer = any(catalog.newest_in_line(c.name, c.version, family=evidence.family) for c in scope.components.values())
    return (catalog.minors_behind(scope.identification.releases) or 0) if newer else 0


def _names(components: Iterable[Component]) -> tuple[str, ...]:
    """Return the names of the first components, as many as a finding may have."""
    return tuple(dict.fromkeys(component.name for component in components))[:MAX_COMPONENTS]


def _listed(found: Sequence[Component]) -> str:
    """Name the components, or count them where they are many."""
    if len(found) > MAX_COMPONENTS:
        return f"{len(found)} packages"
    return _join([f"{component.name} {component.version}" for component in found])


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


CHECKS = (
    Check(
        id="end-of-support",
        category="lifecycle",
        title="What is installed, and what it runs on, is supported",
        severity=Severity.WARNING,
        run=end_of_support,
        docs=_ANNOUNCEMENTS,
    ),
    Check(
        id="renamed-or-dropped-package",
        category="lifecycle",
        title="Packages have the names under which they are released today",
        severity=Severity.WARNING,
        run=renamed_or_dropped_package,
        docs=_ANNOUNCEMENTS,
    ),
    Check(
        id="maintenance",
        category="lifecycle",
        title="Components get regular updates",
        severity=Severity.INFO,
        run=maintenance,
        docs=_LIFECYCLE,
    ),
    Check(
        id="beta-in-use",
        category="lifecycle",
        title="Components and settings are stable",
        severity=Severity.WARNING,
        run=beta_in_use,
        docs=_CLASSIFICATION,
    ),
    Check(
        id="releases-behind",
        category="lifecycle",
        title="The SDK release is the newest",
        severity=Severity.INFO,
        run=releases_behind,
        docs=_UPDATES,
    ),
)
