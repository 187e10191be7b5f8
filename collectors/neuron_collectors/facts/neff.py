"""Facts about compiled models: NEFF files, and the caches that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from .frozen import dataclass
from .state import NOT_COLLECTED, NOT_GIVEN, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Neff:
    """
    One compiled model: a file in the Neuron Executable File Format.

    The fields of its header have the names that they have in AWS's "Work with NEFF files". What its payload says is
    read only where somebody asks for it.
    """

    path: str
    """Where it is on the host, e.g. ``/srv/model.neff``."""
    pkg_version: Reading[int] = NOT_COLLECTED
    """Package format: 1, or 2 in every file seen."""
    header_size: Reading[int] = NOT_COLLECTED
    """Bytes of the header: 1024."""
    data_size: Reading[int] = NOT_COLLECTED
    """Bytes after the header, as the header says, e.g. ``61440``."""
    payload_size: Reading[int] = NOT_COLLECTED
    """Bytes after the header, as the file has them; a truncated file has fewer than ``data_size``."""
    neff_version: Reading[str] = NOT_GIVEN
    """``neff_version_major.neff_version_minor``, the version of the file format, e.g. ``2.0``."""
    neff_build_version: Reading[str] = NOT_COLLECTED
    """Text; `None` where it is empty, as in every file seen."""
    num_tpb: Reading[int] = NOT_COLLECTED
    """TPBs (cores) that it needs to run efficiently, e.g. ``1``."""
    hash: Reading[str] = NOT_COLLECTED
    """Hash of the payload as stored, in hexadecimal: 16 bytes (MD5) in package format 2, 32 (SHA-256) in format 1."""
    hash_verified: Reading[bool] = NOT_COLLECTED
    """Whether ``hash`` is the payload's; `None` where there is no hash."""
    uuid: Reading[str] = NOT_COLLECTED
    """E.g. ``00a04c53-5fd9-4f07-bffd-d5eacdefc852``; `None` where all its bytes are zero."""
    name: Reading[str] = NOT_COLLECTED
    """Name that the compiler gave it, its output file's, e.g. ``file.neff``."""
    requested_tpb_count: Reading[int] = NOT_COLLECTED
    """TPBs that the compiler was asked for, e.g. ``1``."""
    tpb_per_node: Reading[tuple[int, ...]] = NOT_COLLECTED
    """TPBs for each kelf node, without the zeros that fill the header's 64 places, e.g. ``(1,)``."""
    feature_bits: Reading[int] = NOT_GIVEN
    """Features that a runtime must support to load it, a bit mask, e.g. ``0xc00``."""
    lnc_size: Reading[int] = NOT_GIVEN
    """Physical cores per logical core that it was compiled for, 1 or 2; `None` where the compiler left it zero."""
    pad_is_zero: Reading[bool] = NOT_COLLECTED
    """Whether the rest of the header is zero, as in every file seen; if not, it has fields that are not known yet."""
    payload_format: Reading[str] = NOT_COLLECTED
    """``gzip tar``, or ``tar`` as ``neuron-packager optimize`` writes it."""
    members: Reading[int] = NOT_COLLECTED
    """Members of the payload's tar archive, e.g. ``72``."""
    compiler_version: Reading[str] = NOT_GIVEN
    """``tool_version`` in ``info.json``, e.g. ``2.23.6484.0+3b612583``."""
    target: Reading[str] = NOT_GIVEN
    """What it was compiled for: the one of ``kelf_targets``; a facts file may name a chip family, e.g. ``trn2``."""
    kelf_targets: Reading[tuple[str, ...]] = NOT_COLLECTED
    """``target`` in ``kelf-0.json``, ``kelf-1.json`` …, e.g. ``("cayman",)``."""
    graph_count: Reading[int] = NOT_COLLECTED
    """Entries of ``graphs`` in the ``kelf-*.json``, e.g. ``2``."""
    graph_directories: Reading[int] = NOT_COLLECTED
    """Directories ``sg00``, ``sg01`` … in the payload, e.g. ``2``."""
    inputs: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Names of the input tensors, ``arg_nodes`` in ``neff.json``, e.g. ``("x", "y")``."""
    outputs: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Names of the output tensors, ``heads`` in ``neff.json``, e.g. ``("output0", "output0")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedModules:
    """
    The modules that one compiler version left in a compile cache, counted.

    A module is in one of five states: done, failed, locked, unfinished, or empty. Caches whose layout is not
    documented have no states.
    """

    compiler_version: Reading[str] = NOT_COLLECTED
    """From the directory ``neuronxcc-2.16.372.0+4a9b2326``: ``2.16.372.0+4a9b2326``."""
    modules: Reading[int] = NOT_COLLECTED
    """Directories ``MODULE_…``."""
    partial: bool = False
    """Whether there are too many modules to look at: all below is about the first ones."""
    done: Reading[int] = NOT_COLLECTED
    """With ``model.neff`` and ``model.done``: compiled."""
    failed: Reading[int] = NOT_COLLECTED
    """With ``model.log`` and no ``model.neff``: the compiler failed, and is not run again for this module."""
    locked: Reading[int] = NOT_COLLECTED
    """With a ``*.lock`` and no result: being compiled, or left behind by a compilation that was killed."""
    unfinished: Reading[int] = NOT_COLLECTED
    """With ``model.neff``, without ``model.done`` and without a lock: something stopped half-way."""
    empty: Reading[int] = NOT_COLLECTED
    """With neither result, log nor lock: never compiled."""
    unread: Reading[int] = NOT_COLLECTED
    """Modules whose directory could not be read; they are in no state."""
    oldest_lock: Reading[int] = NOT_COLLECTED
    """When the oldest lock of a locked module was last written, in seconds since 1970; `None` where none is locked."""
    size_bytes: Reading[int] = NOT_COLLECTED
    """Bytes of the files in the modules."""
    neffs: Reading[int] = NOT_COLLECTED
    """NEFF files with a good header."""
    damaged_neffs: Reading[int] = NOT_COLLECTED
    """NEFF files whose header is none, or could not be read."""
    neff_versions: tuple[str, ...] = ()
    """Every ``neff_version`` that was seen, e.g. ``("1.0", "2.0")``."""
    feature_bits: tuple[int, ...] = ()
    """Every ``feature_bits`` that was seen, in ascending order."""
    lnc_sizes: tuple[int, ...] = ()
    """Every ``lnc_size`` that was seen, in ascending order."""
    targets: tuple[str, ...] = ()
    """Every ``--target`` in the ``compile_flags.json``, e.g. ``("trn1",)``."""
    flags: Mapping[str, Reading[tuple[str, ...]]] = field(default_factory=dict)
    """``compile_flags.json`` by the hash in the directory's name, e.g. ``4eb52b03``: ``("--target=trn1", "-O1")``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompileCache:
    """One directory in which compilers keep what they compiled."""

    path: str
    """E.g. ``/var/tmp/neuron-compile-cache``."""
    compilers: Reading[tuple[CachedModules, ...]] = NOT_COLLECTED
    """What is in it, by compiler version."""
    unrecognised: Reading[int] = NOT_COLLECTED
    """Directories in it that are of no known layout."""
