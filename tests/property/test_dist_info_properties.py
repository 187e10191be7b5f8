from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from neuron_collectors.distribution import read_distribution
from neuron_collectors.facts import Unread, fold_name
from neuron_collectors.host import Host
from neuron_collectors.site_packages import (
    Metadata,
    is_neuron_related,
    neuron_related,
    parse_listing,
    parse_metadata,
)

names = st.text("abcnuroXY019._-", min_size=1, max_size=12)
versions = st.text("0123456789.+!_abrcpost-", min_size=1, max_size=12)
entries = st.one_of(
    st.builds("{}-{}.dist-info".format, names, versions),
    st.builds("{}-{}.egg-info".format, names, versions),
    st.builds("~{}-{}.dist-info".format, names, versions),
    st.builds("__editable__.{}-{}.pth".format, names, versions),
    st.builds("{}.egg-link".format, names),
    st.text(max_size=20),
)


@given(st.lists(entries, max_size=12))
def test_any_directory_is_a_listing(listed: list[str]) -> None:
    """Whatever the names, each package is there once, by its folded name, with an entry of the directory."""
    listing = parse_listing(listed, "lib")

    assert listing.versions.keys() == listing.records.keys()
    assert all(name == fold_name(name) for name in (*listing.versions, *listing.editable))
    assert {record.removeprefix("lib/") for record in listing.records.values()} <= set(listed)
    assert set(listing.leftovers) <= set(listed)


@given(st.lists(entries, max_size=8))
def test_the_order_of_names_does_not_matter(listed: list[str]) -> None:
    """A directory has no order: of two versions, the newer one counts wherever it stands."""
    plain = [name for name in dict.fromkeys(listed) if "+" not in name and "_" not in name]
    one, other = parse_listing(sorted(plain), "lib"), parse_listing(sorted(plain, reverse=True), "lib")

    assert one.records.keys() == other.records.keys()
    assert one.editable == other.editable


@given(st.text() | st.text("NameRequiresDitPyhon:- \r\n\t"))
@example("Name: x\nRequires-Dist: a\n\nWRONG PACKAGE. Please install the package from x")
def test_any_text_is_metadata_or_not(text: str) -> None:
    found = parse_metadata(text)

    assert found is None or all("\n" not in requirement for requirement in found.requires)


@given(st.lists(names))
def test_what_bears_on_neuron_is_the_same_one_by_one(given_names: list[str]) -> None:
    folded = [fold_name(name) for name in given_names]

    assert [name for name in folded if is_neuron_related(name)] == neuron_related(folded)


@given(st.binary(max_size=200), st.binary(max_size=50), st.binary(max_size=200))
def test_any_files_are_a_distribution(metadata: bytes, installer: bytes, direct_url: bytes) -> None:
    """Whatever an installer or anybody else wrote, reading it gives a distribution."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "nki-1.dist-info")
        record.mkdir()
        (record / "METADATA").write_bytes(metadata)
        (record / "INSTALLER").write_bytes(installer)
        (record / "direct_url.json").write_bytes(direct_url)
        found = read_distribution(Host(folder), record.name)

    assert found.metadata is None or isinstance(found.metadata, Metadata)
    assert found.installer is None or 0 < len(found.installer) <= 40
    assert found.direct_url is None or isinstance(found.direct_url, Unread) or found.direct_url.url is not None
