"""
What ``neuron-ls`` prints as JSON.

Its forms: https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-ls.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from .facts import Reading, Unread
from .facts.neuron_ls import NOT_PRINTED, NeuronLs, NeuronLsDevice, NeuronLsProcess
from .fields import read_field
from .host import CollectorError
from .shapes import Shape, ShapeError, array, describe, parse_json
from .tool_shapes import bdf, count, cpu_list, instance_id, instance_type, numa_node, printed

T = TypeVar("T")


def parse_neuron_ls_json(output: str) -> NeuronLs:
    """
    Parse the array that ``neuron-ls -j`` prints, one object per device, without a newline at the end.

    .. code-block:: json

        [
            {
                "instance_type": "trn2.48xlarge",
                "instance_id": "i-0123456789abcdef0",
                "neuron_device": 0,
                "bdf": "0000:cc:00.0",
                "cpu_affinity": "48-95,144-191",
                "numa_node": "1",
                "connected_to": [12, 3, 4, 1],
                "nc_count": 4,
                "logical_neuroncore_config": 2,
                "memory_size": 103079215104,
                "neuroncore_ids": [0, 1, 2, 3],
                "neuron_processes": [
                    {
                        "pid": 113985,
                        "command": "",
                        "neuron_runtime_version": "2.34.10"
                    }
                ]
            }
        ]

    The instance's fields came after tools 2.28.23, the core ids, CPUs and NUMA node with 2.25. For SDK 2.34 AWS has
    announced an object in place of the array (``--output-format json``), with what holds for all devices above them,
    and has not shown one: the devices are found by their ``neuron_device``, the rest by the names of the array's form.
    """
    try:
        document = parse_json(output)
    except ShapeError as error:
        raise CollectorError(f"neuron-ls: {error}") from error
    if isinstance(document, list):
        return _parse_listing("json array", document, above=())
    if isinstance(document, dict):
        parts = [part for part in document.values() if isinstance(part, dict)]
        return _parse_listing("json object", _find_devices(document), above=(document, *parts))
    raise CollectorError(f"neuron-ls: neither an array nor an object: {describe(document)}")


def _find_devices(document: dict[object, object]) -> list[object]:
    """Return the one list of devices in *document*."""
    lists = [part for part in document.values() if isinstance(part, list) and any(map(_is_device, part))]
    if len(lists) != 1:
        raise CollectorError(f"neuron-ls: {len(lists)} lists of devices in {', '.join(map(repr, document))[:200]}")
    return lists[0]


def _is_device(entry: object) -> bool:
    return isinstance(entry, dict) and "neuron_device" in entry


def _parse_listing(form: str, entries: list[object], *, above: Sequence[object]) -> NeuronLs:
    """Parse the devices *entries*; what holds for all of them stands in each, or *above* them."""
    places = (*above, *entries)
    return NeuronLs(
        form=form,
        instance_type=_read_common(places, "instance_type", instance_type),
        instance_id=_read_common(places, "instance_id", instance_id),
        logical_neuroncore_config=_read_common(places, "logical_neuroncore_config", count),
        devices=tuple(_parse_device(entry, place) for place, entry in enumerate(entries)),
    )


def _parse_device(entry: object, place: int) -> NeuronLsDevice:
    """Parse one device."""
    if not isinstance(entry, dict):
        raise CollectorError(f"neuron-ls: [{place}]: not an object: {describe(entry)}")
    index = _read(entry, "neuron_device", count)
    if not isinstance(index, int):
        raise CollectorError(f"neuron-ls: [{place}].neuron_device: no index: {describe(entry.get('neuron_device'))}")
    return NeuronLsDevice(
        index=index,
        bdf=_read(entry, "bdf", bdf),
        core_count=_read(entry, "nc_count", count),
        core_ids=_read_list(entry, "neuroncore_ids", count),
        memory_bytes=_read(entry, "memory_size", count),
        connected_to=_read_list(entry, "connected_to", count),
        cpu_affinity=_read(entry, "cpu_affinity", cpu_list),
        numa_node=_read(entry, "numa_node", numa_node),
        processes=_read_list(entry, "neuron_processes", _parse_process),
    )


def _parse_process(entry: object) -> NeuronLsProcess:
    """Parse one process. Raises `ShapeError`."""
    if not isinstance(entry, dict):
        raise ShapeError(f"not an object: {describe(entry)}")
    return NeuronLsProcess(
        pid=_read(entry, "pid", count),
        command=_read(entry, "command", printed),
        runtime_version=_read(entry, "neuron_runtime_version", printed),
    )


def _read(entry: object, key: str, shape: Shape[T | None]) -> Reading[T]:
    return read_field(entry, (key,), shape, missing=NOT_PRINTED)


def _read_list(entry: object, key: str, item: Shape[T]) -> Reading[tuple[T, ...]]:
    """Read a list; the tool, which is written in Go, prints an empty one as null."""
    found: Reading[tuple[T, ...]] = _read(entry, key, array(item))
    return () if found is None else found


def _read_common(places: Sequence[object], key: str, shape: Shape[T | None]) -> Reading[T]:
    """Read what stands once or more in *places* and says the same everywhere."""
    found = [_read(place, key, shape) for place in places if isinstance(place, dict) and key in place]
    if not found:
        return NOT_PRINTED
    if any(reading != found[0] for reading in found):
        return Unread(f"{key}: not the same everywhere in the output")
    return found[0]
