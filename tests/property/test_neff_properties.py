"""NEFF files come from anywhere: whatever is in them, they are read or refused, and never more."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.neffs import gzip, header, model, model_members, tar

from neuron_collectors.compile_cache import parse_flags, parse_state
from neuron_collectors.facts import Inventory, Neff
from neuron_collectors.host import CollectorError
from neuron_collectors.neff import parse_header
from neuron_collectors.neff_metadata import parse_kelf, parse_tensors, parse_tool_version, with_metadata
from neuron_collectors.neff_payload import Payload, PayloadError, parse_member, parse_payload, read_pieces
from neuron_collectors.shapes import ShapeError
from neuron_collectors.snapshot import dumps_inventory, loads_inventory

MODEL = model()
ARCHIVE = tar(model_members())
U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)


def read(content: bytes) -> Neff | None:
    """Read a whole file; `None` when it is no NEFF."""
    try:
        neff = parse_header(content[:1024], "/m.neff", file_size=len(content))
    except CollectorError as error:
        assert str(error).startswith("/m.neff: not a NEFF: ")  # noqa: PT017 - the text is the property
        return None
    assert isinstance(neff.data_size, int)
    stream = io.BytesIO(content)
    stream.seek(1024)
    return with_metadata(neff, parse_payload(read_pieces(stream, neff.data_size)))


@st.composite
def mutations(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw *content* with some bytes changed, and perhaps a piece cut out or put in."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        changed[draw(st.integers(0, len(changed) - 1))] = draw(st.integers(0, 255))
    start = draw(st.integers(0, len(changed)))
    end = draw(st.just(start) | st.integers(start, len(changed)))
    changed[start:end] = draw(st.just(b"") | st.binary(max_size=40))
    return bytes(changed)


@given(mutations(MODEL) | mutations(MODEL[:1024]) | st.binary(max_size=2048))
def test_a_mutated_model_is_read_or_refused(content: bytes) -> None:
    """No change to a file makes the reader fail, and what it reads can be kept in a snapshot."""
    neff = read(content)
    inventory = Inventory(neffs=(neff,) if neff else ())

    assert inventory == loads_inventory(dumps_inventory(inventory))


@given(mutations(ARCHIVE), st.booleans())
def test_a_mutated_archive_is_looked_through(archive: bytes, compressed: bool) -> None:  # noqa: FBT001
    """Behind an intact compression, too."""
    payload = gzip(archive) if compressed else archive
    neff = read(header(payload) + payload)

    assert neff is not None
    assert "2.0" == neff.neff_version


@given(st.binary(max_size=512), st.lists(st.integers(1, 400), max_size=30))
def test_the_pieces_of_a_payload_do_not_matter(noise: bytes, sizes: list[int]) -> None:
    """However it is read, the same is found in it."""
    payload = gzip(tar({**model_members(), "sg02/noise.bin": noise}))
    pieces, rest = [], payload
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]

    assert parse_payload([payload]) == parse_payload([*filter(None, pieces), rest])


@given(st.data())
def test_every_header_says_what_was_written(data: st.DataObject) -> None:
    """Any number that fits comes back, from its own field."""
    numbers: dict[str, Any] = {
        "data_size": data.draw(U64),
        "num_tpb": data.draw(U32),
        "requested_tpb_count": data.draw(U32),
        "feature_bits": data.draw(U64),
    }
    major, minor, lnc_size = data.draw(U64), data.draw(U64), data.draw(U32)
    content = header(neff_version_major=major, neff_version_minor=minor, lnc_size=lnc_size, **numbers)
    neff = parse_header(content, "/m.neff", file_size=1024)

    assert numbers == {name: getattr(neff, name) for name in numbers}
    assert (f"{major}.{minor}", lnc_size or None) == (neff.neff_version, neff.lnc_size)
    assert neff == replace(neff, path="/m.neff")


@given(st.binary(min_size=512, max_size=512) | mutations(ARCHIVE[:512]))
def test_any_block_is_a_member_or_refused(block: bytes) -> None:
    """A member's size is never negative, whatever its header says."""
    try:
        member = parse_member(block.ljust(512, b"\0")[:512])
    except PayloadError:
        return

    assert 0 <= member.size < 2**88


@given(st.one_of(st.binary(max_size=200), *(mutations(content) for content in model_members().values())))
def test_any_metadata_is_parsed_or_refused(content: bytes) -> None:
    """The parsers of members raise nothing but their own error."""
    for parse in (parse_tool_version, parse_kelf, parse_tensors, parse_flags):
        try:
            parse(content)
        except ShapeError:
            continue


@given(
    st.dictionaries(st.sampled_from(["info.json", "kelf-0.json", "kelf-7.json", "neff.json"]), st.binary(max_size=60))
)
def test_any_members_make_metadata(contents: dict[str, bytes]) -> None:
    """Any members fill their fields with something."""
    payload = Payload(compressed=True, contents=contents, members=4, graph_directories=0, end=None)

    assert 4 == with_metadata(Neff(path="/m.neff"), payload).members


@given(st.lists(st.sampled_from(["model.neff", "model.done", "model.log", "a.lock", "model.hlo.pb"]), unique=True))
def test_every_module_is_in_one_state(names: list[str]) -> None:
    """Order does not matter, and a finished module is never anything else."""
    state = parse_state(names)

    assert state == parse_state(names[::-1])
    assert (state == "done") == ({"model.neff", "model.done"} <= set(names))
