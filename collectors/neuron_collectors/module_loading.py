"""What loads the module ``neuron`` at boot: modules-load.d(5), units of images, and what modprobe.d(5) makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .drop_ins import read_drop_ins
from .facts import NOT_COLLECTED, Reading, Unread, value_or_none
from .facts.boot import ModuleLoading, ModuleOverride
from .host import Host

_MODULE = "neuron"
_LOADED = ("etc/modules-load.d", "run/modules-load.d", "usr/local/lib/modules-load.d", "usr/lib/modules-load.d")
_OLDER = "lib/modules-load.d"  # where /lib is no link to /usr/lib
_DEBIAN = "etc/modules"  # which /etc/modules-load.d/modules.conf leads to on Debian and Ubuntu
_MODPROBE = ("etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d", "usr/lib/modprobe.d", "lib/modprobe.d")
_UNITS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_MOST_UNITS = 1000
_WANTED = re.compile(r"[\w@.:-]+\.target\.(?:wants|requires)")
# neuron-kmod-load.service (amazon-eks-ami), load-neuron-modules.service and its successors (bottlerocket-kernel-kit)
_LOADER = re.compile(r"(?=.*neuron)(?=.*(?:kmod|module|driver)).*\.service")
_COMMAND_LINE = "proc/cmdline"
_PARAMETERS = ("module_blacklist", "module_denylist", "modprobe.blacklist")
_LOADING_PARAMETERS = ("modules-load", "modules_load", "rd.modules-load", "rd.modules_load")


def collect_module_loading(host: Host) -> Reading[ModuleLoading]:
    """Return what loads the driver at boot and what keeps it from being loaded."""
    loading = ModuleLoading(at_boot=_read_at_boot(host), units=_read_units(host), overrides=_read_overrides(host))
    nothing = loading == ModuleLoading()
    return NOT_COLLECTED if nothing else loading


def names_module(text: str) -> bool:
    """
    Tell whether a file of modules-load.d(5) names the driver: one module in a line, with parameters on Debian.

    .. code-block:: text

        # Load at boot
        neuron
    """
    return any(line.split()[:1] == [_MODULE] for line in text.splitlines())


def parse_overrides(text: str, path: str) -> tuple[ModuleOverride, ...]:
    """
    Parse the lines about the driver in a file of modprobe.d(5); a backslash at the end continues a line.

    .. code-block:: text

        # a driver that fails to come up blocks the boot
        blacklist neuron
        install neuron /bin/false
        options neuron no_reset=1
    """
    lines = (line.split() for line in text.replace("\\\n", " ").splitlines())
    relevant = (words for words in lines if len(words) > 1 and words[0][0] != "#" and _is_about(words))
    return tuple(ModuleOverride(path=path, command=words[0], text=" ".join(words)[:300]) for words in relevant)


def parse_command_line(text: str, path: str) -> tuple[ModuleOverride, ...]:
    """
    Parse what ``/proc/cmdline`` says of the driver: modules that are not to be loaded, and the module's own parameters.

    .. code-block:: text

        BOOT_IMAGE=/boot/vmlinuz-6.8.0-1021-aws root=PARTUUID=26f22d2b ro console=tty1 module_blacklist=nouveau,neuron
    """
    pairs = [word.partition("=") for word in text.split()]
    return tuple(
        ModuleOverride(path=path, command=key, text=f"{key}={value}"[:300])
        for key, _, value in pairs
        if key.startswith(f"{_MODULE}.") or (key in _PARAMETERS and _MODULE in value.split(","))
    )


def _is_about(words: list[str]) -> bool:
    """Tell whether a line is about the driver: it stands second, but for an alias third."""
    return words[2:3] == [_MODULE] if words[0] == "alias" else words[1] == _MODULE


def _read_at_boot(host: Host) -> Reading[tuple[str, ...]]:
    """Return the files that name the driver; unread when none of those does that could be read."""
    files = read_drop_ins(host, (*_LOADED, _OLDER), suffix=".conf")
    named = [path for path, text in files.texts.items() if isinstance(text, str) and names_module(text)]
    debian = value_or_none(host.read_text(_DEBIAN))
    if debian is not None and names_module(debian) and not any(host.real_path(path[1:]) == _DEBIAN for path in named):
        named.append(f"/{_DEBIAN}")
    if _loads_by_parameter(value_or_none(host.read_text(_COMMAND_LINE)) or ""):
        named.append(f"/{_COMMAND_LINE}")
    return files.unread if files.unread and not named else tuple(named)


def _loads_by_parameter(command_line: str) -> bool:
    """Tell whether a parameter of the kernel makes systemd-modules-load(8) load the driver."""
    pairs = (word.partition("=") for word in command_line.split())
    return any(key in _LOADING_PARAMETERS and _MODULE in value.split(",") for key, _, value in pairs)


def _read_units(host: Host) -> Reading[tuple[str, ...]]:
    """Return the units that are wanted at boot and by their names load the module."""
    found = {name for place in _UNITS for name in _list_wanted(host, place) if _LOADER.fullmatch(name)}
    return tuple(sorted(found)) if found or host.holds(_UNITS[0]) else NOT_COLLECTED


def _list_wanted(host: Host, place: str) -> Iterable[str]:
    """Yield what targets want, from the links below *place*."""
    for name in value_or_none(host.list_directory(place)) or ():
        if _WANTED.fullmatch(name):
            yield from (value_or_none(host.list_directory(f"{place}/{name}")) or ())[:_MOST_UNITS]


def _read_overrides(host: Host) -> Reading[tuple[ModuleOverride, ...]]:
    """Return every line about the driver in modprobe's configuration, then those on the command line."""
    files = read_drop_ins(host, _MODPROBE, suffix=".conf")
    overrides: list[ModuleOverride] = []
    for path, text in files.texts.items():
        if isinstance(text, Unread):
            overrides.append(ModuleOverride(path=path, command=text, text=text))
        elif _MODULE in text:
            overrides += parse_overrides(text, path)
    overrides += parse_command_line(value_or_none(host.read_text(_COMMAND_LINE)) or "", f"/{_COMMAND_LINE}")
    return tuple(overrides) if overrides or files.complete else NOT_COLLECTED
