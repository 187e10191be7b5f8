from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.commands import Completed
from neuron_collectors.facts import NOT_COLLECTED
from neuron_collectors.host import HostError, Stat

from .conftest import MakeHost

RPM = ["/usr/bin/rpm", "-qa"]


def test_an_undescribed_tree_opens(tmp_path: Path) -> None:
    """A tree need not say anything about itself; then no program was recorded."""
    host = open_host(tmp_path)

    assert not host.live
    assert NOT_COLLECTED == host.run(RPM)


def test_the_live_machine_is_not_described() -> None:
    """On the running machine programs are run; a stray description in ``/`` would say nothing about it."""
    host = open_host("/")

    assert host.live
    assert host.run(["/no/such/program"]) is None


def test_a_recorded_stat_says_everything(make_host: MakeHost) -> None:
    """Type, mode, owner and numbers come from the description; what it leaves out is zero."""
    host = make_host(
        {
            ".host.json": json.dumps(
                {
                    "/dev/neuron0": {"type": "char", "mode": "0660", "uid": 7, "gid": 8, "major": 246, "minor": 3},
                    "run/pipe": {"type": "fifo", "mode": "0600"},
                }
            )
        }
    )
    node, pipe = host.stat("dev/neuron0"), host.stat("run/pipe")

    assert isinstance(node, Stat)
    assert (0o660, 7, 8, (246, 3)) == (node.permissions, node.uid, node.gid, node.rdev)
    assert isinstance(pipe, Stat)
    assert (True, 0, (0, 0)) == (stat.S_ISFIFO(pipe.mode), pipe.uid, pipe.rdev)


def test_a_recorded_stat_outweighs_the_copy(make_host: MakeHost) -> None:
    """A file that stands in for a device node is described as what it was, and its content is the copy's."""
    host = make_host({".host.json": '{"sys/secret": {"type": "file", "mode": "0400"}}', "sys/secret": "1\n"})
    found = host.stat("sys/secret")

    assert isinstance(found, Stat)
    assert 0o400 == found.permissions
    assert "1\n" == host.read_text("sys/secret")


def test_recorded_programs_are_replayed(make_host: MakeHost) -> None:
    """A program is known by its whole argument list, and brings back how it ended and what it wrote."""
    index = [
        {"argv": RPM, "returncode": 1, "stdout": "rpm.out", "stderr": "rpm.err"},
        {"argv": ["/sbin/modinfo", "neuron"], "returncode": None},
        {"argv": ["/bin/true"], "returncode": 0},
        {"argv": ["/bin/lost"], "returncode": 0, "stdout": "lost.out"},
    ]
    host = make_host(
        {
            ".commands/index.json": json.dumps(index),
            ".commands/rpm.out": "a\tb\n",
            ".commands/rpm.err": b"caf\xe9\n",
        }
    )

    assert Completed(returncode=1, stdout="a\tb\n", stderr="caf\ufffd\n") == host.run(RPM)
    assert host.run(["/sbin/modinfo", "neuron"]) is None
    assert Completed(returncode=0, stdout="", stderr="") == host.run(["/bin/true"])
    assert NOT_COLLECTED == host.run(["/bin/lost"])
    assert NOT_COLLECTED == host.run(["/usr/bin/rpm", "-qa", "--last"])


@pytest.mark.parametrize(
    "description",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe{",
        "[" * 100_000,
        '{"dev/x": 1}',
        '{"dev/x": {}}',
        '{"dev/x": {"type": "char"}}',
        '{"dev/x": {"type": "pigeon", "mode": "0600"}}',
        '{"dev/x": {"type": [], "mode": "0600"}}',
        '{"dev/x": {"type": "char", "mode": 600}}',
        '{"dev/x": {"type": "char", "mode": "0999"}}',
        '{"dev/x": {"type": "char", "mode": "0600", "major": "two"}}',
        '{"dev/x": {"type": "char", "mode": "0600", "major": 1e999}}',
        '{"dev/x": {"type": "char", "mode": "0600", "uid": NaN}}',
    ],
)
def test_a_damaged_description_is_named(make_host: MakeHost, description: str | bytes) -> None:
    """Whatever is wrong with ``.host.json``, the message says which file it is."""
    with pytest.raises(HostError, match=r"^\.host\.json: ."):
        make_host({".host.json": description})


@pytest.mark.parametrize(
    "index",
    [
        "",
        "{}",
        "[1]",
        '["a"]',
        "[[]]",
        "[null]",
        '[{"returncode": 0}]',
        '[{"argv": 1}]',
        '[{"argv": [[1]]}]',
        '[{"argv": ["/bin/x"], "returncode": "zero"}]',
        '[{"argv": ["/bin/x"], "returncode": []}]',
        '[{"argv": ["/bin/x"], "returncode": 1e999}]',
    ],
)
def test_a_damaged_index_is_named(make_host: MakeHost, index: str) -> None:
    """Whatever is wrong with the recording, the message says which file it is, before any collector runs."""
    with pytest.raises(HostError, match=r"^\.commands/index\.json: ."):
        make_host({".commands/index.json": index})


def test_recorded_output_stays_inside_the_tree(make_host: MakeHost, public_path: Path) -> None:
    """A file name in the recording cannot lead out of the tree, and one that cannot be is not there."""
    (public_path / "outside").write_text("secret", encoding="utf-8")
    index = [
        {"argv": ["/bin/x"], "returncode": 0, "stdout": "../../outside"},
        {"argv": ["/bin/y"], "returncode": 0, "stdout": "a\0b"},
    ]
    host = make_host({".commands/index.json": json.dumps(index)})

    assert NOT_COLLECTED == host.run(["/bin/x"])
    assert NOT_COLLECTED == host.run(["/bin/y"])
