"""What a kernel module says of itself: in the section ``.modinfo`` of its file, and as modinfo(8) prints it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .elf_sections import find_section
from .host import CollectorError

_FIELD = re.compile(r"([A-Za-z_]{1,40})(?::[ \t]+|:$|=)(.*)", re.DOTALL)


def parse_modinfo(text: str) -> Mapping[str, str]:
    """
    Parse what modinfo(8) prints; of a key that comes several times, as ``parm`` does, the first counts.

    .. code-block:: text

        filename:       /lib/modules/6.1.161/kernel/drivers/neuron/neuron.ko.gz
        alias:          pci:v00001d0fd00007064sv*sd*bc*sc*i*
        version:        2.26.5.0
        license:        GPL
        description:    Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c
        srcversion:     8818F61F4109E2E9CE9BA2E
        vermagic:       6.1.161 SMP preempt mod_unload modversions

    ``key=value`` is understood as well: so the fields stand in the file.
    """
    return _parse_fields(text.splitlines(), "modinfo", text)


def parse_module(content: bytes, source: str) -> Mapping[str, str] | None:
    """Parse the section ``.modinfo`` of the module file *source*; `None` when it has none."""
    section = find_section(content, ".modinfo", source)
    return None if section is None else parse_section(section, source)


def parse_section(section: bytes, source: str) -> Mapping[str, str]:
    r"""
    Parse the section ``.modinfo`` of the module file *source*: ``key=value``, each with a zero byte at its end.

    .. code-block:: text

        version=2.26.5.0\0license=GPL\0srcversion=8818F61F4109E2E9CE9BA2E\0vermagic=6.1.161 SMP preempt mod_unload \0
    """
    text = section.decode("utf-8", "replace")
    return _parse_fields(filter(None, text.split("\0")), f"{source}: .modinfo", text)


def _parse_fields(lines: Iterable[str], source: str, text: str) -> Mapping[str, str]:
    """Parse *lines* of *text*; what is no field (modinfo wraps a signature over several lines) is passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if found := _FIELD.fullmatch(line):
            fields.setdefault(found[1], found[2].strip())
    if not fields:
        raise CollectorError(f"{source}: no fields: {text[:80]!r}")
    return fields
