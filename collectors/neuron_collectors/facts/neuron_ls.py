"""Facts from ``neuron-ls``, the vendor's own list of devices: a second witness beside PCI, sysfs and device nodes."""

from __future__ import annotations

from .frozen import dataclass
from .state import Reading, Unread

NOT_PRINTED = Unread("not in this output of neuron-ls")
"""The form or version of the output has no such field: what it would say is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronLsProcess:
    """One process that ``neuron-ls`` lists under a device; tables print NA for what there is not."""

    pid: Reading[int] = NOT_PRINTED
    """``pid``, column PID, before 2.0 RUNTIME PID, e.g. 23518. From inside a container it is the host's."""
    command: Reading[str] = NOT_PRINTED
    """
    ``command``, column COMMAND, e.g. ``neuron-app01 infer --input-data-direc...``: tables shorten it, and so did JSON.

    `None` when the tool could not find it, as for a process outside the container that asks.
    """
    runtime_version: Reading[str] = NOT_PRINTED
    """``neuron_runtime_version``, column RUNTIME VERSION, e.g. ``2.30.51``; `None` for a process without a runtime."""
    runtime_address: Reading[str] = NOT_PRINTED
    """Column RUNTIME ADDRESS, of tools before 2.0 only, e.g. ``unix:/run/neuron.sock``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronLsDevice:
    """One device that ``neuron-ls`` lists."""

    index: int
    """
    ``neuron_device``, column NEURON DEVICE, in 2019 LOGICAL ID, e.g. 0.

    It is the driver's index on a host. In a container it counts the devices that the container has, from 0.
    """
    bdf: Reading[str] = NOT_PRINTED
    """
    ``bdf``, column PCI BDF, as printed: ``cc:00.0``, or ``0000:cc:00.0`` (until 2021, and again from tools 2.23 on).

    In a container it is the host's, like the neighbours: the only tie between a device's index and its PCI function.
    """
    core_count: Reading[int] = NOT_PRINTED
    """``nc_count``, column NEURON CORES: logical cores, e.g. on Trainium2 4 at LNC 2 and 8 at LNC 1."""
    core_ids: Reading[tuple[int, ...]] = NOT_PRINTED
    """``neuroncore_ids``, column NEURON CORE IDS (``0-3``): what NEURON_RT_VISIBLE_CORES takes. Since 2.25."""
    memory_bytes: Reading[int] = NOT_PRINTED
    """
    ``memory_size`` in bytes, e.g. 103079215104.

    Tables print it in units of 1024 (``96 GB`` is 96 x 2**30), in 2019 as two channels of ``4096 MB`` each.
    """
    connected_to: Reading[tuple[int, ...]] = NOT_PRINTED
    """
    ``connected_to``, column CONNECTED DEVICES, e.g. ``(12, 3, 4, 1)``, in the order printed; null is ``()``.

    In a container these are the host's indexes, and may name devices that the container has not.
    """
    cpu_affinity: Reading[str] = NOT_PRINTED
    """``cpu_affinity``, column CPU AFFINITY, e.g. ``48-95,144-191``. Since 2.25."""
    numa_node: Reading[int] = NOT_PRINTED
    """``numa_node``, a string in JSON, column NUMA NODE; -1 means none and is `None` here. Since 2.25."""
    processes: Reading[tuple[NeuronLsProcess, ...]] = NOT_PRINTED
    """``neuron_processes``, or the rows of a table. A table without the column PID does not tell who may be there."""

    def is_at(self, address: str) -> Reading[bool]:
        """Tell whether the BDF, which may lack the domain, names the PCI function at *address*: ``0000:cc:00.0``."""
        if not isinstance(self.bdf, str):
            return self.bdf
        return address == self.bdf or address.endswith(f":{self.bdf}")


@dataclass(frozen=True, kw_only=True, slots=True)
class NeuronLs:
    """What one run of ``/opt/aws/neuron/bin/neuron-ls`` printed."""

    form: str
    """``json array`` (``-j``), ``json object`` (``--output-format json``, announced for SDK 2.34) or ``table``."""
    instance_type: Reading[str] = NOT_PRINTED
    """``instance_type`` (tools newer than 2.28.23), in tables the line ``instance-type:``, e.g. ``trn2.48xlarge``."""
    instance_id: Reading[str] = NOT_PRINTED
    """``instance_id``, in tables the line ``instance-id:``, e.g. ``i-0123456789abcdef0``."""
    logical_neuroncore_config: Reading[int] = NOT_PRINTED
    """``logical_neuroncore_config``, in tables a line of that name, from Trainium2 on: physical per logical core."""
    devices: tuple[NeuronLsDevice, ...] = ()
    """In the order printed."""
    topology: Reading[tuple[tuple[int, int], ...]] = NOT_PRINTED
    """The links that ``--topology`` draws below the table: pairs of device indexes, the smaller first, in order."""
