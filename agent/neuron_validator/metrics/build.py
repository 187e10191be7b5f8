"""What this program is: its version, the commit it was built from, the Python that runs it."""

from __future__ import annotations

import functools
import json
import platform

from .. import __version__

VERSION = __version__
PYTHON_VERSION = platform.python_version()


@functools.cache
def revision() -> str:
    """Return the commit that pip installed this from, as it noted (PEP 610); nothing where it was no repository."""
    from importlib.metadata import Distribution, PackageNotFoundError  # noqa: PLC0415 - only metrics need it

    try:
        noted = Distribution.from_name("neuron-validator").read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    return parse_revision(noted) if noted is not None else ""


def parse_revision(noted: str) -> str:
    """
    Parse the commit out of ``direct_url.json``; see https://packaging.python.org/en/latest/specifications/direct-url.

    .. code-block:: json

        {"url": "https://example.com/neuron-validator.git", "vcs_info": {"vcs": "git", "commit_id": "0123abcd"}}
    """
    try:
        vcs = json.loads(noted).get("vcs_info", {})
        commit = vcs.get("commit_id")
    except (ValueError, AttributeError):
        return ""
    return commit if isinstance(commit, str) else ""
