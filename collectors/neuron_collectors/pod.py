"""The Kubernetes pod that this runs in, from its service account and its control group."""

from __future__ import annotations

import re

from .container import collect_container
from .facts import NOT_COLLECTED, Pod, Reading, Unread
from .host import Host

_NAMESPACE = "var/run/secrets/kubernetes.io/serviceaccount/namespace"
_HIDDEN = Unread("hidden by a control group namespace")


def collect_pod(host: Host) -> Reading[Pod]:
    """Return the pod; `None` where nothing marks one."""
    container = collect_container(host)
    if container is None or isinstance(container, Unread):
        return container
    if container.kind != "kubernetes":
        return None
    qos_class, runtime = _read_cgroup(host)
    return Pod(namespace=_read_namespace(host), qos_class=qos_class, runtime=runtime)


def parse_cgroup(text: str) -> tuple[Reading[str], Reading[str]]:
    """
    Parse ``/proc/self/cgroup`` (cgroups(7)) of a process in a pod: quality of service, and what runs the container.

    .. code-block:: text

        0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3d0b1f2a_7c55_4c0e_9d3f_6a1b2c3d4e5f.slice/cri-containerd-4b0e2f5cf3c4d7a0b9b8f0c3c6c6b8a4b1f4f3a2d1c0e9f8a7b6c5d4e3f2a1b0.scope

    The directories of kubelet are named after the service, and a guaranteed pod stands above them; those of the older
    driver read ``/kubepods/burstable/pod3d0b1f2a-…/4b0e2f5c…`` and name no runtime.
    """
    path = next((line for line in text.splitlines() if "kubepods" in line), None)
    if path is None:
        return _HIDDEN, _HIDDEN
    service = re.search(r"kubepods[-/](burstable|besteffort)", path)
    runtime = re.search(r"/([a-z]+(?:-[a-z]+)*)-[0-9a-f]{64}\.scope$", path)
    return service[1] if service else "guaranteed", runtime and runtime[1]


def _read_cgroup(host: Host) -> tuple[Reading[str], Reading[str]]:
    """Return what the control group tells; that of the first process where this one's was not captured."""
    text = host.read_text("proc/self/cgroup")
    if text is None:
        text = host.read_text("proc/1/cgroup")
    if isinstance(text, str):
        return parse_cgroup(text)
    unread = text or NOT_COLLECTED
    return unread, unread


def _read_namespace(host: Host) -> Reading[str]:
    """Return the namespace; a tree without the service account's directory may not have captured it."""
    namespace = host.read_line(_NAMESPACE)
    if namespace is None and not host.holds("var/run/secrets/kubernetes.io"):
        return NOT_COLLECTED
    return namespace
