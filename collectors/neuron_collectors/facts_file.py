"""
Read a facts file: what somebody says about a host, in JSON or TOML, as an inventory like any other.

.. code-block:: json

    {
      "instance_type": "trn1.32xlarge",
      "devices": {"pci": 16, "nodes": 0},
      "driver": null,
      "os_packages": {"aws-neuronx-dkms": "2.26.5.0", "aws-neuronx-tools": null}
    }

What is not said is `facts.NOT_GIVEN`; null is *looked and not there*. TOML has no null, so what is absent is said in
JSON.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from .facts import (
    NOT_GIVEN,
    Container,
    DeviceNode,
    DriverFiles,
    Instance,
    Inventory,
    LoadedDriver,
    Memory,
    Neff,
    NeuronDevice,
    OperatingSystem,
    OsPackages,
    PciFunction,
    Process,
    PythonEnvironment,
    Reading,
    RuntimeLibrary,
    Unread,
    fold_name,
)
from .input_error import InputError
from .input_file import read_input
from .shapes import (
    MOST,
    Shape,
    ShapeError,
    array,
    boolean,
    describe,
    integer,
    keys,
    mapping,
    nullable,
    parse_json,
    parse_toml,
    text,
)

T = TypeVar("T")

Facts = dict[str, Any]
"""Some fields of an `Inventory`."""

_BIT_MASK = re.compile(r"0x[0-9a-f]{1,16}", re.ASCII | re.IGNORECASE)
_STARTS_AS_VERSION = re.compile(r"v?[0-9]", re.ASCII)
_MOST_DEVICES = 4096  # far above any host, and small enough for every output


class FactsError(InputError):
    """A facts file is not what the contract says it is."""


def load_facts_file(path: str | os.PathLike[str]) -> Inventory:
    """
    Read the facts file *path*; raises `InputError` with the spot that is wrong.

    The suffix says whether it is JSON or TOML, else its first character does.
    """
    source = read_input(path)
    name = os.fspath(path)
    try:
        return parse_facts(source, toml=_names_toml(name, source))
    except FactsError as error:
        raise FactsError(f"{name}: {error}") from error


def looks_like_toml(source: str) -> bool:
    """Tell TOML from JSON: only JSON starts with a brace. Nothing at all is JSON too, where it is an error."""
    return source.strip() != "" and not source.lstrip().startswith("{")


def parse_facts(source: str, *, toml: bool) -> Inventory:
    """Parse the text of a facts file; raises `FactsError` with the spot that is wrong."""
    try:
        return _inventory(parse_toml(source) if toml else parse_json(source))
    except ShapeError as error:
        raise FactsError(str(error)) from error


def _names_toml(name: str, source: str) -> bool:
    """Tell whether the file *name* with the text *source* is TOML."""
    lowered = name.lower()
    if lowered.endswith((".json", ".toml")):
        return lowered.endswith(".toml")
    return looks_like_toml(source)


def _version(value: object) -> str:
    """Return *value* if it may be a version: what starts with no digit, as ``latest``, would be judged as no fault."""
    word = _word(value)
    if not _STARTS_AS_VERSION.match(word):
        raise ShapeError(f"not a version: {describe(value)}")
    return word


def _word(value: object) -> str:
    """Return *value* if it is text with something in it: a name, a version, a path."""
    word = text(value)
    if not word.strip():
        raise ShapeError("empty; leave it out, or say null for what is not there")
    return word


def _bit_mask(value: object) -> int:
    """Return the bit mask ``"0x1ff"``, or a number as it is."""
    if not isinstance(value, str):
        return _whole_number(value)
    if not _BIT_MASK.fullmatch(value):
        raise ShapeError(f"not a bit mask of at most 64 bits, like '0x1ff': {describe(value)}")
    return int(value, 16)


def _by_folded_name(item: Shape[T]) -> Shape[dict[str, T]]:
    """Make the shape of an object with the names of Python packages as its keys, however they are spelt."""

    def parse(value: object) -> dict[str, T]:
        folded: dict[str, T] = {}
        for name, entry in mapping(item)(value).items():
            if fold_name(name) in folded:
                raise ShapeError(f"package given twice: {describe(name)} and another spelling of it")
            folded[fold_name(name)] = entry
        return folded

    return parse


def _fact(cls: Callable[..., T], given: Facts) -> T:
    """Make a fact of *given*; all else in it is not given, also where a collector would not have collected it."""
    unsaid = {field.name: NOT_GIVEN for field in fields(cast("Any", cls)) if isinstance(field.default, Unread)}
    return cls(**{**unsaid, **given})


def _record(cls: Callable[..., T], table: Mapping[str, Shape[Any]], *, required: tuple[str, ...] = ()) -> Shape[T]:
    """Make the shape of an object whose keys are fields of the fact *cls*."""
    entries = keys(table, required=required)
    return lambda value: _fact(cls, entries(value))


def _records_at(
    key: str, cls: Callable[..., T], table: Mapping[str, Shape[Any]], *, always: Facts | None = None
) -> Shape[tuple[T, ...]]:
    """Make the shape of an array of such objects; one without a path is called after its place, e.g. ``neffs[0]``."""
    entries = array(keys(table))
    return lambda value: tuple(
        _fact(cls, {"path": f"{key}[{index}]", **entry, **(always or {})}) for index, entry in enumerate(entries(value))
    )


def _field(name: str, shape: Shape[Any]) -> Shape[Facts]:
    """Make the shape of what fills the field *name* of the inventory and may be null."""
    value_of = nullable(shape)
    return lambda value: {name: value_of(value)}


def _instance(value: object) -> Instance:
    return _fact(Instance, {"instance_type": _word(value)})


def _container(value: object) -> Container | None:
    return Container() if boolean(value) else None


def _devices(value: object) -> Facts:
    """
    Return the facts behind ``devices``: as many as counted, with nothing known of each.

    ``accessible`` is about the nodes; where their number is not given there is nothing to say it of.
    """
    if value is None:
        return {"pci": None, "devices": None, "device_nodes": None}
    given = keys(_DEVICES)(value)
    node = DeviceNode(accessible=given.get("accessible", NOT_GIVEN))
    witnesses = {"pci": ("pci", PciFunction()), "driver": ("devices", NeuronDevice()), "nodes": ("device_nodes", node)}
    return {
        field: None if given[key] is None else (fact,) * given[key]
        for key, (field, fact) in witnesses.items()
        if key in given
    }


def _driver(value: object) -> Facts:
    """Return the facts behind ``driver``; what lies on disk is absent when all that is said of it is null."""
    if value is None:
        return {"driver": None, "driver_files": None}
    given = keys(_DRIVER)(value)
    loaded = {"version": given["loaded"]} if "loaded" in given else {}
    files = {_DRIVER_FILES[key]: reading for key, reading in given.items() if key in _DRIVER_FILES}
    return {
        name: None if all(reading is None for reading in part.values()) else _fact(cls, part)
        for name, cls, part in (("driver", LoadedDriver, loaded), ("driver_files", DriverFiles, files))
        if part
    }


def _os_packages(value: object) -> OsPackages:
    return _fact(OsPackages, {"versions": mapping(_VERSION)(value), "partial": True})


def _runtime_libraries(value: object) -> tuple[RuntimeLibrary, ...]:
    return (_fact(RuntimeLibrary, keys(_RUNTIME)(value)),)


def _environment(value: object) -> Mapping[str, str]:
    """Return the variables that are set; null is one that is not."""
    variables = mapping(nullable(text))(value)
    return {name: setting for name, setting in variables.items() if setting is not None}


def _inventory(document: object) -> Inventory:
    """Return what *document* says as an inventory; raises `ShapeError`."""
    given = keys(_ROOT)(document)
    held = given.pop("held_packages", NOT_GIVEN)
    facts: Facts = {}
    for part in given.values():
        facts.update(part)
    if held is not NOT_GIVEN:
        facts["os_packages"] = _with_held(facts.get("os_packages", NOT_GIVEN), held)
    return _fact(Inventory, facts)


def _with_held(packages: Reading[OsPackages], held: tuple[str, ...] | None) -> OsPackages | None:
    """Return *packages* with those that the package manager holds back."""
    if packages is None and held:
        raise ShapeError("there are none to hold: os_packages is null", path="held_packages")
    known = _fact(OsPackages, {"partial": True}) if isinstance(packages, Unread) else packages
    return known and replace(known, held=held)


_whole_number = integer(least=0, most=MOST, noun="a number")
_WORDS = array(_word)
_NAME = nullable(_word)
_VERSION = nullable(_version)
_NUMBER = nullable(_whole_number)
_BIT_MASK_OR_NULL = nullable(_bit_mask)
_COUNT = nullable(integer(least=0, most=_MOST_DEVICES, noun="a number"))
_INDEXES = nullable(array(_whole_number))

_OS = {"id": _NAME, "version": _NAME, "kernel": _NAME, "glibc": _VERSION}
_DEVICES = {"pci": _COUNT, "driver": _COUNT, "nodes": _COUNT, "accessible": nullable(boolean)}
_DRIVER = {"loaded": _VERSION, "on_disk": _VERSION, "built_for_kernels": nullable(_WORDS)}
_DRIVER_FILES = {"on_disk": "version", "built_for_kernels": "built_for_kernels"}
_RUNTIME = {"version": _VERSION, "supported_feature_bits": _BIT_MASK_OR_NULL, "compatibility_id": _NUMBER}
_PYTHON_ENVIRONMENT = {
    "path": _word,
    "python": _VERSION,
    "packages": _by_folded_name(_VERSION),
    "requires": _by_folded_name(_WORDS),
    "placeholders": lambda value: tuple(fold_name(name) for name in _WORDS(value)),
}
_NEFF = {
    "path": _word,
    "neff_version": _VERSION,
    "feature_bits": _BIT_MASK_OR_NULL,
    "target": _NAME,
    "lnc_size": _NUMBER,
    "compiler_version": _VERSION,
}
_PROCESS = {"pid": _whole_number, "command": nullable(text), "devices": _INDEXES, "cores": _INDEXES}
_MEMORY = {"total_bytes": _NUMBER, "available_bytes": _NUMBER}
_ROOT: Mapping[str, Shape[Any]] = {
    "instance_type": _field("instance", _instance),
    "os": _field("os", _record(OperatingSystem, _OS)),
    "in_container": _field("container", _container),
    "devices": _devices,
    "driver": _driver,
    "os_packages": _field("os_packages", _os_packages),
    "held_packages": nullable(_WORDS),
    "runtime": _field("runtime_libraries", _runtime_libraries),
    "python_envs": _field(
        "python_environments",
        _records_at("python_envs", PythonEnvironment, _PYTHON_ENVIRONMENT, always={"partial": True}),
    ),
    "neffs": _field("neffs", _records_at("neffs", Neff, _NEFF)),
    "environment": _field("environment", _environment),
    "processes": _field("processes", array(_record(Process, _PROCESS, required=("pid",)))),
    "memory": _field("memory", _record(Memory, _MEMORY)),
    "log_lines": _field("log_lines", array(text)),
    "kernel_log": _field("kernel_log", array(text)),
}
