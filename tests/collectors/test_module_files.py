from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.stand_in_module import compress, elf_file, module_file

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DriverFiles, ModuleFile, Reading, Unread
from neuron_collectors.host import Host
from neuron_collectors.module_files import collect_driver_files, parse_index

from .conftest import AnotherUser, CollectLive, MakeHost

RUNNING, OTHER = "6.8.0-1021-aws", "6.8.0-1024-aws"
PLACE = f"lib/modules/{RUNNING}/updates/dkms"
KERNEL = {"proc/sys/kernel/osrelease": f"{RUNNING}\n"}
UBUNTU = ModuleFile(
    path=f"/{PLACE}/neuron.ko",
    kernel=RUNNING,
    indexed=True,
    size=len(module_file()),
    compression=None,
    version="2.26.5.0",
    srcversion="8818F61F4109E2E9CE9BA2E",
    vermagic="6.8.0-1021-aws SMP preempt mod_unload modversions",
    description="Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c",
    revision="6670442319042643165ab7986e5184496ea4407c",
)


def unread(path: str, why: Unread, **fields: Any) -> ModuleFile:
    """Return a file of which only the name is known."""
    described = dict.fromkeys(("version", "srcversion", "vermagic", "description", "revision"), why)
    return ModuleFile(**{"path": path, "kernel": RUNNING, "indexed": True, **described, **fields})


def index(*paths: str) -> str:
    """Return a ``modules.dep`` that names *paths*."""
    return "kernel/drivers/net/ena.ko.zst:\n" + "".join(f"{path}: kernel/drivers/infiniband/ib.ko\n" for path in paths)


def files_of(host: Host) -> tuple[ModuleFile, ...]:
    found = collect_driver_files(host)
    assert isinstance(found, DriverFiles)
    assert isinstance(found.files, tuple)
    return found.files


def test_the_file_of_the_running_kernel(make_host: MakeHost) -> None:
    """One file in its usual place is described whole, and its version is what the next load brings."""
    host = make_host(
        {
            **KERNEL,
            f"{PLACE}/neuron.ko": module_file(),
            f"lib/modules/{RUNNING}/modules.dep": index("updates/dkms/neuron.ko"),
        }
    )

    assert DriverFiles(version="2.26.5.0", built_for_kernels=(RUNNING,), files=(UBUNTU,)) == collect_driver_files(host)


@pytest.mark.parametrize("compression", ["gz", "xz", "zst"])
def test_a_compressed_file(make_host: MakeHost, compression: str) -> None:
    """Ubuntu compresses its modules with zstd, Red Hat with xz, and Bottlerocket with gzip."""
    if sys.version_info < (3, 14) and compression == "zst":
        pytest.importorskip("zstandard")
    content = compress(module_file(), compression)
    host = make_host({**KERNEL, f"{PLACE}/neuron.ko.{compression}": content})

    assert (
        replace(
            UBUNTU,
            path=f"/{PLACE}/neuron.ko.{compression}",
            indexed=NOT_COLLECTED,
            size=len(content),
            compression=compression,
        ),
    ) == files_of(host)


def test_a_compression_without_a_library(make_host: MakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a library for zstd the file is there all the same; what it says is not known."""
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    host = make_host({**KERNEL, f"{PLACE}/neuron.ko.zst": b"\x28\xb5\x2f\xfd"})
    why = Unread("needs zstandard")

    assert DriverFiles(
        version=why,
        built_for_kernels=(RUNNING,),
        files=(unread(f"/{PLACE}/neuron.ko.zst", why, indexed=NOT_COLLECTED, size=4, compression="zst"),),
    ) == collect_driver_files(host)


@pytest.mark.parametrize(
    "place",
    ["updates/dkms", "updates", "extra", "extra/neuron", "kernel/drivers/neuron", "weak-updates", "somewhere/else"],
)
def test_places(make_host: MakeHost, place: str) -> None:
    """Every place that a distribution uses is known, and any other one that the kernel's index names."""
    host = make_host(
        {
            **KERNEL,
            f"lib/modules/{RUNNING}/{place}/neuron.ko": module_file(),
            f"lib/modules/{RUNNING}/modules.dep": index(f"{place}/neuron.ko"),
        }
    )

    assert (replace(UBUNTU, path=f"/lib/modules/{RUNNING}/{place}/neuron.ko"),) == files_of(host)


def test_every_kernel_is_looked_at(make_host: MakeHost) -> None:
    """A kernel that does not run has its own file, or none: then a reboot into it is without the driver."""
    host = make_host(
        {
            **KERNEL,
            f"lib/modules/{OTHER}/extra/neuron.ko": module_file(version="2.27.4.0"),
            f"lib/modules/{RUNNING}/extra/neuron.ko": module_file(),
            "lib/modules/6.9.0-1001-aws/modules.dep": index(),
        }
    )
    found = collect_driver_files(host)

    assert isinstance(found, DriverFiles)
    assert ("2.26.5.0", (RUNNING, OTHER)) == (found.version, found.built_for_kernels)


def test_the_index_decides_between_two_files(make_host: MakeHost) -> None:
    """What modprobe loads is in ``modules.dep``; the other file stays on the list."""
    files: dict[str, str | bytes | None] = {
        **KERNEL,
        f"lib/modules/{RUNNING}/extra/neuron.ko": module_file(version="2.21.37.0"),
        f"{PLACE}/neuron.ko": module_file(),
    }
    undecided = collect_driver_files(make_host(files))
    decided = collect_driver_files(make_host({f"lib/modules/{RUNNING}/modules.dep": index("extra/neuron.ko")}))

    assert isinstance(undecided, DriverFiles)
    assert Unread("2 module files of different versions, and modules.dep names none of them") == undecided.version
    assert isinstance(decided, DriverFiles)
    assert isinstance(decided.files, tuple)
    assert "2.21.37.0" == decided.version
    assert [(f"/lib/modules/{RUNNING}/extra/neuron.ko", True), (f"/{PLACE}/neuron.ko", False)] == [
        (file.path, file.indexed) for file in decided.files
    ]


def test_a_file_that_the_index_lacks(make_host: MakeHost) -> None:
    """A file that was copied without depmod is there, and modprobe will not find it."""
    host = make_host({**KERNEL, f"{PLACE}/neuron.ko": module_file(), f"lib/modules/{RUNNING}/modules.dep": index()})

    (file,) = files_of(host)
    assert file.indexed is False


def test_an_index_without_its_file(make_host: MakeHost, collect_live: CollectLive) -> None:
    """What ``modules.dep`` names and is not there is no module file; a captured tree has not copied it."""
    files = {**KERNEL, f"lib/modules/{RUNNING}/modules.dep": index("extra/neuron.ko.xz")}
    path = f"/lib/modules/{RUNNING}/extra/neuron.ko.xz"

    assert collect_live("module_files", "collect_driver_files", files) is None
    assert DriverFiles(
        version=NOT_COLLECTED,
        built_for_kernels=Unread(f"{path}: not collected"),
        files=(unread(path, NOT_COLLECTED, size=NOT_COLLECTED, compression="xz"),),
    ) == collect_driver_files(make_host(files))


def test_links_to_another_kernels_file(make_host: MakeHost) -> None:
    """Red Hat links a module into the tree of each kernel that it fits; a link that leads nowhere is no file."""
    host = make_host(
        {**KERNEL, f"lib/modules/{OTHER}/extra/neuron.ko": module_file()},
        {
            f"lib/modules/{RUNNING}/weak-updates/neuron.ko": f"/lib/modules/{OTHER}/extra/neuron.ko",
            "lib/modules/6.8.0-1030-aws/weak-updates/neuron.ko": "/lib/modules/6.8.0-1/extra/neuron.ko",
        },
    )
    found = collect_driver_files(host)

    assert isinstance(found, DriverFiles)
    assert ("2.26.5.0", (RUNNING, OTHER)) == (found.version, found.built_for_kernels)


def test_bottlerocket(make_host: MakeHost) -> None:
    """Its alternatives belong to the kernel that they were built for; the one in the kernel's tree is loaded."""
    host = make_host(
        {
            "proc/sys/kernel/osrelease": "6.1.161\n",
            "usr/libexec/neuron/neuron_2_24/neuron.ko.gz": compress(
                module_file(version="2.24.13.0", vermagic="6.1.161 SMP preempt mod_unload modversions "), "gz"
            ),
            "usr/libexec/neuron/neuron_latest/neuron.ko.gz": compress(
                module_file(vermagic="6.1.161 SMP preempt mod_unload modversions "), "gz"
            ),
            "lib/modules/6.1.161/modules.dep": index("kernel/drivers/neuron/neuron.ko.gz"),
        },
        {"lib/modules/6.1.161/kernel/drivers/neuron/neuron.ko.gz": "/usr/libexec/neuron/neuron_latest/neuron.ko.gz"},
    )
    found = collect_driver_files(host)

    assert isinstance(found, DriverFiles)
    assert isinstance(found.files, tuple)
    assert ("2.26.5.0", ("6.1.161",)) == (found.version, found.built_for_kernels)
    assert [("2.26.5.0", True), ("2.24.13.0", False), ("2.26.5.0", False)] == [
        (file.version, file.indexed) for file in found.files
    ]


def test_pre_releases_and_the_first_drivers(make_host: MakeHost) -> None:
    """A version need be no number, and drivers until 2.3 did not name their commit."""
    host = make_host({f"{PLACE}/neuron.ko": module_file(version="2.x.7693.0", description="Neuron Driver")})

    (file,) = files_of(host)
    assert ("2.x.7693.0", "Neuron Driver", None) == (file.version, file.description, file.revision)


def test_a_module_that_says_little(make_host: MakeHost) -> None:
    """A field that is not in the file is absent."""
    host = make_host({f"{PLACE}/neuron.ko": module_file(version=None, srcversion=None, description=None, vermagic="")})

    (file,) = files_of(host)
    assert (None, None, None, None, None) == (
        file.version,
        file.srcversion,
        file.vermagic,
        file.description,
        file.revision,
    )


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("neuron.ko", b"", "not an ELF file"),
        ("neuron.ko", b"\x7fELF" + b"\0" * 200, "not an ELF file"),
        ("neuron.ko", module_file()[:-10], "cut short"),
        ("neuron.ko", elf_file({".text": b""}), "no section .modinfo"),
        ("neuron.ko.gz", module_file(), "not gzip"),
        ("neuron.ko.xz", compress(module_file(), "xz")[:-20], "cut short"),
    ],
)
def test_a_damaged_file_is_there(make_host: MakeHost, name: str, content: bytes, why: str) -> None:
    """Damage costs what the file would say, with the path and the reason, and not its presence."""
    host = make_host({**KERNEL, f"{PLACE}/{name}": content})
    found = collect_driver_files(host)

    assert isinstance(found, DriverFiles)
    assert (RUNNING,) == found.built_for_kernels
    assert isinstance(found.version, Unread)
    assert found.version.reason.startswith(f"{PLACE}/{name}: ")
    assert why in found.version.reason


def test_a_file_of_four_gigabytes(make_host: MakeHost) -> None:
    """Its size is enough: it is not read."""
    host = make_host({**KERNEL, PLACE: None})
    with Path(host.root, PLACE, "neuron.ko").open("wb") as file:
        file.truncate(4 * 1024**3)

    assert (
        unread(
            f"/{PLACE}/neuron.ko",
            Unread("larger than 67108864 bytes"),
            indexed=NOT_COLLECTED,
            size=4 * 1024**3,
            compression=None,
        ),
    ) == files_of(host)


def test_what_is_no_file(make_host: MakeHost) -> None:
    """A FIFO in its place, a directory and a loop of links are not waited for, and are not counted as built."""
    host = make_host({**KERNEL, f"{PLACE}/neuron.ko.xz": None}, {f"{PLACE}/neuron.ko.gz": "neuron.ko.gz"})
    os.mkfifo(Path(host.root, PLACE, "neuron.ko"))
    found = collect_driver_files(host)

    assert isinstance(found, DriverFiles)
    assert isinstance(found.files, tuple)
    reasons = [file.version.reason for file in found.files if isinstance(file.version, Unread)]
    assert [
        "not a regular file: fifo",
        "ELOOP: Too many levels of symbolic links",
        "not a regular file: dir",
    ] == reasons
    assert Unread(f"/{PLACE}/neuron.ko: not a regular file") == found.built_for_kernels


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A file that is closed to this user is there; what is behind a closed directory is not seen at all."""
    host = make_host({**KERNEL, f"{PLACE}/neuron.ko": module_file()})
    Path(host.root, PLACE, "neuron.ko").chmod(0)
    with another_user():
        closed = collect_driver_files(host)
    Path(host.root, "lib/modules").chmod(0)
    with another_user():
        nothing = collect_driver_files(host)

    assert isinstance(closed, DriverFiles)
    assert (PERMISSION, (RUNNING,)) == (closed.version, closed.built_for_kernels)
    assert Unread("/lib/modules: permission") == nothing


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({}, NOT_COLLECTED),
        ({"proc/sys/kernel/osrelease": "6.8.0-1030-aws\n"}, NOT_COLLECTED),
        ({"proc/sys/kernel/osrelease": "6.8.0-1030-aws\n", "lib/modules/6.8.0-1030-aws/modules.dep": ""}, None),
        ({"proc/version": "junk\n"}, Unread("proc/version: no kernel release: 'junk'")),
    ],
)
def test_the_running_kernel_may_be_another(
    make_host: MakeHost, files: Mapping[str, str], version: Reading[str]
) -> None:
    """A kernel without a file has none, if its modules were captured; which one runs has to be known."""
    found = collect_driver_files(make_host({**files, f"{PLACE}/neuron.ko": module_file()}))

    assert isinstance(found, DriverFiles)
    assert version == found.version


def test_no_driver_on_disk(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Kernels without a file, and a container without kernels, have no driver on disk."""
    assert collect_live("module_files", "collect_driver_files", {"etc/hostname": "x"}) is None
    assert NOT_COLLECTED == collect_driver_files(make_host({f"lib/modules/{RUNNING}/build": None}))
    assert collect_driver_files(make_host({f"lib/modules/{RUNNING}/modules.dep": index()})) is None


def test_recorded_output_stands_for_the_files(make_host: MakeHost) -> None:
    """A captured tree without the modules may hold what modinfo printed; of other kernels it says nothing."""
    printed = (
        f"filename:       /{PLACE}/neuron.ko.zst\nversion:        2.26.5.0\n"
        f"vermagic:       {RUNNING} SMP mod_unload modversions \n"
    )
    found = collect_driver_files(recorded(make_host, returncode=0, stdout=printed))

    assert (
        DriverFiles(
            version="2.26.5.0",
            built_for_kernels=NOT_COLLECTED,
            files=(
                ModuleFile(
                    path=f"/{PLACE}/neuron.ko.zst",
                    kernel=RUNNING,
                    indexed=True,
                    size=NOT_COLLECTED,
                    compression="zst",
                    version="2.26.5.0",
                    srcversion=None,
                    vermagic=f"{RUNNING} SMP mod_unload modversions",
                    description=None,
                    revision=None,
                ),
            ),
        )
        == found
    )


def test_recorded_absence(make_host: MakeHost) -> None:
    """When modinfo found no such module the running kernel has no file."""
    found = collect_driver_files(recorded(make_host, returncode=1, stdout=""))

    assert DriverFiles(version=None, built_for_kernels=NOT_COLLECTED, files=()) == found


def test_nobody_looked(make_host: MakeHost) -> None:
    assert NOT_COLLECTED == collect_driver_files(make_host(KERNEL))
    assert NOT_COLLECTED == collect_driver_files(recorded(make_host, returncode=None, stdout=""))


def recorded(make_host: MakeHost, *, returncode: int | None, stdout: str) -> Host:
    """Return a captured tree that holds what modinfo printed, and no files."""
    entry = {"argv": ["/usr/sbin/modinfo", "neuron"], "returncode": returncode, "stdout": "out", "stderr": "err"}
    return make_host({".commands/index.json": json.dumps([entry]), ".commands/out": stdout, ".commands/err": ""})


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"", None),
        (b"extra/neuron.ko:\n", "extra/neuron.ko"),
        (b"kernel/a.ko: kernel/neuron.ko\nextra/neuron.ko.xz: kernel/a.ko\n", "extra/neuron.ko.xz"),
        (b"/lib/modules/5.10.0/extra/neuron.ko.gz:\n", "/lib/modules/5.10.0/extra/neuron.ko.gz"),
        (b"neuron.ko:", "neuron.ko"),
        (b"extra/neuronx.ko:\nextra/my-neuron.ko:\nextra/neuron.ko.bak:\nneuron.ko\n", None),
        (b"\xff/neuron.ko:", "\ufffd/neuron.ko"),
    ],
)
def test_index(content: bytes, path: str | None) -> None:
    """The driver's own line begins with its path; a line that needs it does not count."""
    assert path == parse_index(content)
