"""What a container was meant to get of its host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neuron_collectors.facts import Unread, value_or_none

from ..evidence import Evidence, known
from ..findings import Check, Excerpt, Finding, Remedy, RuleReference, Severity

_GUIDE = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/deploy/tutorials/oci-hook.html"
_VARIABLE = "AWS_NEURON_VISIBLE_DEVICES"
_HOOK = "aws-neuronx-oci-hook"
_RULE = RuleReference(
    id="DRV-RT-031",
    source="aws-neuron-sdk@81ce03ae:deploy/troubleshooting.rst#L38",
    retrieved="2026-11-21",
    confidence="documented",
)


def visible_devices_without_hook(evidence: Evidence) -> Iterator[Finding]:
    """Say what keeps containers from the devices that they name, as the container or as its host shows it."""
    if evidence.in_container:
        yield from _no_device_came(evidence)
    else:
        yield from _hook_is_half_there(evidence)


def _no_device_came(evidence: Evidence) -> Iterator[Finding]:
    """Say that a container names devices for the container hook, and none was passed in."""
    environment = known(evidence.inventory.environment, "environment") or {}
    wanted = environment.get(_VARIABLE)
    if not wanted:
        return
    if known(evidence.inventory.device_nodes, "device nodes"):
        return
    kind = value_or_none(evidence.inventory.container)
    yield Finding(
        id="visible-devices-without-hook",
        severity=Severity.CRITICAL,
        category="device",
        kind="misconfigured",
        components=(_HOOK,),
        scope=evidence.system.name,
        title=f"{_VARIABLE}={wanted} is set, but no /dev/neuron* came into this container",
        observed=f"{_VARIABLE}={wanted}; no device node",
        expected="a /dev/neuron<N> for each device that the variable names",
        why=f"Only the container hook ({_HOOK}) reads the variable, on the host, when the container is made. Without "
        "it the variable does nothing.",
        remedy=Remedy(
            summary=f"Install and configure {_HOOK} on the host, or pass the devices in with --device.",
            commands=("docker run --device=/dev/neuron0 IMAGE",),
        ),
        evidence=(
            Excerpt(source="environment", text=f"{_VARIABLE}={wanted}"),
            Excerpt(
                source="dev", text=f"no neuron*{f' in {kind.kind}' if kind and isinstance(kind.kind, str) else ''}"
            ),
        ),
        rule=_RULE,
        docs=_GUIDE,
    )


def _hook_is_half_there(evidence: Evidence) -> Iterator[Finding]:
    """Say that a runtime of this host calls a hook that is not there, or that none calls the one that is."""
    hook = known(evidence.inventory.oci_hook, "container hook")
    if hook is None or isinstance(hook.files, Unread):
        return
    callers = [runtime for runtime, named in hook.configured.items() if named is True]
    deaf = [runtime for runtime, named in hook.configured.items() if named is False]
    if callers and not hook.files:
        yield _half(callers, Severity.WARNING, f"calls {_HOOK}, which is not installed")
    elif hook.files and deaf and not callers and value_or_none(evidence.inventory.device_plugin) is None:
        yield _half(deaf, Severity.INFO, f"does not call {_HOOK}, which is installed")


def _half(runtimes: Sequence[str], severity: Severity, what: str) -> Finding:
    names = " and ".join(runtimes)
    return Finding(
        id="visible-devices-without-hook",
        severity=severity,
        category="device",
        kind="misconfigured",
        components=(_HOOK,),
        title=f"{names} {what}",
        observed=f"configuration of {names}; /opt/aws/neuron/bin",
        expected="the hook installed, and named in the configuration of the container runtime",
        why=f"Only the hook gives a container the devices that {_VARIABLE} names. Devices that --device or the "
        "Kubernetes device plugin passes in need no hook.",
        remedy=Remedy(
            summary=f"Install {_HOOK} and configure it, or take it out of the configuration."
            if severity > Severity.INFO
            else f"Configure the hook where containers name their devices with {_VARIABLE}; otherwise nothing."
        ),
        evidence=(Excerpt(source=f"configuration of {names}", text=what),),
        rule=_RULE,
        docs=_GUIDE,
    )


CHECKS = (
    Check(
        id="visible-devices-without-hook",
        category="device",
        title="A container that names devices has them",
        severity=Severity.CRITICAL,
        run=visible_devices_without_hook,
        docs=_GUIDE,
        consequences=("device-nodes-missing",),
    ),
)
