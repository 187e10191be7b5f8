"""Facts about what places containers on this host, or placed this one: Kubernetes and the vendor's OCI hook."""

from __future__ import annotations

from collections.abc import Mapping

from .frozen import dataclass
from .state import NOT_COLLECTED, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """The Kubernetes pod that this runs in; the devices and cores it may see are in `Inventory.environment`."""

    namespace: Reading[str] = NOT_COLLECTED
    """``/var/run/secrets/kubernetes.io/serviceaccount/namespace``, e.g. ``default``; `None` without an account."""
    qos_class: Reading[str] = NOT_COLLECTED
    """Quality of service, from the control group: ``guaranteed``, ``burstable`` or ``besteffort``."""
    runtime: Reading[str] = NOT_COLLECTED
    """What runs the container, from the control group, e.g. ``cri-containerd``, ``crio``; `None` when it is unnamed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginResource:
    """One resource of Neuron's device plugin, from kubelet's checkpoint."""

    name: str
    """``ResourceName``, e.g. ``aws.amazon.com/neuroncore``."""
    registered: tuple[str, ...] = ()
    """``RegisteredDevices``: the ids that the plugin has announced, in order; none when it has gone away."""
    allocated: tuple[str, ...] = ()
    """``DeviceIDs`` of ``PodDeviceEntries``: the ids that containers hold, in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DevicePlugin:
    """Neuron's device plugin, as kubelet on this node knows it, from ``/var/lib/kubelet/device-plugins``."""

    sockets: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Names with ``neuron`` in them, in order: the plugin's listening sockets."""
    resources: Reading[tuple[PluginResource, ...]] = NOT_COLLECTED
    """``kubelet_internal_checkpoint``, what is called ``aws.amazon.com/neuron`` and on, by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OciHook:
    """The hook that gives containers the devices of ``AWS_NEURON_VISIBLE_DEVICES``, and who is told to call it."""

    files: Reading[tuple[str, ...]] = NOT_COLLECTED
    """Names in ``/opt/aws/neuron/bin``, e.g. ``oci_neuron_hook_wrapper.sh``."""
    configured: Mapping[str, Reading[bool]]
    """``docker``, ``containerd`` and ``cri-o``: whether its configuration names the hook; `None` when it has none."""
