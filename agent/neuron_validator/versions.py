"""
The vendor's version schemes: parsing, order, ranges, steps and pins.

Pure and cheap to import. The forms are those of the Neuron maintenance policy (``about-neuron/sdk-policy.rst``, section
"Neuron Software Versioning"); where real packages stray from it, the comment says which.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable
from dataclasses import field
from operator import eq, ge, gt, le, lt, ne

from neuron_collectors.facts.frozen import dataclass

_EPOCH = re.compile(r"^(?:[0-9]+:)+")
_SUFFIX = re.compile(r"[-+_]")
_VERSION = re.compile(
    r"""
    ([0-9]+(?:\.[0-9]+)*)               # 2.0.0.2.0.1
    (?:[.]?                             # 2.21.0.beta
       (dev|alpha|a|beta|b|rc|post)     # b
       ([0-9]*)                         # 0
       ((?:\.[0-9]+)*)                  # the policy marks the minor: 2.1b0.3.4
    )?
    """,
    re.VERBOSE,
)
_LONGEST = 1000
"""No version has as many characters, and Python refuses to read numbers of some thousand digits."""
_STAGES = {"dev": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "rc": -1, None: 0, "post": 1}
_CLAUSE = re.compile(r"(==|!=|<=|>=|~=|<|>)\s*([^\s*]+?)(\.\*)?")

_OS_PACKAGES = ("aws-neuron", "tensorflow-model-server-neuron")
_PIN_SIGNS = {"deb": "=", "rpm": "-", "pip": "=="}


def release_part(text: str) -> str:
    """
    Return the vendor's product version: *text* without epoch, build hash and packaging release.

    >>> [release_part(text) for text in ("2.31.23.0-d1a2b3c4e", "2.29.40.0_f954cd7a5-1", "2.25.4.0-dkms", "1:2.3.26.0")]
    ['2.31.23.0', '2.29.40.0', '2.25.4.0', '2.3.26.0']
    >>> release_part("2.9.0.2.11.19912+e48cd891"), release_part("2.0.0.2.0.1b0"), release_part("2.x.7693.0")
    ('2.9.0.2.11.19912', '2.0.0.2.0.1b0', '2.x.7693.0')
    """
    text = text.strip()
    if text.replace(".", "").isdecimal():
        return text  # most are: there is nothing to look for
    head = _SUFFIX.split(_EPOCH.sub("", text), maxsplit=1)[0]
    # Text that begins like a suffix, or has a space before one, is no version; it stays, so that it can be shown.
    return head if head and head == head.strip() else text


_Key = tuple[tuple[int, ...], int, int]
"""What orders versions: the numbers without zeros at the end, the stage and its number."""


def _key(release: tuple[int, ...], stage: int = 0, stage_number: int = 0) -> _Key:
    end = len(release)
    while end and not release[end - 1]:
        end -= 1
    return (release[:end], stage, stage_number)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Version:
    """
    One version: ordered by its numbers, printed as it was given.

    Missing parts count as zero, so ``2.1`` and ``2.1.0`` are equal and still print differently. A pre-release comes
    before its release. Make one with `parse_version`.
    """

    text: str
    """As given, e.g. ``2.9.0.2.11.19912+e48cd891``."""
    release: tuple[int, ...]
    """The numbers, e.g. ``(2, 9, 0, 2, 11, 19912)``."""
    stage: int = 0
    """Negative for pre-releases (``dev``, ``a``, ``b``, ``rc`` in this order), 0 for releases, 1 for ``post``."""
    stage_number: int = 0
    """The number of the pre-release, e.g. 0 in ``b0``."""
    _key: _Key = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", _key(self.release, self.stage, self.stage_number))

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, Version) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._key <= other._key if isinstance(other, Version) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._key > other._key if isinstance(other, Version) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._key >= other._key if isinstance(other, Version) else NotImplemented

    @property
    def prerelease(self) -> bool:
        """Whether this is a beta, release candidate or earlier."""
        return self.stage < 0

    def truncated(self, length: int) -> Version:
        """Return the first *length* parts, the train of this version; a shorter one is returned as is."""
        if len(self.release) <= length:
            return self
        numbers = self.release[:length]
        return Version(text=".".join(map(str, numbers)), release=numbers)

    def compared_with(self, bound: Version) -> tuple[_Key, _Key]:
        """Return what orders this version and *bound*, this one with no more parts than the bound has."""
        length = len(bound.release)
        return (self._key if len(self.release) <= length else _key(self.release[:length])), bound._key

    def startswith(self, other: Version) -> bool:
        """Tell whether this version is *other* or a build of that train: ``2.7.15.0`` is one of ``2.7``."""
        return self.release[: len(other.release)] == other.release


@functools.lru_cache(maxsize=4096)
def parse_version(text: str) -> Version | None:
    """
    Parse *text*, with or without the suffixes that `release_part` knows; `None` if it is not a version.

    >>> parse_version("2.9.0.2.11.19912+e48cd891") == parse_version("2.9.0.2.11.19912")
    True
    >>> parse_version("2.x.7693.0"), parse_version("na"), parse_version("")
    (None, None, None)
    """
    match = _VERSION.fullmatch(release_part(text)) if len(text) <= _LONGEST else None
    if match is None:
        return None
    head, stage, number, tail = match.groups()
    numbers = tuple(map(int, (head + (tail or "")).split(".")))
    return Version(text=text, release=numbers, stage=_STAGES[stage], stage_number=int(number or 0))


def require_version(value: Version | str) -> Version:
    """Return *value* as a `Version`, or say that it is not one."""
    version = value if isinstance(value, Version) else parse_version(value)
    if version is None:
        message = f"not a version: {value!r}"
        raise ValueError(message)
    return version


def _compatible(version: Version, bound: Version) -> bool:
    """Compare as ``~=``: at least *bound*, in the train that *bound* without its last part names."""
    length = len(bound.release) - 1
    return version.truncated(length + 1) >= bound and version.truncated(length) == bound.truncated(length)


def _train(compare: Callable[[_Key, _Key], bool]) -> Callable[[Version, Version], bool]:
    """Make *compare* look at no more parts of the version than the bound has."""
    return lambda version, bound: compare(*version.compared_with(bound))


_OPERATORS: dict[str, Callable[[Version, Version], bool]] = {
    "==": _train(eq),
    "!=": _train(ne),
    "<": _train(lt),
    "<=": _train(le),
    ">": _train(gt),
    ">=": _train(ge),
    "~=": _compatible,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One comparison of a range, e.g. ``>=2.20.28``."""

    operator: str
    bound: Version

    def contains(self, version: Version) -> bool:
        """Tell whether *version* satisfies this clause."""
        return _OPERATORS[self.operator](version, self.bound)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """
    A set of versions in the catalog's language: ``,`` is *and*, ``||`` is *or*, ``*`` or nothing is everything.

    A bound stands for its whole train: a version with more parts is compared truncated, so 2.26.10 satisfies ``<=2.26``
    and does not satisfy ``>2.26``. Make one with `Range.parse`.
    """

    text: str
    alternatives: tuple[tuple[Clause, ...], ...]

    @staticmethod
    def parse(text: str) -> Range:
        """
        Parse a specifier of the catalog, or raise `ValueError` with the clause that is wrong.

        >>> Range.parse("==2.0.* || >=2.20.28,<2.27").contains("2.20.74.0")
        True
        >>> Range.parse("<=2.26").contains("2.26.10.0"), Range.parse(">2.26").contains("2.26.10.0")
        (True, False)
        """
        return _parse_range(text)

    def __str__(self) -> str:
        return self.text

    def contains(self, version: Version | str) -> bool:
        """
        Tell whether *version* lies in this range.

        Text that is not a version is neither inside nor outside, so it is a `ValueError`: parse it first.
        """
        version = require_version(version)
        return any(all(clause.contains(version) for clause in clauses) for clauses in self.alternatives)


@functools.lru_cache(maxsize=4096)
def _parse_range(text: str) -> Range:
    alternatives: tuple[tuple[Clause, ...], ...] = ((),)
    if text.strip() not in {"", "*"}:
        alternatives = tuple(
            tuple(_parse_clause(clause, within=text) for clause in alternative.split(","))
            for alternative in text.split("||")
        )
    return Range(text=text, alternatives=alternatives)


def _parse_clause(text: str, *, within: str) -> Clause:
    """Parse one comparison; *within* is the whole specifier, for the message."""
    match = _CLAUSE.fullmatch(text.strip())
    # A suffix after the numbers would be compared with nothing, so it is not silently dropped.
    bound = parse_version(match[2]) if match and _VERSION.fullmatch(match[2]) else None
    if match is None or bound is None:
        message = f"not a version range: {text.strip()!r} in {within!r}"
        raise ValueError(message)
    operator, prefix = match[1], match[3]
    if (prefix and operator not in {"==", "!="}) or (operator == "~=" and len(bound.release) < 2):
        message = f"operator {operator!r} cannot be used with {match[2] + (prefix or '')!r} in {within!r}"
        raise ValueError(message)
    return Clause(operator=operator, bound=bound)


class Scheme(enum.Enum):
    """How the vendor numbers a component."""

    SDK = "sdk"
    """``A.B.C``: major, minor, patch."""
    STANDALONE = "standalone"
    """``A.B.C.D``: major, minor, and ``C.D`` the patch."""
    EXTENSION = "extension"
    """``X.Y.Z.A.B.C``: the third-party version, then the extension's; real ones have 6 or 7 parts."""
    OTHER = "other"
    """Any other form, e.g. ``nki`` 0.5.0 or ``neuron-agentic-development`` 1.3."""


class Step(enum.Enum):
    """What lies between two versions, by the vendor's meaning of the parts."""

    SAME = "same"
    PATCH = "patch"
    """Backwards compatible fixes, or another pre-release of the same version."""
    MINOR = "minor"
    """Backwards compatible additions."""
    MAJOR = "major"
    """Compatibility with previous runtimes, compilers and NEFFs may end."""
    THIRD_PARTY = "third-party"
    """Another version of the framework that the extension extends."""


def third_party_parts(version: Version) -> int:
    """
    Count the leading parts of an extension's version that are the third party's.

    Three (``X.Y.Z``) in the documented form; two in native torch-neuronx (``2.14.3.0`` is for PyTorch 2.14);
    none in shorter ones, such as jax-neuronx 0.1.3, which is tied to no version of JAX.
    """
    count = len(version.release)
    return 3 if count >= 6 else 2 if count >= 4 else 0


def step(old: Version | str, new: Version | str, *, scheme: Scheme) -> Step:
    """
    Say what kind of step leads from *old* to *new*, in either direction.

    >>> step("2.26.5.0", "2.31.7.0", scheme=Scheme.STANDALONE).value
    'minor'
    >>> step("2.8.0.2.11.19912", "2.9.0.2.11.19912", scheme=Scheme.EXTENSION).value
    'third-party'
    """
    old, new = require_version(old), require_version(new)
    if old == new:
        return Step.SAME
    start = min(third_party_parts(old), third_party_parts(new)) if scheme is Scheme.EXTENSION else 0
    length = max(len(old.release), len(new.release))
    numbers = zip(_padded(old, length), _padded(new, length), strict=True)
    first = next((index for index, (one, other) in enumerate(numbers) if one != other), length)
    if first < start:
        return Step.THIRD_PARTY
    return {0: Step.MAJOR, 1: Step.MINOR}.get(first - start, Step.PATCH)


def _padded(version: Version, length: int) -> tuple[int, ...]:
    return version.release + (0,) * (length - len(version.release))


def pin(name: str, version: Version | str, scheme: Scheme, *, packaging: str | None = None) -> str:
    """
    Write the pin that the maintenance policy advises: the major version, so that a later major is not installed.

    *packaging* is ``deb``, ``rpm`` or ``pip``; without it, the names of AWS's operating system packages mean ``deb``.
    Components outside the two schemes are pinned as they are: their first number promises nothing.

    >>> pin("aws-neuronx-tools", "2.33.38.0", Scheme.STANDALONE)
    'aws-neuronx-tools=2.*'
    >>> pin("torch-neuronx", "2.9.0.2.15.32035", Scheme.EXTENSION)
    'torch-neuronx==2.9.0.2.*'
    """
    version = require_version(version)
    sign = _PIN_SIGNS[packaging or ("deb" if name.startswith(_OS_PACKAGES) else "pip")]
    # An extension's major is its fourth part; of native torch-neuronx too the vendor pins four: 2.14.3.0.*
    kept = {Scheme.SDK: 1, Scheme.STANDALONE: 1, Scheme.EXTENSION: 4}.get(scheme)
    if kept is None:
        return f"{name}{sign}{release_part(version.text)}"
    return f"{name}{sign}{'.'.join(map(str, version.release[:kept]))}.*"
