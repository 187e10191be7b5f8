"""
The AWS image that the root file system was made from.

A Deep Learning AMI greets who logs in with its name; the copies of that text are read, and the scripts that print it.
A Neuron Deep Learning Container carries its name outside, in a tag and labels; inside, the images of SDK 2.18 to 2.32
have one program in common (Dockerfiles of aws-neuron/deep-learning-containers).
"""

from __future__ import annotations

import re

from .facts import NOT_COLLECTED, Image, Reading, Unread
from .host import Host, Stat

_CONTAINER = "usr/local/bin/deep_learning_container.py"
_REPORTS = "opt/aws/dlami/info"  # the banner says that reports of a security scan are there

# The text of the last login (pam_motd(8)) before what it is made of. /etc/motd is a link to a copy in Amazon Linux 2.
_GREETINGS = ("etc/motd", "run/motd.dynamic", "etc/motd.d", "usr/lib/motd.d", "etc/update-motd.d")
_MOST_FRAGMENTS = 50
_LOGO = "_|  (     /"


def collect_image(host: Host) -> Reading[Image]:
    """Return the image; `None` when nothing names one. A captured tree without the places has not looked."""
    if isinstance(host.stat(_CONTAINER), Stat):
        return Image(kind="dlc", name=None, version=None, source=f"/{_CONTAINER}")
    unread = None
    for place in _GREETINGS:
        found = _read_greeting(host, place)
        if isinstance(found, Image):
            return found
        unread = unread or found
    if isinstance(host.stat(_REPORTS), Stat):
        return Image(kind="dlami", name=unread, version=unread, source=f"/{_REPORTS}")
    looked = host.holds("usr/local/bin") and any(host.holds(place) for place in _GREETINGS)
    return unread if looked else NOT_COLLECTED


def parse_banner(text: str, source: str) -> Image | None:
    r"""
    Find the name of a Deep Learning AMI in the greeting, or the script that prints it, of the file *source*.

    .. code-block:: text

        =============================================================================
               __|  __|_  )
               _|  (     /   Deep Learning Base Neuron AMI (Ubuntu 20.04)
              ___|\___|___|
        =============================================================================

    An AMI for one framework is built on the base one, whose banner stays above its own: the last counts. Until 2022
    the name had a version, ``Deep Learning AMI (Ubuntu 18.04) Version 40.0``.
    """
    names = [line.partition(_LOGO)[2].strip() for line in text.splitlines() if _LOGO in line]
    images = [name for name in names if re.fullmatch(r"(AWS )?Deep Learning [^$`]{1,100}", name) and name.isprintable()]
    if not images:
        return None
    name, _, version = images[-1].partition(" Version ")
    return Image(kind="dlami", name=name, version=version or None, source=f"/{source}")


def _read_greeting(host: Host, place: str) -> Reading[Image]:
    """Return the last image that the file *place* or the files in the directory *place* name."""
    names = host.list_directory(place)
    if isinstance(names, Unread):
        return names
    found: Reading[Image] = None
    for path in [place] if names is None else [f"{place}/{name}" for name in names[:_MOST_FRAGMENTS]]:
        text = host.read_text(path)
        image = parse_banner(text, path) if isinstance(text, str) else text
        if isinstance(image, Image) or not isinstance(found, Image):
            found = image or found
    return found
