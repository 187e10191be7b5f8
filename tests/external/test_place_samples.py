"""What facts and samples beside the checkout say of the place: OCI hook, names of images, environment variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.environment import parse_variables
from neuron_collectors.facts import NOT_COLLECTED, Image, OciHook
from neuron_collectors.image import parse_banner
from neuron_collectors.oci_hook import collect_oci_hook

pytestmark = pytest.mark.external

HOOK = ("oci_neuron_hook", "oci_neuron_hook_config.json", "oci_neuron_hook_wrapper.sh")

FILES: Mapping[str, tuple[str, ...]] = {
    "ls-opt-aws-neuron-bin-inf2-tools2.28.23.txt": HOOK,
    "rpm-ql-aws-neuron-runtime-base-1.6.21.0.txt": HOOK,
    "rpm-ql-aws-neuronx-oci-hook-2.13.52.0.txt": HOOK,
    "rpm-ql-aws-neuron-runtime-1.6.24.0.txt": (),
    "rpm-ql-aws-neuronx-k8-plugin-2.29.16.0.txt": (),
}
"""Files of the hook in each listing of ``/opt/aws/neuron/bin`` or of a package; some packages bring none."""

USED_SAMPLES: frozenset[str] = frozenset(FILES)

WITHOUT_A_NAME_OF_THEIR_OWN = {
    *("ALLREDUCE_GRADIENTS_BUCKET_SIZE_MB", "BUCKET_CAP_MB", "DISABLE_NUMERIC_CC_TOKEN", "DISABLE_XLA"),
    *("KMP_INIT_AT_FORK", "MXNET_CPU_WORKER_NTHREADS", "NCCL_DEBUG", "NCCL_DEBUG_SUBSYS", "PROMETHEUS_MULTIPROC_DIR"),
    *("TORCH_DIST_INIT_BARRIER", "UNSAFE_FP8FNCAST", "VLLM_ENABLE_V1_MULTIPROCESSING"),
    *("VLLM_NIXL_SIDE_CHANNEL_HOST", "VLLM_NIXL_SIDE_CHANNEL_PORT"),
}
"""Variables that the vendor documents, and whose names do not tell that they are about Neuron."""


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_the_hook(shared: Path, tmp_path: Path, name: str) -> None:
    """A host with the files of a sample has these of the hook; what configures it was not captured."""
    lines = (shared / "samples" / name).read_text().splitlines()
    for line in lines:
        if not line.startswith("$") and not line.endswith("/"):
            place = tmp_path / (line[1:] if line.startswith("/") else f"opt/aws/neuron/bin/{line}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()

    assert OciHook(
        files=FILES[name],
        configured={"docker": NOT_COLLECTED, "containerd": NOT_COLLECTED, "cri-o": NOT_COLLECTED},
    ) == collect_oci_hook(open_host(tmp_path))


def test_every_documented_image_is_recognised(shared: Path) -> None:
    """The name of each Neuron AMI since SDK 2.18.0, put into the banner, comes out as it was."""
    releases = json.loads((shared / "facts" / "os_support.json").read_text())["dlami"]
    names = {image["name"] for release in releases for image in release["images"] if "name" in image}
    found = {name: parse_banner(f"       _|  (     /   {name}", "etc/motd") for name in names}

    assert 49 == len(names)
    assert {name: Image(kind="dlami", name=name, version=None, source="/etc/motd") for name in names} == found


def test_the_documented_variables_are_kept(shared: Path) -> None:
    """All of them, but those that could be about anything."""
    entries = json.loads((shared / "facts" / "env_vars.json").read_text())["env_vars"]
    names = {entry["name"].replace("<component>", "NRT").replace("<type>", "DMA") for entry in entries}
    kept = parse_variables("".join(f"{name}=1\0" for name in names))

    assert 184 == len(names)
    assert WITHOUT_A_NAME_OF_THEIR_OWN == names - set(kept)
