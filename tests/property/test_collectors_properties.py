"""Whatever the files on a host hold, collectors bring back a fact or say which source makes no sense."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuron_collectors.captured import open_host
from neuron_collectors.container import parse_cgroup, parse_environ, parse_kind, parse_mountinfo
from neuron_collectors.dmi import parse_instance_id, parse_instance_type
from neuron_collectors.driver import parse_modules, parse_version
from neuron_collectors.facts import Inventory, Unread, fold_name
from neuron_collectors.host import CollectorError, Host, HostError
from neuron_collectors.inventory import COLLECTORS, take_inventory
from neuron_collectors.meminfo import parse_meminfo
from neuron_collectors.os_info import parse_glibc, parse_glibc_link, parse_kernel
from neuron_collectors.os_packages import RPM_QUERY, parse_dpkg, parse_rpm
from neuron_collectors.pci import parse_id
from neuron_collectors.python_locations import parse_conda_environments, parse_conda_python, parse_pyvenv
from neuron_collectors.site_packages import parse_listing, parse_metadata
from neuron_collectors.sysfs import parse_connected_devices, parse_device_number, parse_number

DEVICE = "sys/class/neuron_device/neuron0"
FUNCTION = "sys/bus/pci/devices/0000:cc:00.0"
DMI = "sys/devices/virtual/dmi/id"
VENV = "opt/aws_neuronx_venv_pytorch_2_9"
RECORD = f"{VENV}/lib/python3.10/site-packages/torch_neuronx-2.9.0.dist-info"

TREE: Mapping[str, bytes] = {
    f"{FUNCTION}/vendor": b"0x1d0f\n",
    f"{FUNCTION}/device": b"0x7164\n",
    f"{FUNCTION}/numa_node": b"-1\n",
    f"{DEVICE}/info/architecture/device_name": b"Trainium1\n",
    f"{DEVICE}/info/architecture/arch_type": b"NDv2\n",
    f"{DEVICE}/info/serial_number": b"00112233aabb0000\n",
    f"{DEVICE}/core_count": b"2",
    f"{DEVICE}/connected_devices": b"12, 3, 4, 1\n",
    f"{DEVICE}/dev": b"246:0\n",
    f"{DEVICE}/neuron_core0/info/architecture/arch_type": b"NCv2\n",
    "sys/module/neuron/version": b"2.26.5.0\n",
    "sys/module/neuron/initstate": b"live\n",
    "sys/module/neuron/refcnt": b"0\n",
    f"{DMI}/sys_vendor": b"Amazon EC2\n",
    f"{DMI}/product_name": b"trn1.2xlarge\n",
    f"{DMI}/board_asset_tag": b"i-0123456789abcdef0\n",
    "dev/neuron0": b"",
    "etc/os-release": b"ID=ubuntu\nVERSION_ID='22.04'\n",
    "proc/meminfo": b"MemTotal: 16265976 kB\nMemAvailable: 14720196 kB\n",
    "proc/modules": b"neuron 385024 0 - Live 0xffffffffc0713000 (OE)\n",
    "proc/sys/kernel/osrelease": b"6.8.0-1021-aws\n",
    "proc/version": b"Linux version 6.8.0-1021-aws (buildd@x) #23\n",
    "proc/1/environ": b"PATH=/bin\0",
    "proc/1/cgroup": b"0::/init.scope\n",
    "proc/self/mountinfo": b"27 1 254:0 / / rw - ext4 /dev/vda rw\n",
    "lib64/libc.so.6": b"GNU C Library (Ubuntu GLIBC 2.35) stable release version 2.35.\n",
    "var/lib/dpkg/status": b"Package: aws-neuronx-dkms\nStatus: hold ok installed\nVersion: 2.26.5.0\n",
    "var/log/dmesg": b"[    8.264282] Neuron Driver Started with Version:2.26.5.0\n",
    f"{VENV}/pyvenv.cfg": b"version = 3.10.12\n",
    f"{RECORD}/METADATA": b"Name: torch-neuronx\nRequires-Dist: torch==2.9.*\n\ntext\n",
    "home/ubuntu/.conda/environments.txt": f"/{VENV}\n".encode(),
    ".host.json": json.dumps({"dev/neuron0": {"type": "char", "mode": "0666", "major": 246, "minor": 0}}).encode(),
    ".commands/index.json": json.dumps([{"argv": RPM_QUERY, "returncode": 0, "stdout": "rpm"}]).encode(),
    ".commands/rpm": b"aws-neuronx-dkms\t(none)\t2.24.7.0-dkms\tnoarch\n",
}

IN_TREE = (
    *("instance", "os", "container", "pci", "devices", "device_nodes", "driver"),
    *("os_packages", "python_environments", "memory"),
)
"""The collectors that find something in the tree."""

DESCRIPTIONS = (".host.json", ".commands/index.json")

Damage = Callable[[Path], None]


def truncated(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw *content* cut short, with something in its middle, or something else altogether."""
    cut = st.integers(0, len(content))
    return st.one_of(
        st.binary(max_size=80),
        cut.map(lambda end: content[:end]),
        st.tuples(cut, st.binary(min_size=1, max_size=6)).map(lambda at: content[: at[0]] + at[1] + content[at[0] :]),
        st.text(max_size=40).map(str.encode),
        st.integers().map(lambda number: f"{number}\n".encode()),
    )


@st.composite
def damaged_files(draw: st.DrawFn) -> Mapping[str, bytes | str | None]:
    """Draw a few files of the tree with another content, as a link to anywhere, or gone."""
    paths = draw(st.lists(st.sampled_from(sorted(TREE)), min_size=1, max_size=4, unique=True))
    targets = st.sampled_from(("/", "..", ".", "loop", "/dev/null", f"/{VENV}", "a/" * 1200, "/etc/os-release"))
    return {path: draw(st.one_of(truncated(TREE[path]), targets, st.none())) for path in paths}


def build(root: Path, files: Mapping[str, bytes | str | None]) -> None:
    """Write *files* below *root*: bytes are content, a text is what a link says, and nothing is nothing."""
    for path, content in {**TREE, **files}.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        elif content is not None:
            place.symlink_to(content)


def collected(root: Path) -> Inventory | str:
    """Return the inventory of the tree *root*, or what is wrong with the tree's description of itself."""
    try:
        return take_inventory(open_host(root))
    except HostError as error:
        return str(error)


def names_of_failures(inventory: Inventory) -> set[str]:
    return {failure.collector for failure in inventory.failures}


def test_the_tree_is_whole(tmp_path: Path) -> None:
    """The tree that the properties damage makes facts: a control for those that follow."""
    build(tmp_path, {})
    inventory = take_inventory(open_host(tmp_path))

    assert set() == names_of_failures(inventory)
    assert [] == [name for name in IN_TREE if isinstance(getattr(inventory, name), Unread)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged_files())
def test_damaged_files_make_facts_or_failures(files: Mapping[str, bytes | str | None]) -> None:
    """Nothing but a collector's own error comes of files that hold anything, and no fact is lost with another."""
    with tempfile.TemporaryDirectory() as directory:
        build(Path(directory), files)
        outcome = collected(Path(directory))

    if isinstance(outcome, str):
        assert outcome.startswith(DESCRIPTIONS)
    else:
        assert names_of_failures(outcome) <= COLLECTORS.keys()
        assert all(failure.reason.isprintable() for failure in outcome.failures)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged_files())
def test_what_was_collected_can_be_compared(files: Mapping[str, bytes | str | None]) -> None:
    """The same files make the same facts, and facts are values all the way down."""
    with tempfile.TemporaryDirectory() as directory:
        build(Path(directory), files)
        with contextlib.suppress(HostError):
            host = open_host(directory)
            first, second = take_inventory(host), take_inventory(open_host(directory))

            assert first == second
            assert [] == list(lists_and_sets(first))


def lists_and_sets(value: Any) -> Iterable[object]:
    """Find what can be changed inside *value*."""
    if isinstance(value, list | set | bytearray):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from lists_and_sets(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from lists_and_sets(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from lists_and_sets(item)


def with_source(parse: Callable[[str, str], object]) -> Callable[[str], object]:
    """Give *parse* the name of a source."""
    return lambda text: parse(text, "here")


def complaint(parse: Callable[[str], object], text: str) -> str:
    """Return what *parse* has to say against *text*."""
    try:
        parse(text)
    except CollectorError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "parse",
    [
        parse_cgroup,
        parse_conda_environments,
        parse_connected_devices,
        parse_environ,
        parse_glibc_link,
        parse_instance_id,
        parse_kernel,
        parse_kind,
        parse_meminfo,
        parse_metadata,
        parse_modules,
        parse_mountinfo,
        parse_pyvenv,
        parse_rpm,
        parse_version,
        parse_device_number,
        with_source(parse_id),
        with_source(parse_instance_type),
        with_source(parse_number),
    ],
)
@given(text=st.one_of(st.text(), st.text(alphabet=" \t\n\0:,=-./0123456789abcxn")))
def test_parsers_of_text_are_total(parse: Callable[[str], object], text: str) -> None:
    """Any text is parsed, or is the error of a source that makes no sense, on one line."""
    assert "\n" not in complaint(parse, text)


@pytest.mark.parametrize("parse", [parse_dpkg, parse_glibc])
@given(content=st.binary())
def test_parsers_of_bytes_are_total(parse: Callable[[bytes], object], content: bytes) -> None:
    """Any bytes are parsed, or are the error of a source that makes no sense."""
    with contextlib.suppress(CollectorError):
        parse(content)


@given(st.lists(st.one_of(st.text(), st.from_regex(r"[A-Za-z~][\w.-]{0,9}-[0-9.a-z+!_]{0,9}\.(dist|egg)-info"))))
def test_every_list_of_names_is_a_listing(names: list[str]) -> None:
    """Whatever stands in a directory of packages, those that can be told are told once."""
    listing = parse_listing(names, "lib")

    assert listing.records.keys() <= listing.versions.keys()
    assert all(name == fold_name(name) for name in listing.versions)
    parse_conda_python(names)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.text("abc./", min_size=1, max_size=12)), max_size=8)
)
def test_no_link_leads_out_of_the_tree(links: list[tuple[str, str]]) -> None:
    """However links are combined, nothing beside the tree is read or listed, and the search for it ends."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        (root / "d").mkdir(parents=True)
        Path(directory, "a").write_text("outside", encoding="utf-8")
        for name, target in links:
            with contextlib.suppress(OSError):
                (root / name).symlink_to(target)
        host = Host(root)
        for path in ("a", "b/c", "a/b/c/d", "d/../a", "../a", "c/../../a"):
            assert host.read_text(path) != "outside"
            listed = host.list_directory(path)
            assert not isinstance(listed, tuple) or "root" not in listed
            host.read_link(path)
            host.stat(path)
