from __future__ import annotations

import errno
import io
import os
import tarfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import fields
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from tests.neffs import KELF, gzip, header, member_header, model, model_members, pad, swapped_md5, tar, with_payload

from neuron_collectors import neff as subject
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Neff, Unread
from neuron_collectors.host import CollectorError, Host
from neuron_collectors.input_error import InputMissing
from neuron_collectors.neff import HASH_LIMIT, parse_header, read_neff, scan_neffs
from neuron_collectors.neff_payload import ARCHIVE_LIMIT, COMPRESSED_LIMIT, CONTENT_LIMIT, MEMBER_LIMIT

from .conftest import AnotherUser, MakeHost

MIB = 1024 * 1024
PAYLOAD_FIELDS = (
    "payload_format",
    "members",
    "compiler_version",
    "target",
    "kelf_targets",
    "graph_count",
    "graph_directories",
    "inputs",
    "outputs",
)


def read(make_host: MakeHost, content: bytes, *, metadata: bool = True, verify: bool = True) -> Neff:
    """Return what is read of a file with that content."""
    neff = read_neff(make_host({"model.neff": content}), "model.neff", metadata=metadata, verify=verify)
    assert isinstance(neff, Neff)
    return neff


def of_payload(neff: Neff) -> dict[str, Any]:
    """Return the fields that the payload fills."""
    return {name: getattr(neff, name) for name in PAYLOAD_FIELDS}


def with_members(make_host: MakeHost, **members: bytes) -> Neff:
    """Return what is read of a model with other members; the first ``_`` of a name is its dash, the last its dot."""
    changed = {name.replace("_", "-", name.count("_") - 1).replace("_", "."): text for name, text in members.items()}
    return read(make_host, model({**model_members(), **changed}))


def sealed(size: bytes) -> bytes:
    """Return the header of a member with something else for its size, and the right checksum."""
    block = bytearray(member_header("x"))
    block[124:136] = size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_every_field_of_the_header() -> None:
    """Each field is read from its own place."""
    content = header(
        data_size=61440,
        neff_build_version=b"build 7\0rest",
        num_tpb=3,
        hash=bytes(range(16)),
        uuid=bytes(range(100, 116)),
        name=b"graph.neff\0rest",
        requested_tpb_count=4,
        tpb_per_node=b"\1\0\2",
        feature_bits=0x80000000000000FF,
        lnc_size=1,
    )
    expected = Neff(
        path="/srv/graph.neff",
        pkg_version=2,
        header_size=1024,
        data_size=61440,
        payload_size=61440,
        neff_version="2.0",
        neff_build_version="build 7",
        num_tpb=3,
        hash="000102030405060708090a0b0c0d0e0f",
        hash_verified=NOT_COLLECTED,
        uuid="64656667-6869-6a6b-6c6d-6e6f70717273",
        name="graph.neff",
        requested_tpb_count=4,
        tpb_per_node=(1, 0, 2),
        feature_bits=0x80000000000000FF,
        lnc_size=1,
        pad_is_zero=True,
        **dict.fromkeys(PAYLOAD_FIELDS, NOT_COLLECTED),
    )

    assert expected == parse_header(content, "/srv/graph.neff", file_size=62464)


def test_a_header_of_2019() -> None:
    """Package format 1 has a hash of 32 bytes; what did not exist yet is absent."""
    content = header(
        pkg_version=1, neff_version_major=0, neff_version_minor=6, hash=bytes(range(32)), uuid=b"", name=b"", lnc_size=0
    )

    neff = parse_header(content, "/old.neff", file_size=1024)

    assert (1, "0.6", 64) == (neff.pkg_version, neff.neff_version, len(str(neff.hash)))
    assert (None, None, None, None) == (neff.uuid, neff.name, neff.neff_build_version, neff.lnc_size)


def test_a_header_without_a_hash(make_host: MakeHost) -> None:
    """A hash of zeros is none, and there is nothing to verify."""
    neff = read(make_host, model(hash=b""))

    assert (None, None) == (neff.hash, neff.hash_verified)


def test_a_field_that_is_not_known_yet() -> None:
    """Something in the last bytes of the header is told."""
    assert parse_header(header(pad=b"\0" * 467 + b"\1"), "/new.neff", file_size=1024).pad_is_zero is False


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 bytes, the header alone has 1024"),
        (header()[:1023], "1023 bytes, the header alone has 1024"),
        (header(header_size=4 << 30), "header_size is 4294967296, not 1024"),
        (header(header_size=0), "header_size is 0, not 1024"),
        (header(pkg_version=3), "pkg_version is 3, neither 1 nor 2"),
        (header(pkg_version=0), "pkg_version is 0, neither 1 nor 2"),
        (b"x" * 2000, f"header_size is {0x7878787878787878}, not 1024"),
    ],
    ids=["empty", "cut", "header of 4 GiB", "no header", "newer package", "no package", "junk"],
)
def test_what_is_no_neff(make_host: MakeHost, content: bytes, why: str) -> None:
    """The message names the file and what about it cannot be."""
    host = make_host({"srv/model.neff": content})

    with pytest.raises(CollectorError) as caught:
        read_neff(host, "srv/model.neff")
    assert f"/srv/model.neff: not a NEFF: {why}" == str(caught.value)


def test_what_cannot_be_opened(make_host: MakeHost) -> None:
    """A missing file is absent; what is no file is never opened."""
    host = make_host({"dir": None})
    os.mkfifo(Path(host.root, "fifo"))

    assert read_neff(host, "missing") is None
    assert Unread("not a regular file: fifo") == read_neff(host, "fifo", metadata=True, verify=True)
    assert Unread("not a regular file: dir") == read_neff(host, "dir")


def test_only_the_header_is_read_by_default(make_host: MakeHost) -> None:
    """A payload that nobody asks for costs nothing, and nothing is said of it."""
    neff = read(make_host, with_payload(b"junk"), metadata=False, verify=False)

    assert dict.fromkeys(PAYLOAD_FIELDS, NOT_COLLECTED) == of_payload(neff)
    assert NOT_COLLECTED == neff.hash_verified


def test_what_the_payload_says(make_host: MakeHost) -> None:
    """Compiler, target, graphs and tensors come from the members of the archive."""
    neff = read(make_host, model())

    assert {
        "payload_format": "gzip tar",
        "members": 6,
        "compiler_version": "2.23.6484.0+3b612583",
        "target": "cayman",
        "kelf_targets": ("cayman",),
        "graph_count": 2,
        "graph_directories": 2,
        "inputs": ("x", "y"),
        "outputs": ("sum", "product"),
    } == of_payload(neff)
    assert neff.hash_verified is True


def test_a_payload_that_is_not_compressed(make_host: MakeHost) -> None:
    """``neuron-packager optimize`` writes a plain archive, which says the same."""
    compressed = read(make_host, model())
    plain = read(make_host, with_payload(tar(model_members())))

    assert {**of_payload(compressed), "payload_format": "tar"} == of_payload(plain)


def test_a_payload_without_metadata(make_host: MakeHost) -> None:
    """What a whole archive does not hold is absent."""
    neff = read(make_host, model({"sg00/PE.bin": b"x"}))

    assert {
        **dict.fromkeys(PAYLOAD_FIELDS),
        "payload_format": "gzip tar",
        "members": 1,
        "graph_directories": 1,
    } == of_payload(neff)


def test_an_empty_payload(make_host: MakeHost) -> None:
    """A header that promises nothing and has nothing is whole."""
    neff = read(make_host, header())

    assert {**dict.fromkeys(PAYLOAD_FIELDS), "members": 0, "graph_directories": 0} == of_payload(neff)


@pytest.mark.parametrize(
    ("digest", "verified"),
    [
        (swapped_md5, True),
        (lambda payload: md5(payload, usedforsecurity=False).digest(), True),
        (lambda payload: b"\1" * 16, False),
        (lambda payload: swapped_md5(payload.rstrip(b"\0")), False),
    ],
    ids=["words swapped", "plain", "of something else", "without the padding"],
)
def test_the_hash(make_host: MakeHost, digest: Any, *, verified: bool) -> None:
    """The hash is an MD5 of everything after the header, in either order of bytes."""
    payload = pad(gzip(tar(model_members())))

    assert verified is read(make_host, header(payload, hash=digest(payload)) + payload).hash_verified


def test_bytes_after_the_payload_are_not_hashed(make_host: MakeHost) -> None:
    """The payload ends where the header says."""
    neff = read(make_host, model() + b"appended")

    assert neff.hash_verified is True
    assert isinstance(neff.data_size, int)
    assert neff.data_size + 8 == neff.payload_size


def test_a_hash_that_is_not_verified(make_host: MakeHost) -> None:
    """A payload that is cut off, too long, or hashed in a way that is not described says why."""
    host = make_host({"huge.neff": header(data_size=HASH_LIMIT + 1)})
    os.truncate(Path(host.root, "huge.neff"), 1024 + HASH_LIMIT + 1)
    huge = read_neff(host, "huge.neff", verify=True)

    assert isinstance(huge, Neff)
    assert Unread(f"larger than {HASH_LIMIT} bytes") == huge.hash_verified
    assert (
        Unread("truncated: 10 of 4294967296 bytes")
        == read(make_host, header(data_size=4 << 30) + bytes(10), metadata=False).hash_verified
    )
    assert Unread("not known how package format 1 is hashed") == read(make_host, model(pkg_version=1)).hash_verified


def test_a_file_cut_anywhere_in_its_payload(make_host: MakeHost) -> None:
    """What was read before the cut is kept; the rest was not looked at, which is not absence."""
    incompressible = {"info.json": b'{"tool_version": "2.21.18209.0"}', "sg00/noise.bin": os.urandom(200_000)}
    whole = model({**incompressible, "kelf-0.json": model_members()["kelf-0.json"]})

    neff = read(make_host, whole[:100_000])

    assert "2.21.18209.0" == neff.compiler_version
    assert Unread("truncated gzip stream") == neff.target == neff.members == neff.graph_directories == neff.inputs


def test_an_archive_cut_between_two_members(make_host: MakeHost) -> None:
    """Where the compression cannot tell, the header's size does."""
    archive = tar(model_members())
    content = with_payload(archive)[: 1024 + 1024]

    neff = read(make_host, content)

    assert "2.23.6484.0+3b612583" == neff.compiler_version
    assert Unread(f"truncated: 1024 of {len(archive)} bytes") == neff.target == neff.members


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"no archive at all " * 100, "not a tar archive, or damaged: wrong checksum of a member's header"),
        (b"short", "truncated tar archive"),
        (gzip(b"no archive at all " * 100), "not a tar archive, or damaged: wrong checksum of a member's header"),
        (b"\x1f\x8b\x08\x00junk", "truncated gzip stream"),
        (
            b"\x1f\x8b\xff" + bytes(100),
            "damaged gzip stream: Error -3 while decompressing data: unknown compression method",
        ),
        (member_header("a.bin", size=10_000), "truncated tar archive"),
        (member_header("info.json", size=10_000), "truncated tar archive"),
        (sealed(b"eleven and 1"), "damaged tar archive: not a member's size: b'eleven and 1'"),
        (sealed(b"            "), "damaged tar archive: not a member's size: b'            '"),
    ],
    ids=[
        "text",
        "short text",
        "gzip of text",
        "cut gzip",
        "bad gzip",
        "cut member",
        "cut info.json",
        "bad size",
        "none",
    ],
)
def test_a_damaged_payload_costs_only_itself(make_host: MakeHost, payload: bytes, why: str) -> None:
    """The header is as good as ever, and every field of the payload says what is the matter."""
    neff = read(make_host, with_payload(payload))

    assert (True, "2.0") == (neff.hash_verified, neff.neff_version)
    assert Unread(why) == neff.members == neff.target == neff.compiler_version == neff.inputs


def test_targets_that_agree_and_others(make_host: MakeHost) -> None:
    """One target for all graphs is the model's; different ones are listed, and the model has none."""
    sunda = b'{"target": "sunda", "graphs": [{}]}'
    alike = with_members(make_host, kelf_0_json=sunda, kelf_10_json=sunda, kelf_2_json=sunda)
    mixed = with_members(make_host, kelf_10_json=sunda)

    assert ("sunda", ("sunda", "sunda", "sunda"), 3) == (alike.target, alike.kelf_targets, alike.graph_count)
    assert ("cayman", "sunda") == mixed.kelf_targets
    assert Unread("different ones: cayman, sunda") == mixed.target


@pytest.mark.parametrize("kelf", [b"{}", b'{"target": ""}', b'{"target": "", "graphs": []}'])
def test_a_kelf_without_a_target(make_host: MakeHost, kelf: bytes) -> None:
    """Early models name no target."""
    neff = with_members(make_host, kelf_0_json=kelf)

    assert (None, None, 0) == (neff.target, neff.kelf_targets, neff.graph_count)


@pytest.mark.parametrize(
    ("member", "content", "field", "why"),
    [
        ("info_json", b"", "compiler_version", "info.json: not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("info_json", b"[]", "compiler_version", "info.json: not an object: an array"),
        ("info_json", b"\xff{}", "compiler_version", "info.json: not UTF-8 text at byte 0"),
        ("info_json", b'{"tool_version": 2.23}', "compiler_version", "info.json: tool_version: not text: 2.23"),
        (
            "info_json",
            b'{"tool_version": "\\u001b[31m2"}',
            "compiler_version",
            "info.json: tool_version: not a word: '\\x1b[31m2'",
        ),
        ("kelf_0_json", b'{"target": ["cayman"]}', "target", "kelf-0.json: target: not text: an array"),
        ("kelf_0_json", b'{"graphs": 2}', "graph_count", "kelf-0.json: graphs: not an array: 2"),
        ("neff_json", b"{}", "inputs", "neff.json: nodes: missing"),
        (
            "neff_json",
            b'{"nodes": [], "arg_nodes": [-1], "heads": []}',
            "inputs",
            "neff.json: arg_nodes[0]: less than 0: -1",
        ),
        (
            "neff_json",
            b'{"nodes": [], "arg_nodes": [0], "heads": []}',
            "inputs",
            "neff.json: arg_nodes or heads names a node that is not there",
        ),
        (
            "neff_json",
            b'{"nodes": [{"name": "x", "output_names": []}], "arg_nodes": [], "heads": [[0]]}',
            "outputs",
            "neff.json: arg_nodes or heads names a node that is not there",
        ),
    ],
)
def test_a_member_that_makes_no_sense(make_host: MakeHost, member: str, content: bytes, field: str, why: str) -> None:
    """It costs the fields that it would have filled, and no others."""
    neff = with_members(make_host, **{member: content})
    unread = [name for name in PAYLOAD_FIELDS if isinstance(getattr(neff, name), Unread)]

    assert Unread(why) == getattr(neff, field)
    assert {"info_json": 1, "kelf_0_json": 3, "neff_json": 2}[member] == len(unread)


def test_names_that_climb_are_other_members(make_host: MakeHost) -> None:
    """Nothing is unpacked, so a path that leaves the archive is only a name that is not asked for."""
    neff = read(
        make_host, model({"../info.json": b"{}", "/kelf-0.json": b"{}", "sg00/info.json": b'{"tool_version": "1"}'})
    )

    assert (None, None, 3) == (neff.compiler_version, neff.target, neff.members)


def test_a_leading_dot_is_the_same_member(make_host: MakeHost) -> None:
    """An archive that was made of the current directory has it before every name."""
    neff = read(make_host, model({f"./{name}": content for name, content in model_members().items()}))

    assert ("cayman", 2) == (neff.target, neff.graph_directories)


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_is_not_followed(make_host: MakeHost, kind: bytes) -> None:
    """A member that is no file has no content, wherever it points."""
    members = {name: content for name, content in model_members().items() if name != "info.json"}
    archive = member_header("info.json", kind=kind, link="/etc/hostname") + tar(members)
    neff = read(make_host, with_payload(gzip(archive)))

    assert Unread("info.json: not a file") == neff.compiler_version
    assert ("cayman", 6) == (neff.target, neff.members)


def test_the_last_of_two_members_counts(make_host: MakeHost) -> None:
    """As it would if the archive were unpacked."""
    twice = tar({"info.json": b'{"tool_version": "1"}'})[:1024] + tar({"info.json": b'{"tool_version": "2"}'})

    assert "2" == read(make_host, with_payload(gzip(twice))).compiler_version


def kelfs(content: bytes) -> bytes:
    """Return an archive of more members than are kept, each as large as is kept."""
    return tar({f"kelf-{number}.json": content.ljust(CONTENT_LIMIT) for number in range(6)})


def many_tensors() -> bytes:
    """Return a graph with more inputs and outputs than any model has."""
    nodes = b'{"nodes": [{"name": "a", "output_names": ["b"]}], "heads": ['
    return nodes + b"[0,0]," * 40_000 + b'[0,0]], "arg_nodes": [' + b"0," * 120_000 + b"0]}"


# A payload, made when it is needed, and why it is not read; none where it is.
HOSTILE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (
        lambda: gzip(member_header("sg00/zeros.bin", size=1 << 30) + bytes(ARCHIVE_LIMIT + MIB)),
        f"only the first {ARCHIVE_LIMIT} bytes of the archive were looked at",
    ),
    "member of many exabytes": (
        lambda: gzip(member_header("sg00/zeros.bin", size=1 << 62) + bytes(MIB)),
        "truncated tar archive",
    ),
    "100,000 members": (
        lambda: gzip(member_header("sg00/weights.npy") * 100_000),
        f"only the first {MEMBER_LIMIT} members were looked at",
    ),
    "blocks of nothing": (
        lambda: b"\x1f\x8b\x08" + bytes(6) + b"\x03" + b"\0\0\0\xff\xff" * (COMPRESSED_LIMIT // 4),
        f"only the first {COMPRESSED_LIMIT} bytes were read",
    ),
    "large info.json": (
        lambda: gzip(tar({"info.json": b" " * (CONTENT_LIMIT + 1)})),
        f"info.json: too large: {CONTENT_LIMIT + 1} bytes",
    ),
    "deep arrays": (
        lambda: gzip(tar({"info.json": b"[" * 200_000})),
        "info.json: not JSON: nested too deeply",
    ),
    "deep objects": (
        lambda: gzip(tar({"info.json": b'{"a":' * 200_000})),
        "info.json: not JSON: nested too deeply",
    ),
    "endless number": (
        lambda: gzip(tar({"info.json": b'{"tool_version": ' + b"9" * 500_000 + b"}"})),
        "info.json: not JSON: a number of too many digits",
    ),
    "extended headers without end": (
        lambda: gzip(member_header("pax", kind=tarfile.XHDTYPE) * 5000),
        "",
    ),
    "many objects": (lambda: gzip(tar({"kelf-0.json": b'{"graphs": [' + b'{"":0},' * 149_000 + b"{}]}"})), ""),
    "many tensors": (lambda: gzip(tar({"neff.json": many_tensors()})), ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_payloads_cost_little(make_host: MakeHost, case: str) -> None:
    """Whatever a payload does, it takes less than 2 seconds and 64 MiB, and says why it was not read."""
    make_payload, why = HOSTILE[case]
    host = make_host({"model.neff": with_payload(make_payload())})
    start = time.process_time()
    neff = read_neff(host, "model.neff", metadata=True, verify=True)
    elapsed = time.process_time() - start
    tracemalloc.start()
    try:
        read_neff(host, "model.neff", metadata=True, verify=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert elapsed < 2
    assert peak < 64 * MIB
    assert isinstance(neff, Neff)
    assert (Unread(why) if why else None) == neff.compiler_version


def test_all_the_metadata_that_is_kept_takes_no_longer(make_host: MakeHost) -> None:
    """Nor do several members that are as large as may be and hard to parse."""
    host = make_host({"model.neff": with_payload(gzip(kelfs(b'{"graphs": [' + b"{}," * 349_000 + b"{}]}")))})
    start = time.process_time()
    neff = read_neff(host, "model.neff", metadata=True)

    assert time.process_time() - start < 2
    assert isinstance(neff, Neff)
    assert Unread(f"kelf-4.json: too large: {CONTENT_LIMIT} bytes") == neff.graph_count


def test_more_metadata_than_is_kept(make_host: MakeHost) -> None:
    """Members beyond what is kept say so; those before are still good."""
    neff = read(make_host, with_payload(gzip(kelfs(b'{"target": "cayman"}'))))

    assert Unread(f"kelf-4.json: too large: {CONTENT_LIMIT} bytes") == neff.target


def test_scan_of_directories_and_files(make_host: MakeHost) -> None:
    """Files count whatever their name, in directories those with the suffix do; the order is that of the names."""
    host = make_host(
        {
            "cache/b/model.neff": model(),
            "cache/a/z.neff": model(),
            "cache/a/deeper/y.neff": model(lnc_size=1),
            "cache/a/model.done": "",
            "cache/c.neff": model(),
            "cache/renamed": model(),
            "renamed": model(feature_bits=0),
        },
        {"cache/link.neff": "/renamed", "cache/loop": "/cache"},
    )
    found = list(scan_neffs(host, ["renamed", "cache"]))

    assert [
        "/renamed",
        "/cache/c.neff",
        "/cache/link.neff",
        "/cache/a/z.neff",
        "/cache/a/deeper/y.neff",
        "/cache/b/model.neff",
    ] == [neff.path for neff in found]
    assert [0, 0xC00, 0, 0xC00, 0xC00, 0xC00] == [neff.feature_bits for neff in found]
    assert {NOT_COLLECTED} == {neff.compiler_version for neff in found}


def test_scan_of_payloads(make_host: MakeHost) -> None:
    """On request the scan looks into each file, as the target stands nowhere else."""
    host = make_host({"d/a.neff": model(), "b": model()})

    assert ["cayman", "cayman"] == [neff.target for neff in scan_neffs(host, ["d", "b"], metadata=True)]


def test_scan_goes_on_after_what_it_cannot_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Damaged files, dangling links, pipes and closed directories stand among the others, with the reason."""
    host = make_host(
        {"d/1.neff": b"junk", "d/4.neff": model(), "d/closed/model.neff": model(), "d/6.neff/model.txt": "x"},
        {"d/2.neff": "/nowhere"},
    )
    os.mkfifo(Path(host.root, "d/3.neff"))
    Path(host.root, "d/closed").chmod(0o700)
    with another_user():
        found = {neff.path: neff for neff in scan_neffs(host, ["d"])}

    assert Unread("not a NEFF: 4 bytes, the header alone has 1024") == found["/d/1.neff"].neff_version
    assert Unread("went away") == found["/d/2.neff"].target
    assert Unread("not a regular file: fifo") == found["/d/3.neff"].feature_bits
    assert "2.0" == found["/d/4.neff"].neff_version
    assert PERMISSION == found["/d/closed"].neff_version
    assert {"/d/1.neff", "/d/2.neff", "/d/3.neff", "/d/4.neff", "/d/closed"} == found.keys()
    assert {Unread("went away")} == {getattr(found["/d/2.neff"], field.name) for field in fields(Neff)[1:]}


def test_scan_of_what_is_not_there(make_host: MakeHost) -> None:
    """A path that the user gave and that is not there is an error of its own, after what came before."""
    scan = scan_neffs(make_host({"a.neff": model()}), ["a.neff", "b.neff"])

    assert "/a.neff" == next(scan).path
    with pytest.raises(InputMissing, match=r"^/b\.neff: no such file or directory$"):
        next(scan)


def test_scan_ends_in_a_deep_tree(make_host: MakeHost) -> None:
    """Directories nested without end are left alone from some depth on."""
    host = make_host({"/".join("d" * 40) + "/model.neff": model()})
    (neff,) = scan_neffs(host, ["d"])

    assert Unread("more than 32 directories deep") == neff.neff_version


def test_scan_ends_among_many_files(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with more files than anybody would look at is left after some of them."""
    monkeypatch.setattr(subject, "MOST_NAMES", 4)
    host = make_host({"d/1.neff": model(), "d/2": "", "d/a/3.neff": model(), "d/b/4.neff": model(), "e.neff": model()})
    first, last, other = scan_neffs(host, ["d", "e.neff"])

    assert ("/d/1.neff", "/d/a") == (first.path, last.path)
    assert Unread("more than 4 files below /d") == last.neff_version
    assert "/e.neff" == other.path


def test_a_path_that_is_not_unicode(make_host: MakeHost) -> None:
    """A file name may hold any byte; what is shown of it can be written as text."""
    host = make_host({"d/m\udcff.neff": model()})

    assert ["/d/m\ufffd.neff"] == [neff.path for neff in scan_neffs(host, ["d"])]


def test_a_file_that_changes_while_it_is_read(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that goes away after its header was read costs its payload."""
    host = make_host({"model.neff": model()})
    read_head = host.read_head

    def read_and_remove(path: str, size: int) -> Any:
        head = read_head(path, size)
        Path(host.root, path).unlink()
        return head

    monkeypatch.setattr(host, "read_head", read_and_remove)
    neff = read_neff(host, "model.neff", metadata=True, verify=True)

    assert isinstance(neff, Neff)
    assert Unread("went away") == neff.target == neff.hash_verified


def test_a_disk_that_fails(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while a payload is read costs the payload."""
    host = make_host({"model.neff": model()})

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(host, "open_regular", lambda path: Failing())
    neff = read_neff(host, "model.neff", metadata=True, verify=True)

    assert isinstance(neff, Neff)
    assert "2.0" == neff.neff_version
    assert Unread("Input/output error") == neff.target == neff.hash_verified


def test_the_live_machine(tmp_path: Path) -> None:
    """A model on this machine is read by its path below the root."""
    (tmp_path / "model.neff").write_bytes(model())
    neff = read_neff(Host(), str(tmp_path / "model.neff")[1:], metadata=True)

    assert isinstance(neff, Neff)
    assert (str(tmp_path / "model.neff"), KELF["target"]) == (neff.path, neff.target)
