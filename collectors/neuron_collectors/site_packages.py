"""
The packages in a ``site-packages`` directory, from the names of its ``*.dist-info`` directories.

Names and versions need one listing. ``METADATA`` is opened only where it bears on Neuron: an environment has some
300 packages, and one read costs more than all their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .facts import Reading, Unread, fold_name
from .facts.frozen import dataclass
from .host import Host

if TYPE_CHECKING:
    from packaging.version import Version

_METADATA_LIMIT = 1024 * 1024
_NEURON_RELATED = re.compile(
    r"^(?:.*(?:neuron|neff).*|nki.*"
    r"|jax|jaxlib|mxnet|tensorflow|torch|torch-xla|torchvision|transformers|vllm|optimum)$",
    re.MULTILINE,
)
_ENTRY = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)(?:-(?P<version>[0-9][A-Za-z0-9.+!_]*))?"
    r"(?:-py[0-9.]+(?:-[A-Za-z0-9_.-]+)?)?\.(?:dist|egg)-info"
)

# What nearly every entry looks like, in a form that takes a fifth of the time of the one for all.
_PLAIN = re.compile(r"([a-z0-9]+(?:_[a-z0-9]+)*)-([0-9][A-Za-z0-9.+!_]*)\.dist-info").fullmatch
_SUFFIXES = (".dist-info", ".egg-info", ".egg-link", ".pth")

# setuptools writes the first for `pip install -e`; `setup.py develop`, before pip 21.3, the second.
_EDITABLE = re.compile(
    r"__editable__\.([A-Za-z0-9][A-Za-z0-9._]*)-[0-9][^/]*\.pth|([A-Za-z0-9][A-Za-z0-9._-]*)\.egg-link"
)

# What pip leaves when it is stopped while it replaces a package: the first character of the name is now a tilde.
_LEFTOVER = re.compile(r"~[A-Za-z0-9._+!~=%-]*euron[A-Za-z0-9._+!-]*\.dist-info")

_FIELD = re.compile(r"^(Name|Requires-Dist|Requires-Python):(.*)$", re.MULTILINE)

# How the descriptions begin of the packages with AWS's names on the public index (PyPI, read 2026-11-22). neuronx-cc
# 1.0.post1, torch-neuronx 1.0, libneuronxla 1.0, jax-neuronx 0.0.0, nki 0.0.1, libtorch-neuronx-lite 0.0.1 and
# vllm-neuron 0.1.0 hold this sentence and a module that raises it; nki-library 0.0.2 holds no module at all.
_PLACEHOLDERS = (
    "WRONG PACKAGE. Please install the package from ",
    "NKI Library does not publish installable wheels to PyPI.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The packages in one directory."""

    versions: Mapping[str, Reading[str]]
    """By folded name, e.g. ``torch-neuronx``."""
    records: Mapping[str, str]
    """Path of the ``*.dist-info`` or ``*.egg-info`` below the host's root, by folded name."""
    leftovers: tuple[str, ...] = ()
    """Entries of Neuron-related packages that an interrupted installation left behind."""
    editable: tuple[str, ...] = ()
    """Packages that are imported from where they are developed, by folded name."""


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


def neuron_related(names: Iterable[str]) -> list[str]:
    """Return those of the folded *names* that bear on Neuron, in a third of the time of one by one."""
    return _NEURON_RELATED.findall("\n".join(names))


def read_listing(host: Host, directory: str) -> Reading[Listing]:
    """List the packages in *directory*."""
    names = host.list_directory(directory)
    return parse_listing(names, directory) if isinstance(names, tuple) else names


def read_metadata(host: Host, record: str) -> Reading[Metadata]:
    """Read ``METADATA``, or ``PKG-INFO`` of the older formats; `None` when it is not there or makes no sense."""
    places = ("METADATA",) if record.endswith(".dist-info") else ("PKG-INFO", "")
    for place in places:
        text = host.read_text(f"{record}/{place}".rstrip("/"), limit=_METADATA_LIMIT)
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
        __editable__.neuronx_distributed-0.15.0.pth

    Where an upgrade stopped half-way a package is there twice: the newer one counts, the other one is a leftover.
    """
    versions: dict[str, Reading[str]] = {}
    entries: dict[str, str] = {}
    others = []
    for entry in [name for name in names if name.endswith(_SUFFIXES)]:
        plain = _PLAIN(entry)
        name = plain[1].replace("_", "-") if plain else ""
        if plain and name not in versions:
            versions[name] = plain[2]
            entries[name] = entry
        else:
            others.append(entry)
    replaced = _add(others, versions, entries)
    links = filter(None, map(_EDITABLE.fullmatch, others))
    return Listing(
        versions=versions,
        records={name: f"{directory}/{entry}" for name, entry in entries.items()},
        leftovers=tuple(sorted([*replaced, *filter(_LEFTOVER.fullmatch, others)])),
        editable=tuple(sorted({fold_name(link[1] or link[2]) for link in links})),
    )


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
    values = _FIELD.findall(head)
    if "Name" not in (key for key, _ in values):
        return None
    return Metadata(
        requires=tuple(value.strip() for key, value in values if key == "Requires-Dist"),
        requires_python=next((value.strip() for key, value in values if key == "Requires-Python"), None),
        placeholder=body.lstrip().startswith(_PLACEHOLDERS),
    )


def _parse_entry(entry: str) -> tuple[str, Reading[str]] | None:
    """Parse the name of a ``*.dist-info`` or ``*.egg-info`` entry into the package's folded name and its version."""
    found = _ENTRY.fullmatch(entry)
    if not found:
        return None
    return fold_name(found["name"]), found["version"] or Unread("no version in the name of its directory")


def _add(others: Iterable[str], versions: dict[str, Reading[str]], entries: dict[str, str]) -> list[str]:
    """Add the packages of *others*; return the entries of older versions of those that bear on Neuron."""
    leftovers = []
    for entry in others:
        name, version = _parse_entry(entry) or ("", None)
        if not name:
            continue
        other, its_version = entries.get(name), versions.get(name)
        if other is None or _order(version, entry) > _order(its_version, other):
            versions[name], entries[name] = version, entry
        if other is not None and version != its_version and is_neuron_related(name):
            leftovers.append(other if entries[name] == entry else entry)
    return leftovers


def _order(version: Reading[str], entry: str) -> tuple[bool, Version, bool]:
    """Return a key that orders the entries of one package; one without a version is older than any."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - few environments need it, and it takes 3 ms

    try:
        return True, Version(version if isinstance(version, str) else ""), entry.endswith(".dist-info")
    except InvalidVersion:
        return False, Version("0"), False
