"""The services that are told where Neuron's libraries are: LD_LIBRARY_PATH in systemd's unit files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .host import Host

_PLACES = ("etc/systemd/system", "usr/lib/systemd/system")
_MOST_UNITS = 2000
_VARIABLE = "LD_LIBRARY_PATH="
_ASSIGNMENT = rf"""(?m)^[ \t]*Environment[ \t]*=(?:.*[\s"'])?{_VARIABLE}([^\s"']*)"""


def read_service_directories(host: Host) -> Iterator[tuple[str, str]]:
    """Yield each directory, relative to the host's root, with the unit file that names it."""
    for path in _find_units(host):
        text = host.read_text(path)
        if isinstance(text, str):
            yield from ((directory.strip("/"), f"/{path}") for directory in parse_library_path(text))


def parse_library_path(text: str) -> tuple[str, ...]:
    """
    Return the directories in LD_LIBRARY_PATH of a unit that mentions Neuron (systemd.exec(5), ``Environment=``).

    .. code-block:: ini

        [Service]
        Environment=NEURON_RT_NUM_CORES=2 "LD_LIBRARY_PATH=/opt/aws/neuron/lib:/opt/amazon/efa/lib64"
        ExecStart=/opt/aws_neuronx_venv_pytorch_2_9/bin/python serve.py

    A directory with ``%h`` or the like is left out: what systemd puts there is not known here.
    """
    if _VARIABLE not in text or "neuron" not in text.lower():
        return ()
    values = re.findall(_ASSIGNMENT, text.replace("\\\n", " "))
    paths = (path for value in values for path in value.split(":"))
    return tuple(dict.fromkeys(path for path in paths if path.startswith("/") and not {"%", "$", "\0"} & set(path)))


def _find_units(host: Host) -> Iterator[str]:
    """Yield the paths of services and of what overrides them."""
    for place in _PLACES:
        names = host.list_directory(place)
        for name in names[:_MOST_UNITS] if isinstance(names, tuple) else ():
            if name.endswith(".service"):
                yield f"{place}/{name}"
            elif name.endswith(".service.d"):
                overrides = host.list_directory(f"{place}/{name}")
                found = overrides if isinstance(overrides, tuple) else ()
                yield from (f"{place}/{name}/{override}" for override in found if override.endswith(".conf"))
