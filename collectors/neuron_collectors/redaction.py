"""
Take out of an inventory what identifies people and machines.

Instance ids, serial numbers, host names and the names of homes become a keyed hash: equal names stay equal within one
host's snapshots, and nobody without the key can test a guess. Command lines keep the program's name, and the
environment keeps values that are numbers or one of a few words. What stands in any other text, a path, a line of a log
or the reason of a failure, is found by its form; see `redaction_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from .facts import (
    DeviceClass,
    Instance,
    InstanceMetadata,
    Inventory,
    NeuronDevice,
    NeuronLs,
    NeuronLsProcess,
    Pod,
    Process,
    PythonEnvironment,
    Reading,
    Unread,
)
from .redaction_text import Redactor, host_names, is_harmless

REDACTED = "[redacted]"
_SERVER_IDS = ("server_id", "server_id_2", "server_id_4")


def redact(inventory: Inventory, *, key: bytes) -> Inventory:
    """Return *inventory* without identifiers; *key* is this host's, 16 bytes or more."""
    redactor = Redactor(key, _host_names(inventory))
    redacted: Inventory = _redact(inventory, redactor)
    return replace(
        redacted,
        pod=_redact_pod(redacted.pod, redactor),
        environment=redact_variables(redacted.environment),
        log_lines=_redact_lines(redacted.log_lines, redactor),
        kernel_log=_redact_lines(redacted.kernel_log, redactor),
    )


def program_name(command: str) -> str:
    """Return the program's name of a command line: ``python`` of ``/usr/bin/python serve.py --token=…``."""
    return command.partition(" ")[0].rpartition("/")[2]


def redact_variables(variables: Reading[Mapping[str, str]]) -> Reading[Mapping[str, str]]:
    """Keep the values of environment variables that are known to be harmless."""
    if variables is None or isinstance(variables, Unread):
        return variables
    return {name: value if is_harmless(name, value) else REDACTED for name, value in variables.items()}


def _redact(value: Any, redactor: Redactor) -> Any:
    """Redact *value*, a fact or a part of one, with all that is in it."""
    match value:
        case str():
            return redactor.text(value)
        case tuple():
            return tuple(_redact(item, redactor) for item in value)
        case Mapping():
            return {redactor.text(name): _redact(item, redactor) for name, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {field.name: _redact(getattr(value, field.name), redactor) for field in fields(value)}
            return _redact_identifiers(replace(value, **changed), redactor)
        case _:
            return value


def _redact_identifiers(fact: Any, redactor: Redactor) -> Any:
    """Redact the fields of *fact* that are identifiers as a whole, whatever they look like."""
    changed: dict[str, Any] = {}
    match fact:
        case NeuronDevice(serial_number=str(number)):
            changed = {"serial_number": redactor.serial_number(number)}
        case DeviceClass():
            ids = {name: getattr(fact, name) for name in _SERVER_IDS}
            changed = {name: redactor.serial_number(found) for name, found in ids.items() if isinstance(found, str)}
        case (
            Instance(instance_id=str(identifier))
            | InstanceMetadata(instance_id=str(identifier))
            | NeuronLs(instance_id=str(identifier))
        ):
            changed = {"instance_id": redactor.pseudonym("i", identifier)}
        case NeuronLsProcess(command=str(command)):
            changed = {"command": program_name(command)}
        case Process():
            name = program_name(fact.command) if isinstance(fact.command, str) else fact.command
            unit = _redact_unit(fact.unit, redactor)
            changed = {"command": name, "environment": redact_variables(fact.environment), "unit": unit}
        case PythonEnvironment():
            changed = {"direct_urls": {name: _redact_url(url, redactor) for name, url in fact.direct_urls.items()}}
    return replace(fact, **changed) if changed else fact


def _redact_unit(unit: Reading[str], redactor: Redactor) -> Reading[str]:
    """Redact the instance of a unit, which may be somebody's name: ``jupyter@alice.service``."""
    if not isinstance(unit, str) or "@" not in unit:
        return unit
    template, _, instance = unit.partition("@")
    name, _, kind = instance.rpartition(".")
    return f"{template}@{redactor.pseudonym('user', name)}.{kind}"


def _redact_pod(pod: Reading[Pod], redactor: Redactor) -> Reading[Pod]:
    """Teams and customers give their names to namespaces."""
    if not isinstance(pod, Pod) or not isinstance(pod.namespace, str):
        return pod
    return replace(pod, namespace=redactor.pseudonym("ns", pod.namespace))


def _redact_url(url: Reading[str], redactor: Redactor) -> Reading[str]:
    return redactor.url(url) if isinstance(url, str) else url


def _redact_lines(lines: Reading[tuple[str, ...]], redactor: Redactor) -> Reading[tuple[str, ...]]:
    if lines is None or isinstance(lines, Unread):
        return lines
    return tuple(map(redactor.line, lines))


def _host_names(inventory: Inventory) -> tuple[str, ...]:
    """Return the names of hosts in the logs, which may stand in other lines without what they are known by there."""
    logs = (inventory.log_lines, inventory.kernel_log)
    return host_names(line for lines in logs if isinstance(lines, tuple) for line in lines)
