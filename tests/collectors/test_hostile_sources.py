"""Sources that fail, go away, never answer or never end: every collector says so, in time and in little memory."""

from __future__ import annotations

import os
import shutil
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from errno import EIO, ENODEV
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.device_status import collect_device_status
from neuron_collectors.device_tree import collect_device_tree
from neuron_collectors.facts import PERMISSION, Inventory, NeuronDevice, Unread
from neuron_collectors.host import Host
from neuron_collectors.inventory import COLLECTORS, Collector, take_inventory

from .conftest import AnotherUser, MakeHost
from .sysfs_devices import CLASS, FILES_2_26, LIVE, device

EVERYTHING: Mapping[str, Collector] = {
    **COLLECTORS,
    "device_status": collect_device_status,
    "device_trees": collect_device_tree,
}
FUNCTION = "sys/bus/pci/devices/0000:00:1e.0"
FILES = {
    **LIVE,
    **device(0, files={**FILES_2_26, "health_status/unhealthy_components": "\n"}, cores=2),
    **device(1, cores=2),
    f"{CLASS}/node_id_2": "-1\n",
    f"{CLASS}/server_id_2": "0000000000000000\n",
    f"{FUNCTION}/vendor": "0x1d0f\n",
    f"{FUNCTION}/device": "0x7164\n",
    f"{FUNCTION}/numa_node": "-1\n",
    "sys/module/neuron/version": "2.26.5.0\n",
    "sys/module/neuron/refcnt": "0\n",
    "sys/devices/virtual/dmi/id/product_name": "trn1.32xlarge\n",
    "sys/devices/virtual/dmi/id/sys_vendor": "Amazon EC2\n",
    "etc/os-release": 'ID=ubuntu\nVERSION_ID="22.04"\n',
    "proc/sys/kernel/osrelease": "6.8.0-1021-aws\n",
    "proc/meminfo": "MemTotal:       16384 kB\nMemAvailable:    8192 kB\n",
    "proc/modules": "neuron 123 0 - Live 0x0 (OE)\n",
    "var/lib/dpkg/status": "Package: aws-neuronx-dkms\nStatus: install ok installed\nVersion: 2.26.5.0\n\n",
    "var/log/dmesg": "[    1.0] ** BDF: 00:1e.0 => nd[0] (routing id: 0)\n",
    "dev/neuron0": "",
}
# What sysfs alone shows, and where a device that fails is told of.
SYSFS = ("devices", "device_class", "device_status", "device_health", "device_trees", "pci", "driver")
DEADLINE = 2.0


def reasons(fact: object) -> Iterator[str]:
    """Return why parts of *fact* are unread."""
    if isinstance(fact, Unread):
        yield fact.reason
    elif isinstance(fact, tuple):
        for item in fact:
            yield from reasons(item)
    elif isinstance(fact, Mapping):
        yield from reasons(tuple(fact.values()))
    elif is_dataclass(fact):
        yield from reasons(tuple(getattr(fact, field.name) for field in fields(fact)))


def take(host: Host, **options: Any) -> tuple[Inventory, float]:
    """Return what all collectors say of *host*, and how many seconds that took."""
    start = time.monotonic()
    inventory = take_inventory(host, collectors=EVERYTHING, **{"deadline": DEADLINE, **options})
    return inventory, time.monotonic() - start


def opens(host: Host, path: object, dir_fd: int | None) -> bool:
    """Tell whether this is a file of *host*, and not of the test's own."""
    return dir_fd is not None or str(path).startswith(host.root)


def fail(mocker: MockerFixture, host: Host, call: str, number: int) -> None:
    """Let the system call fail with error *number* on every file of *host*."""
    plain: Callable[..., Any] = getattr(os, call)
    descriptors: set[int] = set()
    plain_open = os.open

    def opening(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        ours = opens(host, path, dir_fd) and not flags & os.O_DIRECTORY
        if call == "open" and ours:
            raise OSError(number, os.strerror(number))
        descriptor = plain_open(path, flags, mode, dir_fd=dir_fd)
        (descriptors.add if ours else descriptors.discard)(descriptor)
        return descriptor

    def reading(descriptor: int, size: int) -> bytes:
        if descriptor in descriptors:
            raise OSError(number, os.strerror(number))
        result: bytes = plain(descriptor, size)
        return result

    mocker.patch("os.open", side_effect=opening)
    if call == "read":
        mocker.patch("os.read", side_effect=reading)


def test_all_is_well(make_host: MakeHost) -> None:
    """Nothing is wrong with the host that the other tests spoil."""
    inventory, _ = take(make_host(FILES))

    assert () == inventory.failures
    assert [] == list(reasons((inventory.devices, inventory.device_status, inventory.device_trees)))


@pytest.mark.parametrize(
    ("call", "number", "reason"),
    [
        ("read", ENODEV, "ENODEV: No such device"),  # what open files give once the driver is unbound
        ("read", EIO, "EIO: Input/output error"),
        ("open", ENODEV, "ENODEV: No such device"),
        ("open", EIO, "EIO: Input/output error"),
    ],
)
def test_a_device_that_fails(make_host: MakeHost, mocker: MockerFixture, call: str, number: int, reason: str) -> None:
    """No collector breaks down; each says the kernel's reason, and the devices are still counted."""
    host = make_host(FILES)
    fail(mocker, host, call, number)
    inventory, _ = take(host)
    said = {name: set(reasons(getattr(inventory, name))) for name in SYSFS}

    assert dict.fromkeys(SYSFS, True) == {name: any(reason in one for one in said[name]) for name in SYSFS}
    assert isinstance(inventory.devices, tuple)
    assert [0, 1] == [found.index for found in inventory.devices]
    assert isinstance(inventory.device_status, tuple)
    assert {reason} == set(reasons(inventory.device_status))


@pytest.mark.parametrize("closed", ["sys", CLASS, f"{CLASS}/neuron0", f"{CLASS}/neuron0/stats", "proc", "etc", "var"])
def test_what_another_user_may_not_read(make_host: MakeHost, another_user: AnotherUser, closed: str) -> None:
    """Wherever the kernel refuses, permission is what is said, and no collector breaks down."""
    host = make_host(FILES)
    Path(host.root, closed).chmod(0)
    with another_user():
        inventory, _ = take(host)

    assert "permission" in {one for name in EVERYTHING for one in reasons(getattr(inventory, name))}
    if closed == f"{CLASS}/neuron0/stats":
        assert isinstance(inventory.devices, tuple)
        assert [] == list(reasons(inventory.devices))
    if closed.startswith("sys"):
        assert "permission" in set(reasons(inventory.device_trees))


@pytest.mark.parametrize("after", [*range(0, 60, 7), 100, 150])
def test_a_device_that_goes_away_meanwhile(make_host: MakeHost, mocker: MockerFixture, after: int) -> None:
    """At whatever file the device is unbound, what was read is kept and the rest is absent."""
    host = make_host(FILES)
    plain_open = os.open
    left = [after]

    def opening(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if opens(host, path, dir_fd):
            left[0] -= 1
        if left[0] == -1:
            shutil.rmtree(Path(host.root, CLASS, "neuron0"), ignore_errors=True)
        return plain_open(path, flags, mode, dir_fd=dir_fd)

    mocker.patch("os.open", side_effect=opening)
    trees = collect_device_tree(host)
    inventory, _ = take(host)

    assert isinstance(trees, tuple)
    assert 1 == trees[-1].index
    assert [] == list(reasons(trees[-1]))
    assert () == inventory.failures
    assert isinstance(inventory.devices, tuple)
    assert [1] == [found.index for found in inventory.devices]


def test_pipes_that_never_answer(make_host: MakeHost) -> None:
    """With a FIFO in the place of every file no collector waits, and what should be a file is told to be none."""
    host = make_host(FILES)
    for path in FILES:
        place = Path(host.root, path)
        place.unlink()
        os.mkfifo(place)
    inventory, seconds = take(host)

    assert seconds < DEADLINE
    assert {"not a regular file: fifo"} == set(reasons(inventory.device_status))
    assert {"not a regular file: fifo"} <= set(reasons(inventory.devices))
    assert [] == [failure for failure in inventory.failures if failure.reason.startswith("no answer")]


def test_files_of_four_gigabytes(make_host: MakeHost) -> None:
    """A file that is far too long is not read into memory, and says that it is too long."""
    host = make_host(FILES)
    for path in FILES:
        os.truncate(Path(host.root, path), 4 << 30)
    tracemalloc.start()
    try:
        inventory, seconds = take(host, deadline=20.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 100 << 20
    assert seconds < 60
    assert {"larger than 4096 bytes"} == set(reasons(inventory.device_status))
    assert {"larger than 65536 bytes"} <= set(reasons(inventory.devices))
    assert [] == [failure for failure in inventory.failures if failure.reason.startswith("no answer")]


def test_firmware_that_is_stuck(make_host: MakeHost, mocker: MockerFixture) -> None:
    """Where the device's own counters block, the collector is left behind, and everything else is known."""
    host = make_host(FILES)
    answer = threading.Event()
    plain_read = os.read

    def reading(descriptor: int, size: int) -> bytes:
        if "ecc" in os.readlink(f"/proc/self/fd/{descriptor}"):  # noqa: PTH115 - a descriptor has no other name
            answer.wait(30)
        return plain_read(descriptor, size)

    mocker.patch("os.read", side_effect=reading)
    try:
        inventory, seconds = take(host, deadline=0.3)
    finally:
        answer.set()

    assert seconds < 10
    assert Unread("no answer within 0.3 s") == inventory.device_health == inventory.device_trees
    assert ["device_health", "device_trees"] == sorted(failure.collector for failure in inventory.failures)
    assert isinstance(inventory.devices, tuple)
    assert isinstance(inventory.devices[0], NeuronDevice)
    assert [] == list(reasons((inventory.devices, inventory.device_status)))


def test_permission_is_not_absence(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What is not there and what may not be seen stay apart in one and the same device."""
    host = make_host(FILES)
    Path(host.root, CLASS, "neuron0/health_status/unhealthy_components").chmod(0)
    with another_user():
        inventory, _ = take(host)

    assert isinstance(inventory.device_health, tuple)
    assert PERMISSION == inventory.device_health[0].unhealthy_components
    assert inventory.device_health[1].unhealthy_components is None
