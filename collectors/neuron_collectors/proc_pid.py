"""What the files in ``/proc/PID`` say of how a process was started, and where it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .facts import Reading
from .facts.frozen import dataclass
from .facts.lazy_pattern import lazy_pattern
from .host import CollectorError

_CONTAINER = lazy_pattern(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_POD = lazy_pattern(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])")
_SYSTEMD_LINE = lazy_pattern(r"^(?:0:|[0-9]+:name=systemd):(.*)$", re.MULTILINE)
_CORES = lazy_pattern(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_COUNT = lazy_pattern(r"[0-9]{1,4}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlGroup:
    """What the names of a process's control groups tell."""

    container: Reading[str]
    pod: Reading[str]
    unit: Reading[str]


def parse_cgroup(text: str) -> ControlGroup:
    """
    Parse ``/proc/PID/cgroup``, of version 2 or 1 (cgroups(7)).

    .. code-block:: text

        0::/kubepods.slice/kubepods-podf0b2f9a3_6f1d_4d6c_9a5e_0c9a0f6a2b11.slice/cri-containerd-4b0e2f5cf3c4….scope
        12:devices:/kubepods/burstable/podf0b2f9a3-6f1d-4d6c-9a5e-0c9a0f6a2b11/4b0e2f5cf3c4…
        0::/system.slice/docker-4b0e2f5cf3c4….scope
        0::/system.slice/vllm.service
        1:name=systemd:/user.slice/user-1000.slice/session-3.scope

    Where this runs in a container itself, the names begin inside of it.
    """
    containers = _CONTAINER.findall(text)
    pod = _POD.search(text)
    return ControlGroup(
        container=containers[-1] if containers else None,
        pod=pod[1].replace("_", "-") if pod else None,
        unit=None if containers or pod else _find_unit(text),
    )


def parse_environ(text: str) -> Mapping[str, str]:
    r"""
    Parse ``/proc/PID/environ``.

    .. code-block:: text

        PATH=/usr/bin:/bin\0NEURON_RT_VISIBLE_CORES=0-3\0
    """
    entries = (entry.partition("=") for entry in text.split("\0"))
    return {name: value for name, separator, value in entries if name and separator}


def parse_cmdline(text: str) -> str | None:
    r"""
    Parse ``/proc/PID/cmdline``; `None` where it is empty, as a zombie's is.

    .. code-block:: text

        /usr/bin/python3\0serve.py\0--port\08080\0
    """
    return text.removesuffix("\0").replace("\0", " ").strip() or None


def parse_cores(text: str, source: str) -> tuple[int, ...]:
    """
    Parse the value of NEURON_RT_VISIBLE_CORES ("Neuron Runtime Configuration"): cores and ranges with both ends.

    .. code-block:: text

        0-3
        0,1
    """
    cores: set[int] = set()
    for part in text.split(","):
        found = _CORES.fullmatch(part.strip())
        if found is None:
            raise CollectorError(f"{source}: not a list of cores: {text[:80]!r}")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise CollectorError(f"{source}: not a list of cores: {text[:80]!r}")
        cores.update(range(first, last + 1))
    return tuple(sorted(cores))


def parse_core_count(text: str, source: str) -> int:
    """
    Parse the value of NEURON_RT_NUM_CORES; 0 asks for all.

    .. code-block:: text

        2
    """
    number = text.strip()
    if not _COUNT.fullmatch(number):
        raise CollectorError(f"{source}: not a number of cores: {text[:80]!r}")
    return int(number)


def _find_unit(text: str) -> str | None:
    """Return the service in the control group's name, or else the scope, the innermost of each."""
    group = _SYSTEMD_LINE.search(text)
    names = group[1].split("/")[::-1] if group else []
    return next((name for suffix in (".service", ".scope") for name in names if name.endswith(suffix)), None)
