from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.dmi import collect_instance, parse_instance_id, parse_instance_type
from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Instance
from neuron_collectors.host import CollectorError

from .conftest import AnotherUser, CollectLive, MakeHost

ID = "sys/devices/virtual/dmi/id"
FILES = {
    f"{ID}/sys_vendor": "Amazon EC2\n",
    f"{ID}/product_name": "trn2.48xlarge\n",
    f"{ID}/board_asset_tag": "i-0123456789abcdef0\n",
}


def test_an_instance(make_host: MakeHost) -> None:
    """Type and id, as the firmware of an EC2 instance has them."""
    assert Instance(instance_type="trn2.48xlarge", instance_id="i-0123456789abcdef0") == collect_instance(
        make_host(FILES)
    )


def test_the_class_leads_there_too(make_host: MakeHost) -> None:
    """A tree that was captured by way of ``/sys/class`` only."""
    host = make_host({path.replace(ID, "sys/class/dmi/id"): text for path, text in FILES.items()})

    assert Instance(instance_type="trn2.48xlarge", instance_id="i-0123456789abcdef0") == collect_instance(host)


@pytest.mark.parametrize("name", ["board_vendor", "bios_vendor"])
def test_any_vendor_may_be_amazon(make_host: MakeHost, name: str) -> None:
    """One of the three vendors is enough."""
    files = {**FILES, f"{ID}/{name}": FILES[f"{ID}/sys_vendor"]}
    del files[f"{ID}/sys_vendor"]
    found = collect_instance(make_host(files))

    assert isinstance(found, Instance)
    assert "trn2.48xlarge" == found.instance_type


def test_a_machine_elsewhere(make_host: MakeHost) -> None:
    """A product name is an instance type in EC2 only."""
    host = make_host({f"{ID}/sys_vendor": "Dell Inc.\n", f"{ID}/product_name": "PowerEdge R760\n"})

    assert Instance(instance_type=None, instance_id=None) == collect_instance(host)


def test_a_machine_without_dmi(make_host: MakeHost, collect_live: CollectLive) -> None:
    """On the live machine there is none; a tree that lacks it did not collect it; an empty directory has nothing."""
    assert NOT_COLLECTED == collect_instance(make_host({"sys/class/net/lo": ""}))
    assert collect_live("dmi", "collect_instance") is None
    assert collect_instance(make_host({ID: None})) is None


def test_what_is_not_readable(make_host: MakeHost, another_user: AnotherUser) -> None:
    """An unreadable name is unread; an unreadable vendor leaves open whether this is EC2."""
    host = make_host(FILES)
    Path(host.root, ID, "product_name").chmod(0)
    with another_user():
        name = collect_instance(host)
    Path(host.root, ID, "sys_vendor").chmod(0)
    with another_user():
        vendor = collect_instance(host)
    Path(host.root, ID).chmod(0)
    with another_user():
        directory = collect_instance(host)

    assert Instance(instance_type=PERMISSION, instance_id="i-0123456789abcdef0") == name
    assert Instance(instance_type=PERMISSION, instance_id=PERMISSION) == vendor
    assert PERMISSION == directory


def test_an_instance_without_a_name(make_host: MakeHost) -> None:
    """What the firmware leaves out is absent."""
    host = make_host({f"{ID}/sys_vendor": "Amazon EC2\n", f"{ID}/board_asset_tag": "\n"})

    assert Instance(instance_type=None, instance_id=None) == collect_instance(host)


@pytest.mark.parametrize("text", ["inf1.xlarge", "trn1n.32xlarge", "trn2u.48xlarge", "c5.metal", "u-6tb1.112xlarge"])
def test_instance_types(text: str) -> None:
    assert text == parse_instance_type(text, "here")


@pytest.mark.parametrize("text", ["", "HVM domU", "trn1", "Trn1.2xlarge", "trn1.2xlarge ", "\ufffd\ufffd", "a" * 300])
def test_what_is_no_instance_type(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^here: not an instance type: '"):
        parse_instance_type(text, "here")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("i-0123456789abcdef0", "i-0123456789abcdef0"),
        ("i-1a2b3c4d", "i-1a2b3c4d"),
        ("Amazon EC2", None),
        ("i-", None),
        ("Default string", None),
    ],
)
def test_instance_ids(text: str, value: str | None) -> None:
    """Long and short ids; anything else is none."""
    assert value == parse_instance_id(text)
