"""Compiled models: what each file needs, against the runtime, the device and the settings that are to run it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from neuron_collectors.facts import Neff, Reading, Unread, installed, value_or_none
from neuron_collectors.facts.frozen import dataclass

from ..catalog.model import Chip
from ..catalog.rule import Rule
from ..evidence import RUNTIME, Component, Evidence, known
from ..findings import Check, Excerpt, Finding, Kind, Remedy, Severity
from ..rules import applies, disagreeing
from ..surroundings import Found, describe
from ..versions import parse_version, release_part
from .pair_findings import reason, reference_to

_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/explore/work-with-neff-files.html"
_CONFIGURATION = (
    "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/guides/configuration-guide.html"
)
_MOST_FILES = 3
_PRINTED_BIT = 1 << 63
"""Older runtimes print it in what they support; it is no feature."""
_LNC = "NEURON_LOGICAL_NC_CONFIG"
_LEGACY = "NEURON_RT_ALLOW_LEGACY_NEFF"
_GENERATION = re.compile(r"NeuronCore-v([0-9]+)")
_TARGETS = {"sunda": 2, "cayman": 3, "inf1": 1, "inf2": 2, "trn1": 2, "trn1n": 2, "trn2": 3, "trn3": 4}
"""Generation of NeuronCore by the compiler's name of the target, or by family; other names are not known for sure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mismatch:
    """Why some files do not fit."""

    severity: Severity
    title: str
    """What is wrong with one file, after its name."""
    observed: str
    expected: str
    other: Component | None = None


def neff_version_unsupported(evidence: Evidence) -> Iterator[Finding]:
    """Say which files are of a version of the format that the runtime does not know."""

    def judge(rule: Rule, neff: Neff) -> Mismatch | None:
        version = neff.neff_version
        if isinstance(version, Unread) or version is None:
            return None
        subject = Found(component=_component("neff-version", version, neff, evidence), versions=(version,))
        if subject.within(rule.subject) is not True:
            return None
        other = next(disagreeing(rule, subject, evidence.system, evidence), None)
        if other is None:
            return None
        return Mismatch(
            severity=Severity[rule.severity.upper()],
            title=f"is NEFF {version}, which {describe(other)} does not know",
            observed=f"NEFF {version}; {describe(other)} ({other.source})",
            expected=rule.expected,
            other=other,
        )

    yield from _judged("neff-version-unsupported", evidence, judge, kind="incompatible")


def neff_features_unsupported(evidence: Evidence) -> Iterator[Finding]:
    """Say which files need features that the runtime does not support."""
    libraries = [
        (library, mask)
        for library in value_or_none(evidence.inventory.runtime_libraries) or ()
        if (mask := value_or_none(library.supported_feature_bits)) is not None
    ]

    def judge(rule: Rule, neff: Neff) -> Mismatch | None:
        bits = value_or_none(neff.feature_bits)
        for library, mask in libraries if bits else ():
            missing = (bits or 0) & ~mask & ~_PRINTED_BIT
            if missing:
                version = value_or_none(library.version)
                return Mismatch(
                    severity=Severity[rule.severity.upper()],
                    title=f"needs features {missing:#x}, which the runtime does not support",
                    observed=f"feature bits {bits:#x}; the runtime supports {mask:#x}",
                    expected=rule.expected,
                    other=_runtime(version, value_or_none(library.path), evidence),
                )
        return None

    yield from _judged("neff-features-unsupported", evidence, judge, kind="incompatible")


def neff_target_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Say which files were compiled for another architecture than the device's."""
    chip = _chip(evidence)
    device = _generation(chip)
    variables = value_or_none(evidence.inventory.environment)
    allowed = (variables or {}).get(_LEGACY, "").lower() in {"1", "true"}

    def judge(rule: Rule, neff: Neff) -> Mismatch | None:
        for target in _targets(neff):
            generation = _TARGETS.get(target)
            if chip is None or device is None or generation in {None, device} or (allowed and generation < device):
                continue
            may_be_allowed = generation < device and variables is None
            return Mismatch(
                severity=Severity.WARNING if may_be_allowed else Severity[rule.severity.upper()],
                title=f"was compiled for {_say(target, evidence)}, and this is {chip.family.capitalize()}",
                observed=f"target {target}; {chip.device_name}, {chip.neuroncore}",
                expected=f"a file compiled for {chip.family}" + (f", or {_LEGACY}=true" if generation < device else ""),
            )
        return None

    yield from _judged("neff-target-mismatch", evidence, judge, kind="incompatible")


def neff_lnc_mismatch(evidence: Evidence) -> Iterator[Finding]:
    """Say which files were compiled for logical cores of another size than the process will have."""
    chip = _chip(evidence)
    if chip is None or not chip.lnc_supported:
        return
    size, where, severity = _logical_core_size(chip, evidence)

    def judge(rule: Rule, neff: Neff) -> Mismatch | None:
        wanted = value_or_none(neff.lnc_size)
        if not wanted or size is None or wanted == size:
            return None
        return Mismatch(
            severity=min(severity, Severity[rule.severity.upper()]),
            title=f"was compiled for logical cores of {wanted}, and they are of {size} here",
            observed=f"lnc_size {wanted}; {where}",
            expected=f"{_LNC}={wanted}, or a file compiled for {size}",
        )

    yield from _judged("neff-lnc-mismatch", evidence, judge, kind="misconfigured")


def neff_newer_than_compiler(evidence: Evidence) -> Iterator[Finding]:
    """Say which files come from a compiler newer than the one here, or than the runtime that is to load them."""
    neffs = [neff for neff in value_or_none(evidence.inventory.neffs) or () if installed(neff.compiler_version)]
    for scope in evidence.scopes:
        compiler = scope.components.get("neuronx-cc")
        newer = [neff for neff in neffs if compiler and _is_newer(str(neff.compiler_version), compiler.version)]
        if compiler and newer:
            yield _newer(newer, compiler, "the compiler here")
            return
    runtime = evidence.system.components.get(RUNTIME)
    newer = [neff for neff in neffs if runtime and _is_of_later_release(str(neff.compiler_version), runtime, evidence)]
    if runtime and newer:
        yield _newer(newer, runtime, "the release of the runtime")


def _newer(neffs: Sequence[Neff], here: Component, what: str) -> Finding:
    version = release_part(str(neffs[0].compiler_version))
    return Finding(
        id="neff-newer-than-compiler",
        severity=Severity.INFO,
        category="neff",
        kind="untested",
        components=tuple(dict.fromkeys(("neuronx-cc", here.name))),
        scope=here.scope,
        title=f"{_files(neffs)}: compiled with neuronx-cc {version}, newer than {what}",
        observed=f"neuronx-cc {neffs[0].compiler_version} in {_files(neffs)}; {describe(here)} ({here.source})",
        expected="a compiler that is not newer than what runs the model",
        why="A newer compiler may use what an older runtime does not know; the vendor tests the components of one "
        "SDK release together.",
        remedy=Remedy(
            summary="Compile the model with the compiler here, or update to the SDK release of its compiler."
        ),
        evidence=tuple(Excerpt(source=neff.path, text=str(neff.compiler_version)) for neff in neffs[:_MOST_FILES]),
        docs=_GUIDE,
    )


def _judged(
    check: str, evidence: Evidence, judge: Callable[[Rule, Neff], Mismatch | None], *, kind: Kind
) -> Iterator[Finding]:
    """Judge every file by every rule of *check*: one finding for each way of not fitting."""
    neffs = known(evidence.inventory.neffs, "compiled models") or ()
    for rule in evidence.catalog.rules_for(check) if neffs else ():
        if not applies(rule, evidence):
            continue
        groups: dict[Mismatch, list[Neff]] = {}
        for neff in neffs:
            mismatch = judge(rule, neff)
            if mismatch is not None:
                groups.setdefault(mismatch, []).append(neff)
        for mismatch, files in groups.items():
            yield _finding(rule, mismatch, files, evidence, kind=kind)


def _finding(rule: Rule, mismatch: Mismatch, neffs: Sequence[Neff], evidence: Evidence, *, kind: Kind) -> Finding:
    return Finding(
        id=rule.check,
        severity=mismatch.severity,
        category="neff",
        kind=kind,
        components=(mismatch.other.name,) if mismatch.other else (),
        scope=evidence.system.name,
        title=f"{_files(neffs)} {mismatch.title}",
        observed=f"{mismatch.observed} in {_files(neffs)}",
        expected=mismatch.expected,
        why=reason(rule),
        remedy=Remedy(summary=rule.remedy or rule.expected),
        evidence=tuple(Excerpt(source=neff.path, text=mismatch.observed) for neff in neffs[:_MOST_FILES]),
        rule=reference_to(rule),
        docs=_CONFIGURATION if kind == "misconfigured" else _GUIDE,
    )


def _files(neffs: Sequence[Neff]) -> str:
    """Name the first file, and how many more there are."""
    name = neffs[0].path.rpartition("/")[2] or neffs[0].path
    return name if len(neffs) == 1 else f"{name} and {len(neffs) - 1} more"


def _component(name: str, version: str, neff: Neff, evidence: Evidence) -> Component:
    scope = evidence.system.name
    return Component(name=name, version=version, component_class="neff", scope=scope, source=neff.path)


def _runtime(version: str | None, path: str | None, evidence: Evidence) -> Component:
    return Component(
        name=RUNTIME,
        version=version or "of unknown version",
        component_class="runtime",
        scope=evidence.system.name,
        source=path or "the runtime library",
    )


def _chip(evidence: Evidence) -> Chip | None:
    return evidence.chip or (evidence.catalog.chip_for_family(evidence.family) if evidence.family else None)


def _generation(chip: Chip | None) -> int | None:
    match = _GENERATION.fullmatch(chip.neuroncore) if chip else None
    return int(match[1]) if match else None


def _targets(neff: Neff) -> Iterable[str]:
    """Return what a file was compiled for, each once."""
    many: Reading[tuple[str, ...]] = neff.kelf_targets
    named = value_or_none(many) or ()
    one = value_or_none(neff.target)
    return tuple(dict.fromkeys(target.lower() for target in (*named, one) if target))


def _say(target: str, evidence: Evidence) -> str:
    """Return *target* with the families that it means, unless it is one: compilers call chips by inner names."""
    generation = _TARGETS.get(target)
    families = [chip.family for chip in evidence.catalog.chips if _generation(chip) == generation]
    return target if target in families else f"{target} ({' or '.join(family.capitalize() for family in families)})"


def _logical_core_size(chip: Chip, evidence: Evidence) -> tuple[int | None, str, Severity]:
    """
    Return the size of logical cores, where that is set, and how sure that makes an alarm.

    A variable that is set decides. Unset, the chip's default holds; where the variables could not be looked at, that is
    a guess, and information.
    """
    variables = value_or_none(evidence.inventory.environment)
    setting = (variables or {}).get(_LNC, "")
    if setting.isascii() and setting.isdigit():
        return int(setting), f"{_LNC}={setting}", Severity.CRITICAL
    severity = Severity.INFO if variables is None else Severity.WARNING
    return chip.lnc_default, f"the default of {chip.family.capitalize()} is {chip.lnc_default}", severity


def _is_newer(one: str, other: str) -> bool:
    """Tell whether compiler *one* is newer than *other*, of the same major."""
    first, second = parse_version(one), parse_version(other)
    if first is None or second is None or first.release[0] != second.release[0]:
        return False
    return first.truncated(len(second.release)) > second


def _is_of_later_release(compiler: str, runtime: Component, evidence: Evidence) -> bool:
    """Tell whether every SDK release of *compiler* is later than every one of *runtime*."""
    place = evidence.catalog.position
    of_compiler = evidence.catalog.releases_of("neuronx-cc", compiler).releases
    of_runtime = evidence.catalog.releases_of(runtime.name, runtime.version, family=evidence.family).releases
    return bool(of_compiler and of_runtime) and place(of_compiler[0]) > place(of_runtime[-1])


def _check(check_id: str, title: str, severity: Severity, run: Callable[[Evidence], Iterator[Finding]]) -> Check:
    return Check(id=check_id, category="neff", title=title, severity=severity, run=run, docs=_GUIDE)


CHECKS = (
    _check(
        "neff-version-unsupported",
        "The runtime knows the format of the compiled models",
        Severity.CRITICAL,
        neff_version_unsupported,
    ),
    _check(
        "neff-features-unsupported",
        "The runtime supports the features that the compiled models need",
        Severity.CRITICAL,
        neff_features_unsupported,
    ),
    _check(
        "neff-target-mismatch",
        "The compiled models are for the architecture of the devices",
        Severity.CRITICAL,
        neff_target_mismatch,
    ),
    _check(
        "neff-lnc-mismatch",
        "The compiled models are for logical cores of the size in use",
        Severity.CRITICAL,
        neff_lnc_mismatch,
    ),
    _check(
        "neff-newer-than-compiler",
        "No compiled model comes from a compiler newer than what runs it",
        Severity.INFO,
        neff_newer_than_compiler,
    ),
)
