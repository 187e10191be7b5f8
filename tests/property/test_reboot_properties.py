"""Readers of what survives a reboot: whatever the bytes, a value, nothing, or the error that says what is wrong."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stand_in_module import FIELDS, compress, elf_file, module_file, section_of

from neuron_collectors.boot_menu import MenuEntry, choose_entry, parse_image, read_release
from neuron_collectors.decompress import decompress
from neuron_collectors.dkms import parse_autoinstall, parse_failure
from neuron_collectors.elf_sections import find_section
from neuron_collectors.facts import NOT_COLLECTED, ModuleFile
from neuron_collectors.grub_configuration import (
    parse_grub_configuration,
    parse_grub_environment,
    parse_grub_setting,
)
from neuron_collectors.host import CollectorError
from neuron_collectors.kernels import order_of_release
from neuron_collectors.loader_entries import parse_fields, parse_loader_entry, sort_entries
from neuron_collectors.modinfo import parse_modinfo, parse_module, parse_section
from neuron_collectors.module_files import choose_version, list_kernels, parse_index
from neuron_collectors.module_loading import names_module, parse_command_line, parse_overrides
from neuron_collectors.package_holds import (
    parse_excludes,
    parse_preferences,
    parse_versionlock,
    parse_versionlock_toml,
)
from neuron_collectors.udev_rules import parse_rules

from .strategies import facts

PARSERS: Mapping[str, Callable[[str], Any]] = {
    "modinfo": parse_modinfo,
    "autoinstall": parse_autoinstall,
    "make.log": parse_failure,
    "grub.cfg": lambda text: parse_grub_configuration(text, "grub.cfg"),
    "grubenv": lambda text: parse_grub_environment(text, "grubenv"),
    "GRUB_DEFAULT": parse_grub_setting,
    "loader entry": lambda text: parse_loader_entry(text, "x.conf"),
    "loader.conf": parse_fields,
    "image": parse_image,
    "modules-load": names_module,
    "modprobe": lambda text: parse_overrides(text, "x.conf"),
    "command line": lambda text: parse_command_line(text, "/proc/cmdline"),
    "udev": lambda text: parse_rules(text, "x.rules"),
    "versionlock": lambda text: parse_versionlock(text, "x"),
    "versionlock.toml": lambda text: parse_versionlock_toml(text, "x"),
    "excludes": lambda text: parse_excludes(text, "x"),
    "preferences": lambda text: parse_preferences(text, "x"),
}

WORDS = (
    *(
        "neuron",
        "aws-neuronx-dkms",
        "\n",
        "\n\n",
        " ",
        "\t",
        "{",
        "}",
        "'",
        '"',
        "=",
        "==",
        ":",
        "#",
        "\\",
        "\\\n",
        ">",
        "-",
    ),
    *(
        "menuentry 'a' {",
        "submenu 'b' {",
        "linux /boot/vmlinuz-6.8.0",
        'set default="0"',
        "blscfg",
        "$menuentry_id_option",
    ),
    *("# GRUB Environment Block\n", "saved_entry=", "GRUB_DEFAULT=", "title x", "version 6.8.0", "AUTOINSTALL="),
    *("DKMS make.log for a-1 for kernel 6.8", "x.c:1:1: error: ", "*** ", "blacklist", "install", "alias", "options"),
    *(
        'KERNEL=="neuron*"',
        'MODE="0666"',
        "module_blacklist=",
        "exclude=",
        "Package:",
        "Pin:",
        "Pin-Priority:",
        "0:2.26",
    ),
    *(
        "[[packages]]",
        'name="kernel"',
        "[[packages.conditions]]",
        'key="evr"',
        "version:",
        "2.26.5.0",
        "\x00",
        "\ud7ff",
    ),
)
"""Pieces of the files that are parsed, so that what is put together often looks like one."""

MODULE = module_file()


def texts() -> st.SearchStrategy[str]:
    """Draw any text, or one made of the pieces of real files."""
    return st.text() | st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=30).map("".join)


@st.composite
def damaged_files(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw *content* with some bytes changed, and perhaps with its end cut off."""
    copy = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        copy[draw(st.integers(0, len(copy) - 1))] = draw(st.integers(0, 255))
    return bytes(copy[: draw(st.integers(0, len(copy)))] if draw(st.booleans()) else copy)


@st.composite
def damaged_headers(draw: st.DrawFn) -> bytes:
    """Draw a module file with other numbers in its header or in the table of its sections."""
    copy = bytearray(MODULE)
    start = draw(st.sampled_from([0, struct.unpack_from("<Q", MODULE, 40)[0]]))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(start, len(copy) - 8))
        struct.pack_into("<Q", copy, place, draw(st.sampled_from([0, 1, 64, 2**31, 2**63, 2**64 - 1])))
    return bytes(copy)


def outcome(parse: Callable[[Any], Any], source: Any) -> Any:
    """Return what *parse* returns, or its `CollectorError`; anything else is the test's failure."""
    try:
        return parse(source)
    except CollectorError as error:
        return error


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(source=texts())
def test_any_text_is_parsed_or_refused(name: str, source: str) -> None:
    """No text makes a parser raise anything but `CollectorError`, and its message is one line of reasonable length."""
    result = outcome(PARSERS[name], source)

    assert not isinstance(result, CollectorError) or ("\n" not in str(result) and len(str(result)) < 1000)


@given(damaged_files(MODULE) | damaged_headers() | st.binary())
def test_a_damaged_module_is_read_or_refused(content: bytes) -> None:
    """Whatever is changed in a module file, its fields are read, or there are none, or it is refused."""
    result = outcome(lambda data: parse_module(data, "neuron.ko"), content)

    assert result is None or isinstance(result, Mapping | CollectorError)


@pytest.mark.parametrize("compression", ["gz", "xz", "zst"])
@given(data=st.data())
def test_a_damaged_archive_is_unpacked_or_refused(compression: str, data: st.DataObject) -> None:
    """Whatever is changed in a compressed file, what comes out of it stays below the limit."""
    if compression == "zst":
        pytest.importorskip("zstandard")
    content = data.draw(damaged_files(compress(MODULE, compression)) | st.binary())
    result = outcome(lambda packed: decompress(packed, compression, "neuron.ko", limit=2 * len(MODULE)), content)

    assert not isinstance(result, bytes) or len(result) <= 2 * len(MODULE)


@given(st.dictionaries(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=8), st.binary()))
def test_every_section_comes_back(sections: Mapping[str, bytes]) -> None:
    """What was put into a section is found under its name."""
    named = {f".{name}": content for name, content in sections.items()}
    content = elf_file(named)

    assert named == {name: find_section(content, name, "x") for name in named}


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_every_field_comes_back(fields: Mapping[str, str]) -> None:
    """What the section says is what was written, without the blanks around it."""
    result = outcome(lambda section: parse_section(section, "x"), section_of(fields))

    assert isinstance(result, CollectorError) if not fields else result == {k: v.strip() for k, v in fields.items()}


@given(st.binary())
def test_any_index_is_searched(content: bytes) -> None:
    path = parse_index(content)

    assert path is None or "neuron.ko" in path


@given(st.lists(facts(ModuleFile)), st.sampled_from([None, NOT_COLLECTED, "6.8.0-1021-aws"]))
def test_any_files_have_a_version_and_kernels(files: list[ModuleFile], running: Any) -> None:
    """Whatever is known of the files, which kernels have one and what the running one would load is said or unread."""
    kernels = list_kernels(files)
    version = choose_version(files, running)

    assert not isinstance(kernels, tuple) or set(kernels) <= {file.kernel for file in files}
    assert (
        running is None
        or version is None
        or version in [file.version for file in files]
        or not isinstance(version, str)
    )


def entries() -> st.SearchStrategy[MenuEntry]:
    """Draw an entry of a menu, with menus below."""
    words = st.sampled_from(["a", "b", "a > b", "6.8.0-1021-aws", ""])
    images = st.lists(st.sampled_from(["/boot/vmlinuz-6.8.0", "/vmlinuz", ""]), max_size=2).map(tuple)
    leaf = st.builds(MenuEntry, title=words, id=words | st.none(), images=images)
    return st.recursive(
        leaf,
        lambda inner: st.builds(MenuEntry, title=words, entries=st.lists(inner, max_size=3).map(tuple)),
        max_leaves=8,
    )


@given(st.lists(entries(), max_size=4), st.text("ab0123>", max_size=6) | st.text(max_size=6))
def test_any_entry_may_be_wanted(menu: list[MenuEntry], wanted: str) -> None:
    """The entry that is started is no menu, and is missing only where a menu is empty."""
    entry = choose_entry(menu, wanted)

    assert entry is None or entry.entries is None
    read_release(entry)


@given(st.lists(entries().filter(lambda entry: entry.entries is None), max_size=5, unique=True))
def test_sorting_loses_nothing(menu: list[MenuEntry]) -> None:
    result = sort_entries(menu)

    assert result is None or set(result) == set(menu)


@given(st.lists(st.text("0123456789.-aws"), min_size=3, max_size=3))
def test_releases_have_a_total_order(releases: list[str]) -> None:
    """However odd, any two releases can be compared, and the comparison is one."""
    ordered = sorted(releases, key=order_of_release)

    assert all(order_of_release(one) <= order_of_release(two) for one, two in pairwise(ordered))
