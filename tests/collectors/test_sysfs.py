from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, NeuronDevice, Reading, Unread
from neuron_collectors.host import CollectorError
from neuron_collectors.sysfs import (
    collect_devices,
    parse_connected_devices,
    parse_core_count,
    parse_device_number,
    parse_number,
)

from .conftest import AnotherUser, CollectLive, MakeHost

CLASS = "sys/class/neuron_device"
LIVE = {"sys/module/neuron/initstate": "live\n"}
TRAINIUM: Any = NeuronDevice(
    index=0,
    device_name="Trainium1",
    arch_type="NDv2",
    instance_family="Trn1",
    serial_number="00112233aabb0000",
    core_count=2,
    connected_devices=(12, 3, 4, 1),
    dev=(246, 0),
)


def device(index: int = 0, cores: int = 2, files: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the files of one device, as driver 2.26 has them; *files* change those of that name."""
    place = f"{CLASS}/neuron{index}"
    texts = {
        "info/architecture/device_name": "Trainium1\n",
        "info/architecture/arch_type": "NDv2\n",
        "info/architecture/instance_type": "Trn1\n",
        "info/serial_number": "00112233aabb0000\n",
        "info/notify_delay": "-1\n",
        "core_count": f"{cores}",
        "connected_devices": "12, 3, 4, 1\n",
        "dev": f"246:{index}\n",
        "reset": "0\n",
    }
    changed = {path: (files or {}).get(path.rpartition("/")[2], text) for path, text in texts.items()}
    core_files = {f"neuron_core{n}/info/architecture/arch_type": "NCv2\n" for n in range(cores)}
    return {f"{place}/{path}": text for path, text in {**changed, **core_files}.items()}


def without(files: Mapping[str, str], *names: str) -> Mapping[str, str]:
    """Return *files* without those of these names."""
    return {path: text for path, text in files.items() if path.rpartition("/")[2] not in names}


def only(devices: Reading[tuple[NeuronDevice, ...]]) -> NeuronDevice:
    """Return the one device."""
    assert isinstance(devices, tuple)
    assert 1 == len(devices)
    return devices[0]


def test_a_device(make_host: MakeHost) -> None:
    """Identity, cores, neighbours and device number, each as the driver prints it."""
    host = make_host({**device(), **LIVE})

    assert (TRAINIUM,) == collect_devices(host)


def test_devices_come_by_number(make_host: MakeHost) -> None:
    """The tenth device is after the ninth, and the class's own attributes are no devices."""
    files = {path: text for index in (10, 9, 0) for path, text in device(index).items()}
    host = make_host({**files, f"{CLASS}/node_id_2": "-1\n", f"{CLASS}/ultraserver_mode": "\n", f"{CLASS}/neuron": ""})
    devices = collect_devices(host)

    assert isinstance(devices, tuple)
    assert [0, 9, 10] == [found.index for found in devices]


def test_a_class_without_devices(make_host: MakeHost) -> None:
    """The driver is loaded and found no device."""
    assert () == collect_devices(make_host({f"{CLASS}/node_id_2": "-1\n"}))


def test_no_class(make_host: MakeHost) -> None:
    """Without the class no driver is loaded, if somebody looked at classes at all."""
    assert collect_devices(make_host({"sys/class/net/lo": ""})) is None


def test_no_classes(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A tree without ``sys/class``, or a machine without ``/sys``, says nothing about devices."""
    assert NOT_COLLECTED == collect_devices(make_host({"sys/module/neuron/version": "2.26.5.0\n"}))
    assert NOT_COLLECTED == collect_live("sysfs", "collect_devices")


def test_what_firmware_did_not_answer(make_host: MakeHost) -> None:
    """An empty serial number is absent; an empty line of neighbours says that there are none."""
    found = only(
        collect_devices(make_host({**device(files={"serial_number": "\n", "connected_devices": "\n"}), **LIVE}))
    )

    assert found.serial_number is None
    assert () == found.connected_devices


def test_an_old_driver(make_host: MakeHost) -> None:
    """Drivers before 2.8 have no ``info`` and before 2.13 no neighbours: what is not there is absent."""
    found = only(collect_devices(make_host({f"{CLASS}/neuron0/dev": "243:0\n", **LIVE})))

    assert (
        NeuronDevice(
            index=0,
            device_name=None,
            arch_type=None,
            instance_family=None,
            serial_number=None,
            core_count=None,
            connected_devices=None,
            dev=(243, 0),
        )
        == found
    )


def test_cores_are_counted_where_their_number_is_secret(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Only root may read ``core_count`` and ``connected_devices`` before driver 2.28."""
    host = make_host({**device(cores=8), **LIVE})
    for name in ("core_count", "connected_devices"):
        Path(host.root, CLASS, "neuron0", name).chmod(0)

    with another_user():
        found = only(collect_devices(host))

    assert 8 == found.core_count
    assert PERMISSION == found.connected_devices


def test_a_secret_number_without_cores(make_host: MakeHost, another_user: AnotherUser) -> None:
    """While the driver registers a device its cores are not there yet: their number is not known, and not zero."""
    host = make_host({**device(cores=0), **LIVE})
    Path(host.root, CLASS, "neuron0/core_count").chmod(0)

    with another_user():
        found = only(collect_devices(host))

    assert PERMISSION == found.core_count


@pytest.mark.parametrize("state", ["coming\n", "going\n", "\0"])
def test_neighbours_are_not_read_before_the_driver_is_through(make_host: MakeHost, state: str) -> None:
    """Reading them while devices are registered can oops the kernel."""
    found = only(collect_devices(make_host({**device(), "sys/module/neuron/initstate": state})))

    assert Unread("driver not live") == found.connected_devices
    assert "Trainium1" == found.device_name


def test_neighbours_are_not_read_when_nobody_says_it_is_safe(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Without ``initstate`` the live machine is left alone; the files of a captured tree harm nobody."""
    captured = only(collect_devices(make_host(device())))
    live = only(collect_live("sysfs", "collect_devices"))

    assert (12, 3, 4, 1) == captured.connected_devices
    assert Unread("driver not live") == live.connected_devices


def test_reset_is_never_read(make_host: MakeHost, mocker: MockerFixture) -> None:
    """Not even when a file that is looked for by its name is missing."""
    host = make_host({**without(device(), "device_name", "serial_number"), **LIVE})
    read = mocker.spy(host, "read_bytes")
    collect_devices(host)
    paths = [call.args[0] for call in read.call_args_list]

    assert f"{CLASS}/neuron0/core_count" in paths
    assert [] == [path for path in paths if "reset" in path]


@pytest.mark.parametrize("place", ["device_name", "identity/device_name", "architecture/v2/device_name"])
def test_a_file_is_found_by_its_name(make_host: MakeHost, place: str) -> None:
    """Driver 2.31 moved nodes; what is below ``info`` is found wherever it went."""
    files = {**without(device(), "device_name"), f"{CLASS}/neuron0/info/{place}": "Trainium3\n", **LIVE}

    assert "Trainium3" == only(collect_devices(make_host(files))).device_name


def test_the_search_for_a_file_ends(make_host: MakeHost) -> None:
    """A directory that contains itself is not searched for ever."""
    host = make_host(
        {**without(device(), "serial_number"), **{f"{CLASS}/neuron0/info/x{n}/y": "" for n in range(100)}},
        {f"{CLASS}/neuron0/info/again": "."},
    )

    assert only(collect_devices(host)).serial_number is None


def test_links_from_the_class_are_followed(make_host: MakeHost) -> None:
    """In a real tree the class holds links to the devices."""
    files = {path.replace(CLASS, "sys/devices/virtual/neuron_device"): text for path, text in device(3).items()}
    host = make_host({**files, **LIVE}, {f"{CLASS}/neuron3": "../../devices/virtual/neuron_device/neuron3"})
    found = only(collect_devices(host))

    assert (3, "Trainium1", (246, 3)) == (found.index, found.device_name, found.dev)


@pytest.mark.parametrize(
    ("file", "text", "field", "reading"),
    [
        ("core_count", "two", "core_count", Unread("not a number: 'two'")),
        ("core_count", "-1", "core_count", Unread("not a number: '-1'")),
        ("dev", "246\n", "dev", Unread("not a device number: '246'")),
        ("connected_devices", "1;2\n", "connected_devices", Unread("not a list of devices: '1;2'")),
    ],
)
def test_nonsense_costs_only_its_field(make_host: MakeHost, file: str, text: str, field: str, reading: Unread) -> None:
    """The field says what stands in the file; the device, and those beside it, are read all the same."""
    host = make_host({**device(files={file: text}), **device(1), **LIVE})
    devices = collect_devices(host)

    assert isinstance(devices, tuple)
    assert (replace(TRAINIUM, **{field: reading}), replace(TRAINIUM, index=1, dev=(246, 1))) == devices


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12, 3, 4, 1\n", (12, 3, 4, 1)),
        ("1,2\n", (1, 2)),
        ("0", (0,)),
        ("\n", ()),
        ("", ()),
        ("\x07", Unread(r"not a list of devices: '\x07'")),
        ("1, 2, ", Unread("not a list of devices: '1, 2,'")),
        ("-1", Unread("not a list of devices: '-1'")),
        ("12 3", Unread("not a list of devices: '12 3'")),
    ],
)
def test_connected_devices(text: str, value: Reading[tuple[int, ...]]) -> None:
    """A list, an empty line, or the stray byte that a failed query leaves."""
    assert value == parse_connected_devices(text)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-1", -1), ("000017", 17)])
def test_numbers(text: str, value: int) -> None:
    assert value == parse_number(text, "here")


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1.0", "+1", "0x2", "²", "٣", "1e3", "9" * 5000])
def test_what_is_no_number(text: str) -> None:
    """Only what the kernel prints is a number, in no other script and of no other size."""
    with pytest.raises(CollectorError, match=r"^here: not a number"):
        parse_number(text, "here")


@pytest.mark.parametrize("text", ["", ":", "246", "246:", "246:0:1", "a:b", "-1:0"])
def test_what_is_no_device_number(text: str) -> None:
    assert Unread(f"not a device number: {text!r}") == parse_device_number(text)


@pytest.mark.parametrize(("text", "value"), [("8", 8), ("0", 0), ("99999", Unread("not a number: '99999'"))])
def test_numbers_of_cores(text: str, value: Reading[int]) -> None:
    assert value == parse_core_count(text)


@pytest.mark.parametrize("place", ["architecture/device_name", "identity/v4/device_name", "metrics/device_name"])
def test_identity_that_left_its_directory(make_host: MakeHost, place: str) -> None:
    """A node is known by its name wherever it is, but not when it is a core's, or the link to all devices."""
    files = {
        **without({**device(0), **device(1)}, "device_name"),
        f"{CLASS}/neuron0/{place}": "Trainium3\n",
        f"{CLASS}/neuron0/neuron_core0/{place}": "a core's\n",
        f"{CLASS}/neuron1/neuron_core0/{place}": "a core's\n",
    }
    links = {f"{CLASS}/neuron1/subsystem": "../../../class/neuron_device"}
    devices = collect_devices(make_host({**files, **LIVE}, links))

    assert isinstance(devices, tuple)
    assert ["Trainium3", None] == [found.device_name for found in devices]


def test_neighbours_that_left_their_place(make_host: MakeHost) -> None:
    """Neighbours are found by their name, too, and read only when it is safe."""
    files = {**without(device(), "connected_devices"), f"{CLASS}/neuron0/info/connected_devices": "1, 2\n"}
    live = only(collect_devices(make_host({**files, **LIVE})))
    coming = only(collect_devices(make_host({**files, "sys/module/neuron/initstate": "coming\n"})))

    assert (1, 2) == live.connected_devices
    assert Unread("driver not live") == coming.connected_devices


def test_the_first_tree(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Drivers 2.7 have everything in ``metrics``: the architecture and the cores are found there."""
    place = f"{CLASS}/neuron0"
    cores = {f"{place}/metrics/neuron_core{n}/status/success/total": "0\n" for n in range(4)}
    host = make_host({f"{place}/core_count": "4", f"{place}/metrics/arch_type": "v1\n", **cores, **LIVE})
    Path(host.root, place, "core_count").chmod(0)
    with another_user():
        found = only(collect_devices(host))

    assert ("v1", 4, None) == (found.arch_type, found.core_count, found.device_name)
