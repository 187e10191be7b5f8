"""
The EC2 instance, from its metadata service (IMDSv2), the one source here that is asked over the network.

No inventory asks by itself: the user has to say so. In a container the answer to the first request is often lost, as
an instance's hop limit is 1 unless it is raised; see AWS's "Use the Instance Metadata Service to access instance
metadata".
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from .facts import InstanceMetadata, Reading, Unread

ADDRESS = ("169.254.169.254", 80)
DEADLINE = 1.0
"""Seconds for all requests together."""

_TOKEN = "/latest/api/token"  # noqa: S105 - a path
_CATEGORY = "/latest/meta-data/"
_TOKEN_SECONDS = "60"  # noqa: S105 - how long the service honours the token
_ANSWER_LIMIT = 1024
_PLACE = r"[a-z]{2,4}[a-z0-9]*(?:-[a-z0-9]+)+"

# Field of the fact -> category and the form that it has.
_CATEGORIES: Mapping[str, tuple[str, str]] = {
    "instance_type": ("instance-type", r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*"),
    "instance_id": ("instance-id", r"i-[0-9a-f]{8,17}"),
    "ami_id": ("ami-id", r"ami-[0-9a-f]{8,17}"),
    "region": ("placement/region", _PLACE),
    "availability_zone": ("placement/availability-zone", _PLACE),
    "availability_zone_id": ("placement/availability-zone-id", _PLACE),
}


def collect_imds(deadline: float = DEADLINE, *, address: tuple[str, int] = ADDRESS) -> Reading[InstanceMetadata]:
    """
    Ask the service at *address*, for *deadline* seconds at most.

    Environment variables that name a proxy are not heeded. A server that sends its answer byte by byte can take longer:
    `take_inventory` leaves it behind.
    """
    end = time.monotonic() + deadline
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": _TOKEN_SECONDS}
    token = _ask(address, "PUT", _TOKEN, headers=lifetime, end=end)
    if not isinstance(token, str):
        return token or Unread(f"{_TOKEN}: HTTP 404")
    if not re.fullmatch("[!-~]+", token):
        return Unread(f"{_TOKEN}: not a token")
    answers = {}
    for field, (category, _) in _CATEGORIES.items():
        headers = {"X-aws-ec2-metadata-token": token}
        answers[field] = _ask(address, "GET", _CATEGORY + category, headers=headers, end=end)
    return InstanceMetadata(**{field: parse_answer(field, answer) for field, answer in answers.items()})


def parse_answer(field: str, answer: Reading[str]) -> Reading[str]:
    """
    Check what the service says for *field* of the fact; nonsense costs only that field.

    .. code-block:: text

        trn1.32xlarge
    """
    category, form = _CATEGORIES[field]
    if not isinstance(answer, str) or re.fullmatch(form, answer):
        return answer
    return Unread(f"{category}: not what it should be: {answer[:40]!r}")


def _ask(address: tuple[str, int], method: str, path: str, *, headers: Mapping[str, str], end: float) -> Reading[str]:
    """Return the text at *path*; `None` when the service has no such category."""
    import http.client  # noqa: PLC0415 - takes 15 ms, and hardly any run asks

    left = end - time.monotonic()
    if left <= 0:
        return Unread(f"{path}: no answer in time")
    connection = http.client.HTTPConnection(*address, timeout=left)
    try:
        connection.request(method, path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(_ANSWER_LIMIT)
    except TimeoutError:
        return Unread(f"{path}: no answer in time")
    except (OSError, http.client.HTTPException) as error:
        return Unread(f"{path}: {getattr(error, 'strerror', None) or type(error).__name__}")
    finally:
        connection.close()
    if response.status == http.client.NOT_FOUND:
        return None
    if response.status != http.client.OK:
        return Unread(f"{path}: HTTP {response.status}")
    return body.decode("ascii", "replace").strip()
