from __future__ import annotations

import pytest
from tests.stand_in_module import FIELDS, elf_file, module_file

from neuron_collectors.host import CollectorError
from neuron_collectors.modinfo import parse_modinfo, parse_module, parse_section

PRINTED = """\
filename:       /lib/modules/6.8.0-1021-aws/updates/dkms/neuron.ko.zst
alias:          pci:v00001d0fd00007064sv*sd*bc*sc*i*
version:        2.26.5.0
description:    Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c
depends:       \x20
vermagic:       6.8.0-1021-aws SMP preempt mod_unload modversions\x20
sig_id:         PKCS#7
signature:      5A:12:00:
		FF:FF:FF
parm:           no_reset:int
parm:           wc_enable:int
"""


def test_what_modinfo_prints() -> None:
    """Of a key that comes twice the first counts, and a value may be empty or hold colons."""
    assert {
        "filename": "/lib/modules/6.8.0-1021-aws/updates/dkms/neuron.ko.zst",
        "alias": "pci:v00001d0fd00007064sv*sd*bc*sc*i*",
        "version": "2.26.5.0",
        "description": "Neuron Driver, built from SHA: 6670442319042643165ab7986e5184496ea4407c",
        "depends": "",
        "vermagic": "6.8.0-1021-aws SMP preempt mod_unload modversions",
        "sig_id": "PKCS#7",
        "signature": "5A:12:00:",
        "parm": "no_reset:int",
    } == parse_modinfo(PRINTED)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("version=2.x.7693.0", {"version": "2.x.7693.0"}),
        ("version:        1.0\nnoise\n", {"version": "1.0"}),
        ("depends:", {"depends": ""}),
        ("depends=", {"depends": ""}),
    ],
)
def test_forms_of_a_field(text: str, fields: dict[str, str]) -> None:
    assert fields == parse_modinfo(text)


@pytest.mark.parametrize("text", ["", "\n", "modinfo\n", "<html>\n<p>a: b</p>", "\t: x"])
def test_what_modinfo_does_not_print(text: str) -> None:
    with pytest.raises(CollectorError, match=r"^modinfo: no fields: '"):
        parse_modinfo(text)


def test_the_section_of_a_module_file() -> None:
    """The fields stand in the file with a zero byte behind each."""
    fields = parse_module(module_file(), "neuron.ko")

    assert {key: value.strip() for key, value in FIELDS.items()} == fields


def test_a_file_that_is_no_module() -> None:
    """An ELF file without the section has nothing to say; one with junk in it is damaged."""
    assert parse_module(elf_file({".text": b""}), "libnrt.so") is None
    with pytest.raises(CollectorError, match=r"^neuron\.ko: \.modinfo: no fields: '\\x01"):
        parse_module(elf_file({".modinfo": b"\x01\x02\0\xff"}), "neuron.ko")


def test_values_of_any_bytes() -> None:
    """What is not UTF-8 is replaced, and a line break belongs to its value."""
    assert {"author": "caf\ufffd", "description": "a\nb"} == parse_section(
        b"author=caf\xe9\0description=a\nb\0\0", "neuron.ko"
    )
