from __future__ import annotations

import pytest

from neuron_collectors.host import CollectorError
from neuron_collectors.process_search import MappedFile, ProcessStat, parse_maps, parse_node, parse_stat

STAT = "4711 (VLLM::EngineCor) S 4702 4702 4702 0 -1 4194560 1913826 41 512 0 200 100 0 0 20 0 97 0 5000 0 0\n"
KTHREAD = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0 18446744073709551615 0\n"

MAPS = b"""\
55d0a0000000-55d0a0001000 r--p 00000000 103:01 262345    /usr/bin/python3.10
7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 1311233    /opt/aws/neuron/lib/libnrt.so.2.29.40.0 (deleted)
7f1c2a03c000-7f1c2a7cf000 r-xp 0003c000 103:01 1311233    /opt/aws/neuron/lib/libnrt.so.2.29.40.0 (deleted)
7f1c30000000-7f1c30010000 r--p 00000000 fe:00 77    /srv/my libs/libnccom.so.2.29.41
7f1c40000000-7f1c40010000 r--p 00000000 fe:00 78    /usr/lib/x86_64-linux-gnu/libnuma.so.1.0.0
7f1c50000000-7f1c60000000 rw-s 00000000 00:06 415    /dev/neuron0
7f1c70000000-7f1c70010000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0    [stack]
"""


@pytest.mark.parametrize(
    ("text", "stat"),
    [
        (STAT, ProcessStat(name="VLLM::EngineCor", state="sleeping", is_kernel_thread=False)),
        (KTHREAD, ProcessStat(name="kthreadd", state="sleeping", is_kernel_thread=True)),
        (
            "7 (a) b (c) ) D 1 1 1 0 -1 4194304 0",
            ProcessStat(name="a) b (c) ", state="disk-sleep", is_kernel_thread=False),
        ),
        ("8 () Z 1 1 1 0 -1 4194316 0", ProcessStat(name="", state="zombie", is_kernel_thread=False)),
        ("9 (x) q 1 1 1 0 -1 4194304 0", ProcessStat(name="x", state="q", is_kernel_thread=False)),
    ],
)
def test_the_state_of_a_process(text: str, stat: ProcessStat) -> None:
    """Whatever a program calls itself, its state stands behind its name; a letter that is not known is kept."""
    assert stat == parse_stat(text, "proc/4711/stat")


@pytest.mark.parametrize(
    "text", ["", "4711", "4711 (x)", "4711 (x) S", "4711 (x) S 1 1 1 0 -1", "x (y) S 1 1 1 0 -1 z"]
)
def test_no_state(text: str) -> None:
    """A file that was cut short says where it is and what it holds."""
    with pytest.raises(CollectorError, match=r"^proc/4711/stat: not the state of a process: '"):
        parse_stat(text, "proc/4711/stat")


def test_libraries_in_memory() -> None:
    """Each file once, with what tells it apart; other libraries and devices are none of the runtime's."""
    assert (
        MappedFile(path="/opt/aws/neuron/lib/libnrt.so.2.29.40.0", device=(0x103, 1), inode=1311233, deleted=True),
        MappedFile(path="/srv/my libs/libnccom.so.2.29.41", device=(0xFE, 0), inode=77, deleted=False),
    ) == parse_maps(MAPS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff",
        b"7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 1311233",
        b"7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 x /opt/aws/neuron/lib/libnrt.so.1",
        b"7f1c2a000000-7f1c2a03c000 r--p 00000000 103 1 /opt/aws/neuron/lib/libnrt.so.1",
        b"/opt/aws/neuron/lib/libnrt.so.1",
        b"7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 1 /usr/lib/libnrtucode_extisa.so",
    ],
)
def test_no_libraries_in_memory(content: bytes) -> None:
    assert () == parse_maps(content)


@pytest.mark.parametrize(
    ("target", "index"),
    [
        ("/dev/neuron0", 0),
        ("/dev/neuron15", 15),
        ("/dev/neuron3 (deleted)", 3),
        ("/run/container/rootfs/dev/neuron7", 7),
        ("/dev/neuron", None),
        ("/dev/neuron1x", None),
        ("/dev/neuron0/file", None),
        ("/dev/neuron-1", None),
        ("/dev/neuron²", None),
        ("/dev/neuron12345", None),
        ("/dev/null", None),
        ("socket:[1]", None),
        ("", None),
    ],
)
def test_device_nodes(target: str, index: int | None) -> None:
    """The node's name ends with its number, wherever its /dev is."""
    assert index == parse_node(target)
