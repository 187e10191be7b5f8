from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Inventory, Pod, Reading, Unread
from neuron_collectors.pod import collect_pod, parse_cgroup
from neuron_collectors.redaction import redact

from .conftest import AnotherUser, CollectLive, MakeHost

ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount"
ID = "4b0e2f5cf3c4d7a0b9b8f0c3c6c6b8a4b1f4f3a2d1c0e9f8a7b6c5d4e3f2a1b0"
UID = "3d0b1f2a_7c55_4c0e_9d3f_6a1b2c3d4e5f"
SLICE = "kubepods.slice/kubepods-burstable.slice"
CGROUP = f"0::/{SLICE}/kubepods-burstable-pod{UID}.slice/cri-containerd-{ID}.scope\n"
HIDDEN = Unread("hidden by a control group namespace")


def test_a_pod(make_host: MakeHost) -> None:
    """The service account has the namespace, the control group the rest."""
    host = make_host({f"{ACCOUNT}/namespace": "training\n", "proc/self/cgroup": CGROUP})

    assert Pod(namespace="training", qos_class="burstable", runtime="cri-containerd") == collect_pod(host)


def test_the_first_process_stands_in(make_host: MakeHost) -> None:
    """A capture may hold only that process's control group."""
    assert Pod(namespace=NOT_COLLECTED, qos_class="burstable", runtime="cri-containerd") == collect_pod(
        make_host({"proc/1/cgroup": CGROUP})
    )


def test_nothing_but_the_mark(make_host: MakeHost) -> None:
    """What a capture lacks is not absent in the pod."""
    host = make_host({"proc/1/environ": "KUBERNETES_SERVICE_HOST=10.0.0.1\0"})

    assert Pod(namespace=NOT_COLLECTED, qos_class=NOT_COLLECTED, runtime=NOT_COLLECTED) == collect_pod(host)


def test_a_pod_without_an_account(collect_live: CollectLive) -> None:
    """On the live machine a pod that gets no service account has no namespace to show."""
    files = {"proc/1/environ": "KUBERNETES_SERVICE_HOST=10.0.0.1\0", "proc/self/cgroup": "0::/\n"}

    assert Pod(namespace=None, qos_class=HIDDEN, runtime=HIDDEN) == collect_live("pod", "collect_pod", files)


def test_no_pod(make_host: MakeHost) -> None:
    """Neither a host nor another kind of container is one."""
    assert collect_pod(make_host({"proc/1/cgroup": "0::/init.scope\n"})) is None
    assert collect_pod(make_host({".dockerenv": ""})) is None


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_pod(make_host({"etc/hostname": "x"}))


def test_an_unreadable_account(make_host: MakeHost, another_user: AnotherUser) -> None:
    host = make_host({f"{ACCOUNT}/namespace": "training\n", "proc/self/cgroup": CGROUP})
    Path(host.root, ACCOUNT, "namespace").chmod(0)

    with another_user():
        assert Pod(namespace=PERMISSION, qos_class="burstable", runtime="cri-containerd") == collect_pod(host)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", (HIDDEN, HIDDEN)),
        ("0::/\n", (HIDDEN, HIDDEN)),
        ("\0junk\n::::", (HIDDEN, HIDDEN)),
        (CGROUP, ("burstable", "cri-containerd")),
        (CGROUP.replace("burstable", "besteffort"), ("besteffort", "cri-containerd")),
        (f"0::/kubepods.slice/kubepods-pod{UID}.slice/crio-{ID}.scope\n", ("guaranteed", "crio")),
        (f"0::/kubepods.slice/kubepods-pod{UID}.slice/docker-{ID}.scope\n", ("guaranteed", "docker")),
        (f"11:memory:/kubepods/burstable/pod{UID}/{ID}\n", ("burstable", None)),
        (f"11:memory:/kubepods/pod{UID}/{ID}\n0::/\n", ("guaranteed", None)),
        (f"0::/\n1:name=systemd:/kubepods/besteffort/pod{UID}/{ID}\n", ("besteffort", None)),
        (
            f"0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable-pod{UID}.slice/cri-containerd-{ID}.scope\n",
            ("burstable", "cri-containerd"),
        ),
    ],
)
def test_cgroups(text: str, told: tuple[Reading[str], Reading[str]]) -> None:
    """Both drivers of kubelet, both versions of control groups, and what a namespace hides."""
    assert told == parse_cgroup(text)


def test_the_namespace_is_an_identifier() -> None:
    """Teams and customers give their names to namespaces."""
    pod = Pod(namespace="customer", qos_class="burstable", runtime="crio")
    shared = redact(Inventory(pod=pod), key=b"0123456789abcdef").pod

    assert isinstance(shared, Pod)
    assert replace(pod, namespace=shared.namespace) == shared
    assert "customer" != shared.namespace
