"""
What a compile cache says of a model in it, without a look into the model.

.. code-block:: text

    neuronxcc-2.16.372.0+4a9b2326/           compiler version
      MODULE_3540044791706521849+4eb52b03/
        compile_flags.json                   ["--target=trn1", "--model-type=transformer"]
        model.neff

Described in AWS's "Neuron Persistent Cache".
"""

from __future__ import annotations

import re
from dataclasses import replace

from .facts import NOT_COLLECTED, Neff, Reading, Unread
from .host import Host

_PLACE = re.compile(r"(?P<module>.*/neuronxcc-(?P<compiler>[0-9][0-9a-z.]*\+[0-9a-f]+)/MODULE_[^/]+)/[^/]+")
_TARGET = re.compile(r"--target[= ]\s*(\S+)")


def with_words_of_cache(host: Host, neff: Neff) -> Neff:
    """Return *neff* with compiler and target as its compile cache names them, where it does not say them itself."""
    place = _PLACE.fullmatch(neff.path)
    if place is None or neff.compiler_version != NOT_COLLECTED:
        return neff
    return replace(neff, compiler_version=place["compiler"], target=_read_target(host, place["module"]))


def parse_target(flags: str) -> str | None:
    """
    Return what the compiler's flags, as JSON, say of the target; `None` when they say nothing of it.

    .. code-block:: json

        ["--target=trn1", "--model-type=transformer", "--auto-cast=none"]
    """
    from .compile_cache import parse_flags  # noqa: PLC0415 - only models in a cache need it

    found = _TARGET.search(" ".join(parse_flags(flags.encode())))
    return found[1] if found else None


def _read_target(host: Host, module: str) -> Reading[str]:
    """Return the target in the flags of *module*; flags that cannot be understood say nothing."""
    from .shapes import ShapeError  # noqa: PLC0415

    text = host.read_text(f"{module.lstrip('/')}/compile_flags.json")
    if not isinstance(text, str):
        return text or NOT_COLLECTED
    try:
        return parse_target(text) or NOT_COLLECTED
    except ShapeError as error:
        return Unread(f"compile_flags.json: {error}")
