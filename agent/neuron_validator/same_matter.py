"""Whether two findings are about one matter, so that one of them says it for both."""

from __future__ import annotations

from .findings import Finding

_NEIGHBOURS: tuple[frozenset[str], ...] = (
    frozenset({"driver", "device", "os"}),
    frozenset({"driver", "runtime"}),
    frozenset({"driver", "packages"}),
    frozenset({"runtime", "collectives"}),
    frozenset({"runtime", "compiler", "neff"}),
    frozenset({"runtime", "packages"}),
    frozenset({"device", "environment"}),
    frozenset({"device", "packages", "runtime"}),
    frozenset({"process", "environment"}),
    frozenset({"framework", "compiler", "packages", "python"}),
)
"""Categories in which one fault shows itself, seen from several sides."""


def are_same_matter(one: Finding, other: Finding) -> bool:
    """
    Tell whether both are about one matter.

    Within a category that takes a component in common, or one side that names none; across neighbouring categories a
    component in common.
    """
    if one.category == other.category:
        return may_share_components(one, other)
    shared = _folded(one.components) & _folded(other.components)
    return bool(shared) and any({one.category, other.category} <= group for group in _NEIGHBOURS)


def may_share_components(one: Finding, other: Finding) -> bool:
    """Tell whether both are about one component, or one of them names none."""
    mine, theirs = _folded(one.components), _folded(other.components)
    return bool(mine & theirs) or not (mine and theirs)


def _folded(components: tuple[str, ...]) -> frozenset[str]:
    """Take the packages of both generations as one: ``aws-neuron-dkms`` and ``aws-neuronx-dkms``."""
    return frozenset(name.replace("neuronx", "neuron") for name in components)
