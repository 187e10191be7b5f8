"""The EC2 instance, from what its firmware says of itself in ``/sys/devices/virtual/dmi/id``."""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, Instance, Reading, Unread
from .host import CollectorError, Host

_PLACES = ("sys/devices/virtual/dmi/id", "sys/class/dmi/id")
_VENDOR = "Amazon EC2"
_INSTANCE_TYPE = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*")
_INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")


def collect_instance(host: Host) -> Reading[Instance]:
    """Return the EC2 instance; `None` when the machine has no DMI data. Elsewhere than in EC2 it has no type."""
    for place in _PLACES:
        names = host.list_directory(place)
        if isinstance(names, Unread):
            return names
        if names:
            return read_instance(host, place)
    captured = host.live or host.stat(_PLACES[0]) is not None
    return None if captured else NOT_COLLECTED


def read_instance(host: Host, place: str) -> Instance:
    """Read the DMI directory *place*."""
    in_ec2 = _is_in_ec2(host, place)
    if in_ec2 is not True:
        nothing = None if in_ec2 is False else in_ec2
        return Instance(instance_type=nothing, instance_id=nothing)
    product = host.read_line(f"{place}/product_name")
    asset = host.read_line(f"{place}/board_asset_tag")
    return Instance(
        instance_type=parse_instance_type(product, f"{place}/product_name") if isinstance(product, str) else product,
        instance_id=parse_instance_id(asset) if isinstance(asset, str) else asset,
    )


def parse_instance_type(text: str, source: str) -> str:
    """
    Parse ``product_name`` of an EC2 instance, in the file *source*.

    .. code-block:: text

        trn2.48xlarge
    """
    if not _INSTANCE_TYPE.fullmatch(text):
        raise CollectorError(f"{source}: not an instance type: {text[:40]!r}")
    return text


def parse_instance_id(text: str) -> str | None:
    """
    Parse ``board_asset_tag`` of an EC2 instance; `None` when it holds no instance id.

    .. code-block:: text

        i-0123456789abcdef0
    """
    return text if _INSTANCE_ID.fullmatch(text) else None


def _is_in_ec2(host: Host, place: str) -> bool | Unread:
    """Tell whether a vendor's name is Amazon EC2; `Unread` when one that could have said so was not readable."""
    unread = None
    for name in ("sys_vendor", "board_vendor", "bios_vendor"):
        vendor = host.read_line(f"{place}/{name}")
        if vendor == _VENDOR:
            return True
        if isinstance(vendor, Unread):
            unread = vendor
    return unread or False
