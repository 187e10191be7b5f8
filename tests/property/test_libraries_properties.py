"""Whatever stands in a library or in /proc, its readers bring back a fact or say what makes no sense."""

from __future__ import annotations

import contextlib
import io
import string
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stand_in_library import elf_library

from neuron_collectors.captured import open_host
from neuron_collectors.elf_dynamic import highest_glibc, parse_shared_library
from neuron_collectors.extension_libraries import collect_extension_libraries
from neuron_collectors.facts import Inventory, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.ld_so_conf import parse_ld_so_conf
from neuron_collectors.libraries import collect_runtime_libraries, is_runtime_library, parse_version
from neuron_collectors.proc_pid import parse_cgroup, parse_cmdline, parse_core_count, parse_cores, parse_environ
from neuron_collectors.process_search import parse_maps, parse_node, parse_stat
from neuron_collectors.processes import collect_hidden_processes, collect_processes
from neuron_collectors.snapshot import dumps_inventory, loads_inventory
from neuron_collectors.unit_files import parse_library_path

VENV = "opt/aws_neuronx_venv_pytorch_2_9"
SITE = f"{VENV}/lib/python3.10/site-packages"
LIBRARY = elf_library(exports={"nrt_init": 2}, undefined={"nec_get_device_count": 3})
MAPS = b"7f1c2a000000-7f1c2a03c000 r--p 00000000 103:01 1311233    /opt/aws/neuron/lib/libnrt.so.2.29.40.0\n"
TREE: Mapping[str, bytes] = {
    "etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n",
    "etc/ld.so.conf.d/neuron.conf": b"/opt/aws/neuron/lib\n",
    "etc/systemd/system/vllm.service": b"Environment=LD_LIBRARY_PATH=/opt/aws/neuron/lib\n",
    "opt/aws/neuron/lib/libnrt.so.2.31.23.0": LIBRARY,
    "opt/aws/neuron/lib/libnccom.so.2.31.24": LIBRARY,
    f"{VENV}/pyvenv.cfg": b"version = 3.10.12\n",
    f"{SITE}/torch_neuronx/lib/libtorchneuron.so": LIBRARY,
    "proc/4711/stat": b"4711 (python3) S 1 1 1 0 -1 4194560 0\n",
    "proc/4711/maps": MAPS,
    "proc/4711/cmdline": b"python3\0serve.py\0",
    "proc/4711/environ": b"NEURON_RT_VISIBLE_CORES=0-3\0",
    "proc/4711/cgroup": b"0::/system.slice/vllm.service\n",
    "proc/4711/fd/3": b"",
}
TARGETS = ("/", "..", "loop", "/dev/neuron0", "/dev/neuron1 (deleted)", "/opt/aws/neuron/lib", "a/" * 1200)


@st.composite
def damaged_libraries(draw: st.DrawFn) -> bytes:
    """Draw a library with a few bytes changed, and perhaps cut short."""
    content = bytearray(LIBRARY)
    for place in draw(st.lists(st.integers(0, len(content) - 8), max_size=6)):
        content[place : place + 8] = draw(
            st.sampled_from([b"\0" * 8, b"\xff" * 8, (2**63).to_bytes(8, "little"), (4096).to_bytes(8, "little")])
            | st.binary(min_size=1, max_size=8)
        )
    return bytes(content[: draw(st.integers(0, len(content)) | st.just(len(content)))])


@st.composite
def damaged_files(draw: st.DrawFn) -> Mapping[str, bytes | str | None]:
    """Draw a few files of the tree with another content, as a link to anywhere, or gone."""
    paths = draw(st.lists(st.sampled_from(sorted(TREE)), min_size=1, max_size=4, unique=True))
    contents = st.binary(max_size=80) | damaged_libraries() | st.sampled_from(TARGETS) | st.none()
    return {path: draw(contents) for path in paths}


@settings(max_examples=400)
@given(damaged_libraries() | st.binary())
def test_every_file_is_a_library_or_is_none(content: bytes) -> None:
    """Nothing but the collector's own error comes of damage, and what is kept stays small."""
    with contextlib.suppress(CollectorError):
        found = parse_shared_library(io.BytesIO(content), "libnrt.so")

        assert len(repr(found)) < 100_000


@given(
    exports=st.dictionaries(
        st.text(string.ascii_lowercase + "_", min_size=1, max_size=9).map("nrt_{}".format), st.just(2)
    ),
    versions=st.lists(st.text(string.ascii_uppercase, min_size=1, max_size=9), min_size=1, max_size=5, unique=True),
    numbers=st.lists(st.tuples(st.integers(2, 3), st.integers(0, 50)), max_size=5, unique=True),
)
def test_what_is_written_is_read(
    exports: Mapping[str, int], versions: list[str], numbers: list[tuple[int, int]]
) -> None:
    """Functions with their version, versions in their order, and the highest version of the C library."""
    needed = [f"GLIBC_{major}.{minor}" for major, minor in numbers]
    content = elf_library(exports=exports, versions=versions, needed_versions=needed)
    found = parse_shared_library(io.BytesIO(content), "libnrt.so")
    highest = "{}.{}".format(*max(numbers)) if numbers else None

    assert tuple(versions) == found.defined_versions
    assert tuple(sorted(f"{name}@{versions[0]}" for name in exports)) == found.exports
    assert highest == highest_glibc(found.needed_versions)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(damaged_files())
def test_damaged_hosts_make_facts(files: Mapping[str, bytes | str | None]) -> None:
    """A tree of which anything is damaged, or a link in a circle, gives facts that a snapshot can hold."""
    with tempfile.TemporaryDirectory() as directory:
        for path, content in {**TREE, **files}.items():
            place = Path(directory, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                place.write_bytes(content)
            elif content is not None:
                place.symlink_to(content)
        host = open_host(directory)
        inventory = Inventory(
            runtime_libraries=collect_runtime_libraries(host),
            extension_libraries=collect_extension_libraries(host),
            processes=collect_processes(host),
            hidden_processes=collect_hidden_processes(host),
        )

    assert inventory == loads_inventory(dumps_inventory(inventory))


@given(st.text() | st.text(alphabet=" \t\n\0:,=-./#0123456789abcdefpoduint@()"))
def test_parsers_are_total(text: str) -> None:
    """Any text is parsed, or is no state, no list of cores and no number of them."""
    for parse in (parse_cgroup, parse_cmdline, parse_environ, parse_ld_so_conf, parse_library_path, parse_node):
        parse(text)
    for parse_or_raise in (parse_stat, parse_cores, parse_core_count):
        with contextlib.suppress(CollectorError):
            parse_or_raise(text, "here")


@given(st.binary() | st.lists(st.sampled_from([MAPS, b" /libnrt.so", b"(deleted)", b"\n", b"0"])).map(b"".join))
def test_every_memory_map_is_parsed(content: bytes) -> None:
    """What is found in it are the runtime's libraries and nothing else."""
    assert all(is_runtime_library(file.path.rpartition("/")[2]) for file in parse_maps(content))


@given(st.from_regex(r"lib(nrt|nccom|ncfw)\.so[.0-9a-z]{0,12}", fullmatch=True))
def test_a_version_is_the_end_of_its_name(name: str) -> None:
    """No version is made up: it stands in the name as it is."""
    version = parse_version(name)

    assert version is None or isinstance(version, Unread) or name.endswith(f".so.{version}")
