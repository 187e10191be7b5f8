"""What is installed is of one release, and the vendor's own software."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import PythonEnvironment

from ..evidence import Evidence, Scope, known
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Remedy, Severity
from ..remedies import PIP_INDEX, one_release, pip_install, pip_uninstall

_CONTENT = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/release-notes/releasecontent.html"
_SETUP = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/setup/index.html"

_MOST_NAMED = 3


def sdk_release_mixed(evidence: Evidence) -> Iterator[Finding]:
    """Say which scopes no SDK release, and no two neighbouring ones, explain."""
    for scope in evidence.scopes:
        if scope.identification.match == "mixed":
            yield _mixed(scope, evidence)


def _mixed(scope: Scope, evidence: Evidence) -> Finding:
    """Name the fewest components that break the set, with the releases they belong to."""
    odd = scope.identification.odd_ones_out
    release = " or ".join(scope.identification.releases)
    names = ", ".join(f"{one.package} {one.version} of SDK {_span(one.releases)}" for one in odd)
    some = ", ".join(f"{one.package} {one.version}" for one in odd[:_MOST_NAMED])
    more = f" and {len(odd) - _MOST_NAMED} more" if len(odd) > _MOST_NAMED else ""
    what = names if len(odd) == 1 else some + more
    odd_components = tuple(scope.components[one.package] for one in odd)
    return Finding(
        id="sdk-release-mixed",
        severity=Severity.INFO,
        category="packages",
        kind="untested",
        components=tuple(one.package for one in odd[:MAX_COMPONENTS]),
        scope=scope.name,
        title=f"Mixed SDK releases: {what} among those of SDK {release}",
        observed=f"components of SDK {release}, and {names}",
        expected="components that were released together",
        why="The vendor tests the components of one SDK release together; a mix of releases is untested.",
        remedy=one_release(evidence, odd_components, scope.identification.releases[-1]),
        evidence=tuple(Excerpt(source=component.source, text=component.version) for component in odd_components),
        docs=_CONTENT,
    )


def _span(releases: tuple[str, ...]) -> str:
    """Print a set of releases as its ends."""
    if not releases:
        return "unknown"
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def placeholder_installed(evidence: Evidence) -> Iterator[Finding]:
    """Say which environments hold the public index's placeholders in place of the vendor's software."""
    known(evidence.inventory.python_environments, "Python environments")
    for scope in evidence.scopes:
        environment = scope.environment
        if environment is not None and environment.placeholders:
            yield _placeholder(scope, environment, evidence)


def _placeholder(scope: Scope, environment: PythonEnvironment, evidence: Evidence) -> Finding:
    path, names = environment.path, environment.placeholders
    listed = ", ".join(names)
    return Finding(
        id="placeholder-installed",
        severity=Severity.CRITICAL,
        category="packages",
        kind="misconfigured",
        components=tuple(sorted(names))[:MAX_COMPONENTS],
        scope=scope.name,
        title=f"{listed}: the public index's placeholder is installed, not the vendor's package",
        observed=f"placeholder of {listed} in {path}",
        expected=f"the package of the same name from {PIP_INDEX}",
        why="On the public index these names are empty packages; importing one raises `WRONG PACKAGE`.",
        remedy=Remedy(
            summary="Install it again from the vendor's index.",
            commands=(
                pip_uninstall(evidence, scope.name, names),
                pip_install(evidence, scope.name, " ".join(names), options=f"--index-url {PIP_INDEX} --no-deps"),
            ),
        ),
        evidence=(Excerpt(source=path, text=listed),),
        docs=_SETUP,
    )


CHECKS = (
    Check(
        id="placeholder-installed",
        category="packages",
        title="No placeholder of the public index stands in for the vendor's software",
        severity=Severity.CRITICAL,
        needs=("Python environments",),
        run=placeholder_installed,
        docs=_SETUP,
    ),
    Check(
        id="sdk-release-mixed",
        category="packages",
        title="One SDK release explains what is installed together",
        severity=Severity.INFO,
        needs=(),
        run=sdk_release_mixed,
        docs=_CONTENT,
    ),
)
