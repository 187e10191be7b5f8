"""Shared libraries: what the frameworks' extensions call in the runtime, and the C library that all of them need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neuron_collectors.facts import ExtensionLibrary, RuntimeLibrary, value_or_none

from ..evidence import RUNTIME, Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, Severity
from ..versions import parse_version

_TROUBLESHOOTING = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/nrt-troubleshoot.html"
_PLATFORMS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/compatibility.html"
_ORIGIN = "$ORIGIN"
_MOST = 3


def library_symbols_missing(evidence: Evidence) -> Iterator[Finding]:
    """Say which extensions call functions that the runtime library they would load does not have."""
    extensions = known(evidence.inventory.extension_libraries, "libraries of the frameworks") or ()
    libraries = [one for one in value_or_none(evidence.inventory.runtime_libraries) or () if one.name == "libnrt"]
    for extension in extensions:
        candidates = _loaded_by(extension, libraries)
        beside = _offered_beside(extension, extensions)
        missing = [(library, lacking) for library in candidates if (lacking := _lacking(extension, library, beside))]
        if candidates and len(missing) == len(candidates):
            yield _symbols_missing(extension, *missing[0], evidence)


def _loaded_by(extension: ExtensionLibrary, libraries: Sequence[RuntimeLibrary]) -> list[RuntimeLibrary]:
    """Return the runtime libraries that *extension* may load: the first place that has any decides."""
    own = [one for one in libraries if value_or_none(one.environment) == extension.environment]
    if own:
        return own
    elsewhere = [one for one in libraries if value_or_none(one.environment) is None]
    for directory in value_or_none(extension.search_path) or ():
        if _ORIGIN not in directory and (found := [one for one in elsewhere if directory in _directories(one)]):
            return found
    return elsewhere


def _directories(library: RuntimeLibrary) -> set[str]:
    paths = value_or_none(library.paths) or tuple(filter(None, [value_or_none(library.path)]))
    return {path.rpartition("/")[0] for path in paths}


def _offered_beside(extension: ExtensionLibrary, extensions: Sequence[ExtensionLibrary]) -> frozenset[str]:
    """Return what the libraries in the environment of *extension* define themselves, with versions and without."""
    here = (other for other in extensions if other.environment == extension.environment)
    symbols = [symbol for other in here for symbol in value_or_none(other.exports) or ()]
    return frozenset((*symbols, *(symbol.partition("@")[0] for symbol in symbols)))


def _lacking(extension: ExtensionLibrary, library: RuntimeLibrary, beside: frozenset[str]) -> tuple[str, ...]:
    """Return what *extension* calls and neither *library* nor those *beside* it have; nothing where that is unknown."""
    exports = value_or_none(library.exports)
    if not exports:
        return ()
    offered = {*exports, *(symbol.partition("@")[0] for symbol in exports), *beside}
    versioned = any("@" in symbol for symbol in exports)
    wanted = value_or_none(extension.runtime_symbols) or ()
    return tuple(symbol for symbol in wanted if (symbol if versioned else symbol.partition("@")[0]) not in offered)


def _symbols_missing(
    extension: ExtensionLibrary, library: RuntimeLibrary, lacking: tuple[str, ...], evidence: Evidence
) -> Finding:
    name, path = extension.path.rpartition("/")[2], value_or_none(library.path) or "libnrt.so.1"
    version = value_or_none(library.version)
    more = f" and {len(lacking) - _MOST} more" if len(lacking) > _MOST else ""
    what, called = ", ".join(lacking[:_MOST]) + more, lacking[0].partition("@")[0]
    return Finding(
        id="library-symbols-missing",
        severity=Severity.CRITICAL,
        category="runtime",
        kind="incompatible",
        components=(RUNTIME,),
        scope=_scope(extension.environment, evidence),
        title=f"{name} calls {called}, which the runtime library {version or 'here'} does not have",
        observed=f"undefined in {extension.path}: {what}; not exported by {path}",
        expected="a runtime library that exports all that the frameworks call",
        why="The loader refuses a library whose symbols nobody offers (`undefined symbol`, `version NRT_… not found`): "
        "importing the framework fails, or the first call.",
        remedy=Remedy(
            summary="Update aws-neuronx-runtime-lib to the SDK release of the environment, and remove older libnrt."
        ),
        evidence=(Excerpt(source=extension.path, text=what), Excerpt(source=path, text=version or "no version")),
        docs=_TROUBLESHOOTING,
    )


def library_needs_newer_glibc(evidence: Evidence) -> Iterator[Finding]:
    """Say which libraries need a newer C library than there is."""
    here = known(evidence.os.glibc, "C library")
    version = parse_version(here) if here is not None else None
    if version is None:
        return
    needs = [
        (where, needed, path)
        for where, needed, path in _needs(evidence)
        if (number := parse_version(needed)) is not None and number > version
    ]
    if needs:
        yield _newer_glibc(needs, here or "", evidence)


def _needs(evidence: Evidence) -> Iterator[tuple[str | None, str, str]]:
    """Yield environment, needed version and path of every library."""
    for extension in value_or_none(evidence.inventory.extension_libraries) or ():
        if needed := value_or_none(extension.needed_glibc):
            yield extension.environment, needed, extension.path
    for library in value_or_none(evidence.inventory.runtime_libraries) or ():
        if needed := value_or_none(library.needed_glibc):
            yield value_or_none(library.environment), needed, value_or_none(library.path) or "libnrt"


def _newer_glibc(needs: Sequence[tuple[str | None, str, str]], here: str, evidence: Evidence) -> Finding:
    most = max((needed for _, needed, _ in needs), key=lambda text: (parse_version(text), text))
    name = needs[0][2].rpartition("/")[2]
    more = f" and {len(needs) - 1} more need" if len(needs) > 1 else " needs"
    environments = {where for where, _, _ in needs}
    only = environments.pop() if len(environments) == 1 else None
    return Finding(
        id="library-needs-newer-glibc",
        severity=Severity.CRITICAL,
        category="os",
        kind="incompatible",
        components=(),
        scope=_scope(only, evidence) if only else evidence.system.name,
        title=f"{name}{more} glibc {most}, and {here} is here",
        observed=f"glibc {here}; " + "; ".join(f"{path} needs {needed}" for _, needed, path in needs[:_MOST]),
        expected=f"glibc {most} or newer",
        why=f"The loader refuses a library that needs a newer C library: `version GLIBC_{most} not found`.",
        remedy=Remedy(summary=f"Use an operating system, or a container of one, with glibc {most} or newer."),
        evidence=tuple(Excerpt(source=path, text=f"GLIBC_{needed}") for _, needed, path in needs[:_MOST]),
        docs=_PLATFORMS,
    )


def _scope(environment: str | None, evidence: Evidence) -> str:
    """Name the scope of the environment at a path."""
    named = (scope for scope in evidence.scopes if scope.environment and scope.environment.path == environment)
    scope = next(named, evidence.system)
    return scope.name


CHECKS = (
    Check(
        id="library-symbols-missing",
        category="runtime",
        title="The runtime library has all functions that the frameworks call",
        severity=Severity.CRITICAL,
        run=library_symbols_missing,
        docs=_TROUBLESHOOTING,
        consequences=("sdk-release-mixed",),
    ),
    Check(
        id="library-needs-newer-glibc",
        category="os",
        title="The C library is as new as the shared libraries need",
        severity=Severity.CRITICAL,
        needs=("operating system",),
        run=library_needs_newer_glibc,
        docs=_PLATFORMS,
    ),
)
