"""The runtime's libraries; their content is a stand-in, for AWS's cannot be had here."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.stand_in_library import elf_library

from neuron_collectors.captured import open_host
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Inventory, Reading, RuntimeLibrary, Unread
from neuron_collectors.host import Host
from neuron_collectors.libraries import collect_runtime_libraries, parse_version
from neuron_collectors.redaction import redact

from .conftest import AnotherUser, CollectLive, MakeHost

HOME = "opt/aws/neuron/lib"
VENV = "opt/aws_neuron_venv_pytorch_p38"
SITE = f"{VENV}/lib/python3.8/site-packages"
VERSIONED = {
    f"{HOME}/libnrt.so": "libnrt.so.1",
    f"{HOME}/libnrt.so.1": "libnrt.so.2.31.23.0",
    f"{HOME}/libnccom.so": "libnccom.so.2.31.24",
    f"{HOME}/libnccom.so.2": "libnccom.so.2.31.24",
}
INSTALLED = {
    f"{HOME}/libnrt.so.2.31.23.0": b"libnrt",
    f"{HOME}/libnccom.so.2.31.24": b"libnccom",
    f"{HOME}/libncfw.so": b"ncfw",
    f"{HOME}/libnccom-net.so": b"plugin",
    f"{HOME}/libnccom_static.a": b"archive",
    f"{HOME}/libnrtucode_extisa.so": b"firmware",
}
NO_LIBRARY = Unread("not an ELF file of 64 bits: b'libnrt'")
LIBNRT = RuntimeLibrary(
    name="libnrt",
    path="/opt/aws/neuron/lib/libnrt.so",
    paths=(
        "/opt/aws/neuron/lib/libnrt.so",
        "/opt/aws/neuron/lib/libnrt.so.1",
        "/opt/aws/neuron/lib/libnrt.so.2.31.23.0",
    ),
    real_path="/opt/aws/neuron/lib/libnrt.so.2.31.23.0",
    environment=None,
    named_by=(),
    size=6,
    version="2.31.23.0",
    soname=NO_LIBRARY,
    symbol_versions=NO_LIBRARY,
    exports=NO_LIBRARY,
    needed_glibc=NO_LIBRARY,
    supported_feature_bits=NOT_COLLECTED,
    compatibility_id=NOT_COLLECTED,
)


def collect(host: Host) -> list[RuntimeLibrary]:
    found = collect_runtime_libraries(host)
    assert isinstance(found, tuple)
    return list(found)


def summary(libraries: list[RuntimeLibrary]) -> list[tuple[Reading[str], Reading[str], Reading[str]]]:
    """Return name, version and real path of each."""
    return [(library.name, library.version, library.real_path) for library in libraries]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("libnrt.so.2.31.23.0", "2.31.23.0"),
        ("libnccom.so.2.29.41", "2.29.41"),
        ("libnrt.so.2.x.33931.0", "2.x.33931.0"),
        ("libnrt.so.2.18.15", "2.18.15"),
        ("libnrt.so", None),
        ("libnrt.so.1", None),
        ("libnccom.so.2", None),
        ("libncfw.so", None),
        ("libnrt.so.2.31", None),
        ("libnccom.so.2.y.y", Unread("no version: 'libnccom.so.2.y.y'")),
        ("libnrt.so.2.31.23.0.dpkg-new", Unread("no version: 'libnrt.so.2.31.23.0.dpkg-new'")),
        ("libnrt.so.bak", Unread("no version: 'libnrt.so.bak'")),
        ("libnrt.so.٢.٣.٤", Unread("no version: 'libnrt.so.٢.٣.٤'")),
    ],
)
def test_the_version_in_a_name(name: str, version: Reading[str]) -> None:
    """Three or four numbers are a product version, one or two an interface's, and anything else is no version."""
    assert version == parse_version(name)


def test_a_packages_libraries(make_host: MakeHost) -> None:
    """Each file once, with all its names; a plugin, an archive and firmware are none of the runtime's libraries."""
    libraries = collect(make_host(INSTALLED, VERSIONED))

    assert [
        ("libnccom", "2.31.24", "/opt/aws/neuron/lib/libnccom.so.2.31.24"),
        ("libncfw", None, "/opt/aws/neuron/lib/libncfw.so"),
        ("libnrt", "2.31.23.0", "/opt/aws/neuron/lib/libnrt.so.2.31.23.0"),
    ] == summary(libraries)
    assert LIBNRT == libraries[2]


def test_collectives_as_they_were_once_shipped(make_host: MakeHost) -> None:
    """The name of aws-neuronx-collectives 2.21.46 holds letters in the place of a version."""
    host = make_host({f"{HOME}/libnccom.so.2.y.y": b""}, {f"{HOME}/libnccom.so": "libnccom.so.2.y.y"})

    assert [
        ("libnccom", Unread("no version: 'libnccom.so.2.y.y'"), "/opt/aws/neuron/lib/libnccom.so.2.y.y")
    ] == summary(collect(host))


def test_where_the_loader_is_told_to_look(make_host: MakeHost) -> None:
    """A directory that the loader's configuration or a service names is looked at, and who names it is kept."""
    host = make_host(
        {
            **INSTALLED,
            "etc/ld.so.conf": "include /etc/ld.so.conf.d/*.conf\n",
            "etc/ld.so.conf.d/neuron.conf": "/opt/aws/neuron/lib\n/srv/old/\n",
            "etc/systemd/system/vllm.service": "Environment=LD_LIBRARY_PATH=/srv/old:/srv/neuron\n",
            "srv/old/libnrt.so.2.20.11.0": b"old",
            "srv/neuron/libnrt.so.1": b"copy",
            "usr/lib/x86_64-linux-gnu/libnrt.so.2.22.14.0": b"older",
            "usr/local/lib/libnccom.so.2.20.11": b"",
        },
        {**VERSIONED, "lib": "usr/lib", "srv/old/libnrt.so.1": "libnrt.so.2.20.11.0"},
    )
    libraries = {str(library.real_path): library for library in collect(host)}

    assert ("/etc/ld.so.conf.d/neuron.conf",) == libraries["/opt/aws/neuron/lib/libnrt.so.2.31.23.0"].named_by
    assert ("/etc/systemd/system/vllm.service", "/etc/ld.so.conf.d/neuron.conf") == (
        libraries["/srv/old/libnrt.so.2.20.11.0"].named_by
    )
    assert (None, ("/srv/neuron/libnrt.so.1",)) == (
        libraries["/srv/neuron/libnrt.so.1"].version,
        libraries["/srv/neuron/libnrt.so.1"].paths,
    )
    assert ("2.22.14.0", ()) == (
        libraries["/usr/lib/x86_64-linux-gnu/libnrt.so.2.22.14.0"].version,
        libraries["/usr/lib/x86_64-linux-gnu/libnrt.so.2.22.14.0"].named_by,
    )
    assert "2.20.11" == libraries["/usr/local/lib/libnccom.so.2.20.11"].version
    assert "/opt/aws/neuron/lib/libnrt.so.2.31.23.0" == collect(host)[2].real_path


def test_a_file_that_two_directories_lead_to(make_host: MakeHost) -> None:
    """A link from the system's directory is another name of the same file, and the search path is kept."""
    host = make_host(
        INSTALLED, {**VERSIONED, "usr/lib/x86_64-linux-gnu/libnrt.so.1": "/opt/aws/neuron/lib/libnrt.so.2.31.23.0"}
    )
    (libnrt,) = (library for library in collect(host) if library.name == "libnrt")

    assert isinstance(LIBNRT.paths, tuple)
    assert replace(LIBNRT, paths=(*LIBNRT.paths, "/usr/lib/x86_64-linux-gnu/libnrt.so.1")) == libnrt


def test_a_library_inside_an_environment(make_host: MakeHost) -> None:
    """Frameworks for Inf1 have their own libnrt: it is told apart from the system's, which it follows."""
    host = make_host(
        {
            **INSTALLED,
            f"{VENV}/pyvenv.cfg": "version = 3.8.10\n",
            f"{SITE}/torch_neuron/lib/libnrt.so.2.18.15": b"",
            f"{SITE}/libneuronxla/libncfw.so": b"",
            f"{SITE}/elsewhere/libnrt.so.1": b"not searched",
        },
        {**VERSIONED, f"{SITE}/torch_neuron/lib/libnrt.so.1": "libnrt.so.2.18.15"},
    )
    libraries = collect(host)

    assert [None, None, None, f"/{VENV}", f"/{VENV}"] == [library.environment for library in libraries]
    assert [
        ("libnrt", "2.18.15", f"/{SITE}/torch_neuron/lib/libnrt.so.2.18.15"),
        ("libncfw", None, f"/{SITE}/libneuronxla/libncfw.so"),
    ] == summary(libraries[3:])


def test_a_link_that_leads_nowhere(make_host: MakeHost) -> None:
    """What a removed package left behind is there by name, and its version is not said to be installed."""
    host = make_host({HOME: None}, {**VERSIONED, f"{HOME}/libncfw.so": "libncfw.so"})
    found = {library.path: library for library in collect(host)}

    assert (None, None, None) == (
        found["/opt/aws/neuron/lib/libnrt.so"].real_path,
        found["/opt/aws/neuron/lib/libnrt.so"].version,
        found["/opt/aws/neuron/lib/libnrt.so"].size,
    )
    assert ("/opt/aws/neuron/lib/libnrt.so", "/opt/aws/neuron/lib/libnrt.so.1") == (
        found["/opt/aws/neuron/lib/libnrt.so"].paths
    )
    assert Unread("ELOOP: Too many levels of symbolic links") == found["/opt/aws/neuron/lib/libncfw.so"].version


def test_what_is_no_file(make_host: MakeHost) -> None:
    """A directory that is called like a library is not opened, and has no version."""
    host = make_host({f"{HOME}/libnrt.so.2.31.23.0": None})
    os.mkfifo(Path(host.root, HOME, "libncfw.so"))

    assert [
        ("libncfw", Unread("not a regular file"), Unread("not a regular file")),
        ("libnrt", Unread("not a regular file"), Unread("not a regular file")),
    ] == summary(collect(host))


def test_what_is_inside(make_host: MakeHost) -> None:
    """The file itself is read; one that is damaged costs only what it would have said."""
    library = elf_library(versions=("NRT_2.0.0", "NRT_3.0.0"), exports={"nrt_init": 2, "nrta_is_completed": 3})
    host = make_host({**INSTALLED, f"{HOME}/libnrt.so.2.31.23.0": library}, VERSIONED)
    _, libncfw, libnrt = collect(host)

    assert (
        replace(
            LIBNRT,
            size=len(library),
            soname="libnrt.so.1",
            symbol_versions=("NRT_2.0.0", "NRT_3.0.0"),
            exports=("nrt_init@NRT_2.0.0", "nrta_is_completed@NRT_3.0.0"),
            needed_glibc="2.28",
        )
        == libnrt
    )
    assert Unread("not an ELF file of 64 bits: b'ncfw'") == libncfw.soname == libncfw.needed_glibc == libncfw.exports
    assert ("/opt/aws/neuron/lib/libncfw.so", 4) == (libncfw.real_path, libncfw.size)


def test_a_directory_that_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """It stands among the libraries as one of unknown name: what is in it is not known."""
    host = make_host({**INSTALLED, "srv/private/libnrt.so.1": b"", "etc/ld.so.conf": "/srv/private\n"}, VERSIONED)
    Path(host.root, "srv/private").chmod(0)
    with another_user():
        libraries = collect(host)

    assert 4 == len(libraries)
    assert ("/srv/private", PERMISSION, PERMISSION, PERMISSION) == (
        libraries[3].path,
        libraries[3].name,
        libraries[3].version,
        libraries[3].paths,
    )


def test_a_tree_without_the_runtimes_directory(make_host: MakeHost) -> None:
    """It has not collected the libraries; what it has of an environment does not make the rest absent."""
    host = make_host({f"{VENV}/pyvenv.cfg": "version = 3.8.10\n", f"{SITE}/torch_neuron/lib/libnrt.so.1": b""})
    embedded, home = collect(host)

    assert f"/{SITE}/torch_neuron/lib/libnrt.so.1" == embedded.path
    assert ("/opt/aws/neuron/lib", NOT_COLLECTED, NOT_COLLECTED) == (home.path, home.name, home.version)


@pytest.mark.parametrize("files", [{}, {"etc/ld.so.conf": "/usr/local/lib\n"}, {f"{VENV}/pyvenv.cfg": ""}])
def test_a_tree_that_looked_nowhere(make_host: MakeHost, files: dict[str, str]) -> None:
    assert NOT_COLLECTED == collect_runtime_libraries(make_host(files))


def test_none_are_installed(make_host: MakeHost, collect_live: CollectLive) -> None:
    """An empty directory was looked at, and so was the whole of the live machine."""
    assert () == collect_runtime_libraries(make_host({HOME: None}))
    assert () == collect_live("libraries", "collect_runtime_libraries")


def test_live_and_captured_are_the_same(make_host: MakeHost, collect_live: CollectLive) -> None:
    """The same files are the same facts, as a tree and as the running machine."""
    files = {**INSTALLED, "etc/ld.so.conf": "/opt/aws/neuron/lib\n", f"{SITE}/torch_neuron/lib/libnrt.so.1": b""}
    live = collect_live("libraries", "collect_runtime_libraries", {**files, f"{VENV}/pyvenv.cfg": ""}, VERSIONED)

    assert live == collect_runtime_libraries(open_host(make_host().root))
    assert 4 == len(live)


def test_a_host_without_libraries_needs_no_parser(make_host: MakeHost) -> None:
    """What most hosts have is told from names alone; the parser takes as long to import as all of Python."""
    host = make_host({HOME: None, f"{SITE}/torch_neuron/__init__.py": "", f"{VENV}/pyvenv.cfg": ""})
    program = (
        "import sys\n"
        "from neuron_collectors.captured import open_host\n"
        "from neuron_collectors.extension_libraries import collect_extension_libraries\n"
        "from neuron_collectors.libraries import collect_runtime_libraries\n"
        f"host = open_host({host.root!r})\n"
        "assert () == collect_runtime_libraries(host) == collect_extension_libraries(host)\n"
        "sys.exit('elftools' in sys.modules)\n"
    )

    assert 0 == subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode


def test_redaction_of_what_is_in_homes() -> None:
    """A home in any of the paths is a pseudonym, and redacting twice changes nothing."""
    path = "/home/alice/venv/lib/python3.10/site-packages/torch_neuron/lib/libnrt.so.1"
    library = RuntimeLibrary(
        path=path, paths=(path,), real_path=path, environment="/home/alice/venv", named_by=("/home/alice/x.conf",)
    )
    redacted = redact(Inventory(runtime_libraries=(library,)), key=b"k" * 16)

    assert "alice" not in repr(redacted)
    assert redacted == redact(redacted, key=b"k" * 16)
