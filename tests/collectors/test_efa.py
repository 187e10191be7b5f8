from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from neuron_collectors.efa import collect_efa, parse_installed_packages
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Efa, EfaDevice, Unread
from neuron_collectors.host import CollectorError

from .conftest import AnotherUser, CollectLive, MakeHost

CLASS = "sys/class/infiniband"
PACKAGES = """\
# EFA installer version: 1.47.0
# Debug packages installed: no
# Packages installed:
efa-config_1.18_all efa-profile_1.7_all libfabric1-aws_2.4.0amzn3.0_amd64
"""
INSTALLED = ("efa-config_1.18_all", "efa-profile_1.7_all", "libfabric1-aws_2.4.0amzn3.0_amd64")


def adapter(
    name: str, address: str, device: str = "0xefa1", vendor: str = "0x1d0f", **files: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return files and links of one RDMA device and its PCI function."""
    function = f"sys/devices/pci0000:a0/{address}"
    more = {f"{function}/{file}": text for file, text in files.items()}
    return (
        {
            f"{function}/vendor": f"{vendor}\n",
            f"{function}/device": f"{device}\n",
            f"{function}/infiniband/{name}/node_type": "7: unspecified\n",
            **more,
        },
        {
            f"{CLASS}/{name}": f"../../devices/pci0000:a0/{address}/infiniband/{name}",
            f"{function}/infiniband/{name}/device": f"../../../{address}",
        },
    )


DEVICE = EfaDevice(
    name="rdmap160s26",
    pci_address="0000:a0:1a.0",
    device_id="0xefa1",
    numa_node=1,
    node_type="7: unspecified",
    peer_memory="NEURON",
)
FILES, LINKS = adapter("rdmap160s26", "0000:a0:1a.0", numa_node="1\n", p2p="NEURON\n")
WHOLE = {
    **FILES,
    "sys/module/efa/version": "2.17.3g\n",
    "dev/infiniband/uverbs0": "",
    "dev/infiniband/rdma_cm": "",
    "opt/amazon/efa_installed_packages": PACKAGES,
}
EFA = Efa(
    devices=(DEVICE,),
    nodes=("uverbs0",),
    driver_loaded=True,
    driver_version="2.17.3g",
    installer_version="1.47.0",
    installed_packages=INSTALLED,
)


def test_a_host_with_efa(make_host: MakeHost) -> None:
    """Adapter, nodes, driver and software, each as its own source shows it."""
    assert EFA == collect_efa(make_host(WHOLE, LINKS))


def test_other_rdma_devices_do_not_count(make_host: MakeHost) -> None:
    """Neither another vendor's nor a device of Amazon's that is not EFA; adapters come by name."""
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    for found in (
        adapter("rdmap9s0", "0000:09:00.0", "0xefa2"),
        adapter("mlx5_0", "0000:05:00.0", vendor="0x15b3"),
        adapter("rdmap144s27", "0000:90:1b.0"),
        adapter("other", "0000:06:00.0", "0xec20"),
    ):
        files.update(found[0])
        links.update(found[1])
    efa = collect_efa(make_host(files, links))

    assert isinstance(efa, Efa)
    assert isinstance(efa.devices, tuple)
    assert [("rdmap144s27", "0xefa1"), ("rdmap9s0", "0xefa2")] == [(d.name, d.device_id) for d in efa.devices]


def test_an_adapter_of_an_old_driver(make_host: MakeHost) -> None:
    """An empty line stands for no peer, and a kernel without NUMA says -1: the adapter is there all the same."""
    files, links = adapter("rdmap0s6", "0000:00:06.0", numa_node="-1\n", p2p="\n")
    efa = collect_efa(make_host(files, links))

    assert isinstance(efa, Efa)
    assert (
        replace(DEVICE, name="rdmap0s6", pci_address="0000:00:06.0", numa_node=None, peer_memory=None),
    ) == efa.devices


def test_nonsense_in_an_adapter_costs_one_field(make_host: MakeHost) -> None:
    files, links = adapter("rdmap0s6", "0000:00:06.0", numa_node="none\n")
    efa = collect_efa(make_host(files, links))

    assert isinstance(efa, Efa)
    assert isinstance(efa.devices, tuple)
    assert Unread(f"{CLASS}/rdmap0s6/device/numa_node: not a number: 'none'") == efa.devices[0].numa_node


def test_the_kernels_own_driver(make_host: MakeHost) -> None:
    """It is loaded and has no version."""
    efa = collect_efa(make_host({"sys/module/efa/initstate": "live\n"}))

    assert isinstance(efa, Efa)
    assert (True, None) == (efa.driver_loaded, efa.driver_version)


@pytest.mark.parametrize(
    ("module", "told"),
    [("efa 110592 2 - Live 0x0000\n", (True, NOT_COLLECTED)), ("efa_nv_peermem 1 0 - Live 0x0\n", (False, None))],
)
def test_the_list_of_modules(make_host: MakeHost, module: str, told: tuple[object, object]) -> None:
    """A capture without ``/sys/module/efa`` may have the list, which tells whether, but not which version."""
    efa = collect_efa(make_host({"proc/modules": f"neuron 385024 0 - Live 0x0 (OE)\n{module}"}))

    assert isinstance(efa, Efa)
    assert told == (efa.driver_loaded, efa.driver_version)


def test_a_host_without_efa(collect_live: CollectLive) -> None:
    """On the live machine everything was looked for."""
    assert collect_live("efa", "collect_efa") is None
    assert collect_live("efa", "collect_efa", {"proc/modules": "neuron 1 0 - Live 0x0\n"}) is None


def test_software_without_an_adapter(collect_live: CollectLive) -> None:
    """An image comes with the software; the instance has no adapter."""
    efa = collect_live("efa", "collect_efa", {"opt/amazon/efa_installed_packages": PACKAGES})

    assert (
        Efa(
            devices=(),
            nodes=(),
            driver_loaded=False,
            driver_version=None,
            installer_version="1.47.0",
            installed_packages=INSTALLED,
        )
        == efa
    )


def test_a_captured_tree_without_it(make_host: MakeHost) -> None:
    """A tree of other classes and modules says nothing of these."""
    host = make_host({"sys/class/neuron_device/x": "", "sys/module/neuron/version": "2.26.5.0\n", "opt/x": ""})

    assert NOT_COLLECTED == collect_efa(host)


def test_a_tree_where_the_installer_would_have_left_its_file(make_host: MakeHost) -> None:
    efa = collect_efa(make_host({**FILES, "opt/amazon/x": ""}, LINKS))

    assert isinstance(efa, Efa)
    assert (None, None) == (efa.installer_version, efa.installed_packages)
    assert (NOT_COLLECTED, NOT_COLLECTED) == (efa.driver_loaded, efa.nodes)


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """Each source costs only itself."""
    host = make_host(WHOLE, LINKS)
    for path in ("sys/module/efa/version", "opt/amazon/efa_installed_packages", "dev/infiniband"):
        Path(host.root, path).chmod(0)

    with another_user():
        efa = collect_efa(host)

    assert (
        replace(
            EFA,
            nodes=PERMISSION,
            driver_version=PERMISSION,
            installer_version=PERMISSION,
            installed_packages=PERMISSION,
        )
        == efa
    )


def test_a_file_of_packages_that_makes_no_sense(make_host: MakeHost) -> None:
    """It costs what it would have told, and no adapter."""
    why = Unread("opt/amazon/efa_installed_packages: no version: 'junk'")
    host = make_host({**WHOLE, "opt/amazon/efa_installed_packages": "junk"}, LINKS)

    assert replace(EFA, installer_version=why, installed_packages=why) == collect_efa(host)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PACKAGES, ("1.47.0", INSTALLED)),
        ("# EFA installer version: 1.5.4\n", ("1.5.4", ())),
        ("# EFA installer version: 1.50.0", ("1.50.0", ())),
        (
            "# EFA installer version: 1.21.0\n# Debug packages installed: yes\nefa-2.1.0-1.amzn2.noarch\nrdma-core\n",
            ("1.21.0", ("efa-2.1.0-1.amzn2.noarch", "rdma-core")),
        ),
    ],
)
def test_installed_packages(text: str, found: tuple[str, tuple[str, ...]]) -> None:
    assert found == parse_installed_packages(text)


@pytest.mark.parametrize(
    "text", ["", "\n", "EFA installer version: 1.2\n", "# EFA installer version:\n1.47.0", "\0" * 99]
)
def test_nonsense_is_named(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^opt/amazon/efa_installed_packages: no version: '"):
        parse_installed_packages(text)
