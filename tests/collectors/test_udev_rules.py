from __future__ import annotations

from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Reading, UdevRule, Unread
from neuron_collectors.udev_rules import collect_udev_rules, parse_rules

from .conftest import AnotherUser, CollectLive, MakeHost

PACKAGES = 'KERNEL=="neuron*", MODE="0666"'
GROUPS = 'SUBSYSTEM=="neuron*", KERNEL=="neuron*", GROUP="neuron", MODE="0660"'


def test_the_packages_rule(make_host: MakeHost) -> None:
    """The rule that the driver's package writes makes the nodes everybody's."""
    host = make_host(
        {"usr/lib/udev/rules.d/neuron-udev.rules": f"{PACKAGES}\n", "usr/lib/udev/rules.d/60-block.rules": "# x\n"},
        {"lib": "usr/lib"},
    )

    assert (
        UdevRule(path="/usr/lib/udev/rules.d/neuron-udev.rules", text=PACKAGES, mode=0o666, group=None, owner=None),
    ) == collect_udev_rules(host)


def test_rules_count_in_the_order_of_their_files(make_host: MakeHost) -> None:
    """Names decide, not directories; a file in ``/etc`` hides the one of the same name."""
    host = make_host(
        {
            "etc/udev/rules.d/10-neuron.rules": f"{GROUPS}\n",
            "lib/udev/rules.d/neuron-udev.rules": f"{PACKAGES}\n",
            "etc/udev/rules.d/99-neuron.rules": "",
            "lib/udev/rules.d/99-neuron.rules": f"{PACKAGES}\n",
        }
    )
    rules = collect_udev_rules(host)

    assert isinstance(rules, tuple)
    assert [
        ("/etc/udev/rules.d/10-neuron.rules", 0o660, "neuron"),
        ("/lib/udev/rules.d/neuron-udev.rules", 0o666, None),
    ] == [(rule.path, rule.mode, rule.group) for rule in rules]


def test_a_rule_that_is_switched_off(make_host: MakeHost) -> None:
    host = make_host(
        {"usr/lib/udev/rules.d/neuron-udev.rules": f"{PACKAGES}\n"},
        {"etc/udev/rules.d/neuron-udev.rules": "/dev/null"},
    )

    assert () == collect_udev_rules(host)


def test_no_rules(make_host: MakeHost, collect_live: CollectLive) -> None:
    """A machine without rules has none; a tree without their directories was not looked at."""
    assert NOT_COLLECTED == collect_udev_rules(make_host({"proc/version": "x", "etc/udev/rules.d/x.rules": ""}))
    assert () == collect_live("udev_rules", "collect_udev_rules", {"etc/hostname": "x"})


def test_what_may_not_be_read(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A closed file, and a closed directory, may hold a rule of ours."""
    host = make_host({"etc/udev/rules.d/x.rules": PACKAGES, "lib/udev/rules.d/y.rules": PACKAGES})
    Path(host.root, "etc/udev/rules.d/x.rules").chmod(0)
    Path(host.root, "lib/udev/rules.d").chmod(0)
    with another_user():
        rules = collect_udev_rules(host)

    assert (closed("/lib/udev/rules.d"), closed("/etc/udev/rules.d/x.rules")) == rules


def closed(path: str) -> UdevRule:
    return UdevRule(path=path, text=PERMISSION, mode=PERMISSION, group=PERMISSION, owner=PERMISSION)


@pytest.mark.parametrize(
    ("text", "mode", "group", "owner"),
    [
        (PACKAGES, 0o666, None, None),
        (GROUPS, 0o660, "neuron", None),
        ('KERNEL=="neuron[0-9]*", OWNER:="root", GROUP:="ml", MODE:="660"', 0o660, "ml", "root"),
        ('SUBSYSTEM=="neuron_device", \\\n  MODE="0666"', 0o666, None, None),
        ('KERNEL=="neuron*", TAG+="uaccess"', None, None, None),
        ('KERNEL=="neuron*", MODE="rw"', Unread("not a mode: 'rw'"), None, None),
        ('KERNEL==e"neuron*", MODE="0600", MODE="0666"', 0o666, None, None),
    ],
)
def test_rules(text: str, mode: Reading[int], group: str | None, owner: str | None) -> None:
    """What a rule assigns; the last assignment of a key counts."""
    (rule,) = parse_rules(text, "x.rules")

    assert (mode, group, owner) == (rule.mode, rule.group, rule.owner)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '# KERNEL=="neuron*", MODE="0666"',
        'KERNEL=="nvme*", RUN+="/usr/bin/neuron-ls"',
        'KERNEL!="neuron*", GOTO="end"',
        "neuron",
        'KERNEL=="neuron',
        '"neuron"',
    ],
)
def test_what_is_no_rule_of_ours(text: str) -> None:
    assert () == parse_rules(text, "x.rules")
