"""Hypothesis strategies that several property tests draw from."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from neuron_collectors.facts import NOT_COLLECTED, NOT_GIVEN, PERMISSION, Inventory, Unread

VERSIONS = (
    "2.26.5.0",
    "2.x.7693.0",
    "2.29.40.0-f954cd7a5",
    "2.29.40.0_f954cd7a5-1",
    "1.13.1.1.13.0",
    "2.8.0.2.10.13553+1e4dd6ca",
    "2.0b1",
    "0",
    "99.0",
    "not a version",
)

PLAUSIBLE: Mapping[str, tuple[Any, ...]] = {
    "version": VERSIONS,
    "versions": VERSIONS,
    "packages": VERSIONS,
    "compiler_version": VERSIONS,
    "instance_type": ("trn1.32xlarge", "trn2.48xlarge", "inf2.xlarge", "inf1.6xlarge", "trn1", "m5.large"),
    "id": ("ubuntu", "amzn", "rocky", "plan9"),
    "kernel": ("6.8.0-1021-aws", "5.10.157-139.675.amzn2.x86_64"),
    "built_for_kernels": ("6.8.0-1021-aws", "5.15.0-1084-aws"),
    "glibc": ("2.35", "2.17"),
    "python": ("3.10.12", "3.7", "3.14.0rc1"),
    "requires": ("torch==2.8.*", "numpy<2; python_version < '3.12'", "@@@"),
    "requires_python": (">=3.10", "<3", "what"),
    "device_id": ("0x7364", "0x7164", "0xffff"),
    "device_name": ("Trainium1", "Trainium2", "Inferentia2", "Inferentia"),
    "instance_family": ("Trn1", "Trn2", "Inf2"),
    "initstate": ("live", "coming", "going"),
    "neff_version": ("2.0", "1.0", "3.0"),
    "target": ("trn1", "trn2", "inf2", "trn9"),
    "manager": ("dpkg", "rpm"),
    "environment": ("1", "true", "--model-type=transformer"),
    "log_lines": ("ERROR  NRT:nrt_init  Unable to determine Neuron Driver version.",),
    "kernel_log": ("neuron 0000:10:1c.0: Neuron Device (0): readless read not supported",),
}
"""Values that a field may hold on a real host, by the field's name."""

NAMES = (
    "aws-neuronx-dkms",
    "aws-neuronx-runtime-lib",
    "aws-neuronx-collectives",
    "aws-neuron-dkms",
    "torch-neuronx",
    "torch",
    "neuronx-cc",
    "libneuronxla",
    "NEURON_RT_VISIBLE_CORES",
    "NEURON_CC_FLAGS",
    "unread",
    "=unread",
)
"""Packages and variables that a mapping may name; the last two are words of the snapshot's format."""

MOST = 2**64 - 1


def texts() -> st.SearchStrategy[str]:
    """Draw any text that Unicode can write: no halves of surrogate pairs."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def readings(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a value, absence, or the reason why it is unread."""
    unread = st.sampled_from([NOT_GIVEN, NOT_COLLECTED, PERMISSION]) | st.builds(Unread, texts())
    return values | st.none() | unread


def inventories() -> st.SearchStrategy[Inventory]:
    """Draw any inventory at all, with values of real hosts often enough that they meet."""
    return facts(Inventory)


@functools.cache
def facts(cls: type) -> st.SearchStrategy[Any]:
    """Draw any fact of class *cls*, field by field from its type hints."""
    return st.builds(cls, **{name: _values(hint, name) for name, hint in get_type_hints(cls).items()})


def json_values() -> st.SearchStrategy[Any]:
    """Draw any value that JSON can hold, with NaN and surrogates, which Python's JSON can hold too."""
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    return st.recursive(
        scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=12), inner), max_leaves=8
    )


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """Draw *document*, parsed JSON, with something wrong in one place: another value, another key, or nothing."""
    copy = json.loads(json.dumps(document))
    holder, key = draw(st.sampled_from(list(_spots(copy))))
    value = holder.pop(key)
    match draw(st.sampled_from(["replaced", "renamed", "removed"])):
        case "replaced":
            _put(holder, key, draw(json_values()))
        case "renamed":
            _put(holder, draw(st.text(max_size=12)) if isinstance(key, str) else key, value)
    return copy


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in *value*: the array or object, and the index or key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(pairs):
        yield value, key
        yield from _spots(item)


def _put(holder: Any, key: Any, value: Any) -> None:
    """Put *value* into an object, or into an array so that it stands at index *key*."""
    if isinstance(holder, list):
        holder.insert(key, value)
    else:
        holder[key] = value


def _values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """Draw what a field *name* with the type *hint* may hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Union:
        (value,) = (argument for argument in arguments if argument not in (NoneType, Unread))
        return readings(_values(value, name))
    if origin is tuple and arguments[-1] is ...:
        return st.lists(_values(arguments[0], name), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(_values(argument, name) for argument in arguments))
    if origin is not None:
        names = st.sampled_from(NAMES) | texts()
        return st.dictionaries(names, _values(arguments[1], name), max_size=4)
    return facts(hint) if is_dataclass(hint) and isinstance(hint, type) else _scalars(hint, name)


def _scalars(hint: type, name: str) -> st.SearchStrategy[Any]:
    """Draw a scalar, from the plausible ones and from all."""
    every: Mapping[type, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(-1, 64) | st.integers(-MOST, MOST),
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: texts(),
    }
    return st.sampled_from(PLAUSIBLE[name]) | every[hint] if name in PLAUSIBLE else every[hint]
