"""
Environment variables that change what Neuron's software does.

On the running machine they are those of the process that collects, which a shell, a unit or a pod gave it: how else
would a user show the ones that matter. They are kept as they are; `redaction` decides what may leave the host.
"""

from __future__ import annotations

from collections.abc import Mapping

from .container import collect_container
from .facts import NOT_COLLECTED, Container, Reading
from .host import Host

_LIMIT = 2 * 1024 * 1024  # what Linux allows for arguments and environment on a stack of 8 MiB

PREFIXES = (
    *("NEURON_", "NEURONCORE_", "AWS_NEURON_"),  # runtime, compiler, frameworks; its 1.x; the OCI hook
    *("XLA_", "PT_XLA_", "TORCH_NEURONX_"),  # PyTorch
    *("NKI_", "NKILIB_", "NXD_", "NXDI_", "VLLM_NEURON_", "VLLM_CACHE_ROOT"),
    "FI_",  # libfabric, and EFA below it
)
"""The names that the vendor documents start like this; nothing else is kept, whatever it holds."""


def collect_environment(host: Host) -> Reading[Mapping[str, str]]:
    """
    Return the variables by name.

    A captured tree has those of a container's first process; on a host that process runs none of Neuron's software.
    """
    if host.live:
        path = "proc/self/environ"
    elif isinstance(collect_container(host), Container):
        path = "proc/1/environ"
    else:
        return NOT_COLLECTED
    text = host.read_text(path, limit=_LIMIT)
    if text is None:
        return NOT_COLLECTED
    return parse_variables(text) if isinstance(text, str) else text


def parse_variables(text: str) -> Mapping[str, str]:
    r"""
    Parse ``/proc/<pid>/environ`` (proc_pid_environ(5)), a list ended by NUL; of two of a name the first counts.

    .. code-block:: text

        HOME=/root\0NEURON_RT_VISIBLE_CORES=0-3\0NEURON_CC_FLAGS=--model-type=transformer\0
    """
    variables: dict[str, str] = {}
    for entry in text.split("\0"):
        name, equals, value = entry.partition("=")
        if equals and name.startswith(PREFIXES):
            variables.setdefault(name, value)
    return dict(sorted(variables.items()))
