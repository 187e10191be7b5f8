from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neuron_collectors.device_health import collect_device_health, parse_heartbeat, parse_unhealthy_components
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, DeviceHealth, Reading, Unread

from .conftest import AnotherUser, CollectLive, MakeHost
from .sysfs_devices import CLASS, FILES_2_7, FILES_2_26, FILES_MOVED, device

NOTHING: Any = DeviceHealth(
    index=0,
    sram_ecc_corrected=None,
    sram_ecc_uncorrected=None,
    mem_ecc_corrected=None,
    mem_ecc_uncorrected=None,
    mem_ecc_repairable_uncorrected=None,
    hbm_ecc_err_count=None,
    repairable_hbm_ecc_err_count=None,
    sram_ecc_err_count=None,
    hw_error_event=None,
    unhealthy_components=None,
    healthcheck_heartbeat=None,
)
FILES_2_28 = {
    **FILES_2_26,
    "health_status/hbm_ecc_err_count": "1\n",
    "health_status/repairable_hbm_ecc_err_count": "2\n",
    "health_status/sram_ecc_err_count": "3\n",
    "health_status/hw_error_event": "0\n",
}
FILES_2_30 = {
    **FILES_2_26,
    "stats/hardware/sram_ecc_corrected": "8\n",
    "stats/hardware/mem_ecc_corrected": "9\n",
    "health_status/hw_error_event": "0\n",
    "health_status/unhealthy_components": "\n",
    "health_status/healthcheck_heartbeat": "4711\n",
}
ECC = {"sram_ecc_uncorrected": 7, "mem_ecc_uncorrected": 5, "mem_ecc_repairable_uncorrected": 1}
HEALTHS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "2.7": (FILES_2_7, {}),
    "2.14": ({"stats/hardware/sram_ecc_uncorrected": "0\n"}, {"sram_ecc_uncorrected": 0}),
    "2.26": (FILES_2_26, ECC),
    "2.28": (
        FILES_2_28,
        {
            **ECC,
            "hbm_ecc_err_count": 1,
            "repairable_hbm_ecc_err_count": 2,
            "sram_ecc_err_count": 3,
            "hw_error_event": "0",
        },
    ),
    "2.30": (
        FILES_2_30,
        {
            **ECC,
            "sram_ecc_corrected": 8,
            "mem_ecc_corrected": 9,
            "hw_error_event": "0",
            "unhealthy_components": (),
            "healthcheck_heartbeat": 4711,
        },
    ),
    "moved": (
        FILES_MOVED,
        {"sram_ecc_uncorrected": 7, "mem_ecc_uncorrected": 5, "unhealthy_components": ("hbm", "link_efa")},
    ),
    "at the top": ({"mem_ecc_uncorrected": "5\n"}, {"mem_ecc_uncorrected": 5}),
}


@pytest.mark.parametrize("driver", HEALTHS)
def test_every_layout(make_host: MakeHost, driver: str) -> None:
    """Each driver has more of the files; they are found elsewhere, too, on every device."""
    files, values = HEALTHS[driver]
    host = make_host({**device(0, files=files), **device(1, files=files)})

    assert (replace(NOTHING, **values), replace(NOTHING, index=1, **values)) == collect_device_health(host)


def test_an_incomplete_first_device_hides_nothing_of_the_next(make_host: MakeHost) -> None:
    """Where the first device does not show a file, the others are asked where drivers have it."""
    host = make_host({**device(0, files={"dev": "246:0\n"}), **device(1, files=FILES_2_28)})

    assert (NOTHING, replace(NOTHING, index=1, **HEALTHS["2.28"][1])) == collect_device_health(host)


def test_a_file_of_a_core_is_not_of_the_device(make_host: MakeHost) -> None:
    """What a core may count one day does not stand for the device."""
    host = make_host(device(files={"dev": "246:0\n"}, core={"stats/hardware/mem_ecc_uncorrected": "5\n"}))

    assert (NOTHING,) == collect_device_health(host)


def test_nonsense_costs_only_its_field(make_host: MakeHost) -> None:
    """A field that makes no sense says what stands in the file."""
    files = {**FILES_2_30, "stats/hardware/mem_ecc_uncorrected": "\n", "health_status/healthcheck_heartbeat": "old\n"}
    expected = replace(
        NOTHING,
        **{
            **HEALTHS["2.30"][1],
            "mem_ecc_uncorrected": Unread("not a number: ''"),
            "healthcheck_heartbeat": Unread("not a number: 'old'"),
        },
    )

    assert (expected,) == collect_device_health(make_host(device(files=files)))


def test_what_this_user_may_not_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A closed file, directory or device is unread, and never zero errors."""
    host = make_host({**device(0, files=FILES_2_30), **device(1), **device(2)})
    Path(host.root, CLASS, "neuron0/stats/hardware/mem_ecc_uncorrected").chmod(0)
    Path(host.root, CLASS, "neuron1/stats/hardware").chmod(0)
    Path(host.root, CLASS, "neuron2").chmod(0)
    with another_user():
        devices = collect_device_health(host)

    ecc = dict.fromkeys((*ECC, "sram_ecc_corrected", "mem_ecc_corrected"), PERMISSION)
    everything = {name: PERMISSION for name in NOTHING.__dataclass_fields__ if name != "index"}
    assert (
        replace(NOTHING, **{**HEALTHS["2.30"][1], "mem_ecc_uncorrected": PERMISSION}),
        replace(NOTHING, index=1, **ecc),
        replace(NOTHING, index=2, **everything),
    ) == devices


def test_no_driver(make_host: MakeHost, collect_live: CollectLive) -> None:
    """Without the class no driver is loaded, if somebody looked at classes at all."""
    assert NOT_COLLECTED == collect_live("device_health", "collect_device_health")
    assert collect_device_health(make_host({"sys/class/net/lo": ""})) is None


def test_a_device_that_goes_away(make_host: MakeHost) -> None:
    """A link that leads nowhere any more is a device of which nothing is known, not a failure."""
    host = make_host({f"{CLASS}/node_id_2": ""}, {f"{CLASS}/neuron0": "../gone"})

    assert (NOTHING,) == collect_device_health(host)


def test_the_live_machine(collect_live: CollectLive) -> None:
    """On the running machine the same tree says the same."""
    expected = (replace(NOTHING, **HEALTHS["2.30"][1]),)

    assert expected == collect_live("device_health", "collect_device_health", device(files=FILES_2_30))


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"\n", ()),
        (b"", Unread("not a list of components: ''")),
        (b"hbm\n", ("hbm",)),
        (b"hbm,sram,link_intraserver\n", ("hbm", "sram", "link_intraserver")),
        (b"hbm, axi_fabric", ("hbm", "axi_fabric")),
        (b"device_unreachable\n", Unread("device_unreachable")),
        (b"Hbm\n", Unread("not a list of components: 'Hbm'")),
        (b"hbm,\n", Unread("not a list of components: 'hbm,'")),
        (b"\xff" * 100, Unread("not a list of components: '" + "�" * 40 + "'")),
        (None, None),
        (PERMISSION, PERMISSION),
    ],
)
def test_unhealthy_components(content: Reading[bytes], value: Reading[tuple[str, ...]]) -> None:
    """An empty line means that all are healthy; a file without a byte, and a device without an answer, do not."""
    assert value == parse_unhealthy_components(content)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"4711\n", 4711),
        (b"0\n", 0),
        (b"device_unreachable\n", Unread("device_unreachable")),
        (b"device_unreachable", Unread("device_unreachable")),
        (b"-1\n", Unread("not a number: '-1'")),
        (None, None),
    ],
)
def test_heartbeat(content: Reading[bytes], value: Reading[int]) -> None:
    assert value == parse_heartbeat(content)
