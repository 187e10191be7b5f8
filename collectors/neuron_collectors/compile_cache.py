"""
Compile caches: what neuronx-cc compiled before, and where that stopped.

.. code-block:: text

    /var/tmp/neuron-compile-cache/
      neuronxcc-2.16.372.0+4a9b2326/           compiler version
        MODULE_3540044791706521849+4eb52b03/   hash of the graph + hash of the flags
          compile_flags.json
          model.done
          model.hlo_module.pb
          model.neff

Described in AWS's "Neuron Persistent Cache"; what the files of a module mean was taken from optimum-neuron's
``optimum/neuron/cache/cleanup.py``. vLLM's cache has a directory of 32 hexadecimal digits for each model and no
description of what is in it.
"""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from .facts import NOT_COLLECTED, CachedModules, CompileCache, Neff, Reading, Unread, value_or_none
from .host import CollectorError, Host
from .neff import absolute_path, read_neff

K = TypeVar("K", str, int)

MODULE_LIMIT = 20_000
"""Modules of one cache that are looked at."""

_DEFAULT = "var/tmp/neuron-compile-cache"
_VLLM = "neuron/compile_cache"
_MOST_HOMES = 1000
_MOST_UNREAD = 16
_COMPILER = re.compile(r"neuronxcc-([0-9]+(?:\.[0-9]+)+[a-z0-9]*\+[0-9a-f]+)")
_MODULE = re.compile(r"MODULE_[0-9a-f]+(?:\+(?P<flags>[0-9a-f]{8}))?")
_VLLM_KEY = re.compile(r"[0-9a-f]{32}")
_CACHE_DIR = re.compile(r"--cache_dir[= ]\s*(\S+)")
_TARGET = re.compile(r"--target[= ]\s*(\S+)")
_NO_VERSION = Unread("not in the names of this cache")
_NO_STATES = Unread("not documented for this cache")


def collect_compile_caches(host: Host, *, places: Iterable[str] = ()) -> Reading[tuple[CompileCache, ...]]:
    """
    Return the compile caches at the default places and at *places*.

    A place that could not be read stands among them. A captured tree without ``var/tmp`` has not collected them.
    """
    every = dict.fromkeys((*places, _DEFAULT, *_vllm_places(host)))
    caches = [cache for place in every if (cache := read_compile_cache(host, place)) is not None]
    if not caches and not host.holds("var/tmp"):
        return NOT_COLLECTED
    return tuple(_merge(caches))


def places_named_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the caches that the variables in *environment* name, without those in S3."""
    flag = _CACHE_DIR.search(environment.get("NEURON_CC_FLAGS", ""))
    url = flag[1] if flag else environment.get("NEURON_COMPILE_CACHE_URL", "")
    vllm = environment.get("VLLM_CACHE_ROOT", "")
    named = (url, f"{vllm}/{_VLLM}" if vllm else "", environment.get("NEURON_LIBTORCH_REMOTE_CACHE", ""))
    return tuple(name.strip("/") for name in named if name.startswith("/"))


def read_compile_cache(host: Host, path: str) -> CompileCache | None:
    """Read the compile cache in directory *path*; `None` when there is none."""
    entries = host.stat_directory(path)
    if entries is None:
        return None
    if isinstance(entries, Unread):
        return CompileCache(path=absolute_path(path), compilers=entries, unrecognised=entries)
    directories = [name for name, found in entries.items() if stat.S_ISDIR(found.mode)]
    versions = {name: found[1] for name in directories if (found := _COMPILER.fullmatch(name))}
    keys = [f"{path}/{name}" for name in directories if _VLLM_KEY.fullmatch(name)]
    compilers = []
    left = MODULE_LIMIT
    for name, version in versions.items():
        compilers.append(_read_compiler(host, f"{path}/{name}", version, limit=left))
        left = max(0, left - (value_or_none(compilers[-1].modules) or 0))
    if keys:
        compilers.append(_without_states(_count(host, keys, _NO_VERSION, limit=left)))
    unrecognised = len(directories) - len(versions) - len(keys)
    return CompileCache(path=absolute_path(path), compilers=tuple(compilers), unrecognised=unrecognised)


def parse_state(names: Collection[str]) -> str:
    """
    Return the state of a module from the names of its files.

    .. code-block:: text

        compile_flags.json  model.done  model.hlo_module.pb  model.neff         done
        compile_flags.json  model.hlo_module.pb  model.log                      failed
        compile_flags.json  model.hlo_module.pb  model.hlo_module.pb.lock       locked
    """
    if "model.neff" in names:
        if "model.done" in names:
            return "done"
    elif "model.log" in names:
        return "failed"
    if any(name.endswith(".lock") for name in names):
        return "locked"
    return "unfinished" if "model.neff" in names else "empty"


def parse_flags(content: bytes) -> tuple[str, ...]:
    """
    Parse ``compile_flags.json``; raises `ShapeError`.

    .. code-block:: json

        ["--target=trn1", "--model-type=transformer", "--auto-cast=none"]
    """
    from .shapes import ShapeError, array, parse_json, text  # noqa: PLC0415 - hosts without a cache need no JSON

    try:
        return array(text)(parse_json(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise ShapeError(f"not UTF-8 text at byte {error.start}") from error


def _read_compiler(host: Host, directory: str, version: str, *, limit: int) -> CachedModules:
    """Count the modules in *directory*, which one compiler version filled; look at no more than *limit*."""
    names = host.list_directory(directory)
    if not isinstance(names, tuple):
        return _unread_modules(version, names or Unread("went away"))
    paths = [f"{directory}/{name}" for name in names if _MODULE.fullmatch(name)]
    return _count(host, paths, version, limit=limit)


def _unread_modules(version: str, why: Unread) -> CachedModules:
    """Return the modules of a compiler version of which only the directory's name is known."""
    unread: dict[str, Any] = {field.name: why for field in fields(CachedModules) if isinstance(field.default, Unread)}
    return CachedModules(**{**unread, "compiler_version": version})


def _count(host: Host, paths: Sequence[str], version: Reading[str], *, limit: int) -> CachedModules:
    """Count the modules in the directories *paths*; look at no more than *limit*."""
    census = _Census(host)
    for path in paths[:limit]:
        census.add(path)
    return replace(census.counted(version), modules=len(paths), partial=len(paths) > limit)


def _without_states(modules: CachedModules) -> CachedModules:
    """Return *modules* of a cache that has no description of what the files of a module mean."""
    return replace(
        modules,
        done=_NO_STATES,
        failed=_NO_STATES,
        locked=_NO_STATES,
        unfinished=_NO_STATES,
        empty=_NO_STATES,
        oldest_lock=_NO_STATES,
    )


class _Census:
    """The modules of one compiler version, counted one after the other."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._states: Counter[str] = Counter()
        self._locks: list[int] = []
        self._size = 0
        self._neffs = 0
        self._damaged = 0
        self._seen: set[tuple[Reading[str], Reading[int], Reading[int]]] = set()
        self._flags: dict[str, Reading[tuple[str, ...]]] = {}

    def add(self, path: str) -> None:
        """Count the module in directory *path*."""
        files = self._host.stat_directory(path)
        if files is None or isinstance(files, Unread):
            self._states["unread"] += 1
            return
        state = parse_state(files)
        self._states[state] += 1
        self._size += sum(found.size for found in files.values() if stat.S_ISREG(found.mode))
        if state == "locked":
            self._locks += [found.mtime_ns // 10**9 for name, found in files.items() if name.endswith(".lock")]
        for name in files:
            if name.endswith(".neff"):
                self._add_header(f"{path}/{name}")
        self._add_flags(path, files)

    def counted(self, version: Reading[str]) -> CachedModules:
        """Return what was counted, all compiled by *version*."""
        flags = [found for found in self._flags.values() if isinstance(found, tuple)]
        return CachedModules(
            compiler_version=version,
            modules=self._states.total(),
            done=self._states["done"],
            failed=self._states["failed"],
            locked=self._states["locked"],
            unfinished=self._states["unfinished"],
            empty=self._states["empty"],
            unread=self._states["unread"],
            oldest_lock=min(self._locks, default=None),
            size_bytes=self._size,
            neffs=self._neffs,
            damaged_neffs=self._damaged,
            neff_versions=_distinct(version for version, _, _ in self._seen),
            feature_bits=_distinct(bits for _, bits, _ in self._seen),
            lnc_sizes=_distinct(size for _, _, size in self._seen),
            targets=_distinct(target for found in flags for target in _TARGET.findall(" ".join(found))),
            flags=self._flags,
        )

    def _add_header(self, path: str) -> None:
        """Count the NEFF file *path* and remember what its header says."""
        try:
            neff = read_neff(self._host, path)
        except CollectorError:
            neff = None
        if isinstance(neff, Neff):
            self._neffs += 1
            self._seen.add((neff.neff_version, neff.feature_bits, neff.lnc_size))
        else:
            self._damaged += 1

    def _add_flags(self, path: str, files: Collection[str]) -> None:
        """Remember the flags of the module in *path*, unless those of another one with the same hash are known."""
        module = _MODULE.fullmatch(path.rpartition("/")[2])
        key = module["flags"] if module else None
        if key is None or isinstance(self._flags.get(key), tuple):
            return
        if "compile_flags.json" in files:
            self._flags[key] = _read_flags(self._host, f"{path}/compile_flags.json")
        else:
            self._flags.setdefault(key, None)


def _distinct(readings: Iterable[Reading[K]]) -> tuple[K, ...]:
    """Return the values among *readings*, each once and in order."""
    return tuple(sorted({value for value in readings if value is not None and not isinstance(value, Unread)}))


def _read_flags(host: Host, path: str) -> Reading[tuple[str, ...]]:
    """Read the file *path* of flags."""
    from .shapes import ShapeError  # noqa: PLC0415

    content = host.read_bytes(path)
    try:
        return parse_flags(content) if isinstance(content, bytes) else content
    except ShapeError as error:
        return Unread(str(error))


def _vllm_places(host: Host) -> Iterator[str]:
    """Yield the places where vLLM has its cache, whether they are there or not."""
    homes = host.list_directory("home")
    for home in (*(f"home/{name}" for name in (homes if isinstance(homes, tuple) else ())[:_MOST_HOMES]), "root"):
        yield f"{home}/.cache/vllm/{_VLLM}"
    names = host.list_directory("tmp")
    for name in names if isinstance(names, tuple) else ():
        if name.startswith("vllm_neuron_wdir_"):
            yield f"tmp/{name}/{_VLLM}"


def _merge(caches: list[CompileCache]) -> Iterator[CompileCache]:
    """Yield *caches*; where many could not be read, their parents stand for them: a cluster has many homes."""
    unread = [cache for cache in caches if isinstance(cache.compilers, Unread)]
    parents: set[str] = set()
    for cache in caches:
        parent = "/" + cache.path.split("/")[1]
        if not isinstance(cache.compilers, Unread) or len(unread) <= _MOST_UNREAD:
            yield cache
        elif parent not in parents:
            parents.add(parent)
            yield replace(cache, path=parent)
