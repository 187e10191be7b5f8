from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.neffs import header, model, model_members, swapped_md5

from neuron_validator.cli import main

HEADER_LINES = """\
{path}
  pkg_version          2
  header_size          1024 bytes
  data_size            10240 bytes
  payload_size         10240 bytes
  neff_version         2.0
  neff_build_version   none
  num_tpb              1
  hash                 {digest}
  hash_verified        yes
  uuid                 01234567-89ab-4def-8123-456789abcdef
  name                 file.neff
  requested_tpb_count  1
  tpb_per_node         1
  feature_bits         0xc00 (bits 10, 11)
  lnc_size             2
  pad_is_zero          yes
"""
PAYLOAD_LINES = """\
  payload_format       gzip tar
  members              6
  compiler_version     2.23.6484.0+3b612583
  target               cayman
  kelf_targets         cayman
  graph_count          2
  graph_directories    2
  inputs               x, y
  outputs              sum, product
"""

Inspect = Callable[..., tuple[int, str, str]]


@pytest.fixture
def inspect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inspect:
    """A function that runs ``neff inspect`` where the files are, and returns its exit code and both outputs."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **files: bytes) -> tuple[int, str, str]:
        for name, content in files.items():
            (tmp_path / f"{name}.neff").write_bytes(content)
        code = main(["neff", "inspect", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def lines_of(path: str) -> str:
    """Return what is shown of the usual model at *path*."""
    return header_lines(path) + PAYLOAD_LINES


def header_lines(path: str) -> str:
    """Return what is shown of its header alone."""
    return HEADER_LINES.format(path=path, digest=swapped_md5(model()[1024:]).hex())


def test_every_field_is_shown(inspect: Inspect) -> None:
    """Those of the header under the names that AWS gives them, with the hash checked, and what the payload says."""
    assert (0, lines_of("a.neff"), "") == inspect("a.neff", a=model())


def test_the_header_alone(inspect: Inspect) -> None:
    """Where that is asked for nobody looks at what is compressed; its hash is checked all the same."""
    assert (0, header_lines("a.neff"), "") == inspect("--header-only", "a.neff", a=model())


def test_one_bad_file_costs_no_other(inspect: Inspect, tmp_path: Path) -> None:
    """Each file that cannot be shown is a line on standard error, and the exit code says that there is one."""
    os.mkfifo(tmp_path / "fifo.neff")
    code, out, err = inspect(
        "a.neff", "junk.neff", ".", "fifo.neff", "no.neff", "b.neff", a=model(), b=model(), junk=b"x"
    )

    assert 66 == code
    assert f"{lines_of('a.neff')}\n{lines_of('b.neff')}" == out
    assert [
        "neuron-validator: junk.neff: not a NEFF: 1 bytes, the header alone has 1024",
        "neuron-validator: .: not a regular file: dir",
        "neuron-validator: fifo.neff: not a regular file: fifo",
        "neuron-validator: no.neff: no such file",
    ] == err.splitlines()


def test_nothing_but_bad_files(inspect: Inspect) -> None:
    """Where there is nothing to show, nothing is printed."""
    assert (66, "", "neuron-validator: no.neff: no such file\n") == inspect("no.neff")


def test_a_truncated_file_is_shown(inspect: Inspect) -> None:
    """What cannot be read for one reason says so once."""
    code, out, _ = inspect("a.neff", a=model()[:1024])

    assert 0 == code
    assert "\n  hash_verified             not read: truncated: 0 of 10240 bytes\n" in out
    assert out.endswith("\n  payload_format … outputs  not read: truncated: 0 of 10240 bytes\n")
    assert 2 == out.count("truncated")


def test_a_wrong_hash_is_told(inspect: Inspect) -> None:
    """It is a fact about the file, not a failure to read it."""
    code, out, _ = inspect("a.neff", a=model(hash=b"\1" * 16, feature_bits=0, tpb_per_node=b""))

    assert 0 == code
    assert "  hash_verified        no\n" in out
    assert "  feature_bits         0x0\n" in out
    assert "  tpb_per_node         none\n" in out


def test_json(inspect: Inspect) -> None:
    """One document with what was read and what was not, in which a bit mask is text."""
    code, out, err = inspect("--format", "json", "a.neff", "no.neff", a=model(lnc_size=1))
    expected: dict[str, Any] = {
        "path": "a.neff",
        "pkg_version": 2,
        "header_size": 1024,
        "data_size": 10240,
        "payload_size": 10240,
        "neff_version": "2.0",
        "neff_build_version": None,
        "num_tpb": 1,
        "hash": swapped_md5(model()[1024:]).hex(),
        "hash_verified": True,
        "uuid": "01234567-89ab-4def-8123-456789abcdef",
        "name": "file.neff",
        "requested_tpb_count": 1,
        "tpb_per_node": [1],
        "feature_bits": "0xc00",
        "lnc_size": 1,
        "pad_is_zero": True,
        "payload_format": "gzip tar",
        "members": 6,
        "compiler_version": "2.23.6484.0+3b612583",
        "target": "cayman",
        "kelf_targets": ["cayman"],
        "graph_count": 2,
        "graph_directories": 2,
        "inputs": ["x", "y"],
        "outputs": ["sum", "product"],
    }

    assert 66 == code
    assert {
        "schema_version": "1.0",
        "neffs": [expected],
        "errors": [{"path": "no.neff", "reason": "no such file"}],
    } == json.loads(out)
    assert "neuron-validator: no.neff: no such file\n" == err


def test_json_tells_the_three_states_apart(inspect: Inspect) -> None:
    """A value, null for what is not there, and the reason why something could not be read."""
    _, out, _ = inspect("--format", "json", "a.neff", a=header(data_size=5, hash=b""))
    (neff,) = json.loads(out)["neffs"]

    assert [None, {"unread": "truncated: 0 of 5 bytes"}] == [neff["hash_verified"], neff["target"]]


def test_of_the_header_alone_json_says_that_nobody_looked(inspect: Inspect) -> None:
    """A script can tell it from a model without a target."""
    _, out, _ = inspect("--header-only", "--format", "json", "a.neff", a=model())

    assert {"unread": "not collected"} == json.loads(out)["neffs"][0]["target"]


def test_files_in_a_captured_tree(inspect: Inspect, tmp_path: Path) -> None:
    """With ``--root`` every path is below it, and a link cannot lead out."""
    (tmp_path / "root/srv").mkdir(parents=True)
    (tmp_path / "root/srv/model.neff").write_bytes(model())
    (tmp_path / "root/out.neff").symlink_to("../outside.neff")
    for name in ("srv/model.neff", "/srv/model.neff"):
        assert (0, lines_of(name), "") == inspect("--root", "root", name)

    assert 66 == inspect("--root", "root", "out.neff", outside=model())[0]
    assert 66 == inspect("--root", "root", "../outside.neff")[0]


def test_absolute_paths_and_links(inspect: Inspect, tmp_path: Path) -> None:
    """On this machine a file is what the shell would open."""
    (tmp_path / "link.neff").symlink_to("a.neff")

    assert (0, lines_of("link.neff"), "") == inspect("link.neff", a=model())
    assert (0, lines_of(f"{tmp_path}/a.neff"), "") == inspect(f"{tmp_path}/a.neff")
    assert (0, lines_of("./../" + tmp_path.name + "/a.neff"), "") == inspect("./../" + tmp_path.name + "/a.neff")


def test_names_cannot_command_the_terminal(inspect: Inspect, tmp_path: Path) -> None:
    """Whatever stands in a model, or in the name of its file, is shown as text."""
    evil = "\x1b[2Jevil\u202e\n.neff"
    graph = model_members()["neff.json"].replace(b'"x"', json.dumps("\x1b[31m").encode())
    (tmp_path / evil).write_bytes(model({**model_members(), "neff.json": graph}, name=b"\x1b]0;title\x07\xff"))
    code, out, err = inspect(evil, f"no{evil}")

    assert 66 == code
    assert all(character.isprintable() or character == "\n" for character in out + err)
    assert "?[2Jevil? .neff\n" in out
    assert "  inputs               ?[31m, y\n" in out


def test_an_output_that_is_ascii(inspect: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no other characters can be written there are none."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    code, _, _ = inspect("\u00e4.neff", ä=model()[:1024])
    output.flush()
    written = output.buffer
    assert isinstance(written, io.BytesIO)

    assert 0 == code
    assert written.getvalue().startswith(b"\\xe4.neff\n")
    assert b"payload_format ... outputs" in written.getvalue()


@pytest.mark.parametrize(
    "arguments", [["neff"], ["neff", "inspect"], ["neff", "guess", "a"], ["neff", "inspect", "a", "--format", "yaml"]]
)
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What the command does not understand is a usage error in one line."""
    assert 64 == main(arguments)
    assert 1 == len(capsys.readouterr().err.splitlines())


def test_a_root_that_is_not_there(inspect: Inspect) -> None:
    """The tree is an input too."""
    assert (66, "", "neuron-validator: nowhere: not a directory\n") == inspect("--root", "nowhere", "a.neff")
