from __future__ import annotations

import pytest

from neuron_collectors.host import CollectorError
from neuron_collectors.proc_pid import (
    ControlGroup,
    parse_cgroup,
    parse_cmdline,
    parse_core_count,
    parse_cores,
    parse_environ,
)

ID = "4b0e2f5cf3c4d7a0b9b8f0c3c6c6b8a4b1f4f3a2d1c0e9f8a7b6c5d4e3f2a1b0"
POD = "f0b2f9a3-6f1d-4d6c-9a5e-0c9a0f6a2b11"
STATIC_POD = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "container", "pod", "unit"),
    [
        ("", None, None, None),
        ("0::/\n", None, None, None),
        ("0::/system.slice/vllm.service\n", None, None, "vllm.service"),
        ("0::/system.slice/system-jupyter.slice/jupyter@alice.service/payload\n", None, None, "jupyter@alice.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None, None, "session-3.scope"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/run.scope\n", None, None, "user@1000.service"),
        ("12:devices:/\n1:name=systemd:/system.slice/ssh.service\n", None, None, "ssh.service"),
        (f"0::/system.slice/docker-{ID}.scope\n", ID, None, None),
        (f"12:devices:/docker/{ID}\n1:name=systemd:/docker/{ID}\n", ID, None, None),
        (f"0::/machine.slice/libpod-{ID}.scope/container\n", ID, None, None),
        (f"8:cpu:/ecs/0a1b2c3d4e5f60718293a4b5c6d7e8f9/{ID}\n", ID, None, None),
        (
            f"0::/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/cri-containerd-{ID}.scope\n",
            *(ID, POD, None),
        ),
        (f"11:memory:/kubepods/burstable/pod{POD}/{ID}\n", ID, POD, None),
        (f"11:memory:/kubepods/besteffort/pod{STATIC_POD}/{ID}\n", ID, STATIC_POD, None),
        (f"0::/kubepods/pod{POD}/init\n", None, POD, None),
        ("0::/../../..\n", None, None, None),
        (f"0::/x/{ID}0\n", None, None, None),
    ],
)
def test_control_groups(text: str, container: str | None, pod: str | None, unit: str | None) -> None:
    """A container, its pod, or the service or session that a process belongs to."""
    assert ControlGroup(container=container, pod=pod, unit=unit) == parse_cgroup(text)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("A=1\0B=x=y\0", {"A": "1", "B": "x=y"}),
        ("A=1\0A=2", {"A": "2"}),
        ("no variable\0=x\0C=\0", {"C": ""}),
    ],
)
def test_environments(text: str, variables: dict[str, str]) -> None:
    assert variables == parse_environ(text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", None),
        ("\0", None),
        ("/usr/bin/python3\0serve.py\0--port\08080\0", "/usr/bin/python3 serve.py --port 8080"),
        ("VLLM::EngineCore", "VLLM::EngineCore"),
        ("python\0-c\0\0", "python -c"),
    ],
)
def test_command_lines(text: str, command: str | None) -> None:
    assert command == parse_cmdline(text)


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("0", (0,)),
        ("0-3", (0, 1, 2, 3)),
        ("0,1", (0, 1)),
        ("8-9, 0-1,1", (0, 1, 8, 9)),
    ],
)
def test_visible_cores(text: str, cores: tuple[int, ...]) -> None:
    """Single cores and ranges with both of their ends."""
    assert cores == parse_cores(text, "NEURON_RT_VISIBLE_CORES")


@pytest.mark.parametrize("text", ["", ",", "0-", "-1", "3-1", "a", "0 1", "0..3", "12345", "٣"])
def test_no_cores(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^NEURON_RT_VISIBLE_CORES: not a list of cores: '"):
        parse_cores(text, "NEURON_RT_VISIBLE_CORES")


def test_numbers_of_cores() -> None:
    """All cores are asked for with 0."""
    texts = ("0", " 2 ", "32\x1f")  # str.strip takes off more than int does

    assert [0, 2, 32] == [parse_core_count(text, "NEURON_RT_NUM_CORES") for text in texts]


@pytest.mark.parametrize("text", ["", "-1", "all", "1.5", "٣", "99999"])
def test_no_number_of_cores(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^NEURON_RT_NUM_CORES: not a number of cores: '"):
        parse_core_count(text, "NEURON_RT_NUM_CORES")
