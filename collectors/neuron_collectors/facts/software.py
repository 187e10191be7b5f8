"""Facts about installed, loaded and compiled software."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading, Unread

_NAME_SEPARATORS = re.compile(r"[-_.]+")

RELEVANT_OS_PACKAGE = re.compile(
    r"neuron|tensorflow-model-server|^efa|^libfabric|^openmpi40-aws"
    r"|^dkms$|^linux-(headers|image|modules)|^kernel|^libc6$|^glibc$"
)
"""The operating system packages that bear on Neuron; a snapshot holds no other names."""


def fold_name(name: str) -> str:
    """Fold a Python package name as the packaging standard (PEP 503) does: ``Torch_NeuronX`` is ``torch-neuronx``."""
    return _NAME_SEPARATORS.sub("-", name).lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class OsPackages:
    """What the operating system's package database lists, of the packages that bear on Neuron."""

    manager: Reading[str] = NOT_GIVEN
    """``dpkg`` or ``rpm``."""
    versions: Mapping[str, Reading[str]] = field(default_factory=dict)
    """Version by package name, as the database prints it, e.g. ``2.31.23.0-d1a2b3c4e``; `None` is known absence."""
    partial: bool = False
    """Whether packages may be installed that are not listed (a facts file lists what its author knew)."""
    held: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Packages that the package manager is told to keep as they are."""
    incomplete: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Packages whose installation or removal stopped half-way, as dpkg's status tells: ``half-configured`` …"""

    def version(self, name: str) -> Reading[str]:
        """Return the version of package *name*."""
        if name in self.versions:
            return self.versions[name]
        return NOT_GIVEN if self.partial else None


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonEnvironment:
    """One Python environment, read from its directories; its interpreter is never run."""

    path: str
    """Directory of the environment, e.g. ``/opt/aws_neuronx_venv_pytorch_2_9``."""
    python: Reading[str] = NOT_GIVEN
    """Version of the interpreter, e.g. ``3.10.12`` from ``pyvenv.cfg``, or ``3.10`` from the directory's name."""
    kind: Reading[str] = NOT_GIVEN
    """
    ``venv``, ``conda``, ``system``, or ``user`` (``~/.local``); `Unread` when the directory could not be read.

    ``pyenv`` and ``uv`` are interpreters of their own, which these tools keep in a home.
    """
    packages: Mapping[str, Reading[str]] = field(default_factory=dict)
    """Version by folded name, from the names of the ``*.dist-info`` directories."""
    partial: bool = False
    """Whether packages may be installed that are not listed."""
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``Requires-Dist`` by folded name, of packages that bear on Neuron."""
    requires_python: Mapping[str, str] = field(default_factory=dict)
    """``Requires-Python`` by folded name, of packages that bear on Neuron."""
    placeholders: tuple[str, ...] = ()
    """Packages whose files are the public index's placeholder and not the vendor's software."""
    broken: tuple[str, ...] = ()
    """``*.dist-info`` directories without readable metadata or of a second version: something stopped half-way."""
    installers: Mapping[str, str] = field(default_factory=dict)
    """``INSTALLER`` by folded name, of packages that bear on Neuron: ``pip``, ``uv``, ``conda``, ``debian`` …"""
    direct_urls: Mapping[str, Reading[str]] = field(default_factory=dict)
    """``url`` in ``direct_url.json`` by folded name, of packages that bear on Neuron, without user and query."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """
    Where packages that bear on Neuron came from, by folded name, of those whose files tell it for certain.

    ``url``: given by URL, file or directory. ``public index``: its placeholder. ``not the public index``, which takes
    no version like ``2.9.0+e48cd891``. No installer writes down which index it asked: of others it is not known.
    """
    editable: tuple[str, ...] = ()
    """Packages that are imported from the directory where they are developed (``pip install -e``), by folded name."""

    def version(self, name: str) -> Reading[str]:
        """Return the version of package *name* in this environment."""
        folded = fold_name(name)
        if folded in self.packages:
            return self.packages[folded]
        return NOT_GIVEN if self.partial else None


def installed(reading: Reading[str]) -> bool:
    """Tell whether *reading* is a version: neither absent nor unread."""
    return reading is not None and not isinstance(reading, Unread)
