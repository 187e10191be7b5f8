"""What bears on compiling again: flags in the environment, and caches of other compilers."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from neuron_collectors.facts import value_or_none

from ..evidence import Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity
from ..versions import release_part

_CACHE_GUIDE = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/arch/neuron-features/neuron-caching.html"
)
_COMPILERS = ("neuronx-cc", "neuron-cc")
_FLAGS = "NEURON_CC_FLAGS"
_FLAGS_RULE = RuleReference(
    id="neuron-caching",
    source="aws-neuron-sdk@81ce03ae:about-neuron/arch/neuron-features/neuron-caching.rst",
    retrieved="2026-11-21",
    confidence="documented",
)
_MOST_NAMED = 4
_NO_PART_OF_THE_KEY = ("--cache_dir", "--no_cache", "--retry_failed_compilation", "--log_level")


def compiler_flags_set(evidence: Evidence) -> Iterator[Finding]:
    """Say that the environment gives the compiler flags, with which what is cached without them does not fit."""
    environment = known(evidence.inventory.environment, "environment") or {}
    flags = _names(environment.get(_FLAGS, ""))
    if flags:
        yield Finding(
            id="compiler-flags-set",
            severity=Severity.INFO,
            category="environment",
            kind="note",
            components=("neuronx-cc",),
            scope=evidence.system.name,
            title=f"{_FLAGS} is set: models that were compiled without its flags are compiled again",
            observed=f"{_FLAGS} has {flags}",
            expected="the flags with which cached or ready-made models were compiled",
            why="The flags are part of the key under which a compiled model is cached: with others, it is not found.",
            remedy=Remedy(
                summary="Nothing where the flags are meant; otherwise unset the variable.",
                commands=(f"unset {_FLAGS}",),
            ),
            evidence=(Excerpt(source="environment", text=f"{_FLAGS} has {flags}"),),
            rule=_FLAGS_RULE,
            docs=_CACHE_GUIDE,
        )


def _names(flags: str) -> str:
    """Return the names of the flags that go to the compiler, without their values, which may be paths."""
    names = (word.partition("=")[0] for word in flags.split() if word.startswith("-"))
    return " ".join(name for name in names if name not in _NO_PART_OF_THE_KEY)


def compile_cache_other_compiler(evidence: Evidence) -> Iterator[Finding]:
    """Say which compile caches hold models of no compiler that is installed."""
    caches = known(evidence.inventory.compile_caches, "compile caches") or ()
    here = {component.version for component in evidence.components if component.name in _COMPILERS}
    for cache in caches if here else ():
        versions = [value_or_none(group.compiler_version) for group in value_or_none(cache.compilers) or ()]
        others = sorted({version for version in versions if version and release_part(version) not in here})
        if others:
            yield _other_compiler(cache.path, others, sorted(here))


def _other_compiler(path: str, others: list[str], here: list[str]) -> Finding:
    return Finding(
        id="compile-cache-other-compiler",
        severity=Severity.INFO,
        category="compiler",
        kind="note",
        components=("neuronx-cc",),
        title=f"The compile cache {path} holds models of compilers that are not installed",
        observed=f"models of neuronx-cc {', '.join(others)}",
        expected=f"models of neuronx-cc {', '.join(here)}",
        why="The cache keeps models apart by compiler version: the others are not used, and take room.",
        remedy=Remedy(
            summary="Remove what is not needed any more.",
            commands=tuple(f"rm -r {quote(f'{path}/neuronxcc-{version}')}" for version in others[:_MOST_NAMED]),
        ),
        evidence=(Excerpt(source=path, text=", ".join(others)),),
        docs=_CACHE_GUIDE,
    )


CHECKS = (
    Check(
        id="compiler-flags-set",
        category="environment",
        title="No flags in the environment keep compiled models from being found",
        severity=Severity.INFO,
        run=compiler_flags_set,
        docs=_CACHE_GUIDE,
    ),
    Check(
        id="compile-cache-other-compiler",
        category="compiler",
        title="The compile cache is of the installed compiler",
        severity=Severity.INFO,
        run=compile_cache_other_compiler,
        docs=_CACHE_GUIDE,
    ),
)
