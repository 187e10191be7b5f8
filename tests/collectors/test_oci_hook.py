from __future__ import annotations

from pathlib import Path

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, OciHook
from neuron_collectors.oci_hook import collect_oci_hook

from .conftest import AnotherUser, CollectLive, MakeHost

BIN = "opt/aws/neuron/bin"
FILES = {f"{BIN}/{name}": "" for name in ("neuron-ls", "oci_neuron_hook", "oci_neuron_hook_wrapper.sh")}
WRAPPER = "/opt/aws/neuron/bin/oci_neuron_hook_wrapper.sh"
CONTAINERD = f"""\
default_runtime_name = "neuron"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.neuron.options]
    BinaryName = "{WRAPPER}"
"""
DOCKER = '{"runtimes": {"neuron": {"path": "%s"}}}'
INSTALLED = ("oci_neuron_hook", "oci_neuron_hook_wrapper.sh")


def test_a_host_that_uses_it(collect_live: CollectLive) -> None:
    """The package's files, and a runtime that is told to call them; another runtime is not, or not there."""
    files = {**FILES, "etc/containerd/config.toml": CONTAINERD, "etc/docker/daemon.json": "{}"}

    assert OciHook(files=INSTALLED, configured={"docker": False, "containerd": True, "cri-o": None}) == collect_live(
        "oci_hook", "collect_oci_hook", files
    )


def test_a_hook_that_is_configured_and_not_installed(collect_live: CollectLive) -> None:
    """The package was removed and the configuration stayed: no container starts."""
    files = {"etc/docker/daemon.json": DOCKER % WRAPPER, "etc/crio/crio.conf": f'runtime_path = "{WRAPPER}"\n'}

    assert OciHook(files=None, configured={"docker": True, "containerd": None, "cri-o": True}) == collect_live(
        "oci_hook", "collect_oci_hook", files
    )


def test_a_host_without_it(collect_live: CollectLive) -> None:
    """The vendor's other tools are in the same directory, and runtimes have configurations anyway."""
    files = {f"{BIN}/neuron-ls": "", "etc/docker/daemon.json": '{"log-driver": "journald"}'}

    assert collect_live("oci_hook", "collect_oci_hook", files) is None
    assert collect_live("oci_hook", "collect_oci_hook") is None


def test_a_captured_tree(make_host: MakeHost) -> None:
    """What a capture lacks was not collected; where the directory was captured, the file is not there."""
    host = make_host({**FILES, "etc/docker/key.json": ""})

    assert OciHook(
        files=INSTALLED, configured={"docker": None, "containerd": NOT_COLLECTED, "cri-o": NOT_COLLECTED}
    ) == collect_oci_hook(host)


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_oci_hook(make_host({"etc/hostname": "x"}))


def test_an_unreadable_configuration(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Then nobody knows whether the hook is called."""
    host = make_host({"etc/docker/daemon.json": DOCKER % WRAPPER, "etc/containerd/config.toml": ""})
    Path(host.root, "etc/docker/daemon.json").chmod(0)

    with another_user():
        hook = collect_oci_hook(host)

    assert (
        OciHook(files=NOT_COLLECTED, configured={"docker": PERMISSION, "containerd": False, "cri-o": NOT_COLLECTED})
        == hook
    )
