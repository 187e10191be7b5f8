"""Models that AWS's compiler wrote, against what was read in them with od, md5sum, gzip and tar."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import Neff, Unread
from neuron_collectors.host import Host
from neuron_collectors.neff import read_neff, scan_neffs

pytestmark = pytest.mark.external

LARGE_CUT = Unread("truncated: 0 of 1515520 bytes")
STREAM_CUT = Unread("truncated: 0 of 10240 bytes")

SAMPLES = {
    "nkipy_matmul_small.neff": Neff(
        path="/nkipy_matmul_small.neff",
        pkg_version=2,
        header_size=1024,
        data_size=61440,
        payload_size=61440,
        neff_version="2.0",
        neff_build_version=None,
        num_tpb=1,
        hash="bcb3e9ef77301698cd8b4cb9471ff5ac",  # md5sum of the payload: efe9b3bc98163077b94c8bcdacf51f47
        hash_verified=True,
        uuid="00a04c53-5fd9-4f07-bffd-d5eacdefc852",
        name="file.neff",
        requested_tpb_count=1,
        tpb_per_node=(1,),
        feature_bits=0x209C00,
        lnc_size=2,
        pad_is_zero=True,
        payload_format="gzip tar",
        members=72,
        compiler_version="2.23.6484.0+3b612583",
        target="cayman",
        kelf_targets=("cayman",),
        graph_count=2,
        graph_directories=2,
        inputs=("x", "y"),
        outputs=("output0", "output0"),
    ),
    "nkipy_matmul_large.header.bin": Neff(
        path="/nkipy_matmul_large.header.bin",
        pkg_version=2,
        header_size=1024,
        data_size=1515520,
        payload_size=0,
        neff_version="2.0",
        neff_build_version=None,
        num_tpb=1,
        hash="e116846fc3dd76b7fb2b87229a70151a",
        hash_verified=LARGE_CUT,
        uuid="25e09fd2-caca-464a-9ec3-58c85854fd38",
        name="file.neff",
        requested_tpb_count=1,
        tpb_per_node=(1,),
        feature_bits=0x201C00,
        lnc_size=2,
        pad_is_zero=True,
        payload_format=LARGE_CUT,
        members=LARGE_CUT,
        compiler_version=LARGE_CUT,
        target=LARGE_CUT,
        kelf_targets=LARGE_CUT,
        graph_count=LARGE_CUT,
        graph_directories=LARGE_CUT,
        inputs=LARGE_CUT,
        outputs=LARGE_CUT,
    ),
    "waahm7_stream_256k_fd1k.header.bin": Neff(
        path="/waahm7_stream_256k_fd1k.header.bin",
        pkg_version=2,
        header_size=1024,
        data_size=10240,
        payload_size=0,
        neff_version="1.0",
        neff_build_version=None,
        num_tpb=1,
        hash="cd450c4583dd09ca8d845af290248f12",
        hash_verified=STREAM_CUT,
        uuid="3e35b3d8-249d-4b15-99fa-3691933d7c87",
        name="file.neff",
        requested_tpb_count=1,
        tpb_per_node=(1,),
        feature_bits=0,
        lnc_size=1,
        pad_is_zero=True,
        payload_format=STREAM_CUT,
        members=STREAM_CUT,
        compiler_version=STREAM_CUT,
        target=STREAM_CUT,
        kelf_targets=STREAM_CUT,
        graph_count=STREAM_CUT,
        graph_directories=STREAM_CUT,
        inputs=STREAM_CUT,
        outputs=STREAM_CUT,
    ),
}

USED_SAMPLES: frozenset[str] = frozenset(f"neff/{name}" for name in SAMPLES)


def test_every_sample_is_used(shared: Path) -> None:
    """No model is left out, and none is named that is not there."""
    names = {path.name for path in (shared / "samples" / "neff").iterdir()} - {"SOURCES.txt"}

    assert USED_SAMPLES == {f"neff/{name}" for name in names}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_of_a_sample(shared: Path, name: str) -> None:
    """A whole model, and two of which only the header was kept, say what a reader finds in them."""
    assert SAMPLES[name] == read_neff(Host(shared / "samples" / "neff"), name, metadata=True, verify=True)


def test_the_scan_finds_the_whole_model(shared: Path) -> None:
    """By its suffix, as the two headers have another."""
    assert ["/samples/neff/nkipy_matmul_small.neff"] == [
        neff.path for neff in scan_neffs(Host(shared), ["samples/neff"])
    ]


def test_a_changed_byte_is_noticed(shared: Path, tmp_path: Path) -> None:
    """The hash covers the payload to its last byte, which is padding."""
    content = bytearray((shared / "samples" / "neff" / "nkipy_matmul_small.neff").read_bytes())
    content[-1] ^= 1
    (tmp_path / "model.neff").write_bytes(content)
    neff = read_neff(Host(tmp_path), "model.neff", metadata=True, verify=True)

    assert isinstance(neff, Neff)
    assert (False, "cayman") == (neff.hash_verified, neff.target)
