from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from neuron_collectors.facts import NOT_COLLECTED, PERMISSION, Image
from neuron_collectors.image import collect_image, parse_banner

from .conftest import AnotherUser, CollectLive, MakeHost

RULE = "=" * 77


def banner(name: str) -> str:
    """Return what a Deep Learning AMI greets with."""
    logo = [r"       __|  __|_  )", f"       _|  (     /   {name}", r"      ___|\___|___|"]
    return "\n".join([RULE, *logo, RULE, ""])


UBUNTU = "Deep Learning AMI Neuron (Ubuntu 24.04)"
AMAZON = "Deep Learning Base Neuron AMI (Amazon Linux 2023)"


def dlami(name: str | None, source: str, version: str | None = None) -> Image:
    return Image(kind="dlami", name=name, version=version, source=source)


@pytest.mark.parametrize(
    ("files", "image"),
    [
        ({"etc/motd": banner(AMAZON)}, dlami(AMAZON, "/etc/motd")),
        ({"run/motd.dynamic": banner(UBUNTU)}, dlami(UBUNTU, "/run/motd.dynamic")),
        ({"usr/lib/motd.d/30-banner": banner(AMAZON)}, dlami(AMAZON, "/usr/lib/motd.d/30-banner")),
        (
            {"etc/update-motd.d/00-header": f"#!/bin/sh\ncat << 'EOF'\n{banner(UBUNTU)}\nEOF\n"},
            dlami(UBUNTU, "/etc/update-motd.d/00-header"),
        ),
        (
            {
                "etc/update-motd.d/00-header": banner("Deep Learning Base Neuron AMI (Ubuntu 20.04)"),
                "etc/update-motd.d/10-help-text": "#!/bin/sh\n",
                "etc/update-motd.d/20-framework": banner("Deep Learning AMI Neuron PyTorch 1.13 (Ubuntu 20.04)"),
                "etc/update-motd.d/50-motd-news": "#!/bin/sh\n",
            },
            dlami("Deep Learning AMI Neuron PyTorch 1.13 (Ubuntu 20.04)", "/etc/update-motd.d/20-framework"),
        ),
        ({"opt/aws/dlami/info/reports.txt": ""}, dlami(None, "/opt/aws/dlami/info")),
        (
            {"usr/local/bin/deep_learning_container.py": ""},
            Image(kind="dlc", name=None, version=None, source="/usr/local/bin/deep_learning_container.py"),
        ),
    ],
)
def test_marks(make_host: MakeHost, files: Mapping[str, str], image: Image) -> None:
    """Each place is enough; an image for one framework is named last, as it is built on the base."""
    assert image == collect_image(make_host(files))


def test_a_greeting_by_way_of_a_link(make_host: MakeHost) -> None:
    """In Amazon Linux 2 ``/etc/motd`` is a link to what update-motd has put together."""
    host = make_host({"var/lib/update-motd/motd": banner(AMAZON)}, {"etc/motd": "/var/lib/update-motd/motd"})

    assert dlami(AMAZON, "/etc/motd") == collect_image(host)


def test_another_image(make_host: MakeHost) -> None:
    """Plain Amazon Linux has the logo, too, and a name of its own; a tree that has both places has looked."""
    files = {"etc/motd": banner("Amazon Linux 2 AMI"), "usr/local/bin": None}

    assert collect_image(make_host(files)) is None
    assert collect_image(make_host({"usr/local/bin/x": ""})) is None


def test_nobody_looked(make_host: MakeHost) -> None:
    """A tree that lacks one kind of mark's place cannot say that there is none."""
    assert NOT_COLLECTED == collect_image(make_host({"usr/local/bin/x": ""}))


def test_a_machine_of_no_image(collect_live: CollectLive) -> None:
    """The live machine is always looked at."""
    assert collect_live("image", "collect_image") is None


def test_an_unreadable_greeting(make_host: MakeHost, another_user: AnotherUser) -> None:
    """A hardened host keeps its scripts to root: what they print is not known, but a later place may tell."""
    host = make_host({"etc/update-motd.d/00-header": banner(UBUNTU), "usr/local/bin/x": ""})
    Path(host.root, "etc/update-motd.d/00-header").chmod(0)

    with another_user():
        assert PERMISSION == collect_image(host)
    Path(host.root, "opt/aws/dlami/info").mkdir(parents=True)
    with another_user():
        assert Image(kind="dlami", name=PERMISSION, version=PERMISSION, source="/opt/aws/dlami/info") == collect_image(
            host
        )


def test_an_unreadable_script_beside_a_banner(make_host: MakeHost, another_user: AnotherUser) -> None:
    """What was found stays found."""
    host = make_host({"etc/update-motd.d/00-header": banner(UBUNTU), "etc/update-motd.d/90-more": "#!/bin/sh\n"})
    Path(host.root, "etc/update-motd.d/90-more").chmod(0)

    with another_user():
        assert dlami(UBUNTU, "/etc/update-motd.d/00-header") == collect_image(host)


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("", None),
        ("Deep Learning AMI Neuron (Ubuntu 24.04)", None),
        (banner(""), None),
        (banner("Deep Learning AMI Neuron ($RELEASE)"), None),
        (banner("\x1b[1mDeep Learning AMI Neuron (Ubuntu 24.04)\x1b[0m"), None),
        (banner("Deep Learning AMI Neuron\x1b[0m (Ubuntu 24.04)"), None),
        (banner(f"Deep Learning {'x' * 200}"), None),
        (
            banner("Deep Learning AMI (Ubuntu 18.04) Version 40.0"),
            dlami("Deep Learning AMI (Ubuntu 18.04)", "/x", "40.0"),
        ),
        (banner("Deep Learning AMI (Ubuntu 18.04) Version 59"), dlami("Deep Learning AMI (Ubuntu 18.04)", "/x", "59")),
        (banner("Deep Learning AMI 10.0 (Ubuntu)"), dlami("Deep Learning AMI 10.0 (Ubuntu)", "/x")),
        (banner("Deep Learning Base AMI (Ubuntu 18.04)") + banner(UBUNTU), dlami(UBUNTU, "/x")),
        (banner(UBUNTU).replace("\n", "\r\n"), dlami(UBUNTU, "/x")),
        (f"\0\ufffd{banner(UBUNTU)}", dlami(UBUNTU, "/x")),
    ],
)
def test_banners(text: str, image: Image | None) -> None:
    """Of ten years of banners the name is after the second line of the logo; what a shell would fill in is none."""
    assert image == parse_banner(text, "x")
