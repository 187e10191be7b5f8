"""What is shipped for clusters, images and continuous integration is valid, harmless and does what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.test_golden import EXPECTED, HOSTS

import neuron_validator
from neuron_validator.cli import main

KUSTOMIZE = ("Kustomization", "Component")
OF_OPERATORS = ("PodMonitor",)
"""Kinds that Kubernetes itself does not have."""
NO_NODES = ("container-with-devices", "container-without-devices", "placeholder-venv")
"""Containers, and a machine whose finding is in somebody's home, which the DaemonSet does not look into."""


@pytest.fixture
def deploy(repository: Path) -> Path:
    """The folder of what operators use."""
    return repository / "deploy"


def load(path: Path) -> Any:
    """Read one YAML document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def manifests(deploy: Path) -> dict[str, Any]:
    """Return every document of the folder of Kubernetes by its path."""
    return {str(path.relative_to(deploy)): load(path) for path in sorted(deploy.glob("kubernetes/**/*.yaml"))}


def containers(pod: Any) -> Iterator[Any]:
    """Return all containers of a pod's specification that are ours."""
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        if container["name"] != "training":
            yield container


def test_kustomizations_name_files_that_are_there(deploy: Path) -> None:
    """Whatever a kustomization names stands beside it, and every other document is named by one or stands alone."""
    named = set()
    for path, document in manifests(deploy).items():
        if document["kind"] in KUSTOMIZE:
            entries = [*document.get("resources", ()), *(p["path"] for p in document.get("patches", ()) if "path" in p)]
            named |= {str(Path(path).parent / entry) for entry in entries}
    alone = {path for path, document in manifests(deploy).items() if document["kind"] not in KUSTOMIZE} - named

    assert {path for path in named if not (deploy / path).is_file()} == set()
    assert {"kubernetes/preflight/pod.yaml"} == alone


def test_manifests_follow_kubernetes_schemas(deploy: Path) -> None:
    """Every document is what the API of Kubernetes accepts, without a field that it does not know."""
    validate = pytest.importorskip("kubernetes_validate", reason="`make manifests` installs it")
    documents = [d for path, d in manifests(deploy).items() if d["kind"] not in (*KUSTOMIZE, *OF_OPERATORS)]
    patch = "kubernetes/components/feature-labels/daemon-set.yaml"

    assert documents
    for document in documents:
        if document != manifests(deploy)[patch]:  # an incomplete one, on purpose
            validate.validate(document, "1.34", strict=True)


def test_workflow_follows_its_schema(deploy: Path) -> None:
    """The example for GitHub Actions is a workflow."""
    pytest.importorskip("check_jsonschema", reason="`make manifests` installs it")
    command = ("-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows")
    done = subprocess.run(
        [sys.executable, *command, str(deploy / "github-actions/neuron-versions.yml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout


def test_containers_have_no_privilege(deploy: Path) -> None:
    """No container of ours may become more than it is; only what writes for root runs as root."""
    found = manifests(deploy)
    pods = {path: d["spec"]["template"]["spec"] for path, d in found.items() if d["kind"] == "DaemonSet"}
    pods["kubernetes/preflight/pod.yaml"] = found["kubernetes/preflight/pod.yaml"]["spec"]
    roots = []
    for pod in pods.values():
        assert not {"hostPID", "hostNetwork", "hostIPC"} & set(pod)
        for container in containers(pod):
            security = {**pod.get("securityContext", {}), **container["securityContext"]}
            roots += [container["name"]] if security["runAsUser"] == 0 else []

            assert ["ALL"] == security["capabilities"]["drop"]
            assert (False, True) == (security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"])
            assert "add" not in security["capabilities"]
            assert "privileged" not in security

    assert ["feature-labels"] == roots


def test_daemon_set_mounts_hosts_read_only(deploy: Path) -> None:
    """Whatever the DaemonSet mounts of its node is below /host and cannot be written."""
    pod = load(deploy / "kubernetes/base/daemon-set.yaml")["spec"]["template"]["spec"]
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"] if mount["name"] in paths}

    assert {name: f"/host{path}" for name, path in paths.items()} == {n: m["mountPath"] for n, m in mounts.items()}
    assert all(mount["readOnly"] for mount in mounts.values())
    assert "--root=/host" in container["args"]


@pytest.mark.parametrize("host", sorted({*HOSTS} - {*NO_NODES}))
def test_daemon_set_sees_what_it_needs(
    deploy: Path, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    """What the DaemonSet mounts of a node is enough for the same verdict and the same findings."""
    pod = load(deploy / "kubernetes/base/daemon-set.yaml")["spec"]["template"]["spec"]
    paths = [volume["hostPath"]["path"].lstrip("/") for volume in pod["volumes"] if "hostPath" in volume]
    tree = repository / "tests/hosts" / host
    for path in (*paths, ".host.json", ".facts.json", ".commands"):
        if (tree / path).is_dir():
            shutil.copytree(tree / path, tmp_path / path, symlinks=True)
        elif (tree / path).exists():
            shutil.copy(tree / path, tmp_path / path)
    code = main(["diagnose", "--root", str(tmp_path), "--as-of", "2026-11-21", "--format", "json"])
    report = json.loads(capsys.readouterr().out)

    assert EXPECTED[host][:3] == (code, report["verdict"], [finding["id"] for finding in report["findings"]])


def test_daemon_set_runs_on_nodes_with_devices(deploy: Path) -> None:
    """The DaemonSet names every instance type that the catalog knows, and no other."""
    data = Path(neuron_validator.__file__).parent / "data" / "instance_types.jsonl"
    known = {json.loads(line)["instance_type"] for line in data.read_text(encoding="utf-8").splitlines()}
    pod = load(deploy / "kubernetes/base/daemon-set.yaml")["spec"]["template"]["spec"]
    selection = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (expression,) = selection["nodeSelectorTerms"][0]["matchExpressions"]

    assert known == set(expression["values"])


def test_facts_of_the_workflow(deploy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example of a facts file is understood, judged and good, as a page for people and in SARIF."""
    facts = ("diagnose", "--facts", str(deploy / "github-actions/neuron-facts.toml"), "--as-of", "2026-11-21")

    assert 0 == main([*facts, "--fail-on", "critical"])
    capsys.readouterr()
    assert 0 == main([*facts, "--format", "sarif", "--fail-on", "never"])
    assert "2.1.0" == json.loads(capsys.readouterr().out)["version"]


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (2, 2), (3, 0), (66, 66), (70, 70)])
def test_image_gate(deploy: Path, code: int, expected: int) -> None:
    """The gate stops a build at what is critical and at failures, not where a build machine has no devices to judge."""
    if code == 3 and Path("/sys/module/neuron").exists():
        pytest.skip("this machine has a Neuron driver")
    environment = {"NEURON_VALIDATOR": f"{sys.executable} -c exit({code})", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", str(deploy / "image-gate/gate.sh"), "--only", "driver"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert expected == done.returncode
    assert "" == done.stderr
