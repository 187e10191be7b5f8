from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.environment import PREFIXES, collect_environment, parse_variables
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Inventory
from neuron_collectors.redaction import REDACTED, redact

from .conftest import AnotherUser, CollectLive, MakeHost

ENVIRON = (
    "HOSTNAME=neuron-app-0\0AWS_SECRET_ACCESS_KEY=secret\0AWS_NEURON_VISIBLE_DEVICES=0,1\0"
    "NEURON_RT_VISIBLE_CORES=0-3\0FI_PROVIDER=efa\0NEURON_CC_FLAGS=--model-type=transformer\0"
    "KUBERNETES_SERVICE_HOST=10.0.0.1\0"
)
VARIABLES = {
    "AWS_NEURON_VISIBLE_DEVICES": "0,1",
    "FI_PROVIDER": "efa",
    "NEURON_CC_FLAGS": "--model-type=transformer",
    "NEURON_RT_VISIBLE_CORES": "0-3",
}


def test_the_process_that_collects(collect_live: CollectLive) -> None:
    """On the running machine they are those that a shell or a unit gave to this very process."""
    files = {"proc/self/environ": ENVIRON, "proc/1/environ": "NEURON_RT_NUM_CORES=9\0"}

    assert VARIABLES == collect_live("environment", "collect_environment", files)


def test_a_machine_without_proc(collect_live: CollectLive) -> None:
    """Every process has an environment: without ``/proc`` nobody looked."""
    assert NOT_COLLECTED == collect_live("environment", "collect_environment")


def test_a_captured_container(make_host: MakeHost) -> None:
    """In a container the first process is the one that it is for; the one that copied the files is not."""
    host = make_host({"proc/1/environ": ENVIRON, "proc/self/environ": "NEURON_RT_NUM_CORES=9\0"})

    assert VARIABLES == collect_environment(host)


def test_a_captured_host(make_host: MakeHost) -> None:
    """The first process of a host runs nothing of Neuron's, and whose environment matters is not known."""
    host = make_host({"proc/1/environ": "NEURON_RT_NUM_CORES=9\0", "proc/1/cgroup": "0::/init.scope\n"})

    assert NOT_COLLECTED == collect_environment(host)


def test_a_container_whose_environment_was_not_captured(make_host: MakeHost) -> None:
    """Missing in the capture is not unset."""
    assert NOT_COLLECTED == collect_environment(make_host({".dockerenv": ""}))


def test_the_first_process_of_another_user(make_host: MakeHost, another_user: AnotherUser) -> None:
    """An environment that may not be read is unread."""
    host = make_host({".dockerenv": "", "proc/1/environ": ENVIRON})
    Path(host.root, "proc/1/environ").chmod(0)

    with another_user():
        assert PERMISSION == collect_environment(host)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("\0\0", {}),
        ("NEURON_RT_NUM_CORES", {}),
        ("NEURON_RT_NUM_CORES=", {"NEURON_RT_NUM_CORES": ""}),
        ("NEURON_RT_NUM_CORES=2", {"NEURON_RT_NUM_CORES": "2"}),
        ("NEURON_CC_FLAGS=--a=b -c\0", {"NEURON_CC_FLAGS": "--a=b -c"}),
        ("NEURON_X=1\0NEURON_X=2\0", {"NEURON_X": "1"}),
        ("XLA_B=1\0NEURON_A=2\0", {"NEURON_A": "2", "XLA_B": "1"}),
        ("MY_NEURON_A=1\0neuron_a=1\0PATH=NEURON_A=1\0=NEURON_A=1\0", {}),
        ("NEURON_A=\ufffd\nx\0", {"NEURON_A": "\ufffd\nx"}),
        ("VLLM_CACHE_ROOT=/cache\0VLLM_API_KEY=secret\0", {"VLLM_CACHE_ROOT": "/cache"}),
    ],
)
def test_variables(text: str, variables: Mapping[str, str]) -> None:
    """Only names that start as the vendor's do are kept, in order; of two of a name getenv(3) returns the first."""
    assert variables == parse_variables(text)
    assert sorted(variables) == list(parse_variables(text))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_values_do_not_leave_the_host(prefix: str) -> None:
    """What is kept is kept raw, and only plain numbers and words get into what a user sends away."""
    inventory = Inventory(environment={f"{prefix}X": "/home/alice/secret"})

    assert {f"{prefix}X": REDACTED} == redact(inventory, key=b"0123456789abcdef").environment
