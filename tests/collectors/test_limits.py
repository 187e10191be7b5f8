from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, ProcessLimits
from neuron_collectors.host import CollectorError
from neuron_collectors.limits import collect_limits, parse_limits

from .conftest import AnotherUser, CollectLive, MakeHost

LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            1024                 1048576              files
Max locked memory         67108864             unlimited            bytes
Max nice priority         0                    0
"""
FOUND = ProcessLimits(
    locked_memory_bytes=67_108_864, locked_memory_hard_bytes=None, open_files=1024, open_files_hard=1_048_576
)


def test_limits(make_host: MakeHost, collect_live: CollectLive) -> None:
    """The same file on the running machine and in a capture."""
    assert FOUND == collect_limits(make_host({"proc/self/limits": LIMITS}))
    assert FOUND == collect_live("limits", "collect_limits", {"proc/self/limits": LIMITS})


def test_nobody_looked(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Every process has limits, so without the file they are not absent but not collected."""
    assert NOT_COLLECTED == collect_limits(make_host({"proc/version": ""}))
    assert NOT_COLLECTED == collect_live("limits", "collect_limits")


def test_an_unreadable_file(make_host: MakeHost, another_user: AnotherUser) -> None:
    host = make_host({"proc/self/limits": LIMITS})
    Path(host.root, "proc/self/limits").chmod(0)

    with another_user():
        assert PERMISSION == collect_limits(host)


@pytest.mark.parametrize(
    ("memory", "files", "found"),
    [
        ("unlimited unlimited", "1 2", (None, None, 1, 2)),
        ("0 9223372036854775807", "1 unlimited", (0, 9_223_372_036_854_775_807, 1, None)),
        ("8388608            8388608           ", "20000 20000", (8_388_608, 8_388_608, 20_000, 20_000)),
    ],
)
def test_values(memory: str, files: str, found: tuple[int | None, ...]) -> None:
    """No limit is none; 0 is the tightest."""
    text = f"Max locked memory  {memory} bytes\nMax open files  {files} files\n"
    limits = parse_limits(text)

    assert found == (
        limits.locked_memory_bytes,
        limits.locked_memory_hard_bytes,
        limits.open_files,
        limits.open_files_hard,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Max locked memory",
        "Max locked memory 1",
        "Max locked memory -1 -1 bytes\n",
        "Max locked memory 1 2x bytes\n",
        f"Max locked memory {'9' * 20} 1 bytes\n",
        " Max locked memory 1 2 bytes\n",
        "\0" * 100,
    ],
)
def test_nonsense_is_named(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^proc/self/limits: no 'Max locked memory': '"):
        parse_limits(text)
