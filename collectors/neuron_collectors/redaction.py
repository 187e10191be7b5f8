"""
Take out of an inventory what identifies people and machines.

Instance ids, serial numbers and the names of homes become a keyed hash: equal names stay equal within one host's
snapshots, and nobody without the key can test a guess. Command lines keep the program's name, and the environment
keeps values that are numbers or one of a few words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from .facts import (
    CachedModules,
    CompileCache,
    Inventory,
    Neff,
    NeuronDevice,
    NeuronLs,
    NeuronLsDevice,
    Process,
    PythonEnvironment,
    Reading,
    Unread,
)

REDACTED = "[redacted]"

_HOME = re.compile(r"(?<![^/\s])/?home/([^/\s]+)")
_IN_LOGS = re.compile(r"(\bi-[0-9a-f]{8,17}\b|(?<=hostname=)\S+|(?<=serial-num=)\S+)")
_HARMLESS_NAME = re.compile(r"(AWS_)?NEURON_|XLA_")
_HARMLESS_VALUE = re.compile(
    r"-?\d{1,6}(\.\d{1,6})?([-,]\d{1,4}){0,64}|true|false|on|off|yes|no|info|warn|error|debug", re.IGNORECASE
)


def redact(inventory: Inventory, *, key: bytes) -> Inventory:
    """Return *inventory* without identifiers; *key* is this host's, 16 bytes or more."""
    instance, devices = inventory.instance, inventory.devices
    environments, processes = inventory.python_environments, inventory.processes
    if instance is not None and not isinstance(instance, Unread):
        instance = replace(instance, instance_id=_hashed(instance.instance_id, key, prefix="i-"))
    return replace(
        inventory,
        instance=instance,
        devices=tuple(_redact_device(d, key) for d in devices) if isinstance(devices, tuple) else devices,
        neuron_ls=_redact_neuron_ls(inventory.neuron_ls, key),
        python_environments=tuple(_redact_environment(e, key) for e in environments)
        if isinstance(environments, tuple)
        else environments,
        neffs=_redact_neffs(inventory.neffs, key),
        compile_caches=_redact_caches(inventory.compile_caches, key),
        processes=tuple(map(_redact_process, processes)) if isinstance(processes, tuple) else processes,
        environment=_redact_variables(inventory.environment),
        log_lines=_redact_lines(inventory.log_lines, key),
        kernel_log=_redact_lines(inventory.kernel_log, key),
    )


def _redact_device(device: NeuronDevice, key: bytes) -> NeuronDevice:
    return replace(device, serial_number=_hashed(device.serial_number, key))


def _redact_neuron_ls(listing: Reading[NeuronLs], key: bytes) -> Reading[NeuronLs]:
    if listing is None or isinstance(listing, Unread):
        return listing
    devices = tuple(map(_redact_listed_device, listing.devices))
    return replace(listing, instance_id=_hashed(listing.instance_id, key, prefix="i-"), devices=devices)


def _redact_listed_device(device: NeuronLsDevice) -> NeuronLsDevice:
    if device.processes is None or isinstance(device.processes, Unread):
        return device
    return replace(device, processes=tuple(replace(p, command=_program(p.command)) for p in device.processes))


def _redact_environment(environment: PythonEnvironment, key: bytes) -> PythonEnvironment:
    return replace(environment, path=_redact_home(environment.path, key))


def _redact_neffs(neffs: Reading[tuple[Neff, ...]], key: bytes) -> Reading[tuple[Neff, ...]]:
    if neffs is None or isinstance(neffs, Unread):
        return neffs
    return tuple(replace(neff, path=_redact_home(neff.path, key)) for neff in neffs)


def _redact_caches(caches: Reading[tuple[CompileCache, ...]], key: bytes) -> Reading[tuple[CompileCache, ...]]:
    if caches is None or isinstance(caches, Unread):
        return caches
    return tuple(_redact_cache(cache, key) for cache in caches)


def _redact_cache(cache: CompileCache, key: bytes) -> CompileCache:
    path = _redact_home(cache.path, key)
    if cache.compilers is None or isinstance(cache.compilers, Unread):
        return replace(cache, path=path)
    return replace(cache, path=path, compilers=tuple(_redact_modules(modules, key) for modules in cache.compilers))


def _redact_modules(modules: CachedModules, key: bytes) -> CachedModules:
    flags = {name: _redact_flags(found, key) for name, found in modules.flags.items()}
    return replace(modules, flags=flags)


def _redact_flags(flags: Reading[tuple[str, ...]], key: bytes) -> Reading[tuple[str, ...]]:
    """Redact the paths in ``--dump=/home/alice/dump``, too."""
    if flags is None or isinstance(flags, Unread):
        return flags
    return tuple("=".join(_redact_home(part, key) for part in flag.split("=")) for flag in flags)


def _redact_process(process: Process) -> Process:
    return replace(process, command=_program(process.command))


def _program(command: Reading[str]) -> Reading[str]:
    """Keep the program's name of a command line."""
    return command.partition(" ")[0].rpartition("/")[2] if isinstance(command, str) else command


def _redact_variables(variables: Reading[Mapping[str, str]]) -> Reading[Mapping[str, str]]:
    if variables is None or isinstance(variables, Unread):
        return variables
    return {name: value if _is_harmless(name, value) else REDACTED for name, value in variables.items()}


def _is_harmless(name: str, value: str) -> bool:
    return bool(_HARMLESS_NAME.match(name) and _HARMLESS_VALUE.fullmatch(value))


def _redact_lines(lines: Reading[tuple[str, ...]], key: bytes) -> Reading[tuple[str, ...]]:
    if lines is None or isinstance(lines, Unread):
        return lines
    return tuple(_redact_home(_IN_LOGS.sub(lambda m: pseudonym(m[0], key), line), key) for line in lines)


def _redact_home(text: str, key: bytes) -> str:
    """Replace the user's name in home paths; what is a pseudonym already stays, so that redacting twice is harmless."""
    return _HOME.sub(lambda m: m[0] if m[1].startswith("user-") else f"/home/user-{pseudonym(m[1], key)}", text)


def _hashed(reading: Reading[str], key: bytes, *, prefix: str = "") -> Reading[str]:
    return prefix + pseudonym(reading, key) if isinstance(reading, str) else reading


def pseudonym(text: str, key: bytes) -> str:
    """Return a keyed hash of *text*: 12 hexadecimal digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key[:64], digest_size=6).hexdigest()
