"""
The packages in a ``site-packages`` directory, from the names of its ``*.dist-info`` directories.

Names and versions need one listing. ``METADATA`` is opened only where it bears on Neuron: an environment has some
300 packages, and one read costs more than all their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .facts import Reading, Unread, fold_name
from .facts.frozen import dataclass
from .host import Host

_METADATA_LIMIT = 1024 * 1024
_NEURON_RELATED = re.compile(
    r"neuron|neff|^nki|^(?:jax|jaxlib|mxnet|tensorflow|torch|torch-xla|torchvision|transformers|vllm|optimum)$"
)
_ENTRY = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)(?:-(?P<version>[0-9][A-Za-z0-9.+!_]*))?"
    r"(?:-py[0-9.]+(?:-[A-Za-z0-9_.-]+)?)?\.(?:dist|egg)-info"
)
_INFO = (".dist-info", ".egg-info")

# What pip leaves when it is stopped while it replaces a package: the first character of the name is now a tilde.
_LEFTOVER = re.compile(r"~[A-Za-z0-9._+!~=%-]*euron[A-Za-z0-9._+!-]*\.dist-info")

# How the descriptions begin of the packages with AWS's names on the public index (PyPI, read 2026-11-22). neuronx-cc
# 1.0.post1, torch-neuronx 1.0, libneuronxla 1.0, jax-neuronx 0.0.0, nki 0.0.1, libtorch-neuronx-lite 0.0.1 and
# vllm-neuron 0.1.0 hold this sentence and a module that raises it; nki-library 0.0.2 holds no module at all.
_PLACEHOLDERS = (
    "WRONG PACKAGE. Please install the package from ",
    "NKI Library does not publish installable wheels to PyPI.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One installed package, as its directory entry names it."""

    name: str
    """Folded, e.g. ``torch-neuronx``."""
    version: Reading[str]
    path: str
    """Path of the entry below the host's root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The packages in one directory."""

    distributions: Mapping[str, Distribution]
    """By folded name."""
    leftovers: tuple[str, ...] = ()
    """Entries of Neuron-related packages that an interrupted installation left behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What a package says of itself."""

    requires: tuple[str, ...]
    """``Requires-Dist``, e.g. ``torch==2.9.*``."""
    requires_python: str | None
    """``Requires-Python``, e.g. ``>=3.10``."""
    placeholder: bool
    """Whether this is the public index's placeholder and not the vendor's software."""


def is_neuron_related(name: str) -> bool:
    """Tell whether the package with the folded *name* bears on Neuron."""
    return _NEURON_RELATED.search(name) is not None


def read_listing(host: Host, directory: str) -> Reading[Listing]:
    """List the packages in *directory*."""
    names = host.list_directory(directory)
    return parse_listing(names, directory) if isinstance(names, tuple) else names


def read_metadata(host: Host, distribution: Distribution) -> Reading[Metadata]:
    """Read ``METADATA``, or ``PKG-INFO`` of the older formats; `None` when it is not there or makes no sense."""
    places = ("METADATA",) if distribution.path.endswith(".dist-info") else ("PKG-INFO", "")
    for place in places:
        text = host.read_text(f"{distribution.path}/{place}".rstrip("/"), limit=_METADATA_LIMIT)
        if text is not None:
            return parse_metadata(text) if isinstance(text, str) else text
    return None


def parse_listing(names: Iterable[str], directory: str) -> Listing:
    """
    Parse the names in *directory* (PyPA's "Recording installed projects").

    .. code-block:: text

        torch_neuronx-2.9.0.2.11.19912+e48cd891.dist-info
        six-1.16.0-py3.10.egg-info
        cryptography.egg-info
        ~orch_neuronx-2.8.0.2.10.16998+e9bf8a50.dist-info

    Where an upgrade stopped half-way a package is there twice: the newer one counts, the other one is a leftover.
    """
    distributions: dict[str, Distribution] = {}
    leftovers = []
    for name in names:
        if not name.endswith(_INFO):
            continue
        if _LEFTOVER.fullmatch(name):
            leftovers.append(name)
        found = _parse_entry(name, directory)
        if found is None:
            continue
        other = distributions.get(found.name)
        if other is None:
            distributions[found.name] = found
            continue
        kept, lost = _newer(found, other)
        distributions[found.name] = kept
        if is_neuron_related(found.name) and kept.version != lost.version:
            leftovers.append(lost.path.rpartition("/")[2])
    return Listing(distributions=distributions, leftovers=tuple(sorted(leftovers)))


def parse_metadata(text: str) -> Metadata | None:
    """
    Parse ``METADATA`` (PyPA's "Core metadata specifications"); `None` when it names no package.

    .. code-block:: text

        Metadata-Version: 2.1
        Name: torch-neuronx
        Version: 2.9.0.2.11.19912+e48cd891
        Requires-Python: >=3.10
        Requires-Dist: torch==2.9.*
        Requires-Dist: torch-xla==2.9.*

        PyTorch for AWS Trainium
    """
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    fields = [line.partition(":")[::2] for line in head.split("\n") if not line.startswith((" ", "\t"))]
    values = [(key, value.strip()) for key, value in fields]
    if "Name" not in (key for key, _ in values):
        return None
    return Metadata(
        requires=tuple(value for key, value in values if key == "Requires-Dist"),
        requires_python=next((value for key, value in values if key == "Requires-Python"), None),
        placeholder=body.lstrip().startswith(_PLACEHOLDERS),
    )


def _parse_entry(entry: str, directory: str) -> Distribution | None:
    """Parse the name of a ``*.dist-info`` or ``*.egg-info`` entry."""
    found = _ENTRY.fullmatch(entry)
    if not found:
        return None
    return Distribution(
        name=fold_name(found["name"]),
        version=found["version"] or Unread("no version in the name of its directory"),
        path=f"{directory}/{entry}",
    )


def _newer(one: Distribution, other: Distribution) -> tuple[Distribution, Distribution]:
    """Return the two with the newer one first; one without a version is older than any."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - few environments need it, and it takes 3 ms

    def order(distribution: Distribution) -> tuple[bool, Version, bool]:
        try:
            version = Version(distribution.version if isinstance(distribution.version, str) else "")
        except InvalidVersion:
            return False, Version("0"), False
        return True, version, distribution.path.endswith(".dist-info")

    return (one, other) if order(one) > order(other) else (other, one)
