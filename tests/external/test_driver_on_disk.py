"""What is said of the driver's files in real material, against what a person reads in it."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.captured import open_host
from neuron_collectors.dkms import collect_dkms
from neuron_collectors.driver import collect_driver
from neuron_collectors.facts import NOT_COLLECTED, Dkms, DriverFiles, Inventory, LoadedDriver
from neuron_collectors.host import Host
from neuron_collectors.inventory import take_inventory
from neuron_collectors.modinfo import parse_modinfo
from neuron_collectors.module_files import collect_driver_files

pytestmark = pytest.mark.external

MODINFO: Mapping[str, Mapping[str, str | None]] = {
    "modinfo-normalized-bottlerocket-2.26.5.0.txt": {
        "filename": "/lib/modules/6.1.161/kernel/drivers/neuron/neuron.ko.gz",
        "version": "2.26.5.0",
        "srcversion": "8818F61F4109E2E9CE9BA2E",
        "vermagic": "6.1.161 SMP preempt mod_unload modversions",
        "description": "Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c",
        "depends": "",
    },
    "modinfo-normalized-bottlerocket-2.26.10.0.txt": {
        "filename": "/lib/modules/6.12.73/kernel/drivers/neuron/neuron.ko",
        "version": "2.26.10.0",
        "srcversion": None,
        "vermagic": "6.12.73 SMP preempt mod_unload modversions",
        "description": "Neuron Driver, built from SHA: dd4b234dc87473b76914082d9dc25785149c978a",
        "depends": None,
    },
    "modinfo-normalized-bottlerocket-2.x.7693.0.txt": {
        "filename": "/lib/modules/6.18.30/kernel/drivers/neuron/neuron.ko",
        "version": "2.x.7693.0",
        "srcversion": "4E77A4CB04E32F68022400E",
        "vermagic": "6.18.30 SMP preempt mod_unload modversions",
        "description": "Neuron Driver, built from SHA: 559cb9bf14a5b9e98b28b11fe8c7d70d659bd308",
        "depends": "",
    },
}
"""Some fields of each sample; `None` is a field that it lacks."""

RECORDED = {
    "modinfo-normalized-bottlerocket-2.26.5.0.txt": ("6.1.161", "gz", "6670442319042643165ab7986e5184496ea4407c"),
    "modinfo-normalized-bottlerocket-2.26.10.0.txt": ("6.12.73", None, "dd4b234dc87473b76914082d9dc25785149c978a"),
    "modinfo-normalized-bottlerocket-2.x.7693.0.txt": ("6.18.30", None, "559cb9bf14a5b9e98b28b11fe8c7d70d659bd308"),
}
"""Kernel, compression and commit of each file."""

PACKAGES = {
    "rpm-ql-aws-neuron-dkms-2.3.26.0.txt": "/usr/src/aws-neuron-2.3.26.0",
    "rpm-ql-aws-neuronx-dkms-2.25.4.0.txt": "/usr/src/aws-neuronx-2.25.4.0",
}
"""The source tree that each package brings."""

USED_SAMPLES: frozenset[str] = frozenset({*MODINFO, *PACKAGES, "lsmod-neuron-2.9.4.txt"})

TREES = (
    "inf2-1-driver-2.24.7.0.tar.gz",
    "none-driver-2.24.7.0.tar.gz",
    "trn1-16-driver-2.24.7.0.tar.gz",
    "trn2-16-driver-2.24.7.0.tar.gz",
)


@pytest.mark.parametrize("name", sorted(MODINFO))
def test_modinfo(shared: Path, name: str) -> None:
    """The samples are re-typed as ``key=value``, which is how the fields stand in the file itself."""
    fields = parse_modinfo((shared / "samples" / name).read_text())

    assert MODINFO[name] == {key: fields.get(key) for key in MODINFO[name]}


@pytest.mark.parametrize("name", sorted(MODINFO))
def test_modinfo_as_it_is_printed(shared: Path, name: str) -> None:
    """With a colon and blanks in place of the equals sign, as the program prints it, nothing changes."""
    lines = (shared / "samples" / name).read_text().splitlines()
    printed = "\n".join(f"{key + ':':<15} {value}" for key, _, value in (line.partition("=") for line in lines))

    assert parse_modinfo("\n".join(lines)) == parse_modinfo(printed)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_modinfo(shared: Path, name: str, tmp_path: Path) -> None:
    """A tree that recorded the program's output knows the file of the kernel that ran."""
    kernel, compression, revision = RECORDED[name]
    commands = tmp_path / ".commands"
    commands.mkdir()
    (commands / "out").write_bytes((shared / "samples" / name).read_bytes())
    (commands / "index.json").write_text(
        '[{"argv": ["/usr/sbin/modinfo", "neuron"], "returncode": 0, "stdout": "out"}]'
    )

    found = collect_driver_files(open_host(tmp_path))
    assert isinstance(found, DriverFiles)
    assert isinstance(found.files, tuple)
    (file,) = found.files
    assert (MODINFO[name]["version"], NOT_COLLECTED) == (found.version, found.built_for_kernels)
    assert (kernel, compression, revision) == (file.kernel, file.compression, file.revision)


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_what_the_package_brings(shared: Path, name: str, tmp_path: Path) -> None:
    """A tree with the package's files alone has a source, which DKMS may know of or not, and nothing that is built."""
    for line in (shared / "samples" / name).read_text().splitlines():
        path = tmp_path / line.strip("/")
        path.mkdir(parents=True, exist_ok=True) if line.endswith("/") else path.touch()
    host = open_host(tmp_path)

    assert Dkms(modules=NOT_COLLECTED, source_trees=(PACKAGES[name],), no_autoinstall=NOT_COLLECTED) == collect_dkms(
        host
    )
    assert NOT_COLLECTED == collect_driver_files(host)


def test_lsmod(shared: Path, tmp_path: Path) -> None:
    """Size and use count in the list of modules are those that ``lsmod`` printed."""
    printed = (shared / "samples" / "lsmod-neuron-2.9.4.txt").read_text().splitlines()
    (row,) = (line.split() for line in printed if line.startswith("neuron "))
    name, size, used = row
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/modules").write_text(f"{name} {size} {used} - Live 0x0000000000000000 (OE)\n")

    driver = collect_driver(open_host(tmp_path))
    assert isinstance(driver, LoadedDriver)
    assert ("237568", 0, "live") == (size, driver.refcnt, driver.initstate)


@pytest.mark.parametrize("name", TREES)
def test_trees_of_the_real_driver(shared: Path, name: str, tmp_path: Path) -> None:
    """The driver was loaded there, and nothing that lies on disk was captured."""
    with tarfile.open(shared / "hosts" / name) as archive:
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)  # not in every 3.10
        archive.extractall(tmp_path)  # noqa: S202 - material of our own
    host = open_host(tmp_path)
    inventory = take_inventory(host)

    assert ("2.24.7.0", "581D17543E4AA798F2CC707", 15) == loaded(host)
    assert () == inventory.failures
    assert (NOT_COLLECTED,) * 6 == on_disk(inventory)


def loaded(host: Host) -> tuple[object, object, int]:
    """Return version, checksum and the number of parameters of the driver that is loaded."""
    driver = collect_driver(host)
    assert isinstance(driver, LoadedDriver)
    assert isinstance(driver.parameters, dict)
    return driver.version, driver.srcversion, len(driver.parameters)


def on_disk(inventory: Inventory) -> tuple[object, ...]:
    """Return what is known of the driver on disk and of the next boot."""
    return (
        inventory.driver_files,
        inventory.dkms,
        inventory.boot,
        inventory.module_loading,
        inventory.udev_rules,
        inventory.package_holds,
    )
