from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.device_status import JUDGED_COUNTERS, collect_device_status
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, CoreStatus, DeviceStatus, Reading, Unread

from .conftest import AnotherUser, CollectLive, MakeHost
from .sysfs_devices import CLASS, CORE_2_7, CORE_2_26, CORE_MOVED, FILES_2_7, FILES_2_26, FILES_MOVED, device

STATUS: dict[str, Reading[int]] = {"success": 12, "hw_error": 1, "unsupported_neff_version": 0}
CORE = CoreStatus(index=0, status=STATUS)


def only(devices: Reading[tuple[DeviceStatus, ...]]) -> DeviceStatus:
    """Return the one device."""
    assert isinstance(devices, tuple)
    assert 1 == len(devices)
    return devices[0]


def test_the_counters_of_each_core(make_host: MakeHost) -> None:
    """The sums of all counters by name, devices and cores by number."""
    own = {f"{CLASS}/neuron10/neuron_core10/stats/status/success/total": "18446744073709551615\n"}
    host = make_host({**device(10, cores=11), **device(9, cores=2), **own})
    devices = collect_device_status(host)

    assert isinstance(devices, tuple)
    assert DeviceStatus(index=9, cores=(CORE, CoreStatus(index=1, status=STATUS))) == devices[0]
    assert isinstance(devices[1].cores, tuple)
    assert list(range(11)) == [core.index for core in devices[1].cores]
    assert CoreStatus(index=10, status={**STATUS, "success": 2**64 - 1}) == devices[1].cores[10]


@pytest.mark.parametrize(
    ("files", "core", "prefix", "status"),
    [
        (FILES_2_26, CORE_2_26, "", STATUS),
        (FILES_2_7, CORE_2_7, "metrics/", {"infer_completed_with_error": 3}),
        (FILES_MOVED, CORE_MOVED, "", {"brand_new_error": 2, "success": 12}),
        (FILES_MOVED, {"stats/status/brand_new_error/total": "3\n"}, "", {"brand_new_error": 3}),
        (FILES_MOVED, {"deep/er/still/success/total": "3\n"}, "cores/", {"success": 3}),
    ],
)
def test_every_layout(
    make_host: MakeHost, files: dict[str, str], core: dict[str, str], prefix: str, status: dict[str, int]
) -> None:
    """The counters are found where any driver has them, and elsewhere by the names that they have had."""
    host = make_host(device(files=files, core=core, cores=2, prefix=prefix))

    cores = (CoreStatus(index=0, status=status), CoreStatus(index=1, status=status))
    assert DeviceStatus(index=0, cores=cores) == only(collect_device_status(host))


@pytest.mark.parametrize(
    ("files", "core", "prefix", "status"),
    [
        (FILES_2_26, CORE_2_26, "", {"unsupported_neff_version": 0}),
        (FILES_2_7, CORE_2_7, "metrics/", {}),
        (FILES_MOVED, CORE_MOVED, "", {}),
    ],
)
def test_only_the_counters_that_are_asked_for(
    make_host: MakeHost, files: dict[str, str], core: dict[str, str], prefix: str, status: dict[str, int]
) -> None:
    """What a check judges is found in every layout, on every device, and nothing else is read."""
    trees = [device(index, files=files, core=core, prefix=prefix) for index in (0, 1)]
    devices = collect_device_status(make_host({**trees[0], **trees[1]}), names=JUDGED_COUNTERS)

    assert tuple(DeviceStatus(index=i, cores=(CoreStatus(index=0, status=status),)) for i in (0, 1)) == devices


def test_no_link_is_followed_to_a_counter(make_host: MakeHost) -> None:
    """A captured tree may hold a link in the place of a counter: what it leads to is not read."""
    place = f"{CLASS}/neuron0/neuron_core0/stats/status"
    host = make_host(
        {f"{place}/success/total": "1\n", "etc/secret/total": "7\n"},
        {f"{place}/unsupported_neff_version": "../../../../../../../etc/secret"},
    )
    core = only(collect_device_status(host, names=JUDGED_COUNTERS)).cores

    assert isinstance(core, tuple)
    assert isinstance(core[0].status, dict)
    assert 7 != core[0].status.get("unsupported_neff_version")


def test_a_device_without_counters(make_host: MakeHost) -> None:
    """Before driver 2.7 a device shows no core; while it is registered a core may have nothing yet."""
    older = device(0, files={"dev": "243:0\n"}, cores=0)
    bare = device(1, core={"info/architecture/arch_type": "NCv2\n"})
    devices = collect_device_status(make_host({**older, **bare}))

    bare_core = CoreStatus(index=0, status=None)
    assert (DeviceStatus(index=0, cores=()), DeviceStatus(index=1, cores=(bare_core,))) == devices


def test_a_device_that_is_being_registered(make_host: MakeHost) -> None:
    """A counter without its sum is left out until it has one, and costs no other."""
    host = make_host(device(cores=2))
    place = Path(host.root, CLASS, "neuron0")
    (place / "neuron_core1/stats/status/success/total").unlink()
    found = only(collect_device_status(host))

    incomplete = CoreStatus(index=1, status={"hw_error": 1, "unsupported_neff_version": 0})
    assert (CORE, incomplete) == found.cores


def test_nonsense_costs_only_its_counter(make_host: MakeHost) -> None:
    """A counter that is no number says what it is."""
    place = f"{CLASS}/neuron0/neuron_core0/stats/status"
    found = only(collect_device_status(make_host({**device(), f"{place}/success/total": "many\n"})))

    assert (CoreStatus(index=0, status={**STATUS, "success": Unread("not a number: 'many'")}),) == found.cores


def test_what_this_user_may_not_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Before driver 2.15.9 the counters are root's: they are unread, and not zero."""
    host = make_host({**device(0, cores=2), **device(1)})
    place = Path(host.root, CLASS, "neuron0")
    (place / "neuron_core0/stats/status/success/total").chmod(0)
    (place / "neuron_core1/stats/status").chmod(0)
    Path(host.root, CLASS, "neuron1").chmod(0)
    with another_user():
        devices = collect_device_status(host)

    cores = CoreStatus(index=0, status={**STATUS, "success": PERMISSION}), CoreStatus(index=1, status=PERMISSION)
    assert (DeviceStatus(index=0, cores=cores), DeviceStatus(index=1, cores=PERMISSION)) == devices


def test_only_the_sums_are_opened(make_host: MakeHost, mocker: MockerFixture) -> None:
    """Every 15 seconds is often: nothing is read that is not needed, and no file asks the device."""
    host = make_host(device(cores=2))
    opened = mocker.spy(os, "open")
    collect_device_status(host)
    files = [str(call.args[0]) for call in opened.call_args_list if "O_DIRECTORY" not in str(call)]

    assert 6 == sum(name.endswith("/total") for name in files)
    assert [] == [name for name in files if name.endswith(("/present", "ecc_uncorrected", "reset", "pe_cntrs"))]


def test_no_driver(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Without the class no driver is loaded, if somebody looked at classes at all."""
    assert NOT_COLLECTED == collect_live("device_status", "collect_device_status")
    assert collect_device_status(make_host({"sys/class/net/lo": ""})) is None


def test_a_device_that_goes_away(make_host: MakeHost) -> None:
    """A link that leads nowhere any more is a device without counters, not a failure."""
    host = make_host({f"{CLASS}/node_id_2": ""}, {f"{CLASS}/neuron0": "../gone"})

    assert (DeviceStatus(index=0, cores=None),) == collect_device_status(host)


def test_the_live_machine(collect_live: CollectLive) -> None:
    """On the running machine the same tree says the same."""
    assert (DeviceStatus(index=0, cores=(CORE,)),) == collect_live("device_status", "collect_device_status", device())
