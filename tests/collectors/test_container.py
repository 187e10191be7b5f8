from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.container import (
    collect_container,
    parse_cgroup,
    parse_environ,
    parse_kind,
    parse_mountinfo,
)
from neuron_collectors.facts import NOT_COLLECTED, Container

from .conftest import AnotherUser, CollectLive, MakeHost

ID = "4b0e2f5cf3c4d7a0b9b8f0c3c6c6b8a4b1f4f3a2d1c0e9f8a7b6c5d4e3f2a1b0"
HOST = {"proc/1/cgroup": "0::/init.scope\n", "proc/self/cgroup": "0::/user.slice/user-1000.slice/session-1.scope\n"}


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({".dockerenv": ""}, "docker"),
        ({"run/.containerenv": 'engine="podman-4.9.3"\n'}, "podman"),
        ({"run/systemd/container": "systemd-nspawn\n"}, "nspawn"),
        ({"proc/1/environ": "PATH=/bin\0container=lxc\0"}, "lxc"),
        ({"proc/1/environ": "KUBERNETES_SERVICE_HOST=10.0.0.1\0container=oci\0"}, "kubernetes"),
        ({"proc/self/cgroup": f"12:memory:/docker/{ID}\n0::/\n"}, "docker"),
        ({"proc/1/cgroup": "11:cpu:/kubepods/burstable/pod1/abc\n"}, "kubernetes"),
        ({"var/run/secrets/kubernetes.io/serviceaccount/token": "x"}, "kubernetes"),
        ({"var/run/secrets/kubernetes.io/serviceaccount/token": "x", ".dockerenv": ""}, "kubernetes"),
    ],
)
def test_marks(make_host: MakeHost, files: Mapping[str, str], kind: str) -> None:
    """Every mark is enough by itself, and what orchestrates goes before what runs."""
    assert Container(kind=kind) == collect_container(make_host(files))


def test_the_service_account_by_way_of_a_link(make_host: MakeHost) -> None:
    """``/var/run`` is a link to ``/run`` in most images."""
    host = make_host({"run/secrets/kubernetes.io/serviceaccount/token": "x"}, {"var/run": "/run"})

    assert Container(kind="kubernetes") == collect_container(host)


def test_no_container(make_host: MakeHost) -> None:
    """A tree with the marks' places and no mark in them is of a host."""
    assert collect_container(make_host(HOST)) is None
    assert collect_container(make_host({"run/systemd/system": None})) is None


def test_nobody_looked(make_host: MakeHost) -> None:
    """A tree that has some of ``/proc``, but none of the marks' places, says nothing."""
    host = make_host({"proc/modules": "x", "proc/version": "x", "proc/devices": "x", "etc/hostname": "x"})

    assert NOT_COLLECTED == collect_container(host)


def test_an_empty_machine_is_no_container(collect_live: CollectLive) -> None:
    """The live machine is always looked at."""
    assert collect_live("container", "collect_container") is None


def test_an_unreadable_place_is_no_mark(make_host: MakeHost, another_user: AnotherUser) -> None:
    """The environment of the first process is root's, and so may be the directory of secrets."""
    host = make_host({**HOST, "proc/1/environ": "container=lxc\0", "var/run/secrets/kubernetes.io/token": "x"})
    Path(host.root, "proc/1/environ").chmod(0)
    Path(host.root, "var/run/secrets").chmod(0)

    with another_user():
        assert collect_container(host) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", None),
        ("\0\0=\0container", None),
        ("container=\0", None),
        ("container=two words\0", None),
        ("xcontainer=lxc\0", None),
        ("A=container=lxc\0", None),
        ("container=systemd-nspawn\0", "nspawn"),
        ("ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/x\0", "ecs"),
        ("ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/x\0", "ecs"),
        ("KUBERNETES_SERVICE_HOST=\0", "kubernetes"),
        ("\ufffd" * 50, None),
    ],
)
def test_environ(text: str, kind: str | None) -> None:
    assert kind == parse_environ(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("podman\n", "podman"), ("systemd-nspawn", "nspawn"), ("", None), ("\n", None), ("a b", None), ("x" * 99, None)],
)
def test_kind(text: str, kind: str | None) -> None:
    assert kind == parse_kind(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", None),
        ("0::/\n", None),
        ("0::/init.scope", None),
        ("0::/system.slice/docker.service\n", None),
        ("0::/system.slice/containerd.service\n", None),
        ("0::/system.slice/kubelet.service\n", None),
        ("0::/system.slice/ecs.service\n", None),
        ("1:name=systemd:/lxc.monitor.web\n", None),
        (f"0::/system.slice/docker-{ID}.scope\n", "docker"),
        (f"1:cpu:/docker/{ID}\n", "docker"),
        (f"0::/machine.slice/libpod-{ID}.scope/container\n", "podman"),
        (f"0::/system.slice/containerd-{ID}.scope\n", "containerd"),
        (f"0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope\n", "kubernetes"),
        ("4:memory:/kubepods/besteffort/pod1/abc\n0::/\n", "kubernetes"),
        ("9:memory:/ecs/cluster/0123456789abcdef/0123456789abcdef-1\n", "ecs"),
        ("8:memory:/lxc.payload.web\n", "lxc"),
        ("8:memory:/lxc/web\n", "lxc"),
        ("0::/machine.slice/systemd-nspawn@web.service/payload\n", "nspawn"),
    ],
)
def test_cgroup(text: str, kind: str | None) -> None:
    """Containers' control groups are told from those of the daemons that run containers."""
    assert kind == parse_cgroup(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", None),
        ("22 27 0:21 / /proc rw - proc proc rw\n27 1 254:0 / / rw - ext4 /dev/vda rw\n", None),
        ("1 2 0:5 / / rw master:1 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X,workdir=/w\n", "docker"),
        ("1 2 0:5 / / rw - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/l/X\n", "podman"),
        ("1 2 0:5 / / rw - overlay overlay rw,lowerdir=/var/lib/containerd/snapshots/56/fs\n", "containerd"),
        ("1 2 0:5 / / rw - overlay overlay rw,lowerdir=/media/root-ro,upperdir=/media/rw\n", None),
        ("1 2 0:5 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/l/X\n", None),
        ("junk\n - \n / / - overlay containerd", None),
    ],
)
def test_mountinfo(text: str, kind: str | None) -> None:
    """Only the root's own layers count: a host shows the mounts of all its containers."""
    assert kind == parse_mountinfo(text)
