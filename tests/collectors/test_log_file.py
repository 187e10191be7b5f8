"""Logs that the user names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron_collectors.input_error import InputError, InputMissing
from neuron_collectors.log_file import decode_log, is_kernel_log, read_log_file, split_log


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("one", ("one",)),
        ("one\n", ("one",)),
        ("one\r\ntwo\n\n", ("one", "two", "")),
        ("10%\r20%\rdone\n", ("10%\r20%\rdone",)),
    ],
)
def test_lines(text: str, expected: tuple[str, ...]) -> None:
    """Line feeds end a line, with or without a carriage return before them."""
    assert expected == split_log(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("[   12.345678] neuron:ncdev_open: nd0 is in an invalid state\n", True),
        ("<3>[   12.345678] neuron:ncdev_open: nd0\n", True),
        ("Nov 21 22:16:17 ip-10-0-0-1 kernel: neuron:ncdev_open: nd0\n", True),
        ("kern  :err   : 2026-11-21T22:16:17,305885+00:00 neuron: x\n", True),
        ('{"__REALTIME_TIMESTAMP":"1","MESSAGE":"neuron"}\n', True),
        ("2026-Feb-23 01:42:57.0395 4137:4161 ERROR NRT:nrt_init no\n", False),
        ("[1.0] one line of the kernel\nand\nthree\nothers\n", False),
    ],
)
def test_which_logs_are_the_kernels(text: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """What dmesg and journalctl print is told from an application's log by most of its lines."""
    assert expected is is_kernel_log(text)


def test_a_file_and_a_pipe_are_read(tmp_path: Path) -> None:
    """A log may come from a file, with bytes that are no text, or from a pipe."""
    (tmp_path / "a.log").write_bytes(b"\xef\xbb\xbfone \xff\n")
    read, write = os.pipe()
    os.write(write, b"two\n")
    os.close(write)

    assert "one \ufffd\n" == read_log_file(tmp_path / "a.log")
    assert "two\n" == read_log_file(f"/dev/fd/{read}")
    os.close(read)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    """A directory and a device are not opened; what is not there is missing."""
    with pytest.raises(InputError, match="neither a file nor a pipe"):
        read_log_file(tmp_path)
    with pytest.raises(InputError, match="neither a file nor a pipe"):
        read_log_file("/dev/null")
    with pytest.raises(InputMissing, match="No such file"):
        read_log_file(tmp_path / "none")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_log(content: bytes) -> None:
    """No content makes reading fail."""
    text = decode_log(content)

    assert is_kernel_log(text) in (True, False)
    assert all("\n" not in line for line in split_log(text))
