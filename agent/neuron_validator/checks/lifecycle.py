"""Is what is installed still supported, and by what will it be followed?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from neuron_collectors.facts.frozen import dataclass

from ..catalog.events import Event, Subject
from ..classification import level_of, promise_of
from ..dependencies import PlacedDependency, system_dependency, unsupported_dependencies
from ..evidence import Component, Evidence, Scope
from ..findings import MAX_COMPONENTS, Check, Excerpt, Finding, Kind, Remedy, RuleReference, Severity
from ..lifecycle import Standing
from ..remedies import change_version
from ..usages import Usage

_POLICY = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/sdk-policy.html"
_LIFECYCLE = f"{_POLICY}#neuron-software-lifecycle"
_CLASSIFICATION = f"{_POLICY}#sdk-classification"
_ANNOUNCEMENTS = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/announcements/index.html"
_WHATS_NEW = "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/about-neuron/whats-new.html"
_CATALOG_DAYS = 120
