"""
The hook that gives containers their Neuron devices, and the container runtimes that are told to call it.

As AWS's "Tutorial Docker Neuron OCI Hook Setup" installs it: each runtime's configuration names the hook's wrapper.
Device plugins since 1.8 need no hook.
"""

from __future__ import annotations

from collections.abc import Mapping

from .facts import NOT_COLLECTED, OciHook, Reading, Unread
from .host import Host

_DIRECTORY = "opt/aws/neuron/bin"
_HOOK = "oci_neuron_hook"

_CONFIGURATIONS: Mapping[str, str] = {
    "docker": "etc/docker/daemon.json",
    "containerd": "etc/containerd/config.toml",
    "cri-o": "etc/crio/crio.conf",
}


def collect_oci_hook(host: Host) -> Reading[OciHook]:
    """Return the hook; `None` when it is neither installed nor configured."""
    files = _read_files(host)
    configured = {runtime: _is_named(host, path) for runtime, path in _CONFIGURATIONS.items()}
    states = {files, *configured.values()}
    if states == {NOT_COLLECTED}:
        return NOT_COLLECTED
    return None if states <= {None, (), False} else OciHook(files=files, configured=configured)


def _read_files(host: Host) -> Reading[tuple[str, ...]]:
    """Return the hook's own files."""
    names = host.list_directory(_DIRECTORY)
    if names is None or isinstance(names, Unread):
        return names or (None if host.live else NOT_COLLECTED)
    return tuple(name for name in names if name.startswith(_HOOK))


def _is_named(host: Host, path: str) -> Reading[bool]:
    """Tell whether the configuration *path* names the hook; `None` when there is none."""
    text = host.read_text(path)
    if isinstance(text, str):
        return _HOOK in text
    return text or (None if host.holds(path.rpartition("/")[0]) else NOT_COLLECTED)
