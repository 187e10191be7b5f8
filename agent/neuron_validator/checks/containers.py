"""What a container was meant to get of its host."""

from __future__ import annotations

from collections.abc import Iterator

from neuron_collectors.facts import value_or_none

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
    """Say that a container names devices for the container hook, and none was passed in."""
    environment = known(evidence.inventory.environment, "environment") or {}
    wanted = environment.get(_VARIABLE)
    if not evidence.in_container or not wanted:
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
